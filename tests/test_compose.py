"""An answer by quotation: verbatim, cited, several sentences where several answer, both sides when articles differ."""

from __future__ import annotations

from datetime import date

import pytest

from qa.compose import AFTER, Composition, compose_answer, decide, nearest_passages, needed_quotations
from qa.english.questions import understand
from qa.evidence import Candidate
from qa.types import Article, Hit, Passage, Quotation


def terms(text: str) -> list[str]:
    """Lower-case words without a final s: "boats" -> "boat"."""
    return [word.strip(".,?").lower().rstrip("s") for word in text.split()]


def article(id: str, text: str, published: date | None = None) -> Article:
    return Article(id, f"{id}.txt", text, ((0, len(text)),), title=id.upper(), published=published)


def candidate(article: Article, sentence: str, answer: str, score: float) -> Candidate:
    start = article.text.index(sentence)
    quotation = Quotation(article.id, start, start + len(sentence), sentence)
    at = sentence.index(answer)
    hit = Hit(Passage(article.id, 0, len(article.text), article.text), 0.5)
    return Candidate(quotation, hit, (at, at + len(answer)), score, margin=score, relevance=score)


def compose(question: str, *candidates: Candidate, articles: tuple[Article, ...], most: int = 3) -> Composition:
    known = {article.id: article for article in articles}
    asked = understand(question)
    ranked = sorted(candidates, key=lambda item: -item.score)
    return compose_answer(asked, decide(asked, ranked, articles=known, terms=terms), articles=known, most=most)


def texts(made: Composition) -> list[str]:
    return [sentence.text for sentence in made.sentences]


SANK = "Navy ships sank nine speedboats in March."
A = article("a", f"Some words first. {SANK} The weather was fine.")
LATER = "At least 21 fishing boats were sunk by ships."
B = article("b", f"{LATER} Nobody was hurt.")


def test_answer_is_the_quotation_with_its_offsets() -> None:
    made = compose("What sank the speedboats?", candidate(A, SANK, "Navy ships", 2.0), articles=(A,))
    (sentence,), (citation,) = made.sentences, made.citations
    assert sentence.text == citation.quotation.text == A.text[citation.quotation.start : citation.quotation.end]
    assert (sentence.citations, citation.number, citation.title) == ((1,), 1, "A")
    assert citation.score == pytest.approx(0.88, abs=0.01)  # the logistic function of 2
    assert [sentence.text[slice(*span)] for span in sentence.emphasis] == ["Navy ships"]
    assert not sentence.generated


def test_a_fact_is_one_sentence_and_a_list_takes_what_is_nearly_as_probable() -> None:
    one = candidate(A, SANK, "speedboats", 3.0)
    near, far = candidate(B, LATER, "fishing boats", 2.0), candidate(A, "The weather was fine.", "fine", 0.5)
    assert texts(compose("What was sunk in March?", one, near, far, articles=(A, B))) == [SANK]
    assert texts(compose("Which vessels were sunk?", one, near, far, articles=(A, B))) == [SANK, LATER]
    assert texts(compose("Which vessels were sunk?", one, near, articles=(A, B), most=1)) == [SANK]


def test_sentences_of_one_article_stand_in_its_order() -> None:
    text = article("c", "The council asked for a bridge. It rained. The council asked for a school.")
    first, last = "The council asked for a bridge.", "The council asked for a school."
    made = compose(
        "What did the council request?",
        candidate(text, last, "a school", 3.0),
        candidate(text, first, "a bridge", 2.5),
        articles=(text,),
    )
    assert texts(made) == [first, last]


def test_the_value_of_several_articles_beats_the_single_best_span() -> None:
    """Two articles at 1.5 are as strong as one at 1.5 + log 2 = 2.19."""
    c = article("c", "In all 30 boats were lost.")
    d = article("d", "The minister spoke of thirty boats.")
    alone = candidate(A, SANK, "nine", 2.0)
    others = [candidate(c, c.text, "30", 1.5), candidate(d, d.text, "thirty", 1.5)]
    known = {"a": A, "c": c, "d": d}
    decision = decide(understand("How many boats?"), [alone, *others], articles=known, terms=terms)
    assert decision.lead.candidate == others[0]


