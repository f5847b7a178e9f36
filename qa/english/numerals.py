"""Numbers as a text writes them, in digits or in words: "15,000", "3.5 million", "twenty-one", "a few hundred".

Only what stands for a count or an amount: no "F-35", "10:30", "24/7", "2nd", "007", "No. 1", telephone
number or address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from qa.english.units import GLUED, HYPHENED
from qa.types import Span

ROUGH = 0.1  # how much less or more than 12 "a dozen" may be, and than 50 % "half"
PLURAL = 20  # "hundreds" are 100 to 20 times that

ONES = "zero one two three four five six seven eight nine".split()
TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
WORDS = {word: value for value, word in enumerate([*ONES, *TEENS])} | {word: 10 * at for at, word in enumerate(TENS, 2)}
MAGNITUDES = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "lakh": 1e5, "crore": 1e7,
    "dozen": 12.0, "k": 1e3, "m": 1e6, "mn": 1e6, "mln": 1e6, "b": 1e9, "bn": 1e9, "tn": 1e12, "trn": 1e12,
}  # fmt: skip
PLURALS = {"tens": 10.0, "dozens": 12.0, "scores": 20.0}
VAGUE = {"couple": (2, 3), "few": (2, 9), "handful": (2, 10), "several": (2, 20)}
FRACTIONS = {"¼": 0.25, "½": 0.5, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3}

_ONE = "|".join(ONES)
_SMALL = rf"(?:{'|'.join(TENS)})(?:[- ](?:{_ONE}))?|{'|'.join(TEENS)}|{_ONE}"
_BELOW = rf"(?:{_SMALL})(?:[- ]hundred(?: (?:and )?(?:{_SMALL})\b)?)?"
_THOUSANDS = "thousand|million|billion|trillion"
SPELLED = rf"(?:{_BELOW}|an? (?:hundred|{_THOUSANDS}))(?:[- ](?:{_THOUSANDS})(?:,? (?:and )?{_BELOW}\b)?){{0,4}}+"
_DIGITS = r"[0-9]{1,3}(?:[\u00a0\u2009\u202f][0-9]{3})++|[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3}|[0-9]{1,15}+"
_LARGE = r"hundreds?|thousands?|millions?|billions?|trillions?"
# "for an hour" is a length of time, "twice an hour" none
_OF_ONE = "minute|hour|day|week|fortnight|month|year|decade|century|mile|kilomet(?:re|er)|tonne?"
_BEFORE_ONE = re.compile(
    r"(?:^|\b(?:for|in|about|around|nearly|almost|over|within|than|least|under|took|takes|take|served|spent|lasted|lasts|last|"
    r"after|another|up to)) ?$",
    re.IGNORECASE,
)
_NUMERAL = re.compile(
    rf"(?<![\w.,/:#@+])(?:(?P<digits>{_DIGITS})(?P<decimals>\.[0-9]{{1,6}}+)?(?P<fraction>[¼½¾⅓⅔])?"
    rf"(?![0-9])(?![.,:/][0-9]| [0-9]/[0-9])"
    rf"|(?P<only>[¼½¾⅓⅔])"
    rf"|(?P<plural>(?:tens|dozens|scores|hundreds|thousands|millions|billions|trillions) of (?:{_LARGE})"
    rf"|dozens|(?:scores(?= of)|hundreds|thousands|millions|billions|trillions))\b"
    rf"|(?P<vague>(?:an? )?(?:couple|few|handful)(?: of)?(?= (?:hundred|thousand|million|billion|dozen)\b)"
    rf"|a couple(?= of\b)|a (?:few|handful)|several)\b"
    rf"|(?P<half>half(?: an?)?(?=[ -]\w))"
    rf"|(?P<dozen>an? dozen)\b"
    rf"|(?P<article>an?)(?= (?:{_OF_ONE})\b)"
    rf"|(?P<words>{SPELLED})\b(?!['’]s\b))"
    rf"(?P<and_half>(?: and a |-and-a-)half\b)?",
    re.IGNORECASE,
)
_MAGNITUDE = re.compile(
    r"(?:[ \u00a0-]?(?P<word>hundred|thousand|million|billion|trillion|lakh|crore|dozen|mln|bn|tn|trn|mn)s?"
    r"|(?P<letter>[kmb]))\b(?!-old)",
    re.IGNORECASE,
)
# "100m sprint", "3.5m tall": metres, although "3.5m people" are millions
_METRES = re.compile(
    r"m[ -](?:tall|high|long|wide|deep|thick|away|above|below|from|of|x|by|race|sprint|hurdles|relay|freestyle|"
    r"backstroke|breaststroke|butterfly|medley|final|dash|air|pool|distance|up|down|north|south|east|west|per)\b",
    re.IGNORECASE,
)
_TRACK = {50, 60, 100, 110, 200, 400, 800, 1500, 3000, 5000, 10000}
# a label, not a count: "No. 1", "page 3", "Boeing 737"
_LABEL = re.compile(
    r"(?:\bnos?\.?|#|№|\bnumbers?|\bpages?|\bpp?\.|\bchapter|\bsection|\barticle|\brule|\bresolution|\bflight|\broute|"
    r"\bhighway|\binterstate|\bchannel|\bwindows|\biphone|\bformula|\btitle|\btype|\bphase|\blevel|\btier|\bepisode|"
    r"\bseason|\bpart|\broom|\bgate|\bzone|\bunit|\bproposition|\bversion|\bfigure|\btable|\bvolume|\bboeing|\bairbus|"
    r"\bapollo|\bplaystation|\bxbox|\bmodel|\bopus|\bgroup|\bclass|\bcategory|\bstep|\bgrade|\bweek|\bday|\bround|\bgame|"
    r"\bamendment|\bbill|\bworld war|\bsuper bowl|\btop|\bgalaxy|\bstation|\bpier)$",
    re.IGNORECASE,
)
_FOLLOWS = re.compile(
    r" ?(?:[ap]\.?m\b\.?|o['’]clock|(?:gmt|utc|bst|est|edt|cet)\b|hours (?:gmt|local))", re.IGNORECASE
)
_ADDRESS = re.compile(
    r" (?:(?:[NSEW]\.|North|South|East|West) )?(?:[A-Z0-9][\w.'’]{0,20} ){1,3}?(?:Street|St|Avenue|Ave|Road|Rd|"
    r"Boulevard|Blvd|Lane|Ln|Drive|Dr|Highway|Hwy|Court|Ct|Parkway|Pkwy)\b"
)
# "one" is a pronoun more often than a number
_NOT_ONE_BEFORE = re.compile(
    r"\b(?:no|any|every|some|each|this|that|which|another|the|these|those|what|its|his|her|new|old|good|bad|big|"
    r"is|was|as|like|for|with|if|when|than|by)$",
    re.IGNORECASE,
)
_NOT_ONE_AFTER = re.compile(
    r"(?:['’-]| (?:of|another|who|that|which|can|could|should|would|may|might|must|has|had|is|was|by|day|night|thing|"
    r"more|or|and|side|way|point|hand|such|last|final|another)\b|[.,;:!?)])",
    re.IGNORECASE,
)
_EVENTS = (
    "Daytona ",
    "Indianapolis ",
    "Indy ",
    "Fortune ",
    "S&P ",
    "Nasdaq ",
    "FTSE ",
    "Nikkei ",
    "Russell ",
    "Forbes ",
)
_NAMED = (" Commandments", " Nations", " Mile Island", " Gorges", " Kings", " Seasons")
_MASKED = re.compile(
    r"(?:https?://|www\.)\S++"  # addresses
    r"|(?<![^\s@])[^\s@]++@\S++"
    r"|\+[0-9][0-9 ()-]{6,20}[0-9]"  # telephone numbers
    r"|\(?\b0[0-9]{2,4}\)?[ -][0-9]{3,4}[ -]?[0-9]{3,4}\b"
    r"|\(?\b[0-9]{3}\)?[ .-][0-9]{3}[ .-][0-9]{4}\b"
    r"|\b[0-9]{1,4}(?:[-–.][0-9]{1,4}){2,12}\b"  # versions, networks, telephones
    r"|(?<![\w,.-])[0-9]{3}-[0-9]{4}\b(?!,)"
    r"|\b(?:[Cc]aption|[Pp]hoto|[Ss]lide|[Ii]mage|[Pp]age|[Ss]tep|[Pp]art) [0-9]{1,4} (?:of|/) [0-9]{1,4}\b"  # gallery
)


@dataclass(frozen=True, slots=True)
class Numeral:
    """`low` and `high` differ only in words that are vague themselves ("dozens").

    `step` is what the last digit written counts ("3.5 million": 100,000), `factor` the magnitude that was written (a
    million); `partial` is no number without a magnitude or a unit after it ("half an" hour), `spelled` is in words.
    """

    low: float
    high: float
    step: float
    span: Span
    factor: float = 1.0
    partial: bool = False
    spelled: bool = False

    def scale(self, factor: float) -> Numeral:
        """The same, of as many hundreds, millions, dozens …"""
        low, high = self.low * factor, self.high * factor
        return replace(self, low=low, high=high, step=self.step * factor, factor=self.factor * factor)


def mask(text: str) -> str:
    """The text with addresses, telephone numbers and versions blanked, every offset kept."""
    return _MASKED.sub(lambda match: "\0" * len(match[0]), text)


def find_numerals(text: str) -> Iterator[Numeral]:
    """The numbers of a text, which `mask` has gone over, in order; years are among them."""
    for match in _NUMERAL.finditer(text):
        numeral = _read(match)
        if _is_label(text, match):
            continue
        yield _add_magnitude(text, numeral)


def _read(match: re.Match[str]) -> Numeral:
    span = match.span()
    if match["digits"]:
        low = float(re.sub(r"[^0-9]", "", match["digits"]) + (match["decimals"] or ""))
        step = 10.0 ** -(len(match["decimals"]) - 1) if match["decimals"] else 1.0
        numeral = Numeral(low, low, step, span)
        return _add_part(numeral, FRACTIONS.get(match["fraction"] or "", 0))
    if match["only"]:
        return Numeral(FRACTIONS[match["only"]], FRACTIONS[match["only"]], 0.1, span)
    if match["plural"]:
        low = 1.0
        for word in match["plural"].lower().split(" of "):
            low *= PLURALS.get(word) or MAGNITUDES[word.rstrip("s")]
        return Numeral(low, low * PLURAL, low, span, factor=low, spelled=True)
    if match["vague"]:
        least, most = next(bounds for word, bounds in VAGUE.items() if word in match["vague"].lower())
        return Numeral(least, most, 1, span, spelled=True)
    if match["article"]:
        return Numeral(1, 1, 1, span, partial=True, spelled=True)
    if match["half"]:
        return Numeral(0.5, 0.5, 0.1, span, partial=True, spelled=True)
    if match["dozen"]:
        return Numeral(12 * (1 - ROUGH), 12 * (1 + ROUGH), 1, span, factor=12, spelled=True)
    return _add_part(read_words(match["words"], span), 0.5 if match["and_half"] else 0)


def _add_part(numeral: Numeral, part: float) -> Numeral:
    """ "two", and a half"""
    if not part:
        return numeral
    value = numeral.low + part
    return Numeral(value, value, 0.1, numeral.span, spelled=numeral.spelled)


def read_words(words: str, span: Span) -> Numeral:
    """ "two hundred and five thousand" -> 205,000"""
    total = current = 0.0
    for word in re.split(r"[-, ]+", words.lower()):
        if word == "hundred":
            current = max(current, 1) * 100
        elif word in MAGNITUDES:
            total += max(current, 1) * MAGNITUDES[word]
            current = 0.0
        else:
            current += WORDS.get(word, 0)  # "a", "and"
    factor = MAGNITUDES.get(words.lower().rpartition(" ")[2], 1.0)
    return Numeral(total + current, total + current, 1.0, span, factor=factor, spelled=True)


def _add_magnitude(text: str, numeral: Numeral) -> Numeral:
    """With the "million" or "bn" that follows it."""
    start, end = numeral.span
    match = _MAGNITUDE.match(text, end)
    if not match or (match["letter"] and (numeral.spelled or _is_metres(text, numeral))):
        return numeral
    factor = MAGNITUDES[(match["word"] or match["letter"]).lower()]
    scaled = replace(numeral.scale(factor), span=(start, match.end()))
    if factor != 12:
        return scaled
    return replace(scaled, low=scaled.low * (1 - ROUGH), high=scaled.high * (1 + ROUGH))


def _is_metres(text: str, numeral: Numeral) -> bool:
    start, end = numeral.span
    if text[end : end + 1] != "m" or text[max(0, start - 1) : start] in tuple("$£€¥₹"):
        return False
    follows = text[end + 1 : end + 3]
    return (
        bool(_METRES.match(text, end))
        or follows[:1] == ")"
        or (numeral.low in _TRACK and not re.match(r" \w", follows))
    )


def _is_label(text: str, match: re.Match[str]) -> bool:
    """Whether it is no number of anything: part of a name, an ordinal, a time, an item's number, the pronoun "one"."""
    start, end = match.span()
    before, after = text[max(0, start - 16) : start], text[end : end + 14]
    if before.endswith(_EVENTS) or (match["words"] and after.startswith(_NAMED)):
        return True
    if match["article"]:
        return not _BEFORE_ONE.search(before)
    if match["digits"] and (_is_glued(match, before, after) or _FOLLOWS.match(after) or _ADDRESS.match(text, end)):
        return True
    if match["digits"] and before.endswith((" ", "#")) and _LABEL.search(before.rstrip()):
        return True
    if (match["words"] or "").lower() == "one" and not match["and_half"]:
        scaled = _MAGNITUDE.match(after)
        return not scaled and bool(_NOT_ONE_BEFORE.search(before.rstrip()) or _NOT_ONE_AFTER.match(after))
    if not match["digits"] and re.match(r"-[A-Za-z]", after):  # "five-star"
        return not _MAGNITUDE.match(after) and not HYPHENED.match(after)
    return bool(match["words"]) and (before.endswith(("-", "'", "’")) or bool(re.search(r"\bnumber $", before)))


def _is_glued(match: re.Match[str], before: str, after: str) -> bool:
    digits = match["digits"]
    if len(digits) > 1 and digits[0] == "0":  # 007
        return True
    if before.endswith(("'", "’", "\0", "_", "=", "&", "*", "^", "~")):
        return True
    if before[-1:] in ("-", "–") and not (
        before[-2:-1].isdigit() or before[-2:-1] in ("", " ", "$", "£", "€", "(", "%")
    ):
        return True
    if (
        re.match(r"[.)] | [-−–] [A-Z]", after) and re.search(r"(?:^|\n)\s*$", before) and not match["decimals"]
    ):  # "1. The first"
        return True
    return bool(re.match(r"['’][0-9]|\0|_|[-–]?[A-Za-z]", after)) and not _is_unit_like(after)


def _is_unit_like(after: str) -> bool:
    """Whether letters that follow digits at once, or after a hyphen, may be a magnitude or a unit."""
    return bool((HYPHENED if after[0] in "-–" else GLUED).match(after))
