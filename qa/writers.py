"""Language models that write, through llama-index: what they send as it comes, in time or not at all.

This file, llamaindex.py and articles.py are those that name llama-index.
"""

from __future__ import annotations

import atexit
import os
import queue
import threading
import time
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import urlsplit

from qa.errors import SettingInvalid, WriterFailed
from qa.prompts import Prompt
from qa.replies import SCHEMA
from qa.settings import Settings

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

KINDS = "ollama/NAME, openai-like/URL/NAME or gguf/PATH"
MOST_CHARACTERS = 8_000  # of a reply; what goes on longer than this is no short answer
TICK = 0.2  # seconds between two signs of life of a model that says nothing
CLOSING = 5.0  # seconds that a model may take to end
NO_KEY = "none"  # for servers that want none
_REPLY_TOKENS = 1_024


class Writer(Protocol):
    """Writes to a prompt."""

    @property
    def name(self) -> str: ...

    def write(self, prompt: Prompt) -> Generator[str, None, None]:
        """The reply, piece by piece; closing it stops the model. WriterFailed when none comes, or not in time.

        An empty piece is a sign of life, with which who listens can stop listening.
        """
        ...

    def close(self) -> None:
        """Ends what is being written."""
        ...


Connect = Callable[[], tuple["LLM", Callable[[], None]]]


class LanguageModel:
    """Any language model of llama-index; each reply has `seconds`, its first piece included.

    `connect` gives the model over a connection of its own, and what closes that: a model writes on for nobody unless
    its connection ends, and the generators of llama-index don't end it.
    """

    def __init__(self, connect: Connect, *, seconds: float, name: str, held: Any = None) -> None:
        self.name = name
        self._connect, self._seconds = connect, seconds
        self._held = held  # a server of our own, which ends with us
        # A model small enough to run in this process writes next to nothing under a grammar, or on without an end.
        self._held_to_schema = held is None
        self._asking: dict[threading.Thread, Callable[[], None]] = {}
        if held is not None:
            atexit.register(self.close)  # it can't end while somebody listens to it

    @classmethod
    def of(cls, llm: LLM, *, seconds: float) -> LanguageModel:
        """A model that a program holds already."""
        name = f"{llm.class_name()}/{llm.metadata.model_name}"
        return cls(lambda: (llm, _nothing), seconds=seconds, name=name)

    def close(self) -> None:
        """Ends what is being written, and a server of its own."""
        asking = list(self._asking.items())
        for _, stop in asking:
            stop()
        for thread, _ in asking:
            thread.join(CLOSING)
        self._held = None

    def write(self, prompt: Prompt) -> Generator[str, None, None]:
        """The pieces of the reply. What can't be held to a schema is asked once more without one."""
        ends = time.monotonic() + self._seconds
        try:
            yield from self._pieces(prompt, ends)
        except _Refused as refused:
            if not self._held_to_schema:
                raise WriterFailed(str(refused)) from None
            self._held_to_schema = False
            yield from self._pieces_without_schema(prompt, ends)

    def _pieces_without_schema(self, prompt: Prompt, ends: float) -> Generator[str, None, None]:
        try:
            yield from self._pieces(prompt, ends)
        except _Refused as refused:
            raise WriterFailed(str(refused)) from None

    def _pieces(self, prompt: Prompt, ends: float) -> Generator[str, None, None]:
        pieces: queue.Queue[str | Exception | None] = queue.Queue()
        llm, close = self._connect()
        stopped = threading.Event()

        def stop() -> None:
            stopped.set()
            close()

        arguments = _schema_arguments(llm) if self._held_to_schema else {}
        asking = (llm, prompt, arguments, pieces, stopped)
        thread = threading.Thread(target=_ask, args=asking, name="writer", daemon=True)
        self._asking = {one: other for one, other in self._asking.items() if one.is_alive()} | {thread: stop}
        thread.start()
        written = 0
        try:
            while written < MOST_CHARACTERS:
                piece = self._next(pieces, ends)
                if isinstance(piece, Exception):
                    raise _failure(self.name, piece)
                if piece is None:
                    return
                written += len(piece)
                yield piece
        finally:
            stop()

    def _next(self, pieces: queue.Queue[str | Exception | None], ends: float) -> str | Exception | None:
        """What comes next; nothing yet is an empty piece."""
        left = ends - time.monotonic()
        try:
            return pieces.get(timeout=max(min(left, TICK), 0.001))
        except queue.Empty:
            if left > TICK:
                return ""
            raise WriterFailed(f"{self.name} took longer than {self._seconds:g} seconds") from None


class _Refused(Exception):
    """A server that doesn't take the request as it is."""


def _nothing() -> None:
    """Closes nothing."""


def _ask(
    llm: LLM, prompt: Prompt, arguments: Mapping[str, Any], pieces: queue.Queue[Any], stopped: threading.Event
) -> None:
    """Runs in a thread of its own, as no client can be trusted to keep to a time."""
    from llama_index.core.llms import ChatMessage

    messages = [ChatMessage(role="system", content=prompt.system), ChatMessage(role="user", content=prompt.user)]
    try:
        for reply in llm.stream_chat(messages, **arguments):
            if stopped.is_set():
                break
            if reply.delta:
                pieces.put(reply.delta)
        pieces.put(None)
    except Exception as error:
        pieces.put(error)


