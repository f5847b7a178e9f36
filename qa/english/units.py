"""Units of measure, time and money as articles write them, each with its factor to a base unit."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qa.types import ValueKind

DAY = 86_400.0
MILE, FOOT, POUND, ACRE = 1609.344, 0.3048, 0.45359237, 4046.8564224


@dataclass(frozen=True, slots=True)
class Unit:
    """`low` and `high` are what one of it makes of the base unit: a ton is 907 kg to Americans, 1,016 kg to others."""

    kind: ValueKind
    base: str
    low: float
    high: float
    offset: float = 0.0  # added to the number before it is multiplied: °F


def _unit(kind: ValueKind, base: str, low: float, high: float | None = None, offset: float = 0.0) -> Unit:
    return Unit(kind, base, low, low if high is None else high, offset)


_NAMES = {
    "millimetres? millimeters? mm": _unit("number", "m", 1e-3),
    "centimetres? centimeters? cms?": _unit("number", "m", 1e-2),
    "metres? meters? m": _unit("number", "m", 1.0),
    "kilometres? kilometers? kms?": _unit("number", "m", 1e3),
    "inch inches in": _unit("number", "m", FOOT / 12),
    "foot feet ft": _unit("number", "m", FOOT),
    "yards? yds?": _unit("number", "m", 3 * FOOT),
    "miles? mi": _unit("number", "m", MILE),
    "nautical_miles?": _unit("number", "m", 1852.0),
    "milligrams? mg": _unit("number", "kg", 1e-6),
    "grams? grammes? g": _unit("number", "kg", 1e-3),
    "kilograms? kilogrammes? kilos? kgs?": _unit("number", "kg", 1.0),
    "tonnes? metric_tons? t": _unit("number", "kg", 1e3),
    "short_tons?": _unit("number", "kg", 907.18474),
    "tons?": _unit("number", "kg", 907.18474, 1016.0469088),
    "pounds? lbs?": _unit("number", "kg", POUND),
    "ounces? oz": _unit("number", "kg", POUND / 16),
    "stones?": _unit("number", "kg", 14 * POUND),
    "square_(?:metres?|meters?|m) sq\\.?_(?:metres?|meters?|m) m² m2": _unit("number", "m2", 1.0),
    "square_(?:kilomet(?:re|er)s?|km) sq\\.?_(?:kilomet(?:re|er)s?|kms?) km² km2": _unit("number", "m2", 1e6),
    "square_(?:feet|foot|ft) sq\\.?_(?:feet|foot|ft)": _unit("number", "m2", FOOT**2),
    "square_yards? sq\\.?_y(?:ar)?ds?": _unit("number", "m2", 9 * FOOT**2),
    "square_miles? sq\\.?_mi(?:les?)?": _unit("number", "m2", MILE**2),
    "acres?": _unit("number", "m2", ACRE),
    "hectares? ha": _unit("number", "m2", 1e4),
    "lit(?:re|er)s?": _unit("number", "l", 1.0),
    "gallons?": _unit("number", "l", 3.785411784, 4.54609),
    "barrels?": _unit("number", "barrel", 1.0),
    "cubic_(?:metres?|meters?)": _unit("number", "l", 1e3),
    "cubic_(?:feet|foot) cu\\.?_ft": _unit("number", "l", 28.316846592),
    "mph miles?_(?:per|an)_hour": _unit("number", "m/s", MILE / 3600),
    "km/h kmh kph kilomet(?:re|er)s?_(?:per|an)_hour": _unit("number", "m/s", 1 / 3.6),
    "knots?": _unit("number", "m/s", 1852 / 3600),
    "met(?:re|er)s?_per_second m/s": _unit("number", "m/s", 1.0),
    "°_?c c degrees?_(?:celsius|centigrade|c) celsius": _unit("number", "C", 1.0),
    "°_?f f degrees?_(?:fahrenheit|f) fahrenheit": _unit("number", "C", 5 / 9, offset=-32.0),
    "degrees? ° °_?[nsew]": _unit("number", "degrees", 1.0),
    "watts?": _unit("number", "W", 1.0),
    "kilowatts? kw": _unit("number", "W", 1e3),
    "megawatts? mw": _unit("number", "W", 1e6),
    "gigawatts? gw": _unit("number", "W", 1e9),
    "megabytes? mb": _unit("number", "byte", 1e6),
    "gigabytes? gb": _unit("number", "byte", 1e9),
    "terabytes? tb": _unit("number", "byte", 1e12),
    "seconds? secs?": _unit("duration", "s", 1.0),
    "minutes? mins?": _unit("duration", "s", 60.0),
    "hours? hrs?": _unit("duration", "s", 3600.0),
    "days?": _unit("duration", "s", DAY),
    "weeks?": _unit("duration", "s", 7 * DAY),
    "fortnights?": _unit("duration", "s", 14 * DAY),
    "months?": _unit("duration", "s", 365.25 * DAY / 12),
    "years? yrs?": _unit("duration", "s", 365.25 * DAY),
    "decades?": _unit("duration", "s", 3652.5 * DAY),
    "century centuries": _unit("duration", "s", 36525 * DAY),
    "percentage_points? points?_percent pp": _unit("percent", "points", 1.0),
    "basis_points?": _unit("percent", "points", 0.01),
    "percent per_cent % pc pct": _unit("percent", "%", 1.0),
    # An age is a number: "a 16-year-old" is "Smith, 16".
    "years?[- ]olds? years?_of_age": _unit("number", "", 1.0),
    "dollars? bucks": _unit("money", "USD", 1.0),
    "cents?": _unit("money", "USD", 0.01),
    "(?:us|u\\.s\\.|american)_dollars? usd": _unit("money", "USD", 1.0),
    "(?:canadian)_dollars? cad": _unit("money", "CAD", 1.0),
    "(?:australian)_dollars? aud": _unit("money", "AUD", 1.0),
    "(?:hong_kong)_dollars? hkd": _unit("money", "HKD", 1.0),
    "(?:new_zealand)_dollars? nzd": _unit("money", "NZD", 1.0),
    "(?:singapore)_dollars? sgd": _unit("money", "SGD", 1.0),
    "pounds?_sterling (?:british|sterling)_pounds? gbp quid": _unit("money", "GBP", 1.0),
    "pence": _unit("money", "GBP", 0.01),
    "euros? eur": _unit("money", "EUR", 1.0),
    "(?:japanese_)?yen jpy": _unit("money", "JPY", 1.0),
    "(?:chinese_)?(?:yuan|renminbi) rmb cny": _unit("money", "CNY", 1.0),
    "(?:indian_)?rupees? inr": _unit("money", "INR", 1.0),
    "(?:russian_)?(?:rubles?|roubles?) rub": _unit("money", "RUB", 1.0),
    "swiss_francs? chf": _unit("money", "CHF", 1.0),
    "(?:south_korean|korean)_won krw": _unit("money", "KRW", 1.0),
    "(?:mexican_)pesos?": _unit("money", "MXN", 1.0),
    "(?:brazilian_)?reais": _unit("money", "BRL", 1.0),
    # Of several countries each: told by their names alone.
    "(?:czech|danish|icelandic|norwegian|swedish)?_?_?crowns?": _unit("money", "crown", 1.0),
    "(?:danish|norwegian)?_?(?:krone|kroner) dkk nok": _unit("money", "krone", 1.0),
    "(?:swedish|icelandic)?_?(?:krona|kronor|kronur) sek": _unit("money", "krona", 1.0),
    "koruna korun czk": _unit("money", "CZK", 1.0),
    "forints? huf": _unit("money", "HUF", 1.0),
    "z[lł]oty(?:s|ch)? pln": _unit("money", "PLN", 1.0),
    "(?:turkish_)?liras? lire": _unit("money", "lira", 1.0),
    "dinars?": _unit("money", "dinar", 1.0),
    "dirhams?": _unit("money", "dirham", 1.0),
    "riya?ls? rials?": _unit("money", "riyal", 1.0),
    "shekels? nis": _unit("money", "ILS", 1.0),
    "(?:south_african_)?rands? zar": _unit("money", "ZAR", 1.0),
    "francs?": _unit("money", "franc", 1.0),
    "pesos?": _unit("money", "peso", 1.0),
    "bol[ií]var(?:s|es)?": _unit("money", "bolivar", 1.0),
    "hryvnias? hryvnya": _unit("money", "UAH", 1.0),
    "leva": _unit("money", "BGN", 1.0),
    "naira": _unit("money", "NGN", 1.0),
    "shillings?": _unit("money", "shilling", 1.0),
    "ba?ht": _unit("money", "THB", 1.0),
    "ringgit": _unit("money", "MYR", 1.0),
    "rupiahs?": _unit("money", "IDR", 1.0),
    "takas?": _unit("money", "BDT", 1.0),
    "guilders?": _unit("money", "guilder", 1.0),
}
POUNDS = _unit("money", "GBP", 1.0)  # "50 pounds", where the text shows that money is meant
SIGNS = {
    "$": "USD", "us$": "USD", "usd": "USD", "a$": "AUD", "au$": "AUD", "aud": "AUD", "c$": "CAD", "ca$": "CAD",
    "cad": "CAD", "hk$": "HKD", "nz$": "NZD", "s$": "SGD", "nt$": "TWD", "r$": "BRL", "£": "GBP", "gbp": "GBP",
    "€": "EUR", "eur": "EUR", "¥": "JPY", "jpy": "JPY", "cn¥": "CNY", "rmb": "CNY", "₹": "INR", "rs": "INR",
    "rs.": "INR", "₽": "RUB", "₩": "KRW", "₪": "ILS", "chf": "CHF", "sfr": "CHF",
}  # fmt: skip
STERLING = re.compile(r"£|\bsterling\b|\bpence\b|\bBritish pounds\b")
# Letters that are a unit only right after digits, or after a magnitude: "5 m", "30 C"
_SHORT = set("g c f pp pc".split())

_PATTERNS = [
    (word.replace("_", r"[ \u00a0-]"), unit)
    for names, unit in _NAMES.items()
    for word in re.split(r" (?![^(\[]*[)\]])", names)
]
_BY_GROUP = [unit for _, unit in _PATTERNS]
_LONGEST_FIRST = sorted(range(len(_PATTERNS)), key=lambda at: -len(_PATTERNS[at][0]))
_ANY = "|".join(rf"(?P<u{at}>{_PATTERNS[at][0]})" for at in _LONGEST_FIRST)
_UNIT = re.compile(rf"[ \u00a0]?[-–]?(?:{_ANY})(?![^\W_])", re.IGNORECASE)
_WORDS = "|".join(pattern for pattern, _ in _PATTERNS)
# What may follow digits without a space, and what with a hyphen: "10km", "3.5m"; "16-year-old", "10-foot"
GLUED = re.compile(rf"(?:k|m|mn|mln|b|bn|tn|trn|{_WORDS})(?![^\W_])|[ap]\.?m\b", re.IGNORECASE)
HYPHENED = re.compile(
    rf"[-–](?:(?:hundred|thousand|million|billion|trillion|{_WORDS}|members?|persons?|man|woman|strong|seats?|seater|beds?|"
    r"bedrooms?|rooms?|judges?|pages?|plus|odd|storey|story)(?![^\W_]))",
    re.IGNORECASE,
)


def match_unit(text: str, start: int) -> tuple[Unit, int] | None:
    """The unit that stands there, and its end."""
    match = _UNIT.match(text, start)
    if not match:
        return None
    name = match[match.lastgroup or 0].lower()
    spaced = text[start : start + 1] in " \u00a0-–"
    if text.startswith(" second", start) and name == "second":  # "21 second graders"
        return None
    if name in ("in", "t") and not text.startswith(")", match.end()):  # "(5.9 in)"
        return None
    if spaced and name == "m" and text[match.end() - 1] == "M":
        return None
    if spaced and name in _SHORT and not (name in "cf" and text[match.end() - 1].isupper()):
        return None
    return _BY_GROUP[int((match.lastgroup or "u0")[1:])], match.end()
