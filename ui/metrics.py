"""What Prometheus reads of a replica, at a port of its own (docs/serving.md). The only file that names its client."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    start_http_server,
)

from qa.errors import QAError
from ui.watching import Asked

# Seconds: searching takes hundredths, a language model up to a minute.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

log = logging.getLogger(__name__)


class Metrics:
    """Counts the questions that are over; `running` and `lag` are asked when somebody reads."""

    def __init__(self, running: Callable[[], int], lag: Callable[[], int]) -> None:
        self.registry = registry = CollectorRegistry()
        self._requests = Counter(
            "qa_requests", "Questions by the way they came and how they ended.", ["kind", "outcome"], registry=registry
        )
        self._answers = Counter("qa_answers", "Answers by their status.", ["status"], registry=registry)
        self._refusals = Counter("qa_refusals", "Answers that say that the articles don't.", registry=registry)
        self._withheld = Counter(
            "qa_withheld_sentences", "Sentences of a language model that were not borne out.", registry=registry
        )
        self._stages = Histogram(
            "qa_stage_seconds", "How long a stage of answering took.", ["stage"], buckets=BUCKETS, registry=registry
        )
        self._questions = Histogram(
            "qa_question_seconds", "From a question to its end.", ["kind"], buckets=BUCKETS, registry=registry
        )
        progress = Gauge("qa_questions_in_progress", "Questions that are being answered.", registry=registry)
        progress.set_function(running)
        behind = Gauge("qa_index_lag_revisions", "Revisions that these indexes are behind.", registry=registry)
        behind.set_function(lambda: _read_lag(lag))
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)

    def tell(self, asked: Asked) -> None:
        """Counts a question that is over."""
        self._requests.labels(asked.origin.kind, asked.outcome).inc()
        self._questions.labels(asked.origin.kind).observe(asked.ended - asked.began)
        for step in asked.steps:
            self._stages.labels(step.stage).observe(step.milliseconds / 1000)
        if asked.answer:
            self._answers.labels(asked.answer.status).inc()
            self._refusals.inc(asked.answer.status == "refused")
            self._withheld.inc(len(asked.answer.withheld))


def _read_lag(lag: Callable[[], int]) -> float:
    """Not a number while it can't be told, so that the other figures are still read."""
    try:
        return lag()
    except Exception as error:
        log.warning("the index lag can't be told (%s)", type(error).__name__)
        return float("nan")


@contextmanager
def served_metrics(registry: CollectorRegistry, host: str, port: int) -> Iterator[str]:
    """The address at which they can be read meanwhile; QAError when nothing can listen there."""
    try:
        server, thread = start_http_server(port, addr=host, registry=registry)
    except OSError as error:
        raise QAError(f"can't serve metrics on {host}, port {port} ({error}); choose another --metrics-port") from error
    try:
        yield f"http://{f'[{host}]' if ':' in host else host}:{server.server_port}/metrics"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
