"""What a span of text means as a value, so that answers of several articles can be compared.

Equal values are one answer however they are written: "3.5 million" and "3,500,000", "Mr. Maduro" and "Nicolás Maduro",
"on 3 March" and "last Tuesday". Values conflict only where both can't be true of one thing: rounding, units, "at least"
and spelling never make a conflict. Between the two lies what is neither, such as dollars and euros.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from functools import lru_cache

from qa.english.amounts import find_amounts
from qa.english.days import find_dates, in_any_year, weekday_of
from qa.english.wording import distinct_names, fold, looks_like_name, same_names, same_words
from qa.types import Span, Value, ValueKind

__all__ = ["Value", "ValueKind", "conflicting", "find_values", "same", "value_of"]

REACH = 2  # "at least 21" is clustered with what is up to so many times 21, although more doesn't contradict it
YEAR = 364  # days from the first to the last of it
REACH_DAYS = 366  # and "after 2019" with what follows within a year
MEASURED: frozenset[ValueKind] = frozenset({"number", "money", "percent", "duration"})
LONGEST = 40  # characters of a number in words
LEAD = 0.5  # the least share of a span's letters in an amount that doesn't open it, for the amount to be what it means

# What may stand before the amount that a span means
_OPENING = re.compile(
    r"(?:[\s\"'“‘(\[,:;–-]|\b(?:the|a|an|his|her|its|their|about|for|of|at|by|from|to|in|on|since|until|till|with|only|just|"
    r"another|some|all|as|is|was|were|are|during|within|over|after|before|age|aged|early|late|more|than|least|up|nearly|very|roughly|year|spring|summer|autumn|fall|winter)\b)*",
    re.IGNORECASE,
)
# "the 39-year-old singer" is a person
_ADJECTIVE = re.compile(r"-(?:year-old|member|man|person|judge|story|storey|page|strong)\b", re.IGNORECASE)


def find_values(text: str, *, published: date | None = None) -> list[Value]:
    """The numbers, money, percentages, dates and durations of a text, in order; "on Tuesday" is told by `published`."""
    return list(_find(text, published))


def value_of(text: str, span: Span, *, published: date | None = None, wanted: Collection[ValueKind] = ()) -> Value:
    """What a span of a text means: the amount or date that it states, with the "at least" before it; else its words.

    A span states what it opens with or is most of, and what is of a kind that the question wants (a date, where it asks
    when) wherever it stands in the span: "Pitt joined the conference in 1982".
    """
    start, end = _trim(text, span)
    values = [value for value in _find(text, published) if value.span[0] < end and start < value.span[1]]
    asked = [value for value in values if value.kind in wanted]
    stated = next((value for value in values if _states(text, value, start, end)), asked[0] if asked else None)
    if stated:
        return stated
    if not values and (alone := _read_alone(text[start:end])):
        return _moved(alone, start)
    kind: ValueKind = "name" if looks_like_name(text, start, end) else "words"
    return Value(kind, 0.0, 0.0, "", text[start:end], (start, end))


def same(one: Value, other: Value) -> bool:
    """Whether both may be clustered as one answer."""
    if one.kind in MEASURED and one.kind == other.kind and one.unit == other.unit:
        return _overlap(_near(one), _near(other))
    if one.kind == other.kind == "date":
        return _same_dates(one, other)
    if one.kind == other.kind == "name":
        return same_names(one.text, other.text)
    if {one.kind, other.kind} <= {"name", "words"}:
        return same_words(one.text, other.text)
    return False


def conflicting(one: Value, other: Value, *, names: bool = False) -> bool:
    """Whether both can't be true of one thing.

    Words never are, and names only where `names` asks for it and they share nothing, not even a similar word: "Caracas"
    and "Venezuela" may both be the place. Days that are next to each other may be one in two time zones.
    """
    if one.kind != other.kind:
        return False
    if one.kind in MEASURED:
        return one.unit == other.unit and not _overlap((one.low, one.high), (other.low, other.high))
    if one.kind == "date":
        return one.unit == other.unit and not same(one, other) and _days_apart(one, other) > 1
    return names and one.kind == "name" and not same(one, other) and distinct_names(one.text, other.text)


@lru_cache(maxsize=256)  # several spans of a passage are asked for one after another
def _find(text: str, published: date | None) -> tuple[Value, ...]:
    dates = find_dates(text, published)
    amounts = find_amounts(text, [value.span for value in dates])
    return tuple(sorted([*dates, *amounts], key=lambda value: value.span))


def _trim(text: str, span: Span) -> Span:
    start, end = max(0, span[0]), min(len(text), span[1])
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def _states(text: str, value: Value, start: int, end: int) -> bool:
    """Whether a span that has a value in it means it: it opens the span, or is most of it."""
    first, last = max(value.span[0], start), min(value.span[1], end)
    if _ADJECTIVE.search(text[first : last + 10]) and len(text[last:end].split()) > 1:
        return False
    opening = _OPENING.match(text, start, end)
    opens = opening is not None and first <= opening.end()
    return opens or last - first >= LEAD * (end - start)


def _read_alone(words: str) -> Value | None:
    """The amount that a few words are by themselves: "one" and "a year", which sentences seldom mean for a number."""
    if len(words) > LONGEST or not re.fullmatch(r"[A-Za-z -]+", words):
        return None
    return next((value for value in _find(words, None) if value.span == (0, len(words))), None)


def _moved(value: Value, by: int) -> Value:
    span = (value.span[0] + by, value.span[1] + by)
    return Value(value.kind, value.low, value.high, value.unit, value.text, span)


def _overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """With room for what multiplying by a unit loses."""
    room = 1e-9 * max(abs(one[0]), abs(other[0]), 0.0 if one[0] == other[0] else 1e-9)
    return one[0] <= other[1] + room and other[0] <= one[1] + room


def _near(value: Value) -> tuple[float, float]:
    """The bounds, an open one drawn in: "at least 21" is 21–42, "up to 100" 50–100."""
    low, high = value.low, value.high
    if high == float("inf"):
        high = low * REACH if low > 0 else low
    elif low == 0 < high:
        low = high / REACH
    return low, high


def _same_dates(one: Value, other: Value) -> bool:
    units = {one.unit, other.unit}
    if units == {"day"}:
        return _overlap(_near_days(one), _near_days(other))
    if len(units) == 1 and "unresolved" not in units:
        return _overlap((one.low, one.high), (other.low, other.high))
    if units == {"unresolved"}:
        return fold(one.text) == fold(other.text)
    day, unsure = (one, other) if one.unit == "day" else (other, one)
    if units == {"day", "yearless"}:
        if day.high - day.low >= YEAR:  # "May 4" and "2011" have nothing in common
            return False
        return in_any_year(*_near_days(day), (unsure.low, unsure.high))
    return units == {"day", "weekday"} and day.high == day.low and weekday_of(day.low) == unsure.low


def _near_days(value: Value) -> tuple[float, float]:
    low, high = value.low, value.high
    if high == float("inf"):
        high = low + REACH_DAYS
    if low == -float("inf"):
        low = high - REACH_DAYS
    return max(low, 1.0), min(high, float(date.max.toordinal()))


def _days_apart(one: Value, other: Value) -> float:
    """Days between two dates of one sort that don't overlap; without a year, over the turn of the year."""
    apart = max(one.low - other.high, other.low - one.high)
    around = {"weekday": 7.0, "yearless": 366.0}.get(one.unit)
    if around is None:
        return -1.0 if one.unit == "unresolved" else apart
    return min(apart, around - (max(one.high, other.high) - min(one.low, other.low)))
