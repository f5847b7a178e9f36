"""Reads the questions and the articles that they are asked of; every gold quotation is compared with its article."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from eval.cases import Case, CasesInvalid, Corpus, case_overlap, gold_spans, parse_line
from eval.checks import problems_of, repetitions_of, span_problems
from qa.types import Article


def load_cases(path: Path, texts: Mapping[str, str]) -> tuple[Case, ...]:
    """The cases of a JSONL file in its order, every gold quotation checked against `texts` (by file name)."""
    cases: list[Case] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        where = f"{path.name}:{number}"
        case = parse_line(line, where)
        problems = [*problems_of(case, texts), *repetitions_of(case, cases)]
        if problems:
            raise CasesInvalid(f"{where} ({case.id}): {'; '.join(problems)}")
        cases.append(case)
    if not cases:
        raise CasesInvalid(f"{path.name} holds no questions")
    return tuple(cases)


def read_texts(*folders: Path) -> dict[str, str]:
    """The decoded text of every .txt file in the folders, by file name; CasesInvalid if none or a name twice."""
    texts: dict[str, str] = {}
    for folder in folders:
        paths = sorted(folder.glob("*.txt"))
        if not paths:
            raise CasesInvalid(f"no .txt articles in {folder}")
        for path in paths:
            if path.name in texts:
                raise CasesInvalid(f"{path.name} is in two of the folders; gold spans name articles by file name")
            # Bytes, not read_text: universal newlines would move the offsets of a file with CRLF.
            texts[path.name] = path.read_bytes().decode("utf-8")
    return texts


def map_articles(articles: Iterable[Article], cases: Sequence[Case]) -> Corpus:
    """The library's articles, found by the file names of the cases; the quotations are checked once more.

    The offsets hold in the files; here they must also hold in what the library made of the files.
    """
    by_id = {article.id: article for article in articles}
    ids = {Path(article.source).name: article.id for article in by_id.values()}
    texts = {name: by_id[id_].text for name, id_ in ids.items()}
    for case in cases:
        problems = [problem for span in gold_spans(case) for problem in span_problems(span, texts)]
        if problems:
            raise CasesInvalid(f"{case.id}, in the library: {'; '.join(problems)}")
    return Corpus(by_id, ids)


def record_overlaps(path: Path) -> None:
    """Writes the computed `overlap` into every line: run it after editing questions."""
    lines = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        overlap = case_overlap(parse_line(line, f"{path.name}:{number}"))
        lines.append(json.dumps({**json.loads(line), "overlap": overlap}, ensure_ascii=False) + "\n")
    path.write_text("".join(lines), encoding="utf-8")


def file_digest(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def texts_digest(texts: Mapping[str, str]) -> str:
    """One SHA-256 over names and texts, whatever their order."""
    parts = [f"{name}\0{hashlib.sha256(text.encode()).hexdigest()}" for name, text in sorted(texts.items())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
