"""What spans mean: one value however it is written, a conflict only where both can't be true."""

import time
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.english.values import Value, conflicting, find_values, same, value_of

INFINITY = float("inf")
WEDNESDAY = date(2026, 3, 11)  # when the articles of these tests were published
DAY = 86_400


def marked(sentence: str, published: date | None = None) -> Value:
    """The value of the words in brackets: "At least [21] boats"."""
    start, end = sentence.index("["), sentence.index("]") - 1
    return value_of(sentence.replace("[", "").replace("]", ""), (start, end), published=published)


def ordinals(first: date, last: date | None = None) -> tuple[float, float]:
    return first.toordinal(), (last or first).toordinal()


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("The navy sank nine boats.", 9, 9),
        ("There were 140 guests.", 140, 140),
        ("It has 1,234 members.", 1234, 1234),
        ("It has 12,34,567 members.", 1_234_567, 1_234_567),
        ("Twenty-one miners came out.", 21, 21),
        ("The law has two hundred and five pages.", 205, 205),
        ("A crew of six thousand and twelve sailed.", 6012, 6012),
        ("At least 21 boats were hit.", 21, INFINITY),
        ("More than 100 homes burned.", 100, INFINITY),
        ("Over three million voters came.", 3_000_000, INFINITY),
        ("They seized 40 or more rifles.", 40, INFINITY),
        ("They seized 40+ rifles.", 40, INFINITY),
        ("No fewer than 12 judges agreed.", 12, INFINITY),
        ("Up to 30 guests may come.", 0, 30),
        ("Fewer than 50 remain.", 0, 50),
        ("As many as 70 were hurt.", 0, 70),
        ("Nearly 20,000 marched.", 16_000, 20_000),
        ("Nearly 300 came.", 250, 300),
        ("Just under 300 remain.", 270, 300),
        ("Just over 300 remain.", 300, 330),
        ("Around 15,000 soldiers arrived.", 13_500, 16_500),
        ("Some 40 families left.", 35, 45),
        ("About 30 families left.", 25, 35),
        ("About 100 families left.", 80, 120),
        ("Roughly 95 families left.", 85.5, 104.5),
        ("Between 10 and 15 people fell ill.", 10, 15),
        ("10 to 15 people fell ill.", 10, 15),
        ("10-15 people fell ill.", 10, 15),
        ("Five or six dogs barked.", 5, 6),
        ("A couple of dogs barked.", 2, 3),
        ("Dozens of dogs barked.", 12, 240),
        ("Tens of thousands fled.", 10_000, 200_000),
        ("A few hundred people came.", 200, 900),
        ("Half a dozen eggs broke.", 5.4, 6.6),
        ("The boy, 16, swam home.", 16, 16),
        ("A 16-year-old boy swam home.", 16, 16),
        ("She is 34 years old.", 34, 34),
        ("A nine-member panel decided.", 9, 9),
    ],
)
def test_counts_are_read_with_their_bounds(text: str, low: float, high: float) -> None:
    (value,) = find_values(text)
    assert (value.kind, value.unit) == ("number", "")
    assert (value.low, value.high) == pytest.approx((low, high))


