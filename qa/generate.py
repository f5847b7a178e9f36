"""Hits -> an answer that a language model wrote, of which every sentence was checked against what it cites.

The program decides whether there is an answer, as it does without a model; the model words it. What isn't borne out is
asked for once more, then quoted or left out. When too little is left, or no model answers, the quotations stand as they
would have without one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from qa.compose import Composition, cite
from qa.drafts import Draft, Look
from qa.english.faults import contradicts, on_the_same
from qa.errors import WriterFailed
from qa.models import Verifier
from qa.prompts import Offer, Prompt, build_prompt, build_retry, offer_sentences
from qa.recording import RecordedWriter
from qa.replies import Written, parse_reply
from qa.settings import Settings
from qa.support import Judge, Judgement
from qa.types import Article, Quotation, Sentence, Span, Withheld, place_sentences
from qa.writers import Writer, as_writer, load_writer

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

CHARACTERS = 3  # of English text a token, at least
REPLY = 1_024  # tokens that the reply may take
MADE_UP = "a source number that was never offered"
TICK = 0.5  # seconds between two signs of life


@dataclass(frozen=True, slots=True)
class Writing:
    """What words an answer: the model, what judges its sentences, and how much it may read and write."""

    writer: Writer
    judge: Judge
    context: int  # tokens
    most: int  # sentences
    lenient: bool = False  # shows what isn't borne out too, marked
    verified: bool = True  # False only in the evaluation, which tells what verification is worth

    def characters(self) -> int:
        """How much of the articles there is room for."""
        return max(self.context - REPLY - 400, 200) * CHARACTERS


@dataclass(frozen=True, slots=True)
class Kept:
    """A sentence of the answer with the quotations that it cites."""

    text: str
    quotations: tuple[Quotation, ...]
    support: float = 1.0
    generated: bool = True
    doubt: str = ""


Steps = Generator[None, None, str]


def load_writing(
    settings: Settings,
    *,
    llm: LLM | Writer | None,
    load_verifier: Callable[[Settings], Verifier],
    verified: bool = True,
) -> Writing | None:
    """What words the answers: the language model given, else the one that the settings name; None without either."""
    writer = load_writer(settings) if llm is None else as_writer(llm, settings.llm_seconds)
    if writer is None:
        return None
    if settings.llm_replies:
        writer = RecordedWriter(writer, Path(settings.llm_replies))
    judge = Judge(load_verifier(settings), settings.least_support, settings.doubted_support)
    return Writing(writer, judge, settings.llm_context, settings.answer_sentences, settings.lenient, verified)


def write_draft(look: Look, draft: Draft, writing: Writing) -> Generator[None, None, Draft]:
    """The draft in the model's words, or as it was, with a note that says why; yields while the model writes."""
    if draft.composition is None:
        return draft
    offers = offer_sentences(
        look.hits,
        most_characters=writing.characters(),
        first=[citation.quotation for citation in draft.composition.citations],
    )
    prompt = build_prompt(draft.asked.text, offers, look.articles, most=writing.most)
    try:
        reply = yield from _read(writing.writer, prompt)
        written = parse_reply(reply, range(1, len(offers) + 1))[: writing.most]
        kept, withheld = yield from _check(written, prompt, offers, draft.composition, look.articles, writing)
    except WriterFailed as failed:
        return _as_quoted(draft, f"{failed}; the answer is quoted instead.")
    if not written:
        return _as_quoted(draft, f"{writing.writer.name} gave no answer; it is quoted instead.")
    if not _still_answers(kept, draft.composition):
        why = f"What {writing.writer.name} wrote was not borne out by the articles; the answer is quoted instead."
        return replace(_as_quoted(draft, why), withheld=withheld)
    invented = [number for sentence in written for number in sentence.invented]
    notes = [f"Worded by {writing.writer.name}. Each sentence was checked against the quotations behind it."]
    notes += [f"{_count(withheld)} withheld, as the articles don't bear it out."] if withheld else []
    notes += [f"Made-up source numbers were removed: {', '.join(map(str, invented))}."] if invented else []
    withheld += tuple(Withheld(f"[{number}]", 0.0, MADE_UP) for number in invented)
    composition = _compose(kept, draft.composition, offers, look.articles)
    return replace(draft, composition=composition, notes=(*draft.notes, *notes), withheld=withheld)


def _as_quoted(draft: Draft, why: str) -> Draft:
    return replace(draft, notes=(*draft.notes, why))


def _count(withheld: Sequence[Withheld]) -> str:
    return "1 sentence was" if len(withheld) == 1 else f"{len(withheld)} sentences were"


def _read(writer: Writer, prompt: Prompt) -> Steps:
    """The whole reply. Who stops asking for it stops the model."""
    pieces, said = [], time.monotonic()
    with closing(writer.write(prompt)) as reply:
        for piece in reply:
            pieces.append(piece)
            if time.monotonic() - said > TICK:
                said = time.monotonic()
                yield
    return "".join(pieces)


