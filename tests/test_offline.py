"""Nothing leaves the machine: real processes, their lookups and connections recorded by strace, in an empty HOME.

CI must be unset: a library that phones home may be silent when it is set.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = [
    pytest.mark.models,
    pytest.mark.skipif(sys.platform != "linux", reason="connections are recorded with strace, which is Linux's"),
]

OUTSIDE = re.compile(
    r"sa_family=AF_INET6?, .*?(?:sin_addr=inet_addr\(\"(?P<v4>[^\"]+)\"|inet_pton\(AF_INET6, \"(?P<v6>[^\"]+)\")"
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all, so that the model is converted once."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module", autouse=True)
def strace() -> str:
    """A test that can't record must not pass."""
    path = shutil.which("strace")
    assert path, "strace is missing; install it (apt-get install strace), then run the tests again"
    return path


def traced(home: Path, log: Path, *arguments: str) -> list[str]:
    # seccomp: the kernel stops the process at these calls alone, not at every call of the conversion.
    command = ["strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", str(log)]
    return [
        *command,
        "env",
        "-i",
        f"HOME={home}",
        f"PYTHONPATH={ROOT}",
        "PATH=/usr/bin:/bin",
        sys.executable,
        "-m",
        "qa",
        *arguments,
    ]


def outside(log: Path) -> list[str]:
    """The recorded calls to an address that is not loopback; a DNS server is such an address."""
    lines = []
    for line in log.read_text(errors="replace").splitlines():
        match = OUTSIDE.search(line)
        if match and not (match["v4"] or match["v6"]).startswith(("127.", "::1")):
            lines.append(line)
    return lines


def files(home: Path) -> list[str]:
    return sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.is_file())


def test_recorder_sees_a_lookup(home: Path, tmp_path: Path) -> None:
    """The check itself can fail: a process that looks up a name is seen."""
    log = tmp_path / "log"
    script = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(('192.0.2.1', 53))"
    subprocess.run(
        ["strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=connect", "-o", str(log), sys.executable, "-c", script],
        timeout=60,
    )
    assert len(outside(log)) == 1


@pytest.fixture(scope="module")
def library(home: Path, tmp_path_factory: pytest.TempPathFactory, seeds: Path) -> str:
    """Of the seeds: the very first use, with the conversion of the model."""
    folder = tmp_path_factory.mktemp("offline")
    run_traced(home, folder / "log", "add", str(seeds), "--library", str(folder / "library"))
    return str(folder / "library")


def run_traced(home: Path, log: Path, *arguments: str) -> None:
    """Runs a command that must succeed and reach nothing outside."""
    run = subprocess.run(traced(home, log, *arguments), capture_output=True, text=True, timeout=240)
    assert run.returncode == 0, run.stderr
    assert outside(log) == []


def test_adding_and_asking_reach_nothing_outside(home: Path, tmp_path: Path, library: str) -> None:
    """HOME holds the cache folder and nothing else."""
    for arguments in (("ask", "What song did Maduro sing at a rally?"), ("check",)):
        run_traced(home, tmp_path / f"log-{arguments[0]}", *arguments, "--library", library)
    assert files(home)
    assert all(name.startswith(".cache/qa/") for name in files(home)), files(home)


def test_serving_reaches_nothing_outside(home: Path, tmp_path: Path, library: str) -> None:
    log = tmp_path / "log"
    command = traced(home, log, "serve", "--mcp", "--no-browser", "--port", "0", "--library", library)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as server:
        try:
            address = wait_for_address(server)
            assert b"gradio" in urllib.request.urlopen(address, timeout=30).read().lower()
            kinds = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
            ping = urllib.request.Request(address + "/mcp", b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}', kinds)
            assert json.loads(urllib.request.urlopen(ping, timeout=30).read())["result"] == {}
        finally:
            os.killpg(server.pid, signal.SIGTERM)
    assert outside(log) == []
    assert all(name.startswith(".cache/qa/") for name in files(home)), files(home)


def test_answering_a_program_reaches_nothing_outside(home: Path, tmp_path: Path, library: str) -> None:
    """A language model's program starts it, asks, and closes its stdin."""
    log = tmp_path / "log"
    asked = {"name": "ask", "arguments": {"question": "What song did Maduro sing at a rally?"}}
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    lines = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": asked},
    ]
    command = traced(home, log, "mcp", "--library", library)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin
        assert server.stdout
        server.stdin.write("".join(json.dumps(line) + "\n" for line in lines))
        server.stdin.flush()
        answers = [json.loads(server.stdout.readline()) for _ in range(2)]
        server.stdin.close()
        assert server.wait(60) == 0
    assert "Imagine" in answers[1]["result"]["structuredContent"]["text"]
    assert outside(log) == []
    assert all(name.startswith(".cache/qa/") for name in files(home)), files(home)


def wait_for_address(server: subprocess.Popen[str]) -> str:
    assert server.stdout
    deadline = time.monotonic() + 120
    seen = []
    while time.monotonic() < deadline and (line := server.stdout.readline()):
        seen.append(line)
        if found := re.search(r"http://127\.0\.0\.1:\d+", line):
            return found[0]
    raise AssertionError("the server gave no address: " + "".join(seen))
