"""The library as programs use it: adding, asking, verifying, removing, changing the model."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import qa
from qa.errors import (
    ArticleMissing,
    LibraryMissing,
    ModelMismatch,
    ModelMissing,
    QAError,
    QuestionInvalid,
    SettingInvalid,
)
from qa.library import Library
from qa.settings import Settings
from qa.types import Answer, Filters, Upload
from tests.conftest import FERRY, OpenLibrary
from tests.fakes import WordEmbedder

pytestmark = pytest.mark.both

QUESTION = "How many people were aboard the ferry Aurelia?"


def outcomes(report: qa.IngestReport) -> list[str]:
    return [entry.outcome for entry in report.entries]


def test_unchanged_articles_are_skipped(library: Library, articles: Path) -> None:
    report = library.add(articles)
    assert (outcomes(report), report.revision) == (["unchanged", "unchanged"], 1)


def test_unchanged_articles_need_no_model(open_library: OpenLibrary, library: Library, articles: Path) -> None:
    """It takes a second to load; one that is no longer there is missed when there is something to embed."""

    def load(_: Settings) -> WordEmbedder:
        raise ModelMissing("no model")

    library.close()
    again = open_library(load=load)
    assert outcomes(again.add(articles)) == ["unchanged", "unchanged"]
    (articles / "ferry.txt").unlink()
    assert outcomes(again.add(articles, prune=True)) == ["unchanged", "removed"]
    with pytest.raises(ModelMissing):
        again.add(Upload("new.txt", FERRY.encode()))


def test_other_model_is_told_before_anything_is_stored(
    open_library: OpenLibrary, library: Library, articles: Path
) -> None:
    library.close()
    other = open_library(load=lambda _: WordEmbedder("other"))
    (articles / "ferry.txt").write_text(FERRY.replace("140 people", "151 people"))
    with pytest.raises(ModelMismatch, match="qa reembed"):
        other.add(articles)
    other.close()
    again = open_library()
    assert (len(again.articles()), again.add(articles).revision) == (2, 2)


def test_other_precision_is_told_without_reading_a_file(open_library: OpenLibrary, library: Library) -> None:
    library.close()
    other = open_library(settings=Settings(precision="bf16"))
    with pytest.raises(ModelMismatch, match="QA_PRECISION"):
        other.add("nowhere")


def test_changed_article_replaces_its_old_version(library: Library, articles: Path) -> None:
    (old,) = [article for article in library.articles() if "ferry" in article.source]
    (articles / "ferry.txt").write_text(FERRY.replace("140 people", "151 people"))
    assert outcomes(library.add(articles)) == ["unchanged", "updated"]
    (new,) = [article for article in library.articles() if "ferry" in article.source]
    assert (new.supersedes, len(library.articles())) == (old.id, 2)
    assert "151 people" in library.ask(QUESTION).text


def test_one_bad_file_never_stops_the_rest(open_library: OpenLibrary, articles: Path) -> None:
    """Each kind of bad file is reported with its reason and a remedy."""
    (articles / "binary.txt").write_bytes(b"\x00\x01\x02" * 500)
    (articles / "empty.txt").write_text("")
    (articles / "blank.txt").write_text(" \n\t\n")
    (articles / "clutter.txt").write_text("Share this\n\nSubscribe to our newsletter\n\nRead more\n")
    (articles / "huge.txt").write_bytes(b"word " * 10_000)
    page = b"<html><meta charset='%s'><p>caf\xe9</p></html>"
    for charset in (b"undefined", b"idna", b"hex", b"utf-7"):
        (articles / f"{charset.decode()}.html").write_bytes(page % charset)
    os.link(articles / "ferry.txt", os.path.join(os.fsencode(articles), b"caf\xe9.txt"))
    library = open_library(settings=Settings(max_article_bytes=20_000))
    report = library.add([articles, articles / "none.txt", articles.parent / "nowhere"])
    skipped = {Path(entry.source).name: entry for entry in report.having("skipped")}
    skipped = {name: entry for name, entry in skipped.items() if not name.endswith(".html")}
    assert set(skipped) == {"binary.txt", "empty.txt", "blank.txt", "clutter.txt", "huge.txt", "none.txt", "nowhere"}
    assert all(entry.reason and entry.remedy for entry in skipped.values())
    added = {Path(entry.source).name for entry in report.having("added")}
    assert {name for name in added if not name.endswith(".html")} == {"bakery.txt", "caf\\udce9.txt"}
    assert "ferry.txt" in {Path(entry.source).name for entry in report.having("duplicate")}


def test_folder_without_articles_is_reported(open_library: OpenLibrary, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"\xff\xd8\xff")
    report = open_library().add(tmp_path / "photos")
    assert outcomes(report) == ["skipped"]
    assert ".txt" in report.entries[0].remedy


def test_undecodable_bytes_are_replaced_and_counted(open_library: OpenLibrary, tmp_path: Path) -> None:
    """The article goes in, and the report says that it is not quite what was in the file."""
    path = tmp_path / "broken.txt"
    path.write_bytes(
        FERRY.encode("utf-8") + b" It cost 5 \x81\x8d\x8f pounds. " + "Café – naïve “quotes”. ".encode() * 20
    )
    library = open_library()
    report = library.add(path)
    assert outcomes(report) == ["added"]
    assert "replaced" in report.entries[0].reason
    assert "140 people" in library.ask(QUESTION).text


def test_upload_of_the_same_name_replaces_it(open_library: OpenLibrary) -> None:
    library = open_library()
    assert outcomes(library.add(Upload("ferry.txt", FERRY.encode()))) == ["added"]
    assert outcomes(library.add(Upload("ferry.txt", FERRY.encode()))) == ["unchanged"]
    assert outcomes(library.add(Upload("ferry.txt", FERRY.replace("140", "150").encode()))) == ["updated"]
    assert [article.source for article in library.articles()] == ["upload:ferry.txt"]


def test_copy_under_another_name_is_one_source(library: Library, tmp_path: Path) -> None:
    """It is stored, said to be a copy, and never stands beside the original as a second witness."""
    (tmp_path / "copy.txt").write_text(FERRY)
    report = library.add(tmp_path / "copy.txt")
    assert outcomes(report) == ["duplicate"]
    assert "ferry.txt" in report.entries[0].reason
    texts = [hit.passage.text for hit in library.search(QUESTION, k=20)]
    assert len(texts) == len(set(texts))


def test_every_citation_is_a_slice_of_its_article(library: Library) -> None:
    answer = library.ask(QUESTION)
    assert answer.status == "answered"
    for citation in answer.citations:
        quotation = citation.quotation
        assert library.article(quotation.article_id).text[quotation.start : quotation.end] == quotation.text
    assert [citation.number for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert all(answer.text[s.start : s.end] == s.text for s in answer.sentences)


def test_same_question_gives_the_same_answer(library: Library) -> None:
    one, other = library.ask(QUESTION), library.ask(QUESTION)
    untimed = replace(one.provenance, timings=())
    assert replace(one, provenance=untimed) == replace(other, provenance=untimed)


def test_strict_library_refuses_with_the_nearest_passages(library: Library) -> None:
    answer = library.ask("Who composed the opera about submarines?", strictness=1)
    assert (answer.status, answer.sentences, answer.citations) == ("refused", (), ())
    assert answer.nearest
    assert answer.text == qa.types.REFUSAL


def test_empty_library_refuses_and_says_why(open_library: OpenLibrary) -> None:
    answer = open_library().ask(QUESTION)
    assert answer.status == "refused"
    assert answer.notes == ("The library is empty; add articles with: qa add PATH",)


@pytest.mark.parametrize("use", ["article", "remove", "restore"])
def test_half_a_character_is_the_id_of_no_article(library: Library, use: str) -> None:
    """As the command line passes a byte that is no text."""
    with pytest.raises(ArticleMissing, match=r"no (removed )?article"):
        getattr(library, use)("\udcff")
    assert library.ending("\udcff") is None


@pytest.mark.parametrize("question", ["", "   \n", "?!", "x" * 10_000])
def test_question_that_asks_nothing_is_an_error(library: Library, question: str) -> None:
    with pytest.raises(QuestionInvalid):
        library.ask(question)


@pytest.mark.parametrize(
    "question", ["\x00\x1b[31m ferry", "\ud800 ferry", "船はどこ？", "a " * 900, "'; DROP TABLE articles; --"]
)
def test_odd_questions_are_answered_or_refused(library: Library, question: str) -> None:
    assert library.ask(question).status in ("answered", "refused")


def test_events_come_in_order_and_the_last_has_the_answer(library: Library) -> None:
    events = list(library.stream(QUESTION))
    assert [event.stage for event in events] == ["retrieve", "read", "compose"]
    assert [event.answer is not None for event in events] == [False, False, True]


def test_as_of_leaves_undated_articles_out_and_says_so(library: Library, tmp_path: Path) -> None:
    (tmp_path / "mill.txt").write_text(
        "Mill to open\n\nPublished: 12 November 2025\n\nThe old paper mill of Tarn Hollow will open as a museum next "
        "spring, the council decided on Monday evening. Volunteers restored the wheel of the mill over nine years."
    )
    library.add(tmp_path / "mill.txt")
    answer = library.ask("When will the mill open?", filters=Filters(as_of=date(2025, 12, 1)))
    assert {citation.published for citation in answer.citations} == {date(2025, 11, 12)}
    assert answer.notes == ("Left out because they state no date: 2 of the articles.",)
    too_early = library.ask("When will the mill open?", filters=Filters(as_of=date(2025, 11, 1)))
    assert too_early.status == "refused"


def test_verify_tells_valid_moved_changed_and_gone(library: Library, articles: Path) -> None:
    """As the article of a stored answer changes and goes."""
    answer = library.ask(QUESTION)
    assert {check.state for check in library.verify(Answer.from_json(answer.to_json()))} == {"valid"}
    quoted = answer.citations[0].quotation.text

    (articles / "ferry.txt").write_text(f"An editor added this paragraph on top of the old report about it.\n\n{FERRY}")
    library.add(articles)
    assert library.verify(answer)[0].state == "moved"
    (articles / "ferry.txt").write_text(
        FERRY.replace(quoted, "The ferry never sailed at all that night, it is said now.")
    )
    library.add(articles)
    assert library.verify(answer)[0].state == "changed"
    library.remove(library.articles()[-1].id)
    assert library.verify(answer)[0].state == "gone"


def test_altered_quotation_is_not_valid(library: Library) -> None:
    """One character changed in a stored answer."""
    answer = library.ask(QUESTION)
    quoted = answer.citations[0].quotation.text
    forged = Answer.from_json(answer.to_json().replace(quoted, quoted.replace("140", "141")))
    assert forged != answer
    assert library.verify(forged)[0].state == "changed"


def test_forged_sentence_is_not_valid(library: Library) -> None:
    """The quotation is untouched, but the answer says something else; or says it without any source."""
    answer = library.ask(QUESTION)
    (first, *rest) = answer.sentences
    forged = replace(answer, sentences=(replace(first, text="Nine thousand people drowned."), *rest))
    assert library.verify(forged)[0].state == "valid"
    assert [(c.state, c.citation.quotation.text) for c in library.verify(forged) if c.state != "valid"] == [
        ("reworded", "Nine thousand people drowned.")
    ]
    unsourced = replace(answer, sentences=(*answer.sentences, replace(first, text="All drowned.", citations=())))
    assert [check.state for check in library.verify(unsourced)][-1] == "gone"


@pytest.mark.parametrize(
    "forged",
    [
        {"title": "Another"},
        {"publisher": "The Forger"},
        {"published": date(1999, 1, 1)},
        {"url": "https://forged.test"},
    ],
)
def test_forged_name_of_an_article_is_not_valid(library: Library, forged: dict[str, Any]) -> None:
    """The quotation is untouched, but is said to be of another article."""
    answer = library.ask(QUESTION)
    first, *rest = answer.citations
    states = [check.state for check in library.verify(replace(answer, citations=(replace(first, **forged), *rest)))]
    assert states == ["misnamed", *(check.state for check in library.verify(answer)[1:])]


def test_removed_article_is_never_answered_from(library: Library) -> None:
    (ferry,) = [article.id for article in library.articles() if "ferry" in article.source]
    report = library.remove(ferry)
    assert outcomes(report) == ["removed"]
    assert all(c.quotation.article_id != ferry for c in library.ask(QUESTION).citations)
    assert library.article(ferry).id == ferry  # old answers can still be looked up


def test_purged_article_leaves_no_trace(library: Library, tmp_path: Path) -> None:
    (ferry,) = [article.id for article in library.articles() if "ferry" in article.source]
    library.remove(ferry, purge=True)
    with pytest.raises(ArticleMissing):
        library.article(ferry)
    assert all(finding.sound for finding in library.check())
    library.close()
    for path in (tmp_path / "library").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(trace in content for trace in (b"Penhale", b"penhal", ferry.encode())), path


def test_purge_finds_old_versions_and_what_was_removed(library: Library, articles: Path, tmp_path: Path) -> None:
    (articles / "ferry.txt").write_text(FERRY.replace("Penhale", "Trelawny"))
    library.add(articles)
    (ferry,) = [article.id for article in library.articles() if "ferry" in article.source]
    library.remove(ferry)
    library.remove(ferry, purge=True)
    library.close()
    for path in (tmp_path / "library").rglob("*"):
        if path.is_file():
            content = path.read_bytes().lower()
            assert not any(name in content for name in (b"penhal", b"trelawni", b"trelawny")), path


def test_more_passages_than_candidates_are_found(open_library: OpenLibrary) -> None:
    library = open_library(settings=Settings(candidates=2))
    library.add([Upload(f"{n}.txt", FERRY.replace("140", str(n)).encode()) for n in range(20)])
    assert len(library.search("How many people were aboard the ferry?", k=15, rerank=False)) == 15


def test_second_upload_of_a_name_in_one_go_is_reported(open_library: OpenLibrary) -> None:
    report = open_library().add([Upload("a.txt", FERRY.encode()), Upload("a.txt", b"Something else entirely.")])
    assert sorted(outcomes(report)) == ["added", "skipped"]


def test_id_may_be_shortened_but_not_ambiguous(library: Library) -> None:
    first = library.articles()[0]
    assert library.article(first.id[:8]) == first
    with pytest.raises(ArticleMissing, match="beginning of 2"):
        library.remove("")
    with pytest.raises(ArticleMissing, match="qa list"):
        library.article("zzz")


def test_other_model_is_refused_until_reembedded(open_library: OpenLibrary, library: Library) -> None:
    """The library remembers its model; `reembed` changes it, and nothing is embedded twice."""
    before = library.search(QUESTION, rerank=False)
    library.close()
    other = open_library(load=lambda _: WordEmbedder("other"))
    with pytest.raises(ModelMismatch, match="qa reembed"):
        other.ask(QUESTION)
    assert [finding.part for finding in other.check() if not finding.sound] == ["model"]
    assert other.reembed("other") == sum(other.count_passages().values())
    assert other.reembed("other") == 0
    assert other.search(QUESTION, rerank=False) == before
    assert all(finding.sound for finding in other.check())


def test_interrupted_reembedding_goes_on_and_the_old_vectors_serve(open_library: OpenLibrary, library: Library) -> None:
    class Interrupted(WordEmbedder):
        def embed(self, texts):  # type: ignore[no-untyped-def]
            raise KeyboardInterrupt

    library.search(QUESTION, rerank=False)  # with the model of before, which is loaded by then
    models = iter([Interrupted("other")])
    library._model._load = lambda settings: next(models)
    with pytest.raises(KeyboardInterrupt):
        library.reembed("other")
    assert library.ask(QUESTION).status == "answered"
    assert all(finding.sound for finding in library.check())


def test_closed_library_says_so(library: Library) -> None:
    library.close()
    library.close()
    for use in (lambda: library.ask(QUESTION), library.articles, library.check):
        with pytest.raises(QAError, match="closed"):
            use()


def test_unknown_publisher_is_named(library: Library) -> None:
    answer = library.ask(QUESTION, filters=Filters(publishers=("Herold",)))
    assert (answer.status, answer.notes) == ("refused", ("No article names the publisher Herold.",))
    with pytest.raises(TypeError, match="several texts"):
        Filters(publishers="Herald")  # type: ignore[arg-type]


@pytest.mark.parametrize("field", ["publishers", "languages", "article_ids"])
def test_half_a_character_in_a_filter_is_no_error(library: Library, field: str) -> None:
    filters = Filters(**{field: ("Her\ud800ald",)})  # type: ignore[arg-type]
    answer = library.ask(QUESTION, filters=filters)
    assert (answer.status, library.search(QUESTION, filters=filters)) == ("refused", [])
    assert answer.provenance.filters == ((field, ("Her\ufffdald",)),)


def test_half_a_character_in_a_publisher_finds_the_articles_that_name_it_so(
    open_library: OpenLibrary, tmp_path: Path
) -> None:
    """As JSON may hold it, in a file of records and in a program's filters."""
    (tmp_path / "ferry.json").write_text(json.dumps({"text": FERRY, "publisher": "Her\ud800ald"}))
    library = open_library()
    library.add(tmp_path / "ferry.json")
    assert library.search(QUESTION, filters=Filters(publishers=("Her\ud800ald",)))


