"""Trains the reader and writes its weights: python -m qa.reader.train --data DIR

Everything is decided by the seed. A run that was stopped goes on from its last checkpoint in --work. Two cores learn
about 25 passages a second with bfloat16; a CUDA device is taken where torch finds one.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor

from qa.reader.batches import Batch, encode_examples, make_epoch
from qa.reader.examples import is_held_out, read_examples, swap_names, take_out_answers
from qa.reader.export import export_network
from qa.reader.negatives import mine_negatives
from qa.reader.network import ReaderNetwork, load_tokenizer, model_folder
from qa.reader.tokens import Packer
from qa.readers import GRAPH

Say = Callable[[str], None]
Weights = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class Plan:
    """What decides the weights, beside the data."""

    seed: int = 11
    epochs: int = 4
    cycles: int = 2  # how often the rate rises and falls (Loshchilov and Hutter, 2017)
    size: int = 28  # questions of a batch
    rate: float = 2e-4  # the highest; it rises over the first 5 % of a cycle and then falls to nothing
    decay: float = 0.01
    shared: float = 0.5  # weight of the loss over all passages of a question
    relevance: float = 0.5  # weight of the loss of "this passage answers"
    average: float = 0.998  # of the weights, step by step
    limit: int = 0  # questions; 0: all


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m qa.reader.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of benchmark data")
    parser.add_argument("--work", type=Path, default=Path("build/reader"), help="for negatives and checkpoints")
    parser.add_argument("--out", type=Path, default=GRAPH, help="where the trained weights go (.xml)")
    for name, value in asdict(Plan()).items():
        parser.add_argument(f"--{name}", type=type(value), default=value)
    options = parser.parse_args(arguments)
    if not (options.data / "reading").is_dir():
        print(f"no benchmark data in {options.data}: give its folder with --data", file=sys.stderr)
        return 1
    options.work.mkdir(parents=True, exist_ok=True)
    plan = Plan(**{name: getattr(options, name) for name in asdict(Plan())})
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
    run = Run(ReaderNetwork(model_folder()), plan)
    run.resume(work / "checkpoint.pt", say)
    for epoch in range(run.epoch, plan.epochs):
        batches = make_epoch(questions, made, packer, plan.size, plan.seed * 1000 + epoch)
        run.go(batches, epoch, work, say)
    return run.averaged()


class Run:
    """Network, optimizer, averaged weights, and how far they are."""

    def __init__(self, network: ReaderNetwork, plan: Plan) -> None:
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
        self._ends: list[Weights] = []  # the mean at the end of each cycle
        self.epoch, self._step = 0, 0

    def go(self, batches: Sequence[Batch], epoch: int, work: Path, say: Say) -> None:
        """The steps of an epoch that are not done yet."""
        done = self._step - epoch * len(batches)
        losses: list[float] = []
        columns = (TextColumn(f"epoch {epoch + 1} of {self._plan.epochs}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, TimeRemainingColumn(), TextColumn("loss {task.fields[loss]}")) as progress:
            task = progress.add_task("", total=len(batches), completed=done, loss="")
            saved = time.monotonic()
            for batch in batches[done:]:
                losses.append(self._learn(batch, self._plan.epochs * len(batches)))
                progress.update(task, advance=1, loss=f"{sum(losses[-100:]) / len(losses[-100:]):.3f}")
                if time.monotonic() - saved > 120:
                    saved = time.monotonic()
                    self.save(work / "checkpoint.pt", epoch)
                    say(f"epoch {epoch + 1}, step {self._step}: loss {sum(losses[-100:]) / len(losses[-100:]):.4f}")
        if (epoch + 1) * self._plan.cycles % self._plan.epochs == 0:
            self._ends.append({name: weight.clone() for name, weight in self._mean.items()})
        self.save(work / "checkpoint.pt", epoch + 1)
        with (work / "losses.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"epoch": epoch + 1, "loss": sum(losses) / max(len(losses), 1)}) + "\n")

    def _learn(self, batch: Batch, steps: int) -> float:
        for group in self._optimizer.param_groups:
            group["lr"] = self._plan.rate * rate_at(self._step / steps, self._plan.cycles)
        parts = (batch.ids, batch.mask, batch.types)
        with torch.autocast(self._device, torch.bfloat16):
            spans, relevance = self._network(*(part.to(self._device) for part in parts))
        loss = loss_of(spans.float().cpu(), relevance.float().cpu(), batch, self._plan)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._network.parameters(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self._step += 1
        keep = min(self._plan.average, (1 + self._step) / (10 + self._step))
        with torch.no_grad():
            for name, weight in self._network.state_dict().items():
                if weight.dtype.is_floating_point and name != "encoder.embeddings.word_embeddings.weight":
                    self._mean[name].lerp_(weight, 1 - keep)
        return float(loss.detach())

    def save(self, path: Path, epoch: int) -> None:
        state = {
            "plan": asdict(self._plan), "epoch": epoch, "step": self._step, "network": self._network.state_dict(),
            "mean": self._mean, "ends": self._ends, "optimizer": self._optimizer.state_dict(),
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
        self._mean, self._ends, self._step, self.epoch = state["mean"], state["ends"], state["step"], state["epoch"]
        torch.set_rng_state(state["random"])
        say(f"going on from step {self._step}")

    def averaged(self) -> ReaderNetwork:
        """The mean over the ends of the cycles, as in Wortsman et al., "Model soups" (2022)."""
        for name, weight in self._mean.items():
            if weight.dtype.is_floating_point:
                weight.copy_(torch.stack([end[name] for end in self._ends]).mean(dim=0))
        self._network.load_state_dict(self._mean)
        return self._network.eval()


def rate_at(share: float, cycles: int) -> float:
    """The learning rate as a share of the highest one, when that share of the steps of all cycles is done."""
    share = share if share >= 1 else share * cycles % 1
    return share / 0.05 if share < 0.05 else (1 - share) / 0.95


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
