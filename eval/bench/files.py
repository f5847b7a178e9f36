"""Sound files of every format, made here: what tests read, and what `eval.bench.hostile` damages."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from email.message import EmailMessage
from typing import Any

PARAGRAPHS = [
    f"The council of Thornby heard report {number} on its old bridge on Monday, and the mayor said that the repairs "
    f"would take until the spring and cost about {number} million pounds."
    for number in range(2, 8)
]
TEXT = "\n\n".join(PARAGRAPHS)
PAGE = "<html><head><title>Bridge</title></head><body><article>{}</article></body></html>".format(
    "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
).encode()
RICH_PAGE = (
    "<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>Bridge closes | The Herald</title>"
    "<meta property='og:title' content='Bridge closes'><meta name='author' content='Ann Able'>"
    '<script type=\'application/ld+json\'>{"@type": "NewsArticle", "datePublished": "2025-11-12"}</script>'
    "<style>p {color: red}</style></head><body><nav><ul><li><a href='/'>Home</a></li></ul></nav><article>"
    "<h1>Bridge closes</h1><figure><img src='a.png' alt='The bridge'><figcaption>The bridge</figcaption></figure>"
    + "".join(f"<p>{paragraph} <a href='/{n}'>More &amp; more</a></p>" for n, paragraph in enumerate(PARAGRAPHS))
    + "<table><tr><th>Year</th><th>Cost</th></tr><tr><td>2024</td><td><table><tr><td>3</td></tr></table></td></tr>"
    "</table><blockquote>It is old.</blockquote><ol><li>One<ul><li>Two</li></ul></li></ol><svg><text>x</text></svg>"
    "<iframe src='https://b.example'></iframe></article><footer>&copy; 2025</footer></body></html>"
).encode()
RECORDS = [{"text": f"{TEXT} {n}", "title": f"Bridge {n}", "url": f"https://a.example/{n}"} for n in (1, 2)]


def good_files() -> dict[str, bytes]:
    """A sound file of each format: suffix -> bytes."""
    files = {
        ".txt": TEXT.encode(),
        ".md": b"# Bridge\n\n" + TEXT.encode(),
        ".html": PAGE,
        ".xhtml": PAGE,
        ".jsonl": "\n".join(map(json.dumps, RECORDS)).encode(),
        ".json": json.dumps(RECORDS).encode(),
        ".parquet": _parquet(RECORDS),
        ".csv": _table(RECORDS, ","),
        ".tsv": _table(RECORDS, "\t"),
        ".eml": _mail(TEXT, "plain").as_bytes(),
        ".mhtml": _mail(PAGE.decode(), "html").as_bytes(),
        ".pdf": pdf([PARAGRAPHS]),
        ".docx": _docx(),
        ".epub": make_zip(_epub_parts(PAGE)),
    }
    files[".zip"] = make_zip({f"in/a{suffix}": data for suffix, data in files.items()})
    files[".tar"] = make_tar({f"in/a{suffix}": data for suffix, data in files.items()})
    files[".tar.gz"] = gzip.compress(files[".tar"], mtime=0)
    return files


def rich_files() -> list[tuple[str, bytes]]:
    """(suffix, bytes) of further sound files, with more of what their formats can hold."""
    nested: list[Any] = [{**RECORDS[0], "source": {"name": "Herald"}, "tags": [["a", {"b": [1.5, None]}]]}] * 12
    pages = [[f"The Thornby Herald {n}", *PARAGRAPHS, f"Page {n}"] for n in range(1, 9)]
    chapters = {f"OPS/c{n}.xhtml": RICH_PAGE for n in range(5)} | {
        "OPS/style.css": b"p {}",
        "mimetype": b"application/epub+zip",
    }
    inner = make_zip({"b.txt": TEXT.encode("utf-16"), "c.html": RICH_PAGE, "deep.tar": make_tar({"d.eml": _letter(3)})})
    return [
        (".txt", TEXT.encode("utf-16")),
        (".txt", TEXT.replace("bridge", "brücke naïve").encode("cp1252")),
        (".txt", "橋は月曜日に閉鎖された。修理には春までかかると市長は述べた。\n\n".encode("shift-jis") * 20),
        (".md", f"---\ntitle: Bridge\n---\n\n| a |\n|---|\n| 1 |\n\n> {TEXT}\n\n```\nx\n```".encode()),
        (".html", RICH_PAGE),
        (".xhtml", b"<?xml version='1.0' encoding='utf-8'?>" + RICH_PAGE),
        (".json", json.dumps({"meta": {"n": 12}, "articles": nested}).encode()),
        (".jsonl", "\n".join(map(json.dumps, nested)).encode("utf-8-sig")),
        (".csv", _table([{"Body": f"{TEXT}\n\"quoted\"; and, more", "Headline": "Ä", "Date": "2025-11-12"}] * 8, ";")),
        (".parquet", _parquet(nested, compression="zstd", row_group_size=5)),
        (".eml", _letter(4)),
        (".mhtml", _saved_page()),
        (".pdf", pdf(pages)),
        (".pdf", pdf(pages, packed=True)),
        (".docx", _rich_docx()),
        (".epub", make_zip(_epub_parts(RICH_PAGE, chapters))),
        (".zip", make_zip({"a.docx": _rich_docx(), "in.zip": inner, "notes.csv": _table(RECORDS, ",")})),
        (".tar", make_tar({"./a/../b.txt": TEXT.encode(), "in.zip": inner}, pax=True)),
        (".tar.gz", gzip.compress(make_tar({f"{n}.html": RICH_PAGE for n in range(5)}), mtime=0)),
    ]  # fmt: skip


def pdf(pages: list[list[str]], *, packed: bool = False) -> bytes:
    """A PDF (1.4) of those pages of lines, `packed` with compressed streams; a page without lines is like a scan."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, lines in enumerate(pages):
        shown = " ".join(f"({line[:100]}) Tj T*" for line in lines)
        content = f"BT /F 9 Tf 12 TL 40 760 Td {shown} ET".encode() if lines else b""
        content, how = (zlib.compress(content), " /Filter /FlateDecode") if packed else (content, "")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * number} 0 R "
            f"/Resources << /Font << /F 3 0 R >> >> >>".encode()
        )
        objects.append(f"<< /Length {len(content)}{how} >>\nstream\n".encode() + content + b"\nendstream")
    objects.append(b"<< /Title (Bridge closes) >>")
    return assemble_pdf(objects)


