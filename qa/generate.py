"""Hits -> an answer that a language model wrote, of which every sentence was checked against what it cites.

The program decides whether there is an answer, as it does without a model; the model words it. Each sentence is judged
as soon as it is whole, and told of if it may be shown. What isn't borne out is asked for once more when the reply has
ended, then quoted or left out; what follows it waits. When too little is left, or no model answers, the quotations
stand as they would have without one.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from qa.compose import Composition
from qa.drafts import Draft, Look
from qa.english.faults import contradicts, on_the_same
from qa.errors import WriterFailed
from qa.models import Verifier
from qa.prompts import Offer, Prompt, build_prompt, build_retry, offer_sentences
from qa.recording import RecordedWriter
from qa.replies import Written, read_sentences
from qa.settings import Settings
from qa.support import Judge, Judgement
from qa.types import Article, Quotation, Withheld
from qa.worded import Kept, compose_kept
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
    seconds: float  # for all that it writes for one answer
    lenient: bool = False  # shows what isn't borne out too, marked
    verified: bool = True  # False only in the evaluation, which tells what verification is worth

    def characters(self) -> int:
        """How much of the articles there is room for."""
        return max(self.context - REPLY - 400, 200) * CHARACTERS


@dataclass(frozen=True, slots=True)
class Task:
    """An answer to be worded: what is asked of the model, what the program found, and by when (time.monotonic)."""

    draft: Draft
    quoted: Composition
    prompt: Prompt
    offers: Sequence[Offer]
    articles: Mapping[str, Article]
    writing: Writing
    ends: float


@dataclass(slots=True)
class Progress:
    """What became of the sentences so far, in the model's order; those that `wait` come after one to be asked anew."""

    kept: list[Kept] = field(default_factory=list)
    waiting: deque[tuple[Written, Judgement]] = field(default_factory=deque)
    withheld: list[Withheld] = field(default_factory=list)
    invented: list[int] = field(default_factory=list)
    read: int = 0

    def keep(self, item: Kept) -> None:
        if item.text not in (other.text for other in self.kept):
            self.kept.append(item)


# What is to be shown so far, each time that a sentence was added to it; None as a sign of life.
Steps = Generator[Draft | None, None, None]


def load_writing(
    settings: Settings,
    *,
    llm: LLM | Writer | None,
    load_verifier: Callable[[Settings], Verifier],
    verified: bool = True,
) -> Writing | None:
    """What words the answers: the language model given, else the one that the settings name; None without either.

    With a file of replies and no model, what was recorded is given again.
    """
    writer = load_writer(settings) if llm is None else as_writer(llm, settings.llm_seconds)
    if settings.llm_replies:
        writer = RecordedWriter(writer, Path(settings.llm_replies))
    if writer is None:
        return None
    judge = Judge(load_verifier(settings), settings.least_support, settings.doubted_support)
    most, seconds = settings.answer_sentences, settings.llm_seconds
    return Writing(writer, judge, settings.llm_context, most, seconds, settings.lenient, verified)


def write_draft(look: Look, draft: Draft, writing: Writing, ends: float) -> Generator[Draft | None, None, Draft]:
    """The draft in the model's words, or as it was, with a note that says why.

    Yields what is to be shown of it so far, from the beginning on, and None while the model writes. What was written by
    `ends` (time.monotonic) is kept if it answers.
    """
    if draft.composition is None:
        return draft
    offers = offer_sentences(
        look.hits,
        most_characters=writing.characters(),
        first=[citation.quotation for citation in draft.composition.citations],
    )
    prompt = build_prompt(draft.asked.text, offers, look.articles, most=writing.most)
    task = Task(draft, draft.composition, prompt, offers, look.articles, writing, ends)
    progress, failed = Progress(), ""
    try:
        yield from _write(task, progress)
    except WriterFailed as error:
        failed = str(error)
        for sentence, judgement in progress.waiting:
            if not judgement.reason:
                progress.keep(_keep(task, sentence, judgement))
    return _finish(task, progress, failed)


