"""What the trainings of the reader and of the verifier share: a plan's options, and a run that goes on when stopped."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor, nn

Say = Callable[[str], None]
Weights = dict[str, Tensor]


class Rows(Protocol):
    """A batch of token rows; what else it has is for its loss."""

    @property
    def ids(self) -> Tensor: ...
    @property
    def mask(self) -> Tensor: ...
    @property
    def types(self) -> Tensor: ...


AnyRows = TypeVar("AnyRows", bound=Rows)


@dataclass(frozen=True, slots=True)
class Schedule:
    """What of a plan decides how the weights move; a plan is one with more to it."""

    seed: int = 1
    epochs: int = 1
    cycles: int = 1  # how often the rate rises and falls (Loshchilov and Hutter, 2017)
    rate: float = 2e-4  # the highest; it rises over the first 5 % of a cycle and then falls to nothing
    decay: float = 0.01
    average: float = 0.998  # of the weights, step by step
    ends: int = 0  # how many cycles the weights are the mean of, the last ones; 0: all


AnyPlan = TypeVar("AnyPlan", bound=Schedule)


def add_options(parser: argparse.ArgumentParser, plan: Schedule) -> None:
    """An option for each of the plan's numbers."""
    for name, value in asdict(plan).items():
        parser.add_argument(f"--{name}", type=type(value), default=value)


def plan_of(options: argparse.Namespace, plan: AnyPlan) -> AnyPlan:
    """The plan with the numbers that were given."""
    return type(plan)(**{name: getattr(options, name) for name in asdict(plan)})


class Run(Generic[AnyRows]):
    """Network, optimizer, averaged weights, and how far they are."""

    def __init__(self, network: nn.Module, plan: Schedule, loss: Callable[[Tensor, Tensor, AnyRows], Tensor]) -> None:
        """`loss` is of the network's two outputs and the batch."""
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._network = network.to(self._device).train()
        self._plan = plan
        self._loss = loss
        self._learned = {name: weight for name, weight in network.named_parameters() if weight.requires_grad}
        groups = [
            {"params": [weight for weight in self._learned.values() if weight.ndim > 1], "weight_decay": plan.decay},
            {"params": [weight for weight in self._learned.values() if weight.ndim == 1], "weight_decay": 0.0},
        ]
        self._optimizer = torch.optim.AdamW(groups, lr=plan.rate, fused=True)
        self._mean = {name: weight.detach().clone() for name, weight in self._learned.items()}
        self._ends: list[Weights] = []  # the mean at the end of each cycle
        self.epoch, self._step, self._done = 0, 0, 0

    def go(self, batches: Sequence[AnyRows], epoch: int, work: Path, say: Say) -> None:
        """The steps of an epoch that are not done yet."""
        losses: list[float] = []
        columns = (TextColumn(f"epoch {epoch + 1} of {self._plan.epochs}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, TimeRemainingColumn(), TextColumn("loss {task.fields[loss]}")) as progress:
            task = progress.add_task("", total=len(batches), completed=self._done, loss="")
            saved = time.monotonic()
            for number in range(self._done, len(batches)):
                losses.append(self._learn(batches[number], (epoch + number / len(batches)) / self._plan.epochs))
                self._done = number + 1
                recent = sum(losses[-100:]) / len(losses[-100:])
                progress.update(task, advance=1, loss=f"{recent:.3f}")
                if time.monotonic() - saved > 120:
                    saved = time.monotonic()
                    self.save(work / "checkpoint.pt", epoch)
                    say(f"epoch {epoch + 1}, {self._done} of {len(batches)}: loss {recent:.4f}")
        if (epoch + 1) * self._plan.cycles % self._plan.epochs == 0:
            self._ends.append({name: weight.clone() for name, weight in self._mean.items()})
        self._done = 0
        self.save(work / "checkpoint.pt", epoch + 1)
        with (work / "losses.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"epoch": epoch + 1, "loss": sum(losses) / max(len(losses), 1)}) + "\n")

    def _learn(self, batch: AnyRows, share: float) -> float:
        for group in self._optimizer.param_groups:
            group["lr"] = self._plan.rate * rate_at(share, self._plan.cycles)
        parts = (batch.ids, batch.mask, batch.types)
        with torch.autocast(self._device, torch.bfloat16):
            first, second = self._network(*(part.to(self._device) for part in parts))
        loss = self._loss(first.float().cpu(), second.float().cpu(), batch)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._learned.values(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self._step += 1
        keep = min(self._plan.average, (1 + self._step) / (10 + self._step))
        with torch.no_grad():
            for name, weight in self._learned.items():
                self._mean[name].lerp_(weight, 1 - keep)
        return float(loss.detach())

    def save(self, path: Path, epoch: int) -> None:
        state = {
            "plan": asdict(self._plan), "epoch": epoch, "done": self._done, "step": self._step,
            "network": self._network.state_dict(), "mean": self._mean, "ends": self._ends,
            "optimizer": self._optimizer.state_dict(), "random": torch.get_rng_state(),
        }  # fmt: skip
        torch.save(state, path.with_suffix(".new"))
        path.with_suffix(".new").replace(path)

    def resume(self, path: Path, say: Say) -> None:
        """Goes on from the checkpoint, if there is one of the same plan."""
        if not path.exists():
            return
        state: dict[str, Any] = torch.load(path, weights_only=True)
        if state["plan"] != asdict(self._plan):
            raise SystemExit(f"{path} is of another plan; give another folder with --work, or remove it")
        self._network.load_state_dict(state["network"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._mean, self._ends = state["mean"], state["ends"]
        self.epoch, self._done, self._step = state["epoch"], state["done"], state["step"]
        torch.set_rng_state(state["random"])
        say(f"going on from step {self._step}")

    def average(self) -> None:
        """Gives the network the mean over the ends of cycles, as in Wortsman et al., "Model soups" (2022)."""
        with torch.no_grad():
            for name, weight in self._learned.items():
                weight.copy_(torch.stack([end[name] for end in self._ends[-self._plan.ends :]]).mean(dim=0))


def rate_at(share: float, cycles: int) -> float:
    """The learning rate as a share of the highest one, when that share of the steps of all cycles is done."""
    share = share if share >= 1 else share * cycles % 1
    return share / 0.05 if share < 0.05 else (1 - share) / 0.95
