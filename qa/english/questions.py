"""What kind of question it is, by rules over its English words: they choose how the answer is composed.

The order of the rules is their precision: what names articles, news or a topic comes before the question words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal

from qa.english.phrasings import (
    ADVERBIAL,
    AFTER_VERB,
    AUX,
    AUX_AT_START,
    CLOSING,
    COUNT_ARTICLES,
    COUNTED_STOPS,
    DEMANDS,
    DIRECT,
    FACT_OF,
    HAPPENED,
    HOW_MANY,
    JOINT,
    MANNER,
    NAME_THE,
    NAMED,
    NEWS,
    NO_LIST_ENDS,
    NUMBER,
    OVERVIEW,
    OWN_NAME,
    POLITE,
    POSSESSIVE,
    PRONOUN,
    REASON,
    SINCE,
    TAG,
    THING,
    THINGS,
    TYPOS,
    VERBS,
    WH_WORD,
    WHAT_ARE,
    WHETHER,
    WHICH,
    WORD_AT_START,
)
from qa.english.plurals import asks_for_several, ends_noun_phrase, is_plural

Kind = Literal[
    "fact", "yes-no", "reason", "manner", "list", "number", "count-articles", "overview", "news"
]  # fmt: skip
LONGEST = 1_000  # characters of a question that the rules look at; a longer one is no plain question
MOST_WORDS = 7  # of a topic that stands alone
MOST_PARTS = 4  # questions in one


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as understood: `text` is what to search with, the rest is empty where its kind has no use for it."""

    kind: Kind
    text: str
    topic: str = ""  # of an overview, news or a count of articles: what about
    since: date | None = None  # of news
    parts: tuple[str, ...] = ()  # the questions that it plainly joins; none, or at least two
    counted: str = ""  # of a number: the words after "how many", up to the verb


def understand(question: str, today: date | None = None) -> Asked:
    """The kind of the question with what that kind needs; "fact" when no rule speaks.

    Dates such as "since Tuesday" are counted back from `today`, by default the clock's.
    """
    text, whether = _unwrap(_mend(question.split()))
    if len(text) > LONGEST:
        return Asked("fact", text)
    parts = _split_parts(text)
    first = _skip_adverbial(parts[0] if parts else _bare(text))
    if whether:
        return Asked("yes-no", text, parts=parts)
    if (about := COUNT_ARTICLES.match(first)) and _topic(about):
        return Asked("count-articles", text, topic=_topic(about), parts=parts)
    if news := _find_news(_bare(text) if not parts else parts[0], today or date.today()):
        return Asked("news", text, topic=news[0], since=news[1], parts=parts)
    if about := OVERVIEW.fullmatch(first):
        return Asked("overview", text, topic=_topic(about), parts=parts)
    if not parts and _is_noun_phrase(first):
        return Asked("overview", text, topic=first)
    kind = _kind(first)
    return Asked(kind, text, parts=parts, counted=_counted(first) if kind == "number" else "")


def is_question(text: str) -> bool:
    """Whether the text asks something, rather than stating it or naming a topic.

    >>> is_question("the ferry sank where?"), is_question("who sank the ferry"), is_question("The ferry sank.")
    (True, True, False)
    """
    text, whether = _unwrap(_mend(text.split()))
    return whether or text.rstrip(" \"'”)").endswith("?") or _is_question(_skip_adverbial(_bare(text[:LONGEST])))


def _kind(text: str) -> Kind:
    """By the words that the question opens with; by those that it ends with when it opens with none."""
    if REASON.match(text):
        return "reason"
    if NUMBER.match(text):
        return "number"
    if MANNER.match(text):
        return "manner"
    if _asks_for_list(text):
        return "list"
    if AUX_AT_START.match(text):
        return "yes-no"
    if not WORD_AT_START.match(text):
        if HOW_MANY.search(text):
            return "number"
        if text.lower().endswith(" why"):
            return "reason"
    return "fact"


def _skip_adverbial(text: str) -> str:
    adverbial = ADVERBIAL.match(text)
    return text[adverbial.end() :] if adverbial else text


