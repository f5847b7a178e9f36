"""Example questions from the library's own articles: each made of a sentence, and answered by the library with it."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.english.asking import Posed, questions_about
from qa.statements import find_statements
from qa.types import Answer, Span

if TYPE_CHECKING:
    from qa.library import Library

NAME = "examples"  # what the library keeps them under
RULES = 1  # changes with the rules, so that the questions are made anew
LOOKED_AT = 100  # articles, drawn by chance; the same ones for the same articles
ASKED = 10  # questions asked for each that is wanted, at most
PLAIN = 9  # words of a question that is neither bare nor long
WEEKDAY = re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day")


@dataclass(frozen=True, slots=True)
class _Candidate:
    article_id: str
    span: Span
    posed: Posed


def example_questions(library: Library, most: int = 4, *, pause: Callable[[], None] = lambda: None) -> list[str]:
    """Up to `most` questions that the library answers, of several articles and sorts; found once for its articles.

    `pause` is called before each article that is read and each question that is asked, for who must give way.
    """
    known = known_examples(library, most)
    if known is not None:
        return known
    corpus = library.corpus_digest()
    found = _find(library, most, random.Random(corpus), pause)
    library.remember(NAME, json.dumps({"for": _for_what(library, corpus, most), "questions": found}))
    if library.corpus_digest() != corpus:  # of what was purged meanwhile, no word may stay
        library.remember(NAME, "{}")
    return found


def known_examples(library: Library, most: int = 4) -> list[str] | None:
    """The questions that were found for the articles as they are now; None before that."""
    known = json.loads(library.remembered(NAME) or "{}")
    if known.get("for") != _for_what(library, library.corpus_digest(), most):
        return None
    return [str(question) for question in known["questions"]]


def _for_what(library: Library, corpus: str, most: int) -> list[object]:
    return [RULES, corpus, library.settings.strictness, most]


def _find(library: Library, most: int, chance: random.Random, pause: Callable[[], None]) -> list[str]:
    ids = sorted(library.article_ids())
    waiting = _candidates(library, chance.sample(ids, min(len(ids), LOOKED_AT)), pause)
    found: list[_Candidate] = []
    asked: Counter[str] = Counter()
    while waiting and len(found) < most and asked.total() < ASKED * most:
        used = Counter(candidate.article_id for candidate in found)
        sorts = Counter(candidate.posed.sort for candidate in found)
        best = min(waiting, key=lambda one: (used[one.article_id], sorts[one.posed.sort], asked[one.article_id]))
        asked[best.article_id] += 1
        waiting.remove(best)
        pause()
        if _is_answered(library.ask(best.posed.question), best):
            found.append(best)
            waiting = [other for other in waiting if (other.article_id, other.span) != (best.article_id, best.span)]
    return [candidate.posed.question for candidate in found]


def _candidates(library: Library, ids: Iterable[str], pause: Callable[[], None]) -> list[_Candidate]:
    """Those that read best first; of copies of one story only the first is asked about."""
    found: dict[str, _Candidate] = {}
    for id in ids:
        pause()
        article = library.article(id)
        for start, end in find_statements(article):
            for posed in questions_about(article.text[start:end], article.text):
                found.setdefault(posed.question, _Candidate(id, (start, end), posed))
    return sorted(found.values(), key=lambda candidate: _awkwardness(candidate.posed))


def _awkwardness(posed: Posed) -> int:
    vague = 4 if posed.sort == "when" and WEEKDAY.search(posed.answer) else 0  # of which week, only the article tells
    return vague + abs(len(posed.question.split()) - PLAIN)


def _is_answered(answer: Answer, candidate: _Candidate) -> bool:
    """Whether it is answered with the very sentence, and the words that stand out are those that were asked for."""
    wanted = _words(candidate.posed.answer)
    for sentence in answer.sentences:
        quoted = [answer.citation(number).quotation for number in sentence.citations]
        own = any(
            quotation.article_id == candidate.article_id
            and quotation.start < candidate.span[1]
            and candidate.span[0] < quotation.end
            for quotation in quoted
        )
        if own and any(wanted & _words(sentence.text[start:end]) for start, end in sentence.emphasis):
            return answer.status == "answered"
    return False


def _words(text: str) -> set[str]:
    return set(re.findall(r"[\w,.-]*\w", text.casefold()))
