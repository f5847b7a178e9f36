"""What the reader is trained on and how: examples, windows, losses by hand, a run that goes on where it was stopped."""

from __future__ import annotations

import gzip
import json
import math
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from qa.reader.batches import MADE, WINDOWS, Batch, Passage, cut_window, encode_examples, make_epoch
from qa.reader.examples import (
    NQ,
    SHIFTS,
    SQUAD,
    Example,
    draw,
    holds_answer,
    is_held_out,
    read_examples,
    swap_names,
    take_out_answers,
)
from qa.reader.network import load_tokenizer
from qa.reader.tokens import Packer
from qa.reader.train import Plan, loss_of, train
from qa.training import Run, rate_at

FERRY = "The ferry Aurelia ran aground off Brannock Island. Lifeboats brought everyone to the harbour of Sallow."


def example(
    question: str = "Where did the ferry Aurelia run aground?", answer: str = "Brannock Island", origin: str = NQ
) -> Example:
    start = FERRY.index(answer)
    return Example(question, "Ferry", FERRY, ((start, start + len(answer)),), origin)


@pytest.fixture(scope="module")
def packer() -> Packer:
    return Packer(load_tokenizer())


# Examples


def test_questions_about_one_page_are_on_one_side() -> None:
    pages = {f"Page {number}": is_held_out(Example("Q?", f"Page {number}", "t", (), SQUAD)) for number in range(400)}
    assert 0.2 < sum(pages.values()) / 400 < 0.3
    assert all(is_held_out(Example("Other?", page, "u", ((0, 1),), SQUAD)) is side for page, side in pages.items())


def test_draw_is_the_same_everywhere() -> None:
    assert draw("ferry") == draw("ferry") == pytest.approx(0.9103, abs=1e-4)  # of what sha256sum prints


def test_swapped_question_is_about_somebody_whom_the_passage_does_not_name() -> None:
    other = Example("Who sailed the Marlowe Queen?", "", "Nobody sailed it.", ((0, 6),), SQUAD)
    found = [swap for seed in range(9) for swap in swap_names([example(), other], random.Random(seed))]
    swapped = [swap for swap in found if swap.passage == FERRY]
    assert swapped
    assert all(not swap.spans and "Marlowe Queen" in swap.question for swap in swapped)


def test_answer_is_found_as_whole_words() -> None:
    assert holds_answer("It was the Old Bridge, again.", ["old bridge"])
    assert not holds_answer("It was abridged.", ["bridge"])
    assert not holds_answer("Anything.", ["the"])


def test_sentence_that_answers_is_taken_out() -> None:
    """Only where something is left, and where what is left doesn't answer as well."""
    text = "It sailed at noon. The ferry ran aground off Sallow. Lifeboats came."
    start = text.index("Sallow")
    ferry = Example("Where?", "Ferry", text, ((start, start + 6),), SQUAD)
    (found,) = take_out_answers([ferry])
    assert (found.passage, found.spans) == ("It sailed at noon. Lifeboats came.", ())
    again = replace(ferry, passage=f"{text} Sallow is small.")
    assert list(take_out_answers([again, example(), replace(ferry, spans=())])) == []


# Batches


def test_targets_are_the_tokens_of_the_answer(packer: Packer) -> None:
    (question,) = encode_examples([example()], [[]], packer)
    (batch,) = make_epoch([question], [], packer, 4, seed=1)
    start, end = batch.target[0].tolist()
    assert load_tokenizer().decode(batch.ids[0, start : end + 1].tolist()) == "brannock island"
    assert batch.passage[0, start]
    assert not batch.passage[0, 0]


def test_negative_points_at_nothing_and_shares_the_group(packer: Packer) -> None:
    (question,) = encode_examples([example()], [[("Bread", "Maud bakes ninety loaves.")]], packer)
    batches = [batch for seed in range(20) for batch in make_epoch([question], [], packer, 4, seed)]
    pairs = [batch for batch in batches if len(batch.group) == 2]
    assert 10 < len(pairs) < 20  # that file's share is 0.8
    assert all(batch.group == [0, 0] and batch.target[1].tolist() == [0, 0] for batch in pairs)


def test_title_tells_nothing_about_the_answer(packer: Packer) -> None:
    """Either all passages of a question have theirs or none."""
    (question,) = encode_examples([example()], [[("Bread", "Maud bakes ninety loaves.")]], packer)
    ferry, bread = (load_tokenizer().encode(word, add_special_tokens=False).ids[0] for word in ("ferry", "bread"))
    for seed in range(20):
        (batch,) = make_epoch([question], [], packer, 4, seed)
        if len(batch.group) == 2:
            titled = [int(batch.ids[row, int(batch.types[row].argmax())]) for row in range(2)]
            assert (titled[0] == ferry) == (titled[1] == bread)


def test_window_holds_the_answer_and_begins_with_a_sentence() -> None:
    ids = list(range(1000))
    passage = Passage(
        [], (ids, [(i, i + 1) for i in ids]), tuple((i, i + 20) for i in range(0, 1000, 20)), ((505, 508),)
    )
    for seed in range(50):
        window, characters, answer = cut_window(passage, random.Random(seed))
        assert answer is not None
        assert window[answer[0] : answer[1]] == [505, 506, 507]
        assert window[0] % 20 == 0
        assert characters[0] == (window[0], window[0] + 1)
        assert WINDOWS[0] <= len(window) <= WINDOWS[1]


