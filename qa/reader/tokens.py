"""Question and passage as one row of token ids: [CLS] question [SEP] title [SEP] passage [SEP]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from qa.types import Span

QUESTION, TITLE, PASSAGE = 48, 24, 256  # the most tokens of each
LONGEST_ROW = 1 + QUESTION + 1 + TITLE + 1 + PASSAGE + 1


@dataclass(frozen=True, slots=True)
class Row:
    """Token ids; those from `first` up to `last` are the passage's, `spans` their characters in it."""

    ids: list[int]
    second: int  # where the second segment begins
    first: int
    last: int
    spans: Sequence[Span]


class Packer:
    """Packs rows; `tokenizer` is a tokenizers.Tokenizer of a BERT model."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self.begin, self.end = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")

    def encode(self, texts: Sequence[str]) -> list[tuple[list[int], list[Span]]]:
        """Token ids and their characters, for each text."""
        clean = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]  # lone surrogates
        return [(found.ids, found.offsets) for found in self._tokenizer.encode_batch(clean, add_special_tokens=False)]

    def pack(self, question: Sequence[int], title: Sequence[int], passage: Sequence[int], spans: Sequence[Span]) -> Row:
        """One row; what is too long is cut at its end, but a question at its beginning: it ends with what it asks."""
        ids = [self.begin, *question[-QUESTION:], self.end]
        second = len(ids)
        if title:
            ids += [*title[:TITLE], self.end]
        first = len(ids)
        ids += passage[:PASSAGE]
        return Row([*ids, self.end], second, first, first + len(passage[:PASSAGE]), spans[:PASSAGE])
