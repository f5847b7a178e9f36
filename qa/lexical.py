"""BM25 over passages, in a Tantivy index that follows the ledger."""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qa.errors import IndexUnusable
from qa.rows import IndexRow
from qa.types import Filters

INITIALS = re.compile(r"\b(?:[A-Za-z]\.){2,}")
WRITER_BYTES = 64_000_000
MARKER = -1  # the key of the document that says how far the index is: Tantivy has no commit payload
LAYOUT = "2"  # of the fields and the analyzer; an index with another one is built anew


class LexicalIndex:
    """Owns the folder of one Tantivy index; one process writes, any number read."""

    def __init__(self, index: Any, analyzer: Any) -> None:
        self._index = index
        self._analyzer = analyzer
        self._writer: Any = None

    @classmethod
    def create(cls, folder: Path) -> LexicalIndex:
        """An empty index in a new folder."""
        import tantivy

        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        index = tantivy.Index(_schema(), path=str(folder))
        (folder / "layout").write_text(LAYOUT, encoding="utf-8")
        return cls(*_prepare(index))

    @classmethod
    def open(cls, folder: Path) -> LexicalIndex:
        """The index in that folder; IndexUnusable when it can't be read."""
        import tantivy

        try:
            if (folder / "layout").read_text(encoding="utf-8") != LAYOUT:
                raise IndexUnusable(f"{folder} has another layout")
            return cls(*_prepare(tantivy.Index.open(str(folder))))
        except (OSError, ValueError) as error:
            raise IndexUnusable(f"{folder}: {error}") from error

    def revision(self) -> int:
        """How far the index is; -1 when it has never been brought to a revision."""
        import tantivy

        query = tantivy.Query.term_query(self._index.schema, "key", MARKER)
        searcher = self._index.searcher()
        hits = searcher.search(query, limit=1).hits
        return int(searcher.doc(hits[0][1])["revision"][0]) if hits else -1

    def count(self) -> int:
        """How many passages the index holds."""
        return int(self._index.searcher().num_docs) - (1 if self.revision() >= 0 else 0)

    def reload(self) -> None:
        """Sees what another process has committed; IndexUnusable when the folder is gone."""
        with _usable():
            self._index.reload()

    def switch(self, folder: Path) -> None:
        """Goes over to the index in another folder; a search that runs ends on the old one."""
        fresh = LexicalIndex.open(folder)  # if that fails, the old one stays in use
        self.release()
        self._index = fresh._index

    def update(
        self, runs: Iterable[Sequence[IndexRow]], dead: Iterable[int], revision: int, *, keep: bool = False
    ) -> None:
        """Puts in the passages and takes out the dead, and says so, in one commit.

        With `keep` what writes is there for the next update, until `release`: new threads for every batch would leave
        ever more memory behind, and each would wait until the segments are merged.
        """
        with _usable():
            writer = self._writer or self._open_writer()
            try:
                self._change(writer, runs, dead, revision)
                writer.commit()
            except BaseException:
                self.release()  # with what isn't committed
                raise
            if not keep:
                self.release()
            self._index.reload()

    def release(self) -> None:
        """Ends writing, so that another process may; waits for segments that are being merged."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.wait_merging_threads()

    def _open_writer(self) -> Any:
        self._writer = self._index.writer(heap_size=WRITER_BYTES, num_threads=1)
        self._writer.garbage_collect_files()  # what a killed commit left has names that the next one takes
        return self._writer

    def _change(self, writer: Any, runs: Iterable[Sequence[IndexRow]], dead: Iterable[int], revision: int) -> None:
        import tantivy

        for row in (row for run in runs for row in run):
            writer.delete_documents_by_term("key", row.key)
            writer.add_document(_document(row))
        for key in (*dead, MARKER):
            writer.delete_documents_by_term("key", key)
        marker = tantivy.Document()
        marker.add_integer("key", MARKER)
        marker.add_integer("revision", revision)
        writer.add_document(marker)

    def search(self, question: str, k: int, filters: Filters | None = None) -> list[tuple[int, float]]:
        """(passage key, BM25 score) of the k best, best first; empty when no word of the question is in the index."""
        import tantivy

        schema, query = self._index.schema, tantivy.Query
        words = list(dict.fromkeys(self.terms(question)))
        if not words:
            return []
        # A word of the title counts for every passage of its article, but less than one of the passage itself.
        wanted = [(tantivy.Occur.Should, query.term_query(schema, "text", word)) for word in words]
        wanted += [
            (tantivy.Occur.Should, query.boost_query(query.term_query(schema, "title", word), 0.3)) for word in words
        ]
        # Tantivy passes over what can't be among the best only if nobody counts and no clause stands around the words.
        asked, restrictions = query.boolean_query(wanted), _restrictions(schema, filters)
        if restrictions:
            asked = query.boolean_query([(tantivy.Occur.Must, asked), *restrictions])
        searcher = self._index.searcher()
        hits = searcher.search(asked, limit=k, count=False).hits
        found = [(int(searcher.doc(address)["key"][0]), float(score)) for score, address in hits]
        # Equal scores come in the order of segments, which depends on how the index was built.
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    def terms(self, text: str) -> list[str]:
        """The stemmed words of a text without stop words, as the index knows them."""
        return list(self._analyzer.analyze(join_initials(text)))

    def rarity(self, words: Iterable[str]) -> dict[str, float]:
        """Word -> how much it weighs in BM25: the fewer passages have it, the more."""
        searcher = self._index.searcher()
        counts = {word: int(searcher.doc_freq("text", word)) for word in words}
        documents = int(searcher.num_docs)
        return {word: math.log(1 + (documents - count + 0.5) / (count + 0.5)) for word, count in counts.items()}


@contextmanager
def _usable() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise IndexUnusable(f"the index of words can't be used: {error}; run: qa rebuild") from error


def join_initials(text: str) -> str:
    """The text with "U.S." as "US": the tokenizer would make two letters of it, and no question would find them."""
    return INITIALS.sub(lambda found: found.group().replace(".", ""), text)


def english_terms() -> Callable[[str], list[str]]:
    """`LexicalIndex.terms` without an index."""
    analyzer = _analyzer()
    return lambda text: list(analyzer.analyze(join_initials(text)))


def _prepare(index: Any) -> tuple[Any, Any]:
    """The index, ready for searching, and its analyzer, which is not stored with it."""
    analyzer = _analyzer()
    index.register_tokenizer("english", analyzer)
    index.config_reader("manual", 1)
    return index, analyzer


def _schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("key", stored=True, indexed=True)
    builder.add_integer_field("revision", stored=True)
    for name in ("text", "title"):  # no question asks where in a passage a word stands
        builder.add_text_field(name, tokenizer_name="english", index_option="freq")
    for name in ("article", "publisher", "language"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("published", indexed=True, fast=True)
    return builder.build()


def _analyzer() -> Any:
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    builder = TextAnalyzerBuilder(Tokenizer.simple())
    for step in (
        Filter.remove_long(80),
        Filter.lowercase(),
        Filter.ascii_fold(),  # "Nicolas" finds "Nicolás"
        Filter.stopword("english"),
        Filter.stemmer("english"),
    ):
        builder = builder.filter(step)
    return builder.build()


def _document(row: IndexRow) -> Any:
    import tantivy

    document = tantivy.Document()
    document.add_integer("key", row.key)
    document.add_text("text", join_initials(row.text))
    document.add_text("title", join_initials(row.title))
    document.add_text("article", row.article_id)
    document.add_text("publisher", row.publisher)
    document.add_text("language", row.language)
    document.add_integer("published", row.published)
    return document


def _restrictions(schema: Any, filters: Filters | None) -> list[tuple[Any, Any]]:
    """The filters as clauses that a passage must meet."""
    import tantivy

    if filters is None:
        return []
    must, query = tantivy.Occur.Must, tantivy.Query
    sets = (("publisher", filters.publishers), ("language", filters.languages), ("article", filters.article_ids))
    clauses = [(must, query.term_set_query(schema, field, list(values))) for field, values in sets if values]
    first, last = filters.published_days
    if first is not None or last is not None:
        dated = _published_between(schema, max(first or 1, 1), last)
        if filters.include_undated:
            undated = _published_between(schema, 0, 0)
            dated = query.boolean_query([(tantivy.Occur.Should, dated), (tantivy.Occur.Should, undated)])
        clauses.append((must, dated))
    return clauses


def _published_between(schema: Any, first: int, last: int | None) -> Any:
    import tantivy

    return tantivy.Query.range_query(
        schema, "published", tantivy.FieldType.Integer, first, last if last is not None else 4_000_000
    )
