"""Counts, measures, money, percentages and durations in a text, with the bounds of what each can mean.

A number stands for what rounds to it. Only a round one, of 100 or more that ends in two zeros, is taken for rounded:
"15,000" may be 15,230 and "$1.2 billion" $1.23 billion, but "140" isn't 143 and "9" is 9. Measures, durations and money
are never exact to the last digit ("6 miles" are 10 km, "$5" is $4.99), and percentages are rounded to their last digit.
None is off by more than 5 %, so that 10,000 isn't 15,000; a written "about" or "nearly" gives more room.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa.english.numerals import ROUGH, Numeral, find_numerals, mask
from qa.english.units import POUNDS, SIGNS, STERLING, Unit, match_unit
from qa.types import Span, Value

MOST_OFF = 0.05  # by which a round number can be off
ROOM = 0.1  # by which "around" can be off at least, and how far "just under" and "just over" reach
MOST_ROOM = 0.2  # by which "around" and "nearly" can be off at most: "about 10,000" isn't 15,000
JUST = 1 - 1e-6  # 15,500 rounds to 16,000, and what is just under it to 15,000
INFINITY = float("inf")
LONGEST_GAP = 14  # characters between two numbers that are told as one
LONGEST_SIGN = 6  # characters of a currency's sign, with what is before it
LOOK_BACK = 40  # characters before a number in which its bound stands

PLAIN = Unit("number", "", 1.0, 1.0)
PERCENT = Unit("percent", "%", 1.0, 1.0)

_BOUNDS = {
    "above": r"just (?:over|above|more than)|slightly (?:over|more than)|a little (?:over|more than)",
    "nearly": r"nearly|almost|approaching|not quite",
    "below": r"(?:just|slightly|a little) (?:under|below|less than|shy of)|close to but under",
    "least": r"at least|(?:well |far |much )?(?:more|greater|higher|longer|larger) than|(?:well )?over|upwards? of|"
    r"above|no (?:fewer|less) than|not less than|a minimum of|in excess of|exceed(?:s|ed|ing)|minimum",
    "most": r"at most|up to|(?:fewer|less|lower|shorter|smaller) than|(?:well )?under|below|no more than|"
    r"not more than|as (?:many|much|high|long) as|a maximum of|maximum|within",
    "about": r"about|around|approximately|approx\.?|roughly|some|an estimated|estimated|circa|ca?\.|close to|~|"
    r"more or less|somewhere around|in the region of",
}
_BEFORE = re.compile(
    rf"(?<![\w-])(?:{'|'.join(rf'(?P<{name}>{words})' for name, words in _BOUNDS.items())})"
    r"[ \u00a0]?$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"(?P<least>\+(?!\w)|-plus\b| plus\b(?! \w)| or (?:more|over|above)\b| at (?:the )?(?:very )?least\b)"
    r"|(?P<most> or (?:fewer|less|under)\b| at (?:the )?most\b)|(?P<about> or so\b)",
    re.IGNORECASE,
)
_SIGN = re.compile(
    rf"(?<![^\W\d_])(?P<sign>{'|'.join(re.escape(sign) for sign in sorted(SIGNS, key=len, reverse=True))})[ \u00a0]?$",
    re.IGNORECASE,
)
_MINUS = re.compile(r"(?:(?<![\w%])[-−–]|\bminus )$", re.IGNORECASE)
_HALF = re.compile(
    r"\b(?P<half>half(?= (?:of|the|its|their|his|her|our|all|those|these)\b))"
    r"|\b(?P<parts>one|two|three|four|five|an?)[- ](?P<of>third|quarter|fifth|sixth|eighth|tenth)s?"
    r"\b(?!-| (?:party|time))",
    re.IGNORECASE,
)
_NOT_HALF = re.compile(r"(?:\b(?:first|second|other|better|latter|top|bottom)|-) ?$", re.IGNORECASE)
_PARTS = {"third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
# Between the ends of a range, or of a score
_DASH, _TO, _OR, _AND = (re.compile(joint) for joint in (r" ?[-–—] ?", r" to ", r" or ", r" and "))
_AND_A_HALF = re.compile(r" and a half\b", re.IGNORECASE)
_BY = re.compile(r" (?:by|[x×]) ")  # "28 by 15 metres"
_SUM = re.compile(r",? (?:and )?")
_IN = re.compile(r" (?:in|out of)(?: every)? ")
_BALLOT = re.compile(
    r"[ -](?:votes?|ruling|decision|majority|wins?|victory|victories|loss|losses|defeats?|draws?|ties?|leads?|records?|"
    r"triumph|thrashing|away|home|aggregate|series|score|on aggregate|split|margin|rout|overtime|penalty)\b"
)


@dataclass(frozen=True, slots=True)
class _Amount:
    """A number with its unit and its bound, before what they mean is worked out."""

    numeral: Numeral
    unit: Unit
    bound: str
    span: Span

    @property
    def size(self) -> float:
        return self.numeral.low * self.unit.low


def find_amounts(text: str, taken: Sequence[Span] = ()) -> list[Value]:
    """The amounts of a text in order, none that overlaps what is taken (by dates), which must be in order."""
    blanked = _blank(mask(text), taken)
    sterling = bool(STERLING.search(text))
    amounts = [_complete(blanked, numeral, sterling) for numeral in find_numerals(blanked)]
    kept = [amount for amount in amounts if not amount.numeral.partial or amount.numeral.factor > 1 or amount.unit.base]
    shares = _find_shares(blanked)
    values = [*_join(blanked, text, kept), *(_value(text, share) for share in shares)]
    return sorted(_drop_overlaps(values), key=lambda value: value.span)


def _blank(text: str, taken: Sequence[Span]) -> str:
    pieces, at = [], 0
    for start, end in taken:
        pieces += [text[at:start], "\0" * (end - start)]
        at = end
    return "".join([*pieces, text[at:]])


def _drop_overlaps(values: Sequence[Value]) -> list[Value]:
    """Without what overlaps a longer one: "half" within "half a million"."""
    kept: list[Value] = []
    for value in sorted(values, key=lambda value: (value.span[0], -value.span[1])):
        if not kept or value.span[0] >= kept[-1].span[1]:
            kept.append(value)
    return kept


def _complete(text: str, numeral: Numeral, sterling: bool) -> _Amount:
    """With the unit after it or the currency before it, and the bound before or after."""
    start, end = numeral.span
    before = text[max(0, start - LOOK_BACK) : start]
    unit = PLAIN
    if sign := _SIGN.search(before[-LONGEST_SIGN:]):
        unit = Unit("money", SIGNS[sign["sign"].lower()], 1.0, 1.0)
        start, before = start - len(sign[0]), before[: -len(sign[0])]
    elif found := match_unit(text, end):
        unit, end = found
        if half := _AND_A_HALF.match(text, end):  # "a year and a half"
            end, numeral = half.end(), replace(numeral, low=numeral.low + 0.5, high=numeral.high + 0.5, step=0.1)
        if unit.kind == "number" and sterling and re.search(r"pounds?$", text[numeral.span[0] : end], re.IGNORECASE):
            unit = POUNDS
    if unit.base == "C" and (minus := _MINUS.search(before)):
        start, before = start - len(minus[0]), before[: minus.start()]
        numeral = replace(numeral, low=-numeral.low, high=-numeral.high)
    bound = ""
    if match := _find_bound(before):
        bound, start = match.lastgroup or "", start - len(match[0])
    if match := _AFTER.match(text, end):
        bound, end = match.lastgroup or "", match.end()
    return _Amount(numeral, unit, bound, (start, end))


def _find_bound(before: str) -> re.Match[str] | None:
    """The "at least" that ends a text; most texts end in nothing of that sort, which is seen at once."""
    last = before.rstrip()[-1:]
    return _BEFORE.search(before) if last.isalpha() or last in (".", "~") else None


def _join(text: str, original: str, amounts: Sequence[_Amount]) -> list[Value]:
    """Ranges, shares ("one in five") and what is told in two units ("5 feet 11 inches") made one value each."""
    values: list[Value] = []
    rest = list(reversed(amounts))
    while rest:
        one = rest.pop()
        gap = text[one.span[1] : rest[-1].span[0]] if rest else ""
        if not 0 < len(gap) <= LONGEST_GAP:
            values.append(_value(original, one))
        elif _is_score(text, one, rest[-1]):
            rest.pop()
        else:
            values += _join_two(text, original, one, rest)
    return values


def _join_two(text: str, original: str, one: _Amount, rest: list[_Amount]) -> list[Value]:
    """One amount with the next, which leaves `rest`, or alone."""
    other = rest[-1]
    gap = text[one.span[1] : other.span[0]]
    if _SUM.fullmatch(gap) and _is_smaller_unit(one, other):
        rest.pop()
        return [_sum(original, one, other)]
    if _IN.fullmatch(gap) and (share := _share(one, other)):
        rest.pop()
        return [_value(original, share)]
    opening = re.search(r"\b(between|from) $", text[max(0, one.span[0] - 8) : one.span[0]], re.IGNORECASE)
    word = opening[1].lower() if opening else ""
    if not (
        _BY.fullmatch(gap)
        or _DASH.fullmatch(gap)
        or _OR.fullmatch(gap)
        or _TO.fullmatch(gap)
        or (word and _AND.fullmatch(gap))
    ):
        return [_value(original, one)]
    low, high = _lend(one, other)
    if word == "from" or _BY.fullmatch(gap):  # "from 10 to 15" may be a rise
        return [_value(original, low)]
    if low.unit.base != high.unit.base or low.size >= high.size or low.bound in ("most", "below", "nearly"):
        return [_value(original, one)]
    rest.pop()
    return [_range(original, low, high, len(opening[0]) if opening else 0)]


def _lend(one: _Amount, other: _Amount) -> tuple[_Amount, _Amount]:
    """ "10 to 15 million people", "$10 to 15": both are millions, or dollars."""
    if one.numeral.factor == 1 and one.numeral.low < 1000:
        one = replace(one, numeral=one.numeral.scale(other.numeral.factor))
    if not one.unit.base and other.unit.base:
        one = replace(one, unit=other.unit)
    if one.unit.kind == "money" and not other.unit.base:
        other = replace(other, unit=one.unit)
    return one, other


def _range(text: str, one: _Amount, other: _Amount, opening: int) -> Value:
    span = (one.span[0] - opening, other.span[1])
    low, high = _value(text, one).low, _value(text, other).high
    return Value(other.unit.kind, low, high, other.unit.base, text[slice(*span)], span)


def _is_smaller_unit(one: _Amount, other: _Amount) -> bool:
    same = one.unit.base == other.unit.base and one.unit.kind == other.unit.kind
    return same and one.unit.base in ("s", "m", "kg") and other.unit.low < one.unit.low and not other.bound


def _sum(text: str, one: _Amount, other: _Amount) -> Value:
    size = one.size + other.size
    unit = Unit(one.unit.kind, one.unit.base, 1.0, 1.0)
    span = (one.span[0], other.span[1])
    summed = Numeral(size, size, other.unit.low, other.numeral.span)
    return _value(text, _Amount(summed, unit, one.bound, span))


def _share(one: _Amount, other: _Amount) -> _Amount | None:
    """ "one in five" as a percentage."""
    part, whole = one.numeral.low, other.numeral.low
    if (
        one.unit.base
        or other.unit.base
        or other.bound
        or not 0 < part < whole
        or whole not in (*range(2, 13), 20, 100, 1000)
    ):
        return None
    return _rough_share(part / whole, one.bound, (one.span[0], other.span[1]))


def _rough_share(share: float, bound: str, span: Span) -> _Amount:
    percent = 100 * share
    return _Amount(Numeral(percent * (1 - ROUGH), percent * (1 + ROUGH), 0.01, span), PERCENT, bound, span)


def _find_shares(text: str) -> list[_Amount]:
    """ "half of", "two-thirds" """
    shares: list[_Amount] = []
    for match in _HALF.finditer(text):
        start, end = match.span()
        before = text[max(0, start - LOOK_BACK) : start]
        bare = (match["parts"] or "").lower() in ("a", "an") and not text.startswith(" of ", end)  # "a quarter"
        if bare or _NOT_HALF.search(before):
            continue
        share = 0.5 if match["half"] else _COUNTS[match["parts"].lower()] / _PARTS[match["of"].lower()]
        bound = _find_bound(before)
        name = (bound.lastgroup or "") if bound else ""
        shares.append(_rough_share(share, name, (start - len(bound[0]) if bound else start, end)))
    return [share for share in shares if share.numeral.low < 100]


def _is_score(text: str, one: _Amount, other: _Amount) -> bool:
    """ "3-1", "5-4 vote", "50-50": nothing is counted."""
    if not _DASH.fullmatch(text[one.span[1] : other.span[0]]) or one.unit.base or other.unit.base:
        return False
    low, high, after = one.numeral.low, other.numeral.low, text[other.span[1] : other.span[1] + 16]
    if other.numeral.factor > 1:
        return False
    return low >= high or bool(_BALLOT.match(after)) or (high < 10 and not re.match(r" [a-z]", after))


def _value(text: str, amount: _Amount) -> Value:
    low, high = _bounds(amount)
    return Value(amount.unit.kind, low, high, amount.unit.base, text[slice(*amount.span)], amount.span)


def _bounds(amount: _Amount) -> tuple[float, float]:
    numeral, unit = amount.numeral, amount.unit
    slack = _slack(numeral, unit)
    low = (numeral.low - slack + unit.offset) * unit.low
    high = (numeral.high + slack + unit.offset) * unit.high
    least, most = (numeral.low + unit.offset) * unit.low, (numeral.high + unit.offset) * unit.high
    if unit.base and unit.kind in ("number", "duration"):  # "over 18 m (59 ft)"
        least, most = low, high
    if amount.bound == "least":
        return least, INFINITY
    if amount.bound == "most":
        return min(0.0, most), most
    if amount.bound == "below":
        return least - ROOM * abs(least), most
    if amount.bound == "above":
        return least, most + ROOM * abs(most)
    if amount.bound in ("about", "nearly"):
        room = _room(numeral)
        low, high = min(low, least - room * abs(least)), max(high, most + room * abs(most))
        return low, most if amount.bound == "nearly" else high
    return low, high


def _room(numeral: Numeral) -> float:
    """The share by which "about" may be off: half of what the last digit counts, within 10 to 20 %.

    "about 30" is 25 to 35, "about 15,000" 13,500 to 16,500.
    """
    value = abs(numeral.low)
    if numeral.low != numeral.high or value % 1 != 0 or not value:  # infinity % 1 is no number
        return ROOM
    return min(max(_last_place(value) / 2 / value, ROOM), MOST_ROOM)


def _last_place(value: float) -> float:
    """What the last digit that isn't zero counts: 1,500 -> 100."""
    return next((10.0**power for power in range(15, 0, -1) if round(value) % 10**power == 0), 1.0)


def _slack(numeral: Numeral, unit: Unit) -> float:
    """How much what rounds to the number may differ from it; the module's rule.

    15,000 -> 499.9995; 140 -> 0; 1.2e9 with a step of 1e8 -> 49,999,950.
    """
    value = abs(numeral.low)
    if numeral.low != numeral.high or not value:
        return 0.0
    if unit.kind == "percent" or unit.base in ("C", "degrees"):
        return numeral.step / 2 * JUST
    step = numeral.step
    exact = unit.base == "" or unit.kind == "money"
    if step >= 1:
        zeros = _last_place(value)
        step = zeros if zeros >= (100 if exact else 10) else step if numeral.factor > 1 or unit.base else 0.0
    return min(step / 2, MOST_OFF * value) * JUST
