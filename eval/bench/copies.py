"""Measures how well copies are found: python -m eval.bench.copies --data DIR [--half tune|report]

Copies are made by editing articles of the benchmark data in known ways, so that of each passage it is known from which
article it comes. The articles as they are, each held against all others, show what is taken for a copy without being
one. Settings are chosen on one half of the articles and reported on the other.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eval.intervals import wilson
from qa.cleaning import keep_spans
from qa.copies import COMMON, Original
from qa.duplicates import ARTICLES, DUPLICATE, WORD, band_hashes, match_copies, measure_share
from qa.passages import sentence_spans, split_passages
from qa.rows import hash_text
from qa.types import Article, Passage, Span, article_id

SEED = 7
HOSTS = 60  # articles that copies are put into, or take words from; never in the library
LEAST_SENTENCES = 9
CHANGED = 0.1  # of the words
TOKENS = 190
MIXED = (0.25, 0.75)  # a passage of which less is copied is none, of which more is one; between them it isn't counted
RUN = 50  # words in common without a gap: two reports that share as many have one source
NOTICES = (
    "By Alex Morgan, staff reporter for the morning desk",
    "This story was first published by our partner and appears here under licence, edited for length and style.",
    "Sign up for our daily newsletter and never miss a story. You can unsubscribe at any time with one click.",
)

DIGIT = re.compile(r"[0-9]")
FIGURE = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
FIGURES = "figures changed"  # this kind must not be taken for copies where a figure stands

Piece = tuple[str, bool]  # a sentence, and whether it comes from the original


@dataclass(frozen=True, slots=True)
class Page:
    """An article with its passages; of a made copy also the original, and the share of each passage from it, 0–1."""

    article: Article
    passages: tuple[Passage, ...]
    original: str = ""
    shares: tuple[float, ...] = ()


@dataclass(slots=True)
class Counts:
    """What was found in the copies of one kind."""

    copied: int = 0  # passages
    likely: int = 0  # of them, those whose original was looked at
    found: int = 0
    foreign: int = 0  # passages that aren't from the original, or give another figure
    wrong: int = 0  # taken for copies, but not from the original, or with another figure
    mixed: int = 0
    articles: int = 0
    traced: int = 0  # articles whose original is named
    duplicates: int = 0


@dataclass(slots=True)
class Index:
    """Bands in memory, asked as the ledger is asked."""

    pages: dict[str, Page]
    bands: defaultdict[int, list[str]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, pages: Iterable[Page]) -> Index:
        index = cls({page.article.id: page for page in pages})
        for id, page in index.pages.items():
            for passage in page.passages:
                for band in band_hashes(passage.text):
                    index.bands[band].append(id)
        return index

    def likely(self, page: Page) -> list[str]:
        """The articles that share most bands with the page."""
        found = dict.fromkeys(band for passage in page.passages for band in band_hashes(passage.text))
        rare = [self.bands[band] for band in found if 0 < len(self.bands.get(band, ())) <= COMMON]
        shared = Counter(id for ids in rare for id in ids if id != page.article.id)
        return sorted(shared, key=lambda id: (-shared[id], id))[:ARTICLES]

    def originals(self, ids: Iterable[str]) -> list[Original]:
        return [
            Original(passage.text, hash_text(passage.text), id, self.pages[id].article.source)
            for id in ids
            for passage in self.pages[id].passages
        ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; 0 measured, 1 without the data."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench.copies", description="Measure how copies are found.")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="benchmark data (newsqa, scraped)")
    parser.add_argument("--half", choices=("tune", "report"), default="report", help="of the articles; default: report")
    parser.add_argument("--pairs", type=int, default=0, metavar="N", help="show N pairs taken for copies, unedited")
    options = parser.parse_args(arguments)
    files = [options.data / "newsqa/articles.jsonl.gz", options.data / "scraped/raw_articles.jsonl.gz"]
    missing = [file for file in files if not file.is_file()]
    if missing:
        print(f"copies: {missing[0]} is missing: give the folder of the benchmark data with --data", file=sys.stderr)
        return 1
    pages, hosts = read_pages(files)
    index = Index.of(pages)
    twins = print_unedited(index, options.pairs)
    half = pages[::2] if options.half == "tune" else pages[1::2]
    print_edited(index, half, hosts, twins)
    print_cost(index, half)
    return 0


def read_pages(files: Iterable[Path]) -> tuple[list[Page], list[Page]]:
    """The articles long enough to be edited, in random order: the library, and the hosts."""
    pages, seen = [], set()
    for number, record in enumerate(record for file in files for record in read_records(file)):
        text = record["text"].replace("\r\n", "\n")
        page = make_page(f"{number}", text, keep_spans(text))
        if hash_text(page.article.kept_text) not in seen and len(sentences_of(page)) >= LEAST_SENTENCES:
            pages.append(page)
        seen.add(hash_text(page.article.kept_text))
    random.Random(SEED).shuffle(pages)
    return pages[HOSTS:], pages[:HOSTS]


def read_records(file: Path) -> Iterator[dict[str, str]]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def make_page(source: str, text: str, kept: tuple[Span, ...]) -> Page:
    article = Article(article_id(source, text), source, text, kept)
    return Page(article, tuple(split_passages(article, count_tokens=guess_tokens, tokens=TOKENS)))


def guess_tokens(texts: Sequence[str]) -> list[int]:
    """About as many as the tokenizer counts in English."""
    return [round(1.3 * len(WORD.findall(text))) for text in texts]


def sentences_of(page: Page) -> list[str]:
    text = page.article.kept_text
    return [text[start:end] for start, end in sentence_spans(text)]


# --- Copies


def edit_all(page: Page, host: Page, random_: random.Random) -> dict[str, Page]:
    """Kind of edit -> the copy."""
    own: list[Piece] = [(sentence, True) for sentence in sentences_of(page)]
    foreign: list[Piece] = [(sentence, False) for sentence in sentences_of(host)]
    vocabulary = [word for word in WORD.findall(host.article.kept_text) if not DIGIT.search(word)]
    half, third = len(own) // 2, len(own) // 3
    frame: list[Piece] = [(foreign[0][0], False), (NOTICES[0], False)]
    notices: list[Piece] = [(notice, False) for notice in NOTICES[1:]]

    def change(pieces: Sequence[Piece]) -> list[Piece]:
        return [(change_words(text, vocabulary, random_) if copied else text, copied) for text, copied in pieces]

    def merge(pieces: Sequence[Piece]) -> list[Piece]:
        return [*foreign[: len(foreign) // 2], *pieces, *foreign[len(foreign) // 2 :]]

    kinds = {
        "unchanged": own,
        "first half": own[:half],
        "middle third": own[third : 2 * third],
        "reflowed": own[3:],
        "re-headlined": [*frame, *own, *notices],
        "10 % changed": change(own),
        FIGURES: change_figures(own),
        "merged": merge(own),
        "half, changed": change(own[:half]),
        "reflowed, changed": change(own[3:]),
        "merged, changed": change(merge(own)),
        "third, merged, changed": change(merge(own[third : 2 * third])),
    }
    return {kind: make_copy(page, kind, pieces) for kind, pieces in kinds.items()}


def change_words(text: str, vocabulary: Sequence[str], random_: random.Random) -> str:
    """The text with one word in ten replaced by a random one; figures stay, see `change_figures`."""

    def change(found: re.Match[str]) -> str:
        return found[0] if random_.random() >= CHANGED or DIGIT.search(found[0]) else random_.choice(vocabulary)

    return WORD.sub(change, text)


def change_figures(pieces: Sequence[Piece]) -> list[Piece]:
    """The sentences with another figure wherever one stands; such a sentence spoils its passage's being a copy."""
    return [(DIGIT.sub(lambda found: str((int(found[0]) + 3) % 10), text), copied) for text, copied in pieces]


