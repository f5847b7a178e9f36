"""Measures and trains the cleaning of scraped text: python -m eval.bench.cleaning --data DIR [--train]

91 pages of the web whose article texts are known are dumped to plain text as a careless scraper does, with and without
blank lines, and cleaned. The figure is that of the data set's own script: shared runs of four tokens, precision and
recall averaged over pages, F1 of the two averages. Our model is always trained on other sites than those it cleans.
`--train` then trains on all and writes qa/cleaning.json.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt

import qa.cleaning
from eval.bench.chain import Example, make_example, train
from eval.bench.data import read_newsqa
from eval.intervals import cluster_bootstrap
from qa.articles import article_from_bytes
from qa.block_features import find_heaviest
from qa.block_model import BlockModel, load_block_model
from qa.blocks import find_blocks
from qa.cleaning import keep_spans, name_clutter
from qa.clutter import weigh
from qa.errors import ArticleUnreadable

SEED = 5
FOLDS = 10
SHINGLE = 4  # tokens
TOKEN = re.compile(r"\w+")
BELONGS = 0.5  # the share of a block's tokens in the article's text from which it is a part of it
CROPS, FRAME = 2, 15  # pages cut out of each page, and the most blocks around the article in them
CROP_WEIGHT, CLEAN_WEIGHT = 0.5, 0.5
NOTE = "Trained on the 91 pages of scrapinghub/article-extraction-benchmark (MIT); none of their words is kept."

Pair = tuple[float, float]  # precision, recall


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the web, the text of its article, and its dump without and with blank lines."""

    site: str
    html: bytes
    truth: str
    dumps: tuple[str, str]


Clean = Callable[[Page, str], str]  # a page and one of its dumps -> the text of the article


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table; 0 measured, whatever the figures, 1 there is no data."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench.cleaning", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the folder of benchmark data")
    parser.add_argument("--train", action="store_true", help="write the model, trained on all pages")
    options = parser.parse_args(arguments)
    if not (options.data / "pages").is_dir():
        print(f"no benchmark data in {options.data}: give its folder with --data", file=sys.stderr)
        return 1
    pages = list(read_pages(options.data))
    models = cross_train(pages)
    print_table(
        pages, {**baselines(), "ours, trained on other sites": lambda page, dump: _ours(dump, models[page.site])}
    )
    print_html(pages)
    if options.train:
        write_model(train([example for page in pages for example in make_examples(page)]))
    print_clean(options.data)
    return 0


def read_pages(folder: Path) -> Iterator[Page]:
    """The pages, their dumps made by the script that comes with the data."""
    specification = importlib.util.spec_from_file_location("measures", folder / "measures.py")
    assert specification is not None
    assert specification.loader is not None
    measures: Any = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(measures)
    truths = json.loads((folder / "pages" / "ground-truth.json").read_text(encoding="utf-8"))
    for name, values in truths.items():
        html = gzip.decompress((folder / "pages" / "html" / f"{name}.html.gz").read_bytes())
        dumps = (measures.naive(html, False), measures.naive(html, True))
        yield Page(site_of(values["url"]), html, values["articleBody"], dumps)


def site_of(url: str) -> str:
    """The part of the host that one publisher has.

    >>> site_of("https://edition.news.example.co.uk/a"), site_of("https://www.example.com/b")
    ('example.co.uk', 'example.com')
    """
    parts = (urlsplit(url).hostname or "").split(".")
    return ".".join(parts[-3 if len(parts) > 2 and parts[-2] in ("co", "com") else -2 :])


# Scores


def score(truth: str, text: str) -> Pair:
    """Precision and recall of the runs of four tokens, counted with repetitions.

    >>> score("a b c d e", "a b c d x")
    (0.5, 0.5)
    """
    wanted, found = _shingles(truth), _shingles(text)
    shared = sum((wanted & found).values())
    return shared / sum(found.values()), shared / sum(wanted.values())


def f1(pairs: Sequence[Pair]) -> float:
    """F1 of the average precision and the average recall."""
    precision, recall = np.mean(pairs, axis=0)
    return float(2 * precision * recall / (precision + recall)) if precision + recall else 0.0


