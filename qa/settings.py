"""One frozen `Settings`: defaults, then QA_* environment variables, then what the caller passes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, get_type_hints
from urllib.parse import urlsplit

from qa.errors import SettingInvalid

# What a new library takes.
DEFAULT_EMBEDDER = "all-MiniLM-L6-v2"
NO_ADDRESS = "chroma_url (QA_CHROMA_URL) is no address; give one like http://127.0.0.1:8000"
MOST = 10_000  # of anything that is counted out for one question


@dataclass(frozen=True, slots=True)
class Settings:
    """Values only, never loaded models; each field can be set by the environment variable QA_<FIELD>."""

    # Reading
    max_article_bytes: int = 20_000_000  # a larger article is skipped, with the reason
    max_members: int = 100_000  # articles taken from one archive or file of records
    max_unpacked_bytes: int = 5_000_000_000  # of one archive, so that a bomb doesn't fill the disk
    max_archive_depth: int = 2  # 1: archives, 2: archives in archives too
    read_seconds: float = 10.0  # an article that takes longer to read is skipped
    read_memory_bytes: int = 1_000_000_000  # or needs more memory
    allow_network: bool = False  # to add addresses and feeds; nothing else opens a connection
    passage_tokens: int = 190  # the most tokens of a passage, by the embedder's own tokenizer
    passage_overlap: int = 0  # the most tokens that a passage repeats of the one before it

    # Embedding
    embedder: str = ""  # the packaged model, a folder, or (with allow_download) a name; empty: the library's own
    allow_download: bool = False
    backend: str = ""  # "openvino" or "torch" (with CUDA where it finds that); empty: OpenVINO
    precision: str = ""  # "f32" or "bf16"; empty: the library's own, and of a new one bf16 where the processor has it
    threads: int = 0  # 0: one for each core
    batch: int = 16  # the most passages that one thread embeds at once
    cache: str = ""  # where converted models lie; empty: the user's cache folder

    # A library on PostgreSQL
    copies: str = ""  # the folder of this machine's copies of its indexes; empty: the user's cache folder

    # Retrieval
    candidates: int = 100  # from each index, before fusion
    vector_weight: float = 0.7  # 0: BM25 alone, 1: vectors alone
    # Both are added to the fused score, which counts 1; `python -m eval.bench.retrieval` shows what they bring.
    pair_weight: float = 0.3  # of neighbouring words of the question being neighbours in the passage
    earliness_weight: float = 0.1  # of standing early in the article, as in news; 0 for encyclopedias and laws
    hits: int = 10  # passages that are read for an answer

    # Answering
    # The least confidence at which an answer is given; 0 answers with whatever was found. At .56 a tenth of the
    # questions that a library doesn't answer are answered (`python -m eval.bench.calibrate`).
    strictness: float = 0.56
    answer_sentences: int = 3  # the most sentences quoted in one answer
    overview_sentences: int = 6  # the most in an overview, one of each article first
    nearest: int = 3  # passages shown with a refusal
    max_question_characters: int = 2_000

    # Vectors on a Chroma server (docs/chroma.md)
    chroma_url: str = ""  # http://HOST:PORT or https://HOST; empty: they lie in the library's folder
    chroma_tenant: str = "default_tenant"
    chroma_database: str = "default_database"
    chroma_token: str = field(default="", repr=False)  # a secret: shown nowhere
    chroma_certificate: str = ""  # a file of certificates that the server's is signed by; empty: those of all the web
    chroma_seconds: float = 5.0  # that a question waits for the server; changes wait longer

    # Writing
    llm: str = ""  # a language model: ollama/NAME, openai-like/URL/NAME or gguf/PATH; empty: answers are quotations
    # For all that it writes for one answer: the question in full, second tries, both parts of a double question. What
    # was verified by then is kept if it answers; else quotations answer.
    llm_seconds: float = 60.0
    llm_context: int = 8_192  # tokens that the model reads and writes
    llm_replies: str = ""  # a file that keeps its replies and gives them again, to repeat an evaluation
    lenient: bool = False  # show marked what the quotations don't bear out, instead of withholding it
    verifier: str = "words"  # or "trained"; eval.bench.verifier --candidates: neither it nor the mean is surely better
    least_support: float = 0.5  # of a sentence that is shown, as the verifier estimates it
    doubted_support: float = 1.0  # that an estimate must exceed to overrule a check; 1: none does

    def __post_init__(self) -> None:
        problems = {
            "passage_tokens": self.passage_tokens < 16,
            "passage_overlap": not 0 <= self.passage_overlap < self.passage_tokens,
            "backend": self.backend not in ("", "openvino", "torch"),
            "precision": self.precision not in ("", "f32", "bf16"),
            "vector_weight": not 0 <= self.vector_weight <= 1,
            "pair_weight": not 0 <= self.pair_weight <= 1,
            "earliness_weight": not 0 <= self.earliness_weight <= 1,
            "strictness": not 0 <= self.strictness <= 1,
            **{name: not 1 <= getattr(self, name) <= MOST for name in ("batch", "candidates", "hits")},
            "answer_sentences": not 1 <= self.answer_sentences <= MOST,
            "overview_sentences": not 1 <= self.overview_sentences <= MOST,
            **{name: not 0 <= getattr(self, name) <= MOST for name in ("threads", "nearest")},
            **{name: getattr(self, name) < 1 for name in ("max_article_bytes", "max_question_characters")},
            **{name: getattr(self, name) < 1 for name in ("max_members", "max_unpacked_bytes", "max_archive_depth")},
            "read_seconds": not 0 < self.read_seconds < float("inf"),
            "read_memory_bytes": self.read_memory_bytes < 100_000_000,
            "chroma_seconds": not 0 < self.chroma_seconds < float("inf"),
            **{name: not getattr(self, name) for name in ("chroma_tenant", "chroma_database")},
            "llm_seconds": not 0 < self.llm_seconds < float("inf"),
            "verifier": self.verifier not in ("words", "trained"),
            "llm_context": self.llm_context < 1_500,
            **{name: not 0 <= getattr(self, name) <= 1 for name in ("least_support", "doubted_support")},
        }
        for name, wrong in problems.items():
            if wrong:
                raise SettingInvalid(f"{name} (QA_{name.upper()}) can't be {getattr(self, name)!r}; see qa/settings.py")
        self._check_chroma()

    def _check_chroma(self) -> None:
        """SettingInvalid, without the value, which may be a secret or hold one."""
        try:
            parts = urlsplit(self.chroma_url)
            sound = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
        except ValueError:
            raise SettingInvalid(NO_ADDRESS) from None
        if self.chroma_url and (not sound or parts.query or parts.fragment):
            raise SettingInvalid(NO_ADDRESS)
        if parts.username or parts.password:
            raise SettingInvalid("give the token in the environment variable QA_CHROMA_TOKEN, not in chroma_url")
        if not (self.chroma_token.isascii() and self.chroma_token.isprintable() and " " not in self.chroma_token):
            raise SettingInvalid("chroma_token (QA_CHROMA_TOKEN) can only be of ASCII letters, digits and signs")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ, **flags: Any) -> Settings:
        """Defaults, then QA_* variables, then the flags that are not None; SettingInvalid on a bad value."""
        kinds = get_type_hints(cls)
        values: dict[str, Any] = {}
        for item in fields(cls):
            text = environment.get(f"QA_{item.name.upper()}")
            if text is not None:
                values[item.name] = _parse(item.name, text, kinds[item.name])
        values.update({name: value for name, value in flags.items() if value is not None})
        return cls(**values)


def _parse(name: str, text: str, kind: type) -> Any:
    if kind is bool:
        if text.lower() in ("1", "true", "yes", "on"):
            return True
        if text.lower() in ("0", "false", "no", "off", ""):
            return False
        raise SettingInvalid(f"QA_{name.upper()} can't be {text!r}: give 1 or 0")
    try:
        return kind(text)
    except ValueError as error:
        raise SettingInvalid(f"QA_{name.upper()} can't be {text!r}: give a {kind.__name__}") from error