def make_copy(original: Page, kind: str, pieces: Sequence[Piece]) -> Page:
    """The page that the pieces make up, a paragraph for every two."""
    text, copied = "", []
    for number, (sentence, own) in enumerate(pieces):
        text += (" " if number % 2 else "\n\n") if text else ""
        if own:
            copied.append((len(text), len(text) + len(sentence)))
        text += sentence
    page = make_page(f"copy of {original.article.id}, {kind}", text, ((0, len(text)),))
    known = find_figures(original.article.kept_text) if kind != FIGURES else frozenset()
    shares = tuple(copied_share(passage, copied, known) for passage in page.passages)
    return Page(page.article, page.passages, original.article.id, shares)


def copied_share(passage: Passage, copied: Sequence[Span], known: frozenset[str]) -> float:
    """How much of the passage is copied, 0–1; 0 when it gives a figure that the original doesn't."""
    if not find_figures(passage.text) <= known:
        return 0.0
    shared = (max(0, min(end, passage.end) - max(start, passage.start)) for start, end in copied)
    return sum(shared) / (passage.end - passage.start)


def find_figures(text: str) -> frozenset[str]:
    return frozenset(FIGURE.findall(text))


# --- Tables


def print_unedited(index: Index, pairs: int) -> dict[str, set[str]]:
    """What of the articles as they are is taken for copies; article -> those that have the same source."""
    twins: defaultdict[str, set[str]] = defaultdict(set)
    taken: list[tuple[bool, Passage, Original]] = []
    looked = []
    for page in index.pages.values():
        ids = index.likely(page)
        looked.append(len(ids))
        matches = match_copies([passage.text for passage in page.passages], index.originals(ids))
        for passage, match in zip(page.passages, matches, strict=True):
            if match is not None:
                same = share_run(passage.text, " ".join(p.text for p in index.pages[match.article_id].passages))
                taken.append((same, passage, match))
                if same:
                    twins[page.article.id].add(match.article_id)
                    twins[match.article_id].add(page.article.id)
    passages = sum(len(page.passages) for page in index.pages.values())
    false = sum(not same for same, _, _ in taken)
    print(f"unedited: {len(index.pages)} articles, {passages} passages, each article held against all others")
    print(f"  taken for copies {len(taken)}: {len(taken) - false} share {RUN} words without a gap, {false} don't")
    print(f"  false: {rate(false, passages)} of the passages")
    print(f"  articles looked at: mean {sum(looked) / len(looked):.2f}, most {max(looked)}")
    for same, passage, match in sorted(taken, key=lambda item: item[0])[:pairs]:
        print(f"\n--- {'same source' if same else 'FALSE'}\n{passage.text}\n--- {match.source}\n{match.text}")
    return twins