def test_epoch_takes_as_many_of_each_file_as_is_said(packer: Packer) -> None:
    """Twice SQuAD's, half of the reviews, and of each kind of made ones a share of them all."""
    asked = [example(origin=origin) for origin in (SQUAD, SHIFTS[1]) for _ in range(20)]
    made = [encode_examples([replace(example(), spans=())] * 9, [[]] * 9, packer) for _ in range(2)]
    questions = encode_examples(asked, [[]] * 40, packer)
    for seed in range(3):
        batches = make_epoch(questions, made, packer, 4, seed)
        answered = sum(int((batch.target[:, 0] > 0).sum()) for batch in batches)
        assert answered == 20 * 2 + 20 // 2
        assert sum(len(batch.group) for batch in batches) == answered + 2 * round(MADE * answered)


def test_epochs_differ_and_are_the_same_in_every_run(packer: Packer) -> None:
    examples = [example(), example("Where is the harbour?", "Sallow"), example("What ran aground?", "ferry")] * 5
    questions = encode_examples(examples, [[]] * 15, packer)
    first, again, second = (
        [batch.ids.tolist() for batch in make_epoch(questions, [], packer, 2, seed)] for seed in (1, 1, 2)
    )
    assert first == again != second


# Losses


def test_loss_by_hand(packer: Packer) -> None:
    """One passage, all logits 0: each side is one of n places at odds of 1 to n, relevance is even."""
    batch = make_epoch(encode_examples([example()], [[]], packer), [], packer, 1, seed=1)[0]
    places = int(batch.passage.sum()) + 1  # and "not here"
    loss = loss_of(torch.zeros((*batch.ids.shape, 2)), torch.zeros(1), batch, Plan())
    assert float(loss) == pytest.approx(math.log(places) + 0.5 * math.log(2), abs=1e-4)


def test_shared_loss_makes_passages_comparable(packer: Packer) -> None:
    """A negative whose words score as the answer does costs; what each passage says of itself stays the same."""
    (question,) = encode_examples([example()], [[("Bread", "Maud bakes ninety loaves.")]], packer)
    batches = [make_epoch([question], [], packer, 4, seed)[0] for seed in range(20)]
    batch = next(batch for batch in batches if len(batch.group) == 2)
    right = torch.full((*batch.ids.shape, 2), -20.0)
    right[0, batch.target[0, 0], 0] = right[0, batch.target[0, 1], 1] = 0.0
    right[1, 0] = 0.0
    wrong = right.clone()
    wrong[1, int(batch.passage[1].int().argmax())] = 0.0
    relevance = torch.zeros(2)
    alone = Plan(shared=0.0)
    assert float(loss_of(right, relevance, batch, Plan())) == pytest.approx(
        float(loss_of(right, relevance, batch, alone)), abs=1e-3
    )
    extra = loss_of(wrong, relevance, batch, Plan()) - loss_of(wrong, relevance, batch, alone)
    assert float(extra) == pytest.approx(0.5 * math.log(2), abs=1e-3)


def test_rate_rises_then_falls() -> None:
    assert [rate_at(share, 1) for share in (0, 0.025, 0.05, 1)] == [0, 0.5, 1, 0]
    assert rate_at(0.525, 1) == pytest.approx(0.5)


def test_rate_rises_again_in_every_cycle() -> None:
    assert [rate_at(share, 2) for share in (0.025, 0.5, 0.525, 1)] == [1, 0, 1, 0]


# A run


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like the benchmark's, of a dozen questions."""
    folder = tmp_path_factory.mktemp("data")
    start = FERRY.index("Brannock")
    for name in (SQUAD, *SHIFTS):
        records = [
            {"title": f"Page_{n}", "context": FERRY.replace("Aurelia", f"Aurelia{n}"), "question": f"Where is it, {n}?",
             "answers": [{"text": "Brannock", "answer_start": start + len(str(n))}] if n % 3 else []}
            for n in range(3)
        ]  # fmt: skip
        write(folder / f"{name}.jsonl.gz", records)
    nq = [{"question": "where did it run aground", "answers": ["Brannock Island"], "title": "Ferry", "context": FERRY}]
    write(folder / f"{NQ}.jsonl.gz", nq)
    return folder


def write(path: Path, records: list[dict[str, object]]) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(record) + "\n" for record in records)


def test_examples_are_read_with_their_spans(made_up: Path) -> None:
    found = read_examples(made_up)
    assert len(found) == 13
    assert {e.passage[s:t] for e in found for s, t in e.spans} == {"Brannock", "Brannock Island"}
    assert sum(not e.spans for e in found) == 4


@pytest.mark.models
@pytest.mark.long
def test_stopped_run_goes_on_to_the_same_weights(
    made_up: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan(epochs=2, cycles=2, size=4)
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
        train(made_up, tmp_path / "stopped", Plan(epochs=3, size=4), say=lambda _: None)


@pytest.mark.models
def test_exported_model_agrees_with_torch(tmp_path: Path) -> None:
    """8-bit weights: logits of a fresh network move by little of their spread."""
    from qa.inference import Inference
    from qa.reader.export import INPUTS, export_network
    from qa.reader.network import ReaderNetwork, model_folder

    torch.manual_seed(3)
    network = ReaderNetwork(model_folder()).eval()
    export_network(network, tmp_path / "reader.xml")
    ids = torch.randint(1000, 30_000, (3, 40))
    mask = torch.ones_like(ids)
    with torch.inference_mode():
        spans, relevance = network(ids, mask, mask)
    inputs = dict(zip(INPUTS, (ids.numpy(), mask.numpy(), mask.numpy()), strict=True))
    (output,) = Inference(tmp_path / "reader.xml", "f32", 1).run([inputs])
    assert np.abs(output[..., :2] - spans.numpy()).max() < 0.5 * float(spans.std())
    assert np.abs(output[:, 0, 2] - relevance.numpy()).max() < 0.1
    assert (tmp_path / "reader.bin").stat().st_size < 24_000_000
