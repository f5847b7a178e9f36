"""The parts that eval.bench.faults breaks: servers in networks of their own, disks that fill up, machines."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from eval.bench.growth import FreeEmbedder
from qa.library import Library
from qa.settings import Settings
from qa.shared_store import SharedStore
from tests.chroma_server import ChromaRun, running_chroma
from tests.postgres import PostgresServer, running_postgres

NOWHERE = "02:00:00:00:00:01"  # the address of no network card: what is sent to it is lost, and nobody says so
DISK = "160m"  # of PostgreSQL's data and of a copy, where they lie on a disk of their own


@dataclass(frozen=True, slots=True)
class Network:
    """A network namespace with one server in it, joined to the machine by two virtual network cards."""

    name: str
    here: str  # addresses of its ends
    there: str

    @property
    def within(self) -> tuple[str, ...]:
        return ("ip", "netns", "exec", self.name)

    def cut(self) -> None:
        """From now on packets vanish, either way, without a word to whoever sent them."""
        _run("ip", "neigh", "replace", self.there, "lladdr", NOWHERE, "dev", f"{self.name}0", "nud", "permanent")
        _run(*self.within, "ip", "neigh", "replace", self.here, "lladdr", NOWHERE, "dev", "eth0", "nud", "permanent")

    def mend(self) -> None:
        _run("ip", "neigh", "del", self.there, "dev", f"{self.name}0")
        _run(*self.within, "ip", "neigh", "del", self.here, "dev", "eth0")


@contextmanager
def network(name: str, number: int) -> Iterator[Network]:
    """A new one; needs root."""
    made = Network(name, f"10.213.{number}.1", f"10.213.{number}.2")
    _run("ip", "netns", "add", name)
    try:
        _run("ip", "link", "add", f"{name}0", "type", "veth", "peer", "name", "eth0", "netns", name)
        _run("ip", "address", "add", f"{made.here}/24", "dev", f"{name}0")
        _run("ip", "link", "set", f"{name}0", "up")
        _run(*made.within, "ip", "address", "add", f"{made.there}/24", "dev", "eth0")
        for card in ("lo", "eth0"):
            _run(*made.within, "ip", "link", "set", card, "up")
        yield made
    finally:
        _run("ip", "netns", "del", name)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """The folder, on a disk of its own in memory; needs root."""
    folder.mkdir(parents=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={DISK},mode=755", "none", str(folder))
    try:
        yield folder
    finally:
        _run("umount", "-l", str(folder))


def fill(folder: Path) -> None:
    """Takes all the room that is left on its disk."""
    with (folder / "filler").open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


def make_room(folder: Path) -> None:
    """Gives it back."""
    (folder / "filler").unlink()


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=20)


@dataclass(slots=True)
class Place:
    """The servers, and where this bench may leave things; networks and disks only where it is run by root."""

    folder: Path
    postgres: PostgresServer
    chroma: ChromaRun
    networks: tuple[Network, Network] | None  # PostgreSQL's and Chroma's
    url: str

    def settings(self, machine: str, *, with_chroma: bool = True) -> Settings:
        copies = str(self.folder / "copies" / machine)
        return Settings(strictness=0, copies=copies, chroma_url=self.chroma.url if with_chroma else "")

    @contextmanager
    def machine(self, name: str, *, with_chroma: bool = True) -> Iterator[Library]:
        """The library as a machine of that name opens it, with vectors that cost nothing."""
        with open_library(self.url, self.settings(name, with_chroma=with_chroma)) as library:
            library.warm()
            yield library


@contextmanager
def place() -> Iterator[Place]:
    """A new one."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)  # PostgreSQL isn't run by root
        networks, data = None, folder / "postgres"
        if is_root():
            networks = (stack.enter_context(network("qafp", 7)), stack.enter_context(network("qafc", 8)))
            stack.enter_context(small_disk(data))
            stack.enter_context(small_disk(folder / "copies" / "full"))
            os.environ["NO_PROXY"] = ",".join(one.there for one in networks)  # there is none on the way to them
        where = [{"host": one.there, "within": one.within} for one in networks] if networks else [{}, {}]
        postgres = stack.enter_context(running_postgres(data, (), **where[0]))  # type: ignore[arg-type]
        chroma = stack.enter_context(running_chroma(folder / "chroma", **where[1]))  # type: ignore[arg-type]
        yield Place(folder, postgres, chroma, networks, postgres.create_library())


def is_root() -> bool:
    return os.getuid() == 0


def open_library(url: str, settings: Settings) -> Library:
    return Library.open(url, settings=settings, load=lambda _: FreeEmbedder())


def store_of(library: Library) -> SharedStore:
    """Its store, which is that of a shared library."""
    store = library._store
    assert isinstance(store, SharedStore)
    return store
