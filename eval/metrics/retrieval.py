"""What the passages that were found are worth, whatever is answered from them."""

from __future__ import annotations

from collections.abc import Sequence

import ir_measures

from eval.cases import Case, Corpus, GoldSpan, Group
from eval.metrics.measure import Measure, flag, not_applicable, share
from qa.types import Hit

CUTS = (1, 3, 5, 10)  # the k of evidence_recall@k
COVERED = 0.9  # the share of a gold span that the passages must hold
_NDCG = ir_measures.nDCG @ 10


def measure_hits(case: Case, hits: Sequence[Hit], corpus: Corpus) -> dict[str, Measure]:
    """Every metric of what was found, by name."""
    measures = {f"evidence_recall@{k}": evidence_recall(case, hits, corpus, k=k) for k in CUTS}
    return measures | {
        "all_evidence@5": all_evidence(case, hits, corpus, k=5),
        "rr@10": reciprocal_rank(case, hits, corpus),
        "article_ndcg@10": article_ndcg(case, hits, corpus),
        "distractors@5": distractor_share(case, hits, corpus, k=5),
        "stale@1": stale_first(case, hits, corpus),
    }


def evidence_recall(case: Case, hits: Sequence[Hit], corpus: Corpus, *, k: int) -> Measure:
    """The share of groups that the first k passages cover.

    The passages of an article count together: a span that a cut divides is covered by the two halves, for both are
    read. Of one span, 90 % of the characters must be there, so gold survives another splitting.
    """
    if not case.evidence:
        return not_applicable("nothing to find")
    covered = [group.name for group in case.evidence if _covers(hits[:k], group, corpus)]
    return share(len(covered), len(case.evidence), f"covered: {', '.join(covered) or 'none'}")


def all_evidence(case: Case, hits: Sequence[Hit], corpus: Corpus, *, k: int) -> Measure:
    """1 when the first k passages cover every group; for questions that need more than one."""
    if len(case.evidence) < 2:
        return not_applicable("fewer than two facts to find")
    return flag(all(_covers(hits[:k], group, corpus) for group in case.evidence))


def reciprocal_rank(case: Case, hits: Sequence[Hit], corpus: Corpus, *, k: int = 10) -> Measure:
    """One divided by the rank at which some group is covered first; 0 when none is among the first k."""
    if not case.evidence:
        return not_applicable("nothing to find")
    for rank in range(1, min(k, len(hits)) + 1):
        if any(_covers(hits[:rank], group, corpus) for group in case.evidence):
            return Measure(1 / rank, 1, rank, f"rank {rank}")
    return Measure(0.0, 0, 1, f"not among the first {k}")


def article_ndcg(case: Case, hits: Sequence[Hit], corpus: Corpus) -> Measure:
    """nDCG@10 of the articles in the order of their first passages, gain 1 for those that hold gold (trec_eval's).

    Passages overlap and an article has many, so ranks of passages would depend on how it was cut. Of the articles that
    prove the same fact the first one found is gold and the others are left out; one that is shown as a copy of another
    is found with it.
    """
    if not case.evidence:
        return not_applicable("nothing to find")
    shown = list(dict.fromkeys(hit.passage.article_id for hit in hits))
    carriers = {copy: hit.passage.article_id for hit in reversed(hits) for copy in hit.copies} | dict.fromkeys(shown)
    gold, spare = set(), set()
    for group in case.evidence:
        proving = [carriers.get(id_) or id_ for id_ in (corpus.ids[span.article] for span in group.spans)]
        gold.add(min(proving, key=lambda id_: shown.index(id_) if id_ in shown else len(shown)))
        spare.update(proving)
    ranked = [id_ for id_ in shown if id_ in gold or id_ not in spare] or ["none"]
    wanted = {case.id: dict.fromkeys(gold, 1)}
    found = {case.id: {id_: float(len(ranked) - place) for place, id_ in enumerate(ranked)}}
    value = float(ir_measures.calc_aggregate([_NDCG], wanted, found)[_NDCG])
    return Measure(value, value, 1, f"{len(gold)} gold articles")


def distractor_share(case: Case, hits: Sequence[Hit], corpus: Corpus, *, k: int) -> Measure:
    """The share of the first k passages that touch no gold and no `also_ok` span; lower is better."""
    if not case.evidence or not hits:
        return not_applicable("nothing found" if case.evidence else "nothing to find")
    spans = [span for group in case.evidence for span in (*group.spans, *group.also_ok)]
    empty = [hit for hit in hits[:k] if not any(_covered_places([hit], span, corpus) for span in spans)]
    return share(len(empty), len(hits[:k]))


def stale_first(case: Case, hits: Sequence[Hit], corpus: Corpus) -> Measure:
    """1 when the first passage is of an article whose report was superseded by then; lower is better."""
    if not case.stale:
        return not_applicable("nothing superseded")
    stale = {corpus.ids[span.article] for span in case.stale}
    return flag(bool(hits) and hits[0].passage.article_id in stale)


def _covers(hits: Sequence[Hit], group: Group, corpus: Corpus) -> bool:
    return any(len(_covered_places(hits, span, corpus)) >= COVERED * (span.end - span.start) for span in group.spans)


def _covered_places(hits: Sequence[Hit], span: GoldSpan, corpus: Corpus) -> set[int]:
    places: set[int] = set()
    for hit in hits:
        if hit.passage.article_id == corpus.ids.get(span.article):
            places.update(range(max(span.start, hit.passage.start), min(span.end, hit.passage.end)))
    return places
