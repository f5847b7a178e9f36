"""A line as a person writes it becomes a case, or is named with what is wrong; a library is only asked."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.__main__ import main
from eval.authoring.catalogue import catalogue_of_articles, catalogue_of_texts, corpus_of, find_article
from eval.authoring.forms import FIELDS
from eval.authoring.patterns import pattern_of, says_valid
from eval.authoring.quotes import find_quote, nearest_text, smooth_text
from eval.cases import CasesInvalid
from eval.outcomes import read_run, run_now, write_run
from eval.own import ask_library, evaluate_library, out_of_reach
from eval.questions import MOST_SHOWN, load_cases, read_questions
from eval.reporting.stored import read_stored
from eval.words import norm
from qa.errors import LibraryMissing
from qa.settings import Settings
from qa.types import Article, article_id

ROOT = Path(__file__).parent.parent
DAM = (
    "The Kestrel dam broke on Monday. Nine people died, and 3,000 had to leave their houses.\n\n"
    "“It’s the worst flood —  by far — since 1911,” said the mayor. "
    "Nobody was warned. Nobody was warned in 1911 either."
)
MILL = "The mill stood empty. The river rose by two metres in an hour."
TEXTS = {"dam.txt": DAM, "mill.txt": MILL}
SMALL = {"question": "How many had to go?", "answer": {"short": ["3,000"]}, "evidence": ["3,000 had to leave"]}


@pytest.fixture
def write(tmp_path):
    def write_lines(*lines) -> Path:
        path = tmp_path / "mine.jsonl"
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        path.write_text("\n".join(texts), encoding="utf-8")
        return path

    return write_lines


def load(path, texts=TEXTS):
    return read_questions(path, catalogue_of_texts(texts))


def one(path, texts=TEXTS):
    (case,) = load(path, texts).cases
    return case


def fail(path, texts=TEXTS) -> str:
    with pytest.raises(CasesInvalid) as caught:
        load(path, texts)
    return str(caught.value)


# Small lines


def test_a_question_an_answer_and_a_quote_are_enough(write):
    """All else is made: an id that stays when lines are added, dev, single, the place, the pattern, the overlap."""
    case = one(write(SMALL))
    (group,) = case.evidence
    (span,) = group.spans
    assert (span.article, DAM[span.start : span.end], span.quote) == ("dam.txt", "3,000 had to leave", span.quote)
    assert (case.split, case.type, case.answerable, case.author) == ("dev", "single", True, "not given")
    assert case.nuggets[0].vital
    assert case.nuggets[0].group == "g1"
    assert case.overlap == 0.0
    moved = load(write({"question": "Who knew?", "answerable": False}, SMALL)).cases[1]
    assert case.id == moved.id


def test_answerable_false_is_enough_for_an_unanswerable_question(write):
    case = one(write({"question": "Who built the dam?", "answerable": False}))
    assert (case.type, case.unanswerable_kind, case.nuggets, case.evidence) == ("unanswerable", "absent", (), ())


@pytest.mark.parametrize(
    "answer", [{"short": ["3,000"]}, {"short": "3,000"}, ["3,000"], "3,000", 3000, {"short": [3000]}]
)
def test_an_answer_may_be_written_in_several_ways(write, answer):
    case = one(write({**SMALL, "answer": answer}))
    assert says_valid("About 3,000 of them had to go.", case.nuggets[0].any_of)
    assert not says_valid("About 13,000 of them had to go.", case.nuggets[0].any_of)


@pytest.mark.parametrize(
    "evidence",
    [
        "3,000 had to leave",
        {"article": "dam.txt", "quote": "3,000 had to leave"},
        [{"article": "dam", "quote": " 3,000 had to leave "}],
        [{"group": "why", "spans": [{"article": "DAM.txt", "quote": "3,000 had to leave"}]}],
        [{"article": "dam.txt", "start": DAM.index("3,000"), "end": DAM.index("3,000") + 18}],
    ],
)
def test_evidence_may_be_written_in_several_ways(write, evidence):
    span = one(write({**SMALL, "evidence": evidence})).evidence[0].spans[0]
    assert (span.article, span.quote) == ("dam.txt", "3,000 had to leave")


def test_quotes_are_alternatives_unless_the_question_needs_all(write):
    quotes = ["3,000 had to leave", "Nine people died"]
    assert [len(group.spans) for group in one(write({**SMALL, "evidence": quotes})).evidence] == [2]
    both = {**SMALL, "type": "multi", "evidence": quotes, "answer": {"short": ["3,000; nine"]}}
    case = one(write(both))
    assert [len(group.spans) for group in case.evidence] == [1, 1]
    assert [nugget.text for nugget in case.nuggets] == ["3,000", "nine"]
    assert all(nugget.vital for nugget in case.nuggets)


def test_a_conflict_takes_its_patterns_from_its_sides(write):
    line = {
        "question": "How bad was it?",
        "conflict": {"on": "harm", "sides": [{"value": "nine", "evidence": "g1"}, {"value": "two", "evidence": "g2"}]},
        "evidence": ["Nine people died", "rose by two metres"],
    }
    case = one(write(line))
    assert (case.type, case.nuggets[0].any_of, len(case.sides)) == ("conflict", ("nine", "two"), 2)


def test_other_typography_and_spaces_are_found_and_the_very_characters_kept(write):
    case = one(write({**SMALL, "answer": "1911", "evidence": '"It\'s the worst flood - by far - since 1911,"'}))
    assert case.evidence[0].spans[0].quote == "“It’s the worst flood —  by far — since 1911,”"


def test_a_sentence_that_several_articles_print_proves_it_in_each(write):
    texts = {**TEXTS, "copy.txt": "Wire. Nine people died, and 3,000 had to leave their houses."}
    quote = "Nine people died, and 3,000 had to leave their houses."
    spans = one(write({**SMALL, "evidence": quote}), texts).evidence[0].spans
    assert [span.article for span in spans] == ["dam.txt", "copy.txt"]
    named = one(write({**SMALL, "evidence": {"article": "copy.txt", "quote": quote}}), texts).evidence[0].spans
    assert [span.article for span in named] == ["copy.txt", "dam.txt"]
    place = {"article": "copy.txt", "start": 6, "end": 6 + len(quote)}
    assert one(write({**SMALL, "evidence": place}), texts).evidence[0].spans == named
    short = one(write({**SMALL, "evidence": {"article": "copy.txt", "quote": "3,000 had to leave"}}), texts)
    assert [span.article for span in short.evidence[0].spans] == ["copy.txt"]


def test_dates_stale_spans_and_nuggets_may_be_given(write):
    line = {**SMALL, "as_of": "2026-02-05", "stale": ["rose by two metres"], "nuggets": [{"any_of": "3[.,]?000"}]}
    case = one(write(line))
    assert (case.as_of, case.stale[0].article, case.nuggets[0].id) == (date(2026, 2, 5), "mill.txt", "n1")


def test_an_answer_that_no_quote_says_is_noted(write):
    """A program that quotes would be called wrong for the article's own words."""
    read = load(write({**SMALL, "answer": "9"}))
    assert read.notes[0].startswith("mine.jsonl:1: the answer '9' is in none of the quotes")
    assert load(write(SMALL)).notes == ()


