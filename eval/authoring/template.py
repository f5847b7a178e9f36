"""Writes a starter file: sentences of a library that are worth a question, for a person to ask about and to answer.

A program that wrote the questions too would ask what it can answer. It only chooses: sentences that state a number or a
date, that report what somebody said, or that name what another article names too; articles whose numbers may disagree;
and places near which to ask for something that no article says.
"""

from __future__ import annotations

import argparse
import json
import random
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.authoring.candidates import Candidate, find_candidates, find_conflicts, find_pairs, nearest_rivals
from eval.authoring.catalogue import name_articles
from eval.authoring.patterns import pattern_of
from eval.cases import CasesInvalid
from qa.settings import Settings
from qa.types import Article

LOOKED_AT = 500  # articles of a large library, drawn by chance: it takes half a minute
SHARES = {"unanswerable": 0.15, "conflict": 0.1, "multi": 0.2}  # the rest are single
NEAR_MISSES = {
    "absent": "ask for something about this that no article says",
    "near_miss_entity": "ask the same about somebody or something that no article says it of",
    "near_miss_date": "ask for the same of another day or year, of which no article says it",
    "false_presupposition": "ask a question that takes for granted what isn't so",
}
Line = dict[str, Any]


def template_command(arguments: Sequence[str]) -> int:
    """Writes the starter file of a library; CasesInvalid when it can't, a file that is there is never touched."""
    parser = argparse.ArgumentParser(prog="qa eval template", description="Write a starter file of questions.")
    parser.add_argument("--library", metavar="DIR", help="default: $QA_LIBRARY, else .qa")
    parser.add_argument("--out", type=Path, default=Path("mine.jsonl"), metavar="FILE", help="default: mine.jsonl")
    parser.add_argument("--count", type=int, default=30, metavar="N", help="lines, at most; default: 30")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="another one chooses other sentences")
    options = parser.parse_args(arguments)
    if not 1 <= options.count <= 10_000:
        parser.error("--count is 1 to 10000")
    if options.out.exists():
        raise CasesInvalid(
            f"{options.out} is there already, and may hold somebody's work; give another name with --out"
        )

    from qa.library import Library

    with Library.open(options.library, settings=Settings.from_environment(), create=False) as library:
        articles = library.articles()
    lines = propose(articles, options.count, options.seed)
    write_lines(options.out, lines)
    looked = min(len(articles), LOOKED_AT)
    library_option = f" --library {shlex.quote(str(options.library))}" if options.library else ""
    print(
        f"wrote {len(lines)} lines to {options.out} ({_mix(lines)}), from {looked} of {len(articles)} articles.\n"
        "Fill in question, answer.short and author, in your own words; change or delete what doesn't fit; "
        "lines without a question are left out. Then run:\n"
        f"  qa eval --questions {shlex.quote(str(options.out))}{library_option}"
    )
    return 0


def propose(articles: Iterable[Article], count: int, seed: int = 0) -> list[Line]:
    """At most `count` lines to fill in, the same for the same articles and seed; CasesInvalid when there are none."""
    chance = random.Random(seed)
    named = name_articles(articles)
    names = chance.sample(sorted(named), min(len(named), LOOKED_AT))
    found = {name: find_candidates(name, named[name]) for name in names}
    for candidates in found.values():
        chance.shuffle(candidates)
        candidates.sort(key=lambda candidate: not candidate.telling)  # those with a value or a speaker come first
    wanted = {kind: int(share * count + 0.5) for kind, share in SHARES.items()}
    lines: list[Line] = []
    used: set[Candidate] = set()
    lines += [_conflict_line(*pair) for pair in _apart(find_conflicts(found), used, wanted["conflict"])]
    pairs = find_pairs(found)
    chance.shuffle(pairs)
    lines += [_multi_line(*pair) for pair in _apart(pairs, used, wanted["multi"])]
    rest = [candidate for candidate in take_turns(found) if candidate not in used]
    singles = rest[: count - wanted["unanswerable"] - len(lines)]
    lines += map(_single_line, singles)
    near = rest[len(singles) :] or rest
    kinds = list(NEAR_MISSES)
    lines += [_absent_line(kinds[at % len(kinds)], near[at]) for at in range(min(wanted["unanswerable"], len(near)))]
    if not lines:
        raise CasesInvalid("no article has a sentence that states a number or a date, or names what another one names")
    return lines


