"""Whether the answer says what is right, and how much of its wording is copied."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

from eval.cases import Case, Corpus, GoldSide, Nugget
from eval.metrics.measure import Measure, cited, flag, hits_any, not_applicable, share
from eval.words import first_words, norm, says
from qa.types import Answer, Hit

ANSWER_WORDS = 80  # what a right answer has said by then; printing whole passages must not pay
COPIED_RUN = 8  # so many words in a row, word for word, are copied


def measure_correctness(case: Case, answer: Answer, corpus: Corpus, hits: Sequence[Hit]) -> dict[str, Measure]:
    """Every metric of what was said, by name."""
    return {
        "answer_correct": answer_correct(case, answer, corpus),
        "nugget_recall@80": nugget_recall(case, answer, vital=True, words=ANSWER_WORDS),
        "nugget_recall": nugget_recall(case, answer, vital=True),
        "nugget_recall_all": nugget_recall(case, answer, vital=False),
        "forbidden_said": forbidden_said(case, answer),
        "exact_match": exact_match(case, answer),
        "token_f1": token_f1(case, answer),
        "sides_presented": sides_presented(case, answer, corpus),
        "conflict_flagged": conflict_flagged(case, answer),
        "copy_rate": copy_rate(answer, hits),
    }


def answer_correct(case: Case, answer: Answer, corpus: Corpus) -> Measure:
    """1 when the first 80 words say every vital nugget, the text nothing forbidden, and no citation is of later on."""
    if not case.answerable:
        return not_applicable("unanswerable")
    if answer.status == "refused":
        return Measure(0.0, 0, 1, "refused")
    problems = {
        "missing": _missing(case, answer),
        "forbidden": _forbidden(case, answer),
        "published later": _later(case, answer, corpus),
    }
    wrong = "; ".join(f"{name}: {found}" for name, found in problems.items() if found)
    return flag(not wrong, wrong or "all vital nuggets")


def says_what_is_right(case: Case, answer: Answer) -> bool:
    """Whether an answer to an answerable question is correct by its text, whatever it cites."""
    return answer.status == "answered" and not _missing(case, answer) and not _forbidden(case, answer)


def _missing(case: Case, answer: Answer) -> list[str]:
    said = first_words(answer.text, ANSWER_WORDS)
    return [nugget.text for nugget in case.nuggets if nugget.vital and not says(said, nugget.any_of)]


def _later(case: Case, answer: Answer, corpus: Corpus) -> list[int]:
    """The citations of articles that were published after the day as of which the question is asked."""
    if case.as_of is None:
        return []
    days = {citation.number: corpus.articles.get(citation.quotation.article_id) for citation in answer.citations}
    return [
        number for number, article in days.items() if article and article.published and article.published > case.as_of
    ]


def nugget_recall(case: Case, answer: Answer, *, vital: bool, words: int | None = None) -> Measure:
    """The share of nuggets, of the vital ones if asked, that the text or its first words say; 0 for a refusal."""
    nuggets: list[Nugget] = [nugget for nugget in case.nuggets if nugget.vital or not vital]
    if not nuggets:
        return not_applicable("nothing to say")
    text = "" if answer.status == "refused" else answer.text
    said = first_words(text, words) if words else text
    return share(sum(says(said, nugget.any_of) for nugget in nuggets), len(nuggets))


def forbidden_said(case: Case, answer: Answer) -> Measure:
    """1 when the text says what contradicts the articles; lower is better."""
    if not case.must_not_say or answer.status == "refused":
        return not_applicable("refused" if case.must_not_say else "nothing forbidden")
    found = _forbidden(case, answer)
    return flag(bool(found), f"forbidden: {found}" if found else "")


def _forbidden(case: Case, answer: Answer) -> list[str]:
    return [pattern for pattern in case.must_not_say if says(answer.text, [pattern])]


# Short answers, as SQuAD's script scores them (Rajpurkar et al. 2016): diagnostics, not gates


def exact_match(case: Case, answer: Answer) -> Measure:
    """1 when what is emphasised is one of the short answers, by SQuAD's normalisation; 0 for a refusal."""
    if not case.short:
        return not_applicable("no short answer")
    said = _short_answer(answer)
    if said is None:
        return Measure(0.0, 0, 1, "refused")
    return flag(any(_squad_words(said) == _squad_words(short) for short in case.short))


def token_f1(case: Case, answer: Answer) -> Measure:
    """The best F1 of the words of what is emphasised with one of the short answers; 0 for a refusal."""
    if not case.short:
        return not_applicable("no short answer")
    said = _short_answer(answer)
    if said is None:
        return Measure(0.0, 0, 1, "refused")
    value = max(_f1(_squad_words(said), _squad_words(short)) for short in case.short)
    return Measure(value, value, 1)


def _short_answer(answer: Answer) -> str | None:
    """What the answer's first sentence with an emphasis stresses, else its whole text; None for a refusal."""
    if answer.status == "refused":
        return None
    for sentence in answer.sentences:
        if sentence.emphasis:
            return " ".join(sentence.text[start:end] for start, end in sentence.emphasis)
    return answer.text


def _squad_words(text: str) -> list[str]:
    bare = "".join(letter for letter in norm(text).lower() if letter not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", bare).split()


def _f1(said: list[str], wanted: list[str]) -> float:
    shared = sum((Counter(said) & Counter(wanted)).values())
    return 2 * shared / (len(said) + len(wanted)) if shared else float(said == wanted)


# Conflicts


def sides_presented(case: Case, answer: Answer, corpus: Corpus) -> Measure:
    """Of a conflict, the share of sides whose value is stated with a citation of its own evidence."""
    if not case.sides:
        return not_applicable("no conflict")
    presented = [side.evidence for side in case.sides if _presents(answer, case, side, corpus)]
    return share(len(presented), len(case.sides), f"presented: {', '.join(presented) or 'none'}")


def _presents(answer: Answer, case: Case, side: GoldSide, corpus: Corpus) -> bool:
    """In a sentence or among the disagreements: the value together with a citation of the side's group."""
    stated = [(sentence.text, sentence.citations) for sentence in answer.sentences]
    stated += [(shown.value, shown.citations) for item in answer.disagreements for shown in item.sides]
    (group,) = (group for group in case.evidence if group.name == side.evidence)
    return any(
        says(text, side.value) and hits_any(cited(answer, numbers), group.spans, corpus) for text, numbers in stated
    )


def conflict_flagged(case: Case, answer: Answer) -> Measure:
    """Of an answered conflict: 1 when the answer shows that the articles disagree."""
    if not case.sides or answer.status == "refused":
        return not_applicable("refused" if case.sides else "no conflict")
    return flag(bool(answer.disagreements))


# Copying


def copy_rate(answer: Answer, hits: Sequence[Hit]) -> Measure:
    """The share of the answer's words that stand in a run of eight or more, word for word, of what was found or cited.

    Faithfulness compares only at equal copy rates (Ladhak et al. 2022, 2108.13684): who copies is always faithful.
    """
    words = norm(answer.text).lower().split() if answer.status == "answered" else []
    if not words:
        return not_applicable("nothing said")
    sources = [citation.quotation.text for citation in answer.citations] + [hit.passage.text for hit in hits]
    runs = {run for source in sources for run in _runs(norm(source).lower().split())}
    copied = {place + step for place, run in enumerate(_runs(words)) if run in runs for step in range(COPIED_RUN)}
    return share(len(copied), len(words))


def _runs(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[place : place + COPIED_RUN]) for place in range(len(words) - COPIED_RUN + 1)]
