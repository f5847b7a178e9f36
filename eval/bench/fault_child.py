"""Another machine for eval.bench.faults: a process that adds articles to the library of the first argument.

python -m eval.bench.fault_child URL write NAME ROUNDS: replaces the same article again and again; prints each id that
was acknowledged, with what was said. `clock DAYS`: the same three times, by a clock that is wrong by so many days.
`wait`: adds an article as soon as it is told to on standard input, and prints how many seconds that took. The settings
are those of the environment.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo

import qa.library  # noqa: F401 - whose modules get the wrong clock
from eval.bench.fault_parts import open_library
from qa.errors import QAError
from qa.library import Library
from qa.settings import Settings
from qa.types import Upload

SHARED = "shared.txt"  # the source of the article that all replace
TEXT = "The tug Bartholomew towed a ferry into the harbour of Sallow. Round {1} of {0}: {2} people came to see it."


def main() -> None:
    """Does what the arguments say."""
    url, what, *others = sys.argv[1:]
    if what == "clock":
        set_clock(timedelta(days=int(others[0])))
    with open_library(url, Settings.from_environment()) as library:
        library.warm()
        _say("ready")
        sys.stdin.readline()
        if what == "wait":
            began = time.monotonic()
            library.add([Upload("waited.txt", TEXT.format("one who waited", 0, 12).encode())])
            _say(str(time.monotonic() - began))
        else:
            name, rounds = (others[0], int(others[1])) if what == "write" else ("a wrong clock", 3)
            for outcome in replace_again(library, name, rounds):
                _say(json.dumps(outcome))


def replace_again(library: Library, name: str, rounds: int) -> Iterator[tuple[str, str]]:
    """(id, "") of each version that was acknowledged, or ("", the error) where none was."""
    for number in range(rounds):
        text = TEXT.format(name, number, 100 + number)
        try:
            [entry] = library.add([Upload(SHARED, text.encode())]).entries
            yield str(entry.article_id), ""
        except QAError as error:
            yield "", str(error)


def set_clock(wrong_by: timedelta) -> None:
    """Has this program's own modules read a clock that is wrong by so much."""
    told = time.time

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Wrong:
            return cls.fromtimestamp(told(), tz) + wrong_by

    for name, module in list(sys.modules.items()):
        if name.startswith("qa.") and getattr(module, "datetime", None) is datetime:
            vars(module)["datetime"] = Wrong
    time.time = lambda: told() + wrong_by.total_seconds()


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
