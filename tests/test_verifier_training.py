"""What the verifier is trained on and how: claims made by rule, tokens that are marked, a run that goes on."""

from __future__ import annotations

import gzip
import json
import math
import random
from pathlib import Path

import numpy as np
import pytest
import torch

from qa.reader.examples import NQ, SHIFTS, SQUAD, Example
from qa.reader.network import load_tokenizer
from qa.reader.tokens import Packer
from qa.training import Run, Schedule
from qa.verifier.batches import UNKNOWN, Batch, encode_claims, make_batches, mark_tokens
from qa.verifier.claims import LONGEST, Claim, Source, _lengthen, make_claims, read_sources, read_summaries
from qa.verifier.edits import EDITS
from qa.verifier.rewrites import REWRITES, join, resolve, rewrite, shorten
from qa.verifier.statements import state
from qa.verifier.tokens import EVIDENCE, STRETCHES, covered, pack
from qa.verifier.train import Plan, loss_of, train

FERRY = (
    "The ferry Aurelia, built in 1994, ran aground off Brannock Island on March 5, 2019. "
    "Lifeboats from Sallow brought all 212 passengers to the harbour. "
    "Captain Maud Ellery said that the storm may have moved the buoys. "
    "The island council was warned by Tom Harker about the currents."
)
SENTENCES = tuple(sentence + "." for sentence in FERRY.rstrip(".").split(". "))


@pytest.fixture(scope="module")
def packer() -> Packer:
    return Packer(load_tokenizer())


# Statements


@pytest.mark.parametrize(
    ("question", "answer", "said"),
    [
        ("Who wrote The Flicker Men?", "Ted Kosmatka", "Ted Kosmatka wrote The Flicker Men."),
        ("When did the ferry reach Sallow?", "1994", "The ferry reached Sallow in 1994."),
        ("What is the name of the ferry?", "Aurelia", "The name of the ferry is Aurelia."),
        ("Where was the ferry built?", "Sallow", "The ferry was built in Sallow."),
        ("How many cups does the author use a day?", "ten", "The author uses ten cups a day."),
        (
            "Who did the customer purchase the product from?",
            "iRobot",
            "The customer purchased the product from iRobot.",
        ),
        ("In what year did the council build the pier?", "1962", "The council built the pier in 1962."),
    ],
)
def test_question_and_answer_become_a_statement(question: str, answer: str, said: str) -> None:
    assert state(question, answer) == said


@pytest.mark.parametrize("question", ["Why did it sink?", "Is it late?", "What may members ask?", ""])
def test_what_no_rule_reads_becomes_nothing(question: str) -> None:
    assert state(question, "the storm") is None


# Rewrites and edits


@pytest.mark.parametrize(
    ("name", "sentence", "said"),
    [
        ("lead", "In 1994, the ferry was built.", "The ferry was built."),
        ("aside", "The Aurelia, built in 1994, was lost.", "The Aurelia was lost."),
        ("brackets", "The ferry (a small one) sank.", "The ferry sank."),
        ("number", "It had 7 boats aboard.", "It had seven boats aboard."),
        ("percent", "Fares rose 5 % a year.", "Fares rose 5 percent a year."),
        ("voice", "The council was warned by Tom Harker.", "Tom Harker warned the council."),
        ("voice", "Ann Barrow wrote the report in 1994.", "The report was written by Ann Barrow in 1994."),
        ("voice", "In May, the crew mended two sails.", "In May, two sails were mended by the crew."),
        ("place", "In 1994, the ferry was built.", "The ferry was built in 1994."),
        ("place", "The ferry was built in 1994.", "In 1994, the ferry was built."),
        ("beside", "Ann Barrow, the mayor, left early.", "The mayor, Ann Barrow, left early."),
        ("whose", "The harbour of Salcombe was closed.", "Salcombe's harbour was closed."),
        ("whose", "They closed Salcombe's harbour.", "They closed the harbour of Salcombe."),
        ("title", "They met Captain Maud Ellery.", "They met Maud Ellery."),
        ("first name", "On Monday Maud Ellery said so.", "On Monday Ellery said so."),
    ],
)
def test_rewrites_say_the_same(name: str, sentence: str, said: str) -> None:
    assert REWRITES[name](sentence, random.Random(1)) == said


def test_who_says_it_is_named_first_or_last() -> None:
    what = "the storm moved the buoys"
    forms = {f"The captain said that {what}.", f"According to the captain, {what}."}
    forms |= {f"{what.capitalize()}, {end}." for end in ("the captain said", "according to the captain")}
    for form in forms:
        said = {REWRITES["who says it"](form, random.Random(seed)) for seed in range(40)}
        assert said == forms - {form}


def test_no_synonym_stands_before_who_did_it() -> None:
    said = {REWRITES["synonyms"]("It was ordered by the company.", random.Random(seed)) for seed in range(20)}
    assert said == {"It was ordered by the firm."}