def _write(task: Task, progress: Progress) -> Steps:
    """Fills in what became of each sentence of the reply. The model is stopped once it has written enough."""
    yield _so_far(task, progress)
    with closing(_sentences(task, task.prompt)) as reply:
        for sentence in reply:
            if sentence is None:
                yield None
                continue
            yield from _take(task, progress, sentence)
            if progress.read == task.writing.most:
                break
    while progress.waiting:
        yield from _settle(task, progress, *progress.waiting[0])
        progress.waiting.popleft()
        yield _so_far(task, progress)


def _take(task: Task, progress: Progress, sentence: Written) -> Steps:
    """Keeps a sentence that is borne out, unless one before it is to be asked for anew."""
    judgement = _judge(task, sentence)
    progress.read += 1
    progress.invented += sentence.invented
    wrong = bool(judgement.reason) and not task.writing.lenient
    if wrong:
        progress.withheld.append(Withheld(sentence.text, judgement.support, judgement.reason))
    if wrong or progress.waiting:
        progress.waiting.append((sentence, judgement))
    else:
        progress.keep(_keep(task, sentence, judgement))
        yield _so_far(task, progress)


def _settle(task: Task, progress: Progress, sentence: Written, judgement: Judgement) -> Generator[None, None, None]:
    """Keeps a sentence that waited; in the place of one that isn't borne out a second try, else its quotation."""
    if judgement.reason:
        again = yield from _ask_again(task, sentence, judgement.reason)
        if again is None:
            for item in _quote_instead(task, sentence, progress.kept):
                progress.keep(item)
            return
        sentence, judgement = again
    progress.keep(_keep(task, sentence, judgement))


def _ask_again(task: Task, sentence: Written, reason: str) -> Generator[None, None, tuple[Written, Judgement] | None]:
    """The sentence that the model writes in the place of one; None where that isn't borne out either."""
    prompt = build_retry(task.prompt, sentence.text, reason)
    with closing(_sentences(task, prompt)) as reply:
        for instead in reply:
            if instead is None:
                yield None
                continue
            judgement = _judge(task, instead)
            return None if judgement.reason else (instead, judgement)
    return None


def _sentences(task: Task, prompt: Prompt) -> Generator[Written | None, None, None]:
    """The sentences of a reply as they come, and None as a sign of life. Who stops asking for them stops the model."""
    said = time.monotonic()
    with closing(task.writing.writer.write(prompt)) as reply:
        for sentence in read_sentences(_in_time(reply, task), range(1, len(task.offers) + 1)):
            if sentence is not None or time.monotonic() - said > TICK:
                said = time.monotonic()
                yield sentence and _recognise(sentence, task.offers)


def _recognise(sentence: Written, offers: Sequence[Offer]) -> Written:
    """With the number of the offered sentence that it is, word for word, where it names none, as small models do."""
    if sentence.keys:
        return sentence
    words = _words(sentence.text)
    return replace(sentence, keys=next(((offer.key,) for offer in offers if _words(offer.quotation.text) == words), ()))


def _words(text: str) -> list[str]:
    """Its words without the stop that a model may add."""
    return text.rstrip(" .").split()


def _in_time(reply: Iterable[str], task: Task) -> Iterator[str]:
    """The pieces that come by the end of the answer's time; WriterFailed then."""
    pieces = iter(reply)
    while time.monotonic() < task.ends:
        try:
            yield next(pieces)
        except StopIteration:
            return
    raise WriterFailed(f"{task.writing.writer.name} took longer than {task.writing.seconds:g} seconds")


def _compose(task: Task, kept: Sequence[Kept], *, whole: bool) -> Composition:
    return compose_kept(kept, task.quoted, task.offers, task.articles, whole=whole)


def _so_far(task: Task, progress: Progress) -> Draft:
    notes = (*task.draft.notes, _worded(task.writing))
    return replace(task.draft, composition=_compose(task, progress.kept, whole=False), notes=notes)


