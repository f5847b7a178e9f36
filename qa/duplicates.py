"""Syndicated copies and near-duplicates: which passages of a new article stand in another one already.

Copies are cut into passages at other places than their originals and edited a little. So likely originals are found by
MinHash with locality-sensitive hashing at a low threshold (Broder 1997; Leskovec, Rajaraman, Ullman: Mining of Massive
Datasets, ch. 3; the library datasketch), and each passage is then held against the whole of a likely article, word by
word. Two reports on one event share names and quotations, not half of their runs of three words. A passage with a
number that the other article doesn't give is no copy of it, however alike: it says something else.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from qa.copies import Copies, Original
from qa.rows import hash_text
from qa.types import Passage, Span

WORD = re.compile(r"\w+")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
SHINGLE = 3  # words: with one word in ten changed, three quarters of them stay
LEAST_WORDS = 20  # a shorter text tells too little
ROWS = 2  # hashes in a band: passages that share a third of their runs meet in one of BANDS nearly always
BANDS = 16
SCHEME: Literal["affine64"] = "affine64"  # how datasketch permutes hashes: stored bands depend on it
NEAR = 0.1  # the share of a passage's runs that a part of it has: its numbers must stand in such parts
AMID = 2  # words before and after a number that must be in both articles, so that it counts the same thing
CONTAINED = 0.5  # the share of a passage's runs that its original must hold
ARTICLES = 20  # likely originals that are looked at, those that share most bands
DUPLICATE = 0.8  # the share of its words that makes an article a duplicate


@dataclass(frozen=True, slots=True)
class CopyShare:
    """How much of an article, 0–1 of its words, stands in another one."""

    share: float
    source: str

    @property
    def is_duplicate(self) -> bool:
        return self.share >= DUPLICATE

    @property
    def text(self) -> str:
        return f"{self.share:.0%} of it is also in {self.source}: shown as one source"


class CopyFinder:
    """Finds the originals of new articles: in the ledger, and among those that the batch brings in before them."""

    def __init__(self, copies: Copies) -> None:
        self._copies = copies
        self._pending: dict[str, list[Original]] = {}
        self._bands: defaultdict[int, set[str]] = defaultdict(set)

    def label(
        self, source: str, passages: Sequence[Passage], revision: int
    ) -> tuple[tuple[str | None, ...], tuple[tuple[int, ...], ...], CopyShare | None]:
        """For each passage the label of the group that it is a copy of, or None; its bands; the share copied."""
        bands = [band_hashes(passage.text) for passage in passages]
        common = self._copies.common(band for own in bands for band in own)
        rare = tuple(tuple(band for band in own if band not in common) for own in bands)
        every = [band for own in rare for band in own]
        originals = self._copies.likely_originals(every, revision, besides=source, most=ARTICLES)
        originals += self._likely_pending(every, besides=source)
        matches = match_copies([passage.text for passage in passages], originals)
        labels = tuple(match.label if match else None for match in matches)
        self._remember(source, passages, labels, rare)
        return labels, rare, measure_share(passages, matches)

    def clear(self) -> None:
        """Forgets the batch: it is in the ledger now."""
        self._pending.clear()
        self._bands.clear()

    def _likely_pending(self, bands: Iterable[int], *, besides: str) -> list[Original]:
        shared = Counter(name for band in bands for name in self._bands.get(band, ()) if name != besides)
        return [original for name, _ in shared.most_common(ARTICLES) for original in self._pending[name]]

    def _remember(
        self,
        source: str,
        passages: Sequence[Passage],
        labels: Sequence[str | None],
        bands: Sequence[tuple[int, ...]],
    ) -> None:
        self._pending[source] = [
            Original(passage.text, label or hash_text(passage.text), passage.article_id, source)
            for passage, label in zip(passages, labels, strict=True)
        ]
        for band in (band for own in bands for band in own):
            self._bands[band].add(source)


def band_hashes(text: str) -> tuple[int, ...]:
    """What two passages that may be copies have in common, as signed 32-bit numbers; none for a short text."""
    found = shingles(text)
    if len(found) < LEAST_WORDS - SHINGLE + 1:
        return ()
    from datasketch import MinHash  # type: ignore[import-untyped]

    sketch = MinHash(ROWS * BANDS, hashfunc=zlib.crc32, permutations=_permutations(), scheme=SCHEME)
    sketch.update_batch([shingle.encode("utf-8", "surrogatepass") for shingle in found])
    rows = sketch.digest().astype("<u8").reshape(BANDS, ROWS)
    return tuple(_band_hash(number, row.tobytes()) for number, row in enumerate(rows))


def match_copies(texts: Sequence[str], originals: Sequence[Original]) -> list[Original | None]:
    """For each text the passage that it is a copy of, all of them being of one new article; None without one."""
    if not originals:
        return [None] * len(texts)
    by_article: defaultdict[str, list[tuple[Original, frozenset[str]]]] = defaultdict(list)
    for original in sorted(originals, key=lambda item: (item.article_id, item.text, item.label)):
        by_article[original.article_id].append((original, shingles(original.text)))
    unions = {id: frozenset().union(*(found for _, found in items)) for id, items in by_article.items()}
    return [_best_original(text, by_article, unions) for text in texts]


def shingles(text: str) -> frozenset[str]:
    """The runs of SHINGLE words, in lower case."""
    words = WORD.findall(text.lower())
    return frozenset(" ".join(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1))


def _best_original(
    text: str,
    by_article: dict[str, list[tuple[Original, frozenset[str]]]],
    unions: dict[str, frozenset[str]],
) -> Original | None:
    own = shingles(text)
    if len(own) < LEAST_WORDS - SHINGLE + 1:
        return None
    id, union = max(unions.items(), key=lambda item: len(own & item[1]))
    if len(own & union) < CONTAINED * len(own):
        return None
    near = [original.text for original, found in by_article[id] if len(own & found) >= NEAR * len(own)]
    known = _numbers("\n".join(near)) | _numbers_in_runs(text, union)  # elsewhere it counts something else
    if not _numbers(text) <= known:
        return None  # a later version of the story, or another one, gives another figure: that must be seen
    return max(by_article[id], key=lambda item: len(own & item[1]))[0]


def _numbers(text: str) -> frozenset[str]:
    return frozenset(NUMBER.findall(text))


def _numbers_in_runs(text: str, shared: frozenset[str]) -> frozenset[str]:
    """The numbers that, wherever the text gives them, stand amid words that are the other article's too.

    A copy cut at another place has a sentence or two of a passage that it shares little else with.
    """
    words = list(WORD.finditer(text.lower()))
    stretches: list[Span] = []
    for at in range(len(words) - SHINGLE + 1):
        if " ".join(word[0] for word in words[at : at + SHINGLE]) in shared:
            follows = stretches and stretches[-1][1] == at + SHINGLE - 1
            stretches.append((stretches.pop()[0] if follows else at, at + SHINGLE))
    amid = [
        (words[first + AMID].start(), words[last - AMID - 1].end())
        for first, last in stretches
        if last - first > 2 * AMID
    ]
    places = [(number[0], number.span()) for number in NUMBER.finditer(text)]
    alone = {number for number, (start, end) in places if not any(a <= start and end <= b for a, b in amid)}
    return frozenset(number for number, _ in places) - alone


def measure_share(passages: Sequence[Passage], matches: Sequence[Original | None]) -> CopyShare | None:
    """The share of all words that is copied, and the source of most of it."""
    if not any(matches):
        return None
    words = [len(WORD.findall(passage.text)) for passage in passages]
    sources: Counter[str] = Counter()
    for count, match in zip(words, matches, strict=True):
        if match is not None:
            sources[match.source] += count
    return CopyShare(sources.total() / max(sum(words), 1), sources.most_common(1)[0][0])


def _band_hash(number: int, row: bytes) -> int:
    import hashlib

    digest = hashlib.blake2b(row, digest_size=8, salt=number.to_bytes(2, "little")).digest()
    return int.from_bytes(digest[:4], "little", signed=True)  # half of it: a million passages have 16 million of them


@cache
def _permutations() -> Any:
    from datasketch import MinHash

    return MinHash(ROWS * BANDS, scheme=SCHEME).permutations