def test_he_becomes_whom_the_sentence_before_is_about() -> None:
    assert resolve("He left early.", "Tom Harker warned the council.") == "Tom Harker left early."
    assert resolve("He left early.", "The council was warned.") is None
    assert resolve("They left early.", "Tom Harker warned the council.") is None


def test_two_sentences_become_one() -> None:
    assert join("The ferry sank.", "The crew swam.", random.Random(1)) in {
        f"The ferry sank{joint}the crew swam." for joint in (", and ", "; ", ", while ", " and ")
    }


def test_rewriting_is_the_same_in_every_run() -> None:
    first, again = (rewrite(SENTENCES[0], random.Random(4)) for _ in range(2))
    assert first == again != SENTENCES[0]


@pytest.mark.parametrize("kind", ["number", "date", "entity", "negation", "modality", "stitched"])
def test_every_edit_changes_what_is_said(kind: str) -> None:
    others = ["In Wexford lives Ann Barrow, who sold two boats."]
    found = {
        edited
        for seed in range(10)
        for sentence in SENTENCES
        if (edited := EDITS[kind](sentence, FERRY, others, random.Random(seed)))
    }
    assert found
    assert not found & set(SENTENCES)


def test_negation_comes_and_goes() -> None:
    edit = EDITS["negation"]
    assert edit("The ferry was not late.", "", [], random.Random(1)) == "The ferry was late."
    assert edit("The ferry was late.", "", [], random.Random(1)) == "The ferry was not late."


@pytest.mark.parametrize(
    ("sentence", "turned"),
    [
        (
            "The council was warned by Tom Harker.",
            {"Tom Harker was warned by the council.", "The council warned Tom Harker."},
        ),
        ("The crew mended two sails.", {"Two sails mended the crew.", "The crew was mended by two sails."}),
        ("She said Tom Harker warned Ann Barrow.", {"She said Ann Barrow warned Tom Harker."}),
        ("In the end Tom Harker's boat beat Maud's.", {"In the end Maud's boat beat Tom Harker's."}),
    ],
)
def test_roles_are_turned_round(sentence: str, turned: set[str]) -> None:
    found = {EDITS["role"](sentence, "", [], random.Random(seed)) for seed in range(40)}
    assert found - {None} == turned


@pytest.mark.parametrize(
    "sentence",
    [
        "He met Tom Harker and Ann Barrow.",
        "It is in Sallow, Wexford and Brannock.",
        "We know Tom Harker, also Ann Barrow.",
    ],
)
def test_parts_of_a_list_do_not_change_places(sentence: str) -> None:
    assert {EDITS["role"](sentence, "", [], random.Random(seed)) for seed in range(40)} == {None}


# Claims


def test_claims_are_supported_by_what_they_were_made_of() -> None:
    start = FERRY.index("Aurelia")
    asked = Example("What is the name of the ferry?", "Ferry", FERRY, ((start, start + 7),), NQ)
    sources = [
        Source("page", FERRY, SENTENCES, (asked,)),
        Source("other", "Bread is baked here. " * 4, ("Bread.",), ()),
    ]
    claims = [claim for seed in range(30) for claim in make_claims(sources, seed) if claim.page == "page"]
    supported = [claim for claim in claims if claim.supported]
    assert {"sentence", "statement"} <= {claim.kind for claim in supported}
    for claim in claims:
        if claim.kind in ("taken out", "other passage"):
            assert claim.sentence not in claim.evidence
        elif not claim.supported and claim.kind != "half":
            assert claim.original
            assert claim.original != claim.sentence
            assert claim.sentence not in claim.evidence
    turned = [claim for claim in supported if claim.kind.endswith("in both")]
    assert turned
    assert all(claim.sentence not in FERRY for claim in turned)
    assert any(claim.sentence in claim.evidence for claim in turned)


def test_each_of_two_sentences_is_told_by_its_own_evidence_alone() -> None:
    """An edit and what it was made of, said otherwise by the same rules: the evidence decides which is supported."""
    sources = [
        Source("page", FERRY, SENTENCES, ()),
        Source("other", "Ann Barrow bakes. " * 5, ("Ann Barrow bakes.",), ()),
    ]
    claims = [claim for seed in range(60) for claim in make_claims(sources, seed) if claim.page == "page"]
    turned = {claim.sentence for claim in claims if claim.kind == "role in both"}
    assert turned & {claim.sentence for claim in claims if claim.kind == "role" and not claim.supported}