def _asks_for_list(text: str) -> bool:
    if NAMED.match(text) or DEMANDS.match(text):
        return True
    if are := WHAT_ARE.match(text):
        last = text.split()[-1].lower()  # "what are the boats decorated with"
        return is_plural(are["noun"]) and not any(map(is_plural, are["phrase"].split())) and last not in NO_LIST_ENDS
    if name := NAME_THE.match(text):
        return asks_for_several(name["phrase"])
    which = WHICH.match(text)
    return which is not None and asks_for_several(which["phrase"], after_what=which["word"].lower() == "what")


def _mend(words: list[str]) -> str:
    """The words with straight apostrophes, and without typing errors in those that ask; Wen Jiabao is none."""
    words = [word.replace("’", "'") for word in words]
    return " ".join(
        [_mend_word(word) if at == 0 or word.islower() else word for at, word in enumerate(words[:3])] + words[3:]
    )


def _mend_word(word: str) -> str:
    return TYPOS.get(word.lower(), word)


def _unwrap(text: str) -> tuple[str, bool]:
    """The question without politeness around it, and whether it asks whether something is so."""
    text = _cut_closing(text)
    wrapped = False
    for _ in range(5):  # "Hi, could you please tell me …"
        if polite := POLITE.match(text):
            text, wrapped = text[polite.end() :], True
    if wrapped and text.lower().startswith("if "):
        return text[3:], True
    if (whether := WHETHER.match(text)) and len(text) > whether.end():
        return text[whether.end() :], True
    bare = _bare(text)
    if len(text) <= LONGEST and (tag := TAG.search(bare)):
        return f"{bare[: tag.start()]}?", True
    return text, False


def _cut_closing(text: str) -> str:
    bare = text.rstrip(" ?!.,")
    for closing in CLOSING:
        if bare.lower().endswith(closing) and bare[: -len(closing)].endswith((" ", "?")):
            return bare[: -len(closing)].rstrip(" ,") + ("?" if "?" in text[len(bare) :] else "")
    return text


def _bare(text: str) -> str:
    """Without the marks at its end; the stop of "U.S." stays."""
    text = text.strip(" ?!,;:-\"'“”")
    return text if re.search(r"\b\w\.\w\.$", text[-8:]) else text.rstrip(" .?!,")


def _topic(match: re.Match[str]) -> str:
    topic = next((value for value in match.groupdict().values() if value), "")
    return re.sub(r" (?:are there|do you have|please|for me)$", "", _bare(topic), flags=re.IGNORECASE)


def _find_news(text: str, today: date) -> tuple[str, date | None] | None:
    """(topic, since when) of a question for what is new."""
    dated = SINCE.search(text)
    rest = _bare(f"{text[: dated.start()].rstrip(' ,')} {text[dated.end() :].lstrip(' ,')}") if dated else text
    match = NEWS.fullmatch(rest)
    if match is None and (dated or re.search(r"\bsince\b", text, re.IGNORECASE)):
        match = HAPPENED.fullmatch(rest)
    if match is None:
        return None
    return _topic(match), _resolve(dated, today) if dated else None


def _resolve(dated: re.Match[str], today: date) -> date | None:
    """The day that "since Tuesday" or "in the last week" means, the past preferred."""
    if dated["now"]:
        unit = dated["now"].lower().split()[-1]
        week = today - timedelta(days=today.weekday())
        return {"week": week, "month": today.replace(day=1), "year": today.replace(month=1, day=1)}.get(unit, today)
    import dateparser  # type: ignore[import-untyped]  # slow to load

    amount = {"few": "3", "couple of": "2", None: "1"}.get(dated["amount"], dated["amount"])
    words = dated["date"] or f"{amount} {dated['unit']} ago"
    words = re.sub(r"^(?:the |this |early |late )+", "", words, flags=re.IGNORECASE)
    moment = dateparser.parse(
        words,
        languages=["en"],
        settings={
            "PREFER_DATES_FROM": "past",
            "PREFER_DAY_OF_MONTH": "first",
            "PREFER_MONTH_OF_YEAR": "first",
            "RELATIVE_BASE": datetime.combine(today, time()),
        },
    )
    return moment.date() if moment else None


