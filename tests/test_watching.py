"""What is told of the questions of visitors: their records, and the metrics, lines and traces that are made of them."""

from __future__ import annotations

import gc
import json
import logging
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from concurrent import futures
from contextlib import closing
from pathlib import Path
from typing import Any

import anyio
import grpc
import httpx
import pytest
from mcp import Client
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from qa.errors import QAError
from qa.library import Library
from qa.types import Event
from tests.conftest import ROOT, OpenLibrary
from tests.fakes import ScriptedWriter
from tests.serving import FERRY_QUESTION, served
from ui.ask_tab import AskTab
from ui.examples import Examples
from ui.limits import Limiter, Limits, TooMany
from ui.logs import Lines, answer_log, start_log
from ui.metrics import Metrics, served_metrics
from ui.operation import Operation, watching
from ui.tracing import ENDPOINTS, open_traces
from ui.watching import Asked, Origin, Watch

# Gradio leaves the event loops that it makes to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
SECRET = "Which captain hid the pearls?"


@pytest.fixture(scope="module", autouse=True)
def collect_garbage() -> Iterator[None]:
    """Here, where its warnings are ignored, and not in the next file's tests."""
    yield
    gc.collect()


@pytest.fixture
def asked() -> list[Asked]:
    return []


@pytest.fixture
def watch(asked: list[Asked]) -> Watch:
    """Which remembers what it was told."""
    watch = Watch()
    watch.tell.append(asked.append)
    return watch


def events(*coming: Event | Exception) -> Callable[[], Generator[Event, None, None]]:
    """Those events; an error is raised in the place of its event."""

    def start() -> Generator[Event, None, None]:
        for event in coming:
            if isinstance(event, Exception):
                raise event
            yield event

    return start


def refuse() -> Generator[Event, None, None]:
    """As a limit does, before there is an event."""
    raise TooMany("you may ask 2 questions a minute")


def test_a_record_tells_how_a_question_ended(watch: Watch, asked: list[Asked], library: Library):
    def follow(start: Callable[[], Generator[Event, None, None]]) -> None:
        with closing(watch.follow(Origin("ask", "id-1"), SECRET, start)) as following:
            assert watch.running == 0
            for _ in following:
                assert watch.running == 1

    follow(lambda: library.stream(FERRY_QUESTION))
    follow(lambda: library.stream(FERRY_QUESTION, strictness=1.0))
    for error, start in (
        (TooMany, refuse),
        (QAError, events(Event("read", 3.0), QAError("no"))),
        (OSError, events(OSError())),
    ):
        with pytest.raises(error):
            follow(start)
    with closing(watch.follow(Origin("page"), SECRET, events(Event("write", 1.0), Event("write", 2.0)))) as following:
        next(following)
        next(following)
    assert watch.running == 0
    assert [item.outcome for item in asked] == ["answered", "refused", "limited", "error", "failed", "stopped"]
    assert [step.stage for step in asked[0].steps] == ["retrieve", "read", "compose"]
    assert [(step.stage, step.milliseconds) for item in asked[3:] for step in item.steps] == [
        ("read", 3.0),
        ("write", 2.0),
    ]
    assert asked[0].answer
    assert asked[0].began <= asked[0].steps[0].ended <= asked[0].steps[-1].ended <= asked[0].ended
    assert asked[0].origin == Origin("ask", "id-1")


def test_who_cannot_write_a_record_stops_no_answer(watch: Watch, asked: list[Asked], caplog: pytest.LogCaptureFixture):
    def fail(_: Asked) -> None:
        raise OSError("the disk is full")

    watch.tell.insert(0, fail)
    assert len(list(watch.follow(Origin("ask"), SECRET, events(Event("read", 3.0))))) == 1
    assert len(asked) == 1
    assert "could not be counted" in caplog.text


