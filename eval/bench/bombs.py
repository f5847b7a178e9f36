"""Files made to take more time or memory than they should: bombs, nesting without end, lines of ten megabytes."""

from __future__ import annotations

import gzip
import io
import json
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable

from eval.bench.files import PAGE, PARAGRAPHS, TEXT, assemble_pdf, good_files, make_tar, make_zip

SIZE = 10_000_000
Make = Callable[[], bytes]

LAUGHS = (
    "<!DOCTYPE l [<!ENTITY a0 'ha ha ha ha ha ha ha ha ha ha'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
    + "]>"
)
_WORD = "<w:document xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'>"
_WORD_PARAGRAPH = "<w:p><w:r><w:t>x</w:t></w:r></w:p>"
_WORD_ROW = f"<w:tr>{'<w:tc><w:p/></w:tc>' * 300}</w:tr>"
OUTSIDE = "<!DOCTYPE l [<!ENTITY a9 SYSTEM 'file:///etc/passwd'>]>"


def bombs() -> dict[str, Make]:
    """Name, with its format as suffix -> what makes it: some are large, so each is made when it is its turn."""
    return {**_packed(), **_pdfs(), **_mails(), **_markup(), **_records(), **_texts()}


def _texts() -> dict[str, Make]:
    lines = {
        "line": TEXT.replace("\n", " "),
        "letter": "a",
        "word": "a ",
        "equals": "=",
        "newlines": "\n",
        "spaces": " ",
        "dates": "5 January 2025 ",
        "months": "January ",
        "bylines": "By Ann Able\n",
        "bylines in a line": "By Ann Able ",
        "addresses": "https://a.example/x ",
        "initials": "U.S. ",
        "sentences": "Yes. ",
        "brackets": "([{<",
        "rules": "---\n",
        "headings": "# ",
        "bullets": "- x\n",
        "overrides": "\u202e\u2066",
        "accents": "e\u0301\u0302",
        "control": "\x01 word ",
        "menus": "Home\nNews\nSport\n\n",
        "notices": "© 2025 The Herald. All rights reserved. Share this article. ",
        "ideographs": "漢",
    }
    made: dict[str, Make] = {f"{name}.txt": _repeat(piece) for name, piece in lines.items()}
    made["front matter.md"] = _repeat("title: x\n", head="---\n")
    made["tables.md"] = _repeat("| a ")
    made["wide.txt"] = lambda: ("\ufeff" + TEXT * 5_000).encode("utf-32")
    made["broken bytes.txt"] = lambda: b"\xc3\x28\xa0\xa1 word " * (SIZE // 9)
    return made


def _markup() -> dict[str, Make]:
    return {
        "laughs.xhtml": lambda: f"{LAUGHS}<html><body><p>&a9;</p></body></html>".encode(),
        "outside.xhtml": lambda: f"{OUTSIDE}<html><body><p>{TEXT} &a9;</p></body></html>".encode(),
        "quadratic.xhtml": lambda: (
            f"<!DOCTYPE l [<!ENTITY a '{'ha ' * 30_000}'>]><html><body><p>{'&a;' * 30_000}</p></body></html>".encode()
        ),
        "line.html": _repeat("The bridge is closed. ", head="<p>"),
        "deep.html": _repeat("<div>", size=1_000_000),
        "inline.html": _repeat("<b><i>", size=1_000_000),
        "tables.html": _repeat("<table><tr><td>", size=1_000_000),
        "paragraphs.html": _repeat(f"<p>{PARAGRAPHS[0]}</p>"),
        "open.html": _repeat("<"),
        "ampersands.html": _repeat("&"),
        "attributes.html": lambda: b"<p " + b" ".join(b"a%d=1" % n for n in range(300_000)) + b">" + PAGE,
        "comments.html": _repeat("<!-- "),
        "scripts.html": _repeat("<script>"),
        "meta.html": _repeat("<meta property='og:title' content='x'>", size=2_000_000),
        "ld.html": lambda: b"<script type='application/ld+json'>" + b"[" * 1_000_000 + b"</script>" + PAGE,
        "links.html": _repeat("<a href='https://a.example/2025/11/12/x'>x</a> ", size=3_000_000),
    }


def _packed() -> dict[str, Make]:
    zeros = b" " * 100_000_000

    def document(part: str, data: bytes) -> bytes:
        with zipfile.ZipFile(io.BytesIO(good_files()[".docx"])) as archive:
            return make_zip({**{name: archive.read(name) for name in archive.namelist()}, part: data})

    def book(part: str, data: bytes) -> bytes:
        with zipfile.ZipFile(io.BytesIO(good_files()[".epub"])) as archive:
            return make_zip({**{name: archive.read(name) for name in archive.namelist()}, part: data})

    def word(body: str, head: str = "") -> bytes:
        return f"{head}{_WORD}<w:body>{body}</w:body></w:document>".encode()

    return {
        "zeros.zip": lambda: make_zip({"a.txt": zeros}),
        "many.zip": lambda: make_zip({f"{n}.txt": b"" for n in range(60_000)}),
        "matryoshka.zip": lambda: _matryoshka(12),
        "lying.zip": lambda: _with_sizes(make_zip({"a.txt": zeros}), 10),
        "huge.zip": lambda: _with_sizes(make_zip({"a.txt": TEXT.encode()}), 0xFFFFFFF0),
        "overlapping.zip": lambda: _overlapping(300),
        "zeros.tar.gz": lambda: gzip.compress(make_tar({"a.txt": zeros, "b.txt": zeros})),
        "huge.tar": lambda: _tar_header("a.txt", 2**40),
        "long name.tar": lambda: _tar_header("a.txt", 2**33, tarfile.GNUTYPE_LONGNAME),
        "links.tar": lambda: make_tar({f"{n}.txt": b"x" for n in range(2_000)}, pax=True),
        "pax.tar": lambda: _tar_header("a.txt", 10, tarfile.XHDTYPE) + b"99999999 path=" * 70_000,
        "laughs.docx": lambda: document("word/document.xml", word("<w:p>&a9;</w:p>", LAUGHS)),
        "zeros.docx": lambda: document("word/document.xml", zeros * 3),
        "media.docx": lambda: document("word/media/image1.png", zeros * 3),
        "deep.docx": lambda: document("word/document.xml", word("<w:p><w:r>" * 200_000)),
        "paragraphs.docx": lambda: document("word/document.xml", word(_WORD_PARAGRAPH * 300_000)),
        "table.docx": lambda: document("word/document.xml", word(f"<w:tbl>{_WORD_ROW * 300}</w:tbl>")),
        "laughs.epub": lambda: book("OPS/a.xhtml", f"{LAUGHS}<html><body><p>&a9;</p></body></html>".encode()),
        "package.epub": lambda: book("OPS/book.opf", f"{LAUGHS}<package>&a9;</package>".encode()),
        "zeros.epub": lambda: book("OPS/a.xhtml", zeros * 3),
        "deep.epub": lambda: book("OPS/a.xhtml", b"<div>" * 400_000),
        "line.epub": lambda: book("OPS/a.xhtml", b"<p>" + b"The bridge is closed. " * 450_000),
    }  # fmt: skip


def _records() -> dict[str, Make]:
    return {
        "deep.json": _repeat("["),
        "deep objects.json": _repeat('{"a":'),
        "line.json": lambda: json.dumps([{"text": TEXT * 9_000}]).encode(),
        "many.json": _repeat('{"text": "x"},', head="["),
        "line.jsonl": lambda: json.dumps({"text": TEXT.replace("\n", " ") * 9_000}).encode(),
        "markup.jsonl": lambda: json.dumps({"text": "<p>" + "<div>" * 1_000_000}).encode(),
        "keys.jsonl": lambda: json.dumps({**{f"k{n}": n for n in range(500_000)}, "text": TEXT}).encode(),
        "number.jsonl": lambda: b'{"text": ' + b"1" * SIZE + b"}",
        "quotes.csv": lambda: b'text\n"' + b'a""' * (SIZE // 3),
        "columns.csv": lambda: ",".join(f"c{n}" for n in range(1_000_000)).encode() + b"\n" + b"1," * 1_000_000,
        "rows.csv": _repeat("x,y\n", head="text,title\n"),
        "delimiters.tsv": _repeat("\t", head="text\n"),
        "zeros.parquet": _wide_parquet,
    }


def _mails() -> dict[str, Make]:
    def nested(kind: str, depth: int) -> bytes:
        parts = "".join(f'Content-Type: {kind}; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(depth))
        return f"Subject: x\r\n{parts}Content-Type: text/plain\r\n\r\n{TEXT}".encode()

    return {
        "parts.eml": lambda: nested("multipart/mixed", 3_000),
        "messages.eml": lambda: b"Subject: x\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 3_000 + TEXT.encode(),
        "headers.eml": _repeat("X-A: b\r\n", head="Subject: x\r\n"),
        "subject.eml": lambda: b"Subject: " + b"=?utf-8?q?a?= " * 300_000 + b"\r\n\r\n" + TEXT.encode(),
        "senders.eml": lambda: b"From: " + b"a <a@b.example>, " * 200_000 + b"\r\n\r\n" + TEXT.encode(),
        "comments.eml": lambda: b"From: " + b"(" * 200_000 + b"\r\n\r\n" + TEXT.encode(),
        "date.eml": lambda: b"Date: " + b"12 " * 1_000_000 + b"\r\n\r\n" + TEXT.encode(),
        "line.eml": lambda: b"Subject: x\r\n\r\n" + b"The bridge is closed. " * 450_000,
        "boundaries.eml": _repeat("--b\r\n\r\nx\r\n", head='Content-Type: multipart/mixed; boundary="b"\r\n\r\n'),
        "base64.eml": _repeat("!!!!", head="Content-Transfer-Encoding: base64\r\n\r\n"),
        "deep.mhtml": _repeat("<div>", head="Content-Type: text/html\r\n\r\n", size=1_000_000),
    }


def _pdfs() -> dict[str, Make]:
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R /Resources << /Font << /F 3 0 R >> >> >>"
    )
    tree = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>", font, page]
    info = b"<< /Title (x) >>"

    def shown(content: bytes, how: bytes = b"") -> bytes:
        return assemble_pdf([*tree, b"<< /Length %d%s >>\nstream\n%s\nendstream" % (len(content), how, content), info])

    loop = [tree[0], b"<< /Type /Pages /Kids [2 0 R 4 0 R] /Count 99999999 >>", font, page, b"null", info]
    many = [tree[0], b"<< /Type /Pages /Kids [%s] /Count 20000 >>" % (b"4 0 R " * 20_000), font, page, b"null", info]
    text = b"BT /F 9 Tf 40 760 Td " + b"(The bridge is closed.) Tj T* " * 300_000 + b"ET"
    return {
        "zeros.pdf": lambda: shown(zlib.compress(b" " * 300_000_000), b" /Filter /FlateDecode"),
        "twice packed.pdf": lambda: shown(
            zlib.compress(zlib.compress(b" " * 300_000_000)), b" /Filter [/FlateDecode /FlateDecode]"
        ),
        "text.pdf": lambda: shown(zlib.compress(text), b" /Filter /FlateDecode"),
        "states.pdf": lambda: shown(b"q " * 2_000_000),
        "nested.pdf": lambda: shown(b"[" * 2_000_000),
        "arrays.pdf": lambda: assemble_pdf([*tree, b"[" * 2_000_000, info]),
        "loop.pdf": lambda: assemble_pdf(loop),
        "pages.pdf": lambda: assemble_pdf(many),
        "itself.pdf": lambda: shown(b"").replace(b"startxref", b"/Prev 9 startxref"),
    }  # fmt: skip


def _repeat(piece: str, *, head: str = "", size: int = SIZE) -> Make:
    encoded = piece.encode()
    return lambda: head.encode() + encoded * (size // len(encoded))


def _matryoshka(depth: int) -> bytes:
    data = TEXT.encode()
    for _ in range(depth):
        data = make_zip({"a.txt": TEXT.encode(), "in.zip" if data[:2] == b"PK" else "b.txt": data})
    return data


def _with_sizes(archive: bytes, size: int) -> bytes:
    """The archive of one file, which says that it unpacks to so many bytes."""
    changed, told = bytearray(archive), struct.pack("<I", size)
    directory = archive.rindex(b"PK\x01\x02")
    changed[22:26] = changed[directory + 24 : directory + 28] = told
    return bytes(changed)


def _overlapping(count: int) -> bytes:
    """Many entries for one and the same packed file (Fifield: A better zip bomb, 2019, without its quotation)."""
    single = make_zip({"a.txt": b" " * 1_000_000})
    directory, end = single.rindex(b"PK\x01\x02"), single.rindex(b"PK\x05\x06")
    entries = single[directory:end] * count
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(entries), directory, 0)
    return single[:directory] + entries + tail


def _tar_header(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    header = tarfile.TarInfo(name)
    header.size, header.type = size, kind
    return header.tobuf(tarfile.GNU_FORMAT) + b"x" * 2_048


def _wide_parquet() -> bytes:
    """A column that is one text over and over, packed to almost nothing."""
    import pyarrow  # type: ignore[import-untyped]
    from pyarrow import parquet

    column = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * 20), [TEXT * 2_000])
    written = io.BytesIO()
    parquet.write_table(pyarrow.table({"text": column}), written, compression="zstd")
    return written.getvalue()
