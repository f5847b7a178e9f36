"""A name or a phrase in the place of another of the question before: "What about Norway?", "And in 2024?"."""

from __future__ import annotations

import re

from qa.english.days import find_dates
from qa.english.mentions import BE, DO, GRAMMAR, Mention, find_mentions
from qa.english.plurals import is_plural
from qa.english.referents import is_nation, names_no_person, names_office
from qa.english.wording import same_names

Rivals = tuple[str, ...]  # what the words may stand for alike, where that can't be told
AUX = "|".join(sorted({*BE, *DO, "can", "am"} - {"been"}, key=len, reverse=True))
_ABOUT = re.compile(r"(?:what|how) about (?P<what>.+)", re.IGNORECASE)
_ONE = re.compile(r"the (?P<which>[\w-]+)(?: (?P<one>ones?))?", re.IGNORECASE)
_OWN = re.compile(r"(?P<owner>his|her|its) (?P<what>[a-z][a-z-]*(?: [a-z][a-z-]*)?)", re.IGNORECASE)
_ORDINAL = "first|second|third|fourth|fifth|last|other|next|former|latter"
_LINKING = "who|what|which|when|where|how|why|it|he|she|they|that|because|while|if|whether"
_CLAUSE = re.compile(rf"\b(?:{AUX}|{_LINKING})\b")
_YEAR = re.compile(r"(?:in )?((?:19|20)\d\d)")
_TIMES = "before|after|during|since|until|under"
_PLACED = re.compile(rf"(?P<how>in|at|on|near|from|by|{_TIMES}) .+", re.IGNORECASE)
_HOW = r"in|at|on|near|from|of|for|to|with|by|about|against"
_GIVEN = re.compile(rf"(?P<how>{_HOW}) (?P<what>.+)", re.IGNORECASE)
_HOW_BEFORE = re.compile(rf"\b(?P<how>{_HOW}) $")
_IN_TIME = re.compile(rf"(?P<when>{_TIMES})(?: (?P<what>.+))?", re.IGNORECASE)
_TIME_AT_END = re.compile(rf" (?P<when>{_TIMES}) (?P<what>[^?]+)$")
_COUNTED = re.compile(rf"^(?:how (?:many|much)|which|what) (?:[\w-]+ ){{1,2}}?(?=(?:{AUX})\b)", re.IGNORECASE)
_WHOM = re.compile(r"\b(?:whom|whose)\b", re.IGNORECASE)
_TOPIC = re.compile(r"(?P<how>about|against|for|with) (?P<what>[a-z-]+(?: [a-z-]+)?)")
_WHERE = frozenset("in at on near".split())
# "The mayor of London" is mayor in London.
_OF_PLACE = re.compile(
    r"\b(?:mayor|governor|capital|population|president|prime minister|premier|king|queen|chancellor|government"
    r"|parliament|currency|language|area|size|economy|climate|bishop) of $"
)
_INITIALS = re.compile(r"(?:the )?(?:[A-Z]\.?){2,}")
_SAME = frozenset("it that this".split())
_THEM = frozenset("him her them these those".split())
_SEXES = {"his": "m", "her": "f"}


def change_phrase(bare: str, last: str) -> str:
    """ "In 2024" in the place of another date, "in Norway" of another place; else after all."""
    about = _ABOUT.fullmatch(bare)
    phrase = about["what"] if about else bare
    if year := _YEAR.fullmatch(phrase):
        phrase = f"in {year[1]}"
    if not asks(last) or not phrase.strip():
        return ""
    phrase = f"{phrase[0].lower()}{phrase[1:]}" if phrase.split()[0].lower() in GRAMMAR else phrase
    if changed := _change_time(phrase, last) or _change_object(phrase, last):
        return changed
    if _CLAUSE.search(phrase):
        return ""
    dates = find_dates(phrase, None)
    if not _PLACED.fullmatch(phrase) and not (dates and dates[0].span == (0, len(phrase))):
        return ""
    return _change_date(phrase, last) if dates else _append(phrase, last)


def _change_time(phrase: str, last: str) -> str:
    """ "After the war" in the place of "before the war"; a mere "after", or "after it", is of the same."""
    new, old = _IN_TIME.fullmatch(phrase), _TIME_AT_END.search(last)
    if not new or not old or _CLAUSE.search(old["what"]) or find_dates(old["what"], None) or find_dates(phrase, None):
        return ""
    what, when = (new["what"] or "it"), new["when"].lower()
    if what.lower() in _THEM or _CLAUSE.search(what.lower().removeprefix("it").removeprefix("that")):
        return ""
    what = old["what"] if what.lower() in _SAME or old["what"].startswith(what) else what
    return f"{last[: old.start()]} {when} {what}"