@pytest.mark.parametrize(
    ("text", "kind", "unit", "within"),
    [
        ("It cost $1.2 billion.", "money", "USD", 1.2e9),
        ("It cost US$40.", "money", "USD", 40),
        ("It cost 40 dollars.", "money", "USD", 40),
        ("It cost 50 cents.", "money", "USD", 0.5),
        ("It cost £3.5m.", "money", "GBP", 3.5e6),
        ("It cost €2bn.", "money", "EUR", 2e9),
        ("It cost A$700.", "money", "AUD", 700),
        ("It cost 90 Canadian dollars.", "money", "CAD", 90),
        ("A gain of 12 percent was seen.", "percent", "%", 12),
        ("A gain of 12.5% was seen.", "percent", "%", 12.5),
        ("A gain of 3 per cent was seen.", "percent", "%", 3),
        ("A gain of 3 percentage points was seen.", "percent", "points", 3),
        ("A rise of 25 basis points was seen.", "percent", "points", 0.25),
        ("One in five people smoke.", "percent", "%", 20),
        ("Nine out of ten people agree.", "percent", "%", 90),
        ("Two-thirds of voters agree.", "percent", "%", 66.7),
        ("A quarter of voters agree.", "percent", "%", 25),
        ("Half of the voters agree.", "percent", "%", 50),
        ("The bridge is 3 km long.", "number", "m", 3000),
        ("The bridge is two miles long.", "number", "m", 3219),
        ("A 10-foot wall fell.", "number", "m", 3.05),
        ("He is 6 feet 2 inches tall.", "number", "m", 1.88),
        ("The wall is 3.5m tall.", "number", "m", 3.5),
        ("She won the 100m sprint.", "number", "m", 100),
        ("The stone weighs 12 kilograms.", "number", "kg", 12),
        ("The stone weighs 10 pounds.", "number", "kg", 4.536),
        ("A fire burned 500 acres.", "number", "m2", 2_023_428),
        ("A fire burned 20 square kilometres.", "number", "m2", 20e6),
        ("A wind of 60 mph blew.", "number", "m/s", 26.8),
        ("It was 32°F at noon.", "number", "C", 0),
        ("It was -5°C at noon.", "number", "C", -5),
        ("It was minus 40 degrees Celsius at noon.", "number", "C", -40),
        ("He waited for two and a half hours.", "duration", "s", 9000),
        ("He waited for 2 hours and 30 minutes.", "duration", "s", 9000),
        ("He waited for an hour.", "duration", "s", 3600),
        ("He waited half an hour.", "duration", "s", 1800),
        ("A three-day visit began.", "duration", "s", 3 * DAY),
        ("He served 18 months.", "duration", "s", 547.9 * DAY),
    ],
)
def test_amounts_are_read_in_base_units(text: str, kind: str, unit: str, within: float) -> None:
    (value,) = find_values(text)
    assert (value.kind, value.unit) == (kind, unit)
    assert value.low <= within <= value.high
    assert value.high - value.low <= max(0.21 * abs(within), 1)


