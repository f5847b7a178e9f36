"""How a replica is operated: what is counted, logged and traced of it, and how it ends without losing a request."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ui.front import Replica
from ui.logs import Form, answer_log, start_log
from ui.tracing import open_traces
from ui.watching import Watch

if TYPE_CHECKING:
    import gradio as gr

    from qa.library import Library

LONGEST = 120.0  # seconds in which requests under way must end, once no more are taken
ACCEPTED = 0.3  # seconds in which the request of a connection that was taken must have come
LOOK = 0.05  # seconds between looks at whether they have


@dataclass(frozen=True, slots=True)
class Operation:
    """`drain` are the seconds after SIGTERM in which requests are still taken; log and metrics come when asked for."""

    drain: float = 0.0
    log: Form | None = None
    log_questions: bool = False
    metrics_port: int | None = None
    metrics_host: str = "127.0.0.1"


@contextmanager
def watching(library: Library, operation: Operation) -> Iterator[Watch]:
    """What follows the questions, with all that is told of them; QAError when something of it can't be."""
    watch = Watch()
    with ExitStack() as ends:
        if operation.log:
            ends.callback(logging.getLogger().removeHandler, start_log(operation.log))
            watch.tell.append(answer_log(questions=operation.log_questions))
        traces = open_traces()
        if traces:
            ends.callback(traces.close)
            watch.tell.append(traces.tell)
        if operation.metrics_port is not None:
            from ui.metrics import Metrics, served_metrics

            metrics = Metrics(lambda: watch.running, library.lag)
            watch.tell.append(metrics.tell)
            address = ends.enter_context(
                served_metrics(metrics.registry, operation.metrics_host, operation.metrics_port)
            )
            print(f"Metrics at {address}", flush=True)
        yield watch


@contextmanager
def ended_by_terminate(replica: Replica) -> Iterator[None]:
    """Meanwhile SIGTERM has the replica drain, and a second one ends the process at once, as it does otherwise."""

    def drain(number: int, frame: object) -> None:
        replica.draining = True
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    before = signal.signal(signal.SIGTERM, drain)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def serve_until_ended(blocks: gr.Blocks, replica: Replica, watch: Watch, drain: float) -> None:
    """Returns once the page has been closed: by Ctrl-C at once, by SIGTERM when all requests under way have ended."""
    try:
        while blocks.is_running and not replica.draining:
            time.sleep(LOOK)
        time.sleep(drain)
        _refuse_connections(blocks, replica)
        time.sleep(ACCEPTED)
        ends = time.monotonic() + LONGEST
        while (replica.under_way or watch.running) and time.monotonic() < ends:
            time.sleep(LOOK)
    except KeyboardInterrupt:
        pass
    finally:
        blocks.close(verbose=False)


def _refuse_connections(blocks: gr.Blocks, replica: Replica) -> None:
    """From now on. Those that stand are served: uvicorn itself would close them where no request has been read yet."""

    def close() -> None:
        while blocks.server.servers:  # none is left to uvicorn, which would wait in vain for what is closed already
            blocks.server.servers.pop().close()

    if replica.loop:
        replica.loop.call_soon_threadsafe(close)
