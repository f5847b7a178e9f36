"""Questions put to libraries made of the benchmark's articles, what the reader finds there, and whether it is right."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from eval.bench import data
from eval.bench.data import Collection, Question, RememberingEmbedder
from qa.models import Reader, Reading
from qa.reader.examples import FIGURE, NAME, SHIFTS, SQUAD, is_held_out, read_examples
from qa.retrieve import retrieve
from qa.settings import Settings
from qa.store import Store
from qa.types import Article, Hit

SEED = 11
SUBJECTS = (SQUAD, SHIFTS[0])  # what has pages on one subject
ABSENT_NEWS = 600
# (articles in a library, libraries, questions put to each): a person's first two articles up to a newsroom's week.
LIBRARIES = ((3, 40, 5), (10, 20, 10), (40, 5, 80))
SHARES = {"answered": 0.5, "near miss": 0.2, "absent": 0.15, "swapped": 0.15}


@dataclass(frozen=True, slots=True)
class Case:
    """A question put to one library: its hits and what the reader finds in each."""

    question: Question
    kind: str  # a key of SHARES
    hits: Sequence[Hit]
    readings: Sequence[Reading]
    articles: Mapping[str, Article]  # of the hits

    def right(self, article: str, start: int, end: int) -> bool:
        """Whether those characters of an article are an answer, or a good part of one."""
        return self.kind == "answered" and any(
            article in self.question.gold and min(end, last) - max(start, first) >= (last - first) / 2
            for first, last in self.question.spans
        )


def ask(question: Question, store: Store, embedder: RememberingEmbedder, settings: Settings, k: int) -> list[Hit]:
    return retrieve(question.text, store=store, embedder=embedder, settings=settings, revision=1, k=k)


def read_held_out(folder: Path) -> Collection:
    """The questions about pages that the reader was not trained on, and their articles."""
    held_out = {(e.origin, e.title) for e in read_examples(folder) if e.origin in SUBJECTS and is_held_out(e)}
    collection = Collection()
    for name in SUBJECTS:
        part = data.read_squad(folder / f"{name}.jsonl.gz")
        questions = [q for q in part.questions if (name, q.subject.replace("_", " ")) in held_out]
        collection.questions += questions
        collection.articles |= {id: part.articles[id] for question in questions for id in question.gold}
    return collection


def make_cases(side: Collection, embedder: RememberingEmbedder, reader: Reader, settings: Settings) -> Iterator[Case]:
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
                    yield from read_case(question, kind, store, embedder, reader, settings)


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


def make_news_cases(
    news: Collection, embedder: RememberingEmbedder, reader: Reader, settings: Settings
) -> Iterator[Case]:
    """Every question put to all reports, and some to the half of them that doesn't answer it."""
    with library(news, embedder, settings) as store:
        for question in news.questions:
            yield from read_case(question, "answered", store, embedder, reader, settings)
    ids = sorted(news.articles)
    random.Random(SEED).shuffle(ids)
    for part in (ids[::2], ids[1::2]):
        with library(Collection({id: news.articles[id] for id in part}), embedder, settings) as store:
            for question in news.questions[:: len(news.questions) // ABSENT_NEWS]:
                if not question.gold & set(part):
                    yield from read_case(question, "absent", store, embedder, reader, settings)


def read_case(
    question: Question, kind: str, store: Store, embedder: RememberingEmbedder, reader: Reader, settings: Settings
) -> Iterator[Case]:
    """The case, or none where nothing was found."""
    hits = ask(question, store, embedder, settings, settings.hits)
    if hits:
        articles = {hit.passage.article_id: store.ledger.article(hit.passage.article_id) for hit in hits}
        known = {id: article for id, article in articles.items() if article is not None}
        titled = [(known[hit.passage.article_id].title or "", hit.passage.text) for hit in hits]
        yield Case(question, kind, hits, reader.read(question.text, titled), known)


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