@pytest.mark.parametrize(
    "text",
    [
        "An F-35 and a UH-60 flew over the G20.",
        "The match ended 3-1 after a 2-2 draw.",
        "The court split in a 5-4 vote.",
        "It starts at 10:30, or at 5 p.m. elsewhere.",
        "Call 555-0199 or +44 20 7946 0958 today's desk.",
        "The 2nd and the 21st floors are shut.",
        "A Boeing 737 landed at gate 12.",
        "See page 3 of chapter 4, and No. 7.",
        "He is the second man, the third in line.",
        "One of the men said that no one came.",
        "He scored in the second half.",
        "It is open 24/7 for agent 007.",
        "Visit https://example.org/2019/03/15 for more.",
        "Version 1.2.3 is out.",
        "Mr. May said that they march.",
        "Fridays are quiet, and Good Friday is too.",
        "COVID-19 spread.",
        "a 50-50 chance",
        "USA TODAY reports",
        "Senate Bill 23 passed after a 1 1/2-hour debate.",
        "He lives at 730 N. Mill Ave. and works at 94 Clinton St., Springfield.",
        "\n1 - The Dow is up\n\n2. Nobody knows",
        "It is open every Friday and every other Saturday, else Monday through Thursday, at the Four Seasons.",
        "A five-star hotel on the Fourth of July",
        "Hide Caption 93 of 266",
        "The Daytona 500 and the Ten Commandments",
    ],
)
def test_what_is_no_amount_is_left_out(text: str) -> None:
    assert find_values(text.replace("today's ", "")) == []


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("It fell on March 3, 2026.", (date(2026, 3, 3),)),
        ("It fell on Tuesday, March 3, 2026, at noon.", (date(2026, 3, 3),)),
        ("It fell on 3 March 2026.", (date(2026, 3, 3),)),
        ("It fell on the 3rd of March 2026.", (date(2026, 3, 3),)),
        ("It fell on Sept. 11, 2001.", (date(2001, 9, 11),)),
        ("It fell on 2026-03-03.", (date(2026, 3, 3),)),
        ("It fell on 23/03/2026.", (date(2026, 3, 23),)),
        ("It fell on 10/06/2025.", (date(2025, 6, 10), date(2025, 10, 6))),
        ("It grew in the 10th and 11th centuries.", (date(901, 1, 1), date(1100, 12, 31))),
        ("They met on March 3-5, 2026.", (date(2026, 3, 3), date(2026, 3, 5))),
        ("It fell in March 2026.", (date(2026, 3, 1), date(2026, 3, 31))),
        ("It fell in early March 2026.", (date(2026, 3, 1), date(2026, 3, 13))),
        ("It fell in 2019.", (date(2019, 1, 1), date(2019, 12, 31))),
        ("The 2019 elections were close.", (date(2019, 1, 1), date(2019, 12, 31))),
        ("It lasted from early 2019.", (date(2019, 1, 1), date(2019, 5, 26))),
        ("The war of 1939-1945 ended.", (date(1939, 1, 1), date(1945, 12, 31))),
        ("In the 2019-20 season he left.", (date(2019, 1, 1), date(2020, 12, 31))),
        ("It was built in the 1990s.", (date(1990, 1, 1), date(1999, 12, 31))),
        ("It was built in the '80s.", (date(1980, 1, 1), date(1989, 12, 31))),
        ("It was built in the 19th century.", (date(1801, 1, 1), date(1900, 12, 31))),
        ("It fell on Tuesday.", (date(2026, 3, 10),)),
        ("It fell on Wednesday.", (date(2026, 3, 11),)),
        ("It fell last Wednesday.", (date(2026, 3, 4),)),
        ("They will meet on Tuesday.", (date(2026, 3, 17),)),
        ("They meet next Friday.", (date(2026, 3, 13),)),
        ("It fell yesterday.", (date(2026, 3, 10),)),
        ("It falls tomorrow.", (date(2026, 3, 12),)),
        ("It fell two days ago.", (date(2026, 3, 9),)),
        ("It fell a year and a half ago.", (date(2024, 3, 10), date(2025, 3, 10))),
        ("It fell last year.", (date(2025, 1, 1), date(2025, 12, 31))),
        ("It fell early Oct. 17, 2025.", (date(2025, 10, 17),)),
        ("It falls next month.", (date(2026, 4, 1), date(2026, 4, 30))),
        ("It fell last December.", (date(2025, 12, 1), date(2025, 12, 31))),
        ("It fell this week.", (date(2026, 3, 9), date(2026, 3, 15))),
    ],
)
def test_dates_are_read_as_days(text: str, days: tuple[date, ...]) -> None:
    (value,) = find_values(text, published=WEDNESDAY)
    assert (value.kind, value.unit, value.low, value.high) == ("date", "day", *ordinals(*days))


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("It fell on March 3.", "yearless"),
        ("It fell in early May.", "yearless"),
        ("It fell on Tuesday.", "weekday"),
        ("It fell yesterday.", "unresolved"),
        ("It fell last year.", "unresolved"),
        ("It fell three weeks ago.", "unresolved"),
    ],
)
def test_dates_without_a_published_day_stay_open(text: str, unit: str) -> None:
    (value,) = find_values(text)
    assert (value.kind, value.unit) == ("date", unit)


@pytest.mark.parametrize("text", ["He owns 2000 books.", "About 1,950 came.", "They paid 2020 dollars.", "1500 troops"])
def test_four_digits_that_count_something_are_no_year(text: str) -> None:
    assert [value.kind for value in find_values(text)] != ["date"]


