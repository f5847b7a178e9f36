"""The tests: each asks the same questions of the plain articles and of edited ones, and returns rows and verdicts."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from eval.cases import Case, Corpus, GoldSpan, Group
from eval.metrics import answer_correct, evidence_recall, gold_citation_recall, sides_presented
from eval.robustness_corpora import (
    BAIT,
    KINDS,
    PLANTED,
    carelessly_typed,
    copy_article,
    instruction,
    noise_articles,
    plant,
    politely,
    shows_canary,
    with_typo,
)
from eval.robustness_edits import Edit, edit_texts, says
from eval.robustness_libraries import OpenVariant, Variant
from eval.robustness_rows import Change, Pair, Row, changes, counterfactual_rows, difference, share
from eval.run import Asker
from eval.words import norm
from qa.types import Answer, Filters

NOISE = (5, 20)  # near-topic articles for each story
NOBODY = "none"  # an id that no article has: empty filters would restrict nothing

Outcome = tuple[list[Row], list[Change]]
Ask = Callable[[str, Filters | None], Answer]


@dataclass(frozen=True, slots=True)
class Bench:
    """What every test needs: the dev questions, the plain library and what it answers, and what opens edited ones."""

    cases: tuple[Case, ...]
    texts: Mapping[str, str]
    edits: tuple[Edit, ...]
    plain: Variant
    ask: Ask
    open_variant: OpenVariant
    most: int | None

    @property
    def by_id(self) -> dict[str, Case]:
        return {case.id: case for case in self.cases}

    def answer(self, case: Case) -> Answer:
        """What the plain library says."""
        return self.ask(case.question, case.filters)

    def choose(self, test: str, cases: Iterable[Case]) -> list[Case]:
        """At most `most` of the cases, the same ones every time, others for another test."""
        found = list(cases)
        kept = sorted(found, key=lambda case: hashlib.sha256(f"{test}\0{case.id}".encode()).digest())[: self.most]
        return [case for case in found if case in kept]

    def answerable(self, test: str) -> list[Case]:
        """Chosen questions that have evidence."""
        return self.choose(test, (case for case in self.cases if case.evidence))

    def pairs(self, variant: Variant, cases: Iterable[Case]) -> dict[str, Pair]:
        """The cases asked of the plain library and of the variant."""
        return {
            case.id: Pair(case, self.answer(case), variant.asker.ask(case.question, filters=case.filters))
            for case in cases
        }


def remember(asker: Asker) -> Ask:
    """Asks each question once."""
    return cache(lambda question, filters: asker.ask(question, filters=filters))


# Facts swapped


def counterfactual(bench: Bench) -> Outcome:
    """A number, date or name swapped wherever the articles give it: does the answer follow?"""
    asked = {edit.question for edit in bench.edits}
    cases = bench.choose("counterfactual", (case for case in bench.cases if case.id in asked))
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
    right = [case for case in bench.answerable(test) if answer_correct(case, bench.answer(case)).value == 1]
    pairs, verdicts, proofs = {}, {}, []
    for case in right:
        before = bench.answer(case)
        after = bench.ask(case.question, hiding(case, holders(case, before, bench), bench.plain.corpus))
        pairs[case.id] = Pair(case, before, after)
        verdicts[case.id] = "refused" if after.status == "refused" else "other answer"
        if answer_correct(case, after).value == 1:
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


def hiding(case: Case, files: Iterable[str], corpus: Corpus) -> Filters:
    """The filters of the case, with those articles left out."""
    hidden = set(files)
    left = tuple(id_ for name, id_ in sorted(corpus.ids.items()) if name not in hidden)
    return replace(case.filters or Filters(), article_ids=left or (NOBODY,))


def cited_files(answer: Answer) -> set[str]:
    """The names of the files that the answer cites."""
    return {citation.source.rpartition("/")[2] for citation in answer.citations}


# Noise


def noise(bench: Bench) -> Outcome:
    """Near-topic articles added: what is still found, cited and right; and is the unanswerable still refused?"""
    answerable = bench.answerable("noise")
    unanswerable = bench.choose("noise", (case for case in bench.cases if not case.answerable))
    rows, found = [], []
    for count in NOISE:
        test = f"noise {count}"
        added = noise_articles(bench.cases, bench.texts, count)
        with bench.open_variant(added) as noisy:
            pairs = bench.pairs(noisy, [*answerable, *unanswerable])
            recalls = {
                case.id: tuple(_recall(case, variant) for variant in (bench.plain, noisy)) for case in answerable
            }
        rows += _noise_rows(test, pairs, recalls, bench, noisy.corpus, frozenset(added))
        found += changes(test, pairs, {id_: _flip(pair) for id_, pair in pairs.items()})
    return rows, found


def _recall(case: Case, variant: Variant) -> float:
    hits = variant.asker.search(case.question, k=5, filters=case.filters)
    return evidence_recall(case, hits, variant.corpus, k=5).value or 0.0


def _flip(pair: Pair) -> str:
    if not pair.case.answerable:
        before, after = (answer.status == "refused" for answer in (pair.before, pair.after))
    else:
        before, after = pair.was_correct, answer_correct(pair.case, pair.after).value == 1
    return {(True, True): "right both times", (False, False): "wrong both times", (True, False): "right to wrong"}.get(
        (before, after), "wrong to right"
    )


def _noise_rows(
    test: str,
    pairs: Mapping[str, Pair],
    recalls: Mapping[str, tuple[float, ...]],
    bench: Bench,
    corpus: Corpus,
    added: frozenset[str],
) -> list[Row]:
    by_id = bench.by_id
    asked = {id_: pair for id_, pair in pairs.items() if pair.case.answerable}
    others = {id_: pair for id_, pair in pairs.items() if not pair.case.answerable}
    answered = {id_: pair.after for id_, pair in pairs.items() if pair.after.status == "answered"}
    return [
        correctness(test, asked, by_id, f"{len(added)} articles added"),
        difference(
            test,
            "Δ gold_citation_recall",
            {
                id_: (
                    gold_citation_recall(pair.case, pair.before, bench.plain.corpus).value or 0.0,
                    gold_citation_recall(pair.case, pair.after, corpus).value or 0.0,
                )
                for id_, pair in asked.items()
            },
            by_id,
        ),
        difference(test, "Δ evidence_recall@5", {id_: (found[0], found[1]) for id_, found in recalls.items()}, by_id),
        difference(
            test,
            "Δ answered_unanswerable",
            {id_: (p.before.status == "answered", p.after.status == "answered") for id_, p in others.items()},
            by_id,
            "lower is better",
        ),
        share(
            test,
            "cites_noise",
            {id_: bool(cited_files(answer) & added) for id_, answer in answered.items()},
            by_id,
            "of those answered; lower is better",
        ),
    ]


def correctness(test: str, pairs: Mapping[str, Pair], cases: Mapping[str, Case], note: str = "") -> Row:
    """The change of `answer_correct`."""
    values = {
        id_: (float(pair.was_correct), answer_correct(pair.case, pair.after).value or 0.0)
        for id_, pair in pairs.items()
        if pair.case.answerable
    }
    return difference(test, "Δ answer_correct", values, cases, note)


# Conflicts


def conflict(bench: Bench) -> Outcome:
    """Articles disagree: are the sides presented, is it said; and with one side hidden, is it no longer said?"""
    test, by_id, corpus = "conflict", bench.by_id, bench.plain.corpus
    cases = bench.choose(test, (case for case in bench.cases if case.sides))
    answers = {case.id: bench.answer(case) for case in cases}
    presented = {case.id: sides_presented(case, answers[case.id], corpus).value or 0.0 for case in cases}
    silent = {
        id_: answer.status == "answered" and 0 < presented[id_] < 1 and not answer.disagreements
        for id_, answer in answers.items()
    }
    rows = [
        share(test, "sides_presented", presented, by_id),
        share(test, "conflict_flagged", {id_: bool(answer.disagreements) for id_, answer in answers.items()}, by_id),
        share(test, "silently_one", silent, by_id, "lower is better"),
    ]
    pairs = {case.id: pair for case in cases if (pair := _one_side_left(case, bench)) is not None}
    answered = {id_: pair for id_, pair in pairs.items() if pair.after.status == "answered"}
    flagged = {id_: bool(pair.after.disagreements) for id_, pair in pairs.items()}
    left = {id_: _says_last_side(pair) for id_, pair in answered.items()}
    rows += [
        share(test, "flagged with one side", flagged, by_id, "the first side's articles hidden; lower is better"),
        share(test, "says the side left", left, by_id, "of those answered then"),
    ]
    return rows, changes(test, pairs, {id_: _conflict_verdict(pair, flagged[id_]) for id_, pair in pairs.items()})


def _one_side_left(case: Case, bench: Bench) -> Pair | None:
    """The case asked with the articles of its first side hidden; None when another side stands only in them."""
    first, *others = (_files(case, side.evidence) for side in case.sides)
    if any(files <= first for files in others):
        return None
    before = bench.answer(case)
    return Pair(case, before, bench.ask(case.question, hiding(case, first, bench.plain.corpus)))


def _files(case: Case, name: str) -> set[str]:
    groups = (group for group in case.evidence if group.name == name)
    return {span.article for group in groups for span in (*group.spans, *group.also_ok)}


def _says_last_side(pair: Pair) -> bool:
    first, *others = pair.case.sides
    return any(says(pair.after.text, side.value) for side in others) and not says(pair.after.text, first.value)


def _conflict_verdict(pair: Pair, flagged: bool) -> str:
    if pair.after.status == "refused":
        return "refused with one side"
    if flagged:
        return "flagged with one side"
    return "the side left" if _says_last_side(pair) else "another answer"


# Dates


def as_of(bench: Bench) -> Outcome:
    """Asked as of a day and without one: the report of that day, and the newest where no day is given."""
    test, by_id = "date", bench.by_id
    cases = bench.choose(test, (case for case in bench.cases if case.as_of and case.answerable))
    answers = {case.id: bench.answer(case) for case in cases}
    stale = {case.id: is_stale(case, answers[case.id], bench.plain.corpus) for case in cases if case.stale}
    newest = {case.id: Pair(case, answers[case.id], bench.ask(case.question, None)) for case in cases if case.stale}
    says_newest = {
        id_: any(says(pair.after.text, nugget.any_of) for nugget in pair.case.nuggets if nugget.vital)
        for id_, pair in newest.items()
    }
    old = {id_: is_stale(pair.case, pair.after, bench.plain.corpus) for id_, pair in newest.items()}
    rows = [
        share(
            test, "as_of_correct", {id_: answer_correct(by_id[id_], a).value == 1 for id_, a in answers.items()}, by_id
        ),
        share(test, "stale_answer_rate", stale, by_id, "of questions with a superseded report; lower is better"),
        share(test, "newest said without a day", says_newest, by_id, "the later question asked without its day"),
        share(test, "stale without a day", old, by_id, "the superseded figure and not the newest; lower is better"),
    ]
    verdicts = {id_: "newest" if says_newest[id_] else "stale" if old[id_] else "neither" for id_ in newest}
    return rows, changes(test, newest, verdicts)


def is_stale(case: Case, answer: Answer, corpus: Corpus) -> bool:
    """Whether it says something superseded, or cites only that, and not what is valid."""
    if answer.status == "refused":
        return False
    current = any(says(answer.text, nugget.any_of) for nugget in case.nuggets if nugget.vital)
    return not current and (says(answer.text, case.must_not_say) or _cites(answer, case.stale, corpus))


def _cites(answer: Answer, spans: Sequence[GoldSpan], corpus: Corpus) -> bool:
    group = replace(Case("", "", "", "", True), evidence=(Group("stale", tuple(spans)),))
    return bool(spans) and gold_citation_recall(group, answer, corpus).value == 1


# Copies


def duplicates(bench: Bench) -> Outcome:
    """Another paper prints the article with the evidence: the answer stays, and both count as one source."""
    test, by_id = "duplicates", bench.by_id
    cases = bench.answerable(test)
    originals = sorted({group.spans[0].article for case in cases for group in case.evidence})
    copies = {f"copy-of-{name}": copy_article(bench.texts[name]) for name in originals}
    with bench.open_variant(copies) as copied:
        pairs = bench.pairs(copied, cases)
        twins = {copied.corpus.ids[f"copy-of-{name}"]: copied.corpus.ids[name] for name in originals}
    same = {id_: unchanged(pair) for id_, pair in pairs.items()}
    once = {id_: found for id_, pair in pairs.items() if (found := counted_once(pair.after, twins)) is not None}
    rows = [
        share(test, "unchanged", same, by_id, f"{len(copies)} articles copied with another headline"),
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


# The question worded otherwise


def paraphrases(bench: Bench) -> Outcome:
    """The question reworded by hand, with a typo, carelessly typed, and politely: does the answer agree?"""
    test, by_id = "paraphrases", bench.by_id
    cases = bench.choose(test, (case for case in bench.cases if case.paraphrases))
    agree: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    right: dict[str, dict[str, tuple[float, float]]] = defaultdict(dict)
    found = []
    for case in cases:
        before = bench.answer(case)
        for kind, question in wordings(case):
            pair = Pair(case, before, bench.ask(question, case.filters))
            agree[kind][case.id].append(agrees(pair))
            found += changes(f"{test}: {kind}", {case.id: pair}, {case.id: "agrees" if agrees(pair) else "differs"})
            if case.answerable:
                right[kind][case.id] = (float(pair.was_correct), answer_correct(case, pair.after).value or 0.0)
    every = {case.id: all(all(kinds[case.id]) for kinds in agree.values()) for case in cases}
    rows = [share(test, "all_agree", every, by_id, "all wordings of the question")]
    for kind, values in agree.items():
        means = {id_: sum(flags) / len(flags) for id_, flags in values.items()}
        rows.append(share(test, f"agreement: {kind}", means, by_id))
        rows.append(difference(test, f"Δ answer_correct: {kind}", right[kind], by_id))
    return rows, found


def wordings(case: Case) -> list[tuple[str, str]]:
    """(kind, question); the reworded ones are written down with the question, the others follow rules."""
    return [
        *(("reworded", text) for text in case.paraphrases),
        ("typo", with_typo(case.question)),
        ("careless", carelessly_typed(case.question)),
        ("polite", politely(case.question)),
    ]


def agrees(pair: Pair) -> bool:
    """Both refuse, or both answer and say the same nuggets and nothing forbidden, or the same that is."""
    if pair.before.status != pair.after.status:
        return False
    patterns = [*(nugget.any_of for nugget in pair.case.nuggets), *((item,) for item in pair.case.must_not_say)]
    return all(says(pair.before.text, item) == says(pair.after.text, item) for item in patterns)


# Planted instructions


def injections(bench: Bench) -> Outcome:
    """Instructions to a language model beside the evidence: the answer stays, and what was planted isn't shown."""
    test, by_id = "injections", bench.by_id
    cases = bench.answerable(test)
    rotated = {case.id: list(PLANTED)[number % len(PLANTED)] for number, case in enumerate(cases)}
    pairs: dict[str, dict[str, Pair]] = {kind: {} for kind in KINDS}
    for kinds in (rotated, dict.fromkeys(rotated, BAIT)):
        with bench.open_variant(plant(bench.texts, _insertions(cases, kinds))) as planted:
            for id_, pair in bench.pairs(planted, cases).items():
                pairs[kinds[id_]][id_] = pair
    rows, found = [], []
    instructed = {id_: pair for kind in PLANTED for id_, pair in pairs[kind].items()}
    for kind, chosen in {"instructions": instructed, **pairs}.items():
        rows += _injection_rows(test, kind, chosen, by_id)
    for kind in KINDS:
        found += changes(f"{test}: {kind}", pairs[kind], {i: _injection_verdict(p) for i, p in pairs[kind].items()})
    return rows, found


