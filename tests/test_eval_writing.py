"""What is measured of a writer's replies and of the judge, on replies and labels that can be counted by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from eval.cases import Corpus
from eval.questions import file_digest
from eval.run import ARTICLES, QUESTIONS, evaluate
from eval.writing import (
    WRITTEN,
    Overheard,
    format_share,
    measure_judge,
    measure_replies,
    read_labelled_paraphrases,
    read_written,
)
from qa.prompts import Prompt
from qa.settings import Settings
from qa.support import Judge
from qa.types import Article
from tests.fakes import ScriptedWriter

ASKED = Prompt("Rules.", "Question: What is hot?\n\nFrom A:\n[1] Lava is hot.\n[2] Ice is cold.\n\nQuestion again: …")
AGAIN = Prompt("Rules.", ASKED.user + "\n\nYou wrote: Lava. That can't stay.")


class Never:
    """A verifier that supports nothing."""

    name, digest = "never", ""

    def supports(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        return [0.0 for _ in pairs]


def test_a_writer_is_overheard_once_a_prompt() -> None:
    heard = Overheard(ScriptedWriter("Lava is hot [1].", "Lava is hot [1]."))
    for _ in range(2):
        list(heard.write(ASKED))
    assert {prompt: reply.strip() for prompt, reply in heard.replies.items()} == {ASKED: "Lava is hot [1]."}


def test_numbers_never_offered_are_counted_by_replies_and_by_sentences() -> None:
    """Four replies: one says nothing, one makes up [7], one names nothing, one is good."""
    replies = [
        (ASKED, "NO ANSWER"),
        (AGAIN, "Lava is hot [1]. It is very hot [7]."),
        (ASKED, "Lava is hot."),
        (ASKED, "Ice is cold [2]."),
    ]
    found = {share.name: (share.found, share.n) for share in measure_replies(replies)}
    assert found == {
        "replies that say something": (3, 4),
        "replies with a number never offered": (1, 3),
        "sentences with a number never offered": (1, 4),
        "sentences that name no number": (1, 4),
    }


def test_a_share_of_nothing_is_no_figure() -> None:
    shares = {share.name: share for share in measure_replies([])}
    assert format_share(shares["replies that say something"].to_dict()).endswith("–  n = 0")
    [one, *_] = measure_replies([(ASKED, "Lava is hot [1].")])
    assert format_share(one.to_dict()).endswith("1.000 [0.207–1.000] n = 1")


def test_every_label_is_of_a_quotation_and_every_edit_unsupported() -> None:
    """As many paraphrases as the file has; what was written by a model quotes what stands there."""
    labelled = read_labelled_paraphrases()
    assert sum(item.supported for item in labelled) == 192
    assert {item.group for item in labelled if not item.supported} == {
        f"{edit} edited, {part}" for edit in ("number", "name", "negation", "stitched") for part in ("tuned", "unseen")
    }
    rows = [json.loads(line) for line in WRITTEN.read_text(encoding="utf-8").splitlines()]
    assert len(read_written()) == len(rows) >= 60
    for quote in (quote for row in rows for quote in row["quotes"]):
        [text] = [path.read_text(encoding="utf-8") for folder in ARTICLES for path in folder.glob(quote["article"])]
        assert text[quote["start"] : quote["end"]] == quote["quote"]


def test_a_judge_that_shows_nothing_withholds_all_that_is_supported(corpus_of_files: Corpus) -> None:
    shares = {share.name: share for share in measure_judge(Judge(Never(), 0.5, 0.9), corpus_of_files)}
    assert shares["withheld though supported: paraphrases, unseen"].found == 63
    assert shares["shown though unsupported: name edited, unseen"].found == 0
    lenient = {share.name: share for share in measure_judge(Judge(Never(), 0.0, -1.0), corpus_of_files)}
    assert lenient["withheld though supported: paraphrases, unseen"].found < 20
    assert lenient["shown though unsupported: stitched edited, unseen"].found > 20


@pytest.fixture(scope="module")
def corpus_of_files() -> Corpus:
    articles = {
        path.name: Article(path.name, path.name, path.read_text(encoding="utf-8"), ())
        for folder in ARTICLES
        for path in folder.glob("*.txt")
    }
    return Corpus(articles, {name: name for name in articles})


@pytest.mark.models
def test_a_run_from_replies_says_which_are_not_there(tmp_path: Path) -> None:
    questions, replies = tmp_path / "questions.jsonl", tmp_path / "replies.jsonl"
    questions.write_text(QUESTIONS.read_text(encoding="utf-8").splitlines()[-1], encoding="utf-8")
    replies.write_text(json.dumps({"model": "small", "prompt_sha256": "0", "reply": "x"}) + "\n", encoding="utf-8")
    settings = Settings(llm_replies=str(replies), strictness=0)
    about = evaluate(questions, [ARTICLES[0]], settings).about
    assert about["questions_sha256"] == file_digest(questions)
    assert about["notes"][-1].startswith("1 answers wanted a reply that isn't recorded")
    assert format_share(about["writing"][0]).endswith("0.000 [0.000–0.793] n = 1")
    assert not any("paraphrases" in share["name"] for share in about["writing"])  # those are of other articles