def _change_object(phrase: str, last: str) -> str:
    """ "In Linz" in the place of "in Graz", "of Chile" of "of Peru", and "in Paris" of "the mayor of London"."""
    if (topic := _TOPIC.fullmatch(phrase)) and topic["what"] not in GRAMMAR:
        old_topic = re.findall(rf" {topic['how']} ([^?]+)$", last)
        if len(old_topic) == 1 and not _CLAUSE.search(old_topic[0]):
            return f"{last[: -len(old_topic[0])]}{topic['what']}"
    given = _GIVEN.fullmatch(phrase)
    new = find_mentions(f"Of {given['what']}") if given else []
    if not given or len(new) != 1 or new[0].text.lower() != given["what"].lower():
        return ""
    how, fitting = given["how"].lower(), []
    for old in find_mentions(last):
        before = _HOW_BEFORE.search(last[: old.span[0]])
        if before and (written := _joint(how, before["how"], new[0], old, last[: old.span[0]])):
            fitting.append(f"{last[: before.start()]}{written} {given['what']}{last[old.span[1] :]}")
    return fitting[0] if len(fitting) == 1 else ""


def _joint(how: str, old_how: str, new: Mention, old: Mention, before: str) -> str:
    """The preposition of the new phrase, where it can take the old one's place; else nothing."""
    named = _is_name(new) == _is_name(old) and _alike(new, old)
    if how in _WHERE and old_how == "of":
        return "of" if _is_name(new) and named and _OF_PLACE.search(before) else ""
    if how in _WHERE and old_how in _WHERE:
        both = _is_name(new) and named and how == old_how
        return how if both or (old.kind == "place" and how == old_how) else ""
    return how if how == old_how and named else ""


def _change_date(phrase: str, last: str) -> str:
    if last.lower().startswith("when "):
        return ""
    old = [date.span for date in find_dates(last, None)]
    if not old:
        return _append(phrase, last)
    if len(old) > 1:
        return ""
    start, end = old[0]
    if not re.search(r"\d{4}", phrase) and (year := re.search(r"\d{4}$", last[start:end])):
        phrase = f"{phrase} {year[0]}"  # "in March" of the year that was asked about
    opened = re.search(r"\b(?:in|on|at|from|during|since|before|after|by|until) (?:the )?$", last[:start])
    return f"{last[: opened.start() if opened else start]}{phrase}{last[end:]}"


def _append(phrase: str, last: str) -> str:
    """The phrase at the end of the question, where it can't be of a clause or beside another of its sort."""
    if _CLAUSE.search(_COUNTED.sub("", last).removesuffix(" have").partition(" ")[2].partition(" ")[2]) or _WHOM.search(
        phrase
    ):
        return ""
    how = phrase.split()[0].lower()
    timed = _TIME_AT_END.search(last) or find_dates(last, None)
    if how in _TIMES.split("|") and timed and not find_dates(phrase, None):
        return ""
    if how in {*_WHERE, "from"} and any(mention.kind == "place" for mention in find_mentions(last)):
        return "" if not find_dates(phrase, None) else f"{last} {phrase}"
    return f"{last} {phrase}"


def asks(last: str) -> bool:
    """Whether it is put as a question."""
    return re.match(rf"(?:who|whom|whose|what|which|when|where|why|how|{AUX})\b", last, re.IGNORECASE) is not None


def change_name(bare: str, last: str, *, led: bool) -> tuple[str, Rivals]:
    """ "What about Trump" and "and Trump": the name in the place of the one asked about, or which it may be of."""
    about = _ABOUT.fullmatch(bare)
    if not (about or led) or not asks(last):
        return "", ()
    what = about["what"] if about else bare
    if (one := _ONE.fullmatch(what)) and (changed := _change_one(one, last)):
        return changed, ()
    if own := _OWN.fullmatch(what):
        return _change_owner(own, last), ()
    new = find_mentions(f"Of {what}")
    if not new or new[0].text != what or new[0].plural:
        return "", ()
    if re.match(r"the [a-z]", what) and names_office(what.split()[-1] if " of " not in what else what.split()[1]):
        return _change_office(what, last), ()
    if len(new) != 1:
        return "", ()
    alike = [mention for mention in _names_in(last, new[0]) if _alike(new[0], mention)]
    if any(same_names(new[0].text, mention.text) for mention in alike) or what in last:
        return "", ()
    if _INITIALS.fullmatch(what):  # "the EU" for "NATO"
        alike = [mention for mention in alike if _INITIALS.fullmatch(mention.text)] or alike
    elif names_no_person(what):  # a country stands for a country
        alike = [mention for mention in alike if names_no_person(mention.text)] or alike
    alike = [mention for mention in alike if new[0].kind and mention.kind == new[0].kind] or alike
    if len(alike) != 1:
        return "", tuple(mention.text for mention in alike)
    start, end = alike[0].span
    return f"{last[:start]}{what}{last[end:]}", ()


