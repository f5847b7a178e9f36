"""Whether a sentence denies what its source says, or says what it denies.

A negation denies the words that follow it up to the end of the clause. Where both texts share a word, it should be
denied in both or in neither; where they don't, it is enough that the other denies something.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from eval.judging.aligned import Beside, Laid
from eval.judging.tokens import Token

HOME = 0.3  # the share of its content stems by which a source sentence says the same
AS_NEAR = 0.5  # of the share of the nearest source sentence, by which others may say it too
NEAR = 7  # words within which another word may deny the same
SCOPE = 7  # words after a negation that it may deny

_HARD = frozenset("not no never none nobody nothing nowhere neither nor without cannot non unless".split())
# these deny what follows as "not" does
_VERBS = frozenset("fail refus declin decline deny denied denies lack unabl".split())
_SOFT = frozenset(
    """
fail refus declin deny reject lack unabl absent absence miss avoid prevent ceas rul hardly bare barely scarce seldom
fals untru wrong exclud except stop instead intact unharm unhurt unchang alive surviv decline denied denies resist
impossibl prohibit waiv disput contradict rebut refut contest oppos unlik longer rather few too beyond cancel
""".split()
)
_PREFIXED = re.compile(r"(?:un(?!i|der|til|t)|dis(?!trict|cuss|tan|cover|aster|play|eas|turb)|non)[a-z]{4,}$")
_EMPTY = re.compile(
    r"\b(?:not only|not just|not merely|no doubt|not least|whether or not|no matter|nothing but|no fewer than|"
    r"no less than|no more than|not more than|not less than|not to mention|if not|why not)\b"
    r"|\b(?:not|\w+n't)(?= (?:\w+ ){0,10}until\b)"
)
_PHRASES = re.compile(
    r"\b(?:rather than|instead of|no longer|far from|left out|leaves? out|off the table|out of the question)\b"
)
_CLAUSE = frozenset("and but because although though while which who whom where when since as if".split())
_OPPOSITES = """
rise fall; rose fell; risen fallen; increase decrease; increased decreased; increases decreases; higher lower;
more less; more fewer; most least; before after; up down; win lose; won lost; open closed; opened closed;
accept reject; accepted rejected; accepted refused; allow forbid; allowed forbidden; allowed barred; first last;
begin end; began ended; started ended; started stopped; above below; gained lost; over under; inside outside;
largest smallest; best worst; better worse; early late; earlier later; north south; east west; northern southern;
eastern western; left right; alive dead; innocent guilty; acquitted convicted; approve reject; approved rejected;
support oppose; supported opposed; confirmed denied; admitted denied; raised lowered; doubled halved;
widened narrowed; strong weak; male female; arrived left; arrived departed; same different; legal illegal; true false;
possible impossible; able unable; happy unhappy
"""
_PAIRS = frozenset(frozenset(pair.split()) for pair in _OPPOSITES.split(";"))


def is_denied(laid: Laid, differing: Sequence[tuple[Sequence[Token], Sequence[Token]]]) -> bool:
    """Whether the polarity differs; `differing` are the words that a nearly equal source sentence hasn't in common."""
    if differing:
        return any(_turns(ours, theirs) for ours, theirs in differing)
    if not laid.nearest or laid.nearest[0].share < HOME:
        return False
    near = [beside for beside in laid.nearest if beside.share >= AS_NEAR * laid.nearest[0].share]
    return all(_contradict(laid.sentence.tokens, beside) for beside in near)


def cues(tokens: Sequence[Token]) -> list[int]:
    """The places of the words that deny, without those that deny nothing ("not only") or cancel out."""
    line = " ".join(token.lower for token in tokens)
    empty = {line[: match.start()].count(" ") for match in _EMPTY.finditer(line)}
    phrases = {line[: match.start()].count(" ") for match in _PHRASES.finditer(line)}
    verbs = {place for place, token in enumerate(tokens) if token.stem in _VERBS or token.lower in _VERBS}
    return sorted({*_denials(tokens, empty), *phrases, *verbs})


def _denials(tokens: Sequence[Token], empty: Container[int] = ()) -> list[int]:
    """The places of "not" and its like that count."""
    found = [place for place, token in enumerate(tokens) if is_hard(token) and place not in empty]
    found = [place for place in found if not _answers(tokens, place) and not _continues(tokens, place)]
    return [place for place in found if not _is_cancelled(tokens, place, found)]


