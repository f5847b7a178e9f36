"""What a question and its answer name, for a question that goes on from them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa.english.anaphora import find_references
from qa.english.mentions import GRAMMAR, Mention, find_mentions
from qa.english.plurals import is_plural
from qa.english.referents import names_office, sex_of
from qa.english.roles import Deed, find_deed
from qa.english.verbs import bases
from qa.english.wording import fold, same_names
from qa.types import Answer, History

MOST_ANSWERS = 4  # that are looked back at
MOST_SENTENCES = 3  # of each
# The question's own words are the subject: its answer is what is spoken of next.
_SUBJECT_ASKED = re.compile(r"(?:who|whose|which|what)\b(?!.* (?:did|does|do)\b)", re.IGNORECASE)
_WHO_IS = re.compile(r"(?i:who)(?:['’]s| is| was) (?=[A-Z])")
_ASKED_FOR = re.compile(
    r"(?P<who>who)\b|(?P<where>where\b|(?:in|at) (?:which|what) )|(?:which|what) (?P<noun>[a-z-]+)", re.IGNORECASE
)
_SOUGHT = re.compile(
    r"(?:who|(?:which|what) (?!(?:did|does|do|was|is)\b)(?P<noun>[a-z]+(?<!s)(?<!ed))) "
    r"(?!(?:is|was|are|were|did|do|does|will|can|has|have)\b)"
    r"(?P<rest>[a-z]+ [^?]+)",
    re.IGNORECASE,
)
_SOUGHT_OF = re.compile(
    r"(?i:which|what) (?P<noun>[a-z]+(?<!s)) did (?P<who>(?:the )?[A-Z][\w.’'-]*(?: [A-Z][\w.’'-]*)*) (?P<verb>[a-z]+)"
    r"(?P<rest>[^?]*)",
)
_BARE = re.compile(
    r"(?i:what is|what are|who [a-z]+(?:ed|ade|ote|ilt|ells|akes|uys)) (?P<noun>[a-z-]+)"
    r"|(?i:.*?\b(?:does|do|is|are)) (?!(?:the|an?) )(?P<subject>[a-z-]+) [a-z-]+(?: .+)?"
)
# "What is the height of the Elbtower?" is about the tower.
_MEASURE = re.compile(
    r"the (?:height|length|width|depth|size|weight|price|cost|value|name|age|population|date|cause) of "
)
LONGEST = 400  # characters of a question, of an earlier one and of a sentence


@dataclass(frozen=True, slots=True)
class Turn:
    """What a question and its answer name, the most salient first; `chief` what its own words or their answer name."""

    mentions: tuple[Mention, ...]
    chief: tuple[Mention, ...]
    asked: tuple[Mention, ...]
    question: str
    given: str  # the words that answer it, or what it asked for
    deed: Deed | None


def turns_of(history: History) -> list[Turn]:
    """The newest first, what one tells of a name known in all."""
    turns = [_turn(answer) for answer in reversed(history[-MOST_ANSWERS:])]
    completed = iter(
        _complete_names([mention for turn in turns for mention in (*turn.mentions, *turn.chief, *turn.asked)])
    )
    return [
        replace(
            turn,
            mentions=tuple(next(completed) for _ in turn.mentions),
            chief=tuple(next(completed) for _ in turn.chief),
            asked=tuple(replace(next(completed), span=mention.span) for mention in turn.asked),
        )
        for turn in turns
    ]


def _turn(answer: Answer) -> Turn:
    """What a question and its answer name."""
    sentences = " ".join(sentence.text[:LONGEST] for sentence in answer.sentences[:MOST_SENTENCES])
    question = answer.question[:LONGEST]
    asked = [mention for mention in find_mentions(question, fold(sentences)) if not _MEASURE.match(mention.text)]
    asked = _sexed(asked, question)
    told = find_mentions(sentences)
    given = _given(answer, question, told)
    counted = [replace(mention, text=f"the {mention.text}") for mention in _counted(question)] + _bare(question)
    subjects = [mention for mention in asked if mention.subject and not _SUBJECT_ASKED.match(question)]
    if _WHO_IS.match(question):  # "Who is Birgit Aas?": whoever was asked about, not "the manager" that she is
        named = [mention for mention in asked if is_name(mention) and not mention.text.startswith("the ")][:1]
        subjects = [replace(mention, kind=mention.kind or "person") for mention in named] or subjects
    first = [*subjects, *given, *(mention for mention in asked if mention not in subjects)]
    words = span_of(answer) or (given[0].text if given else "")
    return Turn((*first, *counted, *told), tuple(first), tuple(asked), question, words, find_deed(question, words))


def is_name(mention: Mention) -> bool:
    return re.search(r"(?:^| )[^\W\d_a-z]", mention.text) is not None


def span_of(answer: Answer) -> str:
    """The words that answer the question, where they are shown to."""
    if not answer.sentences or not answer.sentences[0].emphasis:
        return ""
    sentence = answer.sentences[0]
    start, end = sentence.emphasis[0]
    return sentence.text[start:end].strip(" \"“”'‘’.,;:")[:LONGEST].strip()


def _given(answer: Answer, question: str, told: Sequence[Mention]) -> list[Mention]:
    """What the answer's own words name; "who" asks for a person, "where" for a place, and so on."""
    span = span_of(answer)
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
    if (is_name(mention) and not mention.text.lower().startswith("the ")) or not names_office(role):
        return mention
    names = (other for other in told if role in other.nouns and len(other.text.split()) > 1 and is_name(other))
    return next(names, mention)