def bootstrap_f1(pairs: Sequence[Pair], sites: Sequence[str], draws: int = 2000) -> Pair:
    """The middle 95 % of the F1 of resampled sites."""
    by_site: dict[str, list[tuple[float, float, int]]] = defaultdict(list)
    for site, pair in zip(sites, pairs, strict=True):
        by_site[site].append((*pair, 1))
    sums = np.array([np.sum(group, axis=0) for group in by_site.values()])  # precision, recall, pages
    drawn = sums[np.random.default_rng(SEED).integers(len(sums), size=(draws, len(sums)))].sum(axis=1)
    precision, recall = drawn[:, 0] / drawn[:, 2], drawn[:, 1] / drawn[:, 2]
    low, high = np.quantile(2 * precision * recall / (precision + recall), (0.025, 0.975))
    return float(low), float(high)


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    tokens = TOKEN.findall(text)
    return Counter(tuple(tokens[at : at + SHINGLE]) for at in range(max(1, len(tokens) - SHINGLE + 1)))


# Ways to clean


def baselines() -> dict[str, Clean]:
    """What a cleaner has to beat, and what it can't."""
    return {
        "no cleaning": lambda _, dump: dump,
        "lines over 80 characters": lambda _, dump: "\n".join(line for line in dump.split("\n") if len(line) > 80),
        "jusText's rules on the lines": lambda _, dump: _justext(dump),
        "our rules and the heaviest stretch": lambda _, dump: _rules(dump),
        "best choice of whole blocks": lambda page, dump: _best(page, dump),
        "trafilatura on the HTML": lambda page, _: _trafilatura(page.html),
    }


def _ours(dump: str, model: BlockModel) -> str:
    return "\n".join(dump[start:end] for start, end in keep_spans(dump, model=model))


def _justext(dump: str) -> str:
    from html import escape

    import justext  # type: ignore[import-untyped]

    page = "".join(f"<p>{escape(line)}</p>" for line in dump.split("\n") if line)
    found = justext.justext(f"<html><body>{page}</body></html>", justext.get_stoplist("English"))
    return "\n".join(paragraph.text for paragraph in found if not paragraph.is_boilerplate)


def _rules(dump: str) -> str:
    lines = _lines(dump)
    reasons = name_clutter(lines)
    first, last = find_heaviest([weigh(line, reason) for line, reason in zip(lines, reasons, strict=True)])
    return "\n".join(line for line, reason in zip(lines[first:last], reasons[first:last], strict=True) if not reason)


def _best(page: Page, dump: str) -> str:
    lines = _lines(dump)
    return "\n".join(line for line, belongs in zip(lines, belonging(lines, page.truth), strict=True) if belongs)


def _trafilatura(html: bytes) -> str:
    import trafilatura

    return trafilatura.extract(html, include_comments=False) or ""


def _lines(text: str) -> list[str]:
    return [text[block.start : block.end] for block in find_blocks(text)]


# Training


def belonging(lines: Sequence[str], truth: str) -> npt.NDArray[np.bool_]:
    """Which blocks are a part of the article, by aligning the page's tokens with those of the article's text."""
    tokens = [[token.lower() for token in TOKEN.findall(line)] for line in lines]
    owners = [at for at, line in enumerate(tokens) for _ in line]
    aligned = SequenceMatcher(
        None, [token for line in tokens for token in line], [token.lower() for token in TOKEN.findall(truth)], False
    )
    shared = np.zeros(len(lines))
    for start, _, size in aligned.get_matching_blocks():
        for owner in owners[start : start + size]:
            shared[owner] += 1
    return shared >= BELONGS * np.array([max(1, len(line)) for line in tokens])


def make_examples(page: Page) -> Iterator[Example]:
    """The page; pieces of it with less around the article; the article alone, and its beginning."""
    lines = _lines(page.dumps[0])
    belongs = belonging(lines, page.truth)
    yield make_example(lines, belongs)
    places = np.flatnonzero(belongs)
    chance = random.Random(f"{SEED} {page.site}")
    for _ in range(CROPS if len(places) else 0):
        first = max(0, places[0] - chance.randint(0, FRAME))
        last = places[-1] + 1 + chance.randint(0, FRAME)
        yield make_example(lines[first:last], belongs[first:last], CROP_WEIGHT)
    clean = _lines(page.truth)
    for part in (clean, clean[: chance.randint(1, 5)]):
        yield make_example(part, np.ones(len(part), dtype=bool), CLEAN_WEIGHT)


