"""Makes articles in any number from a few thousand real passages, with vectors that lie as theirs do.

A made passage is three runs of whole sentences: one of a real passage and one each of two of its NEAR nearest passages
in other articles, so it stays on its subject. Its vector is the mean of the vectors of those three passages, weighted
by how many characters each gives, and moved by SPREAD in a direction in which real passages differ, a random sum of
FEW of them. So a vector costs microseconds, and many have clusters, hubs and empty places as real ones have.

SPREAD is chosen so that 2,500 made vectors lie among each other as those do that the model gives for the same texts:
the mean cosine to the nearest one is .645 (model: .659), to the tenth .509 (.497), to the hundredth .348 (.331), to all
.132 (.127). What life doesn't have are the hundred and more variants of every passage in the largest libraries.

Who publishes an article, when, and in which language is drawn apart from its text, in known shares (SHARES).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import numpy as np
import numpy.typing as npt

from eval.bench.growth import write_made_up
from eval.bench.speed import Say
from qa.articles import article_from_bytes
from qa.errors import ArticleUnreadable
from qa.models import Embedder, Vectors
from qa.passages import sentence_spans, split_passages
from qa.reader.examples import read_lines
from qa.settings import Settings
from qa.types import Filters

SEED = 20
NEAR = 16  # passages of other articles that a passage is joined with
RUN = 210  # characters that a run has at least, where its passage has so many; three are about 190 tokens
LONGEST = 400  # characters of a sentence that is used
SPREAD = 0.5  # the length of what moves a vector; the mean that it moves has length 1
FEW = 8  # real passages whose differences make up that direction
PASSAGES = (4, 13)  # of a made article, at least and less than

SHARES = (0.01, 0.1, 0.5)
PUBLISHERS = ("Sallow Gazette", "Harbour Post", "Meridian Wire")  # in the shares above
LANGUAGES = ("cs", "de", "en")
OTHERS = 100  # publishers of most of the rest
FIRST_DAY, DAYS = date(2020, 1, 1), 1000
UNDATED = UNNAMED = 0.02


@dataclass(frozen=True, slots=True)
class Sources:
    """Real passages: the sentences of each, the article that it is of, its vector, its nearest of other articles."""

    sentences: tuple[tuple[str, ...], ...]
    articles: npt.NDArray[np.intp]
    vectors: Vectors
    near: npt.NDArray[np.intp]

    @classmethod
    def of(cls, sentences: Sequence[Sequence[str]], articles: npt.NDArray[np.intp], vectors: Vectors) -> Sources:
        """With the nearest found by comparing all with all."""
        cosines = vectors @ vectors.T
        cosines[articles[:, None] == articles[None, :]] = -2
        near = np.argsort(-cosines, axis=1)[:, :NEAR]
        return cls(tuple(tuple(own) for own in sentences), articles, vectors, near)


@dataclass(frozen=True, slots=True)
class Made:
    """A made article: its passages, their vectors, and what filters ask for."""

    number: int
    title: str
    passages: tuple[str, ...]
    vectors: Vectors
    publisher: str | None
    published: date | None
    language: str | None


# Sources


def load_sources(data: Path | None, cache: Path, embedder: Embedder, say: Say, step: int = 1) -> Sources:
    """The passages of every `step`th of the benchmark's articles, or made-up ones; read and embedded once."""
    path = cache / f"sources-{'data' if data else 'made-up'}-{step}-{embedder.key.replace('/', '-')}.npz"
    return embed_sources(
        path, lambda: list(read_texts(data) if data else make_texts(cache / "made-up"))[::step], embedder, say
    )