def test_halves_and_parts_are_missing_from_the_evidence() -> None:
    told = (*SENTENCES, "The ferry was lost, which the owners of the Sallow line denied for days.")
    sources = [Source("page", " ".join(told), told, ())]
    claims = [claim for seed in range(60) for claim in make_claims(sources, seed) if claim.kind in ("half", "added")]
    assert {claim.kind for claim in claims} == {"half", "added"}
    for claim in claims:
        assert not set(claim.sentence.lower().split()) <= set(claim.evidence.lower().split())


def test_long_evidence_keeps_what_was_told_in_it() -> None:
    pieces = [f"Nothing happened on day {number}." for number in range(40)]
    claim = Claim("It sank.", "The ferry sank.", True, "sentence", "page")
    longer = [_lengthen(claim, pieces, random.Random(seed)).evidence for seed in range(20)]
    assert all("The ferry sank." in evidence and len(evidence.split()) <= LONGEST for evidence in longer)
    assert max(len(evidence.split()) for evidence in longer) > 100


def test_shortened_sentence_lacks_one_part() -> None:
    assert shorten("The Aurelia, built in 1994, was lost.", random.Random(1)) == "The Aurelia was lost."
    assert shorten("The Aurelia was lost.", random.Random(1)) is None


# Tokens


def test_long_evidence_keeps_the_sentences_with_the_words(packer: Packer) -> None:
    filler = "Nothing happened on that quiet morning in the town. " * 60
    row, *_ = pack(packer, "The ferry Aurelia ran aground.", filler + SENTENCES[0] + " " + filler)
    text = load_tokenizer().decode(row.ids[row.second :])
    assert "ferry aurelia" in text
    assert len(row.ids) - row.second <= EVIDENCE + 1
    assert row.covered == pytest.approx(1.0)


def test_long_evidence_is_read_in_stretches_too(packer: Packer) -> None:
    """Beside the chosen sentences, whole stretches, those first that have the words; short evidence is one row."""
    filler = "Nothing happened on that quiet morning in the town. " * 60
    rows = pack(packer, "The ferry Aurelia ran aground.", filler + SENTENCES[0] + " " + filler)
    assert len(rows) == 1 + STRETCHES
    assert all(len(row.ids) - row.second <= EVIDENCE + 1 and row.covered == rows[0].covered for row in rows)
    assert all("ferry aurelia" in load_tokenizer().decode(row.ids[row.second :]) for row in rows[:2])
    assert len(pack(packer, "It sank.", FERRY)) == 1


def test_covered_counts_words_and_no_signs(packer: Packer) -> None:
    (said, _), (shown, _) = packer.encode(["the ferry sank.", "a ferry"])
    assert 0 < covered(said, set(shown)) < 1
    assert covered([], set(shown)) == 1.0


def test_marks_are_the_tokens_of_the_edit() -> None:
    assert mark_tokens([5, 6, 9, 8], [5, 6, 7, 8], supported=False) == [0, 0, 1, 0]
    assert mark_tokens([5, 6, 8], [5, 6, 7, 8], supported=False) == [0, 1, 1]
    assert mark_tokens([5, 6], [], supported=False) == [UNKNOWN, UNKNOWN]
    assert mark_tokens([5, 6], [], supported=True) == [0, 0]


def test_batch_marks_the_sentence_and_not_the_evidence(packer: Packer) -> None:
    claim = Claim("It sank in May.", "It sank in June.", False, "date", "page", "It sank in June.")
    (batch,) = make_batches(encode_claims([claim], packer), 4, seed=1)
    marked = batch.ids[0][batch.tokens[0] == 1]
    assert load_tokenizer().decode(marked.tolist()) == "may"
    assert (batch.tokens[0][batch.types[0] == 1] == UNKNOWN).all()


def test_loss_by_hand(packer: Packer) -> None:
    """All logits 0: whether it is supported is even, and so is every token."""
    claim = Claim("It sank in May.", "It sank in June.", False, "date", "page", "It sank in June.")
    (batch,) = make_batches(encode_claims([claim], packer), 4, seed=1)
    loss = loss_of(torch.zeros(1), torch.zeros(batch.ids.shape), batch, Plan())
    assert float(loss) == pytest.approx(2 * math.log(2), abs=1e-5)


# A run


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like the benchmark's, of a dozen questions and summaries."""
    folder = tmp_path_factory.mktemp("data")
    for part in ("reading", "support"):
        (folder / part).mkdir()
    for name in (SQUAD, *SHIFTS):
        records = [
            {"title": f"Page_{n}", "context": FERRY.replace("Aurelia", f"Aurelia{n}"),
             "question": "What is the name of the ferry?",
             "answers": [{"text": f"Aurelia{n}", "answer_start": FERRY.index("Aurelia")}]}
            for n in range(12)
        ]  # fmt: skip
        write(folder / f"reading/{name}.jsonl.gz", records)
    nq = [{"question": "where did it run aground", "answers": ["Brannock Island"], "title": "Ferry", "context": FERRY}]
    write(folder / f"reading/{NQ}.jsonl.gz", nq)
    summaries: list[dict[str, object]] = [
        {"doc": f"{n}: {FERRY}", "summary": text, "label": label, "original_summary": SENTENCES[1]}
        for n in range(12)
        for text, label in ((SENTENCES[1], 1), (SENTENCES[1].replace("212", "221"), 0))
    ]
    write(folder / "support/summedits_ferry.jsonl.gz", summaries)
    return folder