def cross_train(pages: Sequence[Page]) -> dict[str, BlockModel]:
    """Site -> a model that was trained without it and without the others of its fold."""
    sites = sorted({page.site for page in pages})
    random.Random(SEED).shuffle(sites)
    examples = [(page.site, example) for page in pages for example in make_examples(page)]
    models = {}
    for fold in range(FOLDS):
        held_out = sites[fold::FOLDS]
        model = train([example for site, example in examples if site not in held_out])
        models.update(dict.fromkeys(held_out, model))
        print(f"trained {fold + 1} of {FOLDS}", file=sys.stderr, flush=True)
    return models


def write_model(model: BlockModel) -> None:
    """Writes qa/cleaning.json and uses it from here on."""
    path = Path(qa.cleaning.__file__).with_suffix(".json")
    sides = model.to_json()
    parts = [f'"about": {json.dumps(NOTE)}']
    for side, weights in sides.items():
        rows = ",\n".join(f"    {json.dumps(name)}: {json.dumps(values)}" for name, values in weights.items())
        parts.append(f'"{side}": {{\n{rows}\n  }}')
    path.write_text("{\n  " + ",\n  ".join(parts) + "\n}\n", encoding="utf-8")
    load_block_model.cache_clear()


# Tables


def print_table(pages: Sequence[Page], ways: Mapping[str, Clean]) -> None:
    """F1 of each way, the two kinds of dumps averaged."""
    sites = [page.site for page in pages]
    print(f"{len(pages)} pages of {len(set(sites))} sites; F1 with the 95 % interval over sites, and mean F1 of a page")
    for name, clean in ways.items():
        kinds = [[score(page.truth, clean(page, page.dumps[kind])) for page in pages] for kind in (0, 1)]
        both = [tuple(np.mean(pair, axis=0)) for pair in zip(*kinds, strict=True)]
        low, high = bootstrap_f1(both, sites)
        pairs = [pair for kind in kinds for pair in kind]
        precision, recall = np.mean(pairs, axis=0)
        print(
            f"{name:36}{np.mean([f1(kind) for kind in kinds]):.3f} [{low:.3f}–{high:.3f}]  "
            f"precision {precision:.3f}  recall {recall:.3f}  page {np.mean([f1([pair]) for pair in pairs]):.3f}"
        )


def print_html(pages: Sequence[Page]) -> None:
    """HTML files as they are added, against trafilatura as it comes, page by page."""
    ours, theirs = [], []
    for page in pages:
        try:
            text = article_from_bytes(page.html, source="page.html", suffix=".html")[0].kept_text
        except ArticleUnreadable:
            text = ""
        ours.append(score(page.truth, text))
        theirs.append(score(page.truth, _trafilatura(page.html)))
    gains = [f1([a]) - f1([b]) for a, b in zip(ours, theirs, strict=True)]
    low, high = cluster_bootstrap(gains, [page.site for page in pages])
    print(
        f"HTML: ours {f1(ours):.3f}, trafilatura {f1(theirs):.3f}; "
        f"gain a page {np.mean(gains):+.3f} [{low:+.3f}–{high:+.3f}]"
    )


def print_clean(folder: Path) -> None:
    """How much of articles without any clutter is kept, by the model in qa/cleaning.json."""
    articles = read_newsqa(folder / "newsqa").articles.values()
    shares = []
    for article in articles:
        kept = sum(end - start for start, end in keep_spans(article.text))
        shares.append(kept / max(1, len(article.text.strip())))
    low, high = cluster_bootstrap(shares, [article.id for article in articles])
    print(f"clean articles: {np.mean(shares):.4f} [{low:.4f}–{high:.4f}] of the text is kept (n = {len(shares)})")


if __name__ == "__main__":
    sys.exit(main())
