"""Adding of files that is watched: in a thread of its own, with what became of each source so far."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from qa.errors import QAError
from qa.files import is_container
from qa.types import Ingested, IngestReport, Upload
from ui import tables
from ui.render import render_error

if TYPE_CHECKING:
    from qa.library import Library

PAUSE = 0.4  # seconds between two looks
_one_at_a_time = threading.Lock()  # the next addition waits in its own thread


def add_watched(library: Library, uploads: Sequence[Upload], left_out: Sequence[Ingested]) -> Iterator[str]:
    """The outcomes so far, again and again, then of all; `left_out` are files that didn't come."""
    told, ended = list(left_out), list[IngestReport | Exception]()

    def work() -> None:
        with _one_at_a_time:
            try:
                ended.append(library.add(uploads, tell=told.append))
            except Exception as error:
                ended.append(error)

    total = None if any(is_container(upload.name) for upload in uploads) else len(uploads) + len(left_out)
    thread = threading.Thread(target=work, name="add")
    thread.start()
    while thread.is_alive():  # when the visitor left, nobody may wait for it: gradio closes this in its event loop
        yield tables.render_adding(tuple(told), total)
        thread.join(PAUSE)
    yield _render_end(ended[0], left_out)


def _render_end(end: IngestReport | Exception, left_out: Sequence[Ingested]) -> str:
    if isinstance(end, IngestReport):
        return tables.render_report(replace(end, entries=(*left_out, *end.entries)))
    if isinstance(end, QAError):
        return render_error(str(end))
    logging.error("adding files failed", exc_info=end)
    return render_error("These files could not be added; the server's log says why.")
