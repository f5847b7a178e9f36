"""What happens when a part fails: python -m eval.bench.faults [--only WORD] [--write docs/faults.md]

A library on PostgreSQL with its vectors on a Chroma server is asked from two threads while another machine adds
articles; each fault is injected for real, and ends. Told is what questions and adding got meanwhile, how many seconds
after the fault's end a question was whole again (answered at the newest revision, with vectors) and an article could be
added, and whether all that was acknowledged is there. Networks are cut and disks filled up only where root runs this.
The errors that users saw are told below the table, word for word.
"""

from __future__ import annotations

import argparse
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eval.bench import fault_apart
from eval.bench.fault_load import Call, Load, within
from eval.bench.fault_parts import Place, fill, make_room, place, store_of
from qa.databases import parse_url, shown
from qa.library import Library

STEADY = 2.0  # seconds of load before a fault
STOPPED, CUT, FULL = 5.0, 20.0, 10.0  # seconds that a server is away, a network is cut, a disk is full
SLOWEST = 15.0  # seconds that a question may take, whatever fails
BEGIN, END = "<!-- python -m eval.bench.faults -->", "<!-- end -->"
HEAD = (
    "fault",
    "questions meanwhile",
    "slowest",
    "adding meanwhile",
    "slowest",
    "a question is whole after",
    "adding goes after",
    "acknowledged, and there",
    "`check`",
)


@dataclass(slots=True)
class Report:
    """Rows of the table, the errors that were told, and what must not be."""

    rows: list[tuple[str, ...]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    hidden: dict[str, str] = field(default_factory=dict)  # names of this run -> what stands for them

    def number_of(self, error: str) -> int:
        """Under which the error is told below the table."""
        for name, put in self.hidden.items():
            error = error.replace(name, put)
        error = re.sub(r"\b(port|revision) \d+", r"\1 N", error)
        if error not in self.errors:
            self.errors.append(error)
        return self.errors.index(error) + 1

    def tell_calls(self, calls: Sequence[Call]) -> str:
        """How many of which outcome."""
        counts = Counter(
            call.outcome if call.went_well else f"refused ({self.number_of(call.outcome)})" for call in calls
        )
        return ", ".join(f"{count} {outcome}" for outcome, count in counts.most_common()) or "none"

    def add(self, fault: str, *cells: str) -> None:
        self.rows.append((fault, *cells))
        print(f"{fault}: {'; '.join(cells)}", file=sys.stderr, flush=True)

    def render(self) -> str:
        """The table, and the errors word for word."""
        lines = [HEAD, ("---",) * len(HEAD), *self.rows]
        table = [f"| {' | '.join(row)} |" for row in lines]
        return "\n".join([*table, "", *(f"{number}. `{error}`" for number, error in enumerate(self.errors, 1))])


@dataclass(frozen=True, slots=True)
class Fault:
    """What is broken, for how long, and how it is mended."""

    name: str
    begin: Callable[[], object]
    end: Callable[[], object]
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; 0 when nothing acknowledged was lost and all was sound and in time, else 1."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench.faults", description=__doc__)
    parser.add_argument("--only", default="", help="faults with this word in their names")
    parser.add_argument("--write", type=Path, help="a page that gets the table between its marks")
    options = parser.parse_args(arguments)
    report = Report()
    with place() as where:
        url = parse_url(where.url)
        assert url is not None
        report.hidden = {shown(url): "postgresql://…", str(where.folder): "…", where.chroma.url: "http://…"}
        report.hidden |= {f'"{where.postgres.host}"': '"…"', str(where.postgres.port): "N"}
        measure(where, report, options.only)
    print(report.render())
    for wrong in report.wrong:
        print(f"WRONG: {wrong}")
    if options.write:
        write_between(options.write, report.render())
    return 1 if report.wrong else 0


def measure(where: Place, report: Report, only: str = "") -> None:
    """Injects one fault after the other."""
    with where.machine("reader") as reader, where.machine("writer") as writer:
        load = Load(reader, writer)
        for fault in servers(where):
            if only in fault.name:
                inject(fault, load, report)
        if only in "its copy's disk is full" and where.networks:
            with where.machine("full", with_chroma=False) as full:
                fill_copy(where, Load(full, writer), report)
        for name, act in fault_apart.ALL.items():
            if only in name and not (name in fault_apart.OF_ROOT and where.networks is None):
                report.add(name, *act(where, load, report.wrong))
        if where.networks is None:
            print("not root: no network was cut and no disk filled up", file=sys.stderr)
        with where.machine("new") as new:  # which builds its copy from what the ledger has
            judge("at the end", load, report, new)


