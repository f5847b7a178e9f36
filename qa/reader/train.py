"""Trains the reader and writes its weights: python -m qa.reader.train --data DIR

Everything is decided by the seed. A run that was stopped goes on from its last checkpoint in --work. Two cores learn
about 25 passages a second with bfloat16; a CUDA device is taken where torch finds one.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from qa.reader.batches import Batch, encode_examples, make_epoch
from qa.reader.examples import is_held_out, read_examples, swap_names, take_out_answers
from qa.reader.export import export_network
from qa.reader.negatives import mine_negatives
from qa.reader.network import ReaderNetwork, load_tokenizer, model_folder
from qa.reader.tokens import Packer
from qa.readers import GRAPH
from qa.training import Run, Say, Schedule, add_options, plan_of


@dataclass(frozen=True, slots=True)
class Plan(Schedule):
    """What decides the weights, beside the data."""

    seed: int = 11
    epochs: int = 4
    cycles: int = 2
    size: int = 28  # questions of a batch
    shared: float = 0.5  # weight of the loss over all passages of a question
    relevance: float = 0.5  # weight of the loss of "this passage answers"
    limit: int = 0  # questions; 0: all


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m qa.reader.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of benchmark data")
    parser.add_argument("--work", type=Path, default=Path("build/reader"), help="for negatives and checkpoints")
    parser.add_argument("--out", type=Path, default=GRAPH, help="where the trained weights go (.xml)")
    add_options(parser, Plan())
    options = parser.parse_args(arguments)
    if not (options.data / "reading").is_dir():
        print(f"no benchmark data in {options.data}: give its folder with --data", file=sys.stderr)
        return 1
    options.work.mkdir(parents=True, exist_ok=True)
    plan = plan_of(options, Plan())
    network = train(options.data / "reading", options.work, plan, say=lambda text: print(text, file=sys.stderr))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    export_network(network, options.out)
    print(f"wrote {options.out}; now run: python -m eval.bench.calibrate, then python -m eval.bench.reading --card")
    return 0


def train(data: Path, work: Path, plan: Plan, say: Say) -> ReaderNetwork:
    """The trained network, the mean over the ends of its cycles; losses and checkpoints lie in `work`."""
    examples = [example for example in read_examples(data) if not is_held_out(example)]
    negatives = mine_negatives(examples, work, say)
    if plan.limit:
        chosen = random.Random(plan.seed).sample(range(len(examples)), plan.limit)
        examples, negatives = [examples[i] for i in chosen], [negatives[i] for i in chosen]
    packer = Packer(load_tokenizer())
    questions = encode_examples(examples, negatives, packer)
    swapped = list(swap_names(examples, random.Random(plan.seed)))
    kinds = (swapped, list(take_out_answers(examples)))
    made = [encode_examples(kind, [[] for _ in kind], packer) for kind in kinds]
    torch.manual_seed(plan.seed)
    network = ReaderNetwork(model_folder())
    run: Run[Batch] = Run(network, plan, lambda spans, relevance, batch: loss_of(spans, relevance, batch, plan))
    run.resume(work / "checkpoint.pt", say)
    for epoch in range(run.epoch, plan.epochs):
        batches = make_epoch(questions, made, packer, plan.size, plan.seed * 1000 + epoch)
        run.go(batches, epoch, work, say)
    run.average()
    return network.eval()


def loss_of(spans: Tensor, relevance: Tensor, batch: Batch, plan: Plan) -> Tensor:
    """Of a batch: where the answer is in each passage or that it isn't, in which passage it is, and relevance.

    The second part is the shared normalisation of Clark and Gardner, "Simple and Effective Multi-Paragraph Reading
    Comprehension" (2018): scores of spans must be comparable over the passages of a question.
    """
    answered = batch.target[:, 0] > 0
    allowed = batch.passage.clone()
    allowed[:, 0] = True
    logits = spans.masked_fill(~allowed[..., None], -math.inf)
    own = sum(torch.nn.functional.cross_entropy(logits[..., side], batch.target[:, side]) for side in (0, 1)) / 2
    shared = _shared_loss(spans.masked_fill(~batch.passage[..., None], -math.inf), batch)
    judged = torch.nn.functional.binary_cross_entropy_with_logits(relevance, answered.float())
    return own + plan.shared * shared + plan.relevance * judged


def _shared_loss(logits: Tensor, batch: Batch) -> Tensor:
    losses = []
    for group in set(batch.group):
        rows = [row for row, other in enumerate(batch.group) if other == group]
        gold = [row for row in rows if int(batch.target[row, 0]) > 0]
        if len(rows) > 1 and gold:
            for side in (0, 1):
                right = torch.stack([logits[row, batch.target[row, side], side] for row in gold])
                losses.append(logits[rows, :, side].flatten().logsumexp(0) - right.logsumexp(0))
    return torch.stack(losses).mean() if losses else torch.zeros(())


if __name__ == "__main__":
    sys.exit(main())
