"""Which files are read as articles, and what is said of those that can't be."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from qa.errors import ArticleUnreadable
from qa.files import find_files, read_bytes
from qa.settings import Settings


def test_folders_are_searched_for_supported_files(tmp_path: Path) -> None:
    for name in ("b.txt", "a.HTML", "c.png", "e.tar.gz", ".hidden.txt", "sub/d.md", ".git/e.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [path.relative_to(tmp_path).as_posix() for path in find_files([tmp_path])]
    assert found == ["a.HTML", "b.txt", "e.tar.gz", "sub/d.md"]


def test_files_that_are_named_are_taken_whatever_they_are(tmp_path: Path) -> None:
    """A wrong or missing one fails when it is read, so that the others still come in."""
    paths = [tmp_path / "c.pdf", tmp_path / "missing.txt"]
    paths[0].touch()
    assert find_files([*paths, paths[0]]) == paths


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.txt").touch()
    (tmp_path / "sub" / "up").symlink_to(tmp_path, target_is_directory=True)
    assert find_files([tmp_path]) == [tmp_path / "sub" / "a.txt"]


def test_what_is_no_readable_file_says_why_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    (tmp_path / "large.txt").write_text("x" * 11)
    (tmp_path / "folder").mkdir()
    reasons = {"missing.txt": "does not exist", "empty.txt": "is empty", "large.txt": "is larger than 10 bytes (11)"}
    for name, reason in {**reasons, "folder": "is a folder that can't be listed"}.items():
        with pytest.raises(ArticleUnreadable) as caught:
            read_bytes(tmp_path / name, Settings(max_article_bytes=10))
        assert caught.value.reason == reason
        assert caught.value.remedy


def test_a_library_is_no_folder_of_articles(tmp_path: Path) -> None:
    """It holds .json files of its indexes; it may lie among the articles, or be named itself."""
    for name in ("a.txt", "library/ledger.sqlite", "library/lexical-1/meta.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert find_files([tmp_path]) == [tmp_path / "a.txt"]
    assert find_files([tmp_path / "library"]) == []


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(ArticleUnreadable, match="not a regular file"):
        read_bytes(tmp_path / "pipe.txt", Settings())