# What can't be used


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"anwser": "x"}, "unknown field 'anwser'; did you mean 'answer'?"),
        ({"answer": {"shrot": ["x"]}}, "unknown field 'shrot' in answer; did you mean 'short'?"),
        ({"evidence": [{"artcle": "dam.txt"}]}, "unknown field 'artcle' in evidence; did you mean 'article'?"),
        ({"question": 5}, "question has the wrong form: 5 is not a text"),
        ({"answerable": "false"}, "answerable has the wrong form: 'false' is not true or false"),
        ({"as_of": "5 Feb 2026"}, "as_of has the wrong form: '5 Feb 2026' is not a date such as 2026-02-05"),
        ({"tags": {"a": 1}}, "tags has the wrong form"),
        ({"overlap": "high"}, "overlap has the wrong form"),
        ({"overlap": 0.9}, "overlap is 0.9, computed 0.0"),
        ({"split": "train"}, "split 'train' is not dev or test"),
        ({"type": "riddle"}, "type 'riddle' is not one of"),
        ({"answer": None}, "no answer: write it as"),
        ({"answer": {"short": [" "]}}, "no answer: write it as"),
        ({"answer": {"short": [["x"]]}}, "answer.short has the wrong form"),
        ({"answerable": False}, "answerable is false, yet there is an answer"),
        ({"question": " "}, "the question is empty"),
        ({"question": "\ud800?"}, "half a character"),
        ({"evidence": []}, "no evidence"),
        ({"evidence": [{"article": "dam.txt"}]}, "evidence without a quote"),
        ({"evidence": [7]}, "7 is neither a quote nor an object"),
        ({"evidence": [{"quote": 7}]}, "quote has the wrong form: 7 is not a text"),
        ({"evidence": [{"article": "dam.txt", "start": 3}]}, "give both start and end"),
        ({"evidence": [{"article": "dam.txt", "start": 3, "end": 9_999}]}, "characters, so nothing from 3 to 9999"),
        ({"evidence": [{"quote": "x", "start": 3, "end": 4}]}, "needs its article"),
        ({"evidence": [{"article": "dam.txt", "start": 0, "end": 4, "quote": "Nine"}]}, "'Nine', which stands at 33"),
        ({"evidence": "Nobody was warned"}, "the quote 'Nobody was warned' stands in 2 places: dam.txt["),
        ({"evidence": "Nine persons died"}, "stands in no article; nearest, in dam.txt: 'Monday. Nine people died,'"),
        ({"evidence": {"article": "mill.txt", "quote": "Nine people died"}}, "not in mill.txt; it stands in dam.txt"),
        ({"evidence": {"article": "mill.txt", "quote": "the mill stands empty"}}, "nearest there: 'The mill stood em"),
        ({"evidence": {"article": "dan.txt", "quote": "Nine people died"}}, "no article dan.txt; did you mean 'dam"),
        ({"evidence": "zzzz qqqq"}, "the quote 'zzzz qqqq' stands in no article"),
        ({"must_not_say": "("}, "pattern '(' is not a regular expression"),
        ({"nuggets": [{"text": "x"}]}, "has no patterns"),
        ({"nuggets": ["x"]}, "nuggets has the wrong form"),
        ({"conflict": {"on": "x"}}, "conflict.sides is missing"),
        ({"conflict": {"sides": ["x"]}}, "a side is"),
        ({"conflict": {"sides": [{"value": "a", "evidence": "g1"}, {"value": "b", "evidence": "g7"}]}}, "group 'g7'"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_used_says_why(write, change, message):
    said = fail(write({**SMALL, **change}))
    assert said.startswith("mine.jsonl:1")
    assert message in said


def test_all_lines_are_named_at_once_but_no_more_than_twenty(write):
    said = fail(write(*[{"question": f"Question {number}?", "anser": "x"} for number in range(25)]))
    assert said.startswith("25 lines can't be used\n")
    assert said.count("unknown field") == MOST_SHOWN == 20
    assert "mine.jsonl:20: " in said
    assert "mine.jsonl:21: " not in said
    assert said.endswith("and 5 more")


def test_a_sound_line_between_others_is_not_named(write):
    said = fail(write({"q": 1}, SMALL, "{", SMALL))
    assert "mine.jsonl:2" not in said
    assert "mine.jsonl:3: not JSON" in said
    assert "mine.jsonl:4: repeats the id" in said


# Files


def test_a_mark_windows_line_ends_and_empty_lines_do_not_matter(write):
    path = write()
    path.write_bytes(b"\xef\xbb\xbf\r\n" + json.dumps(SMALL).encode() + b"\r\n\r\n  \r\n")
    assert one(path).question == SMALL["question"]


def test_a_line_separator_within_a_text_ends_no_line(write):
    """JSON allows U+2028 and U+0085 unescaped, and str.splitlines would cut there."""
    case = one(write(json.dumps({**SMALL, "question": "How\u2028many\u0085went?"}, ensure_ascii=False)))
    assert norm(case.question) == "How many went?"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "holds no questions"),
        (b"\n \n", "holds no questions"),
        (b"[{}]", "is one JSON array"),
        (json.dumps(SMALL).encode("utf-16"), "is in UTF-16; save it as UTF-8"),
        (b'{"question": "caf\xe9?"}', "mine.jsonl:1 is not UTF-8 (byte 0xe9 after"),
        (b"# my questions\n", "comments can't stand in it"),
        (b'{\n"question": "x"\n}', "a question with all its fields must be on one line"),
        (json.dumps(SMALL).encode() + b",", "take away the comma at the end of the line"),
        ("{“question”: “x”}".encode(), "its quotation marks must be straight"),
        (b'{"question": "x", "question": "y"}', "the field 'question' is there twice"),
        (b"[" * 100_000, "is one JSON array"),
        (b'{"a":' * 100_000, "not JSON"),
        (b"7", "a line is an object"),
        (b"\x00\x01", "not JSON"),
    ],
)
def test_a_file_of_another_kind_says_what_it_is(write, data, message):
    path = write()
    path.write_bytes(data)
    assert message in fail(path)


