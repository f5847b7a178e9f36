"""Questions put to libraries made of the benchmark's articles, and which of the sentences read answer them."""

from __future__ import annotations

import random
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from eval.bench import data
from eval.bench.data import Collection, Question, RememberingEmbedder
from qa.features import Analyse, Reading, read_hits, word_features
from qa.retrieve import retrieve
from qa.settings import Settings
from qa.store import Store
from qa.types import Hit

Numbers = npt.NDArray[np.float64]

SEED = 11
# (articles in a library, libraries, questions put to each): a person's first two articles up to a newsroom's month.
LIBRARIES = ((3, 60, 10), (10, 30, 24), (40, 12, 60), (150, 6, 120), (400, 3, 240))
SHARES = {"answered": 0.5, "near miss": 0.2, "absent": 0.15, "swapped": 0.15}
FIGURE = re.compile(r"\b\d[\d,.]*\b")
NAME = re.compile(r"(?<=\w )(?<!\. )[A-Z]\w+(?: [A-Z]\w+)*")


@dataclass(frozen=True, slots=True)
class Case:
    """A question put to one library: the features of the sentences read, and which of them answer it."""

    question: Question
    kind: str  # a key of SHARES
    rows: Numbers
    right: npt.NDArray[np.bool_]
    unsure: npt.NDArray[np.bool_]  # hold the answer's words where nobody marked them: not trained on
    reading: Reading


def ask(question: Question, store: Store, embedder: RememberingEmbedder, settings: Settings, k: int) -> list[Hit]:
    return retrieve(question.text, store=store, embedder=embedder, settings=settings, revision=1, k=k)


def read_training(folder: Path) -> Collection:
    squad, wiki, nq = "squad2_half_dev.jsonl.gz", "squadshifts_new_wiki.jsonl.gz", "nq_gold_paragraph.jsonl.gz"
    parts = [data.read_squad(folder / squad), data.read_squad(folder / wiki), data.read_nq(folder / nq)]
    parts.append(data.read_clapnq(folder / f"clapnq_{kind}.jsonl.gz" for kind in ("answerable", "unanswerable")))
    questions = [question for part in parts for question in part.questions]
    return Collection({id: part.articles[id] for part in parts for id in part.articles}, questions)


def split_subjects(collection: Collection) -> tuple[Collection, Collection]:
    """Two halves; a subject is on one side."""
    subjects = sorted({question.subject for question in collection.questions})
    random.Random(SEED).shuffle(subjects)
    second = set(subjects[::2])
    sides = []
    for wanted in (False, True):
        questions = [question for question in collection.questions if (question.subject in second) is wanted]
        ids = {id for question in questions for id in question.gold}
        sides.append(Collection({id: collection.articles[id] for id in sorted(ids)}, questions))
    return sides[0], sides[1]


def make_cases(side: Collection, embedder: RememberingEmbedder, settings: Settings) -> Iterator[Case]:
    """Questions put to libraries of several sizes, in the shares of SHARES."""
    chance = random.Random(SEED)
    by_subject: dict[str, list[str]] = {}
    for question in side.questions:
        by_subject.setdefault(question.subject, []).extend(sorted(question.gold))
    for size, libraries, asked in LIBRARIES:
        for _ in range(libraries):
            ids = choose_articles(by_subject, size, chance)
            part = Collection({id: side.articles[id] for id in ids})
            with library(part, embedder, settings) as store:
                for kind, question in choose_questions(side.questions, set(ids), asked, chance):
                    hits = ask(question, store, embedder, settings, settings.hits)
                    if hits:
                        yield read_case(question, kind, hits, store)


def choose_articles(by_subject: dict[str, list[str]], size: int, chance: random.Random) -> list[str]:
    """Up to half of them on a few subjects, so that some are alike, the others on as many subjects as there are."""
    subjects = chance.sample(sorted(by_subject), len(by_subject))
    subjects.sort(key=lambda subject: -len(set(by_subject[subject])) * chance.random())
    alike = [id for subject in subjects[: 1 + size // 20] for id in dict.fromkeys(by_subject[subject])]
    chosen = dict.fromkeys(chance.sample(alike, min(len(alike), (size + 1) // 2)))
    others = chance.sample(sorted(by_subject), len(by_subject))
    for subject in others:
        if len(chosen) >= size:
            break
        chosen[chance.choice(by_subject[subject])] = None
    return list(chosen)


def choose_questions(
    questions: Sequence[Question], ids: set[str], asked: int, chance: random.Random
) -> list[tuple[str, Question]]:
    """What the library answers, what it nearly answers, what it doesn't, and answered ones about somebody else."""
    groups: dict[str, list[Question]] = {kind: [] for kind in SHARES}
    for question in questions:
        present = bool(question.gold & ids)
        groups["absent" if not present else "answered" if question.answerable else "near miss"].append(question)
    for pattern in (NAME, FIGURE):
        others = [found for question in groups["absent"] for found in pattern.findall(question.text)]
        for question in groups["answered"]:
            if others and pattern.search(question.text):
                text = pattern.sub(chance.choice(others), question.text, count=1)
                groups["swapped"].append(replace(question, text=text, answers=(), spans=()))
    return [
        (kind, question)
        for kind, group in groups.items()
        for question in chance.sample(group, min(len(group), round(SHARES[kind] * asked)))
    ]


def make_news_cases(news: Collection, embedder: RememberingEmbedder, settings: Settings) -> Iterator[Case]:
    """Every question put to the half of the reports that holds its answer, or to the other half."""
    ids = sorted(news.articles)
    random.Random(SEED).shuffle(ids)
    for part in (ids[::2], ids[1::2]):
        with library(Collection({id: news.articles[id] for id in part}), embedder, settings) as store:
            for question in news.questions:
                hits = ask(question, store, embedder, settings, settings.hits)
                yield read_case(question, "answered" if question.gold & set(part) else "absent", hits, store)


def read_case(question: Question, kind: str, hits: Sequence[Hit], store: Store) -> Case:
    reading = read_hits(question.text, hits, Analyse(store.lexical.terms))
    right, unsure = [], []
    for sentence in reading.sentences:
        at = sentence.quotation
        gold = kind == "answered" and at.article_id in question.gold
        marked = gold and overlaps(question, at.start, at.end, at.article_id, part=True)
        worded = kind == "answered" and data.holds_answer(at.text, question.answers)
        right.append(marked or (gold and worded))
        unsure.append(worded and not marked and bool(question.spans or not gold))
    return Case(question, kind, word_features(reading), np.array(right), np.array(unsure), reading)


def overlaps(question: Question, start: int, end: int, article: str, *, part: bool = False) -> bool:
    """Whether that stretch of the article holds a marked answer, whole or (for long answers) in part."""
    if article not in question.gold:
        return False
    if part:
        return any(start < last and first < end for first, last in question.spans)
    return any(start <= first and last <= end for first, last in question.spans)


@contextmanager
def library(collection: Collection, embedder: RememberingEmbedder, settings: Settings) -> Iterator[Store]:
    """A library that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        store = data.build_library(Path(folder) / "library", collection.articles.values(), embedder, settings)
        try:
            yield store
        finally:
            store.close()
