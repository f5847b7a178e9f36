"""The ledger's vectors: one for each text and model, so that no text is embedded twice. Kept as float16."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from qa.databases import for_writing
from qa.schema import BATCH, alive, embeddings, in_groups, models, passages, with_texts


class Embeddings:
    """Reads and writes the vectors of one ledger's database."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine, self._writer = engine, for_writing(engine)

    def get(self, hashes: Sequence[str], model: str) -> dict[str, npt.NDArray[np.float32]]:
        """Hash -> unit vector, for those that have one."""
        found: dict[str, npt.NDArray[np.float32]] = {}
        with self._engine.connect() as connection:
            for group in in_groups(hashes):
                query = sa.select(embeddings.c.text_sha256, embeddings.c.vector).where(
                    embeddings.c.model_id == _model_id(model), embeddings.c.text_sha256.in_(group)
                )
                for text_sha256, data in connection.execute(query):
                    vector = np.frombuffer(data, dtype="<f2").astype(np.float32)
                    found[text_sha256] = vector / max(float(np.linalg.norm(vector)), 1e-12)
        return found

    def put(self, hashes: Sequence[str], vectors: npt.NDArray[np.floating], model: str) -> None:
        """Stores one vector a hash; what is there already stays."""
        by_hash = dict(zip(hashes, vectors, strict=True))
        with self._writer.begin() as connection:
            present = _present(connection, hashes, model)
            number = _number_model(connection, model)
            new = [
                {"text_sha256": text_sha256, "model_id": number, "vector": vector.astype("<f2").tobytes()}
                for text_sha256, vector in by_hash.items()
                if text_sha256 not in present
            ]
            if new:
                connection.execute(embeddings.insert(), new)

    def drop(self, *, keep: str) -> None:
        """Deletes the vectors of every model but that one."""
        with self._writer.begin() as connection:
            connection.execute(embeddings.delete().where(embeddings.c.model_id.is_distinct_from(_model_id(keep))))

    def missing(self, hashes: Iterable[str], model: str) -> list[str]:
        """Those of the hashes that have no vector by that model."""
        wanted = list(dict.fromkeys(hashes))
        with self._engine.connect() as connection:
            present = _present(connection, wanted, model)
        return [text_sha256 for text_sha256 in wanted if text_sha256 not in present]

    def count_missing(self, model: str, revision: int) -> int:
        """How many passages seen at that revision have no vector by that model."""
        query = sa.select(sa.func.count()).select_from(passages).where(alive(passages, revision), _lacks(model))
        with self._engine.connect() as connection:
            return int(connection.scalar(query) or 0)

    def texts_missing(self, model: str, revision: int) -> Iterator[list[tuple[str, str]]]:
        """(hash, text) of passages seen at that revision without a vector by that model, in runs."""
        columns = (passages.c.key, passages.c.text_sha256, passages.c.start, passages.c.end, passages.c.article_key)
        query = sa.select(*columns).where(alive(passages, revision), _lacks(model)).order_by(passages.c.key)
        last = 0
        while True:
            with self._engine.connect() as connection:
                rows = connection.execute(query.where(passages.c.key > last).limit(BATCH)).all()
                texts = {row.text_sha256: text[row.start : row.end] for row, text in with_texts(connection, rows)}
            if not rows:
                return
            yield list(texts.items())
            last = rows[-1].key


def _model_id(model: str) -> sa.ScalarSelect[int]:
    """The number of a model; null for one that has no vectors."""
    return sa.select(models.c.id).where(models.c.name == model).scalar_subquery()


def _number_model(connection: sa.Connection, model: str) -> int:
    """The number of a model, which gets one if it has none."""
    number = connection.scalar(sa.select(models.c.id).where(models.c.name == model))
    if number is None:
        number = connection.scalar(models.insert().values(name=model).returning(models.c.id))
    return int(number or 0)


def _lacks(model: str) -> sa.ColumnElement[bool]:
    """The condition that a passage has no vector by that model."""
    own = (embeddings.c.text_sha256 == passages.c.text_sha256) & (embeddings.c.model_id == _model_id(model))
    return ~sa.exists().where(own)


def _present(connection: sa.Connection, hashes: Sequence[str], model: str) -> set[str]:
    present: set[str] = set()
    query = sa.select(embeddings.c.text_sha256).where(embeddings.c.model_id == _model_id(model))
    for group in in_groups(hashes):
        present.update(connection.scalars(query.where(embeddings.c.text_sha256.in_(group))))
    return present