def test_each_way_to_ask_is_watched_once(library: Library, watch: Watch, asked: list[Asked]):
    """The page, /ask and MCP; what is wrong with a question counts too."""
    limiter = Limiter(0)
    tab = AskTab(library, limiter, Examples(library, limiter), watch)
    list(tab.ask({"how": "new", "question": FERRY_QUESTION, "turns": []}))
    list(tab.ask({"how": "arrive", "question": "", "turns": []}))  # nothing is asked
    with served(library, limits=Limits(questions_per_minute=2), mcp=True, watch=watch) as blocks:
        with httpx.Client(base_url=f"{blocks.local_url}gradio_api", timeout=30) as http:
            for question in (FERRY_QUESTION, 5):
                http.post("/run/ask", json={"data": [question, None, None, None, None, False, None]})

        async def call() -> None:
            async with Client(f"{blocks.local_url}mcp") as client:
                await client.call_tool("ask", {"question": FERRY_QUESTION})

        anyio.run(call)
    told = [(item.origin.kind, item.outcome, item.question) for item in asked]
    assert told == [
        ("page", "answered", FERRY_QUESTION),
        ("ask", "answered", FERRY_QUESTION),
        ("ask", "error", ""),
        ("mcp", "limited", FERRY_QUESTION),
    ]


# Metrics


def read_metrics(address: str) -> dict[str, float]:
    lines = httpx.get(address).text.splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


def test_metrics_count_what_was_asked(open_library: OpenLibrary, articles: Path):
    """Two answers, of one of which a model's only sentence was withheld, and a refusal."""
    invented = ScriptedWriter("The owner is a pirate of 90 years. [1]")
    library, writing = open_library(), open_library(articles.parent / "other", llm=invented)
    library.add(articles)
    writing.add(articles)
    watch = Watch()
    metrics = Metrics(lambda: watch.running, library.lag)
    watch.tell.append(metrics.tell)
    for start in (
        lambda: library.stream(FERRY_QUESTION),
        lambda: library.stream(FERRY_QUESTION, strictness=1.0),
        lambda: writing.stream(FERRY_QUESTION),
    ):
        list(watch.follow(Origin("ask"), FERRY_QUESTION, start))
    following = watch.follow(Origin("page"), FERRY_QUESTION, lambda: library.stream(FERRY_QUESTION))
    next(following)
    with served_metrics(metrics.registry, "127.0.0.1", 0) as address:
        told = read_metrics(address)
        following.close()
        library.close()
        assert str(read_metrics(address)["qa_index_lag_revisions"]) == "nan"
    assert told['qa_requests_total{kind="ask",outcome="answered"}'] == 2
    assert told['qa_requests_total{kind="ask",outcome="refused"}'] == told["qa_refusals_total"] == 1
    assert told['qa_answers_total{status="answered"}'] == 2
    assert told["qa_withheld_sentences_total"] >= 1
    assert {stage: told[f'qa_stage_seconds_count{{stage="{stage}"}}'] for stage in ("retrieve", "read", "write")} == {
        "retrieve": 3,
        "read": 3,
        "write": 1,
    }
    assert 0 < told['qa_stage_seconds_sum{stage="read"}'] < told['qa_question_seconds_sum{kind="ask"}'] < 60
    assert (told["qa_questions_in_progress"], told["qa_index_lag_revisions"]) == (1, 0)
    if sys.platform == "linux":
        assert told["process_resident_memory_bytes"] > 1_000_000


def test_a_port_for_metrics_that_is_taken_is_told(library: Library):
    metrics = Metrics(lambda: 0, library.lag)
    with served_metrics(metrics.registry, "127.0.0.1", 0) as address:
        port = httpx.URL(address).port
        assert port
        with (
            pytest.raises(QAError, match="choose another --metrics-port"),
            watching(library, Operation(metrics_port=port)),
        ):
            pass


# The log


