"""Public sets as suites: their articles as files of a library that is thrown away, their questions as cases.

Nothing of a set is copied into the project: it is read where it lies. What a set doesn't say is not judged: clapnq has
no short answers, scifact only says which abstracts bear on a claim.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from eval.authoring.catalogue import corpus_of
from eval.authoring.patterns import pattern_of
from eval.bench.data import Collection, Question, read_newsqa, read_scifact, read_squad
from eval.bench.tune import measure_abstracts
from eval.cases import Case, CasesInvalid, GoldSpan, Group, Nugget
from eval.metrics import Measure
from eval.outcomes import Asked
from eval.own import describe_asking
from eval.run import SEED, Asker, Evaluation, ask_all, describe_inputs, draw_cases
from qa.ingest import Progress
from qa.reader.examples import SQUAD, read_lines
from qa.settings import Settings
from qa.types import Hit

DEEP = 30  # passages in which ten abstracts are looked for
CUTS = (1, 5, 10)  # abstracts
INVARIANTS = ("quote_exact", "citations_resolve", "refusal_bare", "sentences_cited", "numbers_cited")
NEED_ANSWERS = ("answer_correct", "fully_good", "refusal_score")  # they take no vital nugget for all of them said
EDGES = " \t\n,.;:!?\"'“”‘’()-–—"  # what a marked answer may have at its ends by a slip of the marker


@dataclass(frozen=True, slots=True)
class Suite:
    """Files by name, the cases about them, and of claims the files that bear on each, by the case's id."""

    files: Mapping[str, str]
    cases: tuple[Case, ...]
    unjudged: tuple[str, ...] = ()
    bearing: Mapping[str, frozenset[str]] | None = None  # then only whole articles are judged


def evaluate_suite(
    name: str, data: Path | None, settings: Settings, *, limit: int | None = None, progress: Progress | None = None
) -> Evaluation:
    """The questions of a set, or `limit` of them, asked of a new library of all its articles.

    All, because fewer would be easier to search; `progress` is told of each that is added, scifact's take minutes.
    """
    suite = read_suite(name, data)
    chosen = replace(suite, cases=draw_cases(suite.cases, limit))

    from qa.library import Library  # loads models, so after all that can go wrong without them

    settings = replace(settings, precision="f32")  # bf16 gives other scores on other processors
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_articles(folder / "articles", suite.files)
        write_cases(folder / "cases.jsonl", chosen.cases)
        with Library.open(folder / "library", settings=settings) as library:
            report = library.add(folder / "articles", progress=progress)
            left_out = sum(entry.outcome == "skipped" for entry in report.entries)
            evaluation = ask_suite(chosen, library)
        about = {**describe_inputs(folder / "cases.jsonl", suite.files, settings), **evaluation.about}
    told = f"{name}: asked {len(chosen.cases):,} of {len(suite.cases):,} questions"
    told += f", drawn by chance (seed {SEED})," if len(chosen.cases) < len(suite.cases) else ""
    told += f" of a library of {len(suite.files) - left_out:,} of {len(suite.files):,} articles"
    counts = {"name": name, "asked": len(chosen.cases), "of": len(suite.cases), "seed": SEED, "left_out": left_out}
    return Evaluation({**about, "suite": counts, "notes": [told]}, evaluation.asked)


def ask_suite(suite: Suite, library: Asker) -> Evaluation:
    """The suite's cases asked of a library of its files; of what the set says nothing, nothing is measured."""
    corpus = corpus_of(library.articles())  # type: ignore[attr-defined]
    asked = ask_all(suite.cases, library, corpus)
    about = describe_asking(asked, library)
    if suite.bearing is None:
        return Evaluation(about, tuple(without(item, suite.unjudged) for item in asked))
    ids = {
        case: frozenset(corpus.ids[file] for file in files if file in corpus.ids)
        for case, files in suite.bearing.items()
    }
    return Evaluation(about, tuple(judge_articles(item, library, ids[item.case.id]) for item in asked))


