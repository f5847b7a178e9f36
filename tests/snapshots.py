"""Pieces of the page as files to review: a test fails where what is rendered differs from its file."""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path

FOLDER = Path(__file__).parent / "snapshots"
BLOCKS = "article|section|div|p|h2|h3|ol|ul|li|table|thead|tbody|tr|th|td|blockquote|details|summary"
TAG = re.compile(rf"<(/?)(?:{BLOCKS})\b[^>]*>")


def check_snapshot(name: str, html: str) -> None:
    """Fails when the HTML isn't that of snapshots/NAME.html; with UPDATE_SNAPSHOTS=1 the file is written instead."""
    file, written = FOLDER / f"{name}.html", lay_out(html)
    if os.environ.get("UPDATE_SNAPSHOTS"):
        FOLDER.mkdir(exist_ok=True)
        file.write_text(written, encoding="utf-8", newline="")
    kept = file.read_bytes().decode("utf-8") if file.exists() else ""
    differing = difflib.unified_diff(kept.splitlines(), written.splitlines(), f"kept {name}", "rendered", lineterm="")
    advice = "look at the difference; if it is meant, run the test again with UPDATE_SNAPSHOTS=1"
    assert kept == written, "\n".join([advice, *differing])


def lay_out(html: str) -> str:
    """The HTML with a line for each block, indented; nothing but lines and indents is added.

    >>> print(lay_out('<ol><li>a <i>b</i></li><li>c</li></ol>'), end="")
    <ol>
      <li>a <i>b</i></li>
      <li>c</li>
    </ol>
    """
    html = re.sub(r"base64,[A-Za-z0-9+/=]+", "base64,…", html)  # of the JSON, which has tests of its own
    lines, depth, at, opened = [""], 0, 0, False
    for tag in TAG.finditer(html):
        lines[-1] += html[at : tag.start()]
        closing, at = bool(tag[1]), tag.end()
        depth -= closing
        if not (closing and opened):  # what holds no block stays on its line
            lines.append("  " * depth)
        lines[-1] += tag[0]
        depth += not closing
        opened = not closing
    return "\n".join([*lines, html[at:]]).strip("\n") + "\n"
