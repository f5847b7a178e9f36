"""Sabotaged answerers: each must be caught by its own metric, or the evaluation could not fail.

A reference answers from the gold, so that a sabotage has something to spoil whatever the program can do by itself: it
quotes a span of every group, or writes it as a sentence of its own that cites the span, and it refuses the
unanswerable. A mutant is this reference with one fault. It is caught when its metric gets worse by a paired change
whose 95 % interval over clusters excludes zero. The mutants come from the failures that evaluations of this kind were
seen to miss.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from eval.cases import Case, Corpus, GoldSpan
from eval.controls import always_refuse, copy_passage, copy_top
from eval.edits_of_text import EDITS
from eval.metrics import Measure, measure_answer, measure_hits
from eval.paired import paired
from eval.report import LOWER_IS_BETTER
from qa.types import Answer, Citation, Hit, Passage, Quotation, Sentence, place_sentences

SEED = 7
FEW = 30  # questions


@dataclass(frozen=True, slots=True)
class Given:
    """What a mutant works on: the case, the reference's answer and hits, what they measure, and those of a question far
    from it.
    """

    case: Case
    answer: Answer
    hits: tuple[Hit, ...]
    measures: Mapping[str, Measure]
    others: tuple[Answer, tuple[Hit, ...]]
    corpus: Corpus
    random: random.Random


@dataclass(frozen=True, slots=True)
class Mutant:
    """A sabotage, None where it finds nothing to spoil, and the metrics any of which must catch it."""

    name: str
    caught_by: tuple[str, ...]
    spoil: Callable[[Given], Answer | tuple[Hit, ...] | None]
    written: bool = False  # it spoils the reference that writes, not the one that quotes


@dataclass(frozen=True, slots=True)
class Caught:
    """What a metric says of a mutant; `before` and `after` are means over the `n` questions that it spoilt."""

    name: str
    metric: str
    before: float
    after: float
    change: float
    interval: tuple[float, float]
    caught: bool
    n: int


def measure_mutants(cases: Sequence[Case], hits: Mapping[str, Sequence[Hit]], corpus: Corpus) -> list[Caught]:
    """Every mutant by every metric that must catch it; `hits` are what the program found, by the ids of the cases.

    None without an answerable question: mutants are made of right answers.
    """
    if not any(case.answerable for case in cases):
        return []
    quoting, writing = (_given(cases, hits, corpus, written=written) for written in (False, True))
    clusters = {case.id: case.cluster for case in cases}
    return [
        _judge(mutant, metric, pairs, clusters)
        for mutant in MUTANTS
        for pairs in [_spoil_all(mutant, writing if mutant.written else quoting)]
        for metric in mutant.caught_by
    ]


def survivors(found: Iterable[Caught]) -> list[str]:
    """The mutants that one of their metrics did not catch, as "mutant (metric)"."""
    return [f"{item.name} ({item.metric})" for item in found if not item.caught]


def describe_survivors(found: Sequence[Caught]) -> str:
    """How many sabotages there are, and which were not caught; apart from these what found nothing to spoil."""
    tried = [item for item in found if item.n]
    untried = survivors(item for item in found if not item.n)
    lines = [
        f"sabotaged answerers: {len({item.name for item in found})}, "
        f"not caught: {', '.join(survivors(tried)) or 'none'}"
    ]
    if untried:
        lines.append(f"not tried, for no question has what they break: {', '.join(untried)}")
    if survivors(tried) and max(item.n for item in tried) < FEW:
        lines.append(f"of fewer than {FEW} questions a sabotage of some may go unnoticed; the figures are as unsure")
    return "\n".join(lines)


def write_mutants(folder: Path, found: Sequence[Caught]) -> None:
    """Writes mutants.json into the folder of a run."""
    data = {"mutants": [asdict(item) for item in found]}
    (folder / "mutants.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


# The reference


def reference_answer(case: Case, corpus: Corpus, *, written: bool) -> Answer:
    """The gold as an answer: a span of every group quoted, or written as a sentence that cites the span."""
    if not case.answerable:
        return always_refuse(case.question, ())
    spans = list(dict.fromkeys(group.spans[0] for group in case.evidence))
    citations = tuple(Citation(number, _quotation(span, corpus)) for number, span in enumerate(spans, 1))
    sentences = [
        Sentence(citation.quotation.text, 0, 0, (citation.number,), generated=written) for citation in citations
    ]
    return Answer(case.question, "answered", place_sentences(sentences), citations, confidence=1.0)


def reference_hits(case: Case, found: Sequence[Hit], corpus: Corpus) -> tuple[Hit, ...]:
    """The gold spans as passages, then what the program found: nobody could find better."""
    gold = [span for group in case.evidence for span in group.spans[:1]]
    first = [Passage(corpus.ids[span.article], span.start, span.end, span.quote) for span in dict.fromkeys(gold)]
    return tuple([*(Hit(passage, 1.0) for passage in first), *found][:10])


def _quotation(span: GoldSpan, corpus: Corpus) -> Quotation:
    return Quotation(corpus.ids[span.article], span.start, span.end, span.quote)


def _given(cases: Sequence[Case], hits: Mapping[str, Sequence[Hit]], corpus: Corpus, *, written: bool) -> list[Given]:
    made = [
        (case, reference_answer(case, corpus, written=written), reference_hits(case, hits.get(case.id, ()), corpus))
        for case in cases
    ]
    answered = [(answer, found) for case, answer, found in made if case.answerable]
    return [
        # Far away in the list, so that it is of another story.
        Given(
            case,
            answer,
            found,
            _measures(case, answer, found, corpus),
            answered[(place + len(answered) // 2) % len(answered)],
            corpus,
            random.Random(f"{SEED} {case.id}"),
        )
        for place, (case, answer, found) in enumerate(made)
    ]


# Measuring


Pair = tuple[str, Mapping[str, Measure], Mapping[str, Measure]]


def _spoil_all(mutant: Mutant, given: Sequence[Given]) -> list[Pair]:
    """The id of every question that the mutant spoils with its measures before and after."""
    found: list[Pair] = []
    for item in given:
        spoilt = mutant.spoil(item)
        if spoilt is None:
            continue
        answer, hits = (spoilt, item.hits) if isinstance(spoilt, Answer) else (item.answer, spoilt)
        found.append((item.case.id, item.measures, _measures(item.case, answer, hits, item.corpus)))
    return found


def _measures(case: Case, answer: Answer, hits: Sequence[Hit], corpus: Corpus) -> dict[str, Measure]:
    return measure_hits(case, hits, corpus) | measure_answer(case, answer, corpus, hits)


def _judge(
    mutant: Mutant,
    metric: str,
    pairs: Sequence[Pair],
    clusters: Mapping[str, str],
) -> Caught:
    """The paired change over the questions where the metric applies before and after."""
    both = {
        id_: (then, now)
        for id_, old, new in pairs
        if (then := old[metric].value) is not None and (now := new[metric].value) is not None
    }
    if not both:
        return Caught(mutant.name, metric, 0.0, 0.0, 0.0, (0.0, 0.0), False, 0)
    before, after = ({id_: values[side] for id_, values in both.items()} for side in (0, 1))
    change = paired(before, after, clusters)
    caught = change.low > 0 if metric in WORSE_WHEN_HIGHER else change.high < 0
    return Caught(
        mutant.name,
        metric,
        round(sum(before.values()) / len(before), 4),
        round(sum(after.values()) / len(after), 4),
        round(change.change, 4),
        (round(change.low, 4), round(change.high, 4)),
        caught,
        len(before),
    )


WORSE_WHEN_HIGHER = LOWER_IS_BETTER | {"copy_rate"}  # copying more is no fault in itself, so the table does not say so


# The faults


def _never_refuse(item: Given) -> Answer | None:
    return copy_top(item.case.question, item.hits) if not item.case.answerable else None


def _always_refuse(item: Given) -> Answer | None:
    return always_refuse(item.case.question, item.hits) if item.case.answerable else None


def _from_found(copy: Callable[[str, Sequence[Hit]], Answer]) -> Callable[[Given], Answer | None]:
    """Copies from the best passage that was found, not from the gold."""

    def spoil(item: Given) -> Answer | None:
        gold = len({span for group in item.case.evidence for span in group.spans[:1]})
        return copy(item.case.question, item.hits[gold:]) if item.case.answerable else None

    return spoil


def _citations_of_another_question(item: Given) -> Answer | None:
    return replace(item.answer, citations=item.others[0].citations) if item.case.answerable else None


def _citations_rotated(item: Given) -> Answer | None:
    """Every sentence has the citation of the next one."""
    sentences = item.answer.sentences
    if len(sentences) < 2:
        return None
    rotated = [
        replace(one, citations=other.citations)
        for one, other in zip(sentences, sentences[1:] + sentences[:1], strict=True)
    ]
    return replace(item.answer, sentences=tuple(rotated))


def _cite_everything(item: Given) -> Answer | None:
    if not item.case.answerable:
        return None
    passages = [hit.passage for hit in item.hits]
    quotations = [*(citation.quotation for citation in item.answer.citations)]
    quotations += [Quotation(passage.article_id, passage.start, passage.end, passage.text) for passage in passages]
    citations = tuple(Citation(number, quotation) for number, quotation in enumerate(dict.fromkeys(quotations), 1))
    numbers = tuple(citation.number for citation in citations)
    sentences = tuple(replace(sentence, citations=numbers) for sentence in item.answer.sentences)
    return replace(item.answer, sentences=sentences, citations=citations)


def _edited(edit: str) -> Callable[[Given], Answer | None]:
    """Every sentence is edited as far as it has something to edit."""

    def spoil(item: Given) -> Answer | None:
        texts = [_edit(edit, sentence, item) for sentence in item.answer.sentences]
        if not any(texts):
            return None
        sentences = [
            replace(sentence, text=text or sentence.text)
            for text, sentence in zip(texts, item.answer.sentences, strict=True)
        ]
        return replace(item.answer, sentences=place_sentences(sentences))

    return spoil


def _edit(edit: str, sentence: Sentence, item: Given) -> str | None:
    article = item.corpus.articles[item.answer.citation(sentence.citations[0]).quotation.article_id]
    return EDITS[edit](sentence.text, article.text, item.random)


def _quotations(change: Callable[[str], str]) -> Callable[[Given], Answer | None]:
    def spoil(item: Given) -> Answer | None:
        citations = tuple(
            replace(citation, quotation=replace(citation.quotation, text=change(citation.quotation.text)))
            for citation in item.answer.citations
        )
        return replace(item.answer, citations=citations) if citations else None

    return spoil


def _swap_letter(text: str) -> str:
    """The letter in the middle is another."""
    middle = len(text) // 2
    return text[:middle] + ("q" if text[middle] != "q" else "z") + text[middle + 1 :]


def _no_gold_found(item: Given) -> tuple[Hit, ...] | None:
    """What the other question found: passages by chance."""
    return item.others[1] if item.case.evidence else None


def _second_group_lost(item: Given) -> tuple[Hit, ...] | None:
    """Of several facts only the first is found, many times over."""
    return item.hits[:1] * 5 if len(item.case.evidence) > 1 else None


def _newest_ignored(item: Given) -> Answer | None:
    """What was superseded is quoted instead."""
    if not item.case.stale:
        return None
    citations = tuple(Citation(number, _quotation(span, item.corpus)) for number, span in enumerate(item.case.stale, 1))
    sentences = [Sentence(citation.quotation.text, 0, 0, (citation.number,)) for citation in citations]
    return replace(item.answer, sentences=place_sentences(sentences), citations=citations)


def _oldest_first(item: Given) -> tuple[Hit, ...] | None:
    """The superseded report comes first."""
    spans = item.case.stale[:1]
    first = [Hit(Passage(item.corpus.ids[span.article], span.start, span.end, span.quote), 1.0) for span in spans]
    return (*first, *item.hits) if first else None


def _one_side(item: Given) -> Answer | None:
    """Only the first side of a conflict is told."""
    if not item.case.sides:
        return None
    kept = item.answer.citations[:1]
    sentences = [sentence for sentence in item.answer.sentences if sentence.citations == (kept[0].number,)]
    return replace(item.answer, sentences=place_sentences(sentences), citations=kept)


def _uncited(item: Given) -> Answer | None:
    sentences = tuple(replace(sentence, citations=()) for sentence in item.answer.sentences)
    return replace(item.answer, sentences=sentences, citations=()) if sentences else None


def _mark_without_citation(item: Given) -> Answer | None:
    sentences = tuple(replace(sentence, citations=(*sentence.citations, 99)) for sentence in item.answer.sentences)
    return replace(item.answer, sentences=sentences) if sentences else None


def _talking_refusal(item: Given) -> Answer | None:
    """It refuses and answers all the same."""
    if item.case.answerable:
        return None
    return replace(copy_top(item.case.question, item.hits), status="refused")


def _padded(item: Given) -> Answer | None:
    """Ninety words that say nothing come before the answer."""
    if not item.case.answerable:
        return None
    filler = Sentence(" ".join(["Indeed"] * 90) + ".", 0, 0, (1,))
    return replace(item.answer, sentences=place_sentences([filler, *item.answer.sentences]))


def _copy_as_source(item: Given) -> Answer | None:
    """Where an article's twin carries the quoted words too, the twin is cited as a second source."""
    twins = [
        Citation(99, replace(citation.quotation, article_id=id_, start=at, end=at + len(citation.quotation.text)))
        for citation in item.answer.citations[:1]
        for id_, article in item.corpus.articles.items()
        if id_ != citation.quotation.article_id and (at := article.text.find(citation.quotation.text)) >= 0
    ]
    return replace(item.answer, citations=(*item.answer.citations, *twins[:1])) if twins else None


