"""Numbers, percentages, sums of money, dates and times of a text by value, whichever way they are written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from eval.judging.tokens import straighten

NEARLY = 0.05  # a hedged number ("nearly 100") is right when the source's is this near (98), a share of the value
BEYOND = 0.10  # and "more than 3,900" of 3,967, "less than" likewise, to the one side

_ONES = "zero one two three four five six seven eight nine"
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL = {word: float(value) for value, word in enumerate([*_ONES.split(), *_TEENS.split()])}
_SMALL |= {word: 10.0 * value for value, word in enumerate(_TENS.split(), 2)}
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "dozen": 12.0}
_SHORT = {"k": 1e3, "m": 1e6, "mn": 1e6, "mln": 1e6, "b": 1e9, "bn": 1e9, "tn": 1e12, "trn": 1e12}
_ORDINALS = "third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_ORDINAL_VALUES = {word: float(value) for value, word in enumerate(_ORDINALS.split(), 3)}
_PARTS = {"half": 1 / 2, "third": 1 / 3, "quarter": 1 / 4, "fifth": 1 / 5}
_CURRENCIES = {
    "$": "dollar", "us$": "dollar", "usd": "dollar", "dollar": "dollar", "£": "pound", "gbp": "pound", "pound": "pound",
    "€": "euro", "eur": "euro", "euro": "euro", "¥": "yen", "yen": "yen", "crown": "crown", "₹": "rupee",
    "rupee": "rupee", "franc": "franc",
}  # fmt: skip
_MONTHS = "january february march april may june july august september october november december"
_MONTH_NUMBERS = {word: value for value, word in enumerate(_MONTHS.split(), 1)}
_MONTH_NUMBERS |= {word[:3]: value for word, value in list(_MONTH_NUMBERS.items())} | {"sept": 9}
WEEKDAYS = tuple("monday tuesday wednesday thursday friday saturday sunday".split())

_MONTH = (
    r"(?P<month>January|February|March|April|May|June|July|August|September|October|November|December|"
    r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?P<year>\d{4})-(?P<number>\d{1,2})-(?P<day>\d{1,2})\b",
        r"\b(?P<day>\d{1,2})[./](?P<number>\d{1,2})[./](?P<year>\d{4})\b",
        rf"\b(?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH}(?:,? (?P<year>\d{{4}}))?\b",
        rf"\b{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:]|,\d{{3}})\b(?:,? (?P<year>\d{{4}}))?",
        rf"\b{_MONTH},? (?:of )?(?P<year>\d{{4}})\b",
    )
)
_TIME = re.compile(
    r"\b(?P<hour>\d{1,2})(?:[:.](?P<minute>[0-5]\d))? ?(?P<half>[ap])\.?m\b\.?"
    r"|\b(?P<hour2>\d{1,2}):(?P<minute2>[0-5]\d)\b"
    r"|\b(?P<past>five|ten|a quarter|quarter|twenty|half) (?P<way>past|to) "
    r"(?P<at>one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b"
    r"|\b(?P<word>one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d{1,2}) o'clock\b",
    re.IGNORECASE,
)
_NUMBER_WORD = "|".join(
    [*sorted(_SMALL, key=len, reverse=True), "hundred", "thousand", "million", "billion", "trillion", "dozen"]
)
_AMOUNT = re.compile(
    r"(?P<before>US\$|[$£€¥₹])? ?"
    r"(?<![\w.])(?:"
    r"(?P<digits>\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+(?!\d)|\d{1,3}(?:,\d{2,3})*,\d{3}(?!\d)|\d+)"
    r"(?P<decimals>\.\d+)?"
    r"(?P<ordinal>(?:st|nd|rd|th)\b)?"
    r"|(?P<words>(?:an? (?=hundred|thousand|million|billion|dozen))?"
    rf"(?:{_NUMBER_WORD})(?:(?:[- ]|[- ]and[- ])(?:{_NUMBER_WORD}))*)\b"
    r"(?P<point> point (?P<tenths>one|two|three|four|five|six|seven|eight|nine))?"
    rf"|(?P<ordinal_word>{'|'.join(_ORDINAL_VALUES)})\b)"
    r"(?P<and_half> and a half\b)?"
    r"(?P<scale>[ \u00a0-]?(?:hundred|thousand|million|billion|trillion|dozen|mln|bn|tn|trn|mn)s?\b|[kmb]\b)?",
    re.IGNORECASE,
)  # fmt: skip
_PERCENT = re.compile(r"(?: ?%| ?per ?cent\b| ?pct\b|-percent\b)(?P<points>(?:age)? ?points?\b)?", re.IGNORECASE)
_AFTER = re.compile(r"[ -](US )?(?P<unit>[A-Za-z]+)", re.IGNORECASE)
_FRACTION = re.compile(
    r"\b(?P<top>an?|one|two|three|four) (?P<part>half|thirds?|quarters?|fifths?)\b(?: of)?"
    r"|\b(?P<half>half)\b(?=(?: of| the| its| all))",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\b(?:(?P<about>about|around|roughly|approximately|some|circa|nearly|almost|close to|just under|just over|up to)"
    r"|(?P<more>more than|over|at least|above|upwards of|exceed\w*)|(?P<less>less than|fewer than|under|below|at most))"
    r"(?: the| a| an| US)? ?[$£€]?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Amount:
    """A value in the text at ``text[start:end]``.

    `kind` is number, percent, ordinal, time (minutes of the day) or date; `unit` a currency when one is named. `low`
    and `high` bound the values that a source may give for it. A date has `day` = (year, month, day), 0 for what it
    leaves open.
    """

    kind: str
    value: float
    start: int
    end: int
    unit: str = ""
    low: float = 0.0
    high: float = 0.0
    day: tuple[int, int, int] = (0, 0, 0)


def find_amounts(text: str) -> tuple[Amount, ...]:
    """The amounts of a text in order; "one", "first" and "second" are none, since they are seldom meant as numbers."""
    straight = straighten(text)
    found = list(_dates(straight))
    masked = _mask(straight, found)
    found += (times := list(_times(masked)))
    masked = _mask(masked, times)
    found += (parts := list(_fractions(masked)))
    found += _numbers(_mask(masked, parts))
    return tuple(sorted(found, key=lambda amount: amount.start))


def is_given(amount: Amount, offered: Iterable[Amount]) -> bool:
    """Whether one of the source's amounts is this one: the same value, kind and unit, or near enough for its hedge."""
    return any(_same(amount, other) for other in offered)


