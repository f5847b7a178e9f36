"""Dates in a text -> the days that they can mean: "3 March 2026", "early May", "in 2019", "on Tuesday", "last year".

Whole days only, English only, and only what the rules below spell out: dateparser's search takes "a second" and "May
said" for dates. What is told by the day of publication ("yesterday") stays unresolved where that isn't known.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from qa.english.numerals import SPELLED, WORDS, read_words
from qa.types import Span, Value

DateUnit = Literal["day", "yearless", "weekday", "unresolved"]
Days = tuple[float, float, DateUnit]

MONTHS = "january february march april may june july august september october november december".split()
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
LEAP = 4  # the year whose days stand for those of any year; it has a 29 February
INFINITY = float("inf")
UNRESOLVED: Days = (-INFINITY, INFINITY, "unresolved")
LENGTHS = {
    "day": 1.0,
    "week": 7.0,
    "fortnight": 14.0,
    "month": 30.44,
    "year": 365.25,
    "decade": 3652.5,
    "century": 36525.0,
}
AGO = 0.5  # of its unit, by which "three weeks ago" may be off; "two days ago" isn't

_MONTH = (
    r"January|February|March|April|May|June|July|August|September|October|November|December|"
    r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?+"
)
_WEEKDAY = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
# "Black Friday" is no day of a week, "every Friday" no one day
_NOT_AFTER = "".join(
    rf"(?<!{word})"
    for word in "Good ,Black ,Cyber ,Super ,Ash ,Bloody ,every ,every other ,each ,day through ,day-".split(",")
)
_DAY = r"(?:0?[1-9]|[12][0-9]|3[01])(?:st|nd|rd|th)?(?![0-9])"
_YEAR = r"(?:1[0-9]|20)[0-9]{2}(?![\w%]|[.,]?[0-9])"
_LATE_YEAR = r"(?:1[5-9]|20)[0-9]{2}(?![\w%]|[.,][0-9])"
_PART = r"(?i:early|mid|late)(?:[- ]in)?[- ]"
_OPENERS = (
    r"in|since|until|till|by|from|of|during|after|before|between|and|to|through|throughout|around|about|circa|c\.|ca\.|"
    r"on|at|last|next|this|late|early|mid|fiscal|summer|winter|spring|autumn|fall|season|back in|as of|for"
)
_COUNTED = rf"{SPELLED}|[0-9]{{1,4}}|an?|a few|several|a couple of"
_PATTERNS = {
    "iso": r"(?<![\w/-])(?P<y>(?:1[0-9]|20)[0-9]{2})-(?P<m>[01][0-9])-(?P<d>[0-3][0-9])(?![\w/]|-[0-9])",
    "slashed": r"(?<![\w/.-])(?P<a>[0-3]?[0-9])(?P<s>[/.])(?P<b>[0-3]?[0-9])(?P=s)(?P<y>(?:19|20)[0-9]{2})(?![\w/])",
    "month_day": rf"\b(?:(?:{_WEEKDAY}),? )?(?P<m>{_MONTH}) (?P<d>{_DAY})(?:(?:[-–]| to | and )(?P<e>{_DAY}))?"
    rf"(?!,[0-9]{{3}}|[.:%][0-9])(?:(?:,? | of )(?P<y>{_YEAR}))?",
    "day_month": rf"(?<![\w.,/$£€-])(?:(?:{_WEEKDAY}),? (?:the )?)?(?:(?P<d>{_DAY})(?:[-–]| to | and ))?"
    rf"(?P<e>{_DAY})(?: of)? (?P<m>{_MONTH})\b(?:(?:,? | of )(?P<y>{_YEAR}))?",
    "month_year": rf"\b(?P<part>{_PART})?(?P<m>{_MONTH}),?(?: of)? (?P<y>{_YEAR})",
    "month": rf"\b(?<!Fourth )(?:(?P<part>{_PART})|(?P<when>(?i:last|next|this|{_OPENERS})) )(?P<m>{_MONTH})"
    r"(?![\w'’-]| [A-Z0-9])",
    "weekday": rf"\b(?:(?P<when>(?i:last|next|this(?: past| coming)?)) )?{_NOT_AFTER}(?P<w>{_WEEKDAY})"
    r"(?!\w|\.com|(?:-| through )[A-Z][a-z]{2,5}day| (?:Times|Mirror|Telegraph|Mail|Express|Night (?:Live|Foot)))",
    "decade": rf"\b(?P<part>{_PART})?(?:the )?(?P<y>(?:1[0-9]|20)[0-9]0)['’]?s\b|"
    r"(?<!\w)(?:(?P<short>early|mid|late)[- ])?(?:the )?['’](?P<z>[0-9]0)s\b",
    "century": r"\b(?:(?P<part>early|mid|late)[- ])?(?:the )?"
    r"(?:(?P<d>[0-9]{1,2})(?:st|nd|rd|th)(?:[-–]| and | to | or ))?"
    r"(?P<c>[0-9]{1,2}(?:st|nd|rd|th)|seventeenth|eighteenth|nineteenth|twentieth|twenty-first)[ -]centur(?:y|ies)\b",
    "years": rf"(?<![\w.,/:$£€#@+-])(?:(?P<between>between )(?P<y>{_LATE_YEAR}) and |(?P<from>{_LATE_YEAR})[-–])"
    rf"(?P<z>{_LATE_YEAR}|[0-9]{{2}}(?![\w%-]|[.,][0-9]))",
    "year": rf"(?<![\w.,/:$£€#@+'’-])(?P<part>{_PART})?(?P<y>{_YEAR})",
    "near": r"\b(?P<n>yesterday|today|tonight|tomorrow|last night|this (?:morning|afternoon|evening))\b",
    "relative": r"\b(?P<r>(?:earlier |later )?this|last|next|this past|this coming) "
    r"(?P<u>week|month|year|weekend|decade|century)\b(?!['’]s|-| of )",
    "ago": rf"\b(?P<bound>(?:more than|over|nearly|almost|about|around|less than|just|some) )?(?P<k>{_COUNTED}) "
    r"(?P<u>day|week|fortnight|month|year|decade|century|centurie)s?(?P<half> and a half)? ago\b",
}
_COMPILED = {
    name: re.compile(pattern, re.IGNORECASE if name in ("near", "relative", "ago", "century", "decade") else 0)
    for name, pattern in _PATTERNS.items()
}
_BOUND = re.compile(
    r"\b(?P<word>before|prior to|by|no later than|after|later than|around|about|circa|approximately) (?:in )?$",
    re.IGNORECASE,
)
_OPENER = re.compile(
    rf"\b(?:{_OPENERS})(?: the (?:year|summer|winter|spring|autumn|fall) of| about| around| early| late)?"
    r"[ -]$",
    re.IGNORECASE,
)
_COUNTED_THING = re.compile(
    r" (?:(?:people|men|women|children|troops|soldiers|police|dead|euros|dollars|pounds|miles|km|feet|metres|meters|"
    r"percent|per cent|GMT|UTC|local time|hours|hrs|calories)\b|[A-Za-z]+-)"
)
_PLURAL = re.compile(r" [a-z]+[^s\W]s\b")
_OF_SOMETHING = re.compile(r"(?:\b(?:the|his|her|its|their|our|my|a|an)|['’]s|[A-Za-z]['’]) $", re.IGNORECASE)
_COMING = re.compile(
    r"(?:['’]ll|\b(?:will|due|scheduled|plans?|planned|expected|set to|is to|are to|going to|upcoming)\b|"
    r"\b(?:by|ahead of|takes? place(?: on)?) $)"
)
# Verbs in the past, by which a weekday is the last one
_PAST = re.compile(
    r"\b(?:was|were|had|did|been|since|earlier|fell|sank|said|told|took|went|came|left|met|held|won|lost|hit|began|broke|"
    r"brought|bought|built|caught|chose|drew|drove|ate|fled|flew|found|fought|gave|got|grew|heard|kept|knew|laid|led|"
    r"made|paid|ran|rose|sat|saw|sent|shook|shot|sold|spoke|spent|stood|stole|struck|swept|swore|taught|threw|thought|"
    r"wrote|woke|wore|put|(?!(?:need|speed|embed|exceed|proceed|succeed|hundred|unit)(?:ed)?\b)[a-z]{2,}ed)\b"
)
_CLAUSE = re.compile(r"[.;:!?\n] |, | but | while ")


@dataclass(frozen=True, slots=True)
class _Found:
    days: Days
    span: Span


def find_dates(text: str, published: date | None = None) -> list[Value]:
    """The dates of a text, in order, none within another: "March 3, 2026" is one."""
    found = [item for name in _COMPILED for item in _read_all(name, text, published)]
    kept: list[_Found] = []
    for item in sorted(found, key=lambda item: (item.span[0], -item.span[1])):
        if not kept or item.span[0] >= kept[-1].span[1]:
            kept.append(item)
    return [_value(text, item, kept[at - 1].span[1] if at else 0) for at, item in enumerate(kept)]


def weekday_of(ordinal: float) -> int:
    """0 for Monday."""
    return (int(ordinal) - 1) % 7


def in_any_year(low: float, high: float, yearless: tuple[float, float]) -> bool:
    """Whether days of the calendar can be those of a date without a year."""
    if high - low >= 365:
        return True
    first, last = date.fromordinal(int(low)), date.fromordinal(int(high))
    start, end = date.fromordinal(int(yearless[0])), date.fromordinal(int(yearless[1]))
    return any(
        _in_year(start, year) <= high and low <= _in_year(end, year) for year in range(first.year, last.year + 1)
    )


def _in_year(day: date, year: int) -> int:
    last = calendar.monthrange(year, day.month)[1]
    return date(year, day.month, min(day.day, last)).toordinal()


def _value(text: str, found: _Found, floor: int) -> Value:
    """With the "before" or "around" that stands right before it."""
    (low, high, unit), (start, end) = found.days, found.span
    match = _BOUND.search(text[max(floor, start - 20) : start])
    if match and unit in ("day", "yearless") and text[end : end + 2] not in ("'s", "’s"):
        word = match["word"].lower()
        if unit == "day" and word in ("before", "prior to", "by", "no later than"):
            low = -INFINITY
        elif unit == "day" and word in ("after", "later than"):
            high = INFINITY
        elif unit == "day" and word not in ("before", "after"):
            low, high = _clip(low - (high - low + 1)), _clip(high + (high - low + 1))
        start -= len(match[0])
    return Value("date", low, high, unit, text[start:end], (start, end))


def _clip(ordinal: float) -> float:
    return min(max(ordinal, date.min.toordinal()), date.max.toordinal())


def _read_all(name: str, text: str, published: date | None) -> Iterator[_Found]:
    for match in _COMPILED[name].finditer(text):
        try:
            days = _read(name, match, published)
        except (ValueError, OverflowError):  # 31 June, a year out of range
            continue
        if days:
            opened = name == "month" and not match["part"] and match["when"].lower() not in ("last", "next", "this")
            yield _Found(days, match.span("m" if opened else 0))


def _read(name: str, match: re.Match[str], published: date | None) -> Days | None:
    if name == "iso":
        return _days(date(int(match["y"]), int(match["m"]), int(match["d"])))
    if name == "slashed":
        return _slashed(int(match["a"]), int(match["b"]), int(match["y"]))
    if name in ("month_day", "day_month"):
        return _day_of_month(match)
    if name == "month_year":
        return _part_of(*_month(int(match["y"]), _month_number(match["m"])), match["part"])
    if name == "month":
        return _bare_month(match, published)
    if name == "weekday":
        return _weekday(match, published)
    if name in ("decade", "century"):
        return _decade(match) if name == "decade" else _century(match)
    if name == "years":
        return _years(match)
    if name == "year":
        return _year(match) if _is_year(match) else None
    return _relative(name, match, published)


def _days(first: date, last: date | None = None, unit: DateUnit = "day") -> Days:
    return float(first.toordinal()), float((last or first).toordinal()), unit


def _month_number(name: str) -> int:
    """1–12, of a name or of the letters that it is cut to."""
    return next(at for at, month in enumerate(MONTHS, 1) if month.startswith(name.lower().rstrip(".")))


def _month(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _slashed(one: int, other: int, year: int) -> Days | None:
    """10/06/2025 is June or October: both, and what lies between, unless a number is over 12."""
    readings = [(one, other), (other, one)]
    days = sorted(date(year, month, day) for day, month in readings if 1 <= month <= 12 and day)
    return _days(days[0], days[-1]) if days else None


def _day_of_month(match: re.Match[str]) -> Days:
    numbers = [int(re.sub(r"\D", "", match[name])) for name in ("d", "e") if match[name]]
    year, month = int(match["y"] or LEAP), _month_number(match["m"])
    return _days(date(year, month, numbers[0]), date(year, month, numbers[-1]), "day" if match["y"] else "yearless")


def _part_of(first: date, last: date, part: str | None, unit: DateUnit = "day") -> Days:
    """ "early" is up to the first 40 % of a month, a year …, "late" the last 40 %, "mid" from 25 to 75 %."""
    length = (last - first).days
    word = (part or "").lower()[:3]
    if word == "ear":
        last = first + timedelta(days=int(0.4 * length))
    elif word == "lat":
        first = last - timedelta(days=int(0.4 * length))
    elif word == "mid":
        first, last = first + timedelta(days=int(0.25 * length)), first + timedelta(days=int(0.75 * length))
    return _days(first, last, unit)


def _bare_month(match: re.Match[str], published: date | None) -> Days:
    """Of any year, unless it is last or next March and the day of publication is known."""
    month, when = _month_number(match["m"]), (match["when"] or "").lower()
    if published and when in ("last", "next", "this"):
        year = published.year - (when == "last" and month >= published.month)
        return _days(*_month(year + (when == "next" and month <= published.month), month))
    return _part_of(*_month(LEAP, month), match["part"], "yearless")


def _weekday(match: re.Match[str], published: date | None) -> Days:
    """The last such day up to publication, or the next, as the verb beside it says; both, and between, if none does."""
    weekday = WEEKDAYS.index(match["w"].lower())
    if not published:
        return float(weekday), float(weekday), "weekday"
    before = match.string[max(0, match.start() - 50) : match.start()].rpartition(". ")[2]
    when = (match["when"] or "").lower()
    coming = when in ("next", "this coming") or (not when and bool(_COMING.search(before)))
    away = (weekday - published.weekday()) % 7 if coming else -((published.weekday() - weekday) % 7)
    if away == 0 and when in ("next", "last"):
        away = 7 if when == "next" else -7
    day = published + timedelta(days=away)
    past = when in ("last", "this past") or _is_past(match)
    return _days(day) if coming or past else _days(day, day + timedelta(days=7))


def _is_past(match: re.Match[str]) -> bool:
    """Whether the clause that the weekday ends, or the sentence that it opens, is told in the past."""
    before = _CLAUSE.split(match.string[max(0, match.start() - 80) : match.start()])[-1]
    if len(before.split()) > 1:  # more than "On"
        return bool(_PAST.search(before))
    after = re.split(r"[.;!?\n] ", match.string[match.end() : match.end() + 60])[0]
    return bool(_PAST.search(before) or _PAST.search(after))


def _decade(match: re.Match[str]) -> Days:
    year = int(match["y"]) if match["y"] else 1900 + int(match["z"]) if int(match["z"]) > 20 else 2000 + int(match["z"])
    span = 99 if match["y"] and year % 100 == 0 and year < 2000 else 9  # "the 1800s" are a century
    return _part_of(date(year, 1, 1), date(year + span, 12, 31), match["part"] or match["short"])


def _century(match: re.Match[str]) -> Days:
    words = {"seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "twenty-first": 21}
    number = words.get(match["c"].lower()) or int(re.sub(r"\D", "", match["c"]))
    first = int(match["d"] or number)  # "the 10th and 11th centuries"
    return _part_of(date(100 * (first - 1) + 1, 1, 1), date(100 * number, 12, 31), match["part"])


def _years(match: re.Match[str]) -> Days | None:
    """ "1939–1945", "2019-20" """
    first = match["y"] or match["from"]
    last = int(match["z"] if len(match["z"]) == 4 else first[:2] + match["z"])
    return _days(date(int(first), 1, 1), date(last, 12, 31)) if int(first) < last <= int(first) + 150 else None


def _year(match: re.Match[str]) -> Days:
    year = int(match["y"])
    return _part_of(date(year, 1, 1), date(year, 12, 31), match["part"])


def _is_year(match: re.Match[str]) -> bool:
    """Whether four digits are a year: from 1900 on if they count nothing, earlier only after "in" and the like."""
    text, (start, end), year = match.string, match.span(), int(match["y"])
    if _COUNTED_THING.match(text, end):
        return False
    before = text[max(0, start - 30) : start]
    if match["part"] or _OPENER.search(before):
        return year % 100 != 0 or not _PLURAL.match(text, end) or bool(match["part"])
    return 1900 <= year <= 2099 and not (_PLURAL.match(text, end) and not _OF_SOMETHING.search(before))


def _relative(name: str, match: re.Match[str], published: date | None) -> Days | None:
    if match[0].isupper():  # the newspaper USA TODAY
        return None
    if not published:
        return UNRESOLVED
    if name == "near":
        away = {"yesterday": -1, "last night": -1, "tomorrow": 1}.get(match["n"].lower(), 0)
        return _days(published + timedelta(days=away))
    unit = match["u"].lower()
    if name == "ago":
        return _ago(match, unit.replace("centurie", "century"), published)
    words = match["r"].lower()
    step = -1 if words in ("last", "this past") else 1 if words in ("next", "this coming") else 0
    return _period(unit, step, published)


def _period(unit: str, step: int, published: date) -> Days:
    """The week, month or year of publication, or one before or after it."""
    if unit in ("week", "weekend"):
        monday = published - timedelta(days=published.weekday()) + timedelta(days=7 * step)
        # On a Sunday, "last weekend" or "last week" may be the one that ends.
        slack = 6 if step < 0 else 0
        return _days(monday, monday + timedelta(days=6 + slack))
    if unit == "month":
        months = published.year * 12 + published.month - 1 + step
        return _days(*_month(months // 12, months % 12 + 1))
    length = {"year": 1, "decade": 10, "century": 100}[unit]
    first = (published.year // length + step) * length
    return _days(date(first, 1, 1), date(first + length - 1, 12, 31))


def _ago(match: re.Match[str], unit: str, published: date) -> Days:
    words = match["k"].lower()
    few = words in ("a few", "several", "a couple of")
    count = 3.0 if few else 1.0 if words in ("a", "an") else _count(words)
    count += 0.5 if match["half"] else 0.0
    length = LENGTHS[unit]
    slack = 0.0 if unit == "day" and not few else AGO * length * (3 if few else 1)
    bound = (match["bound"] or "").strip().lower()
    wider = max(slack, AGO * count * length) if bound in ("more than", "over") else slack
    first, last = published.toordinal() - count * length - wider, published.toordinal() - count * length + slack
    return _days(date.fromordinal(int(max(first, 1))), date.fromordinal(int(max(last, 1))))


def _count(words: str) -> float:
    return float(words) if words.isdigit() else float(WORDS.get(words) or read_words(words, (0, 0)).low)
