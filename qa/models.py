"""Loads the embedding model, converted once from sentence-transformers to OpenVINO and then run without torch, and the
reader and the verifier that the project ships.

The converted model lies in the user's cache folder under its weights' digest. Nothing is downloaded unless the
settings allow it.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from qa.conversion import PACKAGED, digest_file
from qa.errors import ModelMissing
from qa.settings import DEFAULT_EMBEDDER, Settings

Vectors = npt.NDArray[np.float32]


class QuestionEmbedder(Protocol):
    """What searching needs of an embedder."""

    def embed_question(self, question: str) -> Vectors:
        """The unit vector of a question, float32, one dimension."""
        ...


class Embedder(QuestionEmbedder, Protocol):
    """Turns text into unit vectors; `digest` names the weights, `precision` the arithmetic: "f32" or "bf16"."""

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


@dataclass(frozen=True, slots=True)
class ReadSpan:
    """Characters of a passage; `score` is the sum of the logits of its start and its end."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader makes of a passage: logits, which are comparable over the passages of one question."""

    relevance: float
    nothing: float  # the score of "no answer here"
    spans: tuple[ReadSpan, ...]  # best first


class Reader(Protocol):
    """Reads passages for a question; `digest` names the weights."""

    name: str
    digest: str

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """One reading a passage, in order; a passage is its article's title, or nothing, and its text."""
        ...


class Verifier(Protocol):
    """Estimates whether evidence supports a sentence; `digest` names the weights."""

    name: str
    digest: str

    def supports(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """For each (sentence, evidence) the probability, 0–1, that the evidence bears out the whole sentence."""
        ...


def load_embedder(settings: Settings) -> Embedder:
    """The model that the settings name, by the backend that they name; ModelMissing when it isn't on this machine."""
    from qa.embedders import load_openvino_embedder, load_torch_embedder
    from qa.inference import has_bf16

    named = replace(settings, embedder=settings.embedder or DEFAULT_EMBEDDER)
    folder, digest = _locate(named)
    precision = named.precision or ("bf16" if has_bf16() else "f32")
    load = load_torch_embedder if named.backend == "torch" else load_openvino_embedder
    return load(folder, digest, replace(named, precision=precision))


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
        digest.update(f"{path.relative_to(folder)}\0{digest_file(path)}\n".encode())
    return digest.hexdigest()


def load_reader(settings: Settings, weights: Path | None = None) -> Reader:
    """The reader that the project ships, or one of other weights."""
    from qa.readers import load_openvino_reader

    return load_openvino_reader(settings, weights)


def load_verifier(settings: Settings, weights: Path | None = None) -> Verifier:
    """What estimates whether quotations bear out a written sentence: `settings.verifier`, or one of other weights."""
    if weights is None and settings.verifier == "words":
        from qa.word_support import WordVerifier

        return WordVerifier()
    from qa.verifiers import load_openvino_verifier

    return load_openvino_verifier(settings, weights)
