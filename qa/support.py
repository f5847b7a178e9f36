"""Whether quotations bear out a sentence that a language model wrote: exact checks, and the verifier's estimate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa.english.faults import Fault, find_faults
from qa.models import Verifier
from qa.types import Article, Quotation

CERTAIN = frozenset({"number", "name", "verbatim", "roles"})  # kinds of fault that no reading of the quotation excuses
REASONS = {
    "number": "“{}” is not what the quotations give",
    "name": "“{}” is not in the quotations",
    "verbatim": "“{}” is not in the quotations as it stands",
    "negation": "“{}” stands on one side only",
    "modality": "“{}” was lost or put in, so that something looks more or less sure",
    "attribution": "whose claim it is was lost: “{}”",
    "comparison": "“{}” is the opposite of what the quotations say",
    "roles": "who did it to whom was turned round: {}",
}
NOTHING_CITED = "it names no quotation"
UNSUPPORTED = "the quotations don't bear it out"


@dataclass(frozen=True, slots=True)
class Judgement:
    """How far quotations support a sentence, 0–1, and why not; `reason` is empty where it may be shown."""

    support: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges sentences by their quotations: supported from `least` on, and beyond `doubted` where a check objects.

    A figure, a date or a name that the quotations don't give is never supported, whatever the verifier makes of it.
    """

    verifier: Verifier
    least: float
    doubted: float

    def judge(self, sentence: str, quotations: Sequence[Quotation], articles: Mapping[str, Article]) -> Judgement:
        """The judgement of one sentence; without quotations it has no support."""
        if not quotations:
            return Judgement(0.0, NOTHING_CITED)
        texts = [quotation.text for quotation in quotations]
        about = [articles[quotation.article_id] for quotation in quotations]
        beside = [text for article in about for text in (article.title, article.publisher) if text]
        faults = find_faults(sentence, texts, beside=beside, published=[article.published for article in about])
        support = self.verifier.supports([(sentence, " ".join(texts))])[0]
        return judge_by(support, faults, least=self.least, doubted=self.doubted)


def judge_by(support: float, faults: Sequence[Fault], *, least: float, doubted: float) -> Judgement:
    """The judgement by what the verifier estimates and the checks found."""
    certain = [fault for fault in faults if fault.kind in CERTAIN]
    if certain:
        return Judgement(0.0, _reason(certain[0]))
    if faults and support <= doubted:
        return Judgement(support, _reason(faults[0]))
    return Judgement(support, "" if support >= least else UNSUPPORTED)


def _reason(fault: Fault) -> str:
    return REASONS[fault.kind].format(fault.words)
