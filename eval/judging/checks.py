"""The hard checks of the judge: a number, a name, a negation or a half of the sentence that its sources don't have."""

from __future__ import annotations

from collections.abc import Sequence

from eval.judging.aligned import Laid, Reading
from eval.judging.amounts import Amount, is_given
from eval.judging.misplaced import find_pieces, is_amount_misplaced, is_name_misplaced
from eval.judging.names import Name, missing_words
from eval.judging.polarity import is_denied

HOME = 0.5  # the share of its content words by which a source sentence says a piece
RUN = 4  # words in a row that are no chance
SHORT = 3  # words that a piece of a sentence has at least
# words at which one piece of a sentence often follows another
_JOIN = frozenset("and but while as when after before because which who with in on at by for from".split())
FEW = 2  # content words by which it can be judged
FOREIGN = 1 / 3  # the share of them that sources have by chance

FLAGS = ("number", "name", "negation", "stitched")
_IMPLY = {2.0: ("both", "twice", "pair", "couple", "double", "doubled"), 3.0: ("triple", "trio")}


def check(laid: Laid) -> tuple[str, ...]:
    """What is wrong with the sentence, among "number", "name", "negation" and "stitched"; nothing for a quotation."""
    if laid.verbatim:
        return ()
    pieces = find_pieces(laid)
    found = {
        "number": bool(missing_amounts(laid)) or is_amount_misplaced(laid, pieces),
        "name": bool(missing_names(laid)) or is_name_misplaced(laid, pieces),
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
    missing = [name for name in laid.sentence.names if name.sure and missing_words(name, keys, initials, amounts)]
    return [name for name in missing if not _is_acronym(name, laid)]


def _is_acronym(name: Name, laid: Laid) -> bool:
    """Whether it stands for three or more words in a row, which need no capitals."""
    word = name.words[0]
    written = laid.sentence.tokens[name.first].text
    if len(name.words) > 1 or len(word) < 3 or not written.isupper():
        return False
    return any(word in "".join(token.lower[0] for token in text.tokens) for text in (laid.sentence, *laid.sources))


def is_stitched(laid: Laid) -> bool:
    """Whether the sentence breaks in two: a run of a source sentence, then one of another, or what no source has."""
    words = [token.lower for token in laid.sentence.tokens]
    head = _run(words, laid.sources, from_start=True)
    tail = _run(words, laid.sources, from_start=False)
    rest, start = len(words) - head, len(words) - tail
    if head >= RUN and rest >= SHORT:
        if tail >= rest:
            return _is_broken(laid, words, head)
        if _is_foreign(laid, head, len(words)) or (head > RUN and _is_cut(laid, words, head)):
            return True
    return tail >= RUN and start >= SHORT and _is_grafted(laid, words, start)


def _is_cut(laid: Laid, words: Sequence[str], head: int) -> bool:
    """Whether the first words break off within a source sentence, and the rest has nothing of that sentence."""
    homes = [place for place, _, ends in _homes(laid, words[:head]) if not ends]
    rest = {token.stem for token in laid.sentence.tokens[head:] if token.content}
    joined = words[head] in _JOIN or words[head - 1] in _JOIN
    if not homes or not rest or joined or _is_stopped(laid, head):
        return False
    return all(len(rest & laid.sources[place].stems[at]) <= FOREIGN * len(rest) for place, at in homes)


def _is_grafted(laid: Laid, words: Sequence[str], start: int) -> bool:
    """Whether the last words are of a source sentence that has none of the words before them, while another has."""
    homes = _homes(laid, words[start:])
    before = {token.stem for token in laid.sentence.tokens[:start] if token.content}
    after = [token for token in laid.sentence.tokens[start:] if token.content]
    if min(len(before), len(after)) < FEW or _is_stopped(laid, start) or any(starts for _, starts, _ in homes):
        return False
    shares = {
        (place, at): len(before & stems) / len(before)
        for place, source in enumerate(laid.sources)
        for at, stems in enumerate(source.stems)
    }
    here = max((shares[place] for place, _, ends in homes), default=1.0)
    return here == 0 and max(shares.values()) >= HOME


def _is_stopped(laid: Laid, place: int) -> bool:
    """Whether a comma, bracket or the like stands before the word, where writers join pieces as well."""
    tokens = laid.sentence.tokens
    return bool(laid.sentence.text[tokens[place - 1].end : tokens[place].start].strip())


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
    words = [token for token in laid.sentence.tokens[start:end] if token.content and token.lower.isalpha()]
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
