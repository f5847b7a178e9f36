"""The rows of a Parquet file or of a large JSON file, read in a process of its own.

Parquet is read by native code, which hostile bytes may crash; JSON takes up to twenty times its size when it is parsed.
"""

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
from typing import IO, Any, Literal

from qa.children import child_environment, end_after, limit_memory
from qa.settings import Settings

ROWS_AT_ONCE = 64
START_SECONDS = 60.0  # for the process to load pyarrow


def read_rows(
    stream: IO[bytes], settings: Settings, kind: Literal["parquet", "json"] = "parquet"
) -> Iterator[dict[str, Any] | str]:
    """The rows as a stream, a text for one that is none; ValueError where the file is damaged or takes too much."""
    in_memory = isinstance(stream, io.BytesIO)
    child = subprocess.Popen(
        [sys.executable, "-m", "qa.parquet", str(settings.read_memory_bytes), str(settings.read_seconds), kind],
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
            elif value:
                yield value[0]
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
    """Writes a JSON object for each row, or its fault in a list, then null; a text says what is wrong with the file."""
    if sys.argv[3] == "json":
        limit_memory(int(sys.argv[1]))
        _write_all(_json_rows(), float(sys.argv[2]))
        return
    import pyarrow  # type: ignore[import-untyped]

    limit_memory(int(sys.argv[1]))
    try:
        _write_all(_parquet_rows(), float(sys.argv[2]))
    except pyarrow.ArrowException as error:
        _write(_first_line(error))


def _write_all(rows: Iterator[dict[str, Any] | list[str]], seconds: float) -> None:
    _write([])  # loaded: from here on the time for reading counts
    end_after(5 * seconds)
    try:
        for row in rows:
            end_after(0)
            _write(row)
            end_after(5 * seconds)
        end_after(0)
        _write(None)
    except MemoryError:
        _write("needs too much memory")
    except (ValueError, OSError, OverflowError, TypeError) as error:
        _write(_first_line(error))


def _parquet_rows() -> Iterator[dict[str, Any]]:
    from pyarrow import parquet

    file = sys.stdin.buffer
    source = parquet.ParquetFile(file if file.seekable() else io.BytesIO(file.read()))
    for batch in source.iter_batches(batch_size=ROWS_AT_ONCE, use_threads=False):
        yield from batch.to_pylist()


def _json_rows() -> Iterator[dict[str, Any] | list[str]]:
    from qa.records import find_records

    for record in find_records(sys.stdin.buffer.read()):
        yield record if isinstance(record, dict) else [record]


def _write(value: object) -> None:
    sys.stdout.write(json.dumps(value, default=_plain) + "\n")
    sys.stdout.flush()


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _plain(value: object) -> str | None:
    if isinstance(value, date):
        return value.isoformat()
    return None if isinstance(value, bytes) else str(value)


if __name__ == "__main__":
    main()
