"""What a browser says of the files that it sent: names are data, paths are not trusted, limits hold for all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from gradio.utils import get_upload_folder

from qa.errors import QAError
from qa.library import Library
from tests.conftest import BAKERY, FERRY, OpenLibrary
from ui.articles_tab import ArticlesTab
from ui.limits import Limits
from ui.uploads import read_chosen, take_chosen


def sent(name: Any, data: bytes | str | None, place: str = "") -> dict[str, Any]:
    """What the page's script says of a file that lies in the folder of uploads; without data, of one kept back."""
    if data is None:
        return {"name": name, "size": 0}
    folder = Path(get_upload_folder()) / "test-uploads" / (place or str(name).replace("/", "-"))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "file"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return {"name": name, "size": path.stat().st_size, "path": str(path)}


def add(library: Library, *files: dict[str, Any], limits: Limits | None = None) -> str:
    """What the page says in the end."""
    *_, end = ArticlesTab(library, limits or Limits()).add(gr.EventData(None, {"files": list(files)}))
    return end


def test_files_of_one_name_in_two_folders_are_two_articles(open_library: OpenLibrary):
    library = open_library()
    files = [sent("a/news.txt", FERRY), sent("b/news.txt", BAKERY)]
    told = add(library, *files)
    assert "2 added" in told
    assert "a/news.txt" in told
    assert library.browse("B/news").found == 1
    assert [article.source for article in library.articles()] == ["upload:a/news.txt", "upload:b/news.txt"]
    assert not any(Path(file["path"]).exists() for file in files)


@pytest.mark.parametrize("kind", ["elsewhere", "climbing", "folder", "address", "null", "half", "long"])
def test_no_other_file_of_the_server_is_read(library: Library, tmp_path: Path, kind: str):
    """One hostile path among good ones: nothing is added, and what it names stays."""
    secret = tmp_path / "secret.txt"
    secret.write_text("The launch code is 0000, and nobody may know it.", encoding="utf-8")
    uploads = Path(get_upload_folder())
    paths = {
        "elsewhere": str(secret),
        "climbing": f"{uploads}/x/../../{secret.relative_to('/')}",
        "folder": str(uploads),
        "address": "https://192.0.2.1/secret.txt",
        "null": "a\0b",
        "half": f"{uploads}/\ud800x",
        "long": f"{uploads}/{'x' * 300}",
    }
    before = library.corpus_digest()
    told = add(library, sent("good.txt", FERRY), {"name": "x.txt", "path": paths[kind], "size": 1})
    assert "no file that was uploaded" in told
    assert secret.exists()
    assert library.corpus_digest() == before


def test_a_link_in_the_folder_of_uploads_leads_nowhere(library: Library, tmp_path: Path):
    secret = tmp_path / "secret.txt"
    secret.write_text(FERRY, encoding="utf-8")
    link = Path(sent("seed.txt", "x", "link")["path"]).with_name("link")
    link.unlink(missing_ok=True)
    link.symlink_to(secret)
    assert "no file that was uploaded" in add(library, {"name": "x.txt", "path": str(link), "size": 1})
    assert secret.exists()


def test_all_files_of_one_call_are_held_against_the_limits(open_library: OpenLibrary):
    """Three where two may come, and 60 bytes where 50 may: refused as a whole, and their copies are deleted."""
    library = open_library()
    small = [sent(f"{number}.txt", "x" * 20) for number in range(3)]
    assert "3 files are too many at once; add at most 2" in add(library, *small, limits=Limits(files=2))
    assert not any(Path(file["path"]).exists() for file in small)
    again = [sent(f"{number}.txt", "x" * 20) for number in range(3)]
    assert "too large together" in add(library, *again, limits=Limits(request_bytes=50))
    assert library.articles() == []


def test_what_did_not_come_is_told_with_the_reason(open_library: OpenLibrary):
    limits = Limits(file_bytes=2_000_000)
    large, lost = {"name": "large.txt", "size": 3_000_000}, sent("lost.txt", "x")
    Path(lost["path"]).unlink()
    chosen = read_chosen([sent("film.MOV", None), large, lost, sent("kept.txt", FERRY)])
    uploads, left_out = take_chosen(chosen, limits)
    assert [upload.name for upload in uploads] == ["kept.txt"]
    assert [(entry.source, entry.reason) for entry in left_out] == [
        ("upload:film.MOV", "has an unsupported format (.mov)"),
        ("upload:large.txt", "is larger than 2 MB"),
        ("upload:lost.txt", "did not arrive"),
    ]
    assert all(entry.remedy for entry in left_out)


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("../../etc/x.txt", "etc/x.txt"),
        ("/a//b.txt", "a/b.txt"),
        ("a\x00b.txt", "a�b.txt"),
        ("", "unnamed"),
        (5, "5"),
    ],
)
def test_a_name_stays_a_name(name: Any, cleaned: str):
    [file] = read_chosen([{"name": name}])
    assert (file.name, file.path) == (cleaned, None)


@pytest.mark.parametrize("values", [None, [], "text", [1], [{}] * 20_001])
def test_what_the_page_does_not_send_is_refused(values: Any):
    with pytest.raises(QAError, match="no files arrived"):
        read_chosen(values)
