"""What a person writes about a question, made a whole line: defaults, patterns of the answer, places of quotations.

Nothing is guessed that could be wrong without being seen: a quotation that occurs twice, or an article's name that
may be two, is a problem. A whole line, such as those of questions.jsonl, comes back as it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eval.authoring.catalogue import Catalogue, find_article
from eval.authoring.forms import FIELDS, form_problems
from eval.authoring.patterns import pattern_of, says_valid
from eval.authoring.quotes import find_quote, likeliest, nearest_text
from eval.words import norm, question_overlap

SENTENCE = 5  # words that two articles have in common only if one copies the other
NOT_GIVEN = "not given"  # the author of a line that names none
Json = dict[str, Any]
Places = Sequence[tuple[str, tuple[int, int]]]  # (article, span)


@dataclass(slots=True)
class Completed:
    """The whole line, what must be put right before it can be used, and what the author should know."""

    line: Json
    whole: bool  # it came with all FIELDS, so nothing is added
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def is_unfilled(line: Mapping[str, Any]) -> bool:
    """Whether a line still waits for its author: the place of question and answer is there, and empty.

    With `"answerable": null` nobody has decided yet: it waits for an answer, or for `false`.
    """
    if line.keys() >= FIELDS or "question" not in line or not _is_empty(_short(line)):
        return False
    undecided = "answerable" in line and line["answerable"] is None and not line.get("conflict")
    return undecided or _is_empty(line["question"])


def _is_empty(value: Any) -> bool:
    items = value if isinstance(value, list) else [value]
    return all(item is None or (isinstance(item, str) and not item.strip()) for item in items)


def complete(line: Mapping[str, Any], catalogue: Catalogue) -> Completed:
    """The line with all FIELDS; with problems it isn't whole."""
    done = Completed(dict(line), line.keys() >= FIELDS, form_problems(line))
    if done.problems:
        return done
    if not done.whole:
        _add_defaults(done)
    _place_evidence(done, catalogue)
    if not done.problems and not done.whole:
        _add_answer(done)
        _add_overlap(done)
    return done


def _add_defaults(done: Completed) -> None:
    line = done.line
    kind = line.get("unanswerable_kind")
    if line.get("answerable") is None:
        line["answerable"] = line.get("type") != "unanswerable" and not kind
    if not line.get("type"):
        line["type"] = "unanswerable" if not line["answerable"] else "conflict" if line.get("conflict") else "single"
    line["unanswerable_kind"] = None if line["answerable"] else kind or "absent"
    line["id"] = str(line.get("id") or _id_of(line))
    line["split"] = line.get("split") or "dev"
    line["author"] = line.get("author") or NOT_GIVEN
    line["answer"] = {"short": _texts(_short(line))}
    for name in ("must_not_say", "tags", "paraphrases"):
        line[name] = _texts(line.get(name))
    for name in ("as_of", "cluster", "reviewer", "conflict"):
        line[name] = line.get(name) or None
    line["stale"] = line.get("stale") or []
    if line["conflict"]:
        sides = [{**side, "value": _texts(side["value"])} for side in line["conflict"]["sides"]]
        line["conflict"] = {**line["conflict"], "on": line["conflict"].get("on"), "sides": sides}
    if not line["answerable"] and line["answer"]["short"]:
        done.problems.append("answerable is false, yet there is an answer: delete one of them")


def _id_of(line: Mapping[str, Any]) -> str:
    """Of the question and its day, so that it stays when lines are added above."""
    asked = f"{norm(line['question']).lower()}\0{line.get('as_of') or ''}"
    return f"q-{hashlib.sha256(asked.encode()).hexdigest()[:8]}"


def _short(line: Mapping[str, Any]) -> Any:
    answer = line.get("answer")
    return answer.get("short") if isinstance(answer, dict) else answer


def _texts(value: Any) -> list[str]:
    """The texts of one or several; numbers as they are written."""
    values = value if isinstance(value, list) else [value]
    return [text for item in values if item is not None and (text := str(item).strip())]


