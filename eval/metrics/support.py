"""Whether what is cited supports what is said, by the lexical judge of eval/judge.py.

Citation recall and precision are those of ALCE (Gao et al. 2023, 2305.14627) with three repairs: a citation that leads
nowhere counts against precision, an answer without sentences scores 0, and a refusal is not measured. The judge has no
part in answering, and no model of the program has one in judging.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from eval.cases import Corpus
from eval.judge import judge
from eval.metrics.measure import Measure, cited, not_applicable, share
from qa.types import Answer, Citation, Hit, Sentence

CHECKS = {"numbers_cited": "number", "names_cited": "name", "polarity_cited": "negation"}  # metric -> the judge's flag


def measure_support(answer: Answer, hits: Sequence[Hit], corpus: Corpus) -> dict[str, Measure]:
    """Every metric of support, by name; what is cited is what stands at its place, whatever the quotation says."""
    answer = replace(answer, citations=tuple(_as_it_stands(citation, corpus) for citation in answer.citations))
    if answer.status == "refused":
        return dict.fromkeys(NAMES, not_applicable("refused"))
    by_cited = [supported(sentence.text, _sources(answer, sentence)) for sentence in answer.sentences]
    found = [hit.passage.text for hit in hits]
    by_any = [
        good or any(supported(sentence.text, [text]) for text in found)
        for good, sentence in zip(by_cited, answer.sentences, strict=True)
    ]
    count, astray = len(answer.sentences), sum(by_any) - sum(by_cited)
    return {
        "citation_recall": share(sum(by_cited), count, "" if count else "answered without a sentence"),
        "citation_precision": citation_precision(answer, by_cited),
        "support_any": share(sum(by_any), count),
        "misattribution": share(astray, sum(by_any)) if any(by_any) else not_applicable("nothing is supported"),
        **{metric: check_sentences(answer, flag) for metric, flag in CHECKS.items()},
    }


NAMES = ("citation_recall", "citation_precision", "support_any", "misattribution", *CHECKS)


def _as_it_stands(citation: Citation, corpus: Corpus) -> Citation:
    quotation = citation.quotation
    article = corpus.articles.get(quotation.article_id)
    text = article.text[quotation.start : quotation.end] if article and 0 <= quotation.start < quotation.end else ""
    return replace(citation, quotation=replace(quotation, text=text))


def supported(sentence: str, sources: Sequence[str]) -> bool:
    """Whether the sources say the sentence, to the judge; what stands there word for word, they say."""
    return bool(sources) and judge(sentence, sources).supported


def citation_precision(answer: Answer, by_cited: Sequence[bool]) -> Measure:
    """The share of the marks [n] that their sentence needs: it is supported, and not without them as well.

    A citation counts when its sentence is supported by all that it cites, and either the citation supports it alone or
    the others without it do not.
    """
    marks = [
        (sentence, number, good)
        for sentence, good in zip(answer.sentences, by_cited, strict=True)
        for number in sentence.citations
    ]
    needed = [number for sentence, number, good in marks if good and _is_needed(answer, sentence, number)]
    return share(len(needed), len(marks), "" if marks else "answered without a citation")


def _is_needed(answer: Answer, sentence: Sentence, number: int) -> bool:
    own = [citation.quotation.text for citation in cited(answer, [number])]
    if not own:
        return False
    others = [other for other in sentence.citations if other != number]
    if not others or supported(sentence.text, own):
        return True
    return not supported(sentence.text, [citation.quotation.text for citation in cited(answer, others)])


def check_sentences(answer: Answer, flag: str) -> Measure:
    """The share of sentences not quoted but written in which the judge misses no number, name or denial of its kind."""
    written = [sentence for sentence in answer.sentences if sentence.generated]
    if not written:
        return not_applicable("no generated sentence")
    flagged = [sentence.text[:60] for sentence in written if flag in _flags(answer, sentence)]
    return share(len(written) - len(flagged), len(written), f"{flag}: {flagged}" if flagged else "")


def _flags(answer: Answer, sentence: Sentence) -> Sequence[str]:
    # Without a source, everything that could be checked is unsupported.
    sources = _sources(answer, sentence)
    return judge(sentence.text, sources).flags if sources else tuple(CHECKS.values())


def _sources(answer: Answer, sentence: Sentence) -> list[str]:
    return [citation.quotation.text for citation in cited(answer, sentence.citations)]