def test_one_article_that_repeats_itself_is_one_voice() -> None:
    twice = article("c", "In all 30 boats were lost. Of 30 boats nothing is left.")
    alone = candidate(A, SANK, "nine", 2.0)
    same = [candidate(twice, s, "30", 1.5) for s in ("In all 30 boats were lost.", "Of 30 boats nothing is left.")]
    known = {"a": A, "c": twice}
    assert decide(understand("How many boats?"), [alone, *same], articles=known, terms=terms).lead.candidate == alone


def test_figures_that_differ_are_two_sides() -> None:
    """Nine and "at least 21" can't both be true; both sentences are quoted, their figures emphasised."""
    one, other = candidate(A, SANK, "nine", 3.0), candidate(B, LATER, "21", 0.5)
    made = compose("How many boats were sunk?", one, other, articles=(A, B))
    (disagreement,) = made.disagreements
    assert (disagreement.about, disagreement.kind) == ("how many boats", "undated")
    assert [(side.value, side.citations) for side in disagreement.sides] == [("nine", (1,)), ("At least 21", (2,))]
    assert [s.text[slice(*s.emphasis[0])] for s in made.sentences] == ["nine", "At least 21"]


def test_number_is_the_one_that_counts_what_was_asked() -> None:
    """The reader marked the dead; boats were asked for, and "at least 21" of them are in the sentence."""
    sentence = "The navy took out at least 21 boats, killing 83 people."
    c = article("c", sentence)
    made = compose("How many boats were sunk?", candidate(c, sentence, "83", 3.0), articles=(c,))
    assert [s.text[slice(*s.emphasis[0])] for s in made.sentences] == ["at least 21"]
    made = compose("How many planes were lost?", candidate(c, sentence, "83", 3.0), articles=(c,))
    assert [s.text[slice(*s.emphasis[0])] for s in made.sentences] == ["83"]


def test_another_side_is_no_rival() -> None:
    one, other = candidate(A, SANK, "nine", 3.0), candidate(B, LATER, "21", 2.5)
    fine = candidate(A, "The weather was fine.", "fine", 1.0)
    decision = decide(
        understand("How many boats were sunk?"), [one, other, fine], articles={"a": A, "b": B}, terms=terms
    )
    assert decision.rivals([one, other, fine]) == [[one, fine], [other, fine]]


@pytest.mark.parametrize(("days", "kind"), [((1, 1), "conflict"), ((1, 4), "update"), ((4, 1), "update")])
def test_dates_tell_an_update_from_a_conflict(days: tuple[int, int], kind: str) -> None:
    """Sides come in the order of their dates."""
    a, b = (article(old.id, old.text, date(2025, 11, day)) for old, day in zip((A, B), days, strict=True))
    made = compose(
        "How many boats were sunk?", candidate(a, SANK, "nine", 3.0), candidate(b, LATER, "21", 2.0), articles=(a, b)
    )
    (disagreement,) = made.disagreements
    assert disagreement.kind == kind
    assert [side.value for side in disagreement.sides] == (
        ["nine", "At least 21"] if days[0] <= days[1] else ["At least 21", "nine"]
    )


@pytest.mark.parametrize(
    ("other", "answer"),
    [
        ("At least 8 fishing boats were sunk by ships.", "8"),  # can be nine
        ("About 9 boats were sunk.", "9"),
        ("It sank 21 lorries.", "21"),  # counts something else
        ("In 2021 boats were rare.", "2021"),
        ("Nobody knows which boats were sunk.", "Nobody"),
    ],
)
def test_figures_that_agree_or_count_otherwise_are_no_disagreement(other: str, answer: str) -> None:
    b = article("b", other)
    one = candidate(A, SANK, "nine", 3.0)
    made = compose("How many boats were sunk?", one, candidate(b, other, answer, 2.5), articles=(A, b))
    assert made.disagreements == ()


def test_a_span_far_behind_is_no_side() -> None:
    one, other = candidate(A, SANK, "nine", 3.0), candidate(B, LATER, "21", -2.0)
    assert compose("How many boats were sunk?", one, other, articles=(A, B)).disagreements == ()


