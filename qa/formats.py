"""An `Answer` as JSON and back, and as Markdown.

The JSON names each citation's characters as `cited_text`, `start_char_index` and `end_char_index`, and gives each
sentence the span that it takes in `text`.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from datetime import date
from typing import Any

from qa.errors import AnswerInvalid
from qa.types import Answer, Citation, Disagreement, Hit, Model, Provenance, Quotation, Sentence, Side, Withheld

# What opens a link, emphasis, code, a tag, an entity or a table anywhere, and what opens a list, a heading, a quotation
# or a line across the page at the beginning.
_ACTS = re.compile(
    r"[\\`*\[\]<>~|]|(?<![^\W_])_|_(?![^\W_])|&(?=#|\w+;)|^[-+=](?=[ =+-]|$)|^#(?=#{0,5}(?: |$))|(?<=^\d)[.)](?= |$)"
    r"|(?<=^\d\d)[.)](?= |$)|(?<=^\d\d\d)[.)](?= |$)|(?<=^\d\d\d\d)[.)](?= |$)"
)


def answer_to_json(answer: Answer) -> str:
    """The answer as indented JSON; control characters, which could steer a terminal, are escaped."""
    text = json.dumps(answer_to_dict(answer), ensure_ascii=False, indent=2)
    return re.sub("[\x7f-\x9f]", lambda found: f"\\u{ord(found.group()):04x}", text)


def answer_from_json(text: str | bytes) -> Answer:
    """The answer that `answer_to_json` wrote; AnswerInvalid when the text is something else."""
    try:
        return answer_from_dict(json.loads(text))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise AnswerInvalid(f"this is not an answer written by `qa ask --json`: {_in_words(error)}") from error


def _in_words(error: Exception) -> str:
    """What is wrong with the text, for whoever gave it."""
    match error:
        case json.JSONDecodeError():
            return f"line {error.lineno} is no JSON"
        case UnicodeDecodeError():
            return "it is no text"
        case KeyError():
            return f"it has no field {error.args[0]!r}"
        case RecursionError():
            return "it is nested too deeply"
        case AttributeError():
            return "a field has another form"
        case TypeError() if "indices" in str(error) or "subscriptable" in str(error):
            return "it is no JSON object"
        case _:
            return f"a field has another form: {error}"


def answer_to_dict(answer: Answer) -> dict[str, Any]:
    """The answer as JSON values, `text` included for readers that don't know our records."""
    return {
        "question": answer.question,
        "status": answer.status,
        "text": answer.text,
        "sentences": [asdict(sentence) for sentence in answer.sentences],
        "citations": [_citation_to_dict(citation) for citation in answer.citations],
        "disagreements": [asdict(disagreement) for disagreement in answer.disagreements],
        "confidence": answer.confidence,
        "nearest": [_citation_to_dict(citation) for citation in answer.nearest],
        "notes": list(answer.notes),
        "withheld": [asdict(item) for item in answer.withheld],
        "provenance": {
            **asdict(answer.provenance),
            "settings": dict(answer.provenance.settings),
            "filters": dict(answer.provenance.filters),
            "timings": dict(answer.provenance.timings),
        },
    }


def answer_from_dict(data: dict[str, Any]) -> Answer:
    """The record of which `answer_to_dict` made `data`."""
    made_by = data["provenance"]
    return Answer(
        question=data["question"],
        status=_one_of(data["status"], ("answered", "refused")),
        sentences=tuple(_sentence_from_dict(item) for item in data["sentences"]),
        citations=tuple(_citation_from_dict(item) for item in data["citations"]),
        disagreements=tuple(_disagreement_from_dict(item) for item in data["disagreements"]),
        confidence=float(data["confidence"]),
        nearest=tuple(_citation_from_dict(item) for item in data["nearest"]),
        notes=tuple(data["notes"]),
        withheld=tuple(_withheld_from_dict(item) for item in data.get("withheld", ())),  # older answers have none
        provenance=Provenance(
            revision=made_by["revision"],
            corpus_digest=made_by["corpus_digest"],
            models=tuple(Model(**item) for item in made_by["models"]),
            settings=tuple((name, _frozen(value)) for name, value in made_by["settings"].items()),
            filters=tuple((name, _frozen(value)) for name, value in made_by["filters"].items()),
            timings=tuple((name, float(value)) for name, value in made_by["timings"].items()),
        ),
    )


def _citation_to_dict(citation: Citation) -> dict[str, Any]:
    return {
        "number": citation.number,
        "article_id": citation.quotation.article_id,
        "cited_text": citation.quotation.text,
        "start_char_index": citation.quotation.start,
        "end_char_index": citation.quotation.end,
        "title": citation.title,
        "publisher": citation.publisher,
        "published": citation.published.isoformat() if citation.published else None,
        "url": citation.url,
        "score": citation.score,
        "source": citation.source,
        "copies": list(citation.copies),
        "publishers": list(citation.publishers),
    }


