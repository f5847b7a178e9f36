"""Calls to a Chroma server, over version 2 of its HTTP interface: tried again, given up in time, the token never told.

Chroma's own client waits without end, has no setting for that, and drops the status with which a server or what stands
before it refuses; what to try again can't be told from what is left. So the interface is spoken here, with httpx.
"""

from __future__ import annotations

import random
import ssl
import threading
import time
from collections.abc import Iterator
from itertools import count
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from qa.errors import IndexUnusable, SettingInvalid, VectorsDown
from qa.settings import Settings

PATIENCE = 60.0  # seconds after which a change is given up, for each call
FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0  # seconds between tries: twice as many each time
PAUSE = 5.0  # seconds in which no question tries a server that has just failed
PAGE = 100  # names a call
OF_ONE_CALL = (400, 409, 413, 422)  # refusals that say nothing of the next call
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Refused(VectorsDown):
    """The server answered, and won't: `status` is HTTP's."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class _Failed(Exception):
    """A try that may go well the next time."""


class ChromaServer:
    """Owns the connections to one database of a server; calls from any thread."""

    def __init__(self, settings: Settings) -> None:
        self.url = settings.chroma_url.rstrip("/")
        self._seconds, self._token = settings.chroma_seconds, settings.chroma_token
        self._tenant, self._database = settings.chroma_tenant, settings.chroma_database
        # Chroma Cloud looks at the first header, what else may stand before a server mostly at the second.
        secrets = {"X-Chroma-Token": self._token, "Authorization": f"Bearer {self._token}"} if self._token else {}
        self._http = httpx.Client(
            headers=secrets,
            verify=self.url.startswith("https") and _trust(settings.chroma_certificate),
            trust_env=urlsplit(self.url).hostname not in LOOPBACK,  # where a proxy has no business
        )
        self.failure, self._again_at = "", 0.0  # why the last call failed, and when a question may try again
        self._looking = threading.Lock()

    def close(self) -> None:
        self._http.close()

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """What the server answers to a call below the database, for a question: soon, or VectorsDown."""
        self._skip_if_down()
        return self._call(method, self._inside(path), body, self._seconds, tries=2)

    def change(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The same with patience; the call must be one that can be repeated."""
        return self._call(method, self._inside(path), body, PATIENCE)

    def make_database(self) -> None:
        """Makes the database, and its tenant, where the server says that it is missing."""
        try:
            self._call("GET", self._inside(""), None, PATIENCE)
        except IndexUnusable:
            tenant = f"/tenants/{quote(self._tenant, safe='')}"
            for path, name in (("/tenants", self._tenant), (f"{tenant}/databases", self._database)):
                try:
                    self._call("POST", path, {"name": name}, PATIENCE)
                except Refused as error:
                    if error.status != 409:  # it is there
                        raise

    def most_records(self) -> int:
        """How many records the server takes in a call."""
        most = int(self._call("GET", "/pre-flight-checks", None, PATIENCE).get("max_batch_size", -1))
        return most if most > 0 else PAGE

    def collections(self, prefix: str) -> list[str]:
        """The names of the collections that begin so, sorted."""
        return sorted(name for page in self._pages() for name in page if name.startswith(prefix))

    def delete_collection(self, name: str) -> None:
        """Deletes it with its records; nothing where it isn't there."""
        try:
            self.change("DELETE", f"/collections/{name}")
        except IndexUnusable:
            return

    def _pages(self) -> Iterator[list[str]]:
        for start in count(0, PAGE):
            page = [item["name"] for item in self.change("GET", f"/collections?limit={PAGE}&offset={start}")]
            yield page
            if len(page) < PAGE:
                return

    def _inside(self, path: str) -> str:
        return f"/tenants/{quote(self._tenant, safe='')}/databases/{quote(self._database, safe='')}{path}"

    def _skip_if_down(self) -> None:
        """VectorsDown while a failure is fresh; after that one call tries, and the others still don't wait."""
        with self._looking:
            failure = self.failure  # which another call may clear meanwhile
            if failure and time.monotonic() < self._again_at:
                raise VectorsDown(failure)
            self._again_at = time.monotonic() + max(PAUSE, self._seconds)

    def _call(self, method: str, path: str, body: dict[str, Any] | None, seconds: float, tries: int = 0) -> Any:
        """Tries until `seconds` are over, or so many times."""
        deadline = time.monotonic() + seconds
        for attempt in count(1):
            try:
                return self._try(method, path, body, deadline - time.monotonic())
            except _Failed as failure:
                wait = random.uniform(0.5, 1) * min(FIRST_WAIT * 2 ** (attempt - 1), LONGEST_WAIT)
                if attempt == tries or time.monotonic() + wait >= deadline:
                    message = f"the Chroma server {self.url} doesn't answer: {failure}; see that it runs"
                    self.note_failure(message)
                    raise VectorsDown(message) from failure
                time.sleep(wait)
        raise AssertionError("count() doesn't end")

    def _try(self, method: str, path: str, body: dict[str, Any] | None, seconds: float) -> Any:
        """One call; connecting and the answer have half of the seconds each."""
        try:
            reply = self._http.request(method, f"{self.url}/api/v2{path}", json=body, timeout=seconds / 2)
        except httpx.TransportError as error:
            raise _Failed(_explain(error)) from None  # its request has the token among its headers
        if reply.status_code == 429 or reply.status_code >= 500:
            raise _Failed(self._quote(reply))
        if reply.status_code == 404 and _names_error(reply):
            self.failure = ""
            raise IndexUnusable(f"the Chroma server {self.url} lacks it: {self._quote(reply)}; run: qa rebuild")
        if not reply.is_success:
            refusal = f"the Chroma server {self.url} refuses: {self._quote(reply)}; {_remedy(reply)}"
            self.note_failure("" if reply.status_code in OF_ONE_CALL else refusal)
            raise Refused(refusal, reply.status_code)
        try:
            answer = reply.json()
        except ValueError:
            refusal = f"{self.url} isn't a Chroma server; set QA_CHROMA_URL"
            self.note_failure(refusal)
            raise Refused(refusal, reply.status_code) from None
        self.failure = ""
        return answer

    def note_failure(self, failure: str) -> None:
        """That is why calls fail from now on, until one that is tried after a pause doesn't."""
        self.failure, self._again_at = failure, time.monotonic() + PAUSE

    def _quote(self, reply: httpx.Response) -> str:
        """Status and message, without the token if what answers repeats it."""
        text = " ".join(reply.text.split())[:300]
        return f"{reply.status_code} {text.replace(self._token, '…') if self._token else text}"


def _trust(certificate: str) -> ssl.SSLContext | bool:
    if not certificate:
        return True
    try:
        return ssl.create_default_context(cafile=certificate)
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror or error
        raise SettingInvalid(
            f"chroma_certificate (QA_CHROMA_CERTIFICATE): {certificate}: {reason}; give a file of certificates (PEM)"
        ) from error


def _explain(error: httpx.TransportError) -> str:
    text = str(error) or type(error).__name__
    unknown = "CERTIFICATE_VERIFY_FAILED" in text
    return f"{text} (QA_CHROMA_CERTIFICATE names a file of those to trust)" if unknown else text


def _names_error(reply: httpx.Response) -> bool:
    """Whether it is Chroma that misses something, and not another server that knows no such page."""
    try:
        return bool(reply.json()["error"])
    except (ValueError, KeyError, TypeError):
        return False


def _remedy(reply: httpx.Response) -> str:
    if reply.status_code in (401, 403):
        return "set QA_CHROMA_TOKEN"
    return "see QA_CHROMA_URL" if reply.is_redirect or reply.status_code == 404 else "see docs/chroma.md"
