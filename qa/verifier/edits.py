"""Minimal edits that make a supported sentence wrong, each by its kind."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from qa.verifier.clauses import turn_round
from qa.verifier.opposites import CERTAIN, COMPARED, GROUPS, QUANTIFIED

# (sentence, the passage that it is of, other passages, chance) -> the edited sentence, or None where none applies
Edit = Callable[[str, str, Sequence[str], random.Random], str | None]

_NUMBER = re.compile(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?![\w]|[.,]\d)")
_WORDS = "two three four five six seven eight nine ten eleven twelve thirteen fifteen twenty thirty forty fifty".split()
_SPELLED = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b", re.IGNORECASE)
NAME = re.compile(r"(?<![.!?“\"'] )(?<!^)\b(?!I\b)[A-Z][\w’'-]*\w(?: (?:of |the )?[A-Z][\w’'-]*\w)*")
_MONTHS = "January February March April May June July August September October November December".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_NOT_NAMES = set(
    """The This That These Those It He She They In On At A An And But Or If We You I My Our When While After Before
    Although However Since During For With Its His Her Their Some Most Many All One There What Who Which Where How Not
    No So Then Also As By From To Would""".split()
)
# Between two names after which the same is said, whichever comes first
_EITHER = re.compile(
    r"(?:,|and|or|&|with|versus|vs\.?|met|meets|married|is|was|are|were|the|a|also|known|called|as|of|in|at| )+"
)
_AUXILIARY = re.compile(
    r"\b(is|are|was|were|has|have|had|will|would|can|could|should|may|might|must|does|did|do)\b(?! not\b|n['’]t)"
)
_NEGATED = re.compile(
    r"\b(is|are|was|were|has|have|had|will|would|can|could|should|may|might|must|does|did|do)(?: not\b|n['’]t\b)"
    r"|\bnever (?=\w+ed\b)"
)
_PAST = re.compile(
    r"(?<=[a-z] )(?<!the )(?<!a )(?<!an )(?<!been )(?<!be )(?<!was )(?<!were )(?<!is )(?<!are )(?<!and )"
    r"([a-z]{3,}ed)\b(?= (?:the|a|an|to|in|his|her|its|their|for|that|by)\b)"
)
_SUBJECT = re.compile(
    r"(?:The )?[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*"
    r"(?= (?:[a-z]+ed|is|was|were|are|has|had|made|won|took|gave|led|wrote|said|says|told|beat|became|began|met)\b)"
)
_CONTENT = re.compile(r"(?<= )[a-z]{5,}(?=[ .,])")
_COMMON = set("""about after again against along among another around because before being below between could doing
    during either every first found great having however including known large later least might often other others
    people quite rather really right should since small still their there these thing things third those three through
    today under until using where whether which while whose within without would years become called place product
    really would author writer poster""".split())  # fmt: skip


def edit_number(sentence: str, passage: str, others: Sequence[str], chance: random.Random) -> str | None:
    """Another number of the passage, or one near or far."""
    found = [*_NUMBER.finditer(sentence), *_SPELLED.finditer(sentence)]
    if not found:
        return None
    one = chance.choice(found)
    if one[0].lower() in _WORDS:
        other = chance.choice([word for word in _WORDS if word != one[0].lower()])
        return _put(sentence, one, other.capitalize() if one[0][0].isupper() else other)
    same = [m[0] for m in _NUMBER.finditer(passage) if m[0] not in sentence and abs(len(m[0]) - len(one[0])) <= 1]
    other = chance.choice(same) if same and chance.random() < 0.5 else _other_digits(one[0], chance)
    return _put(sentence, one, other) if other not in sentence else None


def _other_digits(digits: str, chance: random.Random) -> str:
    places = [at for at, letter in enumerate(digits) if letter.isdigit()]
    year = len(digits) == 4 and digits.isdigit() and digits[0] in "12"
    at = chance.choice(places[-2:] if year else places)
    figures = "123456789" if at == 0 else "0123456789"
    return digits[:at] + chance.choice([figure for figure in figures if figure != digits[at]]) + digits[at + 1 :]


def edit_date(sentence: str, passage: str, others: Sequence[str], chance: random.Random) -> str | None:
    for group in (_MONTHS, _DAYS):
        found = list(re.finditer(rf"\b(?:{'|'.join(group)})\b", sentence))
        if found and (one := chance.choice(found))[0] != "May":
            return _put(sentence, one, chance.choice([other for other in group if other not in sentence]))
    return None


def names_of(text: str) -> list[str]:
    """Names as far as capitals tell them, without those that open a sentence."""
    return [m[0] for m in NAME.finditer(text) if m[0].split()[0] not in _NOT_NAMES and m[0] not in _MONTHS + _DAYS]


def edit_name(sentence: str, passage: str, others: Sequence[str], chance: random.Random) -> str | None:
    """Another name, mostly of the same passage, in place of a name."""
    found = [m for m in NAME.finditer(sentence) if m[0] in names_of(sentence)]
    if not found:
        return None
    one = chance.choice(found)
    own = set(re.findall(r"\w+", sentence.lower()))
    texts = [passage, *others] if chance.random() < 0.8 else list(others)
    for text in texts:
        pool = [
            n
            for n in set(names_of(text))
            if n.isupper() == one[0].isupper()
            and abs(n.count(" ") - one[0].count(" ")) <= 1
            and not set(re.findall(r"\w+", n.lower())) & own
        ]
        if pool:
            other = re.sub(r"['’]s$", "", chance.choice(sorted(pool)))
            return sentence[: one.start()] + other + sentence[one.start() + len(_bare(one)) :]
    return None


def edit_role(sentence: str, passage: str, others: Sequence[str], chance: random.Random) -> str | None:
    """Who did it and to whom changed places, or two names or numbers did."""
    turned = turn_round(sentence, chance) if chance.random() < 0.8 else None
    if turned:
        return turned
    names = [m for m in NAME.finditer(sentence) if m[0] in names_of(sentence)]
    first = _SUBJECT.match(sentence)
    if first and first[0].split()[0] not in _NOT_NAMES - {"The"}:
        names = [first, *names]
    numbers = list(_NUMBER.finditer(sentence))
    pairs = [
        (a, b)
        for kind in (names, numbers if chance.random() < 0.15 else [])
        for i, a in enumerate(kind)
        for b in kind[i + 1 :]
        if _may_change(sentence, a, b)
    ]
    if not pairs:
        return None
    a, b = chance.choice(pairs)
    one, two = _bare(a), _bare(b)
    between = sentence[a.start() + len(one) : b.start()]
    return sentence[: a.start()] + two + between + one + sentence[b.start() + len(two) :]


def _bare(name: re.Match[str]) -> str:
    """Without the ending of whose it is, which stays where it is."""
    return re.sub(r"['’]s$", "", name[0])


def _may_change(sentence: str, a: re.Match[str], b: re.Match[str]) -> bool:
    """Whether something else is said when the two change places: they aren't parts of a list, nor alike."""
    between = sentence[a.end() : b.start()]
    listed = re.search(r"\b(?:and|or|between)\b", between) and not re.search(r" [a-z]{3,}(?:ed|s) ", between)
    return (
        b.start() > a.end()
        and not listed
        and not _EITHER.fullmatch(between)
        and not re.fullmatch(r"\W+", between)
        and not set(re.findall(r"\w+", _bare(a))) & set(re.findall(r"\w+", _bare(b)))
    )