def _is_noun_phrase(text: str) -> bool:
    """Whether the text names a topic and asks nothing: "Tesla deliveries"."""
    words = text.split()
    if not 1 <= len(words) <= MOST_WORDS or not re.search("[A-Za-z]", text):
        return False
    if any(pattern.match(text) for pattern in (FACT_OF, NUMBER, REASON, NAMED, NAME_THE)) or WH_WORD.search(text):
        return False
    return not any(_is_verb(word, next_word, at) for at, (word, next_word) in enumerate(pairwise([*words, ""])))


def _is_verb(word: str, next_word: str, at: int) -> bool:
    """Whether the word makes a sentence of the words around it: "the mayor resigned on Monday", not "wanted men"."""
    if word == "May" and next_word[:1].isdigit():
        return False
    if at and word.endswith("ed"):
        return not next_word or next_word.lower() in AFTER_VERB
    return bool(re.fullmatch(AUX, word, re.IGNORECASE)) or (at > 0 and word.lower() in VERBS)


def _split_parts(text: str) -> tuple[str, ...]:
    """The questions that "and" or a question mark joins; none when there is only one, or too many to be meant.

    A later one gets the name that its pronoun stands for. Where none is told they stay together: alone it would be
    answered about anybody.
    """
    cuts = [joint for joint in JOINT.finditer(text) if _parts_at(text, joint)]
    edges = [0, *(edge for cut in cuts for edge in cut.span()), len(text)]
    parts = [_bare(text[start:end]) for start, end in list(pairwise(edges))[::2]]
    named = [parts[0], *(_name_pronoun(part, " ".join(parts[:at])) for at, part in enumerate(parts[1:], 1))]
    whole = [part for part in named if part]
    return tuple(whole) if 1 < len(parts) == len(whole) <= MOST_PARTS else ()


def _name_pronoun(part: str, before: str) -> str:
    """The part with what its first pronoun stands for: the last name told before it, or for "it" the last thing.

    Nothing when nobody is told.
    """
    pronoun = PRONOUN.search(part)
    if pronoun is None or OWN_NAME.search(part):
        return part
    found = OWN_NAME.findall(before)
    if not found and pronoun[0].lower() in THINGS:
        found = [found[0] for found in THING.finditer(before)]
    possessive = "'s" if POSSESSIVE.match(part, pronoun.start()) else ""
    return f"{part[: pronoun.start()]}{found[-1]}{possessive}{part[pronoun.end() :]}" if found else ""


def _parts_at(text: str, joint: re.Match[str]) -> bool:
    """Whether a question ends and another starts there, rather than a clause within one."""
    left = re.split(r"[?;]", text[: joint.start()])[-1]
    right = re.split(r"[?;]", text[joint.end() :], maxsplit=1)[0]
    words = right.lower().split()
    if len(left.split()) < 3 or len(words) < 2 or not _is_question(_skip_adverbial(left.lstrip(" ,"))):
        return False
    if len(words) == 2 and not (words[0] in ("who", "what") and words[1].endswith("ed")):  # "and why", "and what else"
        return False
    if joint[0].startswith("?"):
        return True
    clauses = [found for found in WH_WORD.finditer(left) if found.start() > 12]  # "the man who was seen and who …"
    return not clauses or (DIRECT.match(right) is not None and clauses[-1][0].lower() != right.split()[0].lower())


def _is_question(text: str) -> bool:
    return any(pattern.match(text) for pattern in (WORD_AT_START, AUX_AT_START, NAMED, NAME_THE, OVERVIEW, NUMBER))


def _counted(text: str) -> str:
    """The words right after "how many", up to the verb."""
    after = HOW_MANY.search(text) or NUMBER.match(text)
    words = text[after.end() :].split() if after else []
    if [word.lower() for word in words[:1]] == ["of"]:
        words = words[1:]
    if words and words[0].lower() in {"the", "these", "those", "his", "her", "their", "its", "all"}:
        words = words[1:]
    if (
        words[0:1] and words[0].endswith("ed") and (len(words) == 1 or words[1][0].isupper())
    ):  # "how many attacked Oakes"
        return ""
    counted: list[str] = []
    for word, next_word in pairwise([*words[:5], ""]):
        name = word.rstrip(",?")
        if name.lower() in COUNTED_STOPS or name.lower().endswith("n't") or (counted and name.lower().endswith("ed")):
            break
        counted.append(name)
        if name != word or ends_noun_phrase(name, next_word):
            break
    return " ".join(counted[:4])
