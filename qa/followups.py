"""Questions that go on from earlier ones: what "he", "there" or "that operation" stands for, by rules, no model.

A question that stands on its own stays as it is, and so does one of which it isn't clear what it goes on from: another
question than the one asked is worse than a refusal.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from qa.english.anaphora import Reference, find_references, fits
from qa.english.ellipsis import complete
from qa.english.mentions import Mention, find_mentions
from qa.english.referents import names_office
from qa.english.wording import fold, same_names
from qa.types import Answer, History, Rewriting

MOST_ANSWERS = 4  # that are looked back at
MOST_SENTENCES = 3  # of each
# The question's own words are the subject: its answer is what is spoken of next.
_SUBJECT_ASKED = re.compile(r"(?:who|whose|which|what)\b(?!.* (?:did|does|do)\b)", re.IGNORECASE)
_WHO_IS = re.compile(r"(?i:who)(?:['’]s| is| was) (?=[A-Z])")
_ASKED_FOR = re.compile(
    r"(?P<who>who)\b|(?P<where>where\b|(?:in|at) (?:which|what) )|(?:which|what) (?P<noun>[a-z-]+)", re.IGNORECASE
)
_SOUGHT = re.compile(
    r"(?:who|(?:which|what) (?P<noun>[a-z]+(?<!s))) "
    r"(?!(?:is|was|are|were|did|do|does|will|can|has|have)\b)"
    r"(?P<rest>[a-z]+ [^?]+)",
    re.IGNORECASE,
)
LONGEST = 400  # characters of a question, of an earlier one and of a sentence


def rewrite_question(question: str, history: History) -> Rewriting:
    """The question as it reads on its own after those answers, oldest first; unchanged where nothing is to be told."""
    unchanged = Rewriting(question, question)
    if not history or len(question) > LONGEST:
        return unchanged
    last = history[-1]
    if len(last.question) <= LONGEST and (whole := complete(question, last.question, _span(last))):
        return Rewriting(question, whole[0], ((whole[1], whole[0]),))
    named = find_mentions(question)
    references = find_references(question, named)
    if not references:
        return unchanged
    candidates = [mention for answer in reversed(history[-MOST_ANSWERS:]) for mention in _mentions(answer)]
    return _replace(question, references, _complete_names(candidates), named)


def notes_of(rewriting: Rewriting) -> tuple[str, ...]:
    """What was changed, for whoever reads the answer."""
    return tuple(f'Read "{words}" as "{meant}", from the question before.' for words, meant in rewriting.changes)


def _replace(
    question: str, references: Sequence[Reference], candidates: Sequence[Mention], named: Sequence[Mention]
) -> Rewriting:
    changes: list[tuple[str, str]] = []
    pieces, at = [], 0
    used = list(named)
    for reference in references:
        found = _choose(reference, candidates, used)
        if found is None:
            continue
        start, end = reference.span
        meant = _written(found, reference, question[:start])
        changes.append((question[start:end], meant))
        pieces += [question[at:start], meant]
        at = end
        if short := re.match(r"['’](?:re|ve|ll)\b", question[end:]):
            pieces.append({"re": " are", "ve": " have", "ll": " will"}[short[0][1:]])
            at = end + short.end()
        used.append(found)
    return Rewriting(question, "".join([*pieces, question[at:]]), tuple(changes))


def _choose(reference: Reference, candidates: Sequence[Mention], used: Sequence[Mention]) -> Mention | None:
    """The most salient one that the words can stand for, and that the question doesn't name otherwise."""
    names = [other.text for other in used if _is_name(other)]
    fitting = [
        mention
        for mention in candidates
        if fits(mention, reference) and not any(same_names(mention.text, name) for name in names)
    ]
    if reference.wants == "named":
        return next((mention for mention in fitting if _is_name(mention)), None)
    if reference.wants == "person":  # whoever is known to be a person, or of whom nothing else is known
        sure = (mention for mention in fitting if mention.kind == "person" or (mention.subject and _is_name(mention)))
        return next(sure, fitting[0] if fitting else None)
    return fitting[0] if fitting else None


def _is_name(mention: Mention) -> bool:
    return re.search(r"(?:^| )[^\W\d_a-z]", mention.text) is not None


def _written(mention: Mention, reference: Reference, before: str) -> str:
    text = mention.text
    if reference.wants == "place" and not re.search(r"\b(?:from|in|to|near) $", before):
        text = f"in {text}"
    if not before.strip():
        text = f"{text[0].upper()}{text[1:]}"
    return f"{text}'s" if reference.owner else text


