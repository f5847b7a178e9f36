"""A trace of each answer, with a span for each stage, to the receiver that OpenTelemetry's standard variables name.

The only file that names `opentelemetry`, which is an extra: nothing is imported, and nothing sent, unless they do.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from qa.errors import QAError
from ui.logs import answer_fields
from ui.watching import Asked

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
SERVICE = "qa-articles"  # unless OTEL_SERVICE_NAME names another


def open_traces() -> Traces | None:
    """What sends traces, by OTLP over gRPC, to the receiver that is named; None when none is."""
    if not any(os.environ.get(name) for name in ENDPOINTS):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ModuleNotFoundError as error:
        raise QAError(
            f"traces, for which {ENDPOINTS[0]} asks, need {error.name}, which is not installed; "
            "unset it, or run: pip install 'qa-articles[tracing]'"
        ) from error
    # What is given here comes before the environment's.
    named = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": SERVICE}
    provider = TracerProvider(resource=Resource.create(named))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Traces(provider)


class Traces:
    """Sends a span for each question that is over, made afterwards from its record; closing sends the last of them."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("qa")

    def tell(self, asked: Asked) -> None:
        from opentelemetry.trace import set_span_in_context
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        before = TraceContextTextMapPropagator().extract({"traceparent": asked.origin.traceparent})
        span = self._tracer.start_span("answer", before, attributes=_attributes(asked), start_time=_nano(asked.began))
        inside = set_span_in_context(span)
        for step in asked.steps:
            start = _nano(step.ended - step.milliseconds / 1000)
            self._tracer.start_span(step.stage, inside, start_time=start).end(_nano(step.ended))
        span.end(_nano(asked.ended))

    def close(self) -> None:
        self._provider.shutdown()


def _attributes(asked: Asked) -> dict[str, Any]:
    """What the log says of it, but for the milliseconds, which the spans are."""
    fields = answer_fields(asked)
    return {f"qa.{name}": value for name, value in fields.items() if name not in ("event", "milliseconds")}


def _nano(seconds: float) -> int:
    return int(seconds * 1_000_000_000)
