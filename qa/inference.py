"""Runs converted models by OpenVINO: as many batches at once as there are threads, each on one.

Threads that share a batch wait for each other, and beside other work two of them can be slower than one. For each new
shape of a batch OpenVINO prepares code and keeps it, more than a megabyte each, so lengths are rounded up to few.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
import numpy.typing as npt

from qa.conversion import load_openvino

Inputs = Mapping[str, npt.NDArray[np.int64]]
Output = npt.NDArray[np.float32]

STEP = 16  # lengths of batches are multiples of it

_FIRST = threading.Lock()


class Inference:
    """A compiled model: the inputs of some batches in, its first output for each out."""

    def __init__(self, graph: Path, precision: str, threads: int, cache: Path | None = None, *, group: int = 0) -> None:
        """`group`: so many neighbouring activations share a scale and are multiplied as 8-bit integers, where
        weights are such, which is faster and less exact; 0 computes in `precision`.
        """
        self._model = _compile(graph, precision, threads, cache or graph.parent / "compiled", group)
        self.threads = threads
        self.inputs: frozenset[str] = frozenset(port.get_any_name() for port in self._model.inputs)
        # OpenVINO's Python part sets itself up at the first inference, in which two threads wait for each other for
        # ever: one holds the interpreter's lock, the other the guard of what is being set up.
        with _FIRST:
            self.run([{name: np.zeros((1, 1), dtype=np.int64) for name in self.inputs}])

    def run(self, batches: Sequence[Inputs]) -> list[Output]:
        """One array a batch; safe to use from several threads."""
        if len(batches) <= 1:  # a question: nothing to share out
            return [_infer(self._model.create_infer_request(), batch) for batch in batches]
        # Requests of this call alone: several threads may come at once. Threads of our own and not OpenVINO's queue,
        # whose callbacks may still let go of Python's objects when a process ends, which aborts it now and then.
        free: SimpleQueue[Any] = SimpleQueue()
        threads = min(self.threads, len(batches))
        for _ in range(threads):
            free.put(self._model.create_infer_request())

        def infer(batch: Inputs) -> Output:
            request = free.get()
            try:
                return _infer(request, batch)
            finally:
                free.put(request)

        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(infer, batches))


def even_size(count: int, most: int, threads: int) -> int:
    """The size, at most `most`, of batches that keep all threads busy to the end.

    >>> even_size(20, most=8, threads=2)
    5
    """
    turns = -(-count // (most * threads)) or 1
    return -(-count // (turns * threads)) or 1


def padded_length(longest: int, most: int) -> int:
    """The length, at most `most`, of a batch whose longest row is so long: one of few.

    >>> padded_length(33, most=256), padded_length(250, most=250)
    (48, 250)
    """
    return max(longest, min(-(-longest // STEP) * STEP, most))


def count_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def has_bf16() -> bool:
    """Whether the processor computes with bfloat16 itself."""
    return "BF16" in load_openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def _infer(request: Any, batch: Inputs) -> Output:
    output: Output = next(iter(request.infer(batch).values()))
    return output.copy()


def _compile(graph: Path, precision: str, threads: int, cache: Path, group: int) -> Any:
    options = {
        # Some processors silently take bf16 when it is left open. Where there is none, f32 serves what asks for bf16.
        "INFERENCE_PRECISION_HINT": precision if has_bf16() else "f32",
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": threads,
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": group,  # 32 when it is left open
        # The compiled model without its weights: half of the compiling time, and OpenVINO replaces it when it is stale.
        "CACHE_DIR": str(cache),
        "CACHE_MODE": "OPTIMIZE_SIZE",
    }
    return load_openvino().Core().compile_model(graph, "CPU", options)
