"""The processes that read hostile bytes: how they find this program, and what they may take."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def child_environment() -> dict[str, str]:
    """The environment in which ``python -m qa.…`` is this very program, installed or not."""
    paths = [str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def limit_memory(most: int) -> None:
    """From here on this process gets no more than so many bytes of data, where the system can tell."""
    try:
        import resource
    except ImportError:  # not on this system
        return
    limit: Callable[[int, tuple[int, int]], None] = resource.setrlimit
    with suppress(OSError, ValueError):
        limit(resource.RLIMIT_DATA, (most, most))
    with suppress(OSError, ValueError):
        limit(resource.RLIMIT_CORE, (0, 0))


def end_after(seconds: float) -> None:
    """Ends this process after so long, native code or not, should its parent be gone by then; 0 takes that back."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)
