"""What a user names -> the articles' bytes: files, folders, archives, files of records, addresses, uploads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from qa.containers import Member, read_members
from qa.errors import ArticleUnreadable
from qa.fetch import fetch_page, is_address, shown_address
from qa.files import CONTAINERS, FORMATS, find_files, is_container, read_bytes
from qa.settings import Settings
from qa.types import Upload

Source = str | Path | Upload  # a text that begins with http:// or https:// is an address, another one a path

TWICE = "another file of this name was given"


class Sources:
    """The members of all items, one after the other; what can't be read comes as an error in its place."""

    def __init__(
        self,
        items: Iterable[Source],
        settings: Settings,
        fields: Mapping[str, str],
        progress: Callable[[int, int, str], None],
    ) -> None:
        self._settings = settings
        self._fields = fields
        self._progress = progress
        self._folders: list[str] = []  # that hold articles, and containers that could be read to their end
        self._seen: set[str] = set()
        self._unread: list[str] = []  # what is in there, nobody knows
        self._files: dict[str, Path | Upload | str] = {}
        self._left_out: list[ArticleUnreadable] = []
        for item in items:
            self._find(item)

    def __iter__(self) -> Iterator[Member | ArticleUnreadable]:
        yield from self._left_out
        for done, (name, file) in enumerate(self._files.items()):
            self._progress(done, len(self._files), name.rpartition("/")[2] or name)
            try:
                for item in self._members(name, file):
                    if item.source not in self._seen:
                        self._seen.add(item.source)
                        yield item
            except ArticleUnreadable as error:
                self._unread.append(name)
                yield error
        self._progress(len(self._files), len(self._files), "")

    def gone(self, living: Mapping[str, str]) -> dict[str, str]:
        """Those of the living articles, source -> id, that were in the folders and containers and aren't any more.

        Only after all members were seen. What lies in a folder or file that couldn't be read is not gone.
        """
        return {
            source: id
            for source, id in living.items()
            if source not in self._seen
            and any(_is_inside(source, folder) for folder in self._folders)
            and not any(source == name or _is_inside(source, name) for name in self._unread)
        }

    def _find(self, item: Source) -> None:
        if isinstance(item, Upload):
            name = source_name(item)
            if name in self._files:
                self._left_out.append(ArticleUnreadable(name, TWICE, "give it another name"))
            self._files.setdefault(name, item)
        elif isinstance(item, str) and is_address(item):
            self._files.setdefault(shown_address(item), item)
        else:
            self._find_path(Path(item).expanduser())

    def _find_path(self, path: Path) -> None:
        files = find_files([path])
        self._files.update((source_name(file), file) for file in files)
        if not files:
            remedy = f"put files in it: {' '.join(sorted(FORMATS | CONTAINERS))}"
            self._left_out.append(ArticleUnreadable(str(path), "the folder holds no articles", remedy))
        elif path.is_dir():  # an empty one may be a disk that isn't there: nothing in it counts as gone
            self._folders.append(source_name(path))

    def _members(self, name: str, file: Path | Upload | str) -> Iterator[Member | ArticleUnreadable]:
        if isinstance(file, str):
            yield fetch_page(file, self._settings)
        elif is_container(file.name):
            content = file if isinstance(file, Path) else file.data
            yield from read_members(content, source=name, name=file.name, settings=self._settings, fields=self._fields)
            self._folders.append(name)
        else:
            yield Member(name, Path(file.name).suffix.lower(), self._read(name, file))

    def _read(self, name: str, file: Path | Upload) -> bytes:
        if isinstance(file, Path):
            return read_bytes(file, self._settings)
        if len(file.data) > self._settings.max_article_bytes:
            reason = f"is larger than {self._settings.max_article_bytes:,} bytes ({len(file.data):,})"
            raise ArticleUnreadable(name, reason, "split it, or set QA_MAX_ARTICLE_BYTES higher")
        if not file.data:
            raise ArticleUnreadable(name, "is empty", "choose another file")
        return file.data


def source_name(source: Path | Upload) -> str:
    """What an article of that file or upload has as its source."""
    name = f"upload:{source.name}" if isinstance(source, Upload) else str(source.resolve())
    return name.encode("utf-8", "backslashreplace").decode()  # a file's name may be any bytes


def local_paths(items: Iterable[str]) -> list[Path]:
    """Those of the items that are files or folders on this machine."""
    paths = [Path(item).expanduser() for item in items if not is_address(item)]
    return [path for path in paths if path.exists()]


def _is_inside(source: str, outer: str) -> bool:
    return source.startswith((f"{outer.rstrip('/')}/", f"{outer}!/", f"{outer}#"))
