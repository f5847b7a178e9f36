"""A sentence and what it cites as one row of token ids: [CLS] sentence [SEP] evidence [SEP]."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from qa.passages import sentence_spans
from qa.reader.tokens import Packer

SENTENCE, EVIDENCE = 96, 192  # the most tokens of each
_FIRST_WORD = 1996  # BERT's vocabulary lists signs and letters first, then words by how common they are
STRETCHES, STEP = 3, 128  # of long evidence, how many are read as they stand, and how many tokens apart they begin
AGAIN = 0.3  # what a word counts that another chosen sentence has already

Encoded = tuple[list[int], list[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Row:
    """Token ids; from `second` on the evidence's. `covered` is the share of the sentence that all evidence has."""

    ids: list[int]
    second: int
    covered: float


def pack(packer: Packer, sentence: str, evidence: str) -> list[Row]:
    """One row; of evidence that is too long one of the sentences, and some of the stretches, with most of the words."""
    said, shown = packer.encode([sentence, evidence])
    row = pack_encoded(packer, said[0], shown, evidence)
    if len(shown[0]) <= EVIDENCE:
        return [row]
    wanted = {id: weight(id) for id in said[0]}
    starts = range(0, len(shown[0]) - EVIDENCE + STEP, STEP)
    stretches = [shown[0][start : start + EVIDENCE] for start in starts]
    stretches.sort(key=lambda ids: -sum(wanted[id] for id in set(ids) & wanted.keys()))
    before = row.ids[: row.second]
    return [row, *(Row([*before, *ids, packer.end], row.second, row.covered) for ids in stretches[:STRETCHES])]


def pack_encoded(packer: Packer, said: Sequence[int], shown: Encoded, evidence: str) -> Row:
    """The same of tokens that are known."""
    chosen = shown[0] if len(shown[0]) <= EVIDENCE else _choose(said, shown, evidence)
    ids = [packer.begin, *said[:SENTENCE], packer.end]
    return Row([*ids, *chosen[:EVIDENCE], packer.end], len(ids), covered(said, set(shown[0])))


def weight(id: int) -> float:
    """What a token counts: nothing for signs, more the rarer it is."""
    return math.log2(2 + (id - _FIRST_WORD) / 200) if id >= _FIRST_WORD else 0.0


def covered(said: Sequence[int], shown: set[int]) -> float:
    """The share of the tokens, by weight, that are shown; 1 for a sentence without words."""
    whole = sum(map(weight, said))
    return sum(weight(id) for id in said if id in shown) / whole if whole else 1.0


def _choose(said: Sequence[int], shown: Encoded, evidence: str) -> list[int]:
    """The tokens of the sentences that together have most of the words, in their order."""
    ids, characters = shown
    starts = [start for start, _ in characters]
    pieces = []
    for start, end in sentence_spans(evidence):
        first, last = bisect_left(starts, start), bisect_left(starts, end)
        pieces += [(at, min(at + EVIDENCE // 2, last)) for at in range(first, last, EVIDENCE // 2)]
    wanted = {id: weight(id) for id in said}
    held = {piece: set(ids[piece[0] : piece[1]]) & wanted.keys() for piece in pieces}
    chosen: list[tuple[int, int]] = []
    seen: set[int] = set()
    room = EVIDENCE
    while True:
        fitting = [piece for piece in pieces if piece not in chosen and 0 < piece[1] - piece[0] <= room]
        if not fitting:
            break
        best = max(fitting, key=lambda piece: (_gain(held[piece], seen, wanted), -piece[0]))
        chosen.append(best)
        seen |= held[best]
        room -= best[1] - best[0]
    return [id for first, last in sorted(chosen) for id in ids[first:last]]


def _gain(held: set[int], seen: set[int], wanted: dict[int, float]) -> float:
    return sum(wanted[id] * (AGAIN if id in seen else 1.0) for id in held)
