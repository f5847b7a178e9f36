"""Answers made by hand of a library's articles, and texts that try to do harm."""

from __future__ import annotations

import re

from qa.types import Answer, Article, Citation, Quotation, Sentence, place_sentences

QUESTION = "How many people were aboard the ferry?"
HOSTILE = (
    'two\nlines\r\n"quoted" \\ \x00 \x1b[31m \x9b2J \u2028 \u2029 \x85 \u202egpj.exe \u2066in\u2069 [bold]x <b>y</b>'
)
DANGER = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def quote(article: Article, words: str, *, number: int = 1) -> Citation:
    start = article.text.index(words)
    return Citation(number, Quotation(article.id, start, start + len(words), words), source=article.source)


def answer_of(*citations: Citation, question: str = QUESTION, emphasised: tuple[str, ...] = ()) -> Answer:
    """One sentence a citation; the words given are emphasised, each in the sentence of its place."""
    sentences = []
    for at, citation in enumerate(citations):
        text, words = citation.quotation.text, emphasised[at] if at < len(emphasised) else ""
        spans = ((text.index(words), text.index(words) + len(words)),) if words else ()
        sentences.append(Sentence(text, 0, 0, (citation.number,), emphasis=spans))
    return Answer(question, "answered", place_sentences(sentences), citations, confidence=0.9)