def servers(where: Place) -> Iterator[Fault]:
    """The faults of servers, networks and the disk of PostgreSQL."""
    postgres, chroma = where.postgres, where.chroma
    yield Fault("PostgreSQL is stopped and started", postgres.stop, postgres.start, STOPPED)
    yield Fault("PostgreSQL crashes", lambda: postgres.stop(signal.SIGQUIT), postgres.start, STOPPED)
    yield Fault("Chroma is killed and started", chroma.kill, chroma.start, STOPPED)
    if where.networks:
        to_postgres, to_chroma = where.networks
        yield Fault("the network to PostgreSQL is cut", to_postgres.cut, to_postgres.mend, CUT)
        yield Fault("the network to Chroma is cut", to_chroma.cut, to_chroma.mend, CUT)

        def end() -> None:
            make_room(postgres.folder)
            if not postgres.runs:  # it gave up, as there was no room for its log; whoever runs it starts it again
                postgres.start()

        yield Fault("the disk of PostgreSQL is full", lambda: fill(postgres.folder), end, FULL)


def inject(fault: Fault, load: Load, report: Report) -> None:
    """One row of the table."""
    with load.running():
        time.sleep(STEADY)
        begin = time.monotonic()
        fault.begin()
        time.sleep(fault.seconds)
        fault.end()
        end = time.monotonic()
        whole, adding = load.await_whole(end)
    asked, added = within(load.asked, begin, end), within(load.added, begin, end)
    for name, seconds in (("question", whole), ("adding", adding)):
        if seconds is None:
            report.wrong.append(f"{fault.name}: {name} was not whole again")
    for call in [*asked, *added]:
        if not call.foreseen:
            report.wrong.append(f"{fault.name}: an error without a message for people: {call.outcome}")
    slowest = max(call.seconds for call in asked)
    if slowest > SLOWEST:
        report.wrong.append(f"{fault.name}: a question took {slowest:.1f} s")
    report.add(
        f"{fault.name} ({fault.seconds:.0f} s)",
        report.tell_calls(asked),
        f"{1000 * slowest:.0f} ms",
        report.tell_calls(added),
        f"{1000 * max(call.seconds for call in added):.0f} ms",
        tell_seconds(whole),
        tell_seconds(adding),
        *judge(fault.name, load, report, load.reader, load.writer),
    )


def fill_copy(where: Place, load: Load, report: Report) -> None:
    """The disk fills up on which a machine has its copy; what `check` says then is told among the errors."""
    disk = where.folder / "copies" / "full"
    seen: list[str] = []

    def end() -> None:
        seen.extend(finding.text for finding in load.reader.check() if finding.part == "copy" and not finding.sound)
        make_room(disk)

    inject(Fault("the disk of a machine's copy is full", lambda: fill(disk), end, FULL), load, report)
    if not seen:
        report.wrong.append("`check` was silent on a copy that could not follow")
    for text in seen:
        report.number_of(f"check: {text}")


def judge(name: str, load: Load, report: Report, *machines: Library) -> tuple[str, str]:
    """How many acknowledged articles are there, and whether every machine is sound."""
    texts = {article.id: article.text for article in machines[0].articles()}
    lost = [id for id, text in load.stored.items() if texts.get(id) != text]
    if lost:
        report.wrong.append(f"{name}: {len(lost)} acknowledged articles are lost")
    unsound = []
    for machine in machines:
        store_of(machine).follow()
        unsound += [f"{finding.part}: {finding.text}" for finding in machine.check() if not finding.sound]
    report.wrong += [f"{name}: {text}" for text in unsound]
    return f"{len(load.stored) - len(lost)} of {len(load.stored)}", "; ".join(unsound) or "sound"


def tell_seconds(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.1f} s"


def write_between(page: Path, text: str) -> None:
    """Puts it between the marks of a page."""
    content = page.read_text(encoding="utf-8")
    head, _, rest = content.partition(BEGIN)
    _, _, tail = rest.partition(END)
    page.write_text(f"{head}{BEGIN}\n\n{text}\n\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
