"""Trains the verifier and writes its weights: python -m qa.verifier.train --data DIR

It starts from the reader's encoder, or with --start from a verifier. Everything is decided by the seed, and every epoch
makes other claims. A run that was stopped goes on from its last checkpoint in --work.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from qa.reader.network import load_tokenizer
from qa.reader.tokens import Packer
from qa.readers import GRAPH as READER
from qa.training import Run, Say, Schedule, add_options, plan_of
from qa.verifier.batches import UNKNOWN, Batch, draw_claims, encode_claims, make_batches
from qa.verifier.claims import read_sources, read_summaries
from qa.verifier.export import export_network
from qa.verifier.network import VerifierNetwork
from qa.verifiers import GRAPH


@dataclass(frozen=True, slots=True)
class Plan(Schedule):
    """What decides the weights, beside the data."""

    seed: int = 5
    epochs: int = 10
    cycles: int = 10
    claims: int = 8_000  # of an epoch
    size: int = 20  # claims of a batch
    average: float = 0.99
    ends: int = 4
    tokens: float = 1.0  # weight of the loss of which tokens are unsupported
    edited: float = 4.0  # how much more a token of an edit weighs: there are few


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m qa.verifier.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of benchmark data")
    parser.add_argument("--work", type=Path, default=Path("build/verifier"), help="for checkpoints")
    parser.add_argument("--out", type=Path, default=GRAPH, help="where the trained weights go (.xml)")
    parser.add_argument("--start", type=Path, default=READER, help="the reader's weights, or a verifier's (.xml)")
    parser.add_argument("--threads", type=int, default=0, help="of torch; 0: one for each core")
    add_options(parser, Plan())
    options = parser.parse_args(arguments)
    if not (options.data / "reading").is_dir() or not (options.data / "support").is_dir():
        print(f"no reading and support in {options.data}: give the benchmark's folder with --data", file=sys.stderr)
        return 1
    if options.threads:
        torch.set_num_threads(options.threads)
    options.work.mkdir(parents=True, exist_ok=True)
    plan = plan_of(options, Plan())
    network = train(
        options.data, options.work, plan, options.start, say=lambda text: print(text, file=sys.stderr, flush=True)
    )
    options.out.parent.mkdir(parents=True, exist_ok=True)
    export_network(network, options.out)
    print(f"wrote {options.out}; now run: python -m eval.bench.verifier --data {options.data} --fit --card")
    return 0


def train(data: Path, work: Path, plan: Plan, start: Path = READER, *, say: Say) -> VerifierNetwork:
    """The trained network, the running mean of its weights; losses and checkpoints lie in `work`."""
    sources, summaries = read_sources(data, held_out=False), read_summaries(data, held_out=False)
    packer = Packer(load_tokenizer())
    torch.manual_seed(plan.seed)
    network = VerifierNetwork(start)
    run: Run[Batch] = Run(network, plan, lambda support, tokens, batch: loss_of(support, tokens, batch, plan))
    run.resume(work / "checkpoint.pt", say)
    for epoch in range(run.epoch, plan.epochs):
        seed = plan.seed * 1000 + epoch
        claims = draw_claims(sources, summaries, plan.claims, seed)
        batches = make_batches(encode_claims(claims, packer), plan.size, seed)
        say(f"epoch {epoch + 1} of {plan.epochs}: {len(claims)} claims, {len(batches)} batches")
        run.go(batches, epoch, work, say)
    run.average()
    return network.eval()


def loss_of(support: Tensor, tokens: Tensor, batch: Batch, plan: Plan) -> Tensor:
    """Whether the sentence is supported, and which of its tokens aren't, where that is known."""
    entropy = torch.nn.functional.binary_cross_entropy_with_logits
    whole = entropy(support, batch.supported)
    known = batch.tokens != UNKNOWN
    if not known.any():
        return whole
    marks = batch.tokens[known]
    weights = 1 + (plan.edited - 1) * marks
    return whole + plan.tokens * (entropy(tokens[known], marks, weight=weights, reduction="sum") / weights.sum())


if __name__ == "__main__":
    sys.exit(main())