# Evidence


def _place_evidence(done: Completed, catalogue: Catalogue) -> None:
    """Finds the article and the place of every quotation."""
    line = done.line
    line["evidence"] = _groups(line.get("evidence") or [], apart=line["type"] in ("multi", "conflict", "list"))
    line["stale"] = [found for span in _list(line["stale"] or []) for found in _place(span, catalogue, done)]
    for group in line["evidence"]:
        for name in ("spans", "also_ok"):
            spans = _list(group.get(name) or [])
            group[name] = [found for span in spans for found in _place(span, catalogue, done)]


def _groups(evidence: Any, *, apart: bool) -> list[Json]:
    """Groups as they are; bare quotations as alternatives in one group, or `apart` where the question needs all."""
    items = _list(evidence)
    whole = [dict(item) for item in items if isinstance(item, dict) and "spans" in item]
    bare = [item for item in items if not (isinstance(item, dict) and "spans" in item)]
    groups = [*whole, *([{"spans": [item]} for item in bare] if apart else [{"spans": bare}] if bare else [])]
    for number, group in enumerate(groups, 1):
        group["group"] = group.get("group") or f"g{number}"
    return groups


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _place(span: Any, catalogue: Catalogue, done: Completed) -> list[Json]:
    """The span with its article's name, its offsets and the very characters there; else a problem is noted.

    A sentence of a wire story that several articles print proves the same in each: those are alternatives.
    """
    given: Json = {"quote": span} if isinstance(span, str) else dict(span)
    quote = given.get("quote") or ""
    name: str | None = None
    if given.get("article"):
        name, problem = find_article(str(given["article"]), catalogue)
        if name is None:
            done.problems.append(problem + _where_else(quote, catalogue))
            return []
    if given.get("start") is not None:
        return _place_by_offsets(given, name, catalogue, done)
    texts = catalogue.texts if name is None else {name: catalogue.texts[name]}
    places = _places(quote, texts)
    if not _is_clear(quote, places):
        done.problems.append(_not_one_place(quote, name, places, catalogue))
        return []
    return [_span(given, *place, catalogue) for place in _with_copies(places, catalogue, done)]


def _span(given: Json, name: str, span: tuple[int, int], catalogue: Catalogue) -> Json:
    start, end = span
    return {**given, "article": name, "start": start, "end": end, "quote": catalogue.texts[name][start:end]}


def _with_copies(places: Places, catalogue: Catalogue, done: Completed) -> Places:
    """One place and those in other articles that print the same sentence once."""
    if done.whole or len(places) != 1:
        return places
    ((name, (start, end)),) = places
    quote = catalogue.texts[name][start:end]
    if len(quote.split()) < SENTENCE:
        return places
    copies = [
        (other, text.index(quote))
        for other, text in catalogue.texts.items()
        if other != name and text.count(quote) == 1
    ]
    return [*places, *((other, (at, at + end - start)) for other, at in copies)]


def _is_clear(quote: str, places: Places) -> bool:
    """Whether there is one place, or of a sentence one in each of several articles."""
    several = len(quote.split()) >= SENTENCE and len({name for name, _ in places}) == len(places)
    return len(places) == 1 or (bool(places) and several)


def _place_by_offsets(given: Json, name: str | None, catalogue: Catalogue, done: Completed) -> list[Json]:
    if name is None:
        done.problems.append("a span with start and end needs its article")
        return []
    text, start, end = catalogue.texts[name], given["start"], given["end"]
    if not given.get("quote") and not 0 <= start < end <= len(text):
        done.problems.append(f"{name} has {len(text)} characters, so nothing from {start} to {end}")
    # A quotation that is given is compared with the text by eval.checks; without one the text is the quotation.
    whole = {**given, "article": name, "quote": given.get("quote") or text[start:end]}
    copies = _with_copies([(name, (start, end))], catalogue, done) if whole["quote"] == text[start:end] else []
    return [whole, *(_span(given, *place, catalogue) for place in copies[1:])]


