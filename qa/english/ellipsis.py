"""Fragments such as "Why?", "And in 2024?", "What about Norway?" made whole by the question before them."""

from __future__ import annotations

import re

from qa.english.days import find_dates
from qa.english.mentions import BE, DO, GRAMMAR, Mention, find_mentions
from qa.english.plurals import is_plural
from qa.english.referents import is_nation, names_no_person

LONGEST = 80  # characters of a fragment
_AUX = "|".join(sorted({*BE, *DO, "can", "am"} - {"been"}, key=len, reverse=True))
_LEAD = re.compile(r"(?:(?:and|but|ok|okay|so|well|then|also|please)\b[ ,]*)+", re.IGNORECASE)
_ADVERBS = (
    r"(?:why|when|where|how|how long|how often|how come|since when|until when|by when|for how long|from where"
    r"|(?:at|by) what time|on (?:what|which) (?:day|date)|in (?:what|which) (?:year|month|city|country|town|place))"
)
_ADVERB = re.compile(
    rf"(?:exactly )?(?P<adverb>{_ADVERBS})(?:,? exactly| precisely)?"
    r"(?: (?:is|was|did|does) (?:that|this)(?: happen| so)?)?",
    re.IGNORECASE,
)
_ASKED = re.compile(rf"(?P<adverb>{_ADVERBS}) (?P<rest>(?:{_AUX})\b.+)|(?P<whether>(?:{_AUX}) .+)", re.IGNORECASE)
_SUBJECT = re.compile(rf"(?P<wh>who|which .+?|what .+?) (?P<verb>(?:{_AUX})|[a-z]+) (?P<rest>.+)", re.IGNORECASE)
_COUNTED = re.compile(rf"how many (?P<noun>[a-z][\w -]*?) (?P<rest>(?P<aux>{_AUX})\b.*)", re.IGNORECASE)
_OBJECT = re.compile(
    r"(?i:what|which|whom?|how many)(?: (?P<noun>[a-z][\w -]*?))? (?P<aux>did|does|do|will|would|can|could) "
    r"(?P<who>(?:the [a-z-]+|(?:the )?[A-Z][\w.’'-]*(?: [A-Z][\w.’'-]*)*)) (?P<verb>[a-z]+)"
    r"(?P<rest>(?: (?:at|in|on|during|after|before|for|from|to|with|by|about|last) .+)?)",
)
_ELSE = re.compile(r"(?P<wh>who|what|where|when|why|how|which [a-z]+) else", re.IGNORECASE)
_ABOUT = re.compile(r"(?:what|how) about (?P<what>.+)", re.IGNORECASE)
_ONE = re.compile(r"the (?P<which>[\w-]+)(?: (?P<one>ones?))?", re.IGNORECASE)
_ORDINAL = "first|second|third|fourth|fifth|last|other|next|former|latter"
_PLACED = re.compile(r"(?:in|at|on|near|from|under|before|after|since|during|by|until) .+", re.IGNORECASE)
_LINKING = "who|what|which|when|where|how|why|it|he|she|they|that|because|while|if|whether"
_CLAUSE = re.compile(rf"\b(?:{_AUX}|{_LINKING})\b")
_YEAR = re.compile(r"(?:in )?((?:19|20)\d\d)")


def complete(fragment: str, before: str, span: str) -> tuple[str, str] | None:
    """(the whole question, the words of it that are the fragment's) of a fragment after that question; None for others.

    `span` is what the answer to it gave, "" where that isn't known.
    """
    if len(fragment) > LONGEST or not fragment.strip(" ?!.,"):
        return None
    text = fragment.strip(" ?!.,")
    lead = _LEAD.match(text)
    bare = text[lead.end() :] if lead else text
    last = before.strip(" ?!.,")
    whole = (
        _ask_adverb(bare, last, span)
        or _ask_else(bare, last)
        or _change_phrase(bare, last)
        or _change_name(bare, last, led=lead is not None)
    )
    return (f"{whole[0].upper()}{whole[1:]}?", text) if whole and whole.lower() != last.lower() else None


def _ask_adverb(bare: str, last: str, span: str) -> str:
    if re.fullmatch(r"why not", bare, re.IGNORECASE):
        found = re.fullmatch(r"(did|does|do|is|are|was|were|has|have|would|could|should) (.+)", last, re.IGNORECASE)
        return f"why {found[1].lower()}n't {found[2]}" if found else ""
    match = _ADVERB.fullmatch(bare)
    if not match:
        return ""
    adverb = match["adverb"].lower()
    adverb = "why" if adverb == "how come" else adverb
    if asked := _ASKED.fullmatch(last):
        rest = asked["rest"] or f"{asked['whether'][0].lower()}{asked['whether'][1:]}"
        return f"{adverb} {rest}"
    counted = _COUNTED.fullmatch(last)
    follows = counted["rest"].split()[1:2] if counted else []
    if counted and follows and follows[0] not in ("the", "a") and follows[0][0].islower():
        return f"{adverb} {counted['aux']} {counted['noun']}{counted['rest'][len(counted['aux']) :]}"
    return _ask_of_answer(adverb, last, span)


