"""The hard checks of the judge: a number, a name, a negation or a half of the sentence that its sources don't have."""

from __future__ import annotations

from collections.abc import Sequence

from eval.aligned import Beside, Laid, Reading, differences
from eval.amounts import Amount, is_given
from eval.names import Name, missing_words, name_key
from eval.polarity import is_denied
from eval.tokens import Token

ALIKE = 0.6  # a source sentence with so many of the words in order is the one that was quoted or edited
HOME = 0.4  # the share of the content words by which a source sentence is what was paraphrased
RUN = 4  # words in a row that are no chance
SHORT = 3  # words that a piece of a sentence has at least
_JOIN = frozenset("and but while as when after before because which who with in on at by for from".split())
FEW = 2  # content words by which it can be judged
FOREIGN = 1 / 3  # the share of them that sources have by chance

FLAGS = ("number", "name", "negation", "stitched")
_IMPLY = {2.0: ("both", "twice", "pair", "couple", "double", "doubled"), 3.0: ("triple", "trio"), 4.0: ("quarterly",)}
Pieces = Sequence[tuple[Sequence[Token], Sequence[Token]]]


def check(laid: Laid) -> tuple[str, ...]:
    """What is wrong with the sentence, among "number", "name", "negation" and "stitched"; nothing for a quotation."""
    if laid.verbatim:
        return ()
    pieces = _pieces(laid)
    found = {
        "number": bool(missing_amounts(laid)) or _amount_moved(laid, pieces),
        "name": bool(missing_names(laid)) or _name_moved(laid, pieces),
        "negation": is_denied(laid, pieces),
        "stitched": is_stitched(laid),
    }
    return tuple(name for name in FLAGS if found[name])


def missing_amounts(laid: Laid) -> list[Amount]:
    """The sentence's amounts that no source gives."""
    offered = [amount for source in laid.sources for amount in source.amounts]
    lines = [source.line for source in laid.sources]
    return [
        amount
        for amount in laid.sentence.amounts
        if not is_given(amount, offered)
        and not any(_written(laid, amount) in line for line in lines)
        and not any(f" {word} " in line for word in _IMPLY.get(amount.value, ()) for line in lines)
    ]


def _written(laid: Laid, amount: Amount) -> str:
    """The words around a number, as a run: what is written the same way is the same, whatever it means ("MI5")."""
    inside = [token.lower for token in laid.sentence.tokens if token.start < amount.end and amount.start < token.end]
    before = [token.lower for token in laid.sentence.tokens if token.end <= amount.start][-1:]
    return f" {' '.join([*before, *inside])} "


def missing_names(laid: Laid) -> list[Name]:
    """The sentence's names of which some word is in no source; a word that may be common is let pass."""
    keys = frozenset().union(*(source.keys for source in laid.sources))
    initials = frozenset().union(*(source.initials for source in laid.sources))
    amounts = [amount for source in laid.sources for amount in source.amounts]
    return [name for name in laid.sentence.names if name.sure and missing_words(name, keys, initials, amounts)]


def _pieces(laid: Laid) -> Pieces:
    """The differing words beside the source sentence that this one was made from; none if there is no such."""
    closest = max(laid.nearest, key=lambda beside: beside.alike, default=None)
    if closest is None or closest.alike < ALIKE:
        return ()
    ours, theirs = laid.sentence.tokens, closest.tokens
    return [(ours[a:b], theirs[c:d]) for (a, b), (c, d) in differences(laid.sentence, closest)]


def _amount_moved(laid: Laid, pieces: Pieces) -> bool:
    """Whether a number stands where the source sentence has another: given elsewhere, but of something else."""
    for ours, theirs in pieces:
        here = [amount for amount in laid.sentence.amounts if _within(amount, ours)]
        there = [amount for beside in laid.nearest for amount in beside.source.amounts if _within(amount, theirs)]
        if here and there and not all(is_given(amount, there) for amount in here):
            return True
    home = _home(laid)
    if pieces or not home:
        return False
    theirs = [amount for amount in home.source.amounts if _within(amount, home.tokens)]
    foreign = [amount for amount in laid.sentence.amounts if not is_given(amount, theirs)]
    unused = [amount for amount in theirs if not is_given(amount, laid.sentence.amounts)]
    return any(amount.kind == other.kind for amount in foreign for other in unused)


def _within(amount: Amount, tokens: Sequence[Token]) -> bool:
    return any(token.start < amount.end and amount.start < token.end for token in tokens)


