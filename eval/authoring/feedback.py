"""Feedback on answers as lines of questions, for a person to review: what was judged right is a case, the rest waits.

Nothing is made ready that could be wrong without being seen: where an article has changed, where several articles
differ, or where two people judged one question differently, the line waits to be filled in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from eval.authoring.catalogue import name_articles
from eval.authoring.complete import is_unfilled
from eval.authoring.patterns import pattern_of
from eval.words import norm
from qa.errors import QAError
from qa.terminal import printable
from qa.types import Answer, Article, Citation, Feedback, Sentence

MOST_SAID = 500  # characters of an answer that a hint repeats
Line = dict[str, Any]

# What could steer a terminal, and what some programs take for the end of a line: JSON can write it in ASCII.
ESCAPED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
HALVES = re.compile("[\ud800-\udfff]")


def lines_of_feedback(feedback: Sequence[Feedback], articles: Iterable[Article]) -> list[Line]:
    """One line for each question, day and verdict, the newest; at most one line of a question is ready to be asked."""
    named = name_articles(articles)
    newest: dict[tuple[str, str, str], tuple[Feedback, str]] = {}
    for item in feedback:
        key = (*_asked(item.answer), item.verdict)
        note = item.note or newest.pop(key, (item, ""))[1]
        newest.pop(key, None)  # so that it comes last
        newest[key] = (item, note)
    ready: set[tuple[str, str]] = set()
    lines = []
    for (question, day, _), (item, note) in reversed(newest.items()):
        line = _line(item, note, named, decided=(question, day) not in ready)
        if not is_unfilled(line):
            ready.add((question, day))
        lines.append(line)
    return lines[::-1]


def write_feedback(path: Path, lines: Iterable[Line]) -> None:
    """One JSON object a line, into a new file; QAError when there is one, or it can't be written."""
    text = "".join(_dump(line) + "\n" for line in lines)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise QAError(f"{path} is there already, and may hold somebody's work; give another name with --out") from None
    except OSError as error:
        raise QAError(f"can't write {path}: {error.strerror}; choose another place with --out") from error


def _dump(line: Line) -> str:
    return ESCAPED.sub(lambda found: f"\\u{ord(found.group()):04x}", json.dumps(line, ensure_ascii=False))


def _asked(answer: Answer) -> tuple[str, str]:
    """What makes two questions one for the evaluation: the words, and the day as of which they are asked."""
    return norm(_question(answer)).lower(), _as_of(answer) or ""


def _question(answer: Answer) -> str:
    return HALVES.sub("\ufffd", answer.question)


def _as_of(answer: Answer) -> str | None:
    try:
        return date.fromisoformat(dict(answer.provenance.filters)["as_of"]).isoformat()
    except (KeyError, TypeError, ValueError):
        return None


def _line(item: Feedback, note: str, named: Mapping[str, Article], *, decided: bool) -> Line:
    """The line; not `decided` when a later judgement of the same question is ready."""
    answer, day = item.answer, _as_of(item.answer)
    filters = _other_filters(answer)
    hints = [_judged(item), f"note: {note}" if note else "", f"the answer was: {_cut(answer.text)}"]
    if filters:
        hints.append(f"it was asked with {', '.join(filters)}, which the evaluation doesn't set")
    if not decided:
        hints.append("a later judgement of this question is in the file too: keep one of them")
    proposal, ready = _propose(item, named)
    if not (ready and decided):
        proposal = {"answerable": None, "answer": {"short": []}, "evidence": proposal.get("evidence", [])}
        hints.append("give answer.short and evidence, or set answerable to false")
    return {
        "question": _question(answer),
        **({"as_of": day} if day else {}),
        **proposal,
        "split": "dev",
        "author": "",
        "created": item.given.date().isoformat(),
        "hint": printable("; ".join(filter(None, hints))),
    }


def _other_filters(answer: Answer) -> list[str]:
    return sorted(name for name, _ in answer.provenance.filters if name != "as_of")


def _judged(item: Feedback) -> str:
    of = "the whole answer" if item.sentence is None else f"the sentence “{_cut(_sentences(item)[0].text)}”"
    return f"judged {item.verdict}: {of}"


def _cut(text: str) -> str:
    return text if len(text) <= MOST_SAID else text[:MOST_SAID] + "…"