def _mentions(answer: Answer) -> list[Mention]:
    """What a question and its answer name, the most salient first."""
    sentences = " ".join(sentence.text[:LONGEST] for sentence in answer.sentences[:MOST_SENTENCES])
    question = answer.question[:LONGEST]
    asked = find_mentions(question, fold(sentences))
    told = find_mentions(sentences)
    given = _given(answer, question, told)
    counted = [replace(mention, text=f"the {mention.text}") for mention in _counted(question)]
    subjects = [mention for mention in asked if mention.subject and not _SUBJECT_ASKED.match(question)]
    if _WHO_IS.match(question):  # "Who is Birgit Aas?": whoever was asked about, not "the manager" that she is
        named = [mention for mention in asked if _is_name(mention) and not mention.text.startswith("the ")][:1]
        subjects = [replace(mention, kind=mention.kind or "person") for mention in named] or subjects
    first = [*subjects, *given, *(mention for mention in asked if mention not in subjects)]
    return [*first, *counted, *told]


def _span(answer: Answer) -> str:
    """The words that answer the question, where they are shown to."""
    if not answer.sentences or not answer.sentences[0].emphasis:
        return ""
    sentence = answer.sentences[0]
    start, end = sentence.emphasis[0]
    return sentence.text[start:end].strip(" \"“”'‘’.,;:")[:LONGEST]


def _given(answer: Answer, question: str, told: Sequence[Mention]) -> list[Mention]:
    """What the answer's own words name; "who" asks for a person, "where" for a place, and so on."""
    span = _span(answer)
    if not span:
        return _described(question)
    own = [_by_name(mention, told) for mention in told if mention.text in span or span in mention.text]
    own = own or [_by_name(Mention(span, "person"), told)] if names_office(fold(span.split()[-1])) else own
    asked_for = _ASKED_FOR.match(question)
    if not asked_for or (not own and not span[0].isupper()):
        return own
    own = own or [Mention(span, "", nouns=frozenset(fold(span).split()))]
    if asked_for["who"]:
        roles = frozenset(re.findall(r"[a-z]+", question)[:4])
        offices = frozenset(role for role in roles if names_office(role))
        return [replace(mention, kind=mention.kind or "person", nouns=mention.nouns | offices) for mention in own]
    if asked_for["where"]:
        return [replace(mention, kind=mention.kind or "place") for mention in own]
    noun = asked_for["noun"].lower()
    return [
        replace(m, kind=m.kind or ("person" if names_office(noun) else "thing"), nouns=m.nouns | {noun}) for m in own
    ]


def _by_name(mention: Mention, told: Sequence[Mention]) -> Mention:
    """Whoever is called that where the name is told: "the manager" of "The manager, Birgit Aas"."""
    role = fold(mention.text.split()[-1])
    if (_is_name(mention) and not mention.text.lower().startswith("the ")) or not names_office(role):
        return mention
    names = (other for other in told if role in other.nouns and len(other.text.split()) > 1 and _is_name(other))
    return next(names, mention)


def _described(question: str) -> list[Mention]:
    """What a question asks for that wasn't answered: "the company that operated the ferry"."""
    found = _SOUGHT.match(question)
    if not found or find_references(question, ()):
        return []
    noun = (found["noun"] or "person").lower()
    person = not found["noun"] or names_office(noun)
    text = f"the {noun} {'who' if person else 'that'} {found['rest']}"
    return [Mention(text, "person" if person else "thing", nouns=frozenset({noun}), subject=True)]


def _counted(question: str) -> list[Mention]:
    found = re.match(r"how many (?P<noun>[a-z][\w-]*(?: [a-z][\w-]*)?)\b", question, re.I)
    if not found:
        return []
    words = found["noun"].split()
    ends = next((at for at, word in enumerate(words) if word.endswith("s") or word == "people"), None)
    return [Mention(" ".join(words[: ends + 1]), "thing", plural=True)] if ends is not None else []


def _complete_names(mentions: Sequence[Mention]) -> list[Mention]:
    """The mentions with what others tell of the same: "Maduro" is a person when "Nicolás Maduro" is."""
    known: dict[str, Mention] = {}
    for mention in mentions:
        if _is_name(mention):
            key = fold(mention.text.split()[-1])
            old = known.get(key, mention)
            fuller = " " not in old.text and len(mention.text.split()) in (2, 3, 4)
            known[key] = replace(
                mention if fuller else old,
                kind=old.kind or mention.kind,
                sex=old.sex or mention.sex,
                nouns=old.nouns | mention.nouns,
            )
    return [known[fold(m.text.split()[-1])] if _is_name(m) else m for m in mentions]
