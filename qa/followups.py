"""Questions that go on from earlier ones: what "he", "there" or "that operation" stands for, by rules, no model.

A question that stands on its own stays as it is, and so does one of which it isn't clear what it goes on from: another
question than the one asked is worse than a refusal.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from qa.english.anaphora import Reference, find_references, fits, points_back
from qa.english.ellipsis import complete, is_fragment
from qa.english.mentions import Mention, find_mentions
from qa.english.wording import same_names
from qa.rivals import weigh
from qa.turns import LONGEST, Turn, is_name, span_of, turns_of
from qa.types import History, Rewriting


def rewrite_question(question: str, history: History) -> Rewriting:
    """The question as it reads on its own after those answers, oldest first; unchanged where nothing is to be told."""
    unchanged = Rewriting(question, question)
    if not history or len(question) > LONGEST:
        return unchanged
    last = history[-1]
    if len(last.question) <= LONGEST and (whole := complete(question, last.question, span_of(last))):
        if whole.rivals:
            return replace(unchanged, open=((whole.words, whole.rivals),))
        return Rewriting(question, whole.question, ((whole.words, whole.question),))
    named = find_mentions(question)
    references = find_references(question, named)
    if is_fragment(question) or (not references and points_back(question)):
        return replace(unchanged, open=((question.strip(" ?!.,"), ()),))
    if not references:
        return unchanged
    return _replace(question, references, turns_of(history), named)


def notes_of(rewriting: Rewriting) -> tuple[str, ...]:
    """What was changed and by whom, and what was left because it may stand for several, for who reads the answer."""
    if rewriting.by:
        return (f'Read by {rewriting.by} as: "{rewriting.question}"',)
    read = (f'Read "{words}" as "{meant}", from the question before.' for words, meant in rewriting.changes)
    left = (
        f'"{words}" may stand for {" or ".join(rivals)}, so the question was asked as it was written.'
        for words, rivals in rewriting.open
        if rivals
    )
    return (*read, *left, *filter(None, [rewriting.note]))


def _replace(
    question: str, references: Sequence[Reference], turns: Sequence[Turn], named: Sequence[Mention]
) -> Rewriting:
    changes: list[tuple[str, str]] = []
    left: list[tuple[str, tuple[str, ...]]] = []
    pieces, at = [], 0
    used = list(named)
    for reference in references:
        found = _choose(reference, question, turns, used)
        start, end = reference.span
        if len(found) != 1 and not (reference.wants == "named" and question[start : start + 3].lower() == "the"):
            left.append((question[start:end], tuple(mention.text for mention in found)))
        if len(found) != 1:
            continue
        meant = _written(found[0], reference, question[:start])
        changes.append((question[start:end], meant))
        pieces += [question[at:start], meant]
        at = end
        if short := re.match(r"['’](?:re|ve|ll)\b", question[end:]):
            pieces.append({"re": " are", "ve": " have", "ll": " will"}[short[0][1:]])
            at = end + short.end()
        used += found
    if any(rivals for _, rivals in left):  # half of it read would ask something else
        return Rewriting(question, question, open=tuple(left))
    return Rewriting(question, "".join([*pieces, question[at:]]), tuple(changes), tuple(left))


def _choose(reference: Reference, question: str, turns: Sequence[Turn], used: Sequence[Mention]) -> tuple[Mention, ...]:
    """The most salient one that the words can stand for, and that the question doesn't name otherwise.

    Several where they fit alike; none where nothing does.
    """
    names = [other.text for other in used if is_name(other)]
    fitting = [
        mention
        for turn in turns
        for mention in turn.mentions
        if fits(mention, reference) and not any(same_names(mention.text, name) for name in names)
    ]
    if reference.wants == "thing":  # where something was is no "it" unless it was asked about
        fitting = [m for m in fitting if m.kind != "place" or any(m in turn.chief for turn in turns)]
    if reference.wants == "named":
        return tuple([mention for mention in fitting if is_name(mention)][:1])
    if not fitting:
        return ()
    chosen = fitting[0]
    if reference.wants == "person":  # whoever is known to be a person, or of whom nothing else is known
        sure = (mention for mention in fitting if mention.kind == "person" or (mention.subject and is_name(mention)))
        chosen = next(sure, chosen)
    turn = next(turn for turn in turns if chosen in turn.mentions)
    return weigh(chosen, reference, question, turn, fitting)


def _written(mention: Mention, reference: Reference, before: str) -> str:
    text = re.sub(r"^an? ", "the ", mention.text, flags=re.IGNORECASE)
    if reference.wants == "place" and not re.search(r"\b(?:from|in|to|near) $", before):
        text = f"in {text}"
    if not before.strip():
        text = f"{text[0].upper()}{text[1:]}"
    return f"{text}'s" if reference.owner else text