def lines_of(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


@pytest.mark.parametrize("questions", [False, True])
def test_an_answer_is_one_line_without_words_unless_they_are_asked_for(
    library: Library, capsys: pytest.CaptureFixture[str], questions: bool
):
    operation = Operation(log="json", log_questions=questions)
    with watching(library, operation) as watch:
        list(watch.follow(Origin("ask", "id-1"), FERRY_QUESTION, lambda: library.stream(FERRY_QUESTION)))
    [line] = lines_of(capsys)
    fields = json.loads(line)
    assert fields.pop("time").endswith("+00:00")
    assert list(fields.pop("milliseconds")) == ["retrieve", "read", "compose", "total"]
    assert fields.pop("confidence") > 0
    assert fields.pop("question", None) == (FERRY_QUESTION if questions else None)
    assert fields == {
        "level": "info",
        "event": "answer",
        "request_id": "id-1",
        "kind": "ask",
        "outcome": "answered",
        "revision": 1,
        "sentences": 1,
        "citations": 1,
        "disagreements": 0,
        "withheld": 0,
    }


def test_an_error_is_logged_without_its_message(capsys: pytest.CaptureFixture[str]):
    handler = start_log("json")
    try:
        raise ValueError(SECRET)
    except ValueError:
        logging.getLogger("ui.mcp").exception("the tool %s failed", "ask")
    finally:
        logging.getLogger().removeHandler(handler)
    [line] = lines_of(capsys)
    fields = json.loads(line)
    assert (fields["event"], fields["message"], fields["error"]) == ("message", "the tool ask failed", "ValueError")
    assert Path(__file__).name in fields["places"][0]
    assert SECRET not in line


def test_a_line_of_text_stays_one_line_whatever_is_asked(watch: Watch, asked: list[Asked]):
    list(watch.follow(Origin("page", "id-1"), 'Who?\noutcome="answered" é', events(Event("read", 3.0))))
    records: list[logging.LogRecord] = []
    logger = logging.getLogger("ui.logs")
    logger.setLevel(logging.INFO)
    logger.addFilter(records.append)  # a filter that gives nothing lets nothing through
    answer_log(questions=True)(asked[0])
    logger.removeFilter(records.append)
    words = Lines("text").format(records[0]).split(" ", 3)
    assert words[1:3] == ["info", "answer"]
    assert words[3].startswith("request_id=id-1 kind=page outcome=failed ")
    assert r'question="Who?\noutcome=\"answered\" \u00e9"' in words[3]
    assert "milliseconds.read=3.0" in words[3]


# Traces


class Receiver(trace_service_pb2_grpc.TraceServiceServicer):
    """What OpenTelemetry's collector is: keeps the spans that it is sent."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        self.services: list[str] = []

    def Export(self, request: Any, context: Any) -> Any:  # noqa: N802, the protocol's name
        for resource in request.resource_spans:
            self.services += [
                item.value.string_value for item in resource.resource.attributes if item.key == "service.name"
            ]
            self.spans += [span for scope in resource.scope_spans for span in scope.spans]
        return trace_service_pb2.ExportTraceServiceResponse()


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    receiver, server = Receiver(), grpc.server(futures.ThreadPoolExecutor(1))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(receiver, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    monkeypatch.setenv(ENDPOINTS[0], f"http://127.0.0.1:{port}")
    yield receiver
    server.stop(None).wait()


def test_an_answer_is_a_span_with_one_for_each_stage(library: Library, receiver: Receiver):
    """Beneath the span of who asked; what they tell is what the log tells, without words."""
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with watching(library, Operation()) as watch:
        origin = Origin("ask", "id-1", parent)
        list(watch.follow(origin, FERRY_QUESTION, lambda: library.stream(FERRY_QUESTION)))
    *_, whole = sorted(receiver.spans, key=lambda span: span.name == "answer")
    stages = [span for span in receiver.spans if span.name != "answer"]
    assert [span.name for span in stages] == ["retrieve", "read", "compose"]
    assert {span.trace_id.hex() for span in receiver.spans} == {parent[3:35]}
    assert whole.parent_span_id.hex() == parent[36:52]
    assert {span.parent_span_id for span in stages} == {whole.span_id}
    for span in stages:
        assert whole.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano
        assert span.end_time_unix_nano <= whole.end_time_unix_nano
    told = {item.key: item.value.string_value or item.value.int_value for item in whole.attributes}
    assert (told["qa.request_id"], told["qa.outcome"], told["qa.citations"]) == ("id-1", "answered", 1)
    assert "Penhale" not in str(receiver.spans)
    assert receiver.services == ["qa-articles"]


def test_nothing_is_traced_or_imported_unless_a_receiver_is_named(monkeypatch: pytest.MonkeyPatch):
    for name in ENDPOINTS:
        monkeypatch.delenv(name, raising=False)
    assert open_traces() is None
    program = "import sys, ui.tracing; assert ui.tracing.open_traces() is None; print('opentelemetry' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert run.stdout == "False\n", run.stderr


def test_a_missing_extra_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(ENDPOINTS[0], "http://127.0.0.1:4317")
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.grpc.trace_exporter", None)
    with pytest.raises(QAError, match=r"pip install 'qa-articles\[tracing\]'"):
        open_traces()
