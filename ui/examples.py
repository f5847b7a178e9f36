"""Questions that the page offers: those it was given, else those that the library's own articles answer.

Finding them asks the library dozens of questions. A thread of its own does that once a page is opened, and gives way
to people who ask.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa.errors import QAError
from qa.examples import example_questions, known_examples
from ui.fields import escape, escape_field
from ui.limits import Limiter

if TYPE_CHECKING:
    from qa.library import Library

QUIET = 2.0  # seconds without a question from anybody, before another example is tried
LOOK = 0.2  # seconds between looks at whether it is quiet
PATIENCE = 30.0  # seconds in which a question that is being tried must end
EMPTY = """<p class="no-articles">There are no articles yet. Add some on the tab
<button type="button" class="to-tab" data-tab="Articles">Articles</button>, then ask.</p>"""
# The room that two rows of buttons take, so that what stands below stays where it is when they come.
SEARCHING = '<p class="offered">Looking for questions that these articles answer…</p>'
NOTHING_YET = '<p class="offered"></p>'

log = logging.getLogger(__name__)


class _Ended(Exception):
    """The page is no longer served."""


class Examples:
    """The questions that a page over the library offers; `given` ones are never searched for."""

    def __init__(self, library: Library, limiter: Limiter, given: Sequence[str] = ()) -> None:
        self._library, self._limiter, self._given = library, limiter, list(given)
        self._wanted, self._ended = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._failed_for = ""  # the articles, by their digest

    def start(self) -> None:
        """From now on examples are searched for when the page wants some that aren't known."""
        if not self._given:
            self._thread = threading.Thread(target=self._work, name="examples", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Ends the search, before the library is closed."""
        self._ended.set()
        self._wanted.set()
        if self._thread:
            self._thread.join(PATIENCE)

    def render(self) -> tuple[str, bool]:
        """What the page shows of them now, and whether it should ask again soon, as they are searched for."""
        try:
            questions = self._given or known_examples(self._library)
            if questions:
                return render_examples(questions), False
            if not self._holds_articles():
                return EMPTY, False
            return (SEARCHING, True) if questions is None and self._search() else ("", False)
        except QAError:
            log.exception("the examples could not be read")
            return "", False

    def _search(self) -> bool:
        """Whether they are searched for from now on."""
        if self._thread is None or self._failed_for == self._library.corpus_digest():
            return False
        self._wanted.set()
        return True

    def _holds_articles(self) -> bool:
        return self._library.browse(most=1).total > 0

    def _work(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            if self._ended.is_set():
                return
            corpus = ""
            try:
                corpus = self._library.corpus_digest()
                example_questions(self._library, pause=self._give_way)
            except _Ended:
                return
            except Exception:  # whatever it is, the page goes on without examples
                log.exception("no example questions were found; the page offers none")
                self._failed_for = corpus

    def _give_way(self) -> None:
        """Waits until nobody asks; _Ended when the page isn't served any more."""
        while self._limiter.quiet_for() < QUIET:
            if self._ended.wait(LOOK):
                break
        if self._ended.is_set():
            raise _Ended


def render_examples(questions: Sequence[str]) -> str:
    """A button for each question; nothing without any."""
    if not questions:
        return ""
    items = "".join(
        f'<li><button type="button" class="example" dir="auto" data-ask="{escape(question)}">{escape_field(question)}'
        "</button></li>"
        for question in questions
    )
    return f'<ul class="offered" aria-label="Examples">{items}</ul>'
