"""Whether a number or a name of a sentence is in its sources, but of something else.

Near words tell: a number is of something else when the source sentence nearest to this one has the words around it, but
another number, and no sentence that has the number has nearly as many of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from eval.judging.aligned import Laid, Reading, differences
from eval.judging.amounts import Amount, is_given
from eval.judging.names import Name, acronyms, missing_words, name_key
from eval.judging.tokens import Token

ALIKE = 0.6  # a source sentence with so many of the words in order is the one that was quoted or edited
WINDOW = 8  # words on either side of a number that tell of what it is; for a name, all words of the sentence
AMOUNT_HOME, NAME_HOME = 0.4, 0.5  # the share of their stems by which a source sentence speaks of the same
LEAD = 0.4  # by how much more that is than in any sentence that has the number or name

Test = Callable[[Reading, int], bool]
Pieces = Sequence[tuple[Sequence[Token], Sequence[Token]]]


def find_pieces(laid: Laid) -> Pieces:
    """The differing words beside the source sentence that this one was made from; none if there is no such."""
    closest = max(laid.nearest, key=lambda beside: beside.alike, default=None)
    if closest is None or closest.alike < ALIKE:
        return ()
    ours, theirs = laid.sentence.tokens, closest.tokens
    return [(ours[a:b], theirs[c:d]) for (a, b), (c, d) in differences(laid.sentence, closest)]


def is_amount_misplaced(laid: Laid, pieces: Pieces) -> bool:
    """Whether a number stands where the source sentence has another."""
    if pieces:
        return any(_replaces_amount(laid, ours, theirs) for ours, theirs in pieces)
    return any(_amount_astray(laid, amount) for amount in laid.sentence.amounts)


def is_name_misplaced(laid: Laid, pieces: Pieces) -> bool:
    """Whether a name stands where the source sentence has another, or another word that is no pronoun."""
    known = {word for source in laid.sources for name in source.names if name.sure for word in name.words}
    if not pieces:
        return any(_name_astray(laid, name) for name in laid.sentence.names if name.sure or known & set(name.words))
    names = [name for name in laid.sentence.names if name.sure or not name.words[0].endswith("ly")]
    named = {token for name in names for token in laid.sentence.tokens[name.first : name.last]}
    for ours, theirs in pieces:
        here = {token.lower for token in ours if token in named}
        there = {token.lower for token in theirs if token.content}
        if here and there and not here & there and not (_initials(ours) & there or _initials(theirs) & here):
            return True
    return False


def _initials(tokens: Sequence[Token]) -> frozenset[str]:
    """What the words are in short: "European Shipping Board" is "esb"."""
    return acronyms(tokens) | {"".join(token.lower[0] for token in tokens)} if len(tokens) > 1 else frozenset()


def _replaces_amount(laid: Laid, ours: Sequence[Token], theirs: Sequence[Token]) -> bool:
    here = [amount for amount in laid.sentence.amounts if _within(amount, ours)]
    there = [amount for beside in laid.nearest for amount in beside.source.amounts if _within(amount, theirs)]
    return bool(here and there) and not all(is_given(amount, there) for amount in here)


def _within(amount: Amount, tokens: Sequence[Token]) -> bool:
    return any(token.start < amount.end and amount.start < token.end for token in tokens)


def _amount_astray(laid: Laid, amount: Amount) -> bool:
    own = laid.sentence.amounts

    def has(source: Reading, at: int) -> bool:
        return is_given(amount, _amounts(source, at))

    def has_another(source: Reading, at: int) -> bool:
        return any(other.kind == amount.kind and not is_given(other, own) for other in _amounts(source, at))

    tokens = laid.sentence.tokens
    places = [place for place, token in enumerate(tokens) if _within(amount, [token])]
    around = _content([*tokens[max(0, min(places) - WINDOW) : min(places)], *tokens[max(places) + 1 :][:WINDOW]])
    return _is_astray(laid, around, has, has_another, AMOUNT_HOME)


def _amounts(source: Reading, at: int) -> list[Amount]:
    start, end = source.ranges[at]
    first, last = source.tokens[start].start, source.tokens[end - 1].end
    return [amount for amount in source.amounts if first <= amount.start < last]


def _name_astray(laid: Laid, name: Name) -> bool:
    wanted = {name_key(word) for word in name.words}
    own = {name_key(token.lower) for token in laid.sentence.tokens}

    def has(source: Reading, at: int) -> bool:
        start = source.ranges[max(0, at - 1)][0]  # "she", after a sentence that names her
        tokens = source.tokens[start : source.ranges[at][1]]
        keys = frozenset(name_key(token.lower) for token in tokens)
        return bool(wanted & keys) or not missing_words(name, keys, acronyms(tokens), ())

    def has_another(source: Reading, at: int) -> bool:
        return any(not own & {name_key(word) for word in other.words} for other in _names(source, at))

    tokens = laid.sentence.tokens
    return _is_astray(laid, _content([*tokens[: name.first], *tokens[name.last :]]), has, has_another, NAME_HOME)


def _names(source: Reading, at: int) -> Iterable[Name]:
    """The names in a source sentence, its first word too if it is nowhere written small."""
    start, end = source.ranges[at]
    for name in source.names:
        if start <= name.first < end and (name.sure or not source.small & set(name.words)):
            yield name


def _content(tokens: Iterable[Token]) -> frozenset[str]:
    return frozenset(token.stem for token in tokens if token.content)


def _is_astray(laid: Laid, around: frozenset[str], has: Test, has_another: Test, home: float) -> bool:
    """Whether the nearest source sentence says what is around an item, but of another one, and none says it of this."""
    if not around or not laid.nearest:
        return False
    nearest = laid.nearest[0]
    share = len(around & nearest.stems) / len(around)
    if share < home or has(nearest.source, nearest.at) or not has_another(nearest.source, nearest.at):
        return False
    return not any(
        len(around & stems) / len(around) > share - LEAD and has(source, at)
        for source in laid.sources
        for at, stems in enumerate(source.stems)
        if around & stems
    )