def _failure(name: str, error: Exception) -> Exception:
    """What to tell; never the error's own text, which may have a key or the prompt in it."""
    status = getattr(error, "status_code", None)
    status = status if isinstance(status, int) and status > 0 else None
    if status in (400, 422, 501):
        return _Refused(f"{name} doesn't take the request (status {status})")
    if status in (401, 403):
        return WriterFailed(f"{name} doesn't take the key; see the environment variable OPENAI_API_KEY")
    if status == 404:
        return WriterFailed(f"{name} isn't known to its server; look at the model's name")
    if status is not None:
        return WriterFailed(f"{name} answered with status {status}")
    kind = type(error).__name__
    if isinstance(error, ConnectionError) or "Connect" in kind or "Timeout" in kind:
        return WriterFailed(f"{name} can't be reached (is its server running?)")
    if isinstance(error, MemoryError):
        return WriterFailed(f"{name} ran out of memory")
    return WriterFailed(f"{name} failed ({kind})")


def _schema_arguments(llm: LLM) -> dict[str, Any]:
    """How that client is told to hold the model to the schema; nothing where it can't be."""
    kind = llm.class_name()
    if kind == "Ollama_llm":
        return {"format": SCHEMA}
    if kind in ("OpenAILike", "openai_llm"):
        return {"response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA}}}
    return {}


def as_writer(given: LLM | Writer, seconds: float) -> Writer:
    """The writer that it is, or that a model of llama-index makes."""
    if hasattr(given, "stream_chat"):
        return LanguageModel.of(cast("LLM", given), seconds=seconds)
    return given


# Loading


def load_writer(settings: Settings) -> Writer | None:
    """The writer that `settings.llm` names; None without one. SettingInvalid where it can't be told or loaded."""
    if not settings.llm:
        return None
    kind, _, rest = settings.llm.partition("/")
    loaders = {"ollama": _load_ollama, "openai-like": _load_openai_like, "gguf": _load_gguf}
    if kind not in loaders or not rest:
        raise SettingInvalid(f"no language model is named {settings.llm!r}; give {KINDS}")
    return loaders[kind](rest, settings)


def _load_ollama(name: str, settings: Settings) -> Writer:
    clients, models = _need("ollama", "llm"), _need("llama_index.llms.ollama", "llm")
    host = os.environ.get("OLLAMA_HOST") or "http://127.0.0.1:11434"

    def connect() -> tuple[LLM, Callable[[], None]]:
        client = clients.Client(host=host, timeout=settings.llm_seconds)
        llm = models.Ollama(model=name, client=client, context_window=settings.llm_context, temperature=0.0)
        return llm, client.close

    return LanguageModel(connect, seconds=settings.llm_seconds, name=f"ollama/{name}")


def _load_openai_like(rest: str, settings: Settings) -> Writer:
    address, name = _split_address(rest)
    connect = _connect_openai_like(address, name, os.environ.get("OPENAI_API_KEY") or NO_KEY, settings)
    return LanguageModel(connect, seconds=settings.llm_seconds, name=f"openai-like/{name}")


def _split_address(rest: str) -> tuple[str, str]:
    """The address up to its "/v1", else but for the last part, and the model's name.

    >>> _split_address("http://127.0.0.1:8080/v1/Qwen/Qwen3-8B")
    ('http://127.0.0.1:8080/v1', 'Qwen/Qwen3-8B')
    """
    address, slash, name = rest.partition("/v1/")
    address, name = (f"{address}/v1", name) if slash else rest.rpartition("/")[::2]
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc or not name:
        raise SettingInvalid(f"{rest!r} is no address with a model's name; give one like http://127.0.0.1:8080/v1/NAME")
    if parts.username or parts.password:
        raise SettingInvalid("give the key in the environment variable OPENAI_API_KEY, not in the address")
    return address, name


def _connect_openai_like(address: str, name: str, key: str, settings: Settings) -> Connect:
    import httpx  # what the client is made of

    models = _need("llama_index.llms.openai_like", "llm")

    def connect() -> tuple[LLM, Callable[[], None]]:
        client = httpx.Client(timeout=settings.llm_seconds, trust_env=not _is_loopback(address))
        llm = models.OpenAILike(
            model=name,
            api_base=address,
            api_key=key,
            is_chat_model=True,
            context_window=settings.llm_context,
            max_tokens=_REPLY_TOKENS,
            temperature=0.0,
            max_retries=0,
            http_client=client,
        )
        return llm, client.close

    return connect


def _is_loopback(address: str) -> bool:
    """Whether a proxy has no business there."""
    return urlsplit(address).hostname in ("127.0.0.1", "localhost", "::1")


def _load_gguf(path: str, settings: Settings) -> Writer:
    """The model runs in this process and is spoken to over loopback, with a key that nobody else has."""
    file = Path(path).expanduser()
    if not file.is_file():
        raise SettingInvalid(f"there is no file {file}; give the path of a GGUF file: --llm gguf/PATH")
    llama = _need("xllamacpp", "gguf")
    parameters = llama.CommonParams()
    parameters.model.path = str(file)
    parameters.hostnames, parameters.port = ["127.0.0.1"], 0
    parameters.n_ctx, parameters.n_parallel = settings.llm_context, 1
    if settings.threads:
        parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = settings.threads
    parameters.ui, parameters.verbosity = False, 0
    key = os.urandom(16).hex()
    parameters.api_keys = [key]
    try:
        server = llama.Server(parameters)
    except Exception as error:
        raise SettingInvalid(f"{file} can't be loaded as a GGUF model ({type(error).__name__})") from None
    connect = _connect_openai_like(f"{server.listening_address}/v1", file.stem, key, settings)
    return LanguageModel(connect, seconds=settings.llm_seconds, name=f"gguf/{file.name}", held=server)


def _need(module: str, extra: str) -> Any:
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError:
        raise SettingInvalid(f"that needs an extra; install it with: pip install 'qa-articles[{extra}]'") from None