MUTANTS = (
    Mutant(
        "two sentences of what came first", ("answer_correct", "nugget_recall@80", "fully_good"), _from_found(copy_top)
    ),
    Mutant("whole passage that came first", ("nugget_recall@80", "copy_rate"), _from_found(copy_passage), written=True),
    Mutant("answer after ninety words of nothing", ("nugget_recall@80", "answer_correct"), _padded),
    Mutant("refuses everything", ("false_refusal", "answer_correct", "refusal_score"), _always_refuse),
    Mutant("refuses nothing", ("answered_unanswerable", "refusal_recall", "refusal_score"), _never_refuse),
    Mutant(
        "citations of another question",
        ("gold_citation_recall", "gold_citation_precision", "citation_recall"),
        _citations_of_another_question,
    ),
    Mutant("citations of the next sentence", ("citation_recall", "misattribution"), _citations_rotated),
    Mutant("cites everything", ("citation_precision", "gold_citation_precision"), _cite_everything),
    Mutant("cites nothing", ("sentences_cited", "gold_citation_recall"), _uncited),
    Mutant("another number", ("numbers_cited", "fully_good"), _edited("number"), written=True),
    Mutant("another name", ("names_cited", "fully_good"), _edited("name"), written=True),
    Mutant("denied", ("polarity_cited", "fully_good"), _edited("negation"), written=True),
    Mutant("two halves of sentences", ("citation_recall",), _edited("stitched"), written=True),
    Mutant("one letter of a quotation", ("quote_exact", "quote_altered"), _quotations(_swap_letter)),
    Mutant("quotation made up", ("quote_exact", "quote_fabricated"), _quotations(lambda text: text[::-1])),
    Mutant("mark without a citation", ("citations_resolve",), _mark_without_citation),
    Mutant("refusal that claims something", ("refusal_bare",), _talking_refusal),
    Mutant(
        "passages by chance",
        ("evidence_recall@10", "rr@10", "article_ndcg@10", "distractors@5"),
        _no_gold_found,
    ),
    Mutant("only the first of several facts found", ("all_evidence@5", "evidence_recall@5"), _second_group_lost),
    Mutant("newest report ignored", ("stale_answer", "answer_correct"), _newest_ignored),
    Mutant("superseded report first", ("stale@1",), _oldest_first),
    Mutant("one side of a conflict", ("sides_presented", "fully_good"), _one_side),
    Mutant("copy cited as a second source", ("distinct_sources",), _copy_as_source),
)
