"""The reader: a question and passages in, for each the most probable spans of an answer and its relevance out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from qa.conversion import TOKENIZER, cache_folder
from qa.inference import Inference, Inputs, count_cores, even_size, padded_length
from qa.models import Reading, ReadSpan
from qa.reader.tokens import LONGEST_ROW, Packer, Row
from qa.settings import Settings

GRAPH = Path(__file__).parent / "reader" / "reader.xml"
LONGEST = 40  # tokens of a span
SPANS = 5  # of a passage, none overlapping a better one
BATCH = 8  # rows that one thread reads at once
GROUP = 128  # activations that share a scale where half the precision is asked for

Logits = npt.NDArray[np.float32]


class OpenVINOReader:
    """The reader that the project ships; safe to use from several threads."""

    name = "qa-reader"

    def __init__(self, digest: str, tokenizer: Any, inference: Inference) -> None:
        self.digest = digest
        self._packer = Packer(tokenizer)
        self._inference = inference

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """One reading a passage, in order; a passage is its article's title, or nothing, and its text."""
        texts = [question, *(part for passage in passages for part in passage)]
        asked, *rest = self._packer.encode(texts)
        rows = [self._packer.pack(asked[0], title[0], *text) for title, text in zip(rest[::2], rest[1::2], strict=True)]
        order = sorted(range(len(rows)), key=lambda index: -len(rows[index].ids))
        size = even_size(len(order), BATCH, self._inference.threads)
        groups = [order[start : start + size] for start in range(0, len(order), size)]
        outputs = self._inference.run([_pad([rows[index] for index in group]) for group in groups])
        found: dict[int, Reading] = {}
        for group, output in zip(groups, outputs, strict=True):
            for index, logits in zip(group, output, strict=True):
                found[index] = _read_row(rows[index], logits)
        return [found[index] for index in range(len(rows))]


def load_openvino_reader(settings: Settings, graph: Path | None = None) -> OpenVINOReader:
    """The shipped weights, or others, compiled; the compiled form lies in the cache folder."""
    from tokenizers import Tokenizer

    graph = graph or GRAPH
    digest = digest_graph(graph)
    cache = cache_folder(settings) / f"reader-{digest[:12]}"
    precision = settings.precision or "bf16"
    group = GROUP if precision == "bf16" else 0
    inference = Inference(graph, precision, settings.threads or count_cores(), cache, group=group)
    return OpenVINOReader(digest, Tokenizer.from_file(str(graph.with_name(TOKENIZER))), inference)


def digest_graph(graph: Path) -> str:
    """SHA-256 over a graph and its weights."""
    digest = hashlib.sha256(graph.read_bytes())
    digest.update(graph.with_suffix(".bin").read_bytes())
    return digest.hexdigest()


def _pad(rows: Sequence[Row]) -> Inputs:
    shape = (len(rows), padded_length(max(len(row.ids) for row in rows), LONGEST_ROW))
    inputs = {name: np.zeros(shape, dtype=np.int64) for name in ("input_ids", "attention_mask", "token_type_ids")}
    for index, row in enumerate(rows):
        inputs["input_ids"][index, : len(row.ids)] = row.ids
        inputs["attention_mask"][index, : len(row.ids)] = 1
        inputs["token_type_ids"][index, row.second : len(row.ids)] = 1
    return inputs


def _read_row(row: Row, logits: Logits) -> Reading:
    own = logits[row.first : row.last].astype(np.float64)
    spans = [
        ReadSpan(row.spans[first][0], row.spans[last][1], score)
        for first, last, score in best_spans(own[:, 0], own[:, 1])
    ]
    return Reading(float(logits[0, 2]), float(logits[0, 0] + logits[0, 1]), tuple(spans))


def best_spans(
    starts: npt.NDArray[np.float64], ends: npt.NDArray[np.float64], most: int = SPANS
) -> list[tuple[int, int, float]]:
    """(first, last, score) of the best spans of at most LONGEST tokens, none overlapping a better one.

    >>> best_spans(np.array([0.0, 3.0, 1.0]), np.array([0.0, 1.0, 2.0]), most=2)
    [(1, 2, 5.0), (0, 0, 0.0)]
    """
    count = len(starts)
    sums = starts[:, None] + ends[None, :]
    places = np.arange(count)
    length = places[None, :] - places[:, None]
    sums[(length < 0) | (length >= LONGEST)] = -np.inf
    found: list[tuple[int, int, float]] = []
    while len(found) < min(most, count):
        first, last = divmod(int(sums.argmax()), count)
        score = float(sums[first, last])
        if score == -np.inf:
            break
        found.append((first, last, score))
        sums[(places[:, None] <= last) & (places[None, :] >= first)] = -np.inf
    return found