def assemble_pdf(objects: list[bytes]) -> bytes:
    """The file of those objects: the first is the catalog, the last the document's properties."""
    written, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    trailer = f"trailer\n<< /Size {size} /Root 1 0 R /Info {size - 1} 0 R >>\nstartxref\n{len(written)}\n%%EOF\n"
    return written + f"xref\n0 {size}\n0000000000 65535 f \n{table}{trailer}".encode()


def make_zip(files: Mapping[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(_entry(name), data)
    return written.getvalue()


def make_tar(files: Mapping[str, bytes], *, pax: bool = False) -> bytes:
    """An archive of those files; `pax` adds long names, a link, a folder and a device."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.PAX_FORMAT if pax else tarfile.USTAR_FORMAT) as archive:
        for name, data in files.items():
            header = tarfile.TarInfo(name)
            header.size = len(data)
            archive.addfile(header, io.BytesIO(data))
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE) if pax else ():
            header = tarfile.TarInfo("long/" * 60 + "name.txt")
            header.type, header.linkname = kind, "../../../../etc/passwd"
            archive.addfile(header)
    return written.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)  # of no time, so that the bytes are the same every day
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _table(records: list[dict[str, str]], delimiter: str) -> bytes:
    written = io.StringIO()
    writer = csv.DictWriter(written, list(records[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(records)
    return written.getvalue().encode()


def _parquet(records: list[dict[str, Any]], **options: Any) -> bytes:
    import pyarrow  # type: ignore[import-untyped]
    from pyarrow import parquet

    written = io.BytesIO()
    columns = [{name: value for name, value in record.items() if name != "tags"} for record in records]
    parquet.write_table(pyarrow.Table.from_pylist(columns), written, **options)
    return written.getvalue()


def _mail(text: str, kind: str) -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"] = "Bridge closes", "Ann Able <ann@a.example>"
    message["Date"] = "Wed, 12 Nov 2025 09:00:00 +0000"
    message.set_content(text, subtype=kind)
    if kind == "html":
        message["Snapshot-Content-Location"] = "https://a.example/bridge"
        message.make_related()
    return message


def _letter(depth: int) -> bytes:
    """A mail in two forms with attachments, which carries another such mail, so many deep."""
    message = _mail(TEXT, "plain")
    message.add_alternative(RICH_PAGE.decode(), subtype="html", cte="base64")
    message.add_attachment(pdf([PARAGRAPHS]), maintype="application", subtype="pdf", filename="Brücke.pdf")
    inner = _mail(TEXT.replace("bridge", "brücke"), "plain")
    for _ in range(depth):
        outer = _mail("Forwarded.", "plain")
        outer.add_attachment(inner)
        inner = outer
    message.add_attachment(inner)
    return message.as_bytes()


def _saved_page() -> bytes:
    message = _mail(RICH_PAGE.decode(), "html")
    message.add_related(b"p {color: red}", maintype="text", subtype="css", cid="<style>")
    message.add_related(b"\x89PNG\r\n\x1a\n" * 50, maintype="image", subtype="png", cid="<picture>")
    return message.as_bytes()


def _docx() -> bytes:
    import docx

    document, written = docx.Document(), io.BytesIO()
    for paragraph in PARAGRAPHS:
        document.add_paragraph(paragraph)
    document.add_table(1, 2).cell(0, 0).text = "Cost"
    document.core_properties.title = "Bridge closes"
    document.save(written)
    return written.getvalue()


def _rich_docx() -> bytes:
    import docx
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    document, written = docx.Document(), io.BytesIO()
    document.sections[0].header.paragraphs[0].text = "The Thornby Herald"
    document.add_heading("Bridge closes", 0)
    for number, paragraph in enumerate(PARAGRAPHS):
        document.add_paragraph(paragraph, style="List Bullet" if number % 2 else None).add_run(" Bold.").bold = True
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), document.part.relate_to("https://a.example", "hyperlink", is_external=True))
    run = OxmlElement("w:r")
    run.text = "a link"
    link.append(run)
    document.paragraphs[1]._p.append(link)
    table = document.add_table(3, 3)
    table.cell(0, 0).merge(table.cell(1, 1)).text = "Merged"
    table.cell(2, 2).add_table(2, 2).cell(0, 0).text = "Within"
    document.add_page_break()  # type: ignore[no-untyped-call]
    document.save(written)
    return written.getvalue()


def _epub_parts(page: bytes, chapters: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
    parts = dict(chapters or {"OPS/a.xhtml": page})
    names = [name.removeprefix("OPS/") for name in parts if name.endswith(".xhtml")]
    package = (
        "<package xmlns='http://www.idpf.org/2007/opf'><metadata xmlns:dc='http://purl.org/dc/elements/1.1/'>"
        "<dc:title>Bridge closes</dc:title></metadata><manifest>"
        + "".join(f"<item id='i{n}' href='{name}'/>" for n, name in enumerate(names))
        + "</manifest><spine>"
        + "".join(f"<itemref idref='i{n}'/>" for n in range(len(names)))
        + "</spine></package>"
    )
    container = "<container><rootfiles><rootfile full-path='OPS/book.opf'/></rootfiles></container>"
    return {"META-INF/container.xml": container.encode(), "OPS/book.opf": package.encode(), **parts}