@pytest.mark.parametrize("strictness", [-0.1, 5])
def test_strictness_is_a_probability(library: Library, strictness: float) -> None:
    with pytest.raises(SettingInvalid, match="from 0 to 1"):
        library.ask(QUESTION, strictness=strictness)


def test_default_library_is_asked(open_library: OpenLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LibraryMissing):
        qa.ask(QUESTION)


@pytest.mark.models
def test_the_seeds_answer(seed_library: Library) -> None:
    """The question of the README, with the real model."""
    answer = seed_library.ask("What song did Maduro sing at a rally?")
    assert "“Imagine”" in answer.sentences[0].text
    assert answer.citations[0].publisher == "Attack of the Fanboy"


@pytest.mark.models
def test_the_seeds_disagree_on_the_troops(seed_library: Library) -> None:
    (disagreement,) = seed_library.ask("How many US troops are in the Caribbean?").disagreements
    assert {side.value for side in disagreement.sides} == {"10,000", "around 15,000"}
    assert disagreement.kind == "undated"


@pytest.mark.models
@pytest.mark.parametrize(
    "question",
    [
        "Who installs security systems in North Carolina?",
        "Which photographer's pictures are shown?",
        "Who won the 2026 football world cup?",
        "When did Maduro resign?",
    ],
)
def test_the_seeds_refuse_what_they_do_not_say(seed_library: Library, question: str) -> None:
    assert seed_library.ask(question).status == "refused"
