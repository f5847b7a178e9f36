"""Files that visitors send: the place where they are dropped, and what the browser says of them, checked."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradio.utils import get_upload_folder

from qa.containers import clean_name
from qa.errors import QAError
from qa.files import CONTAINERS, FORMATS, is_container
from qa.sources import source_name
from qa.types import Ingested, Upload
from ui.fields import escape
from ui.limits import Limits

UNNAMED = "unnamed"
MOST_NAMED = 20_000  # files that one drop may name, most of them no articles


@dataclass(frozen=True, slots=True)
class Chosen:
    """A file that a visitor chose: `path` says where gradio put it, and is None for one that the browser kept back.

    `name` is its path within the folder that was chosen.
    """

    name: str
    path: str | None
    size: int = 0


def render_drop(limits: Limits) -> str:
    """The place where files and folders are dropped, with buttons for who doesn't drag; its script sends them."""
    suffixes = escape(" ".join(sorted(FORMATS | CONTAINERS)))
    return (
        f'<div class="drop" data-suffixes="{suffixes}" data-most="{limits.files:d}" '
        f'data-largest="{limits.file_bytes:d}" data-whole="{limits.request_bytes:d}" data-named="{MOST_NAMED:d}">'
        '<p class="lead">Drop articles or folders here</p><p class="choosing">'
        '<button type="button" data-choose="files">Choose files</button>'
        '<button type="button" data-choose="folder">Choose a folder</button></p>'
        '<p class="hint">Text, Markdown, HTML, PDF, Word, EPUB, mail, records, archives</p>'
        '<input type="file" data-files multiple hidden aria-label="Files to add">'
        '<input type="file" data-folder webkitdirectory hidden aria-label="A folder to add">'
        '<p class="told" role="status"></p></div>'
    )


def read_chosen(values: Any) -> list[Chosen]:
    """The files that a page's script names; QAError for what it doesn't send."""
    files = values if isinstance(values, list) else []
    if not files or len(files) > MOST_NAMED or not all(isinstance(file, dict) for file in files):
        raise QAError("no files arrived; add them again")
    return [_chosen(file) for file in files]


def _chosen(file: dict[str, Any]) -> Chosen:
    path, size = file.get("path"), file.get("size")
    return Chosen(
        clean_name(str(file.get("name", ""))) or UNNAMED,
        path if isinstance(path, str) else None,
        size if isinstance(size, int) else 0,
    )


def take_chosen(files: Sequence[Chosen], limits: Limits) -> tuple[list[Upload], list[Ingested]]:
    """The files that arrived, and why the others didn't; as in `take_uploads`."""
    paths = {file: uploaded_path(file.path) for file in files if file.path is not None}
    arrived = {file: path for file, path in paths.items() if path.is_file()}
    left_out = [_left_out(file, limits) for file in files if file not in arrived]
    return take_uploads([(path, file.name) for file, path in arrived.items()], limits), left_out


def _left_out(file: Chosen, limits: Limits) -> Ingested:
    source, suffix = source_name(Upload(file.name, b"")), Path(file.name).suffix.lower()
    if suffix not in FORMATS and not is_container(file.name):
        why = f"has an unsupported format ({suffix or 'no suffix'})", "save it as text, HTML or PDF"
    elif file.size > limits.file_bytes:
        why = f"is larger than {limits.file_bytes // 1_000_000:,} MB", "split it"
    else:
        why = "did not arrive", "add it again"
    return Ingested(source, "skipped", reason=why[0], remedy=why[1])


def uploaded_path(named: Any) -> Path:
    """The path of a file in the folder of uploads; what a visitor names is not trusted to lie there. QAError."""
    folder = Path(get_upload_folder()).resolve()
    try:
        path = Path(named).resolve() if isinstance(named, str) else folder
        with suppress(FileNotFoundError):  # what was deleted since did not arrive; see `take_chosen`
            path.lstat()
    except (OSError, ValueError, RuntimeError):  # no file can have that name
        path = folder
    if folder not in path.parents:
        raise QAError("that is no file that was uploaded; with gradio_client, send handle_file(PATH)")
    return path


def take_uploads(files: Sequence[tuple[Path, str]], limits: Limits) -> list[Upload]:
    """The files, as (where gradio put it, name); its copies are deleted, also where they are refused. QAError."""
    try:
        limits.check_files(len(files), sum(path.stat().st_size for path, _ in files))
        return [Upload(name, path.read_bytes()) for path, name in files]
    finally:
        for path, _ in files:
            path.unlink(missing_ok=True)