def edit_negation(sentence: str, passage: str, others: Sequence[str], chance: random.Random) -> str | None:
    """A "not" less where there is one, else one more."""
    if there := _NEGATED.search(sentence):
        return _put(sentence, there, there[1] or "")
    if re.search(r"\b(?:no|not|never|none|nobody|nothing|neither|nor|without|cannot)\b|n['’]t\b", sentence, re.I):
        return None
    found = list(_AUXILIARY.finditer(sentence))[:2]
    if found:
        one = chance.choice(found)
        return _put(sentence, one, f"{one[1]} {'never' if chance.random() < 0.15 else 'not'}")
    if past := _PAST.search(sentence):
        return sentence[: past.start()] + "never " + sentence[past.start() :]
    return None


def edit_certainty(sentence: str, passage: str, others: Sequence[str], chance: random.Random) -> str | None:
    """What may be is, what is claimed is proved."""
    found = [(m, news) for pattern, news in CERTAIN for m in pattern.finditer(sentence)]
    if not found:
        return None
    one, news = chance.choice(found)
    return _put(sentence, one, one.expand(chance.choice(news)))


def edit_stitched(sentence: str, passage: str, others: Sequence[str], chance: random.Random) -> str | None:
    """The beginning of the sentence and the end of another."""
    words = sentence.split()
    pool = [s.split() for s in re.split(r"(?<=[.!?]) ", passage) if s not in sentence and len(s.split()) >= 8]
    if len(words) < 8 or not pool:
        return None
    other = chance.choice(pool)
    said = " ".join([*words[: len(words) // 2], *other[len(other) // 2 :]])
    return None if said in passage else said


def edit_word(sentence: str, passage: str, others: Sequence[str], chance: random.Random) -> str | None:
    """Another word of the same ending in place of one."""
    found = [m for m in _CONTENT.finditer(sentence) if m[0] not in _COMMON]
    if not found:
        return None
    one = chance.choice(found)
    ending = one[0][-2:]
    texts = [passage, *others] if chance.random() < 0.4 else list(others)
    for text in texts:
        pool = {
            m[0]
            for m in _CONTENT.finditer(text)
            if m[0][-2:] == ending and m[0] not in _COMMON and m[0][:4] != one[0][:4]
        }
        pool = {word for word in pool if word not in sentence}
        if pool:
            return _put(sentence, one, chance.choice(sorted(pool)))
    return None


def _of_groups(groups: Sequence[Sequence[str]]) -> Edit:
    patterns = [
        (
            re.compile(rf"(?<!\w){re.escape(word)}(?!\w)" if word[-1:].isalpha() else re.escape(word)),
            [w for w in group if w != word],
        )
        for group in groups
        for word in group
    ]

    def edit(sentence: str, passage: str, others: Sequence[str], chance: random.Random) -> str | None:
        found = [(m, news) for pattern, news in patterns for m in pattern.finditer(sentence)]
        if not found:
            return None
        one, news = chance.choice(found)
        return _put(sentence, one, chance.choice(news))

    return edit


def _put(sentence: str, one: re.Match[str], other: str) -> str:
    return sentence[: one.start()] + other + sentence[one.end() :]


EDITS: Mapping[str, Edit] = MappingProxyType(
    {
        "number": edit_number,
        "date": edit_date,
        "unit": _of_groups(GROUPS),
        "entity": edit_name,
        "role": edit_role,
        "negation": edit_negation,
        "modality": edit_certainty,
        "comparison": _of_groups(COMPARED),
        "quantifier": _of_groups(QUANTIFIED),
        "word": edit_word,
        "stitched": edit_stitched,
    }
)
# Edits after which the sentence is as good a sentence as before: the evidence may be edited as well.
EVEN = frozenset({"number", "date", "unit", "entity", "role", "negation", "comparison", "word", "quantifier"})