def take_turns(found: Mapping[str, Sequence[Candidate]]) -> Iterator[Candidate]:
    """The first of every article, then the second of every article, …; what two articles share comes once."""
    seen: set[str] = set()
    for at in range(max(map(len, found.values()), default=0)):
        for candidates in found.values():
            if at < len(candidates) and candidates[at].quote not in seen:
                seen.add(candidates[at].quote)
                yield candidates[at]


def _apart(
    pairs: Sequence[tuple[Candidate, Candidate]], used: set[Candidate], most: int
) -> list[tuple[Candidate, Candidate]]:
    """The first pairs without a sentence in common, but of as many articles as there are."""
    chosen: list[tuple[Candidate, Candidate]] = []
    met: Counter[str] = Counter()
    waiting = [pair for pair in pairs if not used & set(pair)]
    while waiting and len(chosen) < most:
        one, other = pair = min(waiting, key=lambda pair: met[pair[0].article] + met[pair[1].article])
        chosen.append(pair)
        used.update(pair)
        met.update((one.article, other.article))
        waiting = [left for left in waiting if not used & set(left)]
    return chosen


def write_lines(path: Path, lines: Iterable[Line]) -> None:
    """One JSON object a line, into a new file."""
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise CasesInvalid(f"can't write {path}: {error.strerror}; choose another place with --out") from error


def _mix(lines: Sequence[Line]) -> str:
    counts = Counter("unanswerable" if line.get("answerable") is False else line["type"] for line in lines)
    return ", ".join(f"{count} {kind}" for kind, count in counts.items())


def _single_line(candidate: Candidate) -> Line:
    return {
        "question": "",
        "type": "single",
        "answer": {"short": []},
        "evidence": [_span(candidate)],
        "author": "",
        "hint": f"{candidate.hint}: ask for it without the sentence's own words",
    }


def _multi_line(one: Candidate, other: Candidate) -> Line:
    name = sorted(one.names & other.names, key=lambda name: (-len(name), name))[0]
    return {
        "question": "",
        "type": "multi",
        "answer": {"short": []},
        "evidence": [_span(one), _span(other)],
        "author": "",
        "hint": f"both name {name}: ask what needs both sentences, and give each part of the answer in answer.short; "
        "or delete one and make it single",
    }


def _conflict_line(one: Candidate, other: Candidate) -> Line:
    first, second = nearest_rivals(one, other)
    return {
        "question": "",
        "type": "conflict",
        "answer": {"short": []},
        "conflict": {
            "on": "",
            "sides": [
                {"value": [pattern_of(first.text)], "evidence": "g1"},
                {"value": [pattern_of(second.text)], "evidence": "g2"},
            ],
        },
        "evidence": [{"group": "g1", "spans": [_span(one)]}, {"group": "g2", "spans": [_span(other)]}],
        "author": "",
        "hint": f"{first.text} and {second.text} may disagree: if they are of the same thing, ask for it and say in "
        "conflict.on what it is; else delete one and make it single, without conflict",
    }


def _absent_line(kind: str, candidate: Candidate) -> Line:
    return {
        "question": "",
        "type": "unanswerable",
        "answerable": False,
        "unanswerable_kind": kind,
        "author": "",
        "hint": f"{NEAR_MISSES[kind]}; near to, in {candidate.article}: {candidate.quote}",
    }


def _span(candidate: Candidate) -> Line:
    return {
        "article": candidate.article,
        "start": candidate.start,
        "end": candidate.end,
        "quote": candidate.quote,
    }