def _ask_of_answer(adverb: str, last: str, span: str) -> str:
    """When "who" or "what" was asked: with the answer in its place."""
    thing = span if 0 < len(span.split()) <= 6 else ""
    if found := _OBJECT.fullmatch(last):
        meant = thing if thing and thing[0].isupper() else f"the {found['noun']}" if found["noun"] else "that"
        return f"{adverb} {found['aux']} {found['who']} {found['verb']} {meant}{found['rest']}"
    found = _SUBJECT.fullmatch(last)
    if found is None or not thing or not thing[0].isupper():
        return ""
    verb = found["verb"].lower()
    if verb in DO or (found["wh"].lower() != "who" and len(found["wh"].split()) > 3):
        return ""
    if verb in BE:
        return f"{adverb} {verb} {thing} {found['rest']}" if not found["rest"].startswith("the ") else ""
    past = "was" if not verb.endswith("s") else "is"
    return f"{adverb} {past} it that {thing} {verb} {found['rest']}"


def _ask_else(bare: str, last: str) -> str:
    found = _ELSE.fullmatch(bare)
    if not found or not last.lower().startswith(f"{found['wh'].lower()} ") or " else" in last:
        return ""
    return f"{last[: found.end('wh')]} else{last[found.end('wh') :]}"


def _change_phrase(bare: str, last: str) -> str:
    """ "In 2024" in the place of another date, "in Norway" of another place; else after all."""
    about = _ABOUT.fullmatch(bare)
    phrase = about["what"] if about else bare
    if year := _YEAR.fullmatch(phrase):
        phrase = f"in {year[1]}"
    dates = find_dates(phrase, None)
    if not _PLACED.fullmatch(phrase) and not (dates and dates[0].span == (0, len(phrase))):
        return ""
    if _CLAUSE.search(phrase):
        return ""
    phrase = f"{phrase[0].lower()}{phrase[1:]}" if phrase.split()[0].lower() in GRAMMAR else phrase
    if last.lower().startswith("when ") and dates:
        return ""
    old = [date.span for date in find_dates(last, None)] if dates else _places(last)
    if len(old) > 1 or not _asks(last):
        return ""
    if not old:  # at the end it may be of a clause
        return "" if _CLAUSE.search(last.partition(" ")[2].partition(" ")[2]) else f"{last} {phrase}"
    start, end = old[0]
    if dates and not re.search(r"\d{4}", phrase) and (year := re.search(r"\d{4}$", last[start:end])):
        phrase = f"{phrase} {year[0]}"  # "in March" of the year that was asked about
    opened = re.search(r"\b(?:in|on|at|near|from|during|since|before|after|by|until) (?:the )?$", last[:start])
    if opened and not dates and opened[0].split()[0] != phrase.split()[0]:
        return ""
    if not opened:
        return "" if not dates else f"{last[:start]}{phrase}{last[end:]}"
    return f"{last[: opened.start()]}{phrase}{last[end:]}"


def _places(last: str) -> list[tuple[int, int]]:
    return [
        (last.index(mention.text), last.index(mention.text) + len(mention.text))
        for mention in find_mentions(last)
        if mention.kind == "place" and mention.text in last
    ]


def _asks(last: str) -> bool:
    return re.match(rf"(?:who|whom|whose|what|which|when|where|why|how|{_AUX})\b", last, re.IGNORECASE) is not None


def _change_name(bare: str, last: str, *, led: bool) -> str:
    """ "What about Trump" and "and Trump": the name in the place of the one that was asked about."""
    about = _ABOUT.fullmatch(bare)
    if not (about or led) or not _asks(last):
        return ""
    what = about["what"] if about else bare
    if one := _ONE.fullmatch(what):
        return _change_one(one, last)
    new = find_mentions(f"Is {what}")
    if len(new) != 1 or new[0].text != what or not new[0].text[0].isupper():
        return ""
    found = (mention for mention in find_mentions(last) if not mention.plural)
    names = [mention for mention in found if re.match(r"(?:the )?[A-Z]", mention.text)]
    alike = [mention for mention in names if _alike(new[0], mention)]
    if not alike or any(new[0].nouns & mention.nouns for mention in names):
        return ""
    if names_no_person(what):  # a country stands for a country
        alike = [mention for mention in alike if names_no_person(mention.text)] or alike
    chosen = next((mention for mention in alike if mention.subject), alike[0])
    return last.replace(chosen.text, what, 1) if len(alike) == 1 or chosen.subject else ""


def _alike(one: Mention, other: Mention) -> bool:
    return one.kind == other.kind or "" in (one.kind, other.kind)


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