def _refusal_is_right(item: Feedback) -> bool:
    """Whether no article answers the question; one sentence of several may be too much and the others right."""
    if item.answer.status == "refused":
        return item.verdict == "right"
    return item.verdict == "should-have-refused" and (item.sentence is None or len(item.answer.sentences) == 1)


def _propose(item: Feedback, named: Mapping[str, Article]) -> tuple[Line, bool]:
    """What the line says of the right answer, as far as it is known, and whether that can be asked as it is."""
    if _refusal_is_right(item):
        return {"answerable": False}, not _other_filters(item.answer)  # without them it may be answerable
    if item.verdict != "right":
        return {}, False
    if item.answer.disagreements and item.sentence is None:
        return _propose_conflict(item.answer, named)
    return _propose_quoted(item, named)


def _propose_quoted(item: Feedback, named: Mapping[str, Article]) -> tuple[Line, bool]:
    """The emphasised words, and what their sentences cite; several are all needed."""
    telling = [(sentence, words) for sentence in _sentences(item) if (words := _emphasised(sentence))]
    if not telling:  # nobody knows which sentence answers: all are shown, for a person to choose
        cited = [_spans(item.answer, sentence.citations, named) for sentence in _sentences(item)]
        return {"evidence": [span for spans in cited for span in spans]}, False
    groups = [_spans(item.answer, sentence.citations, named) for sentence, _ in telling]
    numbered = [{"group": f"g{number}", "spans": spans} for number, spans in enumerate(groups, 1) if spans]
    short = [text for _, words in telling for text in words]
    kind = "multi" if len(short) > 1 else "single"
    return {"type": kind, "answer": {"short": short}, "evidence": numbered}, all(groups)


def _sentences(item: Feedback) -> Sequence[Sentence]:
    return item.answer.sentences if item.sentence is None else (item.answer.sentences[item.sentence],)


def _emphasised(sentence: Sentence) -> list[str]:
    """The emphasised words that a pattern can be made of."""
    texts = [sentence.text[start:end].strip() for start, end in sentence.emphasis]
    return [text for text in dict.fromkeys(texts) if _can_be_found(text)]


def _can_be_found(text: str) -> bool:
    return any(map(str.isalnum, norm(text))) and not HALVES.search(text)


def _propose_conflict(answer: Answer, named: Mapping[str, Article]) -> tuple[Line, bool]:
    """Both sides of the one thing on which articles differ."""
    sides, about = answer.disagreements[0].sides, answer.disagreements[0].about
    spans = [_spans(answer, side.citations, named) for side in sides]
    groups = [{"group": f"g{number}", "spans": own} for number, own in enumerate(spans, 1) if own]
    clear = len(answer.disagreements) == 1 and answer.disagreements[0].kind == "conflict" and len(sides) > 1
    if not clear or not all(spans) or not all(_can_be_found(side.value) for side in sides):
        return {"evidence": groups}, False
    values = [{"value": [pattern_of(side.value)], "evidence": f"g{number}"} for number, side in enumerate(sides, 1)]
    conflict = {"on": HALVES.sub("\ufffd", about), "sides": values}
    return {"type": "conflict", "answer": {"short": []}, "conflict": conflict, "evidence": groups}, True


def _spans(answer: Answer, numbers: Sequence[int], named: Mapping[str, Article]) -> list[Line]:
    """Where the citations with those numbers stand in today's articles; those that don't are left out."""
    cited = [citation for citation in answer.citations if citation.number in numbers]
    return [span for citation in cited if (span := _span(citation, named)) is not None]


def _span(citation: Citation, named: Mapping[str, Article]) -> Line | None:
    """The quotation in its article, or in the newer version of it if it stands there once."""
    quotation, quote = citation.quotation, citation.quotation.text
    if not quote.strip() or HALVES.search(quote):
        return None
    for name, article in named.items():
        start = quotation.start
        if article.id != quotation.article_id:
            if not citation.source or article.source != citation.source or article.text.count(quote) != 1:
                continue
            start = article.text.index(quote)
        if start >= 0 and article.text[start : start + len(quote)] == quote:
            return {"article": name, "start": start, "end": start + len(quote), "quote": quote}
    return None