def share_run(text: str, other: str) -> bool:
    """Whether RUN words stand in both without a gap."""
    return not runs(text).isdisjoint(runs(other))


def runs(text: str) -> set[str]:
    words = WORD.findall(text.lower())
    return {" ".join(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}


def print_edited(index: Index, half: Sequence[Page], hosts: Sequence[Page], twins: dict[str, set[str]]) -> None:
    random_ = random.Random(SEED)
    table: defaultdict[str, Counts] = defaultdict(Counts)
    for number, page in enumerate(half):
        for kind, copy in edit_all(page, hosts[number % len(hosts)], random_).items():
            right = {page.article.id, *twins.get(page.article.id, ())}
            count_copy(index, copy, right, table[kind])
    print(f"\nedited: {len(half)} originals; 95 % intervals by Wilson; mixed passages aren't counted")
    heads = ("edit", "passages", "original looked at", "recall", "precision", "articles traced", "duplicates", "mixed")
    print(" | ".join(heads))
    for kind, counts in table.items():
        cells = (
            kind,
            f"{counts.copied}+{counts.foreign}",
            rate(counts.likely, counts.copied),
            rate(counts.found, counts.copied),
            rate(counts.found, counts.found + counts.wrong),
            rate(counts.traced, counts.articles),
            rate(counts.duplicates, counts.articles),
            str(counts.mixed),
        )
        print(" | ".join(cells))


def count_copy(index: Index, copy: Page, right: set[str], counts: Counts) -> None:
    ids = index.likely(copy)
    matches = match_copies([passage.text for passage in copy.passages], index.originals(ids))
    for match, share in zip(matches, copy.shares, strict=True):
        is_right = match is not None and match.article_id in right
        counts.wrong += match is not None and (not is_right or share <= MIXED[0])
        if share >= MIXED[1]:
            counts.copied += 1
            counts.likely += not right.isdisjoint(ids)
            counts.found += is_right
        elif share <= MIXED[0]:
            counts.foreign += 1
        else:
            counts.mixed += 1
    whole = measure_share(copy.passages, matches)
    if max(copy.shares, default=0) < MIXED[1]:
        return
    counts.articles += 1
    counts.traced += whole is not None and whole.source in {index.pages[id].article.source for id in right}
    counts.duplicates += whole is not None and whole.share >= DUPLICATE


def print_cost(index: Index, half: Sequence[Page]) -> None:
    texts = [[passage.text for passage in page.passages] for page in half]
    passages = sum(map(len, texts))
    sketching = timed(lambda: [band_hashes(text) for own in texts for text in own])
    originals = [index.originals(index.likely(page)) for page in half]
    matching = timed(lambda: [match_copies(own, others) for own, others in zip(texts, originals, strict=True)])
    print(f"\ncost a passage, n = {passages}: bands {1000 * sketching / passages:.2f} ms of processor time,", end=" ")
    print(f"matching {1000 * matching / passages:.2f} ms")


def timed(work: Callable[[], object]) -> float:
    """Seconds of processor time."""
    start = time.process_time()
    work()
    return time.process_time() - start


def rate(part: int, whole: int) -> str:
    """A proportion with its interval.

    >>> rate(9, 10), rate(0, 0)
    ('0.900 [0.596, 0.982]', '-')
    """
    if not whole:
        return "-"
    low, high = wilson(part, whole)
    return f"{part / whole:.3f} [{low:.3f}, {high:.3f}]"


if __name__ == "__main__":
    sys.exit(main())
