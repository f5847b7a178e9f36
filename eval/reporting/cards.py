"""One question as HTML: its answer with what changed, what was expected, the passages with the quoted words marked.

Questions, answers and articles are hostile text: all of it goes through `escape`.
"""

from __future__ import annotations

from collections.abc import Sequence

from eval.reporting.examples import (
    Example,
    Piece,
    Shown,
    Uncited,
    answer_text,
    cited_passages,
    uncited_evidence,
    verdicts,
    word_changes,
)
from eval.reporting.glossary import better, explain
from ui.fields import escape, escape_field, escape_quoted

CHIPS = (
    *("answer_correct", "fully_good", "refusal_recall", "gold_citation_recall", "evidence_recall@5"),
    *("gold_citation_precision", "quote_exact", "numbers_cited", "forbidden_said", "citation_recall"),
)
KEY = (
    '<p class="key"><mark>quoted by the answer</mark> · <u>proves the fact</u> · '
    "<del>said before</del> · <ins>said now</ins></p>"
)


def render_case(example: Example, kind: str = "", *, opened: bool = False) -> str:
    """The question, folded up unless `opened`; `kind` is "loss", "gain" or neither."""
    item = example.asked
    question = escape_field(item.question) if item.question else "question not stored"
    tag = f"{item.id} · {item.label.replace('_', ' ')}"
    summary = f'<summary><span class="tag">{escape(tag)}</span><span class="asked">{question}</span></summary>'
    parts = [_chips(example), _answers(example), _expected(example)]
    parts += [_passage(shown) for shown in cited_passages(item)]
    parts += [_uncited(missing) for missing in uncited_evidence(item)]
    style = f"case {kind}-case" if kind else "case"
    return f'<details class="{style}"{" open" if opened else ""}>{summary}{"".join(parts)}</details>'


def render_cases(examples: Sequence[Example], kind: str = "", *, opened: int = 1) -> str:
    """The questions one below the other, the first few unfolded."""
    return "".join(render_case(example, kind, opened=place < opened) for place, example in enumerate(examples))


def _chips(example: Example) -> str:
    chips = []
    for metric, (before, now) in verdicts(example, CHIPS).items():
        shown = [before, now] if example.before and before != now else [now]
        text = " → ".join("n/a" if value is None else f"{round(value, 2):g}" for value in shown)
        chips.append(f"<li{_worth(metric, now)}>{escape(explain(metric).label)} {text}</li>")
    if example.asked.answer.get("confidence") is not None:
        chips.append(f"<li>confidence {float(example.asked.answer['confidence']):.2f}</li>")
    why = [
        f"{explain(metric).label}: {example.asked.reason(metric)}"
        for metric in ("answer_correct", "fully_good")
        if example.asked.value(metric) == 0 and example.asked.reason(metric)
    ]
    reasons = f"<p><small>{escape('. '.join(why))}</small></p>" if why else ""
    return f'<ul class="chips">{"".join(chips)}</ul>{reasons}'


def _worth(metric: str, value: float | None) -> str:
    if value is None or better(metric) == "neither":
        return ""
    best = 0.0 if better(metric) == "lower" else 1.0
    return ' class="good"' if value == best else ' class="bad"'


def _answers(example: Example) -> str:
    now = answer_text(example.asked)
    if example.before is None or answer_text(example.before) == now:
        same = "" if example.before is None else ", the same as before"
        return f'<span class="label">Answer{same}</span><p class="answer">{escape_quoted(now) or "–"}</p>'
    words = word_changes(answer_text(example.before), now)
    if all(kind != "same" for kind, _ in words):
        return "".join(_whole(kind, text) for kind, text in words)
    tags = {"same": "{}", "gone": "<del>{}</del>", "new": "<ins>{}</ins>"}
    text = "".join(tags[kind].replace("{}", escape_quoted(text)) for kind, text in words)
    return f'<span class="label">Answer, with what changed</span><p class="answer">{text}</p>'


def _whole(kind: str, text: str) -> str:
    label, tag = ("Answer before", "del") if kind == "gone" else ("Answer now", "ins")
    return f'<span class="label">{label}</span><p class="answer"><{tag}>{escape_quoted(text)}</{tag}></p>'


def _expected(example: Example) -> str:
    item = example.asked
    if not item.expected:
        return ""
    return f'<span class="label">Expected</span><p class="answer">{escape(" / ".join(item.expected))}</p>'


def _passage(shown: Shown) -> str:
    numbers = " ".join(f"[{number}]" for number in shown.numbers)
    rank = f", passage {shown.rank} of those found" if shown.rank else ""
    text = "".join(map(_piece, shown.pieces))
    return (
        f'<span class="label">{numbers} {escape_field(shown.title)}{rank}</span>'
        f'<blockquote dir="auto">{text}</blockquote>'
    )


def _piece(piece: Piece) -> str:
    text, names = piece
    html = escape_quoted(text)
    if "gold" in names:
        html = f"<u>{html}</u>"
    numbers = sorted(name for name in names if name != "gold")
    return f"<mark>{html}&#8288;<sup>{escape(' '.join(numbers))}</sup></mark>" if numbers else html


def _uncited(missing: Uncited) -> str:
    where = f"passage {missing.rank} of those found" if missing.rank else "in no passage that was found"
    return (
        f'<span class="label">Not cited: {escape_field(missing.gold.name)}, {where}</span>'
        f'<blockquote dir="auto"><u>{escape_quoted(missing.gold.quote)}</u></blockquote>'
    )
