"""Hard negatives: passages that our own retrieval finds for a question and that don't answer it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from qa.library import Library
from qa.reader.examples import SHIFTS, Example, draw, holds_answer
from qa.settings import Settings

SEARCHED = 8  # hits of which the negatives are taken
MOST = 3  # negatives of a question
RUN = 500  # questions that are remembered together
# Reviews and posts rarely say what they are about: few of their questions can be told to be about another one.
SHARES = dict.fromkeys(SHIFTS[1:], 0.3)

Say = Callable[[str], None]
Negative = tuple[str, str]  # title and text


def mine_negatives(examples: Sequence[Example], folder: Path, say: Say) -> list[list[Negative]]:
    """For each example the passages of others, the most alike first; remembered in a file of the folder."""
    kept = folder / "negatives.jsonl"
    found = _read(kept) if kept.exists() else []
    if len(found) >= len(examples):
        return found
    with Library.open(folder / "library", settings=Settings.from_environment()) as library:
        library.add(_write_records(examples, folder / "passages.jsonl"))
        with kept.open("a", encoding="utf-8") as file, ThreadPoolExecutor() as pool:
            for start in range(len(found), len(examples), RUN):
                say(f"looking for hard negatives: {start} of {len(examples)} questions")
                run = list(pool.map(lambda example: _negatives(example, library), examples[start : start + RUN]))
                file.writelines(json.dumps(texts) + "\n" for texts in run)
                file.flush()
                found += run
    return found


def _read(path: Path) -> list[list[Negative]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [[(title, text) for title, text in json.loads(line)] for line in lines]


def _negatives(example: Example, library: Library) -> list[Negative]:
    if not example.spans or draw(example.question) >= SHARES.get(example.origin, 1.0):
        return []
    answers = [example.passage[start:end] for start, end in example.spans]
    found = []
    for hit in library.search(example.question, k=SEARCHED, rerank=False):
        text = hit.passage.text
        if text not in example.passage and not holds_answer(text, answers):
            found.append((library.article(hit.passage.article_id).title or "", text))
    return found[:MOST]


def _write_records(examples: Iterable[Example], path: Path) -> Path:
    seen = {example.passage: example.title for example in examples}
    lines = (json.dumps({"title": title, "text": text}) + "\n" for text, title in seen.items())
    path.write_text("".join(lines), encoding="utf-8")
    return path