def _finish(task: Task, progress: Progress, failed: str) -> Draft:
    name, kept, withheld = task.writing.writer.name, progress.kept, tuple(progress.withheld)
    if not _still_answers(kept, task.quoted):
        if failed:
            why = f"{failed}; the answer is quoted instead."
        elif progress.read:
            why = f"What {name} wrote was not borne out by the articles; the answer is quoted instead."
        else:
            why = f"{name} gave no answer; it is quoted instead."
        return replace(task.draft, notes=(*task.draft.notes, why), withheld=withheld)
    notes = [_worded(task.writing)]
    notes += [f"{failed}; what it had written until then is shown."] if failed else []
    notes += [f"{_count(withheld)} withheld, as the articles don't bear it out."] if withheld else []
    invented = ", ".join(map(str, progress.invented))
    notes += [f"Made-up source numbers were removed: {invented}."] if invented else []
    withheld += tuple(Withheld(f"[{number}]", 0.0, MADE_UP) for number in progress.invented)
    composition = _compose(task, kept, whole=True)
    return replace(task.draft, composition=composition, notes=(*task.draft.notes, *notes), withheld=withheld)


def _worded(writing: Writing) -> str:
    checked = "Each sentence was checked against the quotations behind it."
    return f"Worded by {writing.writer.name}. {checked if writing.verified else 'Its sentences were not checked.'}"


def _count(withheld: Sequence[Withheld]) -> str:
    return "1 sentence was" if len(withheld) == 1 else f"{len(withheld)} sentences were"


def _judge(task: Task, sentence: Written) -> Judgement:
    """By what it cites, and by what the program took for the answer."""
    if not task.writing.verified:
        return Judgement(1.0)
    judgement = task.writing.judge.judge(sentence.text, _quotations(task, sentence), task.articles)
    against = "" if judgement.reason else _contradiction(sentence.text, task.quoted)
    return Judgement(0.0, against) if against else judgement


def _quotations(task: Task, sentence: Written) -> tuple[Quotation, ...]:
    return tuple(task.offers[key - 1].quotation for key in sentence.keys)


def _contradiction(said: str, quoted: Composition) -> str:
    """Which quotation of the answer it is against, where it isn't on another's side: articles can be made to lie."""
    answers = [sentence.text for sentence in quoted.sentences]
    faults = [(contradicts(said, answer), answer) for answer in answers]
    against = next(((fault, answer) for fault, answer in faults if fault), None)
    if against is None or any(fault is None and on_the_same(said, answer) for fault, answer in faults):
        return ""
    return f"it is against what the program found: “{against[1]}”"


def _keep(task: Task, sentence: Written, judgement: Judgement) -> Kept:
    return Kept(sentence.text, _quotations(task, sentence), judgement.support, doubt=judgement.reason)


def _quote_instead(task: Task, sentence: Written, kept: Sequence[Kept]) -> list[Kept]:
    """The quotation that it cites, where that is part of the answer by quotation and isn't there yet."""
    answers = {citation.quotation for citation in task.quoted.citations}
    said = {quotation for item in kept for quotation in item.quotations}
    cited = _quotations(task, sentence)
    own = [quotation for quotation in cited if quotation in answers and quotation not in said]
    return [Kept(quotation.text, (quotation,), generated=False) for quotation in own[:1]]


def _still_answers(kept: Sequence[Kept], quoted: Composition) -> bool:
    """Whether the model says what the program took for the answer: its words, or a sentence that rests on it."""
    answers = {citation.quotation for citation in quoted.citations}
    told = " ".join(item.text for item in kept).casefold()
    values = [sentence.text[start:end] for sentence in quoted.sentences for start, end in sentence.emphasis]
    rests = any(quotation in answers for item in kept for quotation in item.quotations)
    return any(item.generated for item in kept) and (rests or any(value.casefold() in told for value in values))