def is_hard(token: Token) -> bool:
    """Whether the word denies: "not", "didn't", "without"."""
    return token.lower in _HARD or token.lower.endswith("n't")


def is_soft(token: Token) -> bool:
    """Whether the word may deny in another way: "declined", "unharmed"."""
    return token.stem in _SOFT or token.lower in _SOFT or bool(_PREFIXED.match(token.lower))


def denied(tokens: Sequence[Token], place: int) -> frozenset[str]:
    """The content stems that the word at `place` denies: what follows, up to the end of the clause."""
    stems: list[str] = []
    for before, token in zip(tokens[place : place + SCOPE], tokens[place + 1 : place + 1 + SCOPE], strict=False):
        if (token.lower in _CLAUSE and stems) or token.start - before.end > 1:  # punctuation lies between them
            break
        if token.content and not is_hard(token):
            stems.append(token.stem)
    return frozenset(stems)


def _answers(tokens: Sequence[Token], place: int) -> bool:
    """Whether it is the "No." or "No," of an answer, which denies what was asked."""
    alone = place + 1 == len(tokens) or tokens[place + 1].start - tokens[place].end > 1
    return tokens[place].lower == "no" and alone


def _continues(tokens: Sequence[Token], place: int) -> bool:
    """Whether it is the "nor" of a "neither"."""
    return tokens[place].lower == "nor" and any(token.lower == "neither" for token in tokens[max(0, place - 8) : place])


def _is_cancelled(tokens: Sequence[Token], place: int, found: Sequence[int]) -> bool:
    """ "not without", "not uncommon", "never failed to": two make a yes."""
    after = tokens[place + 1 : place + 3]
    if any(place + step in found for step in (-2, -1, 1, 2)):
        return True
    return any(_PREFIXED.match(token.lower) or token.stem in ("fail", "deny", "impossibl") for token in after)


def _turns(ours: Sequence[Token], theirs: Sequence[Token]) -> bool:
    """Whether one of two differing pieces has a negation and the other none, or they are opposites."""
    here, there = bool(_denials(ours)), bool(_denials(theirs))
    if here != there:
        return not any(map(is_soft, theirs if here else ours))
    if any(map(is_hard, (*ours, *theirs))):
        return False  # "not unhappy" and "happy"
    words = {token.lower for token in ours}
    return any(frozenset((word, token.lower)) in _PAIRS for word in words for token in theirs)


def _contradict(ours: Sequence[Token], beside: Beside) -> bool:
    """As many negations on either side are taken for the same, unless one denies what the other doesn't speak of."""
    theirs = beside.tokens
    here, there = cues(ours), cues(theirs)
    if len(here) == len(there):
        spoken = any(denied(theirs, place) & _stems(ours) for place in there)
        return not spoken and any(
            _is_alone(ours, place, theirs, there, 1.0) for place in here if denied(ours, place) & _stems(theirs)
        )
    if any(_is_alone(ours, place, theirs, there) for place in here):
        return True
    return any(_is_alone(theirs, place, ours, here) for place in there if denied(theirs, place) & _stems(ours))


def _is_alone(
    these: Sequence[Token], place: int, those: Sequence[Token], cues_there: Sequence[int], most: float = 0.51
) -> bool:
    """Whether what the negation at `place` denies is said there without being denied: at least so much of it."""
    own = _stems(these)
    hidden = [other for other, token in enumerate(those) if is_soft(token) and token.stem not in own]
    hidden = [other for other in hidden if other not in cues_there]
    shared = denied(these, place) & _stems(those)
    if not shared:
        return not cues_there and not hidden
    denied_there = frozenset().union(*(denied(those, other) for other in (*cues_there, *hidden)))
    return len(shared - denied_there) >= most * len(shared) and not _near(those, shared, hidden)


def _stems(tokens: Sequence[Token]) -> frozenset[str]:
    return frozenset(token.stem for token in tokens if token.content)


def _near(tokens: Sequence[Token], stems: frozenset[str], places: Sequence[int]) -> bool:
    """Whether a word that may deny stands within NEAR words of one of the stems, or is one."""
    return any(
        tokens[other].stem in stems
        for place in places
        for other in range(max(0, place - NEAR), min(len(tokens), place + NEAR + 1))
    )
