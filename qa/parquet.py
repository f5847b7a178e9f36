"""The rows of a Parquet file, read by pyarrow in a process of its own: native code that hostile bytes may crash."""

from __future__ import annotations

import io
import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from typing import IO, Any

from qa.children import child_environment, end_after, limit_memory
from qa.settings import Settings

ROWS_AT_ONCE = 64
START_SECONDS = 60.0  # for the process to load pyarrow


def read_rows(stream: IO[bytes], settings: Settings) -> Iterator[dict[str, Any]]:
    """The rows as a stream; ValueError where the file is damaged or takes more than the limits."""
    in_memory = isinstance(stream, io.BytesIO)
    child = subprocess.Popen(
        [sys.executable, "-m", "qa.parquet", str(settings.read_memory_bytes), str(settings.read_seconds)],
        stdin=subprocess.PIPE if in_memory else stream,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=child_environment(),
        start_new_session=True,
    )
    feeding = threading.Thread(target=_feed, args=(child, stream), daemon=True)
    if in_memory:
        feeding.start()
    try:
        ended = False
        for line in _lines(child, settings):
            value = json.loads(line)
            if isinstance(value, str):
                raise ValueError(value)
            ended = value is None
            if isinstance(value, dict):
                yield value
        if not ended:
            raise ValueError("its parser crashed or needed too much memory")
    finally:
        child.kill()
        child.wait()
        if in_memory:
            feeding.join()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


def _feed(child: subprocess.Popen[bytes], stream: IO[bytes]) -> None:
    assert child.stdin is not None
    with suppress(OSError):  # the child has ended, which its answers tell
        child.stdin.write(stream.read())
        child.stdin.close()


def _lines(child: subprocess.Popen[bytes], settings: Settings) -> Iterator[bytes]:
    assert child.stdout is not None
    pipe, parts, size = child.stdout.fileno(), [b""], 0
    seconds = START_SECONDS
    while True:
        if not select.select([pipe], [], [], seconds)[0]:
            raise ValueError(f"takes longer than {seconds:g} s to read")
        seconds = settings.read_seconds
        part = os.read(pipe, 1 << 20)
        if not part:
            return
        *whole, rest = part.split(b"\n")
        for line in whole:
            yield b"".join([*parts, line])
            parts, size = [], 0
        parts.append(rest)
        size += len(rest)
        if size > 8 * settings.max_article_bytes:
            raise ValueError("a row is too large")


# The child


def main() -> None:
    """Writes a JSON object for each row, then null; a text says what is wrong."""
    import pyarrow  # type: ignore[import-untyped]
    from pyarrow import parquet

    limit_memory(int(sys.argv[1]))
    file = sys.stdin.buffer
    _write([])  # loaded: from here on the time for reading counts
    try:
        source = parquet.ParquetFile(file if file.seekable() else io.BytesIO(file.read()))
        for batch in source.iter_batches(batch_size=ROWS_AT_ONCE, use_threads=False):
            end_after(0)
            for row in batch.to_pylist():
                _write(row)
            end_after(5 * float(sys.argv[2]))
        end_after(0)
        _write(None)
    except (pyarrow.ArrowException, ValueError, OSError, OverflowError, MemoryError, TypeError) as error:
        _write((str(error).splitlines() or [type(error).__name__])[0][:200])


def _write(value: object) -> None:
    sys.stdout.write(json.dumps(value, default=_plain) + "\n")
    sys.stdout.flush()


def _plain(value: object) -> str | None:
    if isinstance(value, date):
        return value.isoformat()
    return None if isinstance(value, bytes) else str(value)


if __name__ == "__main__":
    main()