def _name_moved(laid: Laid, pieces: Pieces) -> bool:
    """Whether a name stands where the source sentence has another, or another word that is no pronoun."""
    named = {token for name in laid.sentence.names for token in laid.sentence.tokens[name.first : name.last]}
    for ours, theirs in pieces:
        here = {token.lower for token in ours if token in named}
        there = {token.lower for token in theirs if token.content}
        if here and there and not here & there:
            return True
    home = _home(laid)
    if pieces or not home:
        return False
    keys = {name_key(token.lower) for token in home.tokens}
    foreign = [name for name in laid.sentence.names if not any(name_key(word) in keys for word in name.words)]
    return bool(foreign) and any(name_key(word) not in _keys(laid) for word in _named(home))


def _home(laid: Laid) -> Beside | None:
    """The source sentence that a paraphrase is of, if one has at least half of its content words."""
    return laid.nearest[0] if laid.nearest and laid.nearest[0].share >= HOME else None


def _keys(laid: Laid) -> set[str]:
    return {name_key(token.lower) for token in laid.sentence.tokens}


def _named(beside: Beside) -> list[str]:
    """The words of the names in a source sentence."""
    start, end = beside.source.ranges[beside.at]
    return [word for name in beside.source.names if start <= name.first < end and name.sure for word in name.words]


def is_stitched(laid: Laid) -> bool:
    """Whether the sentence breaks in two: a run of a source sentence, then one of another, or what no source has."""
    words = [token.lower for token in laid.sentence.tokens]
    head = _run(words, laid.sources, from_start=True)
    tail = _run(words, laid.sources, from_start=False)
    rest = len(words) - head
    if head > RUN and rest >= SHORT and _is_cut(laid, words, head):
        return True
    if head >= RUN and rest >= SHORT and (tail >= rest or _is_foreign(laid, head, len(words))):
        return tail < rest or _is_broken(laid, words, head)
    start = len(words) - tail
    return tail >= RUN and start >= SHORT and (_is_foreign(laid, 0, start) or _is_grafted(laid, words, start))


def _is_cut(laid: Laid, words: Sequence[str], head: int) -> bool:
    """Whether the first words break off within a source sentence, and the rest has nothing of that sentence."""
    homes = [place for place, _, ends in _homes(laid, words[:head]) if not ends]
    rest = {token.stem for token in laid.sentence.tokens[head:] if token.content}
    between = laid.sentence.text[laid.sentence.tokens[head - 1].end : laid.sentence.tokens[head].start]
    if not homes or not rest or between.strip() or words[head] in _JOIN:
        return False
    return all(len(rest & laid.sources[place].stems[at]) <= FOREIGN * len(rest) for place, at in homes)


def _is_grafted(laid: Laid, words: Sequence[str], start: int) -> bool:
    """Whether the last words are the end of a source sentence that hardly says the words before them, while another does."""
    ends = [beside for beside in _homes(laid, words[start:])]
    before = {token.stem for token in laid.sentence.tokens[:start] if token.content}
    if not ends or len(before) < FEW:
        return False
    shares = {
        (place, at): len(before & stems) / len(before)
        for place, source in enumerate(laid.sources)
        for at, stems in enumerate(source.stems)
    }
    here = max(shares[place] for place, _, _ in ends)
    return here <= FOREIGN and max(shares.values()) >= HOME and not any(starts for _, starts, _ in ends)


def _run(words: Sequence[str], sources: Sequence[Reading], *, from_start: bool) -> int:
    """How many of the first (or the last) words stand so in a row in a source."""
    count = 0
    while count < len(words):
        piece = words[: count + 1] if from_start else words[-count - 1 :]
        if not any(f" {' '.join(piece)} " in source.line for source in sources):
            break
        count += 1
    return count


def _is_foreign(laid: Laid, start: int, end: int) -> bool:
    """Whether hardly any content word of these has a like in the sources."""
    words = [token for token in laid.sentence.tokens[start:end] if token.content]
    known = frozenset().union(*(source.all_stems for source in laid.sources))
    return len(words) >= FEW and sum(token.stem in known for token in words) <= FOREIGN * len(words)


def _is_broken(laid: Laid, words: Sequence[str], cut: int) -> bool:
    """Whether no source sentence has both pieces, and one of them begins or ends within a sentence."""
    homes = [_homes(laid, words[:cut]), _homes(laid, words[cut:])]
    sentences = [{place for place, _, _ in found} for found in homes]
    if not all(sentences) or sentences[0] & sentences[1]:
        return False
    return not (any(ends for _, _, ends in homes[0]) and any(starts for _, starts, _ in homes[1]))


def _homes(laid: Laid, piece: Sequence[str]) -> list[tuple[tuple[int, int], bool, bool]]:
    """The source sentences that have the piece, and whether it begins and ends them."""
    wanted = f" {' '.join(piece)} "
    found = []
    for place, source in enumerate(laid.sources):
        if wanted not in source.line:
            continue
        for at, (start, end) in enumerate(source.ranges):
            line = f" {' '.join(token.lower for token in source.tokens[start:end])} "
            if wanted in line:
                found.append(((place, at), line.startswith(wanted), line.endswith(wanted)))
    return found