def test_values_come_in_the_order_of_the_text() -> None:
    text = "On March 3, 2026, at least 21 boats worth $4 million were sunk within two hours, 5% of the fleet."
    values = find_values(text)
    assert [value.kind for value in values] == ["date", "number", "money", "duration", "percent"]
    assert [value.text for value in values] == ["March 3, 2026", "at least 21", "$4 million", "within two hours", "5%"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("[3.5 million] people", "[3,500,000] people"),
        ("[3.5m] people", "[3.5 million] people"),
        ("[9] boats", "[nine speedboats]"),
        ("At least [21] boats", "[25] boats"),
        ("[15,000] troops", "[15,230] troops"),
        ("Nearly [20,000] marched", "[19,500] marched"),
        ("about [15,000] troops", "[15,200] troops"),
        ("about [30] people", "[32] people"),
        ("some [20] people", "[22] people"),
        ("nearly [300] people", "[260] people"),
        ("about [a dozen] people", "[14] people"),
        ("about [2 percent] of voters", "[1.5 percent] of voters"),
        ("[10 to 15] people", "[12] people"),
        ("[dozens] of people", "[40] people"),
        ("a [16-year-old] boy", "The boy, [16], swam"),
        ("paid [$1.2 billion]", "paid [$1.23 billion]"),
        ("paid [$5]", "paid [$4.99]"),
        ("[half] of the voters", "[52 percent] of voters"),
        ("[one in five] people", "[20%] of people"),
        ("[30 miles] away", "[50 km] away"),
        ("[over 18 m] long", "[59 ft] long"),
        ("rain of [150 mm]", "rain of 150 mm ([5.9 in])"),
        ("[28] by 15 metres", "[92] by 49 feet"),
        ("an orca ([6.7m])", "a [22-foot] orca"),
        ("[6 miles] away", "[10 km] away"),
        ("[500 acres] burned", "[200 hectares] burned"),
        ("weighs [10 pounds]", "weighs [4.5 kg]"),
        ("It was [80°F]", "It was [27°C]"),
        ("[40 mph] winds", "winds of [65 kph]"),
        ("served [18 months]", "served [a year and a half]"),
        ("lasted [two weeks]", "lasted [14 days]"),
        ("jailed for [a month]", "jailed for [30 days]"),
        ("fell on [March 3]", "fell on [3 March 2026]"),
        ("fell in [2019]", "fell in [March 2019]"),
        ("in the [1990s]", "in [1995]"),
        ("fell on [Tuesday]", "fell on [Tuesday night]"),
        ("President [Nicolás Maduro] spoke", "they saw [Maduro] there"),
        ("[President Maduro] spoke", "[Nicolas Maduro] spoke"),
        ("with [Mr. Maduro]", "with [Nicolás Maduro's] aide"),
        ("with [Defense Secretary Ana Cruz]", "with [Ana Cruz]"),
        ("with [Secretary of State Ana Cruz]", "with [Senator Cruz]"),
        ("by [Ana Cruz of New Jersey]", "by [Ana Cruz]"),
        ("by [South Dakota Party Chairwoman Ana Cruz]", "by [Ana Cruz]"),
        ("in [Galveston, Texas]", "in [Galveston]"),
        ("the [United Nations] said", "the [U.N.] said"),
        ("the [UN] said", "the [United Nations] said"),
        ("in [the United States]", "in the [U.S.]"),
        ("in [America]", "in the [US]"),
        ("the [Federal Bureau of Investigation] said", "the [FBI] said"),
        ("[Gabriel García Márquez] wrote", "[Gabriel Marquez] wrote"),
        ("because of [the heavy rain]", "because of [heavy rain and wind]"),
        ("asked for [radar systems and missile supplies]", "asked for [missile supplies, radar systems]"),
    ],
)
def test_one_value_in_two_wordings(one: str, other: str) -> None:
    assert same(marked(one), marked(other))
    assert not conflicting(marked(one), marked(other), names=True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("[10,000] troops", "around [15,000] troops"),
        ("[nine] speedboats", "at least [21] boats"),
        ("[140] dead", "[143] dead"),
        ("[15,000] troops", "[16,000] troops"),
        ("[3 million] people", "[3.2 million] people"),
        ("nearly [20,000] marched", "[15,000] marched"),
        ("about [10,000] troops", "around [15,000] troops"),
        ("about [30] people", "[36] people"),
        ("nearly [300] people", "[310] people"),
        ("fewer than [50] remain", "[60] remain"),
        ("[10 to 15] people", "[20] people"),
        ("[$1.2 billion] in aid", "[$2 billion] in aid"),
        ("[5%] of voters", "[6%] of voters"),
        ("[a third] of voters", "[half] of voters"),
        ("[10 km] away", "[10 miles] away"),
        ("lasted [two weeks]", "lasted [two months]"),
        ("fell on [March 3, 2026]", "fell on [March 9, 2026]"),
        ("fell on [March 3]", "fell on [May 3]"),
        ("fell in [2019]", "fell in [March 2021]"),
        ("fell on [Monday]", "fell on [Thursday]"),
        ("fell before [2010]", "fell in [2015]"),
    ],
)
def test_values_that_cannot_both_be_true(one: str, other: str) -> None:
    assert conflicting(marked(one), marked(other))
    assert not same(marked(one), marked(other))


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("at least [21] boats", "[1,000] boats", "true of one count, yet hardly one answer"),
        ("costs [$5]", "costs [€5]", "currencies are not converted"),
        ("costs [$5]", "costs [C$5]", "nor dollars of two countries"),
        ("rose [5%]", "rose [8 percentage points]", "a share and a difference of shares"),
        ("weighs [5 kg]", "is [5 km] long", "units of two sorts"),
        ("lasted [5 days]", "sold [6] cars", "a time and a count"),
        ("fell on [March 3, 2026]", "fell on [March 4, 2026]", "one night in two time zones"),
        ("fell on [Sunday]", "fell on [Monday]", "the same, without dates"),
        ("fell on [December 31]", "fell on [January 1]", "the same, over the turn of the year"),
        ("fell on [May 4]", "fell in [2011]", "neither tells what the other does"),
        (
            "asked [France]",
            "asked [for help against all those armed rebels in France and its neighbours]",
            "one word of many",
        ),
        ("fell [yesterday]", "fell [last year]", "neither day is known"),
        ("in [North Korea]", "in [Korea]", "one name within another's"),
        ("in [New York]", "in [York]", "the same"),
        ("at the [Boston Globe]", "in [Boston]", "the same"),
        ("with [John Smith]", "with [John Smith Jr.]", "father and son"),
        ("at the [Justice Department]", "at the [Defense Department]", "two bodies"),
        ("found [guilty] there", "found [not guilty] there", "negated"),
        ("with [Fidel Castro]", "with [Raúl Castro]", "a family name shared"),
        ("with [Gaddafi] there", "with [Qaddafi] there", "one name in two spellings"),
        ("in the [heavy rain]", "in the [strong sunshine]", "words never conflict"),
    ],
)
def test_values_that_are_neither_the_same_nor_in_conflict(one: str, other: str, reason: str) -> None:
    assert not same(marked(one), marked(other)), reason
    assert not conflicting(marked(one), marked(other), names=True), reason