def _check(
    written: Sequence[Written],
    prompt: Prompt,
    offers: Sequence[Offer],
    quoted: Composition,
    articles: Mapping[str, Article],
    writing: Writing,
) -> Generator[None, None, tuple[list[Kept], tuple[Withheld, ...]]]:
    """What may be shown, and what may not. One that isn't borne out is asked for anew once, with the reason."""
    kept: list[Kept] = []
    withheld: list[Withheld] = []

    def judge(sentence: Written) -> Judgement:
        """By what it cites, and by what the program took for the answer."""
        if not writing.verified:
            return Judgement(1.0)
        judgement = _judge(sentence, offers, articles, writing.judge)
        against = "" if judgement.reason else _contradiction(sentence.text, quoted)
        return Judgement(0.0, against) if against else judgement

    for sentence in written:
        judgement = judge(sentence)
        if judgement.reason and writing.lenient:
            kept.append(_keep(sentence, offers, judgement))
            continue
        if judgement.reason:
            withheld.append(Withheld(sentence.text, judgement.support, judgement.reason))
            again = yield from _read(writing.writer, build_retry(prompt, sentence.text, judgement.reason))
            instead = parse_reply(again, range(1, len(offers) + 1))[:1]
            second = [judge(item) for item in instead]
            if not second or second[0].reason:
                kept += _quote_instead(sentence, offers, quoted, kept)
                continue
            sentence, judgement = instead[0], second[0]
        kept.append(_keep(sentence, offers, judgement))
    return list({item.text: item for item in kept}.values()), tuple(withheld)


def _quotations(sentence: Written, offers: Sequence[Offer]) -> tuple[Quotation, ...]:
    return tuple(offers[key - 1].quotation for key in sentence.keys)


def _judge(sentence: Written, offers: Sequence[Offer], articles: Mapping[str, Article], judge: Judge) -> Judgement:
    return judge.judge(sentence.text, _quotations(sentence, offers), articles)


def _contradiction(said: str, quoted: Composition) -> str:
    """Which quotation of the answer it is against, where it isn't on another's side: articles can be made to lie."""
    answers = [sentence.text for sentence in quoted.sentences]
    faults = [(contradicts(said, answer), answer) for answer in answers]
    against = next(((fault, answer) for fault, answer in faults if fault), None)
    if against is None or any(fault is None and on_the_same(said, answer) for fault, answer in faults):
        return ""
    return f"it is against what the program found: “{against[1]}”"


def _keep(sentence: Written, offers: Sequence[Offer], judgement: Judgement) -> Kept:
    return Kept(sentence.text, _quotations(sentence, offers), judgement.support, doubt=judgement.reason)


def _quote_instead(sentence: Written, offers: Sequence[Offer], quoted: Composition, kept: Sequence[Kept]) -> list[Kept]:
    """The quotation that it cites, where that is part of the answer by quotation and isn't there yet."""
    answers = {citation.quotation for citation in quoted.citations}
    said = {quotation for item in kept for quotation in item.quotations}
    own = [quotation for quotation in _quotations(sentence, offers) if quotation in answers and quotation not in said]
    return [Kept(quotation.text, (quotation,), generated=False) for quotation in own[:1]]


def _still_answers(kept: Sequence[Kept], quoted: Composition) -> bool:
    """Whether what the program took for the answer is still said: its words, or a sentence that rests on it."""
    answers = {citation.quotation for citation in quoted.citations}
    told = " ".join(item.text for item in kept).casefold()
    values = [sentence.text[start:end] for sentence in quoted.sentences for start, end in sentence.emphasis]
    rests = any(quotation in answers for item in kept for quotation in item.quotations)
    return bool(kept) and (rests or any(value.casefold() in told for value in values))


def _compose(
    kept: Sequence[Kept], quoted: Composition, offers: Sequence[Offer], articles: Mapping[str, Article]
) -> Composition:
    """The sentences with citations numbered by their first use; then each side of a disagreement that isn't cited."""
    known = {citation.quotation: citation for citation in quoted.citations}
    numbered = {citation.number: citation.quotation for citation in quoted.citations}
    sides = [numbered[number] for item in quoted.disagreements for side in item.sides for number in side.citations]
    cited = {quotation for item in kept for quotation in item.quotations}
    items = [*kept, *(Kept(side.text, (side,), generated=False) for side in dict.fromkeys(sides) if side not in cited)]
    numbers = {q: number for number, q in enumerate(dict.fromkeys(q for item in items for q in item.quotations), 1)}
    hits = {offer.quotation: offer.hit for offer in offers}
    emphasis = {sentence.text: sentence.emphasis for sentence in quoted.sentences}
    disagreements = [
        replace(
            item,
            sides=tuple(
                replace(side, citations=tuple(numbers[numbered[n]] for n in side.citations)) for side in item.sides
            ),
        )
        for item in quoted.disagreements
    ]
    return Composition(
        place_sentences([_sentence(item, numbers, emphasis) for item in items]),
        tuple(
            replace(known[quotation], number=number)
            if quotation in known
            else cite(number, quotation, articles, hits[quotation].score, hits[quotation])
            for quotation, number in numbers.items()
        ),
        tuple(disagreements),
    )


def _sentence(item: Kept, numbers: Mapping[Quotation, int], emphasis: Mapping[str, tuple[Span, ...]]) -> Sentence:
    return Sentence(
        item.text,
        0,
        0,
        tuple(numbers[quotation] for quotation in item.quotations),
        item.support,
        item.generated,
        () if item.generated else emphasis.get(item.text, ()),
        item.doubt,
    )
