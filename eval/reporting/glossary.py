"""What a reader calls each metric, what it says in a sentence, and which way is better.

A metric that is not here is shown under its own name, in the last group: nothing that was measured is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from eval.report import LOWER_IS_BETTER

Better = Literal["higher", "lower", "neither"]
GROUPS = (
    "Answers",
    "Evidence found",
    "Evidence cited",
    "Refusals",
    "Quotations and what must always hold",
    "Support of what is said",
    "Confidence",
    "Other",
)
NEITHER = frozenset({"copy_rate", "citations_per_sentence", "worded"})
LOWER_TOO = frozenset({"uncited"})  # beside what the table marks
JUDGED = ("support", "citation_recall", "citation_precision", "misattribution", "entail")  # by a model or its likeness


@dataclass(frozen=True, slots=True)
class Term:
    """How one metric is written: `label` in plain words, `says` a sentence, `judged` when no rule alone decides it."""

    metric: str
    label: str
    group: str
    says: str
    better: Better
    judged: bool


_KNOWN = {
    # metric: (label, group, what it says)
    "answer_correct": ("answers correct", 0, "The first 80 words say all that is vital, the whole nothing forbidden."),
    "fully_good": (
        "fully good",
        0,
        "Correct, all evidence cited, every quotation exact, no unsupported number, both sides of a conflict.",
    ),
    "sides_presented": ("sides of a conflict shown", 0, "Each side's value is stated with a citation of its own."),
    "conflict_flagged": ("conflicts pointed out", 0, "That the articles disagree is said, not only shown."),
    "nugget_recall": ("vital facts stated", 0, "The share of the vital facts that are stated."),
    "nugget_recall_all": ("facts stated, minor ones too", 0, "The share of all expected facts that are stated."),
    "forbidden_said": ("says something wrong", 0, "The answer says what the question's author marked as wrong."),
    "stale_answer": ("outdated answers", 0, "The answer gives what a later article had replaced."),
    "exact_match": ("short answer, word for word", 0, "The answer is an expected short answer and nothing else."),
    "token_f1": ("words shared with the short answer", 0, "Diagnostic: unfair to long answers and to paraphrases."),
    "rr@10": ("rank of the first evidence", 1, "One divided by the rank at which evidence is first complete."),
    "stale@1": ("outdated article first", 1, "The first passage is of an article that a later one had replaced."),
    "gold_citation_recall": ("evidence cited", 2, "The share of the needed facts whose evidence is cited."),
    "gold_citation_precision": ("citations that are evidence", 2, "The share of the citations that lie on evidence."),
    "citation_recall": ("sentences borne out by their citations", 2, "ALCE: what is cited supports the sentence."),
    "citation_precision": ("citations that are needed", 2, "ALCE: without the citation its sentence is not supported."),
    "misattribution": ("right, but cited from elsewhere", 2, "Another passage that was found supports the sentence."),
    "sentences_cited": ("sentences with a citation", 2, "The share of the sentences that cite anything."),
    "uncited": ("sentences without a citation", 2, "The share of the sentences that cite nothing."),
    "unjudged_citations": ("citations nobody judged", 2, "They lie on no span that the question's author looked at."),
    "distinct_sources": (
        "no source counted twice",
        2,
        "No citation repeats the words of another cited article.",
    ),
    "citations_per_sentence": ("citations a sentence", 2, "How many there are, right or wrong."),
    "given_right": ("answers given that are right", 3, "Of all answers, those to unanswerable questions included."),
    "refusal_recall": ("unanswerable questions refused", 3, "Of the questions that the articles don't answer."),
    "refusal_precision": ("refusals that are right", 3, "Of the refusals, those of unanswerable questions."),
    "false_refusal": ("answerable questions refused", 3, "Of the questions that the articles do answer."),
    "answered_unanswerable": ("unanswerable questions answered", 3, "The dangerous error: there is no right answer."),
    "refusal_score": (
        "score with refusals",
        3,
        "+1 right answer or right refusal, 0 needless one, −1 wrong answer.",
    ),
    "quote_exact": ("quotations exact", 4, "Character for character what stands in the article."),
    "quote_altered": ("quotations altered", 4, "Nearly what stands in the article, which is not enough."),
    "quote_fabricated": ("quotations invented", 4, "Nothing like it stands in the article."),
    "citations_resolve": ("citations that lead somewhere", 4, "They lie within a known article; every [n] has one."),
    "refusal_bare": ("refusals that claim nothing", 4, "No sentence, no citation, no disagreement."),
    "numbers_cited": ("numbers borne out", 5, "Every number of a generated sentence is in what it cites."),
    "names_cited": ("names borne out", 5, "Every name of a generated sentence is in what it cites."),
    "polarity_cited": ("no “not” gained or lost", 5, "A generated sentence denies what its citation denies, no more."),
    "worded": ("in a model's words", 5, "The answer has a sentence that a language model wrote."),
    "withheld": ("sentences withheld", 5, "Of what a language model wrote, the share that wasn't borne out."),
    "invented_numbers": ("source numbers made up", 5, "The model named a number that it was never offered."),
    "support_cited": ("supported by what is cited", 5, "The share of the sentences that their citations support."),
    "support_any": ("supported by anything found", 5, "Hides wrong citations: read it beside the row above."),
    "copy_rate": ("copied", 5, "The share of the answer's words that are runs of eight or more words of a passage."),
    "auroc": ("confidence tells right from wrong", 6, "The chance that a right answer has the higher confidence."),
}
_STEMS = {
    "evidence_recall": ("evidence in the first {k}", 1, "The share of the needed facts whose evidence is there."),
    "all_evidence": ("all evidence in the first {k}", 1, "1 only when the evidence of every needed fact is there."),
    "distractors": ("first {k} without evidence", 1, "The share of the passages read that hold none."),
    "article_ndcg": ("order of the articles, first {k}", 1, "How high the right articles stand (nDCG)."),
    "nugget_recall": ("vital facts stated in {k} words", 0, "The share of the vital facts that are stated by then."),
}

_SHORT = {
    "answer_correct": "correct",
    "refusal_recall": "rightly refused",
    "refusal_score": "score",
    "false_refusal": "wrongly refused",
    "answered_unanswerable": "wrongly answered",
    "evidence_recall@5": "evidence found",
    "citation_recall": "borne out by what is cited",
}


def explain(metric: str) -> Term:
    """The term of a metric, known or not; "answer_correct: date" is the slice of the questions of that type."""
    name, _, slice_ = metric.partition(": ")
    stem, _, cut = name.partition("@")
    label, group, says = _KNOWN.get(name) or _with_cut(stem, cut) or (name.replace("_", " "), len(GROUPS) - 1, "")
    if slice_:
        label = f"{label}: {slice_.replace('_', ' ')}"
    judged = any(name.startswith(start) for start in JUDGED)
    return Term(metric, label, GROUPS[group], says, better(name), judged)


def _with_cut(stem: str, cut: str) -> tuple[str, int, str] | None:
    found = _STEMS.get(stem) if cut else None
    return (found[0].format(k=cut), *found[1:]) if found else None


def heading(metric: str) -> str:
    """The label where room is short."""
    return _SHORT.get(metric) or explain(metric).label


def better(metric: str) -> Better:
    """Which way the metric should go; what says nothing of quality by itself has no better way."""
    if metric in NEITHER:
        return "neither"
    return "lower" if metric in LOWER_IS_BETTER | LOWER_TOO else "higher"


def grouped(metrics: Iterable[str]) -> dict[str, list[Term]]:
    """The terms of the metrics by group, in the order of GROUPS and within one in that given; no empty groups."""
    terms = [explain(metric) for metric in metrics]
    groups = {name: [term for term in terms if term.group == name] for name in GROUPS}
    return {name: found for name, found in groups.items() if found}