def weekday_of(amount: Amount) -> str | None:
    """The day of the week of a full date."""
    try:
        return WEEKDAYS[date(*amount.day).weekday()] if amount.kind == "date" else None
    except ValueError:
        return None


def _same(amount: Amount, other: Amount) -> bool:
    if amount.kind == "date":
        return _same_day(amount, other)
    if other.kind == "date":  # "2026" of "3 February 2026", "the 3rd"
        year, _, day = other.day
        return amount.value == (day if amount.kind == "ordinal" else year) and amount.kind in ("ordinal", "number")
    if amount.kind == "time" and other.kind == "time":
        return amount.value == other.value or (
            amount.value % 720 == other.value % 720 and "" in (amount.unit, other.unit)
        )
    if "time" in (amount.kind, other.kind) or (amount.kind == "percent") != (other.kind == "percent"):
        return False
    if amount.unit and other.unit and amount.unit != other.unit:
        return False
    slack = 1e-9 * max(1.0, abs(other.value))
    return amount.low - slack <= other.value <= amount.high + slack


def _same_day(amount: Amount, other: Amount) -> bool:
    """A date whose year the source leaves open is right: the year stands in the article's head."""
    year, month, day = amount.day
    if other.kind == "date":
        theirs = other.day
        return month == theirs[1] and day in (0, theirs[2]) and (not year or not theirs[0] or year == theirs[0])
    return False


def _mask(text: str, amounts: Sequence[Amount]) -> str:
    for amount in amounts:
        text = text[: amount.start] + "\0" * (amount.end - amount.start) + text[amount.end :]
    return text


def _dates(text: str) -> Iterator[Amount]:
    taken: list[tuple[int, int]] = []
    for pattern in _DATES:
        for match in pattern.finditer(text):
            start, end = match.span()
            groups = match.groupdict()
            if groups.get("month"):
                month = _MONTH_NUMBERS[groups["month"].lower().rstrip(".")]
            else:
                month = int(groups["number"])
            year, day = int(groups.get("year") or 0), int(groups.get("day") or 0)
            if month > 12 >= day:
                month, day = day, month
            if (
                any(start < other_end and other_start < end for other_start, other_end in taken)
                or month > 12
                or day > 31
            ):
                continue
            taken.append((start, end))
            yield Amount("date", float(year), start, end, day=(year, month, day))


