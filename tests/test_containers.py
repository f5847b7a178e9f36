"""Archives and files of records -> members: their names, their fields, and the limits."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from eval.bench.files import good_files
from qa.articles import article_from_bytes
from qa.containers import Member, read_members
from qa.errors import ArticleUnreadable
from qa.settings import Settings

TEXT = "The council of Thornby voted on Monday to close the old bridge to lorries."


def members(data: bytes | Path, name: str, fields: dict[str, str] | None = None, **limits: Any) -> list[Any]:
    return list(read_members(data, source=name, name=name, settings=Settings(**limits), fields=fields))


def zipped(files: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return written.getvalue()


def lines(*records: object) -> bytes:
    return "\n".join(map(json.dumps, records)).encode()


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv", ".tsv", ".parquet"])
def test_records_of_every_format_are_the_same_members(suffix: str, tmp_path: Path) -> None:
    """From memory and from a file alike."""
    data = good_files()[suffix]
    (tmp_path / "a").write_bytes(data)
    found = members(data, "a" + suffix)
    assert [member.source for member in found] == [f"a{suffix}#https://a.example/{n}" for n in (1, 2)]
    assert [json.loads(member.data)["title"] for member in found] == ["Bridge 1", "Bridge 2"]
    settings = Settings()
    assert found == list(read_members(tmp_path / "a", source="a" + suffix, name="a" + suffix, settings=settings))


def test_large_json_is_read_like_a_small_one_and_within_the_limits() -> None:
    """In a process of its own: parsed, it takes up to twenty times its size."""
    padding = [{"text": "x" * 5_000_000}, 7]
    first, _, bad, last = members(json.dumps([{"text": TEXT}, *padding, {"text": TEXT}]).encode(), "a.json")
    assert (json.loads(first.data), first.source, last.source) == ({"text": TEXT}, "a.json#1", "a.json#4")
    assert (bad.source, bad.reason) == ("a.json#3", "is no object")
    with pytest.raises(ArticleUnreadable, match="too much memory"):
        members(b"[" + b"[]," * 4_000_000 + b"[]]", "a.json", read_memory_bytes=150_000_000)
    (refused,) = members(b'{"text": "x", "a": [' + b"[]," * 2_000_000 + b"[]]}", "a.jsonl")
    assert refused.reason == "may hold more than 1,000,000 values"


def test_usual_names_of_fields_are_known() -> None:
    record = {"Body": TEXT, "headline": "Bridge closes", "source": {"name": "The Herald"}, "pubDate": "2025-11-12"}
    article = article_from_bytes(members(lines(record), "a.jsonl")[0].data, source="a", suffix=".record")[0]
    assert (article.text, article.title, article.publisher) == (TEXT, "Bridge closes", "The Herald")
    assert (str(article.published), article.dated) == ("2025-11-12", "stated")


def test_other_names_are_given_and_must_be_there() -> None:
    data = lines({"story": TEXT, "no": 7})
    assert json.loads(members(data, "a.jsonl", {"text": "story", "id": "no"})[0].data) == {"text": TEXT}
    with pytest.raises(ArticleUnreadable, match="has no column tale; its columns are: story, no"):
        members(data, "a.jsonl", {"text": "tale"})
    with pytest.raises(ArticleUnreadable, match="the roles are: text, title"):
        members(data, "a.jsonl", {"prose": "story"})


def test_a_bad_row_is_named_and_the_others_come_in() -> None:
    first, bad, last = members(lines({"text": TEXT}) + b"\n{oops\n" + lines({"text": TEXT}), "a.jsonl")
    assert (first.source, bad.source, last.source) == ("a.jsonl#1", "a.jsonl#2", "a.jsonl#3")
    assert bad.reason.startswith("is no JSON")


def test_halves_of_surrogate_pairs_are_replaced() -> None:
    """JSON can hold them, no database can."""
    [member] = members(b'{"text": "bad \\ud800 half"}', "a.jsonl")
    assert json.loads(member.data)["text"] == "bad \ufffd half"


def test_members_of_archives_are_named_by_their_paths_within() -> None:
    inner = zipped({"b.txt": TEXT.encode()})
    data = zipped({"../../x/a.txt": TEXT.encode(), "in.zip": inner, "c.png": b"x", ".hidden.txt": b"x"})
    assert [member.source for member in members(data, "n.zip")] == ["n.zip!/x/a.txt", "n.zip!/in.zip!/b.txt"]


def test_links_in_archives_are_left_out() -> None:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        link = tarfile.TarInfo("a.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    with pytest.raises(ArticleUnreadable, match="holds no articles"):
        members(written.getvalue(), "a.tar")


def test_an_encrypted_entry_says_what_to_do_and_the_others_come_in() -> None:
    data = bytearray(zipped({"a.txt": TEXT.encode(), "b.txt": TEXT.encode()}))
    data[6] |= 1  # the flag in the entry itself, and in the directory
    data[data.index(b"PK\x01\x02") + 8] |= 1
    locked, other = members(bytes(data), "a.zip")
    assert (locked.source, locked.reason) == ("a.zip!/a.txt", "is encrypted")
    assert locked.remedy == "unpack the archive with its password and add that"
    assert other.source == "a.zip!/b.txt"


def test_limits_end_as_messages() -> None:
    text = TEXT.encode()
    bomb = zipped({"a.txt": b"a" * 2_000_000, "b.txt": text})
    assert "is larger than" in members(bomb, "a.zip", max_article_bytes=1_000_000)[0].reason
    assert "unpacks to more" in members(bomb, "a.zip", max_unpacked_bytes=1_000_000)[0].reason
    deep = zipped({"b.zip": zipped({"c.zip": zipped({"d.txt": text})})})
    assert "archive within" in members(deep, "a.zip", max_archive_depth=2)[0].reason
    many = members(lines(*[{"text": TEXT}] * 5), "a.jsonl", max_members=3)
    assert [isinstance(member, Member) for member in many] == [True, True, True, False]


def test_a_long_name_in_a_tar_archive_does_not_fill_the_memory() -> None:
    header = tarfile.TarInfo("a.txt")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 4_000_000_000
    with pytest.raises(ArticleUnreadable, match="a header of 4,000,000,000 bytes"):
        members(header.tobuf() + b"x" * 1024, "a.tar")


@pytest.mark.parametrize("suffix", [".zip", ".tar", ".tar.gz", ".parquet", ".json"])
def test_a_damaged_container_is_an_error_of_its_own(suffix: str) -> None:
    with pytest.raises(ArticleUnreadable) as caught:
        members(b"PAR1 no such file" * 40, "a" + suffix)
    assert caught.value.source == "a" + suffix
    assert caught.value.remedy
