"""Reads the questions and the articles that they are asked of; every gold quotation is compared with its article."""

from __future__ import annotations

import codecs
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.authoring.catalogue import Catalogue, catalogue_of_texts
from eval.authoring.complete import complete, is_unfilled
from eval.cases import Case, CasesInvalid, Corpus, case_of, case_overlap, gold_spans, parse_line, read_object
from eval.checks import problems_of, repetitions_of, span_problems
from qa.types import Article

MOST_SHOWN = 20  # lines with problems that are named


@dataclass(frozen=True, slots=True)
class Questions:
    """The cases of a file, how many of its lines still wait for a question, and what their author should know."""

    cases: tuple[Case, ...]
    unfilled: int = 0
    notes: tuple[str, ...] = ()


def load_cases(path: Path, texts: Mapping[str, str]) -> tuple[Case, ...]:
    """The cases of a JSONL file in its order, every gold quotation checked against `texts` (by file name)."""
    return read_questions(path, catalogue_of_texts(texts)).cases


def read_questions(path: Path, catalogue: Catalogue) -> Questions:
    """The questions of a file; CasesInvalid names every line that can't be used, at most MOST_SHOWN of them."""
    cases: list[Case] = []
    problems: list[str] = []
    notes: list[str] = []
    unfilled = 0
    for number, line in read_lines(path):
        where = f"{path.name}:{number}"
        try:
            data = read_object(line, where)
            if is_unfilled(data):
                unfilled += 1
                continue
            case, said = _make_case(data, where, catalogue, cases)
            cases.append(case)
            notes += said
        except CasesInvalid as error:
            problems.append(str(error))
    if problems:
        raise CasesInvalid(_listed(problems))
    if not cases:
        raise CasesInvalid(
            f"{path.name} has {unfilled} lines, all still to be filled in: write a question and its answer.short"
            if unfilled
            else f"{path.name} holds no questions; write a starter file with: qa eval template"
        )
    return Questions(tuple(cases), unfilled, tuple(notes))


def _make_case(
    data: Mapping[str, Any], where: str, catalogue: Catalogue, earlier: Sequence[Case]
) -> tuple[Case, list[str]]:
    """The case of a line, and notes for its author; CasesInvalid says all that is wrong with it."""
    done = complete(data, catalogue)
    where = f"{where} ({data['id']})" if data.get("id") else where
    problems = done.problems
    if not problems:
        try:
            case = case_of(done.line)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CasesInvalid(f"{where}: a field has the wrong form: {error}") from error
        problems = [*problems_of(case, catalogue.texts), *repetitions_of(case, earlier)]
    if problems:
        raise CasesInvalid(f"{where}: {'; '.join(problems)}")
    return case, [f"{where}: {note}" for note in done.notes]


def _listed(problems: Sequence[str]) -> str:
    """One problem as it is, several one under the other."""
    if len(problems) == 1:
        return problems[0]
    more = [f"and {len(problems) - MOST_SHOWN} more"] if len(problems) > MOST_SHOWN else []
    return "\n  ".join([f"{len(problems)} lines can't be used", *problems[:MOST_SHOWN], *more])


def read_lines(path: Path) -> list[tuple[int, str]]:
    """(number, line) of the lines that aren't empty; CasesInvalid when the file isn't JSON lines in UTF-8."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CasesInvalid(f"can't read {path}: {error.strerror}; write a starter with: qa eval template") from error
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise CasesInvalid(f"{path.name} is in UTF-16; save it as UTF-8")
    # Not splitlines: a text may hold U+2028 and the like, which JSON allows and splitlines would cut at.
    raw = data.removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    lines = [(number, _decode(line, number, path)) for number, line in enumerate(raw, 1)]
    filled = [(number, line) for number, line in lines if line.strip()]
    if filled and filled[0][1].lstrip().startswith("["):
        command = f"python -c 'import json, sys; [print(json.dumps(q)) for q in json.load(sys.stdin)]' < {path.name}"
        raise CasesInvalid(
            f"{path.name} is one JSON array; an object on each line is needed, without brackets around and commas "
            f"between them; this prints it so: {command}"
        )
    return filled


def _decode(line: bytes, number: int, path: Path) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CasesInvalid(
            f"{path.name}:{number} is not UTF-8 (byte {line[error.start]:#x} after {line[: error.start][-20:]!r}); "
            "save the file as UTF-8"
        ) from error


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
            try:
                texts[path.name] = path.read_bytes().decode("utf-8")
            except UnicodeDecodeError as error:
                raise CasesInvalid(
                    f"{path} is not UTF-8; save it as UTF-8, or add it to a library and ask that: "
                    "qa eval --library DIR --questions FILE"
                ) from error
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
    for number, line in read_lines(path):
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