def test_article_whose_best_span_says_something_else_is_no_side() -> None:
    one = candidate(A, SANK, "nine", 3.0)
    about_harm, count = candidate(B, "Nobody was hurt.", "Nobody", 2.5), candidate(B, LATER, "21", 2.0)
    assert compose("How many boats were sunk?", one, about_harm, count, articles=(A, B)).disagreements == ()


def test_article_on_another_event_is_no_side() -> None:
    """It lacks the name that the question has, or two more of its words."""
    a = article("a", "Nine boats of the Amorella line were sunk.")
    c = article("c", "At Rio 86 boats were sunk.")
    one, other = candidate(a, a.text, "Nine", 3.0), candidate(c, c.text, "86", 2.5)
    assert compose("How many boats of the Amorella were sunk?", one, other, articles=(a, c)).disagreements == ()
    assert compose("How many boats were sunk?", one, other, articles=(a, c)).disagreements


def test_names_that_differ_are_no_disagreement() -> None:
    c = article("c", "Captain Ellis sank the boats.")
    one, other = candidate(A, SANK, "Navy ships", 3.0), candidate(c, c.text, "Captain Ellis", 2.5)
    assert compose("Who sank the boats?", one, other, articles=(A, c)).disagreements == ()


def test_a_pronoun_brings_the_sentence_that_names_whom_it_means() -> None:
    c = article("c", "Maud Oakenshaw owns the bakery. She gives away what is left at noon.")
    made = compose(
        "Who gives bread away?", candidate(c, "She gives away what is left at noon.", "She", 2.0), articles=(c,)
    )
    assert texts(made) == ["Maud Oakenshaw owns the bakery.", "She gives away what is left at noon."]
    assert [citation.number for citation in made.citations] == [1, 2]
    assert made.sentences[0].emphasis == ()


def test_what_was_dropped_is_not_quoted_for_its_name() -> None:
    text = "Maud Oakenshaw owns the bakery. She gives away what is left at noon."
    kept = text.index("She")
    c = Article("c", "c.txt", text, ((kept, len(text)),))
    made = compose("Who gives bread away?", candidate(c, text[kept:], "She", 2.0), articles=(c,))
    assert texts(made) == [text[kept:]]


def needed(article: Article, quoted: str) -> list[str]:
    start = article.text.index(quoted)
    found = needed_quotations(article, Quotation(article.id, start, start + len(quoted), quoted))
    assert all(article.text[item.start : item.end] == item.text for item in found)
    return [item.text for item in found]


def test_a_sentence_quoted_from_its_middle_brings_its_beginning() -> None:
    """Else what Oakes alleges, in a sentence longer than a passage, is told as a fact."""
    opening, rest = "Oakes alleges that the mayor sold the ferry,", "the harbour and the bridge."
    c = article("c", f"It rained. {opening} {rest} It rained again.")
    assert needed(c, rest) == [opening]
    assert needed(c, f"{opening} {rest}") == []


def test_speaker_at_the_end_of_a_long_speech_is_found() -> None:
    claim = "“The ferry was rusty."
    speaker = f"It was {'very, ' * 130}old,” Oakes said."
    c = article("c", f"Intro sentence here. {claim} {speaker} The weather was fine.")
    assert needed(c, claim) == [speaker]


def test_a_sentence_that_is_cut_off_is_not_quoted() -> None:
    """What follows the quotation reaches past what is searched."""
    claim = "“The ferry was rusty."
    c = article("c", f"Oakes wrote. {claim} It sank,” Reed said, {'very, ' * (AFTER // 6)}sad. The end.")
    assert needed(c, claim) == ["Oakes wrote."]


def test_nothing_is_emphasised_for_a_yes_no_question() -> None:
    (sentence,) = compose("Did ships sink boats?", candidate(A, SANK, "Navy", 2.0), articles=(A,)).sentences
    assert sentence.emphasis == ()


def test_nearest_passages_are_quotations_too() -> None:
    hits = [Hit(Passage(B.id, 0, 45, B.text[:45]), 1.7), Hit(Passage(A.id, 0, 17, A.text[:17]), 0.1)]
    (nearest,) = nearest_passages(hits, articles={"a": A, "b": B}, most=1)
    assert (nearest.number, nearest.quotation.text, nearest.score) == (1, B.text[:45], 1.0)