def embed_sources(path: Path, read: Callable[[], Sequence[str]], embedder: Embedder, say: Say) -> Sources:
    """The passages of the texts, embedded once and kept in that file."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        texts = read()
        passages, articles = _split_all(texts, embedder)
        say(f"embedding {len(passages)} passages of {len(texts)} articles")
        vectors = embedder.embed(passages)
        partial = path.with_suffix(".part.npz")
        np.savez(partial, passages=np.array(passages), articles=np.array(articles), vectors=vectors)
        partial.replace(path)
    with np.load(path) as file:
        passages, articles, vectors = file["passages"].tolist(), file["articles"], file["vectors"]
    sentences = [[text[start:end] for start, end in sentence_spans(text)] for text in passages]
    usable = [bool(_usable(own)) for own in sentences]
    return Sources.of([_usable(own) for own in sentences if _usable(own)], articles[usable], vectors[usable])


def read_texts(data: Path) -> Iterator[str]:
    """The scraped pages and the news reports."""
    for name in ("scraped/raw_articles", "newsqa/articles"):
        yield from (record["text"] for record in read_lines(data / f"{name}.jsonl.gz"))


def make_texts(folder: Path) -> Iterator[str]:
    """Articles of made-up words."""
    if not folder.exists():
        write_made_up(folder, 100)
    yield from (path.read_text(encoding="utf-8") for path in sorted(folder.iterdir()))


def _split_all(texts: Sequence[str], embedder: Embedder) -> tuple[list[str], list[int]]:
    passages: dict[str, int] = {}
    for number, text in enumerate(texts):
        try:
            article, _ = article_from_bytes(text.encode(), source=f"{number}.txt", suffix=".txt")
        except ArticleUnreadable:
            continue
        found = split_passages(article, count_tokens=embedder.count_tokens, tokens=Settings().passage_tokens)
        for passage in found:
            passages.setdefault(passage.text, number)
    return list(passages), list(passages.values())


def _usable(sentences: Sequence[str]) -> list[str]:
    return [sentence for sentence in sentences if len(sentence) <= LONGEST]


# Articles


def make_articles(sources: Sources, first: int, passages: int) -> Iterator[Made]:
    """Articles from that number on, until they have that many passages together."""
    for number in count(first):
        if passages <= 0:
            return
        made = make_article(sources, number)
        passages -= len(made.passages)
        yield made


def make_article(sources: Sources, number: int) -> Made:
    """The article with that number, always the same one."""
    chance = np.random.default_rng((SEED, number))
    start = int(chance.integers(len(sources.sentences)))
    length = int(chance.integers(*PASSAGES))
    places = [place % len(sources.sentences) for place in range(start, start + length)]
    made = [_make_passage(sources, place, chance) for place in places]
    return Made(
        number,
        f"{sources.sentences[start][0][:60].rstrip()} ({number})",
        tuple(text for text, _ in made),
        np.stack([vector for _, vector in made]),
        *_draw_facts(chance),
    )


def _make_passage(sources: Sources, place: int, chance: np.random.Generator) -> tuple[str, Vectors]:
    others = sources.near[place, chance.choice(sources.near.shape[1], 2, replace=False)]
    chosen = [place, *others.tolist()]
    runs = [_choose_run(sources.sentences[one], chance) for one in chosen]
    lengths = np.array([sum(map(len, run)) for run in runs], dtype=np.float32)
    mean = _unit(lengths @ sources.vectors[chosen])
    few = sources.vectors[chance.integers(len(sources.vectors), size=FEW)]
    weights = chance.standard_normal(FEW, dtype=np.float32)
    direction = _unit((weights - weights.mean()) @ few)
    return "\n\n".join(" ".join(run) for run in runs), _unit(mean + SPREAD * direction)


def _choose_run(sentences: Sequence[str], chance: np.random.Generator) -> Sequence[str]:
    """Sentences that follow each other, from a random one on; from earlier where too few are left."""
    first = int(chance.integers(len(sentences)))
    last, length = first, 0
    while length < RUN and (first > 0 or last < len(sentences)):
        if last < len(sentences):
            length += len(sentences[last])
            last += 1
        else:
            first -= 1
            length += len(sentences[first])
    return sentences[first:last]


def _unit(vector: Vectors) -> Vectors:
    unit: Vectors = vector / np.linalg.norm(vector)
    return unit


def _draw_facts(chance: np.random.Generator) -> tuple[str | None, date | None, str | None]:
    publisher = _draw(PUBLISHERS, chance) or f"Paper {chance.integers(OTHERS):03}"
    day = FIRST_DAY + timedelta(days=int(chance.integers(DAYS)))
    named, dated = chance.random() >= UNNAMED or publisher in PUBLISHERS, chance.random() >= UNDATED
    return publisher if named else None, day if dated else None, _draw(LANGUAGES, chance)


def _draw(names: Sequence[str], chance: np.random.Generator) -> str | None:
    """Each name in its share of SHARES, else None."""
    place = int(np.searchsorted(np.cumsum(SHARES), chance.random(), side="right"))
    return names[place] if place < len(names) else None


# Filters


def filters_of(share: float, ids: Sequence[str]) -> dict[str, Filters]:
    """Kind -> filters that about that share of the passages pass; `ids` are those of all articles."""
    place = SHARES.index(share)
    days = round(DAYS * share / (1 - UNDATED))
    middle = FIRST_DAY + timedelta(days=(DAYS - days) // 2)
    chosen = np.random.default_rng(SEED).permutation(len(ids))[: max(1, round(share * len(ids)))]
    return {
        "publisher": Filters(publishers=(PUBLISHERS[place],)),
        "dates": Filters(published_from=middle, published_to=middle + timedelta(days=days - 1)),
        "language": Filters(languages=(LANGUAGES[place],)),
        "articles": Filters(article_ids=tuple(ids[number] for number in chosen)),
        "as of": Filters(as_of=FIRST_DAY + timedelta(days=days - 1)),
    }