def _names_in(last: str, new: Mention) -> list[Mention]:
    """What in the question another may take the place of: names, and of "the opera Tosca" the name; nouns of nouns."""
    found = [mention for mention in find_mentions(last) if not mention.plural]
    found = [one for one in found if not any(_is_within(other, one) for other in found)]
    if not _is_name(new):
        return [mention for mention in found if not _is_name(mention) and mention.kind == new.kind]
    plain = [mention for mention in found if re.match(r"(?:the )?[A-Z]", mention.text)]
    if plain or new.text.startswith("the "):
        return plain
    return [named for mention in found if (named := _name_of(mention))]


def _is_within(one: Mention, other: Mention) -> bool:
    return one.span != other.span and other.span[0] <= one.span[0] and one.span[1] <= other.span[1]


def _name_of(mention: Mention) -> Mention | None:
    """The name at the end of "the opera Tosca"."""
    name = re.search(r"(?<= )[A-Z][\w’'-]*(?: [A-Z][\w’'-]*)*$", mention.text)
    if not name or not mention.text.startswith("the "):
        return None
    return Mention(name[0], mention.kind, nouns=mention.nouns, span=(mention.span[1] - len(name[0]), mention.span[1]))


def _is_name(mention: Mention) -> bool:
    return re.search(r"(?:^| )[^\W\d_a-z]", mention.text) is not None


def _alike(one: Mention, other: Mention) -> bool:
    initials = _INITIALS.fullmatch(one.text) and _INITIALS.fullmatch(other.text)
    return one.kind == other.kind or "" in (one.kind, other.kind) or initials is not None


def _change_office(what: str, last: str) -> str:
    """ "The mayor of Brno" in the place of "the mayor of Ostrava", "the deputy" in that of "the mayor" of it."""
    found = [mention for mention in find_mentions(last) if re.match(r"the [a-z]", mention.text)]
    found = [mention for mention in found if mention.kind == "person" and not mention.plural]
    if len(found) != 1:
        return ""
    start, end = found[0].span
    head, of, _ = last[start:end].partition(" of ")
    return f"{last[:start]}{what}{last[end:] if not of or ' of ' in what else last[start + len(head) :]}"


def _change_owner(own: re.Match[str], last: str) -> str:
    """ "Her brother": with the one name of the question as the owner."""
    sex = _SEXES.get(own["owner"].lower(), "")
    names = [mention for mention in find_mentions(last) if _is_name(mention) and not mention.plural]
    fits = names and (names[0].kind in ("person", "") if sex else names[0].kind != "person")
    if len(names) != 1 or not fits or (sex and names[0].sex not in ("", sex)):
        return ""
    start, end = names[0].span
    return f"{last[:start]}{last[start:end]}'s {own['what']}{last[end:]}" if last[end : end + 1] == " " else ""


def _change_one(one: re.Match[str], last: str) -> str:
    """ "The second", "the Norwegian one": the same noun with another word before it."""
    which = one["which"]
    if re.fullmatch(_ORDINAL, which, re.IGNORECASE):
        return re.sub(rf"\b(?:{_ORDINAL})\b", which, last, count=1) if re.search(rf"\b(?:{_ORDINAL})\b", last) else ""
    if not one["one"]:
        return ""
    several = one["one"].lower() == "ones"
    found = re.search(r"\b(?P<article>the|an?) (?P<old>[\w-]+ )?(?P<noun>[a-z][\w-]+)\b", last)
    for phrase in re.finditer(r"\b(?P<article>the|an?|which|what) (?P<old>[A-Z][\w-]+) (?P<noun>[a-z][\w-]+)", last):
        if is_nation(phrase["old"]) == is_nation(which) and is_plural(phrase["noun"]) == several:
            return f"{last[: phrase.start('old')]}{which}{last[phrase.end('old') :]}"
    if not found or found["old"] or is_plural(found["noun"]) != several:
        return ""
    return f"{last[: found.start()]}the {which} {found['noun']}{last[found.end() :]}"
