"""Every formula against a value worked out by hand, and every metric against an answer sabotaged to fail it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from eval.cases import Case, Corpus, GoldSide, GoldSpan, Group, Nugget
from eval.controls import always_refuse, copy_top
from eval.metrics import measure_answer
from eval.metrics.citations import (
    citations_per_sentence,
    distinct_sources,
    gold_citation_precision,
    gold_citation_recall,
    stale_answer,
    unjudged_citations,
)
from eval.metrics.correctness import (
    answer_correct,
    conflict_flagged,
    copy_rate,
    exact_match,
    forbidden_said,
    nugget_recall,
    sides_presented,
    token_f1,
)
from eval.metrics.invariants import (
    citations_resolve,
    quote_altered,
    quote_exact,
    quote_fabricated,
    refusal_bare,
    sentences_cited,
)
from eval.metrics.refusal import (
    answered_unanswerable,
    false_refusal,
    refusal_precision,
    refusal_recall,
    refusal_score,
)
from eval.metrics.retrieval import (
    all_evidence,
    article_ndcg,
    distractor_share,
    evidence_recall,
    reciprocal_rank,
    stale_first,
)
from eval.metrics.support import check_sentences, measure_support, supported
from eval.words import content_words, norm, question_overlap
from qa.types import (
    Answer,
    Article,
    Citation,
    Disagreement,
    Hit,
    Passage,
    Quotation,
    Sentence,
    Side,
    place_sentences,
)

FLOOD = Article("a", "in/flood.txt", "The dam broke on Monday. Nine people died. Officials opened an inquiry.", ())
LATER = Article("b", "in/later.txt", "By Friday the toll was twelve. The mayor resigned.", ())
CORPUS = Corpus({"a": FLOOD, "b": LATER}, {"flood.txt": "a", "later.txt": "b"})


def span(article: Article, quote: str) -> GoldSpan:
    start = article.text.index(quote)
    return GoldSpan(article.source.removeprefix("in/"), start, start + len(quote), quote)


def hit(article: Article, start: int, end: int) -> Hit:
    return Hit(Passage(article.id, start, end, article.text[start:end]), 1.0)


def answer_of(*quotes: tuple[Article, str], question: str = "?") -> Answer:
    """An answer by quotation: each quote a sentence with its own citation."""
    citations = []
    for number, (article, quote) in enumerate(quotes, 1):
        start = article.text.index(quote)
        citations.append(Citation(number, Quotation(article.id, start, start + len(quote), quote)))
    sentences = [Sentence(citation.quotation.text, 0, 0, (citation.number,)) for citation in citations]
    return Answer(question, "answered", place_sentences(sentences), tuple(citations))


NINE, TWELVE = "Nine people died.", "By Friday the toll was twelve."
SINGLE = Case(
    id="s",
    split="dev",
    type="single",
    question="How many lives did the flood cost at first?",
    answerable=True,
    nuggets=(Nugget("n1", "nine", True, (r"\bnine\b",), "g1"),),
    must_not_say=(r"\bten\b",),
    evidence=(Group("g1", (span(FLOOD, NINE),), (span(FLOOD, "The dam broke on Monday."),)),),
)
CONFLICT = replace(
    SINGLE,
    id="c",
    type="conflict",
    nuggets=(Nugget("n1", "one side", True, (r"\bnine\b", r"\btwelve\b")),),
    must_not_say=(),
    evidence=(Group("g1", (span(FLOOD, NINE),)), Group("g2", (span(LATER, TWELVE),))),
    sides=(GoldSide((r"\bnine\b",), "g1"), GoldSide((r"\btwelve\b",), "g2")),
)
UNANSWERABLE = Case("u", "dev", "unanswerable", "Who built the dam?", False, "absent")
GOOD = answer_of((FLOOD, NINE))
REFUSAL = Answer("?", "refused")


# Words


def test_norm_straightens_typography_and_white_space():
    assert norm("It’s  “so”\n– ½") == 'It\'s "so" - 1⁄2'


def test_content_words_leave_out_stop_words_and_possessives():
    assert content_words("The dam’s 15,000 people, in the F-35") == {"dam", "15,000", "people", "f-35"}


def test_overlap_is_the_largest_jaccard():
    """{song, maduro, sing} and {maduro, sang, song} share 2 of 4 words: 0.5; the other quotation shares none."""
    assert question_overlap("Which song did Maduro sing?", ["Maduro sang a song", "It rained"]) == 0.5


# Retrieval


def test_evidence_recall_counts_groups_among_the_first_k():
    """Two groups; the first passage covers one, both together two: 1/2, then 2/2."""
    hits = [hit(FLOOD, 0, 42), hit(LATER, 0, 30)]
    assert evidence_recall(CONFLICT, hits, CORPUS, k=1).value == 0.5
    assert evidence_recall(CONFLICT, hits, CORPUS, k=5).value == 1.0


def test_a_span_needs_nine_tenths_of_its_characters():
    """ "Nine people died." is 17 characters from 25: up to 41 are 16/17 = .94, up to 40 are 15/17 = .88."""
    assert evidence_recall(SINGLE, [hit(FLOOD, 0, 41)], CORPUS, k=1).value == 1.0
    assert evidence_recall(SINGLE, [hit(FLOOD, 0, 40)], CORPUS, k=1).value == 0.0


def test_a_span_that_a_cut_divides_is_covered_by_both_halves():
    halves = [hit(FLOOD, 0, 30), hit(FLOOD, 30, 70)]
    assert evidence_recall(SINGLE, halves, CORPUS, k=1).value == 0.0
    assert evidence_recall(SINGLE, halves, CORPUS, k=3).value == 1.0
    assert reciprocal_rank(SINGLE, halves, CORPUS).value == 0.5


def test_the_same_characters_of_another_article_cover_nothing():
    assert evidence_recall(SINGLE, [hit(LATER, 0, 50)], CORPUS, k=1).value == 0.0


def test_reciprocal_rank_is_zero_when_nothing_covers():
    assert reciprocal_rank(SINGLE, [hit(LATER, 0, 50)], CORPUS).value == 0.0


def test_retrieval_does_not_apply_to_an_unanswerable_question():
    assert evidence_recall(UNANSWERABLE, [hit(FLOOD, 0, 42)], CORPUS, k=1).value is None


# Citations


def test_gold_citation_recall_is_by_group():
    """One of the two groups is cited: 1/2."""
    measure = gold_citation_recall(CONFLICT, GOOD, CORPUS)
    assert (measure.value, measure.numerator, measure.denominator) == (0.5, 1, 2)


def test_gold_citation_precision_accepts_what_is_also_ok():
    """Gold, also_ok and a stray sentence: 2/3; recall is 1, for the group is cited."""
    answer = answer_of((FLOOD, NINE), (FLOOD, "The dam broke on Monday."), (LATER, "The mayor resigned."))
    assert gold_citation_precision(SINGLE, answer, CORPUS).value == pytest.approx(2 / 3)
    assert gold_citation_recall(SINGLE, answer, CORPUS).value == 1.0


def test_also_ok_alone_proves_nothing():
    answer = answer_of((FLOOD, "The dam broke on Monday."))
    assert gold_citation_recall(SINGLE, answer, CORPUS).value == 0.0
    assert gold_citation_precision(SINGLE, answer, CORPUS).value == 1.0


def test_a_citation_must_share_half_of_the_shorter_one():
    """The gold sentence has 17 characters: 9 shared count, 8 do not."""
    assert gold_citation_recall(SINGLE, answer_of((FLOOD, FLOOD.text[0:34])), CORPUS).value == 1.0
    assert gold_citation_recall(SINGLE, answer_of((FLOOD, FLOOD.text[0:33])), CORPUS).value == 0.0


def test_an_answer_without_citations_scores_zero_not_one():
    bare = Answer("?", "answered", place_sentences([Sentence("Nine.", 0, 0, ())]))
    assert gold_citation_precision(SINGLE, bare, CORPUS).value == 0.0
    assert gold_citation_recall(SINGLE, bare, CORPUS).value == 0.0
    assert sentences_cited(bare).value == 0.0


def test_a_refusal_finds_no_gold_but_cites_nothing_wrong():
    assert gold_citation_recall(SINGLE, REFUSAL, CORPUS).value == 0.0
    assert gold_citation_precision(SINGLE, REFUSAL, CORPUS).value is None


def test_citing_the_wrong_article_is_caught():
    """Sabotage: the right characters are credited to the other article."""
    (citation,) = GOOD.citations
    wrong = replace(GOOD, citations=(replace(citation, quotation=replace(citation.quotation, article_id="b")),))
    assert gold_citation_recall(SINGLE, wrong, CORPUS).value == 0.0
    assert gold_citation_precision(SINGLE, wrong, CORPUS).value == 0.0
    assert quote_exact(wrong, CORPUS).value == 0.0


# Correctness


def test_correct_says_the_vital_nuggets_and_nothing_forbidden():
    assert answer_correct(SINGLE, GOOD, CORPUS).value == 1.0
    assert answer_correct(SINGLE, answer_of((LATER, TWELVE)), CORPUS).value == 0.0
    both = Answer("?", "answered", place_sentences([Sentence("Nine, or ten.", 0, 0, ())]))
    assert "ten" in answer_correct(SINGLE, both, CORPUS).reason
    assert answer_correct(SINGLE, both, CORPUS).value == 0.0


def test_what_is_said_after_eighty_words_comes_too_late():
    """The nugget is word 80 of one text and word 81 of the other."""
    in_time = Answer("?", "answered", place_sentences([Sentence("so " * 79 + "nine", 0, 0, ())]))
    late = Answer("?", "answered", place_sentences([Sentence("so " * 80 + "nine", 0, 0, ())]))
    assert (answer_correct(SINGLE, in_time, CORPUS).value, answer_correct(SINGLE, late, CORPUS).value) == (1.0, 0.0)


def test_correctness_of_a_refusal_and_of_an_unanswerable_question():
    assert answer_correct(SINGLE, REFUSAL, CORPUS).value == 0.0
    assert answer_correct(UNANSWERABLE, GOOD, CORPUS).value is None


def test_each_side_needs_its_own_citation():
    """Both values but one citation, of the first article: 1/2."""
    (citation,) = GOOD.citations
    stitched = replace(GOOD, sentences=place_sentences([Sentence("Nine or twelve died.", 0, 0, (citation.number,))]))
    assert sides_presented(CONFLICT, stitched, CORPUS).value == 0.5
    assert sides_presented(CONFLICT, answer_of((FLOOD, NINE), (LATER, TWELVE)), CORPUS).value == 1.0
    assert sides_presented(SINGLE, GOOD, CORPUS).value is None


def test_a_side_may_be_presented_as_a_disagreement():
    answer = answer_of((FLOOD, NINE), (LATER, TWELVE))
    shown = Disagreement("the toll", "conflict", (Side("Nine", (1,)), Side("twelve", (2,))))
    answer = replace(answer, sentences=answer.sentences[:1], disagreements=(shown,))
    assert sides_presented(CONFLICT, answer, CORPUS).value == 1.0
    dropped = replace(answer, disagreements=(replace(shown, sides=shown.sides[:1]),))
    assert sides_presented(CONFLICT, dropped, CORPUS).value == 0.5


def test_fully_good_needs_every_part():
    assert measure_answer(SINGLE, GOOD, CORPUS)["fully_good"].value == 1.0
    assert measure_answer(CONFLICT, GOOD, CORPUS)["fully_good"].value == 0.0  # one side is missing
    assert measure_answer(SINGLE, replace(GOOD, citations=()), CORPUS)["fully_good"].value == 0.0
    assert measure_answer(SINGLE, altered(GOOD), CORPUS)["fully_good"].value == 0.0
    assert measure_answer(UNANSWERABLE, REFUSAL, CORPUS)["fully_good"].value is None


# Refusal


def test_refusal_metrics_apply_where_they_mean_something():
    """Of a right refusal, a false one, a right answer and a dangerous one."""
    right, false = (UNANSWERABLE, REFUSAL), (SINGLE, REFUSAL)
    given, dangerous = (SINGLE, GOOD), (UNANSWERABLE, GOOD)
    pairs = (right, false, given, dangerous)
    assert [refusal_recall(*pair).value for pair in pairs] == [1.0, None, None, 0.0]
    assert [refusal_precision(*pair).value for pair in pairs] == [1.0, 0.0, None, None]
    assert [false_refusal(*pair).value for pair in pairs] == [None, 1.0, 0.0, None]
    assert [answered_unanswerable(*pair).value for pair in pairs] == [0.0, None, None, 1.0]
    assert [refusal_score(*pair, CORPUS).value for pair in pairs] == [1.0, 0.0, 1.0, -1.0]


def test_a_wrong_answer_costs_more_than_a_refusal():
    assert refusal_score(SINGLE, answer_of((LATER, TWELVE)), CORPUS).value == -1.0


# Invariants


def altered(answer: Answer) -> Answer:
    """One character of the first quotation is another."""
    first, *rest = answer.citations
    quotation = replace(first.quotation, text="M" + first.quotation.text[1:])
    return replace(answer, citations=(replace(first, quotation=quotation), *rest))


def test_one_changed_character_breaks_quote_exact():
    assert quote_exact(GOOD, CORPUS).value == 1.0
    assert quote_exact(altered(GOOD), CORPUS).value == 0.0
    assert quote_exact(REFUSAL, CORPUS).value is None


def test_the_nearest_passages_of_a_refusal_are_quotations_too():
    refusal = replace(REFUSAL, nearest=altered(GOOD).citations)
    assert quote_exact(refusal, CORPUS).value == 0.0


@pytest.mark.parametrize(
    "quotation", [Quotation("gone", 0, 4, "Nine"), Quotation("a", 60, 90, ""), Quotation("a", 5, 5, "")]
)
def test_a_citation_outside_every_article_does_not_resolve(quotation):
    """One of the two: the citation is lost, its mark in the sentence still has a citation."""
    lost = replace(GOOD, citations=(replace(GOOD.citations[0], quotation=quotation),))
    assert citations_resolve(lost, CORPUS).value == 0.5
    assert citations_resolve(GOOD, CORPUS).value == 1.0


def test_a_mark_without_citation_does_not_resolve():
    marked = replace(GOOD, sentences=place_sentences([replace(GOOD.sentences[0], citations=(1, 9))]))
    measure = citations_resolve(marked, CORPUS)
    assert measure.value == pytest.approx(2 / 3)
    assert "[9]" in measure.reason


def test_a_refusal_that_claims_something_is_caught():
    assert refusal_bare(REFUSAL).value == 1.0
    assert refusal_bare(replace(GOOD, status="refused")).value == 0.0
    assert refusal_bare(GOOD).value is None


def test_a_generated_number_must_stand_in_its_quotation():
    count = Article("n", "n.txt", "At least 1,500 people left.", ())
    answer = answer_of((count, count.text))
    said = [Sentence("1500 left.", 0, 0, (1,), generated=True), Sentence("1600 left.", 0, 0, (1,), generated=True)]
    assert check_sentences(replace(answer, sentences=place_sentences(said)), "number").value == 0.5
    assert check_sentences(answer, "number").value is None


# The parts of retrieval that need more than one fact or article


def test_all_evidence_is_all_or_nothing():
    """Both facts are needed: the first passage alone is 0, the two together are 1; one fact is never "all"."""
    hits = [hit(FLOOD, 0, 42), hit(LATER, 0, 30)]
    assert all_evidence(CONFLICT, hits[:1], CORPUS, k=5).value == 0.0
    assert all_evidence(CONFLICT, hits, CORPUS, k=5).value == 1.0
    assert all_evidence(CONFLICT, hits, CORPUS, k=1).value == 0.0
    assert all_evidence(SINGLE, hits, CORPUS, k=5).value is None


def test_ndcg_is_by_the_first_passage_of_each_article():
    """Gold in the second article only: 1/log2(3) = .631, however many passages the first one has before it."""
    hits = [hit(LATER, 0, 10), hit(LATER, 10, 30), hit(FLOOD, 0, 42)]
    assert article_ndcg(SINGLE, hits, CORPUS).value == pytest.approx(0.6309, abs=1e-4)
    assert article_ndcg(SINGLE, hits[::-1], CORPUS).value == 1.0
    assert article_ndcg(SINGLE, [], CORPUS).value == 0.0
    assert article_ndcg(CONFLICT, [hit(FLOOD, 0, 42)], CORPUS).value == pytest.approx(1 / (1 + 0.6309), abs=1e-4)
    assert article_ndcg(UNANSWERABLE, hits, CORPUS).value is None


def test_of_articles_that_prove_the_same_one_is_enough():
    """The fact stands in both: each alone is perfect, and the other one in between costs nothing."""
    either = replace(SINGLE, evidence=(Group("g1", (span(FLOOD, NINE), span(LATER, TWELVE))),))
    for hits in ([hit(FLOOD, 0, 42)], [hit(LATER, 0, 30)], [hit(LATER, 0, 30), hit(FLOOD, 0, 42)]):
        assert article_ndcg(either, hits, CORPUS).value == 1.0


def test_a_gold_article_shown_as_a_copy_is_found():
    """The first hit carries the gold article as its copy; without that, nothing gold would be found."""
    other = hit(LATER, 0, 30)
    assert article_ndcg(SINGLE, [other], CORPUS).value == 0.0
    assert article_ndcg(SINGLE, [replace(other, copies=("a",))], CORPUS).value == 1.0


def test_distractors_touch_no_gold():
    hits = [hit(FLOOD, 0, 42), hit(LATER, 0, 30), hit(FLOOD, 43, 70)]
    assert distractor_share(SINGLE, hits, CORPUS, k=5).value == pytest.approx(2 / 3)
    assert distractor_share(SINGLE, [], CORPUS, k=5).value is None  # 0 would be the best there is


SUPERSEDED = replace(
    SINGLE,
    id="d",
    type="date",
    nuggets=(Nugget("n1", "twelve", True, (r"\btwelve\b",), "g1"),),
    evidence=(Group("g1", (span(LATER, TWELVE),)),),
    stale=(span(FLOOD, NINE),),
)


def test_an_old_report_first_and_an_old_figure_told():
    assert stale_first(SUPERSEDED, [hit(FLOOD, 0, 42), hit(LATER, 0, 30)], CORPUS).value == 1.0
    assert stale_first(SUPERSEDED, [hit(LATER, 0, 30), hit(FLOOD, 0, 42)], CORPUS).value == 0.0
    assert stale_answer(SUPERSEDED, GOOD, CORPUS).value == 1.0
    assert stale_answer(SUPERSEDED, answer_of((FLOOD, NINE), (LATER, TWELVE)), CORPUS).value == 0.0
    assert stale_answer(SUPERSEDED, REFUSAL, CORPUS).value is None
    assert stale_answer(SINGLE, GOOD, CORPUS).value is None


def test_what_was_published_later_makes_an_answer_wrong():
    """Asked as of the 3rd, an article of the 5th may not be cited; as of the 5th it may."""
    corpus = Corpus({"a": replace(FLOOD, published=date(2026, 2, 5)), "b": LATER}, CORPUS.ids)
    early, late = (replace(SINGLE, as_of=date(2026, 2, day)) for day in (3, 5))
    assert answer_correct(early, GOOD, corpus).value == 0.0
    assert "published later" in answer_correct(early, GOOD, corpus).reason
    assert answer_correct(late, GOOD, corpus).value == 1.0


# More of what was cited


def test_unjudged_citations_are_of_correct_answers_only():
    beside = answer_of((FLOOD, NINE), (LATER, "The mayor resigned."))
    assert unjudged_citations(SINGLE, beside, CORPUS).value == 0.5
    assert unjudged_citations(SINGLE, answer_of((LATER, TWELVE)), CORPUS).value is None


def test_a_copy_is_no_second_source():
    copy = Article("c", "in/copy.txt", FLOOD.text, ())
    assert distinct_sources(answer_of((FLOOD, NINE), (copy, NINE))).value == 0.0
    assert distinct_sources(answer_of((FLOOD, NINE), (LATER, TWELVE))).value == 1.0
    assert distinct_sources(answer_of((FLOOD, NINE), (FLOOD, NINE))).value == 1.0
    assert distinct_sources(REFUSAL).value is None


def test_citations_per_sentence():
    answer = answer_of((FLOOD, NINE), (LATER, TWELVE))
    first = replace(answer.sentences[0], citations=(1, 2))
    assert citations_per_sentence(replace(answer, sentences=(first, answer.sentences[1]))).value == 1.5


# More of what was said


def test_nuggets_by_kind_and_place():
    """One of two vital nuggets in time, both in the end, two of three of all."""
    nuggets = (*SINGLE.nuggets, Nugget("n2", "ten", True, (r"\bten\b",)), Nugget("n3", "six", False, (r"\bsix\b",)))
    case = replace(SINGLE, nuggets=nuggets)
    answer = Answer("?", "answered", place_sentences([Sentence("nine " + "so " * 80 + "ten", 0, 0, ())]))
    assert nugget_recall(case, answer, vital=True, words=80).value == 0.5
    assert nugget_recall(case, answer, vital=True).value == 1.0
    assert nugget_recall(case, answer, vital=False).value == pytest.approx(2 / 3)
    assert nugget_recall(case, REFUSAL, vital=True).value == 0.0
    assert nugget_recall(UNANSWERABLE, GOOD, vital=True).value is None


def test_what_must_not_be_said():
    said = Answer("?", "answered", place_sentences([Sentence("Ten.", 0, 0, ())]))
    assert forbidden_said(SINGLE, said).value == 1.0
    assert forbidden_said(SINGLE, GOOD).value == 0.0
    assert forbidden_said(SINGLE, REFUSAL).value is None
    assert forbidden_said(UNANSWERABLE, said).value is None


def test_short_answers_are_what_is_emphasised():
    """The emphasis "Nine people" against "nine": F1 2·1/(2+1) = 2/3; without the article "the", "The nine" is exact."""
    case = replace(SINGLE, short=("nine", "9"))
    stressed = replace(GOOD, sentences=(replace(GOOD.sentences[0], emphasis=((0, 11),)),))
    assert token_f1(case, stressed).value == pytest.approx(2 / 3)
    assert exact_match(case, stressed).value == 0.0
    whole = Answer("?", "answered", place_sentences([Sentence("The “nine”.", 0, 0, ())]))
    assert (exact_match(case, whole).value, token_f1(case, whole).value) == (1.0, 1.0)
    assert (exact_match(case, REFUSAL).value, token_f1(case, REFUSAL).value) == (0.0, 0.0)
    assert token_f1(SINGLE, GOOD).value is None


def test_a_conflict_is_flagged_or_not():
    answer = answer_of((FLOOD, NINE), (LATER, TWELVE))
    shown = Disagreement("the toll", "conflict", (Side("Nine", (1,)), Side("twelve", (2,))))
    assert conflict_flagged(CONFLICT, answer).value == 0.0
    assert conflict_flagged(CONFLICT, replace(answer, disagreements=(shown,))).value == 1.0
    assert conflict_flagged(CONFLICT, REFUSAL).value is None


def test_copy_rate_counts_words_in_long_runs():
    """Of ten words the first eight are a run of the source; seven in a row are none."""
    source = Article("s", "s.txt", "one two three four five six seven eight nine ten", ())
    hits = [hit(source, 0, len(source.text))]
    said = Answer("?", "answered", place_sentences([Sentence("one two three four five six seven eight x y", 0, 0, ())]))
    assert copy_rate(said, hits).value == 0.8
    less = Answer("?", "answered", place_sentences([Sentence("one two three four five six seven x y z", 0, 0, ())]))
    assert copy_rate(less, hits).value == 0.0
    assert copy_rate(REFUSAL, hits).value is None


# Support by the judge


def generated(answer: Answer, *texts: str, citations: tuple[int, ...] = (1,)) -> Answer:
    sentences = [Sentence(text, 0, 0, citations, generated=True) for text in texts]
    return replace(answer, sentences=place_sentences(sentences))


def test_a_quotation_supports_itself():
    measures = measure_support(GOOD, [hit(FLOOD, 0, 42)], CORPUS)
    assert (measures["citation_recall"].value, measures["citation_precision"].value) == (1.0, 1.0)
    assert (measures["support_any"].value, measures["misattribution"].value) == (1.0, 0.0)


def test_the_citation_of_another_sentence_is_a_misattribution():
    """Both sentences are supported by what was found, neither by what it cites."""
    answer = answer_of((FLOOD, NINE), (LATER, TWELVE))
    first, second = answer.sentences
    swapped = replace(answer, sentences=(replace(first, citations=(2,)), replace(second, citations=(1,))))
    measures = measure_support(swapped, [hit(FLOOD, 0, 42), hit(LATER, 0, 30)], CORPUS)
    assert (measures["citation_recall"].value, measures["misattribution"].value) == (0.0, 1.0)
    assert measures["citation_precision"].value == 0.0
    assert measures["support_any"].value == 1.0


def test_a_made_up_quotation_supports_nothing():
    """The sentence stands in the quotation, and not where the quotation says it is from."""
    (citation,) = GOOD.citations
    text = "Ninety people died."
    made_up = replace(citation, quotation=replace(citation.quotation, text=text))
    false = replace(GOOD, sentences=place_sentences([Sentence(text, 0, 0, (1,))]), citations=(made_up,))
    measures = measure_support(false, [], CORPUS)
    assert (measures["citation_recall"].value, measures["citation_precision"].value) == (0.0, 0.0)


def test_a_citation_that_is_not_needed_costs_precision():
    answer = answer_of((FLOOD, NINE), (LATER, "The mayor resigned."))
    padded = replace(answer, sentences=(replace(answer.sentences[0], citations=(1, 2)),))
    measures = measure_support(padded, [], CORPUS)
    assert (measures["citation_recall"].value, measures["citation_precision"].value) == (1.0, 0.5)


def test_a_citation_that_leads_nowhere_counts_against_precision():
    marked = replace(GOOD, sentences=place_sentences([replace(GOOD.sentences[0], citations=(1, 9))]))
    assert measure_support(marked, [], CORPUS)["citation_precision"].value == 0.5


def test_support_of_a_refusal_and_of_nothing():
    assert {measure.value for measure in measure_support(REFUSAL, [], CORPUS).values()} == {None}
    empty = measure_support(Answer("?", "answered"), [], CORPUS)
    assert (empty["citation_recall"].value, empty["citation_precision"].value) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("metric", "right", "wrong"),
    [
        ("numbers_cited", "Nine people died.", "Ten people died."),
        ("names_cited", "The dam broke on Monday.", "The Kestrava dam broke on Monday."),
        ("polarity_cited", "The dam broke on Monday.", "The dam did not break on Monday."),
    ],
)
def test_what_is_written_must_stand_in_what_it_cites(metric, right, wrong):
    whole = answer_of((FLOOD, FLOOD.text))
    assert measure_support(generated(whole, right), [], CORPUS)[metric].value == 1.0
    assert measure_support(generated(whole, right, wrong), [], CORPUS)[metric].value == 0.5
    assert measure_support(generated(whole, right, citations=()), [], CORPUS)[metric].value == 0.0
    assert measure_answer(SINGLE, generated(whole, NINE, wrong), CORPUS)["fully_good"].value == 0.0


# Nearly exact quotations


def test_a_quotation_is_exact_or_altered_or_made_up():
    text = "We opened the gates at noon because the water had risen by two metres since the morning."
    speech = Article("q", "q.txt", f"{text} Nobody was hurt.", ())
    corpus = Corpus({"q": speech}, {"q.txt": "q"})
    good = answer_of((speech, text))
    assert (quote_altered(good, corpus).value, quote_fabricated(good, corpus).value) == (0.0, 0.0)
    slip = altered(good)
    assert (quote_altered(slip, corpus).value, quote_fabricated(slip, corpus).value) == (1.0, 0.0)
    invented = replace(good.citations[0].quotation, text="The engineers had been asleep and opened nothing at all.")
    false = replace(good, citations=(replace(good.citations[0], quotation=invented),))
    assert (quote_altered(false, corpus).value, quote_fabricated(false, corpus).value) == (0.0, 1.0)


# Controls


def test_copying_the_top_passage_is_faithful_and_not_correct():
    """The first two sentences of the passage: all exact, and the toll of the question is not among them."""
    answer = copy_top("?", [hit(LATER, 0, 50)])
    assert [sentence.text for sentence in answer.sentences] == [TWELVE, "The mayor resigned."]
    measures = measure_answer(SINGLE, answer, CORPUS)
    assert (measures["quote_exact"].value, measures["answer_correct"].value) == (1.0, 0.0)


def test_refusing_everything_is_safe_and_useless():
    """Refuse all: no dangerous answer, every answerable question refused, score 0 there."""
    answer = always_refuse("?", [])
    assert measure_answer(UNANSWERABLE, answer, CORPUS)["answered_unanswerable"].value == 0.0
    measures = measure_answer(SINGLE, answer, CORPUS)
    assert (measures["false_refusal"].value, measures["refusal_score"].value) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("sentence", "source"),
    [("It cost 5", "It cost 50 dollars."), ("He will", "He will not go."), ("", "He will not go.")],
    ids=["half a number", "cut off before a not", "nothing"],
)
def test_letters_in_a_row_are_not_yet_a_quotation(sentence, source):
    assert not supported(sentence, [source])
    assert supported(source, [f"Before. {source} After."])
