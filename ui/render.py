"""Answers as HTML, for the page: pure functions from records to strings.

All text goes through `fields.escape`. What can be clicked carries data- attributes, which the scripts hand to Python.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence

from qa.types import CHOSEN, FOREIGN, OPENINGS, REFUSAL, Answer, Citation, Sentence, Span
from ui.citations import cite_button, source_card
from ui.disagreement import render_disagreement
from ui.fields import MAX_QUOTED, escape, escape_quoted
from ui.filters import describe_filters
from ui.independence import count_sources
from ui.stages import render_events
from ui.takeaway import render_takeaway

__all__ = ["mark_spans", "render_answer", "render_confidence", "render_error", "render_events", "render_so_far"]


def render_answer(answer: Answer, *, signed: str = "") -> str:
    """The answer with numbered citations, disagreements and sources, or the refusal with the nearest passages.

    With `signed`, the answer as sign_answer wrote it, the page can hand it back, so feedback can be given.
    """
    judged = bool(signed)
    parts = _refusal(answer) if answer.status == "refused" else _answered(answer, judged=judged)
    # Not by `escape`, which spells some characters out: the signature is of what was signed.
    handed = f' data-signed="{html.escape(signed)}"' if judged else ""
    feedback = _judge(f"this {'refusal' if answer.status == 'refused' else 'answer'}") if judged else ""
    return (
        f'<article class="answer {_kinds(answer)}"{handed}><p class="asked">{escape(answer.question)}</p>'
        f'{"".join(parts)}<div class="after">{render_takeaway(answer)}{feedback}</div></article>'
    )


def render_so_far(answer: Answer) -> str:
    """What a language model has written so far, each thing at the place that it keeps; numbers open nothing yet.

    A screen reader is told of each sentence when it is added.
    """
    overview = _notes([note for note in answer.notes if note != CHOSEN]) if _is_overview(answer) else ""
    sentences = [
        _sentence(sentence, "".join(f'<span class="cite">{number:d}</span>' for number in sentence.citations), _ROOM)
        for sentence in answer.sentences
    ]
    return (
        f'<article class="answer {_kinds(answer)} so-far"><p class="asked">{escape(answer.question)}</p>{overview}'
        f'<div class="sentences" aria-live="polite">{"".join(sentences)}</div></article>'
    )


def render_error(message: str) -> str:
    """A message that something went wrong, for the reader, not the programmer."""
    return f'<p class="problem" role="alert">{escape(message)}</p>'


def _answered(answer: Answer, *, judged: bool) -> list[str]:
    known = {citation.number: citation for citation in answer.citations}
    said = {sentence.text for sentence in answer.sentences}
    overview = _is_overview(answer)
    notes = _notes([note for note in answer.notes if note != CHOSEN])
    sentences = [
        _sentence(sentence, _cites(sentence, known), _judge(f"sentence {place + 1}", place) if judged else "")
        for place, sentence in enumerate(answer.sentences)
    ]
    return [
        notes if overview else "",  # how many articles there are on the topic comes first
        f'<div class="sentences">{"".join(sentences)}</div>',
        render_confidence(answer.confidence, disputed=bool(answer.disagreements), measured=not overview),
        _said_by(answer, known),
        *(render_disagreement(disagreement, known) for disagreement in answer.disagreements),
        _withheld(answer),
        '<h3>Sources</h3><ol class="sources">',
        *(source_card(citation, quoted=citation.quotation.text not in said) for citation in answer.citations),
        "</ol>",
        "" if overview else notes,
        _narrowed(answer),
    ]


def _refusal(answer: Answer) -> list[str]:
    """What was searched, what its reader can do, and what came nearest."""
    narrowed = describe_filters(answer.provenance.filters)
    advice = ["Ask in other words: the names and the words that an article would use."]
    if any(note.startswith(FOREIGN) for note in answer.notes):
        advice = ["Ask in English: this assistant reads no other language."]
    if narrowed:
        advice.append(f"Widen the search: only articles {narrowed} were searched.")
    if not answer.nearest and not narrowed:
        advice = ["Add articles that may say it."]
    parts = [
        f'<p class="refusal">{escape(REFUSAL)}</p>{_notes(answer.notes)}',
        f'<h3>What you can do</h3><ul class="advice">{"".join(f"<li>{escape(line)}</li>" for line in advice)}</ul>',
    ]
    if not answer.nearest:
        return parts
    return [
        *parts,
        "<h3>Nearest passages</h3>",
        '<p class="hint">These came closest to the question. They are not an answer to it.</p><ol class="sources">',
        *(source_card(citation, quoted=True) for citation in answer.nearest),
        "</ol>",
    ]


def _is_overview(answer: Answer) -> bool:
    return bool({CHOSEN, OPENINGS} & {*answer.notes})


def _kinds(answer: Answer) -> str:
    return f"{answer.status} overview" if _is_overview(answer) else answer.status


def _cites(sentence: Sentence, known: Mapping[int, Citation]) -> str:
    return "".join(cite_button(known[number]) for number in sentence.citations if number in known)


def _sentence(sentence: Sentence, cites: str, judge: str) -> str:
    written = ""
    if sentence.generated:
        doubt = f"; not borne out: {sentence.doubt}" if sentence.doubt else ""
        words = f"written by the language model, support {sentence.support:.2f}{doubt}"
        written = f'<span class="written{" doubted" if doubt else ""}">{escape(words)}</span>'
    kind = "generated" if sentence.generated else "quoted"
    whole = len(sentence.text) <= MAX_QUOTED
    said = mark_spans(sentence.text, sentence.emphasis) if whole else escape_quoted(sentence.text)
    return f'<p class="sentence {kind}" dir="auto">{said}{cites}{judge}{written}</p>'


def mark_spans(text: str, spans: Iterable[Span]) -> str:
    """The text escaped, with the spans inside <mark>; the spans count characters of the text as it was."""
    parts, at = [], 0
    for start, end in sorted(spans):
        start, end = max(start, at), min(end, len(text))
        if start < end:
            parts += [escape(text[at:start]), f"<mark>{escape(text[start:end])}</mark>"]
            at = end
    return "".join([*parts, escape(text[at:])])


def _judge(what: str, sentence: int | None = None) -> str:
    """A button that opens the form for feedback (scripts/feedback.js), on a sentence or on the whole."""
    place = "" if sentence is None else f' data-sentence="{sentence}"'
    label = f"Feedback on {what}"
    words, name = (label, "") if sentence is None else ("⋯", f' aria-label="{label}" title="{label}"')
    return f'<button type="button" class="judge" aria-expanded="false"{place}{name}>{words}</button>'


_ROOM = '<span class="judge" aria-hidden="true">⋯</span>'  # for that button


def _said_by(answer: Answer, known: Mapping[int, Citation]) -> str:
    """How many independent sources the sentences cite; only of a single quoted one all of them say the same."""
    cited = {number: known[number] for item in answer.sentences for number in item.citations if number in known}
    if not cited:
        return ""
    single = len(answer.sentences) == 1 and not answer.sentences[0].generated
    verb = "Said by" if single else "Quoted from"
    return f'<p class="said-by">{verb} {count_sources(list(cited.values()))}.</p>'


def render_confidence(confidence: float, *, disputed: bool = False, measured: bool = True) -> str:
    """The confidence, 0–1, as a word, a percentage and what it means; where it wasn't measured a share of words."""
    percent = round(100 * min(max(confidence, 0.0), 1.0))
    if not measured:
        return _confidence(
            f"<span>{percent}% of the topic’s words were found</span>",
            "These sentences were chosen because they have the topic’s words. Whether they are all that matters "
            "about it was not judged.",
        )
    level, word = next((level, word) for least, level, word in _CONFIDENCES if percent >= least)
    but = '<span class="but">But the articles differ: see below.</span>' if disputed else ""
    return _confidence(
        f'<span class="bar" aria-hidden="true"><i style="width:{percent}%"></i></span>'
        f"<strong>{word}</strong> <span>{percent}% confidence</span>{but}",
        f"Of answers as sure as this, {percent} in 100 were right when it was measured on other articles. "
        "A near miss can look as good: the quotation decides.",
        level,
    )


def _confidence(shown: str, meaning: str, level: str = "") -> str:
    return (
        f'<div class="{f"confidence {level}".rstrip()}">{shown}'
        f"<details><summary>What this means</summary><p>{meaning}</p></details></div>"
    )


_CONFIDENCES = ((90, "high", "Very likely"), (70, "fair", "Likely"), (50, "even", "Uncertain"), (0, "low", "Doubtful"))


def _narrowed(answer: Answer) -> str:
    narrowed = describe_filters(answer.provenance.filters)
    return f'<p class="hint narrowed">Only articles {escape(narrowed)} were searched.</p>' if narrowed else ""


def _withheld(answer: Answer) -> str:
    """Why sentences were withheld; not what they said."""
    if not answer.withheld:
        return ""
    reasons = "".join(f"<li>{escape(item.reason)}</li>" for item in answer.withheld)
    return (
        f'<details class="withheld"><summary>Withheld of what the language model wrote: {len(answer.withheld)}'
        f"</summary><ul>{reasons}</ul></details>"
    )


def _notes(notes: Sequence[str]) -> str:
    if not notes:
        return ""
    return f'<ul class="notes">{"".join(f"<li>{escape(note)}</li>" for note in notes)}</ul>'
