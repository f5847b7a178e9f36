"""Faults of eval.bench.faults that are no outage: one far behind, wrong clocks, two who write, one who vanishes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from eval.bench.fault_child import SHARED
from eval.bench.fault_load import QUESTION, Load
from eval.bench.fault_parts import Place, store_of
from eval.bench.growth import ARTICLE, write_made_up
from eval.bench.speed import PROJECT
from qa.follower import Follower
from qa.settings import Settings

BEHIND = 2_000  # passages, about, that a machine is behind
DAYS = (-1, 1, 40)  # that a clock is wrong by; after 30 the dead are forgotten
ROUNDS = 50
NONE = "–"
Cells = tuple[str, ...]


def fall_behind(where: Place, load: Load, wrong: list[str]) -> Cells:
    """A machine doesn't follow while thousands of passages are added, and is asked all the while."""
    store = store_of(load.reader)
    store.follow()
    assert store._follower is not None
    store._follower.close()
    store._follower = None
    revision, before = store.reached(), load.writer._store.ledger.count_indexed()
    seconds: list[float] = []
    folder = where.folder / "made-up"
    write_made_up(folder, BEHIND // ARTICLE)
    load.writer.add([folder])
    for _ in range(10):
        began = time.monotonic()
        answer = load.reader.ask(QUESTION, strictness=0)
        seconds.append(time.monotonic() - began)
        if answer.provenance is None or answer.provenance.revision != revision:
            wrong.append("a machine that is behind answered at a revision that it doesn't have")
    passages = load.writer._store.ledger.count_indexed() - before
    lag, began = load.reader.lag(), time.monotonic()
    store.follow()
    took = time.monotonic() - began
    store._follower = Follower(store._url, store.follow)
    asked = f"{len(seconds)} answered at the revision that it has, {lag} revisions behind"
    rate = f"{took:.1f} s for {passages} passages, {passages / took:.0f}/s"
    return asked, f"{1000 * max(seconds):.0f} ms", NONE, NONE, rate, NONE, NONE, _sound(load, wrong)


def set_clocks_wrong(where: Place, load: Load, wrong: list[str]) -> Cells:
    """A machine whose clock is wrong replaces an article while another is behind: nothing goes too early or late."""
    store, ledger = store_of(load.writer), load.writer._store.ledger
    acknowledged = 0
    for days in DAYS:
        before, revision, forgotten = ledger.now(), ledger.revision(), ledger.forgotten()
        swept = ledger.fact("vectors_swept")
        with _child(where, "clock", str(days)) as child:
            outcomes = _outcomes(child)
        ids = [id for id, error in outcomes if not error]
        acknowledged += len(ids)
        if len(ids) != len(outcomes) or ledger.revision() != revision + len(ids):
            wrong.append(f"a clock wrong by {days} days: {outcomes}")
        if ledger.newest_before(before) > revision or ledger.newest_before(ledger.now()) != ledger.revision():
            wrong.append(f"a clock wrong by {days} days dates revisions")
        if ledger.forgotten() != forgotten:
            wrong.append(f"a clock wrong by {days} days has the ledger forget the dead")
        if int(ledger.fact("vectors_swept") or 0) > max(revision, int(swept or 0)):
            wrong.append(f"a clock wrong by {days} days takes the newly dead out of the vectors")
    store.follow()
    there = f"{acknowledged} of {len(DAYS) * 3}"
    return NONE, NONE, f"{acknowledged} added", NONE, NONE, NONE, there, _sound(load, wrong)


def write_at_once(where: Place, load: Load, wrong: list[str]) -> Cells:
    """Two processes replace the same article again and again: one version lives, all are in the ledger."""
    began = time.monotonic()
    with ExitStack() as stack:
        children = [stack.enter_context(_child(where, "write", name, str(ROUNDS))) for name in ("one", "two")]
        for child in children:
            _begin(child)
        outcomes = [outcome for child in children for outcome in _outcomes(child, begun=True)]
    took = time.monotonic() - began
    ledger = load.writer._store.ledger
    ids = {id for id, error in outcomes if not error}
    living = [article for article in load.writer.articles() if article.source.endswith(SHARED)]
    lost = ids - set(ledger.versions(living[0].source)) if living else ids
    if len(living) != 1 or lost:
        wrong.append(f"two writers left {len(living)} versions living, {len(lost)} acknowledged ones lost")
    errors = [error for _, error in outcomes if error]
    added = f"{len(ids)} added, {len(errors)} errors {sorted(set(errors)) or ''}".strip()
    rate = f"{took:.0f} s in all"
    return NONE, NONE, added, rate, NONE, NONE, f"{len(ids) - len(lost)} of {len(ids)}", _sound(load, wrong)


def vanish(where: Place, load: Load, wrong: list[str]) -> Cells:
    """The network of a machine is cut while it has its turn to publish: how long another waits for its own."""
    assert where.networks is not None
    to_postgres = where.networks[0]
    with _child(where, "wait", within=to_postgres.within, with_chroma=False) as child, store_of(load.writer).turn():
        to_postgres.cut()
        _begin(child)
        assert child.stdout is not None
        seconds = float(child.stdout.readline() or "nan")
        to_postgres.mend()
    if not seconds < 20:
        wrong.append(f"a machine that vanished kept its turn for {seconds:.0f} s")
    return NONE, NONE, "1 added by another machine", f"{1000 * seconds:.0f} ms", NONE, NONE, NONE, _sound(load, wrong)


ALL: dict[str, Callable[[Place, Load, list[str]], Cells]] = {
    f"a machine is {BEHIND:,} passages behind": fall_behind,
    f"clocks are wrong by {', '.join(map(str, DAYS))} days": set_clocks_wrong,
    f"two write the same article, {ROUNDS} times each": write_at_once,
    "a machine vanishes in its turn to publish": vanish,
}
OF_ROOT = {"a machine vanishes in its turn to publish"}


def _sound(load: Load, wrong: list[str]) -> str:
    unsound = []
    for machine in (load.reader, load.writer):
        store_of(machine).follow()
        unsound += [f"{finding.part}: {finding.text}" for finding in machine.check() if not finding.sound]
    wrong += unsound
    return "; ".join(unsound) or "sound"


@contextmanager
def _child(
    where: Place, *arguments: str, within: Sequence[str] = (), with_chroma: bool = True
) -> Iterator[subprocess.Popen[str]]:
    """Another machine, with its library open."""
    settings: Settings = where.settings("-".join(arguments), with_chroma=with_chroma)
    names = {"QA_COPIES": settings.copies, "QA_CHROMA_URL": settings.chroma_url, "QA_STRICTNESS": "0"}
    command = [*within, sys.executable, "-m", "eval.bench.fault_child", where.url, *arguments]
    with subprocess.Popen(
        command, cwd=PROJECT, env=os.environ | names, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        if child.stdout.readline() != "ready\n":
            child.kill()
            raise RuntimeError("another machine could not open the library")
        yield child


def _begin(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    child.stdin.write("\n")
    child.stdin.flush()


def _outcomes(child: subprocess.Popen[str], *, begun: bool = False) -> list[tuple[str, str]]:
    """What it says until it ends."""
    if not begun:
        _begin(child)
    assert child.stdout is not None
    return [tuple(json.loads(line)) for line in child.stdout]