def test_names_conflict_only_when_asked_to() -> None:
    """ "Caracas" and "Venezuela" may both be where something was; "Smith" and "Jones" not both who won."""
    one, other = marked("won by [John Smith]"), marked("won by [Mary Jones]")
    assert (one.kind, other.kind) == ("name", "name")
    assert not conflicting(one, other)
    assert conflicting(one, other, names=True)


@pytest.mark.parametrize(
    ("sentence", "kind", "text"),
    [
        ("At least [21] boats were sunk.", "number", "At least 21"),
        ("They sank [at least 21 boats].", "number", "at least 21"),
        ("They sank [the nine speedboats].", "number", "nine"),
        ("He was met by [the 39-year-old singer Ana Cruz].", "words", "the 39-year-old singer Ana Cruz"),
        ("He went to [New York on March 3].", "words", "New York on March 3"),
        ("She met [Ana Cruz] there.", "name", "Ana Cruz"),
        ("[Cruz] sang there.", "name", "Cruz"),
        ("[Rain] fell, and more rain will.", "words", "Rain"),
        ("It was flown by [a Boeing 737].", "name", "a Boeing 737"),
        ("There was only [one] by day.", "number", "one"),
        ("It took [a year] of work.", "duration", "a year"),
        ("Asked for [help].", "words", "help"),
    ],
)
def test_a_span_means_the_amount_that_it_states_or_its_words(sentence: str, kind: str, text: str) -> None:
    value = marked(sentence)
    assert (value.kind, value.text) == (kind, text)


def test_what_a_question_asks_for_is_found_within_a_clause() -> None:
    sentence = "They say that Pitt joined the Big East Conference in 1982."
    span = (sentence.index("Pitt"), sentence.index("."))
    assert value_of(sentence, span).kind == "words"
    assert value_of(sentence, span, wanted={"date"}).text == "1982"
    assert value_of(sentence, span, wanted={"money"}).kind == "words"


@pytest.mark.parametrize(
    ("one", "one_day", "other", "other_day"),
    [
        ("on [Tuesday]", WEDNESDAY, "on [March 10, 2026]", None),
        ("on [Tuesday]", WEDNESDAY, "[yesterday]", WEDNESDAY),
        ("[last week]", WEDNESDAY, "on [Tuesday]", date(2026, 3, 5)),
        ("[three weeks ago]", WEDNESDAY, "on [18 February 2026]", None),
        ("[last year]", WEDNESDAY, "in [2025]", None),
        ("on [Tuesday]", None, "on [March 10, 2026]", None),
    ],
)
def test_days_are_told_by_the_day_of_publication(
    one: str, one_day: date | None, other: str, other_day: date | None
) -> None:
    assert same(marked(one, one_day), marked(other, other_day))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Samos votes on its new mayor on Tuesday.", (date(2026, 3, 10), date(2026, 3, 17))),
        ("The museum, which was built in a year, opens Friday.", (date(2026, 3, 6), date(2026, 3, 13))),
        ("Crowds gathered ahead of Tuesday's vote.", (date(2026, 3, 17),)),
        ("The vote takes place Tuesday.", (date(2026, 3, 17),)),
        ("The vote was held on Tuesday.", (date(2026, 3, 10),)),
        ("On Tuesday, the navy sank a ferry.", (date(2026, 3, 10),)),
        ("Tuesday's attack killed a man.", (date(2026, 3, 10),)),
    ],
)
def test_a_weekday_may_be_the_next_one_unless_it_is_told_in_the_past(text: str, days: tuple[date, ...]) -> None:
    value = next(value for value in find_values(text, published=WEDNESDAY) if value.kind == "date")
    assert (value.low, value.high) == ordinals(*days)