def read_suite(name: str, data: Path | None) -> Suite:
    """The set of that name in the folder of benchmark data; CasesInvalid names the file that is missing or broken."""
    read, files = SUITES[name]
    if data is None:
        raise CasesInvalid(f"--suite {name} needs the folder of the benchmark data: give it with --data DIR")
    for file in files:
        if not (data / file).is_file():
            raise CasesInvalid(f"no {data / file}; --data takes the folder of the benchmark data, which holds {file}")
    try:
        return read(data)
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CasesInvalid(f"{name} in {data} can't be read: {error!r}; its files are {', '.join(files)}") from error


def write_articles(folder: Path, files: Mapping[str, str]) -> None:
    """The texts as they are, in a new folder."""
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_bytes(text.encode())  # bytes, so that no line end changes and no offset moves


def write_cases(path: Path, cases: Iterable[Case]) -> None:
    """A line for each case; the digest of the file names the sample."""
    path.write_text("".join(json.dumps(asdict(case), ensure_ascii=False) + "\n" for case in cases), encoding="utf-8")


# The sets


def _newsqa(data: Path) -> Suite:
    return suite_of("newsqa", read_newsqa(data / "newsqa"))


def _squad2(data: Path) -> Suite:
    return suite_of("squad2", read_squad(data / "reading" / f"{SQUAD}.jsonl.gz"))


def _scifact(data: Path) -> Suite:
    """Claims, so no answers: which abstracts are found is all that the set can judge."""
    collection = read_scifact(data / "scifact")
    files, names = _files(collection)
    cases = tuple(
        Case(
            f"scifact-{question.subject}",
            "test",
            "single",
            question.text,
            True,
            story=question.subject,
            author="scifact",
        )
        for question in collection.questions
    )
    bearing = {
        case.id: frozenset(names[id_] for id_ in question.gold)
        for case, question in zip(cases, collection.questions, strict=True)
    }
    return Suite(files, cases, bearing=bearing)


def _clapnq(data: Path) -> Suite:
    """Long answers: every sentence that the answer rests on is a fact to find and cite; what is said isn't judged."""
    collection = Collection()
    questions: list[tuple[str, str, list[str]]] = []
    for name in ("clapnq_answerable", "clapnq_unanswerable"):
        for record in read_lines(data / "reading" / f"{name}.jsonl.gz"):
            passage = record["passages"][0]
            article = collection.add(passage["title"], passage["text"], passage["title"])
            chosen = [sentence for output in record["output"][:1] for sentence in output["selected_sentences"]]
            if chosen or name == "clapnq_unanswerable":  # one answer rests on no sentence: nothing can be judged
                questions.append((article.id, record["input"].strip(), chosen))
    files, names = _files(collection)
    cases = []
    for number, (id_, text, chosen) in enumerate(questions):
        spans = [span for sentence in chosen if (span := _find(sentence, names[id_], files[names[id_]]))]
        groups = tuple(Group(f"g{at}", (span,)) for at, span in enumerate(spans, 1))
        cases.append(_case(f"clapnq-{number:04d}", "clapnq", text, names[id_], groups))
    return Suite(files, tuple(cases), unjudged=NEED_ANSWERS)


def suite_of(name: str, collection: Collection) -> Suite:
    """The suite of a collection whose answers have places: they are the gold spans, any one of them will do."""
    files, names = _files(collection)
    cases = []
    for number, question in enumerate(collection.questions):
        file = names[min(question.gold)]
        shift = len(files[file]) - len(collection.articles[min(question.gold)].text)
        spans = tuple(
            GoldSpan(file, start + shift, end + shift, files[file][start + shift : end + shift])
            for start, end in sorted(set(question.spans))
        )
        groups = (Group("g1", spans),) if spans else ()
        case = _case(f"{name}-{number:05d}", name, question.text, question.subject, groups)
        cases.append(replace(case, nuggets=_nuggets(question), short=tuple(sorted(question.answers))))
    return Suite(files, tuple(cases))


