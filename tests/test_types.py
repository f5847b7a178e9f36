"""The records: an answer survives being written and read; sentences know their places."""

from dataclasses import replace
from datetime import date

import pytest

from qa.errors import AnswerInvalid
from qa.formats import escape_markdown
from qa.types import (
    REFUSAL,
    Answer,
    Article,
    Citation,
    Disagreement,
    Filters,
    Model,
    Passage,
    Provenance,
    Quotation,
    Sentence,
    Side,
    article_id,
    place_sentences,
)

CITATION = Citation(
    1, Quotation("a" * 20, 4, 15, "Nine boats."), "Title", "Herald", date(2025, 11, 20), None, 0.5, "/n/a.txt"
)


def full_answer() -> Answer:
    sentences = place_sentences(
        [Sentence("Nine boats.", 0, 0, (1,), emphasis=((0, 4),)), Sentence("“Öl” 😀.", 0, 0, ())]
    )
    return Answer(
        "How many boats?",
        "answered",
        sentences,
        (CITATION,),
        (Disagreement("how many boats", "undated", (Side("Nine", (1,)), Side("at least 21", ()))),),
        0.75,
        (),
        ("A note.",),
        Provenance(
            3,
            "digest",
            (Model("embedder", "m", "d"),),
            (("hits", 10),),
            (("publishers", ("Herald",)),),
            (("read", 1.5),),
        ),
    )


def test_answer_read_back_is_the_answer_written() -> None:
    """from_json(to_json(a)) == a, with dates, tuples, emoji and every field set."""
    assert Answer.from_json(full_answer().to_json()) == full_answer()


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"status": "answered"}', "\x00", '"text"', "[" * 100_000])
def test_other_json_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(AnswerInvalid, match="not an answer"):
        Answer.from_json(text)


def test_unknown_status_is_refused() -> None:
    with pytest.raises(AnswerInvalid, match="perhaps"):
        Answer.from_json(full_answer().to_json().replace('"answered"', '"perhaps"'))


def test_json_names_the_characters_of_the_source() -> None:
    """Programs that know nothing of our records find the span under the usual names."""
    text = full_answer().to_json()
    assert '"cited_text": "Nine boats."' in text
    assert '"start_char_index": 4' in text
    assert '"end_char_index": 15' in text


def test_sentences_know_their_places_in_the_text() -> None:
    answer = full_answer()
    assert [answer.text[s.start : s.end] for s in answer.sentences] == ["Nine boats.", "“Öl” 😀."]


def test_refusal_says_so_and_claims_nothing() -> None:
    refusal = Answer("Who?", "refused", nearest=(CITATION,))
    assert refusal.text == REFUSAL
    assert "nearest passages" in refusal.markdown()


def test_markdown_shows_answer_sides_and_sources() -> None:
    text = full_answer().markdown()
    assert "Nine boats. [1]" in text
    assert "- at least 21" in text
    assert "Herald, 2025-11-20" in text


def test_untitled_article_goes_by_its_file() -> None:
    """Nothing is guessed as a title, but the reader sees which article it is."""
    assert replace(CITATION, title=None).name == "a.txt"
    assert replace(CITATION, title=None, source="").name == f"article {'a' * 20}"


def test_markdown_of_articles_is_escaped() -> None:
    """A link or an image in an article stays text."""
    assert escape_markdown("![x](http://h) <b>") == r"!\[x\](http://h) \<b\>"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (
            "a drug-trafficking snake_case of 2026-06-08 (+3 #1!) R&D",
            "a drug-trafficking snake_case of 2026-06-08 (+3 #1!) R&D",
        ),
        ("- a list", r"\- a list"),
        ("# heading", r"\# heading"),
        ("> quoted", r"\> quoted"),
        ("12. Numbered", r"12\. Numbered"),
        ("---", r"\---"),
        ("*a* _b_ ~~c~~ `d`", r"\*a\* \_b\_ \~\~c\~\~ \`d\`"),
        ("&lt;b&gt; &#42;", r"\&lt;b\&gt; \&#42;"),
        ("a\\b\n# c", r"a\\b # c"),
    ],
)
def test_only_what_markdown_acts_on_is_escaped(text: str, written: str) -> None:
    assert escape_markdown(text) == written


def test_markdown_begins_with_the_question() -> None:
    assert full_answer().markdown().startswith("**How many boats?**\n\nNine boats. [1]")
    assert Answer("Who *is* it?", "refused").markdown().startswith(r"**Who \*is\* it?**")


def test_versions_of_an_article_have_different_ids() -> None:
    assert article_id("a.txt", "one") != article_id("a.txt", "two") != article_id("b.txt", "two")
    assert len(article_id("a.txt", "\ud800")) == 20


def test_kept_text_joins_the_kept_spans() -> None:
    assert Article("i", "s", "one\nad\ntwo", ((0, 3), (7, 10))).kept_text == "one\ntwo"
    assert Passage("i", 0, 3, "one").id == "i:0-3"


def test_as_of_and_until_both_bound_the_days() -> None:
    """The earlier of the two is the last day that passes."""
    filters = Filters(published_to=date(2025, 1, 9), as_of=date(2025, 1, 5))
    assert filters.published_days == (None, date(2025, 1, 5).toordinal())
