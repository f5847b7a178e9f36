"""Which of those that a word may stand for is meant, or that it can't be told: "Who shot Ann?", "How old is he?"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from qa.english.anaphora import Reference
from qa.english.mentions import Mention
from qa.english.roles import Deed, makes, side_of_trade, side_told, trades
from qa.english.wording import same_names
from qa.turns import Turn, is_name

_MADE = re.compile(
    r"\bwho (?:\w+ )?(?:wrote|writes|composed|directed|painted|sang|sings|published|filmed) it\b", re.IGNORECASE
)
_WHAT_IS = re.compile(r"what (?:is|was|are|were)\b", re.IGNORECASE)
_WHAT_DID = re.compile(r"what (?:did|does|do|has|have|will) ", re.IGNORECASE)


def weigh(
    chosen: Mention, reference: Reference, question: str, turn: Turn, fitting: Sequence[Mention]
) -> tuple[Mention, ...]:
    """The chosen one, or of its turn another that is meant rather, or all that fit as well."""
    alike = [mention for mention in turn.mentions if mention in fitting]
    if reference.sex and not chosen.sex and " " in chosen.text:  # of a given name that doesn't tell, and one that does
        known = [mention for mention in turn.asked if mention in alike and mention.sex and is_name(mention)]
        if known and not (turn.deed and side_told(question, turn.deed)):
            return chosen, known[0]
    if reference.wants == "person" and turn.deed:
        found = _weigh_deed(chosen, question, turn.deed, alike)
        if found != (chosen,):
            return found
    if reference.wants == "thing" and turn.deed and _called(turn.deed.doer, [chosen]):
        found = _weigh_trade(chosen, question, turn, alike)
        if found != (chosen,):
            return found
    if reference.wants == "thing" and not _called(turn.given, [chosen]) and _may_be_asked_for(chosen, question, turn):
        return ()
    if _called(turn.given, [chosen]) and is_name(chosen):
        return (chosen,)
    if reference.wants in ("place", "several") and chosen in turn.asked:
        rivals = [m for m in turn.asked if m in alike and (m.plural or reference.wants == "place")]
        rivals = [m for m in rivals if not any(m is not other and other.text in m.text for other in rivals)]
        return tuple(rivals) if len(rivals) > 1 else (chosen,)
    return _weigh_pair(chosen, turn, alike)


def _may_be_asked_for(chosen: Mention, question: str, turn: Turn) -> bool:
    """Whether "it" is as well what was asked for and not told: what somebody said, and not who said it."""
    if not chosen.kind and _MADE.search(question) and not _WHAT_IS.match(turn.question):
        return True  # a name of which nothing is known may be a person's, whom nobody wrote
    if not _WHAT_DID.match(turn.question):
        return False
    doer = turn.deed is not None and _called(turn.deed.doer, [chosen]) is not None
    return not doer or (not chosen.kind and side_of_trade(question) != "doer")


def _weigh_deed(chosen: Mention, question: str, deed: Deed, alike: Sequence[Mention]) -> tuple[Mention, ...]:
    """Of who did something and who had it done to them, the one of whom the question speaks."""
    doer, done_to = _called(deed.doer, alike), _called(deed.done_to, alike)
    side = side_told(question, deed)
    if side and not {"doer": doer, "done_to": done_to}[side]:
        return () if chosen in (doer, done_to) else (chosen,)
    if not doer or not done_to or doer == done_to or chosen not in (doer, done_to):
        return (chosen,)
    if makes(deed):
        return (doer,)
    if side:
        return (doer,) if side == "doer" else (done_to,)
    fuller = not chosen.kind and " " not in chosen.text and " " in done_to.text  # "Why did Meta dismiss Ann Reed?"
    return (doer, done_to) if deed.asked or fuller else (chosen,)


def _weigh_trade(chosen: Mention, question: str, turn: Turn, alike: Sequence[Mention]) -> tuple[Mention, ...]:
    """Of who pays for something or announces it, and that, the one of which the question speaks."""
    if turn.deed is None:
        return (chosen,)
    others = [m for m in turn.asked if m in alike and is_name(m)] if trades(turn.deed) else []
    others += [m for m in alike if m not in others and (_called(turn.given, [m]) or _called(turn.deed.done_to, [m]))]
    others = list({m.text: m for m in others if not same_names(m.text, chosen.text)}.values())
    others = [m for m in others if not any(other is not m and other.text in m.text for other in others)]
    side = side_of_trade(question)
    if not others or side == "doer":
        return (chosen,)
    return (others[-1],) if side and len(others) == 1 else (chosen, *others)


def _weigh_pair(chosen: Mention, turn: Turn, alike: Sequence[Mention]) -> tuple[Mention, ...]:
    """Both of "Did the Aurora or the Borealis sink"."""
    for first, second in pairwise(turn.asked):
        joined = turn.question[first.span[1] : second.span[0]] in (" or ", " and ")
        if joined and chosen in (first, second) and first in alike and second in alike:
            return first, second
    return (chosen,)


def _called(words: str, mentions: Sequence[Mention]) -> Mention | None:
    """The mention of whom or what those words name."""
    return next((mention for mention in mentions if words and _are_of(words.casefold(), mention)), None)


def _are_of(name: str, mention: Mention) -> bool:
    text = mention.text.casefold()
    if text == name or re.search(r" (?:who|that) ", text):  # who shot Ann isn't Ann
        return text == name
    return text.startswith(f"{name} ") or name.startswith(f"{text} ") or same_names(text, name)
