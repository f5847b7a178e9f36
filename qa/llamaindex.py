"""A library inside llama-index programs: its passages as a retriever, its cited answers as a query engine.

Nothing is taken from llama-index's global Settings but the callbacks that its own base classes look up there, and
nothing in them is changed; no language model takes part.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import cache
from typing import Any

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.response.schema import Response
from llama_index.core.callbacks.base import CallbackManager
from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, RelatedNodeInfo, TextNode

from qa.formats import answer_to_dict
from qa.library import Library
from qa.types import Answer, Article, Filters, Passage, Quotation


class PassageRetriever(BaseRetriever):
    """Gives the k best passages of a library, best first, each with its place in its article."""

    def __init__(
        self,
        library: Library,
        *,
        k: int = 10,
        filters: Filters | None = None,
        rerank: bool = True,
        callback_manager: CallbackManager | None = None,
    ) -> None:
        super().__init__(callback_manager=callback_manager)
        self._library = library
        self._k = k
        self._filters = filters
        self._rerank = rerank

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        question = query_bundle.query_str
        hits = self._library.search(question, k=self._k, filters=self._filters, rerank=self._rerank)
        return _nodes(((hit.passage, hit.score) for hit in hits), self._library)

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


class CitedQueryEngine(BaseQueryEngine):
    """Answers from a library: the answer's text, its quotations as source nodes, all the rest in the metadata.

    A refusal has no source nodes; `metadata["answer"]["nearest"]` says what was nearest.
    """

    def __init__(
        self,
        library: Library,
        *,
        filters: Filters | None = None,
        strictness: float | None = None,
        callback_manager: CallbackManager | None = None,
    ) -> None:
        super().__init__(callback_manager=callback_manager)
        self._library = library
        self._filters = filters
        self._strictness = strictness

    def _query(self, query_bundle: QueryBundle) -> Response:
        answer = self._library.ask(query_bundle.query_str, filters=self._filters, strictness=self._strictness)
        return _response(answer, self._library)

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        return await asyncio.to_thread(self._query, query_bundle)

    # llama-index asks every query engine for its prompts; this one has none.
    def _get_prompt_modules(self) -> dict[str, Any]:
        return {}


def _response(answer: Answer, library: Library) -> Response:
    return Response(
        response=answer.text,
        source_nodes=_nodes(((citation.quotation, citation.score) for citation in answer.citations), library),
        metadata={"status": answer.status, "confidence": answer.confidence, "answer": answer_to_dict(answer)},
    )


def _nodes(scored: Iterable[tuple[Passage | Quotation, float]], library: Library) -> list[NodeWithScore]:
    article = cache(library.article)  # several slices often come from one
    return [NodeWithScore(node=_node(part, article(part.article_id)), score=score) for part, score in scored]


def _node(part: Passage | Quotation, article: Article) -> TextNode:
    """A slice of the article as llama-index's record; a quotation's id is formed as a passage's."""
    metadata = {
        "title": article.title,
        "publisher": article.publisher,
        "published": article.published.isoformat() if article.published else None,
        "url": article.url,
        "article_id": article.id,
        "source": article.source,
    }
    return TextNode(
        id_=f"{article.id}:{part.start}-{part.end}",
        text=part.text,
        start_char_idx=part.start,
        end_char_idx=part.end,
        metadata=metadata,
        # llama-index puts metadata before the text that models read: a path on this machine is not for them.
        excluded_llm_metadata_keys=["article_id", "source"],
        excluded_embed_metadata_keys=["article_id", "source"],
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=article.id)},
    )
