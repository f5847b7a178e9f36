"""What of a question's words a text has: its names and figures above all, which an answer about somebody else lacks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from qa.lexical import join_initials

# Words that say how a question is put, not what it is about.
_ASKING = """
    who whom whose what when where which why how many much did do does done is are was were be been being am has
    have had having can could will would shall should may might must there it its he she his her they them their
    we our you your i my me this that these those a an the of in on at to for from by with about into over after
    before and or as than so if not no s t ll re ve d called name named number amount kind type sort year
"""
ASKING = frozenset(_ASKING.split())
# Stems of irregular forms, by which no stemmer finds the verb.
IRREGULAR = {
    form: verb
    for verb, forms in {
        "win": "won", "sing": "sang sung", "say": "said", "begin": "began begun", "becom": "becam", "buy": "bought",
        "bring": "brought", "build": "built", "catch": "caught", "choos": "chose chosen", "die": "dead death",
        "drive": "drove driven", "fall": "fell fallen", "fight": "fought", "find": "found", "fli": "flew flown",
        "give": "gave given", "go": "went gone", "grow": "grew grown", "hold": "held", "keep": "kept",
        "know": "knew known", "lead": "led", "leav": "left", "lose": "lost loss", "make": "made", "meet": "met",
        "pay": "paid", "rise": "rose risen", "run": "ran", "see": "saw seen", "sell": "sold sale", "send": "sent",
        "shoot": "shot", "speak": "spoke spoken", "spend": "spent", "stand": "stood", "steal": "stole stolen",
        "take": "took taken", "teach": "taught", "tell": "told", "think": "thought", "throw": "threw thrown",
        "wear": "wore worn", "write": "wrote written", "break": "broke broken", "come": "came", "draw": "drew drawn",
        "marri": "wed marriag wife husband", "elect": "elector", "creat": "creation creator", "bear": "born birth",
        "afghanistan": "afghan", "argentina": "argentin", "asia": "asian", "belgium": "belgian",
        "britain": "british briton", "congo": "congoles",
        "croatia": "croat", "denmark": "danish dane", "norway": "norwegian", "turkey": "turkish turk",
        "finland": "finnish finn", "franc": "french", "greec": "greek", "ireland": "irish", "israel": "isra",
        "netherland": "dutch", "philippin": "filipino", "poland": "polish pole", "scotland": "scottish scot",
        "serbia": "serb", "slovakia": "slovak", "spain": "spanish spaniard", "sweden": "swedish swede",
        "switzerland": "swiss", "thailand": "thai", "wale": "welsh",
    }.items()
    for form in forms.split()
}  # fmt: skip

# What is added to the name of a place, without its last vowels, for its people. Niger and Nigeria are two places.
PEOPLE = re.compile(r"[aeiou]?(?:an|n|ian|ean|vian|ish|es|ese|i|er)")
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")


@dataclass(frozen=True, slots=True)
class Analyse:
    """Text -> the words by which it is compared; `terms` stems them."""

    terms: Callable[[str], list[str]]

    def words(self, text: str) -> list[str]:
        """The stems in order; U.S. and US, 10,000 and 10000, sang and sing become one."""
        text = join_initials(THOUSANDS.sub("", text))
        stems = (IRREGULAR.get(word, word) for word in self.terms(text))
        return [stem for stem in stems if len(stem) > 1 or stem.isdigit()]  # a letter is what is left of a possessive

    def content(self, text: str) -> list[str]:
        """The stems of those words of a question that say what it is about."""
        text = join_initials(THOUSANDS.sub("", text))
        kept = [word for word in WORD.findall(text) if not is_asking(word)]
        return list(dict.fromkeys(word for part in kept for word in self.words(part)))

    def names(self, question: str) -> set[str]:
        """The stems of the capitalised words after the first."""
        text = join_initials(question)
        words = [word for word in WORD.findall(text)[1:] if word[0].isupper() and not is_asking(word)]
        return {stem for word in words for stem in self.words(word)}


@dataclass(frozen=True, slots=True)
class Overlap:
    """Shares, 0–1, of a question's words, names and figures that a text lacks; 0 where the question has none."""

    words: float
    names: float
    figures: float


def compare(question: str, texts: Sequence[str], analyse: Analyse) -> list[Overlap]:
    """How much of the question each text lacks."""
    content, names = analyse.content(question), analyse.names(question)
    figures = [word for word in content if word[0].isdigit()]
    found = []
    for text in texts:
        stems = set(analyse.words(text))
        present = {word for word in content if (_has_name if word in names else _has_word)(word, stems)}
        found.append(Overlap(_lacks(content, present), _lacks(names & set(content), present), _lacks(figures, present)))
    return found


def is_asking(word: str) -> bool:
    """Whether the word says how a question is put; US is no pronoun."""
    return word.lower().replace("’", "'").split("'")[0] in ASKING and not (word.isupper() and len(word) > 1)


def _has_word(word: str, stems: set[str]) -> bool:
    """Whether the word of a question occurs among the stems, or one that begins as it does: election, electoral."""
    return word in stems or (not word[0].isdigit() and any(stem[:5] == word[:5] for stem in stems if len(word) > 4))


def _has_name(name: str, stems: set[str]) -> bool:
    """Whether the name occurs, or one for the people of the place: Venezuela, Venezuelan; not Austria, Australia."""
    return name in stems or any(_is_of(name, stem) or _is_of(stem, name) for stem in stems)


def _is_of(place: str, other: str) -> bool:
    """Whether `other` is the place's name with an ending for its people: Peru, Peruvian; Iran, Iranian."""
    stem = place.rstrip("aeio")
    return len(stem) > 2 and other.startswith(stem) and PEOPLE.fullmatch(other, len(stem)) is not None


def _lacks(words: Iterable[str], present: set[str]) -> float:
    words = list(words)
    return sum(word not in present for word in words) / len(words) if words else 0.0
