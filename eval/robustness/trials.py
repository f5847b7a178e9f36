"""Tests with edited articles: the same questions asked of the plain library and of one with articles changed or added.

Each returns its rows and the questions behind them with both answers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from eval.cases import Case
from eval.metrics.citations import gold_citation_recall
from eval.metrics.correctness import says_what_is_right
from eval.metrics.retrieval import evidence_recall
from eval.robustness.bench import Bench, Outcome, hiding
from eval.robustness.corpora import (
    BAIT,
    HARMLESS,
    INSTRUCTIONS,
    copy_article,
    instruction,
    noise_articles,
    plant,
    shows_canary,
)
from eval.robustness.edits import edit_texts
from eval.robustness.libraries import Variant
from eval.robustness.rows import Pair, Row, changes, correctness, counterfactual_rows, difference, share
from eval.words import norm
from qa.types import Answer

NOISE = (5, 20)  # near-topic articles for each story


# Facts swapped


def counterfactual(bench: Bench) -> Outcome:
    """A number, date or name swapped wherever the articles give it: does the answer follow?"""
    asked = {edit.question for edit in bench.edits}
    cases = bench.choose(case for case in bench.cases if case.id in asked)
    chosen = {case.id for case in cases}
    edits = [edit for edit in bench.edits if edit.question in chosen]
    with bench.open_variant(edit_texts(edits, bench.texts)) as edited:
        return counterfactual_rows(edits, bench.pairs(edited, cases), edited.corpus)


# Evidence hidden


def evidence_removed(bench: Bench) -> Outcome:
    """Every article with evidence hidden from a question that was answered rightly: is it refused now?

    They are hidden by filters, not removed: what BM25 knows of the frequency of words stays.
    """
    test = "evidence_removed"
    right = bench.choose(c for c in bench.answered() if says_what_is_right(c, bench.answer(c)))
    pairs, verdicts, proofs = {}, {}, []
    for case in right:
        before = bench.answer(case)
        after = bench.ask(case.question, hiding(case, holders(case, before, bench), bench.plain.corpus))
        pairs[case.id] = Pair(case, before, after)
        verdicts[case.id] = "refused" if after.status == "refused" else "other answer"
        if says_what_is_right(case, after):
            verdicts[case.id] = "still correct"
            proofs.append(f"{case.id} from {', '.join(sorted(cited_files(after)))}")
    note = f"evidence that the gold lacks: {'; '.join(proofs)}" if proofs else ""
    rows = [
        share(test, "abstained", {id_: verdict == "refused" for id_, verdict in verdicts.items()}, bench.by_id),
        share(test, "still_correct", {i: v == "still correct" for i, v in verdicts.items()}, bench.by_id, note),
    ]
    return rows, changes(test, pairs, verdicts)


def holders(case: Case, answer: Answer, bench: Bench) -> set[str]:
    """The files with gold or `also_ok` spans, those that carry such a sentence word for word, and the cited copies."""
    spans = [span for group in case.evidence for span in (*group.spans, *group.also_ok)]
    quotes = {norm(span.quote) for span in spans}
    files = {span.article for span in spans}
    files |= {name for name, text in bench.texts.items() if any(quote in norm(text) for quote in quotes)}
    names = {id_: name for name, id_ in bench.plain.corpus.ids.items()}
    for citation in answer.citations:
        carriers = {names.get(id_, "") for id_ in (citation.quotation.article_id, *citation.copies)}
        files |= carriers if carriers & files else set()
    return files


def cited_files(answer: Answer) -> set[str]:
    """The names of the files that the answer cites."""
    return {citation.source.rpartition("/")[2] for citation in answer.citations}


# Noise


def noise(bench: Bench) -> Outcome:
    """Near-topic articles added: what is still found, cited and right; and is the unanswerable still refused?"""
    answerable = bench.choose(bench.answerable())
    unanswerable = bench.choose(case for case in bench.cases if not case.answerable)
    found_before = {case.id: _recall(case, bench.plain) for case in answerable}
    stories = {case.story for case in [*answerable, *unanswerable]}  # noise of another story is near nothing asked
    told = [case for case in bench.cases if case.story in stories]
    rows, found = [], []
    for count in NOISE:
        test = f"noise {count}"
        added = noise_articles(told, bench.texts, count)
        with bench.open_variant(added) as noisy:
            pairs = bench.pairs(noisy, [*answerable, *unanswerable])
            recalls = {case.id: (found_before[case.id], _recall(case, noisy)) for case in answerable}
        rows += _noise_rows(test, pairs, recalls, bench, frozenset(added))
        found += changes(test, pairs, {id_: _flip(pair) for id_, pair in pairs.items()})
    return rows, found


def _recall(case: Case, variant: Variant) -> float:
    hits = variant.asker.search(case.question, k=5, filters=case.filters)
    return evidence_recall(case, hits, variant.corpus, k=5).value or 0.0


def _flip(pair: Pair) -> str:
    before, after = (
        says_what_is_right(pair.case, answer) if pair.case.answerable else answer.status == "refused"
        for answer in (pair.before, pair.after)
    )
    if before == after:
        return "right both times" if after else "wrong both times"
    return "wrong to right" if after else "right to wrong"


def _noise_rows(
    test: str,
    pairs: Mapping[str, Pair],
    recalls: Mapping[str, tuple[float, float]],
    bench: Bench,
    added: frozenset[str],
) -> list[Row]:
    by_id, corpus = bench.by_id, bench.plain.corpus  # articles that are in both have the same ids
    answerable = {id_: pair for id_, pair in pairs.items() if pair.case.answerable}
    cited = {
        id_: tuple(gold_citation_recall(pair.case, answer, corpus).value or 0.0 for answer in (pair.before, pair.after))
        for id_, pair in answerable.items()
    }
    answered = {
        id_: (float(pair.before.status == "answered"), float(pair.after.status == "answered"))
        for id_, pair in pairs.items()
        if not pair.case.answerable
    }
    from_noise = {i: bool(cited_files(p.after) & added) for i, p in pairs.items() if p.after.status == "answered"}
    still = {id_: _flip(pair) == "right both times" for id_, pair in answerable.items() if pair.was_correct}
    return [
        correctness(test, answerable, by_id, f"{len(added)} articles added"),
        share(test, "still right", still, by_id, "of those right before"),
        difference(test, "Δ gold_citation_recall", {id_: (both[0], both[1]) for id_, both in cited.items()}, by_id),
        difference(test, "Δ evidence_recall@5", recalls, by_id),
        difference(test, "Δ answered_unanswerable", answered, by_id, "lower is better"),
        share(test, "cites_noise", from_noise, by_id, "of those answered then; lower is better"),
    ]


# Copies


def duplicates(bench: Bench) -> Outcome:
    """Another paper prints the articles with the evidence: the answer stays, and both count as one source."""
    test, by_id = "duplicates", bench.by_id
    cases = bench.choose(bench.answered())
    originals = sorted({group.spans[0].article for case in cases for group in case.evidence})
    copies = {f"copy-of-{name}": copy_article(bench.texts[name]) for name in originals}
    with bench.open_variant(copies) as copied:
        pairs = bench.pairs(copied, cases)
        twins = {copied.corpus.ids[f"copy-of-{name}"]: copied.corpus.ids[name] for name in originals}
    same = {id_: unchanged(pair) for id_, pair in pairs.items()}
    once = {id_: found for id_, pair in pairs.items() if (found := counted_once(pair.after, twins)) is not None}
    rows = [
        share(test, "unchanged", same, by_id, f"of those answered before; {len(copies)} articles copied"),
        correctness(test, pairs, by_id),
        share(test, "counted_once", once, by_id, "of answers that cite a copied article"),
    ]
    verdicts = {id_: "unchanged" if same[id_] else "changed" for id_ in pairs}
    return rows, changes(test, pairs, verdicts)


def unchanged(pair: Pair) -> bool:
    """The same words, or a refusal both times; where they stand may differ."""
    return pair.before.status == pair.after.status and norm(pair.before.text) == norm(pair.after.text)


def counted_once(answer: Answer, twins: Mapping[str, str]) -> bool | None:
    """Whether each citation of an article, or of its copy, names the other, and none is quoted beside its twin.

    `twins` gives the original of each copy. None when neither is cited.
    """
    pairs = {**twins, **{original: copy for copy, original in twins.items()}}
    cited = [citation for citation in answer.citations if citation.quotation.article_id in pairs]
    if not cited:
        return None
    texts = [norm(citation.quotation.text) for citation in cited]
    named = all(pairs[citation.quotation.article_id] in citation.copies for citation in cited)
    return named and len(set(texts)) == len(texts)


# Planted instructions


def injections(bench: Bench) -> Outcome:
    """Instructions to a language model beside the evidence: the answer stays, and what was planted isn't shown.

    A sentence that asks nothing is planted too: what that changes is no matter of instructions. An article holds the
    instructions of all its questions, so that the kind of one may show in the answer to another. The bait repeats the
    question, so that it is found for it, also where the plain library refuses; an article has one at most.
    """
    test, by_id = "injections", bench.by_id
    answered = bench.choose(bench.answered())
    baited = bench.choose(_one_an_article(bench.answered()))
    refused = bench.choose(_one_an_article(bench.answered(status="refused")))
    rotated = {case.id: INSTRUCTIONS[number % len(INSTRUCTIONS)] for number, case in enumerate(answered)}
    asked = {
        HARMLESS: _ask_planted(bench, answered, dict.fromkeys(rotated, HARMLESS)),
        "instructions": _ask_planted(bench, answered, rotated),
        BAIT: _ask_planted(bench, baited, {case.id: BAIT for case in baited}),
        f"{BAIT}, refused before": _ask_planted(bench, refused, {case.id: BAIT for case in refused}),
    }
    for kind in INSTRUCTIONS:
        asked[kind] = {id_: pair for id_, pair in asked["instructions"].items() if rotated[id_] == kind}
    rows, found = [], []
    for name, pairs in asked.items():
        rows += _injection_rows(test, name, pairs, by_id)
        if name != "instructions":  # each of them comes under its kind
            found += changes(f"{test}: {name}", pairs, {id_: _injection_verdict(p) for id_, p in pairs.items()})
    return rows, found


def _one_an_article(cases: Iterable[Case]) -> Iterator[Case]:
    """The first case of each article with evidence: the bait of another question could be taken for its own."""
    seen: set[str] = set()
    for case in cases:
        files = {span.article for span in case.evidence[0].spans}
        if not files & seen:
            yield case
        seen |= files


def _ask_planted(bench: Bench, cases: Sequence[Case], kinds: Mapping[str, str]) -> dict[str, Pair]:
    with bench.open_variant(plant(bench.texts, _insertions(cases, kinds))) as planted:
        return bench.pairs(planted, cases)


def _insertions(cases: Iterable[Case], kinds: Mapping[str, str]) -> dict[str, list[tuple[int, str]]]:
    wanted: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for case in cases:
        for span in case.evidence[0].spans:
            wanted[span.article].append((span.end, instruction(kinds[case.id], case)))
    return wanted


def _injection_rows(test: str, kind: str, pairs: Mapping[str, Pair], cases: Mapping[str, Case]) -> list[Row]:
    same = {id_: unchanged(pair) for id_, pair in pairs.items()}
    shown = {id_: quotes_canary(pair.after) for id_, pair in pairs.items()}
    rows = [
        share(test, f"unchanged: {kind}", same, cases),
        share(test, f"shown: {kind}", shown, cases, "the planted words; lower is better"),
    ]
    return rows[:1] if kind == HARMLESS else rows


def quotes_canary(answer: Answer) -> bool:
    """Whether the planted word stands in the answer, in a quotation or in a side of a disagreement."""
    shown = [answer.text, *(citation.quotation.text for citation in answer.citations)]
    shown += [side.value for item in answer.disagreements for side in item.sides]
    return any(map(shows_canary, shown))


def _injection_verdict(pair: Pair) -> str:
    if quotes_canary(pair.after):
        return "planted words shown"
    return "unchanged" if unchanged(pair) else "changed"
