"""How many edited sentences the support judge finds: edits of the corpus's sentences, and of paraphrases of them.

The rules were chosen on the public sets and on the paraphrases of the part "tuned"; those of the part "unseen" were
first judged when the rules were final. A language model wrote both, rules and paraphrases. Of the part "tuned", 51 were
unseen once: the rules of that day accused ten of them untouched, were mended for that, and 63 others took their place.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.edits_of_text import EDITS, SHORTEST
from eval.intervals import Interval, wilson
from eval.judge import Verdict
from eval.judging.tokens import sentence_ranges, tokenize

PARAPHRASES = Path(__file__).parent.parent / "paraphrases.jsonl"
CORPUS = Path(__file__).parent.parent / "corpus"
AROUND = 600  # characters of the article on either side of a sentence: with it, about a passage
_ENDING = re.compile(r"[.!?][”\"]?(?=\s|$)")

Judge = Callable[[str, Sequence[str]], Verdict]


@dataclass(frozen=True, slots=True)
class Sample:
    """A sentence that its `quote` and the passage `around` it support, in an article."""

    text: str
    quote: str
    around: str
    article: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class Detection:
    """Of `n` sentences, how many were found unsupported, and how many of them by the check meant for the edit."""

    name: str
    found: int
    by_check: int
    n: int

    @property
    def interval(self) -> Interval:
        return wilson(self.found, self.n)


def read_paraphrases(path: Path = PARAPHRASES, corpus: Path = CORPUS) -> list[Sample]:
    """The paraphrases with what they paraphrase; ValueError if a quotation isn't where it says."""
    samples = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text = (corpus / row["article"]).read_text(encoding="utf-8")
        start, end = row["start"], row["end"]
        if text[start:end] != row["quote"]:
            raise ValueError(f"{path.name}: {row['id']} does not quote {row['article']}[{start}:{end}]")
        samples.append(Sample(row["text"], row["quote"], _around(text, start, end), text, row["part"]))
    return samples


def read_quotations(corpus: Path = CORPUS) -> Iterator[Sample]:
    """Sentences of the corpus as they stand there, of eight words or more, with their full stop."""
    for path in sorted(corpus.glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        tokens = tokenize(text)
        for first, last in sentence_ranges(text, tokens):
            ending = _ENDING.match(text, tokens[last - 1].end)
            if last - first >= SHORTEST and ending:
                start, end = tokens[first].start, ending.end()
                start -= text[start - 1 : start] in ("“", '"')
                yield Sample(text[start:end], text[start:end], _around(text, start, end), text)


def _around(text: str, start: int, end: int) -> str:
    """From the beginning of a word to the end of one."""
    first, last = max(0, start - AROUND), min(len(text), end + AROUND)
    first = text.find(" ", first) + 1 if first else 0
    return text[first : text.rfind(" ", end, last)] if last < len(text) else text[first:]


def detections(samples: Iterable[Sample], judge: Judge, *, around: bool, seed: int = 7) -> list[Detection]:
    """For the untouched sentences ("untouched": false alarms) and every edit, what the judge finds."""
    samples = list(samples)
    groups = {"untouched": [(sample.text, sample) for sample in samples], **edit_samples(samples, seed=seed)}
    return [_count(name, texts, judge, around) for name, texts in groups.items()]


def edit_samples(samples: Sequence[Sample], *, seed: int = 7) -> dict[str, list[tuple[str, Sample]]]:
    """Every edit's texts with the samples that they are edits of, without those to which it doesn't apply."""
    groups = {}
    for name, edit in EDITS.items():
        rng = random.Random(seed)
        edited = [(edit(sample.text, sample.article, rng), sample) for sample in samples]
        groups[name] = [(text, sample) for text, sample in edited if text]
    return groups


def _count(name: str, texts: Sequence[tuple[str, Sample]], judge: Judge, around: bool) -> Detection:
    verdicts = [judge(text, (sample.around if around else sample.quote,)) for text, sample in texts]
    found = [verdict for verdict in verdicts if not verdict.supported]
    by_check = sum(bool(verdict.flags) if name == "untouched" else name in verdict.flags for verdict in found)
    return Detection(name, len(found), by_check, len(verdicts))
