"""Overviews, news and counts of articles; and how the parts of a question become one answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from qa.compose import Composition
from qa.drafts import Draft, Look, draft_overview, join_drafts
from qa.english.questions import Asked
from qa.overlap import Analyse
from qa.overview import key_sentences, newest_first
from qa.types import CHOSEN, Article, Citation, Hit, Passage, Quotation, Sentence, place_sentences

ANALYSE = Analyse(lambda text: [word.strip(".,?").lower() for word in text.split()])


def article(id: str, text: str, published: date | None = None) -> Article:
    return Article(id, f"{id}.txt", text, ((0, len(text)),), published=published)


FERRY = article("a", "It rained. The ferry Aurelia ran aground. The ferry was old.", date(2026, 3, 1))
HARBOUR = article("b", "A harbour was dredged for the ferry Aurelia.", date(2026, 3, 9))
UNDATED = article("c", "Nobody misses the Aurelia, a ferry.")
BAKERY = article("d", "The bakery sells rye bread.")
ALL = {item.id: item for item in (FERRY, HARBOUR, UNDATED, BAKERY)}


def look(kind: str, topic: str) -> Look:
    hits = [Hit(Passage(item.id, 0, len(item.text), item.text), 0.5) for item in ALL.values()]
    return Look(Asked(kind, topic, topic=topic), hits, ALL)  # type: ignore[arg-type]


def texts(draft: Draft) -> list[str]:
    return [sentence.text for sentence in draft.composition.sentences] if draft.composition else []


def test_overview_quotes_a_sentence_of_each_article_on_the_topic() -> None:
    draft = draft_overview(look("overview", "the ferry Aurelia"), ANALYSE, (), most=5)
    assert texts(draft) == ["The ferry Aurelia ran aground.", HARBOUR.text, UNDATED.text]
    assert draft.confidence == 1


def test_overview_takes_turns_among_few_articles() -> None:
    """Two passages of one article: its second sentence comes after the first of each, and is shown where it stands."""
    text = "The Aurelia, a ferry, sank. Divers went down.\n\nThe ferry Aurelia was raised. It was sold.\n\nRain fell."
    cuts = [(47, 86), (0, 45)]  # the second passage was found first
    long = article("e", text)
    hits = [Hit(Passage("e", start, end, text[start:end]), 0.5) for start, end in cuts]
    hits.append(Hit(Passage("b", 0, len(HARBOUR.text), HARBOUR.text), 0.4))
    topic = Look(Asked("overview", "ferry Aurelia", topic="ferry Aurelia"), hits, {"e": long, "b": HARBOUR})
    first, second = "The ferry Aurelia was raised.", "The Aurelia, a ferry, sank."
    assert texts(draft_overview(topic, ANALYSE, (), most=2)) == [first, HARBOUR.text]
    assert texts(draft_overview(topic, ANALYSE, (), most=3)) == [second, first, HARBOUR.text]


def test_overview_does_not_say_a_sentence_twice() -> None:
    """Two articles have it word for word, but for a space; the place goes to what comes next."""
    again = article("e", "The ferry  Aurelia ran aground. Nobody was hurt.")
    hits = [Hit(Passage(item.id, 0, len(item.text), item.text), 0.5) for item in (FERRY, again, HARBOUR)]
    topic = Look(Asked("overview", "ferry Aurelia", topic="ferry Aurelia"), hits, {**ALL, "e": again})
    draft = draft_overview(topic, ANALYSE, (), most=2)
    assert texts(draft) == ["The ferry Aurelia ran aground.", HARBOUR.text]
    assert draft.notes == (CHOSEN, "2 of 3 articles on this are quoted.")


def test_what_lacks_a_name_of_the_topic_is_not_on_it() -> None:
    draft = draft_overview(look("overview", "the ferry Marlowe"), ANALYSE, (), most=5)
    assert (draft.composition, draft.confidence) == (None, 0)


def test_a_pronoun_is_no_topic() -> None:
    assert draft_overview(look("overview", "her"), ANALYSE, (), most=5).composition is None


def test_overview_takes_nothing_from_languages_that_are_not_known() -> None:
    foreign = replace(look("overview", "ferry Aurelia"), unjudged=frozenset(ALL))
    assert draft_overview(foreign, ANALYSE, (), most=5).composition is None


def test_overview_says_how_many_articles_it_leaves_out() -> None:
    draft = draft_overview(look("overview", "ferry"), ANALYSE, (), most=2)
    assert len(texts(draft)) == 2
    assert draft.notes == (CHOSEN, "2 of 3 articles on this are quoted.")


def test_news_come_newest_first_and_undated_last() -> None:
    draft = draft_overview(look("news", "ferry"), ANALYSE, (), most=5)
    assert texts(draft) == [HARBOUR.text, "The ferry Aurelia ran aground.", UNDATED.text]
    found = key_sentences("ferry", look("news", "ferry").hits, ALL, ANALYSE)
    assert [items[0].quotation.article_id for items in newest_first(found, ALL)] == ["b", "a", "c"]


def test_count_names_the_number_and_lists_the_articles() -> None:
    draft = draft_overview(look("count-articles", "ferry Aurelia"), ANALYSE, (), most=5)
    assert draft.notes == (
        CHOSEN,
        "Articles with a passage that has all words of “ferry Aurelia”: 3.",
    )
    assert len(texts(draft)) == 3
    assert draft_overview(look("count-articles", "ferry bread"), ANALYSE, (), most=5).composition is None


def draft(question: str, text: str, confidence: float) -> Draft:
    quotation = Quotation("a", 0, len(text), text)
    composition = Composition(place_sentences([Sentence(text, 0, 0, (1,))]), (Citation(1, quotation),), ())
    return Draft(Asked("fact", question), composition, confidence, (Citation(1, Quotation("b", 0, 4, question)),))


def test_parts_become_one_answer_with_citations_numbered_through() -> None:
    joined = join_drafts("Q?", [draft("one", "First.", 0.9), draft("two", "Second.", 0.7)], 0.5)
    assert joined.text == "First. Second."
    assert [sentence.citations for sentence in joined.sentences] == [(1,), (2,)]
    assert [citation.number for citation in joined.citations] == [1, 2]
    assert joined.confidence == 0.7


def test_what_two_parts_quote_is_cited_once() -> None:
    joined = join_drafts("Q?", [draft("one", "First.", 0.9), draft("two", "First.", 0.7)], 0.5)
    assert (joined.text, len(joined.citations)) == ("First.", 1)


def test_a_sentence_of_two_parts_keeps_the_citations_and_emphasis_of_both() -> None:
    first, second = draft("one", "First.", 0.9), draft("two", "First.", 0.7)
    assert first.composition
    assert second.composition
    marked = replace(first.composition.sentences[0], emphasis=((0, 2),))
    other = replace(second.composition.citations[0], quotation=Quotation("z", 5, 11, "First."))
    drafts = [
        replace(first, composition=replace(first.composition, sentences=(marked,))),
        replace(second, composition=replace(second.composition, citations=(other,))),
    ]
    (sentence,) = join_drafts("Q?", drafts, 0.5).sentences
    assert (sentence.citations, sentence.emphasis) == ((1, 2), ((0, 2),))


def test_part_below_the_threshold_is_named() -> None:
    joined = join_drafts("Q?", [draft("who", "First.", 0.9), draft("when", "Second.", 0.3)], 0.5)
    assert (joined.status, joined.text, joined.notes) == ("answered", "First.", ("Not answered: “when”",))


def test_all_parts_below_the_threshold_are_a_refusal_with_the_nearest_of_each() -> None:
    joined = join_drafts("Q?", [draft("who", "First.", 0.2), draft("when", "Second.", 0.3)], 0.5)
    assert (joined.status, joined.confidence) == ("refused", 0.3)
    assert [(citation.number, citation.quotation.text) for citation in joined.nearest] == [(1, "who"), (2, "when")]
