"""Whether a sentence denies what its source says, or says what it denies."""

from __future__ import annotations

import re
from collections.abc import Sequence

from eval.aligned import Beside, Laid
from eval.tokens import Token

SCOPE = 6  # words after a negation that it denies

_HARD = frozenset("not no never none nobody nothing nowhere neither nor without cannot non".split())
_SOFT = frozenset(
    """
fail refus declin deny reject lack unabl absent absence miss avoid prevent ceas rul withdraw withdrawn cancel
abandon ban forbid block dismiss hardly bare scarce seldom rare little few fals untru wrong exclud except zero
halt stop instead intact unharm unhurt unchang alive surviv decline denied denies resist impossibl prohibit
waiv spar escap disput contradict rebut refut contest oppos against unlik doubt too empty longer free yet
""".split()
)
_PREFIXED = re.compile(r"(?:un(?!i|der|til|t)|dis(?!trict|cuss|tan|cover|aster|play|eas)|non)[a-z]{4,}$")
_EMPTY = re.compile(
    r"\b(?:not only|not just|not merely|no doubt|not least|whether or not|no longer ago|no matter|nothing but|"
    r"no fewer than|no less than|not to mention|if not|why not|no\.? \d)\b"
)
_OPPOSITES = """
rise fall; rose fell; risen fallen; increase decrease; increased decreased; increases decreases; higher lower;
more less; more fewer; most least; before after; up down; win lose; won lost; open closed; opened closed;
accept reject; accepted rejected; accepted refused; allow forbid; allowed forbidden; allowed barred;
first last; begin end; began ended; started ended; started stopped; above below; gained lost; over under;
inside outside; largest smallest; best worst; better worse; early late; earlier later; north south; east west;
northern southern; eastern western; left right; alive dead; innocent guilty; acquitted convicted;
approve reject; approved rejected; support oppose; supported opposed; confirmed denied; admitted denied;
raised lowered; doubled halved; widened narrowed; strong weak; male female; arrived left; arrived departed;
same different; legal illegal; true false; possible impossible; able unable; happy unhappy
"""
_PAIRS = frozenset(frozenset(pair.split()) for pair in _OPPOSITES.split(";") if pair.strip())


def is_denied(laid: Laid, differing: Sequence[tuple[Sequence[Token], Sequence[Token]]]) -> bool:
    """Whether the polarity differs; `differing` are the words that a nearly equal source sentence hasn't in common."""
    if differing:
        return any(_turns(ours, theirs) for ours, theirs in differing)
    near = [beside for beside in laid.nearest if beside.share >= 0.6 * laid.nearest[0].share] if laid.nearest else []
    if not near or not near[0].share:
        return False
    return _denies(laid, near) or _affirms(laid, near)


def cues(tokens: Sequence[Token]) -> list[int]:
    """The places of the words that deny, without those that deny nothing ("not only") or cancel out."""
    line = " ".join(token.lower for token in tokens)
    empty = {len(line[: match.start()].split()) for match in _EMPTY.finditer(line)}
    found = [place for place, token in enumerate(tokens) if is_hard(token) and place not in empty]
    return [place for place in found if not _is_cancelled(tokens, place, found)]


def is_hard(token: Token) -> bool:
    return token.lower in _HARD or token.lower.endswith("n't")


def is_soft(token: Token) -> bool:
    """Whether the word may deny in another way: "declined", "unharmed"."""
    return token.stem in _SOFT or token.lower in _SOFT or bool(_PREFIXED.match(token.lower))


def _is_cancelled(tokens: Sequence[Token], place: int, found: Sequence[int]) -> bool:
    """ "not without", "not uncommon", "never failed to": two make a yes."""
    after = tokens[place + 1 : place + 3]
    if any(number in found for number in (place + 1, place + 2)) or any(
        number in found for number in (place - 1, place - 2)
    ):
        return True
    return any(_PREFIXED.match(token.lower) or token.stem in ("fail", "deny", "impossibl") for token in after)


def _turns(ours: Sequence[Token], theirs: Sequence[Token]) -> bool:
    """Whether one of two differing pieces has a negation and the other none, or they are opposites."""
    here, there = any(map(is_hard, ours)), any(map(is_hard, theirs))
    if here != there:
        return not any(map(is_soft, theirs if here else ours))
    words = {token.lower for token in ours}
    return any(frozenset((word, token.lower)) in _PAIRS for word in words for token in theirs)


def _denies(laid: Laid, near: Sequence[Beside]) -> bool:
    """A negation here, and none in the source sentences that say the same."""
    mine = cues(laid.sentence.tokens)
    return bool(mine) and not any(cues(beside.tokens) or any(map(is_soft, beside.tokens)) for beside in near)


def _affirms(laid: Laid, near: Sequence[Beside]) -> bool:
    """What the nearest source sentence denies is said here without any negation."""
    tokens = laid.sentence.tokens
    if any(is_hard(token) or is_soft(token) for token in tokens):
        return False
    theirs = near[0].tokens
    return any(_is_said(laid, theirs, cue) for cue in cues(theirs))


def _is_said(laid: Laid, theirs: Sequence[Token], cue: int) -> bool:
    scope = [token.stem for token in theirs[cue + 1 : cue + 1 + SCOPE] if token.content]
    shared = sum(stem in laid.sentence.all_stems for stem in scope)
    return bool(scope) and shared >= 0.6 * len(scope)