def write(path: Path, records: list[dict[str, object]]) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(record) + "\n" for record in records)


def test_pages_and_documents_are_on_one_side(made_up: Path) -> None:
    pages = [{source.page for source in read_sources(made_up, held_out=side)} for side in (True, False)]
    documents = [{claim.page for claim in read_summaries(made_up, held_out=side)} for side in (True, False)]
    assert pages[0]
    assert documents[0]
    assert not pages[0] & pages[1]
    assert not documents[0] & documents[1]


@pytest.mark.parametrize(("ends", "mean"), [(0, 4.0), (2, 5.5)])
def test_weights_are_the_mean_of_the_last_cycles(ends: int, mean: float) -> None:
    network = torch.nn.Linear(1, 1, bias=False)
    run: Run[Batch] = Run(network, Schedule(ends=ends), lambda first, second, batch: first)
    run._ends = [{"weight": torch.full((1, 1), value)} for value in (1.0, 5.0, 6.0)]
    run.average()
    assert network.weight.item() == mean


@pytest.mark.models
@pytest.mark.long
def test_stopped_run_goes_on_to_the_same_weights(
    made_up: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan(epochs=2, cycles=2, claims=24, size=4)
    for name in ("whole", "stopped"):
        (tmp_path / name).mkdir()
    whole = train(made_up, tmp_path / "whole", plan, say=lambda _: None)
    go = Run.go

    def stop(self: Run[Batch], batches: object, epoch: int, work: Path, say: object) -> None:
        if epoch == 1:
            raise KeyboardInterrupt
        go(self, batches, epoch, work, say)  # type: ignore[arg-type]

    monkeypatch.setattr(Run, "go", stop)
    with pytest.raises(KeyboardInterrupt):
        train(made_up, tmp_path / "stopped", plan, say=lambda _: None)
    monkeypatch.setattr(Run, "go", go)
    said: list[str] = []
    resumed = train(made_up, tmp_path / "stopped", plan, say=said.append)
    assert any(text.startswith("going on from step") for text in said)
    for name, weight in whole.state_dict().items():
        assert torch.equal(weight, resumed.state_dict()[name]), name
    with pytest.raises(SystemExit, match="of another plan"):
        train(made_up, tmp_path / "stopped", Plan(epochs=3, cycles=3, claims=24), say=lambda _: None)


@pytest.mark.models
def test_starts_from_the_reader_and_exports_what_torch_computes(tmp_path: Path) -> None:
    """8-bit weights: the logits of a fresh network move little; the reader's encoder computes as the reader does."""
    from qa.conversion import load_openvino
    from qa.inference import Inference
    from qa.reader.export import INPUTS
    from qa.readers import GRAPH
    from qa.verifier.export import export_network
    from qa.verifier.network import VerifierNetwork

    torch.manual_seed(3)
    network = VerifierNetwork(GRAPH).eval()
    ids = torch.randint(1000, 30_000, (3, 40))
    mask, types = torch.ones_like(ids), torch.ones_like(ids)
    types[:, :12] = 0
    with torch.inference_mode():
        support, tokens = network(ids, mask, types)
        hidden = network.encoder(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
    inputs = dict(zip(INPUTS, (ids.numpy(), mask.numpy(), types.numpy()), strict=True))

    model = load_openvino().Core().read_model(GRAPH)
    last = next(
        op for op in model.get_ops() if op.get_friendly_name().endswith("layer.5.output.LayerNorm/aten::layer_norm/Add")
    )
    model.add_outputs([last.output(0)])
    options = {"INFERENCE_PRECISION_HINT": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0}
    read = list(load_openvino().Core().compile_model(model, "CPU", options)(inputs).values())[1]
    assert np.abs(read - hidden.numpy()).max() < 1e-3

    export_network(network, tmp_path / "verifier.xml")
    again = VerifierNetwork(tmp_path / "verifier.xml").eval()
    with torch.inference_mode():
        assert (again(ids, mask, types)[0] - support).abs().max() < 0.3  # its heads too
    (output,) = Inference(tmp_path / "verifier.xml", "f32", 1).run([inputs])
    assert np.abs(output[:, 0, 0] - support.numpy()).max() < 0.3
    assert np.abs(output[..., 1] - tokens.numpy()).max() < 0.3
    assert (tmp_path / "verifier.bin").stat().st_size < 24_000_000