def _described(question: str) -> list[Mention]:
    """What a question asks for that wasn't answered: "the company that operated the ferry"."""
    found = _SOUGHT.match(question)
    if find_references(question, ()):
        return []
    if (of := _SOUGHT_OF.match(question)) and (past := bases().get(of["verb"])):  # "the song that Reed sang"
        text = f"the {of['noun']} that {of['who']} {past}{of['rest'].rstrip(' ')}"
        return [Mention(text, "person" if names_office(of["noun"]) else "thing", nouns=frozenset({of["noun"]}))]
    if not found:
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


def _bare(question: str) -> list[Mention]:
    """A noun without an article that is asked about: "What is penicillin?"."""
    found = _BARE.fullmatch(question.rstrip(" ?!."))
    noun = (found["noun"] or found["subject"]) if found else ""
    return [Mention(noun, "thing", plural=is_plural(noun))] if noun and noun not in GRAMMAR else []


def _complete_names(mentions: Sequence[Mention]) -> list[Mention]:
    """The mentions with what others tell of the same: "Maduro" is a person when "Nicolás Maduro" is."""
    known: list[Mention] = []
    for mention in filter(_is_plain, mentions):
        at = next((at for at, other in enumerate(known) if same_names(mention.text, other.text)), len(known))
        old = known[at] if at < len(known) else mention
        fuller = " " not in old.text and len(mention.text.split()) in (2, 3, 4)
        known[at : at + 1] = [
            replace(
                mention if fuller else old,
                kind=old.kind or mention.kind,
                sex=old.sex or mention.sex,
                nouns=old.nouns | mention.nouns,
            )
        ]
    return [
        next((other for other in known if same_names(m.text, other.text)), m) if _is_plain(m) else m for m in mentions
    ]


def _sexed(asked: Sequence[Mention], question: str) -> list[Mention]:
    """With the sex that the question's own pronoun gives to its one name: "Did Jan Novak kill his wife"."""
    names = [mention for mention in asked if is_name(mention) and mention.kind in ("person", "") and not mention.plural]
    told = {sex_of(word) for word in re.findall(r"\b(?:he|his|him|she|her)\b", question)}
    if len(names) != 1 or len(told) != 1:
        return [*asked]
    return [replace(m, sex=m.sex or told.copy().pop()) if m == names[0] else m for m in asked]


def _is_plain(mention: Mention) -> bool:
    """Whether it is a name and nothing else, unlike "the wreck of the Aurora"."""
    return mention.text[:1].isupper()