def _citation_from_dict(data: dict[str, Any]) -> Citation:
    return Citation(
        number=int(data["number"]),
        quotation=Quotation(
            article_id=_text(data["article_id"]),
            start=int(data["start_char_index"]),
            end=int(data["end_char_index"]),
            text=_text(data["cited_text"]),
        ),
        title=data["title"],
        publisher=data["publisher"],
        published=date.fromisoformat(data["published"]) if data["published"] else None,
        url=data["url"],
        score=float(data["score"]),
        source=_text(data["source"]),
        copies=tuple(map(_text, data.get("copies", ()))),  # answers of the first release have none
        publishers=tuple(map(_text, data.get("publishers", ()))),
    )


def _sentence_from_dict(data: dict[str, Any]) -> Sentence:
    return Sentence(
        text=_text(data["text"]),
        start=int(data["start"]),
        end=int(data["end"]),
        citations=tuple(data["citations"]),
        support=float(data["support"]),
        generated=bool(data["generated"]),
        emphasis=tuple((start, end) for start, end in data["emphasis"]),
        doubt=_text(data.get("doubt", "")),  # of answers without a language model there is none
    )


def _withheld_from_dict(data: dict[str, Any]) -> Withheld:
    return Withheld(_text(data["text"]), float(data["support"]), _text(data["reason"]))


def _disagreement_from_dict(data: dict[str, Any]) -> Disagreement:
    sides = tuple(Side(item["value"], tuple(item["citations"])) for item in data["sides"])
    return Disagreement(data["about"], _one_of(data["kind"], ("conflict", "update", "undated")), sides)


def _one_of(value: Any, allowed: tuple[str, ...]) -> Any:
    if value not in allowed:
        raise ValueError(f"{value!r} is not one of {', '.join(allowed)}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def hit_to_dict(hit: Hit, title: str | None) -> dict[str, Any]:
    """The hit as JSON values, with the title of its article."""
    passage = hit.passage
    return {
        "article_id": passage.article_id,
        "title": title,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "score": hit.score,
    }


def answer_to_markdown(answer: Answer) -> str:
    """The question, the answer with [n] markers, then disagreements, sources and notes; all text is escaped."""
    asked = f"**{escape_markdown(answer.question)}**\n"
    if answer.status == "refused":
        lines = [answer.text]
        if answer.nearest:
            lines += ["", "The nearest passages:", ""]
            lines += [_source_line(citation) for citation in answer.nearest]
    else:
        marked = [
            escape_markdown(sentence.text)
            + "".join(f" [{number}]" for number in sentence.citations)
            + (f" *(not borne out: {escape_markdown(sentence.doubt)})*" if sentence.doubt else "")
            for sentence in answer.sentences
        ]
        lines = ["\n\n".join(marked)]
        for disagreement in answer.disagreements:
            lines += ["", f"The articles differ on {escape_markdown(disagreement.about)}:", ""]
            lines += [
                f"- {escape_markdown(side.value)}" + "".join(f" [{number}]" for number in side.citations)
                for side in disagreement.sides
            ]
        lines += ["", "Sources:", ""]
        lines += [_source_line(citation) for citation in answer.citations]
    lines += [f"\n{escape_markdown(note)}" for note in answer.notes]
    return "\n".join([asked, *lines]) + "\n"


def escape_markdown(text: str) -> str:
    """The text on one line, with those characters escaped that Markdown or HTML would act on where they stand.

    >>> print(escape_markdown("drug-trafficking *now*, snake_case [1] 2026-06-08"))
    drug-trafficking \\*now\\*, snake_case \\[1\\] 2026-06-08
    """
    return _ACTS.sub(r"\\\g<0>", " ".join(text.split()))


def source_name(citation: Citation) -> str:
    """What the article is called, its publisher and date as far as it states them."""
    named = [citation.name, citation.publisher, citation.published.isoformat() if citation.published else None]
    return ", ".join(part for part in named if part)


def copies_line(citation: Citation) -> str:
    """That other articles carry the passage too, and who publishes it; nothing when none do.

    >>> quotation = Quotation("a", 0, 4, "Rain")
    >>> copies_line(Citation(1, quotation, copies=("b", "c"), publishers=("The Herald", "The Echo")))
    'one source with 2 copies: The Herald, The Echo'
    """
    if not citation.copies:
        return ""
    count = len(citation.copies)
    line = f"one source with {count} {'copy' if count == 1 else 'copies'}"
    return f"{line}: {', '.join(citation.publishers)}" if citation.publishers else line


def _source_line(citation: Citation) -> str:
    quotation = citation.quotation
    also = copies_line(citation)
    return (
        f"- [{citation.number}] “{escape_markdown(quotation.text)}” — {escape_markdown(source_name(citation))} "
        f"(`{quotation.article_id}:{quotation.start}-{quotation.end}`)" + (f"; {escape_markdown(also)}" if also else "")
    )
