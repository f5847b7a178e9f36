"""The ways of finding passages that eval.bench.retrieval compares: each a function from a question to ranked hits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.bridge.pydantic import PrivateAttr

from eval.bench import rival
from eval.bench.data import RememberingEmbedder
from qa.evidence import read_hits
from qa.models import Reader
from qa.retrieve import retrieve
from qa.rows import IndexRow
from qa.settings import Settings
from qa.store import Store
from qa.types import Article, Hit, Passage

DEPTH = 60  # hits asked for: 1,000 words are about eight passages, ten articles rarely more than twenty

Find = Callable[[str], list[Hit]]


@dataclass(frozen=True, slots=True)
class Ground:
    """One collection, ready for every contestant: a library, and its passages by key."""

    store: Store
    articles: Mapping[str, Article]
    rows: Sequence[IndexRow]
    passages: Mapping[int, Passage]
    folder: Path  # for what the others store

    @classmethod
    def prepare(cls, store: Store, folder: Path) -> Ground:
        revision = store.ledger.revision()
        rows = [row for run in store.ledger.rows_born(-1, revision) for row in run]
        articles = {article.id: article for article in store.ledger.articles(revision)}
        return cls(store, articles, rows, store.ledger.passages([row.key for row in rows], revision), folder)

    def hits(self, found: Sequence[tuple[int, float]]) -> list[Hit]:
        return [Hit(self.passages[key], score) for key, score in found]


def make_contestants(
    ground: Ground, embedder: RememberingEmbedder, reader: Reader, settings: Settings
) -> dict[str, Find]:
    """Name -> way of finding; the first is the one that the others are held against."""
    store, revision = ground.store, ground.store.ledger.revision()

    def fused(pairs: float, earliness: float) -> Find:
        changed = replace(settings, pair_weight=pairs, earliness_weight=earliness)
        return lambda question: retrieve(
            question, store=store, embedder=embedder, settings=changed, revision=revision, k=DEPTH
        )

    def vectors(question: str) -> list[Hit]:
        return ground.hits(store.search_vectors(embedder.embed_question(question), DEPTH, revision, None))

    pairs, early = settings.pair_weight, settings.earliness_weight
    both = fused(pairs, early)

    def read(question: str) -> list[Hit]:
        hits = both(question)
        first = hits[: settings.hits]
        return [*read_hits(question, first, ground.articles, reader)[1], *hits[settings.hits :]]

    return {
        "Tantivy alone": lambda question: ground.hits(store.search_words(question, DEPTH, revision, None)),
        "bm25s": prepare_bm25s(ground),
        "vectors alone": vectors,
        "llama-index, its passages": prepare_llama_index(ground, embedder, ours=False),
        "llama-index, our passages": prepare_llama_index(ground, embedder, ours=True),
        "fusion": fused(0, 0),
        "fusion, pairs": fused(pairs, 0),
        "fusion, earliness": fused(0, early),
        "fusion, both": both,
        "the reader on it: search()": read,
    }


def prepare_bm25s(ground: Ground) -> Find:
    """bm25s over the same passages, stemmed and without stop words, as its documentation does it."""
    import bm25s  # type: ignore[import-untyped]
    import Stemmer  # type: ignore[import-not-found]

    stemmer = Stemmer.Stemmer("english")
    index = bm25s.BM25()
    texts = [f"{row.title}\n{row.text}" if row.title else row.text for row in ground.rows]
    index.index(bm25s.tokenize(texts, stopwords="en", stemmer=stemmer, show_progress=False), show_progress=False)
    keys = [row.key for row in ground.rows]

    def find(question: str) -> list[Hit]:
        words = bm25s.tokenize(question, stopwords="en", stemmer=stemmer, show_progress=False)
        places, scores = index.retrieve(words, k=min(DEPTH, len(keys)), show_progress=False)
        return ground.hits([(keys[place], score) for place, score in zip(places[0], scores[0], strict=True) if score])

    return find


class SameModel(BaseEmbedding):
    """Our embedder for llama-index, so that both sides have the same vectors."""

    _embedder: RememberingEmbedder = PrivateAttr()

    def __init__(self, embedder: RememberingEmbedder) -> None:
        super().__init__(model_name=embedder.name, embed_batch_size=512)
        self._embedder = embedder

    def _get_query_embedding(self, query: str) -> list[float]:
        return [float(number) for number in self._embedder.embed_question(query)]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        rows: list[list[float]] = self._embedder.embed(texts).tolist()
        return rows


def prepare_llama_index(ground: Ground, embedder: RememberingEmbedder, *, ours: bool) -> Find:
    """A VectorStoreIndex over Chroma, of our passages or of those that its default splitter makes of the articles."""
    from llama_index.core import StorageContext, VectorStoreIndex
    from llama_index.core.schema import BaseNode, TextNode

    nodes: list[BaseNode] = []
    if ours:
        nodes += [TextNode(id_=passage.id, text=passage.text) for passage in ground.passages.values()]
        passages = {passage.id: passage for passage in ground.passages.values()}
    else:
        nodes, passages = split_by_llama_index(ground.articles.values())
    folder = ground.folder / ("ours" if ours else "theirs")
    index = VectorStoreIndex(
        nodes,
        storage_context=StorageContext.from_defaults(vector_store=rival.open_store(folder)),
        embed_model=SameModel(embedder),
    )
    retriever: Any = index.as_retriever(similarity_top_k=min(DEPTH, len(nodes)))
    return lambda question: [Hit(passages[found.node.node_id], found.score) for found in retriever.retrieve(question)]


def split_by_llama_index(articles: Iterable[Article]) -> tuple[list[Any], dict[str, Passage]]:
    """Its nodes and the passages they are; looked up in order, for its own places may be those of a repetition."""
    from llama_index.core import Document
    from llama_index.core.node_parser import SentenceSplitter

    splitter = SentenceSplitter()  # 1,024 tokens, 200 of them repeated
    nodes: list[Any] = []
    passages: dict[str, Passage] = {}
    for article in articles:
        start = -1
        metadata = {"title": article.title} if article.title else {}
        for node in splitter.get_nodes_from_documents([Document(text=article.text, metadata=metadata)]):
            text = node.get_content()
            start = article.text.index(text, start + 1)
            nodes.append(node)
            passages[node.node_id] = Passage(article.id, start, start + len(text), text)
    return nodes, passages
