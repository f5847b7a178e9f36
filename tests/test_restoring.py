"""What was removed comes back exactly as it was, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.errors import ArticleMissing, QAError
from qa.library import Library
from qa.types import Article, Upload
from tests.conftest import BAKERY, FERRY, OpenLibrary
from tests.test_store import kill_during

pytestmark = pytest.mark.both

QUESTION = "How many people were aboard the ferry Aurelia?"


def passages_of(library: Library, article: Article) -> set[str]:
    hits = library.search("the of people bread ferry", k=50, rerank=False)
    return {hit.passage.id for hit in hits if hit.passage.article_id == article.id}


@pytest.mark.parametrize("swept", [False, True])
def test_a_removed_article_comes_back_as_it_was(library: Library, ferry: Article, swept: bool) -> None:
    """Its passages without a new embedding, stored answers that quote it, the digest; also from swept indexes."""
    answer, passages = library.ask(QUESTION), passages_of(library, ferry)
    embedded = library._model.current().embedded  # type: ignore[attr-defined]
    library.remove(ferry.id)
    if swept:
        with library._store.writing():
            library._store.sweep()
    assert passages_of(library, ferry) == set()
    assert "gone" in {check.state for check in library.verify(answer)}
    assert [item.id for item in library.browse(removed=True).listed] == [ferry.id]
    report = library.restore(ferry.id[:9])
    assert [(entry.outcome, entry.article_id, entry.passages) for entry in report.entries] == [
        ("restored", ferry.id, len(passages))
    ]
    assert (library.article(ferry.id), passages_of(library, ferry)) == (ferry, passages)
    assert {check.state for check in library.verify(answer)} == {"valid"}
    ledger = library._store.ledger
    assert ledger.corpus_digest(report.revision) == ledger.corpus_digest(1)
    assert library._model.current().embedded == embedded  # type: ignore[attr-defined]
    assert library.ask(QUESTION).text == answer.text
    assert library.browse(removed=True).listed == ()
    assert all(finding.sound for finding in library.check()), library.check()


def test_restoring_twice_does_nothing_the_second_time(library: Library, ferry: Article) -> None:
    library.remove(ferry.id)
    revision = library.restore([ferry.id, ferry.id]).revision
    again = library.restore(ferry.id)
    assert ([entry.outcome for entry in again.entries], again.revision) == (["unchanged"], revision)
    assert len(library.articles()) == 2


def test_what_a_file_of_the_same_name_replaced_is_named_listed_and_put_back(open_library: OpenLibrary) -> None:
    """And what is replaced by that is listed and put back in its turn: nothing that was added is lost."""
    library = open_library()
    (first,) = library.add(Upload("note.txt", FERRY.encode())).entries
    (second,) = library.add(Upload("note.txt", BAKERY.encode())).entries
    assert (first.replaced, second.outcome, second.replaced) == (None, "updated", first.article_id)
    assert second.reason == "replaces “The ferry Aurelia ran aground off Brannock Island on…”"
    (gone,) = library.browse(removed=True).listed
    assert (gone.id, gone.ending and gone.ending.successor) == (first.article_id, second.article_id)
    assert gone.ending == library.ending(gone.id)
    assert library.ending(str(second.article_id)) is None
    (back,) = library.restore(gone.id).entries
    assert (back.outcome, back.replaced) == ("restored", second.article_id)
    assert "140 people" in library.ask(QUESTION).text
    assert [item.id for item in library.browse(removed=True).listed] == [second.article_id]
    library.restore(str(second.article_id))
    assert [article.id for article in library.articles()] == [second.article_id]
    assert all(finding.sound for finding in library.check()), library.check()


def test_a_removed_article_is_replaced_by_nothing(library: Library, ferry: Article, articles: Path) -> None:
    """Also where its file comes again later, or it was cleaned again before."""
    revision = library.remove(ferry.id).revision
    ending = library.ending(ferry.id)
    assert ending is not None
    assert (ending.revision, ending.successor) == (revision, None)
    (articles / "ferry.txt").write_text(FERRY.replace("140", "151"))
    (entry,) = library.add(articles / "ferry.txt").entries
    assert (entry.outcome, entry.replaced, library.ending(ferry.id)) == ("added", None, ending)


def test_of_two_versions_one_is_restored(library: Library, ferry: Article, articles: Path) -> None:
    (articles / "ferry.txt").write_text(FERRY.replace("140", "151"))
    (entry,) = library.add(articles / "ferry.txt").entries
    library.remove(str(entry.article_id))
    assert {item.id for item in library.browse(removed=True).listed} == {ferry.id, entry.article_id}
    with pytest.raises(QAError, match="two versions"):
        library.restore([ferry.id, str(entry.article_id)])
    library.restore(ferry.id)
    assert ferry in library.articles()


def test_what_was_purged_or_never_there_is_told(library: Library, ferry: Article) -> None:
    library.remove(ferry.id)
    library.remove(ferry.id, purge=True)
    for id in (ferry.id, "0" * 20, "", "%"):
        with pytest.raises(ArticleMissing, match="qa list --removed"):
            library.restore(id)


def test_a_purge_of_another_article_costs_no_more_than_an_embedding(library: Library, ferry: Article) -> None:
    (other,) = [article for article in library.articles() if article.id != ferry.id]
    library.remove(ferry.id)
    library.remove(other.id, purge=True)
    library.restore(ferry.id)
    assert "140 people" in library.ask(QUESTION).text
    assert all(finding.sound for finding in library.check()), library.check()


@pytest.mark.parametrize(
    ("step", "moment"),
    [("the ledger is written", "after"), ("the words follow", "after"), ("the ledger publishes", "before")],
)
@pytest.mark.folder
def test_a_kill_while_restoring_leaves_all_or_nothing(
    open_library: OpenLibrary, tmp_path: Path, step: str, moment: str
) -> None:
    with open_library() as library:
        (entry,) = library.add(Upload("ferry.txt", FERRY.encode())).entries
        library.remove(str(entry.article_id))
    kill_during("restore", str(entry.article_id), tmp_path / "library", step, moment)
    library = open_library()
    assert all(finding.sound for finding in library.check()), library.check()
    library.restore(str(entry.article_id))
    assert "140 people" in library.ask(QUESTION).text
    assert [article.id for article in library.articles()] == [entry.article_id]