def _places(quote: str, texts: Mapping[str, str]) -> Places:
    """Every place of the quotation in the texts; of many texts, the likeliest are searched for another typography."""
    exact = [(name, span) for name, text in texts.items() if quote.strip() in text for span in find_quote(quote, text)]
    return exact or [(name, span) for name in likeliest(quote, texts) for span in find_quote(quote, texts[name])]


def _not_one_place(quote: str, name: str | None, places: Places, catalogue: Catalogue) -> str:
    shown = f"the quote {_cut(quote)!r}"
    if not quote.strip():
        return "evidence without a quote: copy the sentence that proves the answer"
    if places:
        where = ", ".join(f"{article}[{start}:{end}]" for article, (start, end) in places[:4])
        more = f" and {len(places) - 4} more" if len(places) > 4 else ""
        return f"{shown} stands in {len(places)} places: {where}{more}; quote more of it, or give start and end"
    if name is None:
        near = nearest_text(quote, catalogue.texts)
        return f"{shown} stands in no article" + (f"; nearest, in {near[0]}: {_cut(near[1], 160)!r}" if near else "")
    if elsewhere := _where_else(quote, catalogue):
        return f"{shown} is not in {name}{elsewhere}"
    near = nearest_text(quote, {name: catalogue.texts[name]})
    return f"{shown} is not in {name}" + (f"; nearest there: {_cut(near[1], 160)!r}" if near else "")


def _where_else(quote: str, catalogue: Catalogue) -> str:
    found = list(dict.fromkeys(name for name, _ in _places(quote, catalogue.texts))) if quote.strip() else []
    return f"; it stands in {', '.join(found[:3])}" if found else ""


def _cut(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


# Answer


def _add_answer(done: Completed) -> None:
    """Nuggets of the short answer; a note where no quotation says it in any of these words."""
    line = done.line
    if line.get("nuggets") is not None:
        line["nuggets"] = [_whole_nugget(nugget, number) for number, nugget in enumerate(line["nuggets"], 1)]
        return
    short, sides = line["answer"]["short"], (line["conflict"] or {}).get("sides", ())
    if line["answerable"] and not short and not sides:
        done.problems.append('no answer: write it as {"answer": {"short": ["3,000"]}}, in the words of the article')
    groups = line["evidence"]
    group = groups[0]["group"] if len(groups) == 1 else None
    line["nuggets"] = []
    for ways in _parts(short, all_needed=line["type"] in ("multi", "list")):
        text, patterns = " / ".join(ways), [pattern_of(way) for way in ways]
        nugget = {"text": text, "any_of": patterns, "group": group}
        line["nuggets"].append(_whole_nugget(nugget, len(line["nuggets"]) + 1))
        if not any(says_valid(span["quote"], patterns) for item in groups for span in item["spans"]):
            done.notes.append(
                f"the answer {_cut(text)!r} is in none of the quotes, so an answer in the article's words "
                "counts as wrong; add those words to answer.short"
            )
    if not short and sides:  # one side's value is enough for an answer; that both are shown is another measure
        values = [value for side in sides for value in side["value"]]
        line["nuggets"] = [_whole_nugget({"text": " / ".join(values), "any_of": values}, 1)]


def _parts(short: Sequence[str], *, all_needed: bool) -> list[list[str]]:
    """The ways to say each part of the answer: where all is needed each text is a part, else a way to say the one."""
    if all_needed:
        return [[part.strip()] for text in short for part in text.split(";") if part.strip()]
    return [list(short)] if short else []


def _whole_nugget(given: Mapping[str, Any], number: int) -> Json:
    patterns = _texts(given.get("any_of"))
    whole = {"id": f"n{number}", "text": " / ".join(patterns), "vital": True, "group": None}
    return {**whole, **given, "any_of": patterns}


def _add_overlap(done: Completed) -> None:
    line = done.line
    quotes = [span["quote"] for group in line["evidence"] for span in group["spans"]]
    if "overlap" not in line:
        line["overlap"] = round(question_overlap(line["question"], quotes), 2) if quotes else None