def _case(id_: str, origin: str, question: str, subject: str, groups: tuple[Group, ...]) -> Case:
    type_ = "single" if groups else "unanswerable"
    return Case(id_, "test", type_, question, bool(groups), evidence=groups, story=subject, author=origin)


def _nuggets(question: Question) -> tuple[Nugget, ...]:
    """One, that any of the marked answers satisfies."""
    answers = sorted({answer.strip(EDGES) for answer in question.answers} - {""})
    patterns = tuple(pattern_of(answer) for answer in answers)
    return (Nugget("n1", " / ".join(answers), True, patterns, "g1"),) if patterns else ()


def _files(collection: Collection) -> tuple[dict[str, str], dict[str, str]]:
    """(file name -> text, article id -> file name); a title stands above the text, as it does in an article."""
    files, names = {}, {}
    for number, article in enumerate(collection.articles.values()):
        slug = re.sub(r"\W+", "-", article.source.rpartition(".gz/")[2])[:60].strip("-")
        name = f"{number:05d}-{slug}.txt"
        files[name] = f"{article.title}\n\n{article.text}" if article.title else article.text
        names[article.id] = name
    return files, names


def _find(sentence: str, name: str, text: str) -> GoldSpan | None:
    start = text.find(sentence)
    return GoldSpan(name, start, start + len(sentence), sentence) if start >= 0 and sentence else None


# What is judged


def without(asked: Asked, names: Iterable[str]) -> Asked:
    """Without a value for those measures, the controls' included."""
    unjudged = {name: Measure(None, 0, 0, "the set doesn't say") for name in names}
    controls = {control: {**measures, **unjudged} for control, measures in asked.controls.items()}
    return replace(asked, measures={**asked.measures, **unjudged}, controls=controls)


def judge_articles(asked: Asked, library: Asker, gold: frozenset[str]) -> Asked:
    """Only the invariants, and where the first passages of the articles that bear on the claim are."""
    bare = without(asked, [name for name in asked.measures if name not in INVARIANTS])
    hits = library.search(asked.case.question, k=DEEP, filters=None)
    return replace(bare, measures={**bare.measures, **measure_articles(asked.case.question, hits, gold)}, controls={})


def measure_articles(question: str, hits: Sequence[Hit], gold: frozenset[str]) -> dict[str, Measure]:
    """Recall and rank of whole articles, each counted at its first passage, and nDCG@10."""
    found = list(dict.fromkeys(hit.passage.article_id for hit in hits))[: max(CUTS)]
    measures = {
        f"article_recall@{k}": Measure(
            len(gold & set(found[:k])) / len(gold) if gold else 0.0, len(gold & set(found[:k])), len(gold)
        )
        for k in CUTS
    }
    rank = next((rank for rank, id_ in enumerate(found, 1) if id_ in gold), None)
    gain = measure_abstracts(Question(question, "", "", gold), hits)[0] if gold else 0.0
    return {
        **measures,
        "article_rr@10": Measure(1 / rank, 1, rank) if rank else Measure(0.0, 0, 1),
        "article_ndcg@10": Measure(float(gain), float(gain), 1),
    }


SUITES: Mapping[str, tuple[Callable[[Path], Suite], tuple[str, ...]]] = {
    "newsqa": (_newsqa, ("newsqa/articles.jsonl.gz", "newsqa/questions.jsonl.gz")),
    "squad2": (_squad2, (f"reading/{SQUAD}.jsonl.gz",)),
    "clapnq": (_clapnq, ("reading/clapnq_answerable.jsonl.gz", "reading/clapnq_unanswerable.jsonl.gz")),
    "scifact": (_scifact, ("scifact/corpus.jsonl.gz", "scifact/queries_train.jsonl.gz", "scifact/qrels_train.tsv")),
}
