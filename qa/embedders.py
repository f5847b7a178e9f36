"""Embedders: texts in, unit vectors out, by OpenVINO or by torch.

Both tokenize once, put texts of like length into batches of bounded size, and hand these to what runs the model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from qa.conversion import GRAPH, TOKENIZER, converted_model, describe, load_torch_model
from qa.inference import Inference, count_cores, even_size, padded_length
from qa.models import Vectors
from qa.settings import Settings

Tokens = list[int]

WINDOW = 2_048  # texts that are tokenized and sorted together: memory doesn't grow with how many there are


class Runner(Protocol):
    """Runs a model on batches of token ids."""

    def run(self, batches: Sequence[Sequence[Tokens]]) -> list[Vectors]:
        """One row a text, for each batch."""
        ...


class TextEmbedder:
    """A sentence-transformers model, pooling included, whatever runs it; safe to use from several threads."""

    def __init__(
        self, digest: str, description: dict[str, Any], tokenizer: Any, runner: Runner, settings: Settings
    ) -> None:
        self.name: str = settings.embedder
        self.digest = digest
        self.precision = settings.precision
        self.dimensions: int = description["dimensions"]
        self._prompts: dict[str, str] = description["prompts"]
        self._limit: int = description["max_tokens"]
        self._tokenizer = tokenizer
        self._runner = runner
        self._batch, self._threads = settings.batch, settings.threads or count_cores()

    @property
    def key(self) -> str:
        return f"{self.digest[:16]}/{self.precision}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        prompt = self._prompts["document"]
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        for start in range(0, len(texts), WINDOW):
            run = texts[start : start + WINDOW]
            vectors[start : start + len(run)] = self._embed([prompt + text for text in run])
        return vectors

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
        # Texts of like length share a batch, so that little is spent on padding; the longest come first, so that no
        # thread begins the largest batch when the others have done.
        order = sorted(range(len(ids)), key=lambda index: -len(ids[index]))
        size = even_size(len(order), self._batch, self._threads)
        members = [order[start : start + size] for start in range(0, len(order), size)]
        found = self._runner.run([[ids[index] for index in group] for group in members])
        for group, rows in zip(members, found, strict=True):
            # bf16 leaves lengths a little off 1; cosine search assumes exactly 1.
            vectors[group] = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
        return vectors


# OpenVINO


class OpenVINORunner:
    """A converted model, compiled."""

    def __init__(self, inference: Inference, limit: int) -> None:
        """`limit`: the most tokens of a text."""
        self._inference, self._limit = inference, limit

    def run(self, batches: Sequence[Sequence[Tokens]]) -> list[Vectors]:
        return self._inference.run([self._pad(batch) for batch in batches])

    def _pad(self, batch: Sequence[Tokens]) -> dict[str, npt.NDArray[np.int64]]:
        return _pad(batch, self._inference.inputs, padded_length(max(map(len, batch)), self._limit))


def load_openvino_embedder(folder: str, digest: str, settings: Settings) -> TextEmbedder:
    """The model run by OpenVINO, converted first if need be."""
    from tokenizers import Tokenizer

    converted, description = converted_model(folder, digest, settings)
    tokenizer = _whole_texts(Tokenizer.from_file(str(converted / TOKENIZER)))
    inference = Inference(converted / GRAPH, settings.precision, settings.threads or count_cores())
    return TextEmbedder(digest, description, tokenizer, OpenVINORunner(inference, description["max_tokens"]), settings)


# torch


class TorchRunner:
    """The model as sentence-transformers has it, on a CUDA device where torch finds one."""

    def __init__(self, model: Any, precision: str) -> None:
        self._model = model
        self._inputs = set(model.tokenizer.model_input_names) | {"input_ids", "attention_mask"}
        self._precision = precision

    def run(self, batches: Sequence[Sequence[Tokens]]) -> list[Vectors]:
        return list(self._run(batches))

    def _run(self, batches: Sequence[Sequence[Tokens]]) -> Iterator[Vectors]:
        import torch

        device = self._model.device
        bf16 = torch.autocast(device.type, torch.bfloat16, enabled=self._precision == "bf16")
        with torch.inference_mode(), bf16:
            for batch in batches:
                padded = _pad(batch, self._inputs, max(map(len, batch)))
                inputs = {name: torch.from_numpy(row).to(device) for name, row in padded.items()}
                yield self._model(inputs)["sentence_embedding"].float().cpu().numpy()


def load_torch_embedder(folder: str, digest: str, settings: Settings) -> TextEmbedder:
    """The model run by torch, as it is."""
    import torch

    if settings.threads:
        torch.set_num_threads(settings.threads)
    model = load_torch_model(folder, settings, "cuda" if torch.cuda.is_available() else "cpu")
    tokenizer = _whole_texts(model.tokenizer.backend_tokenizer)
    return TextEmbedder(digest, describe(model), tokenizer, TorchRunner(model, settings.precision), settings)


# Tokens


def _pad(batch: Sequence[Tokens], names: Set[str], length: int) -> dict[str, npt.NDArray[np.int64]]:
    """The inputs of that length with those names, zeros but for the ids and the mask."""
    shape = (len(batch), length)
    inputs = {name: np.zeros(shape, dtype=np.int64) for name in names}
    for index, row in enumerate(batch):
        inputs["input_ids"][index, : len(row)] = row
        inputs["attention_mask"][index, : len(row)] = 1
    return inputs


def _whole_texts(tokenizer: Any) -> Any:
    # The packaged file pads and truncates at 128 tokens: half of a passage would be ignored.
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _encodable(text: str) -> str:
    """The text without lone surrogates, which the tokenizer can't take."""
    return text.encode("utf-8", "replace").decode("utf-8")
