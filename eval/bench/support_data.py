"""Reads public sets of claims with their sources, and makes claims of reading questions, for fitting the judge.

Weights come only from sets whose licence allows that: SummEdits and `read_training`. WiCE and AttributionBench (TUNING)
choose the threshold, and measure.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.reader.examples import read_lines

SUPPORT, READING = "support", "reading"
STATEMENTS = 1500  # questions of a set that become claims, each with its own paragraph and with another of the page
TUNING = ("wice_dev", "attributionbench_dev")


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence, what it cites, and whether people found it supported; claims of one `cluster` share an article."""

    sentence: str
    sources: tuple[str, ...]
    supported: bool
    cluster: str


def read_sets(folder: Path) -> dict[str, list[Claim]]:
    """The sets that measure, by name: claims against web pages, and faithful or minimally edited summaries."""
    readers = {"wice": _wice, "attributionbench": _attributionbench, "summedits": _summedits}
    sets = {}
    for path in sorted((folder / SUPPORT).glob("*.jsonl.gz")):
        name = path.name.removesuffix(".jsonl.gz")
        read = readers.get(name.split("_")[0])
        if read:
            sets[name] = list(read(read_lines(path)))
    return sets


def read_training(folder: Path) -> dict[str, list[Claim]]:
    """The claims made of questions, by kind: whether a paragraph answers, and which of two has the answer."""
    squad, wiki = (folder / READING / f"{name}.jsonl.gz" for name in ("squad2_half_dev", "squadshifts_new_wiki"))
    training = {}
    if squad.exists():
        rows = list(read_lines(squad))
        training["questions"] = [_claim(row, row["context"], bool(row["answers"]), answered=False) for row in rows[::2]]
        training["paragraphs"] = _swapped(rows)
    if wiki.exists():
        training["newer paragraphs"] = _swapped(list(read_lines(wiki)))
    return training


def _wice(rows: Iterable[Mapping[str, Any]]) -> Iterator[Claim]:
    for row in rows:
        yield Claim(
            row["claim"], ("\n".join(row["evidence"]),), row["label"] == "supported", row["meta"]["claim_title"]
        )


def _attributionbench(rows: Iterable[Mapping[str, Any]]) -> Iterator[Claim]:
    for row in rows:
        yield Claim(row["claim"], tuple(row["references"]), row["attribution_label"] == "attributable", row["question"])


def _summedits(rows: Iterable[Mapping[str, Any]]) -> Iterator[Claim]:
    for row in rows:
        yield Claim(row["summary"], (row["doc"],), bool(int(row["label"])), row["doc"][:100])


def _swapped(rows: Sequence[Mapping[str, Any]]) -> list[Claim]:
    """A question with its answer as a claim: supported by its paragraph, not by another paragraph of the same page."""
    answered = [row for row in rows if row["answers"]]
    pages: dict[str, set[str]] = defaultdict(set)
    for row in answered:
        pages[row["title"]].add(row["context"])
    rng = random.Random(5)
    claims = []
    for row in rng.sample(answered, min(STATEMENTS, len(answered))):
        others = sorted(pages[row["title"]] - {row["context"]})
        if others:
            claims.append(_claim(row, row["context"], True))
            claims.append(_claim(row, rng.choice(others), False))
    return claims


def _claim(row: Mapping[str, Any], context: str, supported: bool, *, answered: bool = True) -> Claim:
    question = row["question"].rstrip("? ")
    answer = f" {row['answers'][0]['text']}" if answered and row["answers"] else ""
    return Claim(question[:1].upper() + question[1:] + answer, (context,), supported, row["title"])
