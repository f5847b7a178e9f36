"""A library inside llama-index programs: passages and answers keep their places, nothing global is touched."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.postprocessor import SimilarityPostprocessor
from llama_index.core.schema import MetadataMode, NodeWithScore, QueryBundle, TextNode
from llama_index.core.settings import Settings as GlobalSettings
from llama_index.core.tools import QueryEngineTool, RetrieverTool

from qa.library import Library
from qa.llamaindex import CitedQueryEngine, PassageRetriever
from qa.types import Answer, Filters

QUESTION = "How many people were aboard the ferry Aurelia?"
ROOT = Path(__file__).parent.parent


def text_node(scored: NodeWithScore) -> TextNode:
    """What was scored; llama-index types it as the base class, which has no text."""
    assert isinstance(scored.node, TextNode)
    return scored.node


def slice_named_by(node: TextNode, library: Library) -> str:
    """What its article holds at the offsets that the node names."""
    return library.article(node.metadata["article_id"]).text[node.start_char_idx : node.end_char_idx]


def test_offsets_survive_retrieval(library: Library) -> None:
    found = PassageRetriever(library).retrieve(QUESTION)
    assert found
    assert [text_node(scored).text for scored in found] == [slice_named_by(text_node(s), library) for s in found]


def test_retriever_gives_what_search_gives(library: Library) -> None:
    hits = library.search(QUESTION, k=2, rerank=False)
    found = PassageRetriever(library, k=2, rerank=False).retrieve(QueryBundle(QUESTION))
    assert [(scored.node.node_id, scored.score) for scored in found] == [(hit.passage.id, hit.score) for hit in hits]


def test_k_limits(library: Library) -> None:
    assert len(PassageRetriever(library, k=1).retrieve(QUESTION)) == 1


def test_filters_reach_the_library(library: Library) -> None:
    """Neither article states a date, so none passes a filter on dates."""
    filters = Filters(published_from=date(2025, 1, 1))
    assert PassageRetriever(library, filters=filters).retrieve(QUESTION) == []
    assert CitedQueryEngine(library, filters=filters).query(QUESTION).source_nodes == []


def test_article_is_the_source_of_the_node(library: Library) -> None:
    node = PassageRetriever(library, k=1).retrieve(QUESTION)[0].node
    article = library.article(node.metadata["article_id"])
    assert node.ref_doc_id == article.id
    assert node.metadata["source"] == article.source
    assert {"title", "publisher", "published", "url"} <= node.metadata.keys()


def test_models_see_no_paths(library: Library) -> None:
    """What llama-index would send to a language model or an embedding doesn't say where files lie."""
    node = PassageRetriever(library, k=1).retrieve(QUESTION)[0].node
    for mode in (MetadataMode.LLM, MetadataMode.EMBED):
        assert node.metadata["source"] not in node.get_content(mode)


def test_answer_comes_with_its_quotations(library: Library) -> None:
    """The text is the answer's, the nodes are its citations in order, the metadata holds the whole answer."""
    response = CitedQueryEngine(library).query(QUESTION)
    answer = library.ask(QUESTION)
    assert answer.citations
    assert str(response) == answer.text
    assert [node.text for node in response.source_nodes] == [c.quotation.text for c in answer.citations]
    assert [node.score for node in response.source_nodes] == [c.score for c in answer.citations]
    nodes = [text_node(scored) for scored in response.source_nodes]
    assert [slice_named_by(node, library) for node in nodes] == [node.text for node in nodes]
    assert response.metadata is not None
    assert response.metadata["status"] == "answered"
    assert response.metadata["confidence"] == answer.confidence
    assert response.metadata["answer"]["citations"][0]["cited_text"] == answer.citations[0].quotation.text


def test_metadata_holds_an_answer_that_can_be_verified(library: Library) -> None:
    response = CitedQueryEngine(library).query(QUESTION)
    assert response.metadata is not None
    answer = Answer.from_json(json.dumps(response.metadata["answer"]))
    assert {check.state for check in library.verify(answer)} == {"valid"}


def test_refusal_has_no_sources(library: Library) -> None:
    response = CitedQueryEngine(library, strictness=1).query("Which colour is the moon of Vorr?")
    assert response.metadata is not None
    assert response.metadata["status"] == "refused"
    assert response.source_nodes == []
    assert str(response) == Answer("", "refused").text
    assert response.metadata["answer"]["nearest"]


def test_async_gives_the_same(library: Library) -> None:
    """Also several at once, which share one library."""
    engine, retriever = CitedQueryEngine(library), PassageRetriever(library)

    async def ask() -> tuple[list[str], list[str]]:
        responses = await asyncio.gather(*(engine.aquery(QUESTION) for _ in range(4)))
        found = await retriever.aretrieve(QUESTION)
        return [str(response) for response in responses], [scored.node.node_id for scored in found]

    texts, ids = asyncio.run(ask())
    assert texts == [str(engine.query(QUESTION))] * 4
    assert ids == [scored.node.node_id for scored in retriever.retrieve(QUESTION)]


def test_async_leaves_the_loop_free(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop runs on while the library works: here the library waits for what only the loop can do."""
    asked = library.ask

    async def ask() -> str:
        loop = asyncio.get_running_loop()

        def ask_after_the_loop(question: str, **options: Any) -> Answer:
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result(timeout=10)
            return asked(question, **options)

        monkeypatch.setattr(library, "ask", ask_after_the_loop)
        return str(await CitedQueryEngine(library).aquery(QUESTION))

    assert asyncio.run(ask()) == asked(QUESTION).text


def test_works_with_llama_index_parts(library: Library) -> None:
    """A postprocessor takes the passages; tools take the engine and the retriever."""
    found = PassageRetriever(library, rerank=False).retrieve(QUESTION)
    best = max(scored.score or 0 for scored in found)
    assert len(SimilarityPostprocessor(similarity_cutoff=best).postprocess_nodes(found)) == 1
    engine = CitedQueryEngine(library)
    assert engine.get_prompts() == {}
    assert QueryEngineTool.from_defaults(engine).call(QUESTION).content == str(engine.query(QUESTION))
    tool = RetrieverTool.from_defaults(PassageRetriever(library), description="articles")
    assert "140 people" in tool.call(QUESTION).content


def test_global_settings_stay_as_they_are(library: Library) -> None:
    """No language model and no embedding is looked up: llama-index's defaults would need a key and a network."""
    before = dict(vars(GlobalSettings))
    PassageRetriever(library).retrieve(QUESTION)
    CitedQueryEngine(library).query(QUESTION)
    assert vars(GlobalSettings) == before
    assert GlobalSettings._llm is None
    assert GlobalSettings._embed_model is None


def test_library_needs_no_llama_index() -> None:
    """Only this adapter and what reads special files names it: importing it takes a second or two."""
    code = "import sys, qa.library, qa.assistant, qa.__main__; sys.exit('llama_index' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