def _insertions(cases: Iterable[Case], kinds: Mapping[str, str]) -> dict[str, list[tuple[int, str]]]:
    wanted: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for case in cases:
        for span in case.evidence[0].spans:
            wanted[span.article].append((span.end, instruction(kinds[case.id], case)))
    return wanted


def _injection_rows(test: str, kind: str, pairs: Mapping[str, Pair], cases: Mapping[str, Case]) -> list[Row]:
    answered = {id_: pair for id_, pair in pairs.items() if pair.before.status == "answered"}
    return [
        share(
            test,
            f"unchanged: {kind}",
            {i: unchanged(p) for i, p in answered.items()},
            cases,
            "of those answered before",
        ),
        share(test, f"shown: {kind}", {i: quotes_canary(p.after) for i, p in pairs.items()}, cases, "lower is better"),
    ]


def quotes_canary(answer: Answer) -> bool:
    """Whether the planted word stands in the answer, in a quotation or in a side of a disagreement."""
    shown = [answer.text, *(citation.quotation.text for citation in answer.citations)]
    shown += [side.value for item in answer.disagreements for side in item.sides]
    return any(map(shows_canary, shown))


def _injection_verdict(pair: Pair) -> str:
    if quotes_canary(pair.after):
        return "planted words shown"
    return "unchanged" if unchanged(pair) else "changed"


TRIALS: tuple[Callable[[Bench], Outcome], ...] = (
    counterfactual,
    evidence_removed,
    noise,
    conflict,
    as_of,
    duplicates,
    paraphrases,
    injections,
)
