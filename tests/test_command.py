"""The `qa` command as a user runs it: real processes, exit codes, one line for an error."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import BAKERY, FERRY, ROOT

pytestmark = pytest.mark.models

SONG = "What song did Maduro sing at a rally?"


def qa(*arguments: object, library: Path | None = None, **options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "qa", *map(str, arguments)]
    if library:
        command += ["--library", str(library)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **options}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, seeds: Path) -> Path:
    """A library of the seeds, made by `qa add`."""
    os.environ["QA_CACHE"] = str(ROOT / "build" / "cache")
    folder = tmp_path_factory.mktemp("command") / "library"
    run = qa("add", seeds, library=folder)
    assert (run.returncode, "2 added; revision 1" in run.stdout) == (0, True), run.stderr
    return folder


def test_answer_is_printed_with_its_source(folder: Path) -> None:
    run = qa("ask", SONG, library=folder)
    assert run.returncode == 0
    assert "“Imagine” at a rally. [1]" in run.stdout
    assert "Attack of the Fanboy" in run.stdout
    assert run.stderr == ""


def test_refusal_has_an_exit_code_of_its_own(folder: Path) -> None:
    run = qa("ask", "Who won the 2026 football world cup?", library=folder)
    assert run.returncode == 3
    assert "do not answer that" in run.stdout
    assert "Nearest passages" in run.stdout


def test_stored_answer_is_verified_without_a_model(folder: Path, tmp_path: Path) -> None:
    """QA_CACHE points to an empty folder and the model's package can't be found: nothing needs them."""
    stored = tmp_path / "answer.json"
    stored.write_text(qa("ask", SONG, "--json", library=folder).stdout)
    run = qa("verify", stored, library=folder, QA_CACHE=str(tmp_path / "cache"))
    assert (run.returncode, "1 of 1 quotations hold" in run.stdout) == (0, True)
    assert not (tmp_path / "cache").exists()
    forged = json.loads(stored.read_text())
    forged["citations"][0]["cited_text"] = forged["citations"][0]["cited_text"].replace("Imagine", "Yesterday")
    stored.write_text(json.dumps(forged))
    run = qa("verify", stored, library=folder)
    assert (run.returncode, "changed" in run.stdout) == (1, True)


def test_strictness_moves_the_refusal(folder: Path) -> None:
    assert qa("ask", SONG, "--strictness", 1, library=folder).returncode == 3
    assert qa("ask", "Who won the 2026 football world cup?", "--strictness", 0, library=folder).returncode == 0


def test_articles_are_listed_shown_and_searched(folder: Path) -> None:
    articles = json.loads(qa("list", "--json", library=folder).stdout)
    assert [article["passages"] > 0 for article in articles] == [True, True]
    assert "Attack of the Fanboy" in qa("list", library=folder).stdout
    shown = qa("show", articles[1]["id"][:8], library=folder).stdout
    assert "Operation Southern Spear" in shown
    assert "Recommended Videos" not in shown
    assert "✂ Recommended Videos" in qa("show", articles[1]["id"], "--dropped", library=folder).stdout
    hits = json.loads(qa("search", "song", "-k", 2, "--json", library=folder).stdout)
    assert "Imagine" in hits[0]["text"]
    assert qa("search", "song", "--no-rerank", library=folder).returncode == 0


def test_health_is_reported_and_indexes_are_rebuilt(folder: Path) -> None:
    assert qa("rebuild", library=folder).returncode == 0
    run = qa("check", library=folder)
    assert run.returncode == 0
    assert [line.split()[:2] for line in run.stdout.splitlines()] == [
        ["ok", "ledger"], ["ok", "words"], ["ok", "vectors"], ["ok", "chroma"], ["ok", "model"],
    ]  # fmt: skip


def test_removed_article_is_gone(folder: Path, tmp_path: Path) -> None:
    library = shutil.copytree(folder, tmp_path / "library")
    articles = json.loads(qa("list", "--json", library=library).stdout)
    assert qa("remove", articles[1]["id"], "--purge", library=library).returncode == 0
    assert qa("ask", SONG, library=library).returncode == 3
    assert qa("show", articles[1]["id"], library=library).returncode == 1


def test_a_replaced_article_is_told_listed_and_put_back(tmp_path: Path) -> None:
    library, note = tmp_path / "library", tmp_path / "note.txt"
    for text in (FERRY, BAKERY):
        note.write_text(text)
        added = qa("add", note, library=library)
    [gone] = json.loads(qa("list", "--removed", "--json", library=library).stdout)
    [living] = json.loads(qa("list", "--json", library=library).stdout)
    assert (gone["replaced_by"], "ended" in living) == (living["id"], False)
    assert f"qa restore {gone['id']} puts it back" in " ".join(re.sub("[│┃]", " ", added.stdout).split())
    assert "replaced by" in " ".join(qa("list", "--removed", library=library).stdout.split())
    assert qa("restore", gone["id"], library=library).returncode == 0
    assert [item["id"] for item in json.loads(qa("list", "--json", library=library).stdout)] == [gone["id"]]


def test_model_of_a_library_is_changed(seeds: Path, tmp_path: Path) -> None:
    library = tmp_path / "library"
    qa("add", seeds, library=library, QA_PRECISION="f32")
    run = qa("reembed", "--precision", "bf16", library=library)
    assert (run.returncode, "8 texts" in run.stdout) == (0, True), run.stderr + run.stdout
    assert "bf16" in qa("check", library=library).stdout
    assert qa("ask", SONG, library=library).returncode == 0
    mismatch = qa("ask", SONG, library=library, QA_PRECISION="f32")
    assert (mismatch.returncode, "qa reembed" in mismatch.stderr) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ask", SONG, "--library", "{tmp}/none"), "no library at"),
        (("ask", "", "--library", "{library}"), "the question is empty"),
        (("ask", "x" * 10_000, "--library", "{library}"), "10,000 characters"),
        (("show", "zzz", "--library", "{library}"), "no article zzz"),
        (("remove", "zzz", "--library", "{library}"), "no article zzz"),
        (("verify", "{tmp}/none.json", "--library", "{library}"), "can't read"),
        (("verify", "{seed}", "--library", "{library}"), "not an answer"),
        (("reembed", "--model", "nobody/nothing", "--library", "{library}"), "no embedding model at nobody/nothing"),
    ],
)
def test_error_is_one_line(folder: Path, tmp_path: Path, seeds: Path, arguments: tuple[str, ...], message: str) -> None:
    names = {"tmp": tmp_path, "library": folder, "seed": next(seeds.iterdir())}
    run = qa(*(argument.format(**names) for argument in arguments))
    assert run.returncode == 1
    assert run.stderr.startswith("qa: ")
    assert message in run.stderr
    assert run.stderr.count("\n") == 1


def test_path_that_is_not_there_is_reported_in_the_table(tmp_path: Path) -> None:
    run = qa("add", tmp_path / "nothing", library=tmp_path / "library")
    assert run.returncode == 1
    assert "1 skipped" in run.stdout


def test_bad_setting_is_named(folder: Path) -> None:
    run = qa("ask", SONG, library=folder, QA_HITS="many")
    assert (run.returncode, "QA_HITS" in run.stderr) == (1, True)


@pytest.mark.parametrize(
    "arguments",
    [
        *(("ask",), ("nonsense",), ("ask", SONG, "--strictness", "2"), ("ask", SONG, "--as-of", "x")),
        *(("serve", "--log", "xml"), ("serve", "--log-questions"), ("serve", "--drain", "-1")),
    ],
)
def test_usage_errors_exit_with_2(arguments: tuple[str, ...]) -> None:
    assert qa(*arguments).returncode == 2


def test_port_that_is_taken_is_named(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = qa("serve", "--no-browser", "--port", port, library=folder)
    assert (run.returncode, f"port {port}" in run.stderr, "Traceback" in run.stderr) == (1, True, False)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's")
def test_output_that_cannot_be_written_is_an_error(folder: Path) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "qa", "list", "--json", "--library", str(folder)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        run = subprocess.run(command, env=environment, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert (run.returncode, "Traceback" in run.stderr) == (1, False)


def test_help_loads_no_model_and_no_database() -> None:
    """Heavy imports wait until they are needed."""
    script = "import sys, qa, qa.__main__; print(sorted({m.split('.')[0] for m in sys.modules}))"
    run = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    heavy = {"torch", "openvino", "chromadb", "gradio", "llama_index", "sqlalchemy", "tantivy", "transformers", "numpy"}
    assert not heavy & set(json.loads(run.stdout.replace("'", '"')))