def _times(text: str) -> Iterator[Amount]:
    for match in _TIME.finditer(text):
        half = (match["half"] or "").lower()
        if match["past"]:
            away = {"quarter": 15.0, "half": 30.0}.get(match["past"].lower().removeprefix("a ")) or _SMALL[
                match["past"].lower()
            ]
            minutes = 60 * _SMALL[match["at"].lower()] + (away if match["way"].lower() == "past" else -away)
            yield Amount("time", minutes, match.start(), match.end())
            continue
        hour = (match["hour"] or match["hour2"] or match["word"]).lower()
        value = _SMALL[hour] if hour in _SMALL else float(hour)
        hours = value % 12 + (12 if half == "p" else 0) if half else value
        minutes = 60 * hours + float(match["minute"] or match["minute2"] or 0)
        yield Amount("time", minutes, match.start(), match.end(), unit=half or ("24" if value > 12 else ""))


def _fractions(text: str) -> Iterator[Amount]:
    """ "half of", "two thirds": percentages."""
    for match in _FRACTION.finditer(text):
        top = (match["top"] or "one").lower()
        part = _PARTS[(match["part"] or "half").lower().removesuffix("s")]
        if match["part"] and top in ("a", "an", "one") and not match[0].lower().endswith(" of"):
            continue  # "a third man"
        value = 100 * part * _SMALL.get(top, 1.0)
        yield Amount("percent", value, match.start(), match.end(), low=value * (1 - NEARLY), high=value * (1 + NEARLY))


def _numbers(text: str) -> Iterator[Amount]:
    for match in _AMOUNT.finditer(text):
        written = match[0].strip().lower()
        if written in ("one", *_SCALES) or (match["words"] and text[match.end() : match.end() + 2] == "'s"):
            continue
        value, end = _value(match), match.end()
        start = match.start() + (len(match[0]) - len(match[0].lstrip()))
        if match["ordinal"] or match["ordinal_word"]:
            yield Amount("ordinal", value, start, end, low=value, high=value)
            continue
        percent = _PERCENT.match(text, end)
        end = percent.end() if percent else end
        unit = _CURRENCIES.get((match["before"] or "").lower(), "") or _unit_after(text, end)
        low, high = _bounds(text[max(0, start - 24) : start], text[end : end + 7], value)
        yield Amount("percent" if percent else "number", value, start, end, "" if percent else unit, low, high)


def _unit_after(text: str, end: int) -> str:
    follows = _AFTER.match(text, end)
    return _CURRENCIES.get(follows["unit"].lower().removesuffix("s"), "") if follows else ""


def _value(match: re.Match[str]) -> float:
    if match["ordinal_word"]:
        return _ORDINAL_VALUES[match["ordinal_word"].lower()]
    if match["digits"]:
        value = float(re.sub(r"\D", "", match["digits"]) + (match["decimals"] or ""))
    else:
        value = _read_words(match["words"].lower()) + _SMALL.get((match["tenths"] or "").lower(), 0) / 10
    value += 0.5 if match["and_half"] else 0.0
    scale = (match["scale"] or "").strip(" \u00a0-").lower().removesuffix("s")
    return value * (_SCALES.get(scale) or _SHORT.get(scale) or 1.0)


def _read_words(words: str) -> float:
    """ "two hundred and five thousand" -> 205,000"""
    total = current = 0.0
    for word in re.split(r"[- ]+", words):
        if word in ("hundred", "dozen"):
            current = max(current, 1) * _SCALES[word]
        elif word in _SCALES:
            total, current = total + max(current, 1) * _SCALES[word], 0.0
        else:
            current += _SMALL.get(word, 0.0)  # "a", "and"
    return total + current


def _bounds(before: str, after: str, value: float) -> tuple[float, float]:
    """The values of a source that this number may stand for: itself, or what its hedge allows."""
    hedge = _HEDGE.search(before.rstrip() if before.endswith(" ") else before)
    if after.startswith(" or so") or (hedge and hedge["about"]):
        return value * (1 - NEARLY), value * (1 + NEARLY)
    if hedge and hedge["more"]:
        return value, value * (1 + BEYOND)
    if hedge and hedge["less"]:
        return value * (1 - BEYOND), value
    return value, value
