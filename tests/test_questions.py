"""What kind of question it is, what it is about, and since when: tables of questions as people type them."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.english.plurals import is_plural
from qa.english.questions import understand

TODAY = date(2026, 11, 24)  # a Tuesday

KINDS = {
    "fact": """
        Who owns the ferry?
        who owns the ferry
        WHO OWNS THE FERRY?
        When did the ferry sink?
        Where is the wreck?
        Which song did the mayor sing?
        What song did the mayor sing
        Which news agency broke the story?
        What politics does she stand for?
        Which sports team won the cup?
        What arms dealer was arrested?
        Which United States senator objected?
        Which species lives in the lake?
        What kind of sites would be hit?
        What does the crew want?
        What did the mayor say about the bridge?
        What controls the harbour?
        What is the latest novel by Oakes?
        what is new york known for
        What is the crew's name?
        How old is the captain?
        How far is the island?
        How long did the strike last?
        How often does the ferry run?
        How tall was the tower?
        How serious is the damage?
        Whose boat was it?
        The mayor was born where?
        In which city did he sing?
        To whom was the letter sent?
        the capital of France
        name of the ferry
        The mayor resigned on Monday
        What happened in Brannock?
        What happened to the ferry?
        What are the workers building?
        What was the number one song?
        Which bus goes to the harbour?
        What headquarters did they storm?
        Which country's navy was it?
        What is the crisis?
        According to the report, who was on board?
        On what day were the bodies found?
        What label do officials use?
        Which company installs alarm systems?
        Which bus stops at the harbour?
        What were the earnings of the port?
        Who leads the league, who beat Brannock?
        that sank the ferry?
        Name a ferry on the lake
        captain to sail the lake
        german word for shipwreck
        the ferry's launch date
        Whats the difference between a ferry and a ship
        If the ferry sinks, what do the islanders do?
        What field involves the study of wrecks?
        What requires too much money?
        Who were the islanders defying?
        What are the boats in the harbour painted with?
        What is caused by the storm?
        What were the inhabitants of the island called?
        Which newspaper reported on the storm?
        How is the lock called?
        What GPS is on board?
        What shifts throughout the day?
        What provides Brannock with water?
        What breeds quickly?
        What delayed rescue efforts?
        Which country's ships were lost?
        Name the captain of the ferry
        What are the programs teaching inmates about?
        """,
    "yes-no": """
        Did Maduro resign?
        did maduro resign
        Is it true that the ferry sank?
        Was the captain arrested?
        Has the mayor resigned?
        Can the bridge be repaired?
        Will the strike end?
        Should the port be closed?
        Are the workers paid?
        Do the islanders own the ferry?
        Isn't the captain in jail?
        Have any boats been found?
        May the police search the house?
        Could the wreck be raised?
        Do you know if the ferry sank?
        I'd like to know whether the captain was drunk
        The ferry sank, right?
        The mayor resigned, didn't he?
        True or false: the ferry sank
        DID THE FERRY SINK
        In 2020, did the ferry sink?
        Wasn't there a storm?
        Do the articles mention a storm?
        """,
    "reason": """
        Why did the ferry sink?
        why did the ferry sink
        How come the bridge is closed?
        For what reason was he jailed?
        What caused the fire?
        What was the cause of the fire?
        What is the reason for the delay?
        What led to the strike?
        Could you explain why the ferry sank?
        The ferry sank why?
        cause of the fire
        What were the reasons for the delay?
        Because of what was the flight late?
        Please tell me why the port is shut
        """,
    "manner": """
        How did the ferry sink?
        How does the lock work?
        how do the islanders travel
        How was the crew rescued?
        How can the wreck be raised?
        Do you know how the ferry sank?
        How exactly did he escape?
        In what way was the law changed?
        How to raise a wreck?
        """,
    "list": """
        Which countries sent boats?
        which countries sent boats
        What demands did the strikers make?
        Name the ships that sank
        List the demands of the strikers
        Could you list the demands?
        Who are the owners?
        Who were the passengers?
        What did the mayor request from the ministry?
        What did the strikers demand?
        What has the company promised the islanders?
        In which towns did he speak?
        Which three towns were flooded?
        What people were on board?
        Which women were elected?
        What are the demands of the strikers?
        What are the main exports?
        What kinds of boats were lost?
        names of the victims
        WHICH COUNTRIES SENT BOATS
        Which of the boats were lost?
        Which criteria were met?
        What weapons were found?
        What was demanded of the mayor?
        Wich countries sent boats?
        Which countries want to join?
        What other books has Oakes written?
        Which cargo boats from Spain sank?
        Which countries supply weapons?
        Which aircraft were deployed?
        who have been charged
        What claims are often settled?
        What armed groups are there?
        What states receive aid?
        Name the three ships
        What countries in Europe export oil?
        """,
    "number": """
        How many troops were sent?
        how many troops
        How much did the bridge cost?
        What percentage of voters stayed at home?
        What is the number of passengers?
        number of passengers on the ferry
        What number of people drowned?
        In how many towns did he speak?
        The river rose by how many feet?
        hwo many troops were sent
        How mnay troops were sent?
        Can you tell me how many troops were sent?
        What is the share of women on the crew?
        """,
    "count-articles": """
        How many articles mention the ferry?
        how many reports say that the ferry sank
        How many sources are about the strike?
        Which articles mention the ferry?
        Which stories are about the strike?
        How many articles are there about the ferry?
        Are there any articles about the ferry?
        List all articles that mention the ferry
        """,
    "overview": """
        Tell me about the ferry
        Could you please tell me about the ferry?
        What do you know about the ferry?
        What can you tell me about the ferry?
        Summarise the strike
        summarize the strike please
        Give me a short summary of the strike
        overview of the strike
        What is going on in Brannock?
        What's happening with the ferry?
        What do the articles say about the ferry?
        Tesla deliveries
        the Brannock ferry
        tesla deliveries in europe
        What is known about the captain?
        I want to know more about the strike
        What about the strike?
        May 3 protests
        """,
    "news": """
        What is new?
        What's new since Monday?
        What is new after 3 March?
        What has happened since Tuesday?
        What happened since 3 March?
        Any news about the ferry since 3 March?
        latest on the ferry
        What is the latest on the ferry?
        What changed since last week?
        What has changed in Brannock since March?
        Since Tuesday, what has happened?
        Are there any updates on the strike?
        What happened in Brannock in the last three days?
        What happened today?
        latest news
        What is the news?
        What is happening?
        """,
}
ROWS = [(kind, line.strip()) for kind, lines in KINDS.items() for line in lines.splitlines() if line.strip()]


@pytest.mark.parametrize(("kind", "question"), ROWS)
def test_kind_of_question(kind: str, question: str) -> None:
    assert understand(question, TODAY).kind == kind


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Could you please tell me who owns the ferry?", "who owns the ferry?"),
        ("Hi, can you tell me when the ferry sank, please?", "when the ferry sank?"),
        ("Do you know if the ferry sank?", "the ferry sank?"),
        ("I was wondering whether the ferry sank.", "the ferry sank."),
        ("Is it true that the ferry sank?", "the ferry sank?"),
        ("The ferry sank, didn't it?", "The ferry sank?"),
        ("please who owns the ferry thanks", "who owns the ferry"),
        ("Hello! Who owns the ferry?", "Who owns the ferry?"),
        ("waht is   the ferry called?", "what is the ferry called?"),
        ("Could you list the demands?", "list the demands?"),
        ("Any idea who owns the ferry?", "who owns the ferry?"),
        ("Tell me in which town he spoke", "in which town he spoke"),
        ("What’s the ferry’s name?", "What's the ferry's name?"),
        ("Can you swim in the lake?", "Can you swim in the lake?"),
        ("  Who\nowns\tit? ", "Who owns it?"),
        ("Does the captain know who owns the ferry?", "Does the captain know who owns the ferry?"),
        ("", ""),
        ("???", "???"),
    ],
)
def test_text_to_search_with(question: str, text: str) -> None:
    assert understand(question, TODAY).text == text


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("Tell me about the ferry, please", "the ferry"),
        ("What do you know about U.S. troops in Europe?", "U.S. troops in Europe"),
        ("overview of the war in the U.S.", "the war in the U.S."),
        ("Summarise the strike for me", "the strike"),
        ("What do the articles say about the captain?", "the captain"),
        ("What is going on in Brannock?", "Brannock"),
        ("TESLA DELIVERIES", "TESLA DELIVERIES"),
        ("How many articles mention the ferry?", "the ferry"),
        ("How many reports say that the ferry sank?", "the ferry sank"),
        ("How many articles about the ferry are there?", "the ferry"),
        ("Which stories are about the strike?", "the strike"),
        ("Any news about the ferry since 3 March?", "the ferry"),
        ("Any news since 3 March about the ferry?", "the ferry"),
        ("What's new?", ""),
        ("What has changed in Brannock since last week?", "Brannock"),
        ("What has happened to the ferry since it was sold?", "the ferry"),
        ("Since Tuesday, what has happened with the strike?", "the strike"),
        ("Who owns the ferry?", ""),
        ("Give me a summary", ""),
        ("What's the latest on the strike in Brannock?", "the strike in Brannock"),
    ],
)
def test_topic(question: str, topic: str) -> None:
    assert understand(question, TODAY).topic == topic


@pytest.mark.parametrize(
    ("question", "since"),
    [
        ("What has happened since Tuesday?", date(2026, 11, 17)),
        ("What has happened since yesterday?", date(2026, 11, 23)),
        ("Any news about the ferry since 3 March?", date(2026, 3, 3)),
        ("Any news since March 3rd, 2025?", date(2025, 3, 3)),
        ("news since the 3rd of March", date(2026, 3, 3)),
        ("What is new since December?", date(2025, 12, 1)),
        ("what is new since 2024", date(2024, 1, 1)),
        ("What is new since 2026-11-01?", date(2026, 11, 1)),
        ("What changed since last week?", date(2026, 11, 17)),
        ("WHAT IS NEW AFTER 20 NOVEMBER", date(2026, 11, 20)),
        ("What is new this week?", date(2026, 11, 23)),
        ("What happened in the last three days?", date(2026, 11, 21)),
        ("What is new over the past few weeks?", date(2026, 11, 3)),
        ("What happened today?", TODAY),
        ("What is new since three days ago?", date(2026, 11, 21)),
        ("What is new about the ferry?", None),
        ("What has happened since the ferry sank?", None),
        ("How many ships have sunk since March?", None),
    ],
)
def test_since_when(question: str, since: date | None) -> None:
    """Days are counted back from 24 November 2026, a Tuesday; only news has them."""
    assert understand(question, TODAY).since == since


def test_too_many_questions_are_none() -> None:
    assert understand("Who sold the ferry? " * 90, TODAY).parts == ()
    assert len(understand("Who sold the ferry? " * 4, TODAY).parts) == 4


@pytest.mark.parametrize("question", ["Who is Wen Jiabao?", "Where is Des Moines?", "Where is Wat Pho?"])
def test_a_name_is_no_typing_error(question: str) -> None:
    assert understand(question, TODAY).text == question


def test_stories_of_a_building_are_no_articles() -> None:
    assert understand("How many stories are there in the Empire State Building?", TODAY).kind == "number"


def test_clock_gives_the_day_when_none_is_given() -> None:
    assert understand("What happened today?").since == date.today()


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Who owns the ferry and when did it sink?", ("Who owns the ferry", "when did the ferry sink")),
        ("Who owns the ferry, and when did it sink?", ("Who owns the ferry", "when did the ferry sink")),
        ("Who owns the ferry? When did it sink?", ("Who owns the ferry", "When did the ferry sink")),
        ("Do you know who owns the ferry and when it sank?", ("who owns the ferry", "when the ferry sank")),
        ("Who is Laura Stein and when was she born?", ("Who is Laura Stein", "when was Laura Stein born")),
        ("Where is Laura Stein and what is her job?", ("Where is Laura Stein", "what is Laura Stein's job")),
        ("Who chairs the budget committee and when was she born?", ()),
        ("When was he born and where did he die?", ()),
        ("Who sold the ferry and who bought the dock?", ("Who sold the ferry", "who bought the dock")),
        ("Did the ferry sink and how many people drowned?", ("Did the ferry sink", "how many people drowned")),
        ("Is the ferry old and was it insured?", ("Is the ferry old", "was the ferry old insured")),
        ("How did it sink, and in which year?", ("How did it sink", "in which year")),
        (
            "Who owns the ferry, when did it sink and why did it sink?",
            ("Who owns the ferry, when did it sink", "why did the ferry sink"),
        ),
        ("What did Smith and Jones say?", ()),
        ("Which ships and boats sank?", ()),
        ("When and where did the ferry sink?", ()),
        ("Which city and which country were meant?", ()),
        ("Who was elected and is now mayor?", ()),
        ("Who was the man who owned the ferry and who sold it?", ()),
        ("Did the police say who was shot and when it happened?", ()),
        ("Did he say who did it and why?", ()),
        ("Who wrote War and Peace?", ()),
        ("The ferry being run by whom and what else?", ()),
        ("How many troops, ships and planes were sent?", ()),
        ("Who owns the ferry?", ()),
    ],
)
def test_parts_of_a_double_question(question: str, parts: tuple[str, ...]) -> None:
    assert understand(question, TODAY).parts == parts


@pytest.mark.parametrize(
    ("question", "counted"),
    [
        ("How many U.S. troops are in the Caribbean?", "U.S. troops"),
        ("how many people died", "people"),
        ("HOW MANY BOATS HAVE BEEN LOST", "BOATS"),
        ("How many of the boats were lost?", "boats"),
        ("How many suspected smuggling vessels have been taken out?", "suspected smuggling vessels"),
        ("number of passengers on the ferry", "passengers"),
        ("What is the number of refugees that came?", "refugees"),
        ("In how many towns did he speak?", "towns"),
        ("The river rose by how many feet?", "feet"),
        ("How much does it cost?", ""),
        ("How much oil does the country export?", "oil"),
        ("How many troops deployed by Spain were hurt?", "troops"),
        ("How many boats, planes and cars were lost?", "boats"),
        ("Which boats were lost?", ""),
        ("How many rivers flow into the lake?", "rivers"),
        ("How many sports teams are there?", "sports teams"),
        ("How many islanders weren't saved?", "islanders"),
        ("How many attacked Oakes?", ""),
        ("How many of them?", ""),
        ("HOW MANY US TROOPS ARE THERE?", "US TROOPS"),
        ("how many us troops are there", "us troops"),
    ],
)
def test_what_is_counted(question: str, counted: str) -> None:
    assert understand(question, TODAY).counted == counted


@pytest.mark.parametrize(
    ("words", "plural"),
    [
        ("countries people Women witnesses criteria weapons", True),
        ("news species Texas boss mayor's analysis mayor campus s", False),
    ],
)
def test_plural(words: str, plural: bool) -> None:
    assert [is_plural(word) for word in words.split()] == [plural] * len(words.split())


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        " ",
        "?",
        "who ",
        "and who ",
        "what is new since ",
        ", ",
        "tell me ",
        "please ",
        "how many ",
        "(",
        "since 3 ",
        "’",
    ],
)
@pytest.mark.parametrize("length", [999, 100_000])
def test_long_questions_take_no_time(unit: str, length: int) -> None:
    question = (unit * length)[:length]
    start = time.perf_counter()
    asked = understand(question, TODAY)
    assert time.perf_counter() - start < 0.5
    assert asked.text or not question.strip()


@given(st.text() | st.text(alphabet="whoatnd isce?., 3’"))
def test_any_text_is_understood(question: str) -> None:
    """The parts and the topic are words of the question; nothing is made up."""
    asked = understand(question, TODAY)
    assert all(part in asked.text for part in asked.parts)
    assert len(asked.parts) != 1
    assert asked.topic in asked.text
    assert all(word in asked.text for word in asked.counted.split())
