"""Trains the verifier and writes its weights: python -m qa.verifier.train --data DIR

It starts from the reader's encoder. Everything is decided by the seed, and every epoch makes other claims. A run that
was stopped goes on from its last checkpoint in --work.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from qa.reader.network import load_tokenizer
from qa.reader.tokens import Packer
from qa.readers import GRAPH as READER
from qa.verifier.batches import UNKNOWN, Batch, draw_claims, encode_claims, make_batches
from qa.verifier.claims import read_sources, read_summaries
from qa.verifier.export import export_network
from qa.verifier.network import VerifierNetwork
from qa.verifiers import GRAPH

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What decides the weights, beside the data."""

    seed: int = 5
    epochs: int = 1
    claims: int = 24_000  # of an epoch
    size: int = 20  # claims of a batch
    rate: float = 3e-4  # the highest; it rises over the first 5 % of the steps and then falls to nothing
    decay: float = 0.01
    tokens: float = 1.0  # weight of the loss of which tokens are unsupported
    edited: float = 4.0  # how much more a token of an edit weighs: there are few
    average: float = 0.995  # of the weights, step by step


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m qa.verifier.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of benchmark data")
    parser.add_argument("--work", type=Path, default=Path("build/verifier"), help="for checkpoints")
    parser.add_argument("--out", type=Path, default=GRAPH, help="where the trained weights go (.xml)")
    parser.add_argument("--threads", type=int, default=0, help="of torch; 0: one for each core")
    for name, value in asdict(Plan()).items():
        parser.add_argument(f"--{name}", type=type(value), default=value)
    options = parser.parse_args(arguments)
    if not (options.data / "reading").is_dir() or not (options.data / "support").is_dir():
        print(f"no reading and support in {options.data}: give the benchmark's folder with --data", file=sys.stderr)
        return 1
    if options.threads:
        torch.set_num_threads(options.threads)
    options.work.mkdir(parents=True, exist_ok=True)
    plan = Plan(**{name: getattr(options, name) for name in asdict(Plan())})
    network = train(options.data, options.work, plan, say=lambda text: print(text, file=sys.stderr, flush=True))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    export_network(network, options.out)
    print(f"wrote {options.out}; now run: python -m eval.bench.verifier --data {options.data} --fit --card")
    return 0


def train(data: Path, work: Path, plan: Plan, say: Say) -> VerifierNetwork:
    """The trained network, the running mean of its weights; losses and checkpoints lie in `work`."""
    sources, summaries = read_sources(data, held_out=False), read_summaries(data, held_out=False)
    packer = Packer(load_tokenizer())
    torch.manual_seed(plan.seed)
    run = Run(VerifierNetwork(READER), plan)
    run.resume(work / "checkpoint.pt", say)
    for epoch in range(run.epoch, plan.epochs):
        seed = plan.seed * 1000 + epoch
        claims = draw_claims(sources, summaries, plan.claims, seed)
        batches = make_batches(encode_claims(claims, packer), plan.size, seed)
        say(f"epoch {epoch + 1} of {plan.epochs}: {len(claims)} claims, {len(batches)} batches")
        run.go(batches, epoch, work, say)
    return run.averaged()


class Run:
    """Network, optimizer, averaged weights, and how far they are."""

    def __init__(self, network: VerifierNetwork, plan: Plan) -> None:
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._network = network.to(self._device).train()
        self._plan = plan
        learned = [weight for weight in network.parameters() if weight.requires_grad]
        groups = [
            {"params": [weight for weight in learned if weight.ndim > 1], "weight_decay": plan.decay},
            {"params": [weight for weight in learned if weight.ndim == 1], "weight_decay": 0.0},
        ]
        self._optimizer = torch.optim.AdamW(groups, lr=plan.rate, fused=True)
        self._mean = {name: weight.detach().clone() for name, weight in network.state_dict().items()}
        self.epoch, self._step, self._done = 0, 0, 0

    def go(self, batches: Sequence[Batch], epoch: int, work: Path, say: Say) -> None:
        """The steps of an epoch that are not done yet."""
        losses: list[float] = []
        saved = time.monotonic()
        for number in range(self._done, len(batches)):
            share = (epoch + number / len(batches)) / self._plan.epochs
            losses.append(self._learn(batches[number], share))
            self._done = number + 1
            if time.monotonic() - saved > 120:
                saved = time.monotonic()
                self.save(work / "checkpoint.pt", epoch)
                recent = losses[-100:]
                say(f"epoch {epoch + 1}, {self._done} of {len(batches)}: loss {sum(recent) / len(recent):.4f}")
        self._done = 0
        self.save(work / "checkpoint.pt", epoch + 1)
        with (work / "losses.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"epoch": epoch + 1, "loss": sum(losses) / max(len(losses), 1)}) + "\n")

    def _learn(self, batch: Batch, share: float) -> float:
        for group in self._optimizer.param_groups:
            group["lr"] = self._plan.rate * rate_at(share)
        parts = (batch.ids, batch.mask, batch.types)
        with torch.autocast(self._device, torch.bfloat16):
            support, tokens = self._network(*(part.to(self._device) for part in parts))
        loss = loss_of(support.float().cpu(), tokens.float().cpu(), batch, self._plan)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._network.parameters(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self._step += 1
        keep = min(self._plan.average, (1 + self._step) / (10 + self._step))
        with torch.no_grad():
            for name, weight in self._network.state_dict().items():
                if weight.dtype.is_floating_point and not name.startswith("encoder.embeddings"):
                    self._mean[name].lerp_(weight, 1 - keep)
        return float(loss.detach())

    def save(self, path: Path, epoch: int) -> None:
        state = {
            "plan": asdict(self._plan), "epoch": epoch, "done": self._done, "step": self._step,
            "network": self._network.state_dict(), "mean": self._mean, "optimizer": self._optimizer.state_dict(),
            "random": torch.get_rng_state(),
        }  # fmt: skip
        torch.save(state, path.with_suffix(".new"))
        path.with_suffix(".new").replace(path)

    def resume(self, path: Path, say: Say) -> None:
        """Goes on from the checkpoint, if there is one of the same plan."""
        if not path.exists():
            return
        state = torch.load(path, weights_only=True)
        if state["plan"] != asdict(self._plan):
            raise SystemExit(f"{path} is of another plan; give another folder with --work, or remove it")
        self._network.load_state_dict(state["network"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._mean, self._step, self.epoch, self._done = state["mean"], state["step"], state["epoch"], state["done"]
        torch.set_rng_state(state["random"])
        say(f"going on from step {self._step}")

    def averaged(self) -> VerifierNetwork:
        self._network.load_state_dict(self._mean)
        return self._network.eval()


def rate_at(share: float) -> float:
    """The learning rate as a share of the highest one, when that share of the steps is done."""
    return share / 0.05 if share < 0.05 else (1 - share) / 0.95


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