def test_a_missing_file_and_a_folder_are_one_line(tmp_path):
    assert "No such file" in fail(tmp_path / "none.jsonl")
    assert "can't read" in fail(tmp_path)


def test_unfilled_lines_are_counted_and_left_out(write):
    empty = {"question": "", "answer": {"short": []}, "evidence": [{"article": "dam.txt", "quote": "not looked for"}]}
    read = load(write(empty, SMALL, {**empty, "answerable": False}))
    assert (len(read.cases), read.unfilled) == (1, 2)
    assert "has 2 lines, all still to be filled in" in fail(write(empty, empty))


def test_the_committed_questions_have_all_fields():
    """So none of them is completed: what a default would hide is an error there."""
    lines = (ROOT / "eval" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    assert all(json.loads(line).keys() == FIELDS for line in lines)


def test_a_whole_line_is_not_completed(write):
    """An empty question or a null overlap of a line with all its fields is a slip, not a place to fill in."""
    whole = {
        **SMALL, "id": "q1", "split": "dev", "type": "single", "answerable": True, "unanswerable_kind": None,
        "nuggets": [], "must_not_say": [], "conflict": None, "tags": [], "overlap": None, "as_of": None,
        "paraphrases": [], "stale": [], "cluster": None, "author": "a person", "reviewer": None,
    }  # fmt: skip
    said = fail(write(whole))
    assert "no vital nugget" in said
    assert "overlap is None, computed 0.0" in said
    assert "the question is empty" in fail(write({**whole, "question": ""}))


# Names of articles


def article(source, text, title=None):
    return Article(article_id(source, text), source, text, ((0, len(text)),), title)


ARTICLES = [
    article("/news/2026/dam.txt", DAM, "A dam breaks"),
    article("/news/2025/dam.txt", "Another dam held.", "A dam holds"),
    article("https://example.org/news/mill", MILL, "Mill stands empty"),
    article("upload:notes.txt", "Notes on floods\n\nThey are many.", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("/news/2026/dam.txt", 0),
        ("2025/dam.txt", 1),
        ("a DAM  breaks", 0),
        ("mill", 2),
        ("https://example.org/news/mill", 2),
        ("notes", 3),
        ("Notes on floods", 3),
        (ARTICLES[2].id, 2),
        (ARTICLES[2].id[:8], 2),
    ],
)
def test_an_article_is_found_by_any_name_it_has(name, index):
    found, problem = find_article(name, catalogue_of_articles(ARTICLES))
    assert (problem, corpus_of(ARTICLES).ids[found]) == ("", ARTICLES[index].id)


def test_a_name_of_two_articles_is_no_name():
    found, problem = find_article("dam.txt", catalogue_of_articles(ARTICLES))
    assert found is None
    assert "'/news/2026/dam.txt' or '/news/2025/dam.txt'" in problem


def test_near_misses_are_suggested():
    assert "did you mean 'mill'?" in find_article("Mil stands emty", catalogue_of_articles(ARTICLES))[1]
    assert "there are 4, such as" in find_article("qqqqqqqq", catalogue_of_articles(ARTICLES))[1]


# Quotations and patterns


@given(st.text(), st.text(), st.text(min_size=1))
def test_a_slice_of_a_text_is_always_found(before, after, quote):
    """Wherever it is cut out: its place is among the places found."""
    places = find_quote(quote, before + quote + after)
    stripped = quote.strip()
    wanted = len(before) + quote.index(stripped) if stripped else None
    assert wanted is None or any(start <= wanted < end for start, end in places)


@given(st.text())
def test_every_smooth_character_has_its_place(text):
    smooth, places = smooth_text(text)
    assert len(smooth) == len(places)
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert list(places) == sorted(places)


def test_invisible_characters_and_accents_of_two_parts_are_the_same():
    text = "The ca\u00adfe\u0301 was\u00a0full\u200b."
    ((start, end),) = find_quote("The café was full.", text)
    assert text[start:end] == text


def test_nothing_near_is_shown_when_nothing_is_near():
    assert nearest_text("qwertz uiopü", TEXTS) is None
    assert nearest_text("", TEXTS) is None
    longer = "The river rose by two meters within an hour, " * 9
    assert nearest_text(longer, {"a": "The river rose"}) == ("a", "The river rose")


@pytest.mark.parametrize(
    ("answer", "said", "expected"),
    [
        ("3,000", "About 3000 left.", True),
        ("3000", "About 3,000 left.", True),
        ("3 000", "About 3\u202f000 left.", True),
        ("3,000", "About 13,000 left.", False),
        ("3,000", "About 3,000,000 left.", False),
        ("12", "In 2012 and 12.5 and 112.", False),
        ("12", "All 12.", True),
        ("12.5", "12.5 metres", True),
        ("12.5", "12x5 metres", False),
        ("40%", "40 percent", True),
        ("40%", "40 per cent", True),
        ("$3,000", "It cost $3000.", True),
        ("Maud Oakenshaw", "maud  oakenshaw's bread", True),
        ("rye", "Everybody tryed.", False),
        ("C++ (new)", "They use C++ (new).", True),
        ("it’s", "It's", True),
        ("007", "007", True),
    ],
)
def test_a_short_answer_as_a_pattern(answer, said, expected):
    assert says_valid(said, [pattern_of(answer)]) is expected


@given(st.text(min_size=1))
def test_every_answer_is_a_pattern_that_finds_itself(answer):
    pattern = pattern_of(answer)
    assert re.compile(pattern)
    assert says_valid(answer, [pattern])


# A library


def digest(folder: Path) -> dict[str, str]:
    """Of every file that holds something; SQLite's notes on who reads come and go."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-wal", "-shm", ".lock"))
    }


FERRY_LINES = (
    {"question": "Who said that the steering had failed?", "answer": "Idris Penhale", "evidence": {
        "article": "ferry", "quote": "Captain Idris Penhale said that the steering had failed without warning."}},
    {"question": "Which whale sank the ferry?", "answerable": False, "unanswerable_kind": "false_presupposition"},
    {"question": ""},
)  # fmt: skip


def test_a_library_is_asked_and_left_as_it_was(write, library, tmp_path):
    before = digest(tmp_path / "library")
    evaluation = ask_library(write(*FERRY_LINES), library, Settings(strictness=0))
    assert digest(tmp_path / "library") == before
    known, unknown = evaluation.asked
    assert known.measures["evidence_recall@5"].value == 1
    assert known.measures["answer_correct"].value == 1
    assert unknown.measures["answered_unanswerable"].value is not None
    assert (evaluation.about["unfilled"], evaluation.about["library"]["revision"]) == (1, 1)
    assert evaluation.about["articles"] == 2
    assert str(tmp_path) not in json.dumps(evaluation.about)


def test_questions_that_copy_their_evidence_are_noted(write, library):
    """{captain, idris, penhale, steering, failed} are 5 of the 7 words of both, 71 %; other words share none."""
    copied = {**FERRY_LINES[0], "question": "Captain Idris Penhale: steering failed?"}
    (note,) = ask_library(write(copied), library, Settings(strictness=0)).about["notes"]
    assert note.startswith("half of the questions share 71% of their words")
    other = {**FERRY_LINES[0], "question": "Whose ship no longer obeyed the helm?"}
    assert ask_library(write(other), library, Settings(strictness=0)).about["notes"] == []


def test_evidence_that_no_answer_can_rest_on_is_noted(write):
    """Of a later day, of an article without a date, of a part that was taken for clutter: whoever answers."""
    dam = replace(article("dam.txt", DAM), published=date(2026, 2, 9))
    cleaned = replace(article("mill.txt", MILL), kept=((0, 22),))
    later = {**SMALL, "as_of": "2026-02-05"}
    undated = {"question": "How is it?", "answer": "empty", "evidence": "The mill stood empty.", "as_of": "2026-02-05"}
    clutter = {"question": "How far?", "answer": "two metres", "evidence": "rose by two metres"}
    seen = {"question": "How was the mill?", "answer": "empty", "evidence": "The mill stood empty."}
    cases = load(write(later, undated, clutter, seen)).cases
    notes = out_of_reach(cases, corpus_of([dam, cleaned]))
    assert [re.sub(r"q-\w+: ", "", note).partition("; see")[0] for note in notes] == [
        "'3,000 had to leave' can't be found: dam.txt is of 2026-02-09, and the question is asked as of 2026-02-05",
        "'The mill stood empty.' can't be found: mill.txt states no date, and the question is asked as of 2026-02-05",
        "'rose by two metres' can't be found: that part of mill.txt was taken for clutter",
    ]


NAMES = st.sampled_from(
    [*sorted(FIELDS), "short", "spans", "also_ok", "quote", "start", "end", "article", "sides", "x"]
)
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["dam", "mill"])
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4))


@given(st.dictionaries(NAMES, VALUES, max_size=8), st.booleans())
def test_no_line_of_json_ends_in_a_traceback(tmp_path_factory, line, sound):
    """Whatever stands in the fields: it is a case, waits to be filled in, or is named."""
    path = tmp_path_factory.getbasetemp() / "hostile.jsonl"
    path.write_text(json.dumps({**(SMALL if sound else {}), **line}), encoding="utf-8")
    try:
        said = str(load(path).cases[0])
    except CasesInvalid as error:
        said = str(error)
    assert "Case(" in said or "hostile.jsonl" in said


def test_a_run_with_line_separators_in_its_texts_is_read_back(write, library, tmp_path):
    path = write({"question": "Which whale\u2028sank\u0085it?", "answerable": False}, *FERRY_LINES)
    evaluation = ask_library(path, library, Settings(strictness=0))
    write_run(tmp_path / "run", evaluation.about, evaluation.asked)
    assert read_run(tmp_path / "run").values == run_now(evaluation.about, evaluation.asked).values
    assert len(read_stored(tmp_path / "run").asked) == 3


def test_only_the_split_is_asked(write, library):
    path = write(*FERRY_LINES, {"question": "Where is Sallow?", "answerable": False, "split": "test"})
    asked = ask_library(path, library, Settings(strictness=0), split="test").asked
    assert [item.case.question for item in asked] == ["Where is Sallow?"]


def test_questions_that_a_library_would_refuse_are_named_before_any_is_asked(write, library):
    path = write(
        {"id": "long", "question": "why " * 600, "answerable": False},
        {"id": "dots", "question": "…?", "answerable": False},
    )
    with pytest.raises(
        CasesInvalid, match=r"long: the question has 2,399 characters(.|\n)*dots: the question has no words"
    ):
        ask_library(path, library, Settings(strictness=0))


def test_a_library_that_is_missing_or_empty_says_so(write, open_library, tmp_path):
    with pytest.raises(LibraryMissing, match="no library at"):
        evaluate_library(write(*FERRY_LINES), tmp_path / "none", Settings())
    assert not (tmp_path / "none").exists()
    with pytest.raises(CasesInvalid, match="holds no articles"):
        ask_library(write(*FERRY_LINES), open_library(), Settings())


def test_a_file_with_mistakes_is_exit_code_2(write, library, tmp_path, capsys):
    path = write({"question": "Who?", "anser": "x"})
    assert main(["--questions", str(path), "--library", str(tmp_path / "library")]) == 2
    assert capsys.readouterr().err == "eval: mine.jsonl:1: unknown field 'anser'; did you mean 'answer'?\n"


def test_load_cases_takes_small_lines_too(write):
    assert load_cases(write(SMALL), TEXTS)[0].evidence[0].spans[0].article == "dam.txt"


@pytest.mark.models
def test_the_whole_command_with_the_real_models(write, articles, tmp_path, capsys, embedder):
    from qa.library import Library

    with Library.open(tmp_path / "news", load=lambda _: embedder) as made:
        made.add(articles)
    path = write(*FERRY_LINES)
    assert main(["--questions", str(path), "--library", str(tmp_path / "news"), "--out", str(tmp_path / "run")]) == 0
    assert "1 lines are still to be filled in" in capsys.readouterr().err


def test_an_evaluation_that_is_not_installed_says_what_to_run(monkeypatch, capsys):
    """Without the extra packages, or without the package of the evaluation itself."""
    from qa.__main__ import main as qa

    monkeypatch.setitem(sys.modules, "eval.__main__", None)
    monkeypatch.setattr(sys, "argv", ["qa", "eval"])
    with pytest.raises(SystemExit) as ended:
        qa()
    assert ended.value.code == 1
    assert "the evaluation needs eval.__main__, which is not installed; run: pip install" in capsys.readouterr().err