def test_a_vote_to_come_is_the_vote_that_was_held() -> None:
    one = marked("Samos votes on its new mayor on [Tuesday]", date(2025, 3, 1))
    other, earlier = (marked("The vote was held on [Tuesday]", date(2025, 3, day)) for day in (6, 20))
    assert not conflicting(one, other)
    assert conflicting(one, earlier)


HOSTILE = [
    "9", "1,", "1,000", "1-", "1.", "one ", "twenty-", "one thousand and ", "May 1 ", "2019 ", "2019-", "a@", "x",
    "(1)", "1) ", "10 to 15 ", "two days ago ", "half a ", "½", "$", "+1 ", "between 1900 and ", "tens of ",
]  # fmt: skip
WORDS = st.sampled_from(
    "at least about nearly 21 9 15,000 3.5 million m km $ £ % percent in on March May 3 2019 last Tuesday ago two days "
    "half of one a - – to and between year-old Maduro U.N. President not . , ' ’s ( ) \n".split(" ")
)
TEXTS = st.one_of(st.text(), st.lists(WORDS).map(" ".join), st.lists(WORDS).map("".join))
PUBLISHED = st.one_of(st.none(), st.dates(), st.just(date.min), st.just(date.max))


@given(text=TEXTS, published=PUBLISHED)
def test_values_are_slices_in_order_for_any_text(text: str, published: date | None) -> None:
    values = find_values(text, published=published)
    assert all(text[slice(*value.span)] == value.text and value.text for value in values)
    assert all(one.span[1] <= other.span[0] for one, other in pairwise(values))
    assert all(value.low <= value.high for value in values)


@given(text=TEXTS, published=PUBLISHED, data=st.data())
def test_any_two_values_are_judged_alike_both_ways(text: str, published: date | None, data: st.DataObject) -> None:
    """Never both the same and in conflict, and every value is the same as itself."""
    places = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(sorted)
    spans = [data.draw(places) for _ in range(2)]
    one, other = (value_of(text, (start, end), published=published) for start, end in spans)
    assert same(one, one)
    assert not conflicting(one, one, names=True)
    assert same(one, other) == same(other, one)
    assert conflicting(one, other, names=True) == conflicting(other, one, names=True)
    assert not (same(one, other) and conflicting(one, other, names=True))


@given(days=st.integers(0, 400_000), away=st.integers(-800, 800))
def test_a_date_written_in_two_ways_is_one(days: int, away: int) -> None:
    day = date(1000, 1, 1) + timedelta(days=days)
    other = day + timedelta(days=away)
    one, two = f"on [{day:%B} {day.day}, {day.year}]", f"on [{other.day} {other:%B} {other.year}]"
    assert same(marked(one), marked(two)) == (day == other)


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_with_the_text_and_no_faster(piece: str) -> None:
    """Four times the text takes about four times as long; a pattern that backtracks would take sixteen."""
    short, long = (_processor_time(piece * (size // len(piece))) for size in (10_000, 40_000))
    assert long < 9 * short + 0.1


def _processor_time(text: str) -> float:
    """Seconds of this thread alone, the better of two: other threads and a collection of garbage don't count."""
    found = []
    for _ in range(2):
        start = time.thread_time()
        find_values(text)
        found.append(time.thread_time() - start)
    return min(found)


@pytest.mark.parametrize("words", ["about an hour", "about a mile", "about half a mile"])
def test_about_a_number_that_is_no_figure(words: str) -> None:
    text = f"It took {words}."
    value = value_of(text, (8, len(text)))
    assert value.low < value.high
