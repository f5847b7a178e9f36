"""Whole pieces of the page, kept as files: what changes in them is seen before it is meant."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import get_args

import pytest

from qa.types import (
    CHOSEN,
    Answer,
    Disagreement,
    DisagreementKind,
    Event,
    Provenance,
    Quotation,
    Sentence,
    Side,
    place_sentences,
)
from tests.pages import HOSTILE, make_answer, make_article, make_citation
from tests.snapshots import check_snapshot
from ui.render import render_answer, render_error, render_events, render_so_far
from ui.source import render_source

DAY = date(2025, 11, 20)
SEARCHED = "Searched 8 passages and looked at the 8 nearest."


def disputed(kind: DisagreementKind) -> Answer:
    citations = (
        make_citation(1, "There are 10,000 troops.", title="Build-up", publisher="Daily", published=DAY),
        make_citation(2, "Around 15,000 troops are there.", publisher="Echo"),
        make_citation(3, "Some 15,000 troops came.", publisher="Herald", copies=("b1",)),
    )
    sentences = [Sentence(item.quotation.text, 0, 0, (item.number,)) for item in citations[:2]]
    sides = (Side("10,000", (1,)), Side("Around 15,000", (2, 3)))
    differ = (Disagreement("how many troops", kind, sides),)
    return Answer("How many troops?", "answered", place_sentences(sentences), citations, differ, confidence=0.81)


def hostile() -> Answer:
    text = " ".join(HOSTILE) + " \u202egpj.exe \x1b[31m"
    cited = make_citation(1, text, title=text, publisher=text, url="javascript:" + text, copies=(text,))
    sentences = place_sentences([Sentence(text, 0, 0, (1,), emphasis=((1, 5),))])
    sides = (Side(text, (1,)), Side(text, (1,)))
    narrowed = Provenance(filters=(("publishers", (text,)),))
    return Answer(
        text,
        "answered",
        sentences,
        (cited,),
        (Disagreement(text, "conflict", sides),),
        notes=(text,),
        provenance=narrowed,
    )


SONG = make_answer("He sang “Imagine” at a rally.", question="What did he sing?", confidence=0.96)
COPIED = make_citation(
    1,
    SONG.text,
    title="A song",
    publisher="Herald",
    published=DAY,
    url="https://herald.example/song",
    copies=("b1", "c1"),
    publishers=("Herald", "Echo"),
)
NEAREST = (make_citation(1, "A bridge opened.", publisher="Daily"), make_citation(2, "A tunnel closed.", published=DAY))
WRITTEN = Sentence("He sang, and troops came.", 0, 0, (1, 2), support=0.913, generated=True)
FILTERS = (("publishers", ("Daily",)), ("as_of", "2025-11-20"))
ANSWERS = {
    "one-source": replace(SONG, sentences=(replace(SONG.sentences[0], emphasis=((9, 16),)),)),
    "copies": replace(SONG, citations=(COPIED,)),
    "several-sources": make_answer("It opened in May.", "It cost 4 million.", confidence=0.6),
    **{kind: disputed(kind) for kind in get_args(DisagreementKind)},
    "refusal": Answer("Who won?", "refused", nearest=NEAREST, notes=(SEARCHED,), confidence=0.01),
    "refusal-filtered": Answer("Who?", "refused", notes=(SEARCHED,), provenance=Provenance(filters=FILTERS)),
    "refusal-empty": Answer("Who won?", "refused", notes=("The library is empty; add articles with: qa add PATH",)),
    "overview": make_answer(
        "Troops came.", "Ships came.", confidence=1.0, notes=(CHOSEN, "2 of 9 articles are quoted.")
    ),
    "generated": replace(disputed("update"), sentences=place_sentences([WRITTEN]), disagreements=()),
    "hostile": hostile(),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_look_as_they_did(name: str) -> None:
    check_snapshot(name, render_answer(ANSWERS[name], signed="SIGNED"))


@pytest.mark.parametrize("name", ["generated", "overview"])
def test_what_is_written_so_far_looks_as_it_did(name: str) -> None:
    check_snapshot(f"{name}-so-far", render_so_far(ANSWERS[name]))


def test_an_article_looks_as_it_did() -> None:
    text = "Menu | Login\nThe bridge opened.\n\nIt is long.\nSubscribe now"
    article = make_article(text, (13, 43), title="A bridge", publisher="Daily", author="Ann Lee", published=DAY)
    check_snapshot("article", render_source(article, Quotation("a1", 17, 23, "bridge")))


def test_stages_and_errors_look_as_they_did() -> None:
    check_snapshot("running", render_events([Event("retrieve", 12.4)]))
    done = [Event("retrieve", 12.4), Event("read", 1_234.0), Event("compose", 30.0, SONG)]
    check_snapshot("ended", render_events(done))
    check_snapshot("error", render_error("the question is <empty>"))
