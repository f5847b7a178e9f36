"""Which article a person means: by its file name, its source or the end of it, its title or headline, its id."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from eval.cases import Corpus
from eval.words import norm
from qa.types import Article

ID_BEGINNING = re.compile(r"[0-9a-f]{6,20}")  # shorter ones would be taken for words
HEADLINES = 6  # first lines of a text by which it may be named: not every title is found
LONGEST = 200  # characters of such a line
LIKE = 65  # of 100: how like a name must be to be suggested


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The texts by the names that gold spans use; `called`: those names by all, folded, that an article is called."""

    texts: Mapping[str, str]
    called: Mapping[str, tuple[str, ...]]


def catalogue_of_texts(texts: Mapping[str, str]) -> Catalogue:
    """Of texts that have nothing but file names."""
    return Catalogue(
        texts, _invert({name: [name, PurePath(name).stem, *first_lines(text)] for name, text in texts.items()})
    )


def catalogue_of_articles(articles: Iterable[Article]) -> Catalogue:
    """Of the articles of a library; spans use the file name, or the whole source where two have one file name."""
    named = name_articles(articles)
    texts = {name: article.text for name, article in named.items()}
    return Catalogue(texts, _invert({name: tuple(_names(name, article)) for name, article in named.items()}))


def corpus_of(articles: Iterable[Article]) -> Corpus:
    """The articles under the names of `catalogue_of_articles`."""
    named = name_articles(articles)
    return Corpus({article.id: article for article in named.values()}, {name: a.id for name, a in named.items()})


def name_articles(articles: Iterable[Article]) -> dict[str, Article]:
    """Each article under its file name, where another has the same under its source."""
    known = list(articles)
    count = Counter(file_name(article.source) for article in known)
    return {
        file_name(article.source) if count[file_name(article.source)] == 1 else article.source: article
        for article in known
    }


def file_name(source: str) -> str:
    """The last part of a path or an address: "news/dam.txt" and "upload:dam.txt" give "dam.txt"."""
    return source.removeprefix("upload:").rstrip("/").rpartition("/")[2] or source


def find_article(name: str, catalogue: Catalogue) -> tuple[str | None, str]:
    """(the name that spans use, "") or (None, what is wrong with the name given)."""
    if name in catalogue.texts:
        return name, ""
    found = catalogue.called.get(fold(name), ())
    if not found and ID_BEGINNING.fullmatch(name):
        matching = (names for called, names in catalogue.called.items() if called.startswith(f"id:{name}"))
        found = tuple(dict.fromkeys(one for names in matching for one in names))
    if len(found) == 1:
        return found[0], ""
    if found:
        return None, f"{name!r} may be {_listed(found)}; give one of these names"
    return None, f"no article {name}{_suggestion(name, catalogue)}"


def fold(name: str) -> str:
    """A name as names are compared: typography, spaces and case don't count."""
    return norm(name).casefold()


def did_you_mean(word: str, known: Iterable[str], like: float = LIKE) -> str:
    """ "; did you mean 'answer'?" for the known word that is nearest, or nothing when none is near."""
    from rapidfuzz import fuzz, process

    found = process.extractOne(word, sorted(known), scorer=fuzz.ratio)
    return f"; did you mean {found[0]!r}?" if found and found[1] >= like else ""


def _names(name: str, article: Article) -> Iterator[str]:
    parts = article.source.split("/")
    yield name
    yield PurePath(file_name(article.source)).stem
    yield from ("/".join(parts[at:]) for at in range(len(parts)))
    yield article.id
    yield f"id:{article.id}"  # what begins so is looked for under its beginning
    if article.title:
        yield article.title
    yield from first_lines(article.text)


def first_lines(text: str) -> list[str]:
    """The lines at the top of a text that may be its headline."""
    lines = (line.strip() for line in text[: HEADLINES * LONGEST].splitlines())
    return [line for line in lines if 0 < len(line) <= LONGEST][:HEADLINES]


def _invert(names: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    called: dict[str, dict[str, None]] = {}
    for name, others in names.items():
        for other in others:
            if folded := fold(other):
                called.setdefault(folded, {})[name] = None
    return {folded: tuple(found) for folded, found in called.items()}


def _suggestion(name: str, catalogue: Catalogue) -> str:
    from rapidfuzz import fuzz, process, utils

    known = [called for called in catalogue.called if not called.startswith("id:")]
    near = process.extract(
        name, known, scorer=fuzz.token_sort_ratio, processor=utils.default_process, limit=6, score_cutoff=LIKE
    )
    files = list(dict.fromkeys(file for called, _, _ in near for file in catalogue.called[called]))[:3]
    if files:
        return f"; did you mean {_listed(files)}?"
    return f"; there are {len(catalogue.texts)}, such as {_listed(list(catalogue.texts)[:3])}"


def _listed(names: Sequence[str]) -> str:
    shown = [repr(name) for name in names[:4]] + (["…"] if len(names) > 4 else [])
    return " or ".join(shown)
