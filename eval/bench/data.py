"""Reads the public benchmark data (gzipped JSON lines) as articles and questions, and makes libraries of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from qa.models import Embedder, Vectors
from qa.passages import split_passages
from qa.reader.examples import read_lines
from qa.rows import Addition, hash_text
from qa.settings import Settings
from qa.store import MODEL, Store
from qa.types import Article, Span, article_id

PARAGRAPHS = 4  # of one Wikipedia page in one article: about as long as a news report


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the benchmark; no `answers` and no `spans` when its articles don't answer it."""

    text: str
    origin: str
    subject: str  # pages on one subject go to one side of a split
    gold: frozenset[str] = frozenset()  # ids of the articles that answer, or nearly do
    answers: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()  # where the answers are in the gold article, if that is known

    @property
    def answerable(self) -> bool:
        return bool(self.answers or self.spans)


@dataclass(slots=True)
class Collection:
    """Articles by id, and the questions about them."""

    articles: dict[str, Article] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)

    def add(self, source: str, text: str, title: str) -> Article:
        """The article, kept whole."""
        text = text.replace("\r\n", "\n")
        article = Article(article_id(source, text), source, text, ((0, len(text)),), title, bytes_sha256=source)
        self.articles[article.id] = article
        return article


class RememberingEmbedder:
    """An embedder that keeps its vectors in a file, since a benchmark asks for the same ones in every run."""

    def __init__(self, embedder: Embedder, path: Path) -> None:
        self.name, self.digest, self.precision = embedder.name, embedder.digest, embedder.precision
        self.dimensions, self.key = embedder.dimensions, embedder.key
        self._embedder = embedder
        self._path = path
        self._known: dict[str, Any] = {}
        if path.exists():
            with np.load(path) as file:  # takes no pickles: a cache in a shared folder is no code
                self._known = dict(zip(file["names"].tolist(), file["vectors"], strict=True))

    def embed(self, texts: Sequence[str]) -> Vectors:
        missing = [text for text in dict.fromkeys(texts) if self._name(text) not in self._known]
        for start in range(0, len(missing), 512):
            run = missing[start : start + 512]
            for text, vector in zip(run, self._embedder.embed(run), strict=True):
                self._known[self._name(text)] = vector.astype(np.float16)
        rows = np.stack([self._known[self._name(text)] for text in texts]).astype(np.float32)
        unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit

    def embed_question(self, question: str) -> Vectors:
        row: Vectors = self.embed([question])[0]
        return row

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._embedder.count_tokens(texts)

    def save(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(self._path, names=np.array(list(self._known)), vectors=np.stack(list(self._known.values())))

    def _name(self, text: str) -> str:
        return f"{self.key} {hash_text(text)}"


def read_squad(path: Path) -> Collection:
    """Questions with their paragraphs, a few neighbouring ones in one article."""
    records = list(read_lines(path))
    collection = Collection()
    places: dict[str, tuple[Article, int]] = {}
    for title in dict.fromkeys(record["title"] for record in records):
        paragraphs = list(dict.fromkeys(record["context"] for record in records if record["title"] == title))
        for start in range(0, len(paragraphs), PARAGRAPHS):
            run = paragraphs[start : start + PARAGRAPHS]
            article = collection.add(f"{path.name}/{title}/{start}", "\n\n".join(run), title.replace("_", " "))
            for number, paragraph in enumerate(run):
                places[paragraph] = (article, sum(len(before) + 2 for before in run[:number]))
    for record in records:
        article, offset = places[record["context"]]
        answers = [(answer["answer_start"] + offset, answer["text"]) for answer in record["answers"]]
        collection.questions.append(
            Question(
                record["question"].strip(), path.name, record["title"], frozenset([article.id]),
                tuple({text for _, text in answers}), tuple((start, start + len(text)) for start, text in answers),
            )
        )  # fmt: skip
    return collection


def read_newsqa(folder: Path) -> Collection:
    """News reports and questions; for measurement, not for training."""
    collection = Collection()
    ids = {}
    for record in read_lines(folder / "articles.jsonl.gz"):
        ids[record["id"]] = collection.add(record["id"], record["text"], "").id
    for record in read_lines(folder / "questions.jsonl.gz"):
        gold = frozenset(ids[name] for name in record["gold_articles"])
        spans = tuple((a["answer_start"], a["answer_start"] + len(a["text"])) for a in record["answers"])
        answers = tuple(answer["text"] for answer in record["answers"])
        collection.questions.append(
            Question(record["question"], "newsqa", record["gold_articles"][0], gold, answers, spans)
        )
    return collection


def read_scifact(folder: Path) -> Collection:
    """Abstracts, and claims with the abstracts that bear on them; for measurement, not for training."""
    collection = Collection()
    ids = {}
    for record in read_lines(folder / "corpus.jsonl.gz"):
        ids[record["_id"]] = collection.add(record["_id"], record["text"], record["title"]).id
    relevant: dict[str, set[str]] = {}
    for line in (folder / "qrels_train.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        query, article, grade = line.split("\t")
        if int(grade) > 0:
            relevant.setdefault(query, set()).add(ids[article])
    for record in read_lines(folder / "queries_train.jsonl.gz"):
        gold = frozenset(relevant.get(record["_id"], ()))
        if gold:
            collection.questions.append(Question(record["text"], "scifact", record["_id"], gold))
    return collection


def build_library(folder: Path, articles: Iterable[Article], embedder: Embedder, settings: Settings) -> Store:
    """A library of those articles in a new folder."""
    store = Store.open(folder)
    store.ledger.set_facts({MODEL: embedder.key})
    additions = []
    for article in articles:
        passages = split_passages(article, count_tokens=embedder.count_tokens, tokens=settings.passage_tokens)
        additions.append(Addition(article, b"", tuple(passages)))
    texts = {hash_text(passage.text): passage.text for addition in additions for passage in addition.passages}
    for start in range(0, len(texts), 512):
        run = list(texts)[start : start + 512]
        store.ledger.embeddings.put(run, embedder.embed([texts[name] for name in run]), embedder.key)
    store.publish(additions)
    return store
