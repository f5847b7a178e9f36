"""Which language a text or a question is in, and whether the stemmer, the cleaner and the reader know it.

English is told by its function words alone, because the detector's model takes a second to load. A question is taken
for foreign only on strong evidence: to refuse an English one is worse than to search for a German one.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

KNOWN = frozenset({"en"})  # what the stemmer, the cleaner and the reader know
LOOKED_AT = 5_000  # characters of a text
SHORTEST = 60  # letters of a text that is judged
SURE = 0.8  # the least probability at which a text's language is named
# A question in Latin letters is foreign if one language is so likely and English so unlikely. The likeliest need not be
# likelier than all others: Czech and Slovak share what isn't English.
QUESTION_LIKELY, ENGLISH_UNLIKELY = 0.4, 0.01
QUESTION_WORDS = 4  # a shorter question in Latin letters may be all names
ENGLISH_SHARE = 0.15  # of a text's words; of English prose some 35 % are in ENGLISH, of others under 3 %
FOREIGN_SCRIPT = 0.5  # of a question's letters; with more its script alone shows that it isn't English
# Frequent words of English that are no frequent words of other languages in Latin letters.
ENGLISH = frozenset(
    "the and that this these those with from which who whom whose what when where why how does did is are were been "
    "being his her their they she it its you your would could should there than then about after before because "
    "between into of to by or not many much most some any other first during according if name while but only".split()
)
# Of them those that are words of other languages too, which weighs in a question of five words.
SHARED = frozenset("is of or to her".split())
# Words that open English questions and are words of no other language in Latin letters, unlike "was" or "do".
OPENERS = frozenset("what whats who whom whose which why how where when does".split())
OPENING = 2  # words
WORD = re.compile(r"[^\W\d_]+")
# The detector names these apart; none of them is one that this program knows.
PART_OF = {"wuu": "zh", "yue": "zh", "arz": "ar", "ary": "ar", "nb": "no", "nn": "no"}
CLOSE = (  # easily taken for each other, so that what a page states counts
    frozenset({"da", "no", "nn", "nb", "sv", "fo"}),
    frozenset({"bs", "hr", "sr", "sl", "mk"}),
    frozenset({"cs", "sk"}),
    frozenset({"id", "ms", "jv"}),
    frozenset({"es", "gl", "ca", "pt", "oc", "an"}),
    frozenset({"de", "lb"}),
    frozenset({"nl", "af", "fy"}),
    frozenset({"ru", "uk", "be", "bg"}),
    frozenset({"hi", "mr", "ne", "sa"}),
    frozenset({"fa", "ps", "ur", "ku"}),
)
NAMES = {
    "af": "Afrikaans", "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan", "cs": "Czech",
    "cy": "Welsh", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian",
    "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fr": "French", "ga": "Irish", "gl": "Galician",
    "gu": "Gujarati", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "hy": "Armenian",
    "id": "Indonesian", "is": "Icelandic", "it": "Italian", "ja": "Japanese", "ka": "Georgian", "kn": "Kannada",
    "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian", "mk": "Macedonian", "ml": "Malayalam", "mr": "Marathi",
    "ms": "Malay", "ne": "Nepali", "nl": "Dutch", "no": "Norwegian", "pa": "Punjabi", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sq": "Albanian",
    "sr": "Serbian", "sv": "Swedish", "sw": "Swahili", "ta": "Tamil", "te": "Telugu", "th": "Thai", "tl": "Tagalog",
    "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


def is_known(language: str | None) -> bool:
    """Whether texts in it are judged; one of an unknown language is taken for English."""
    return language is None or language in KNOWN


def language_name(language: str) -> str:
    """The English name, else the code."""
    return NAMES.get(language, language)


def language_note(language: str) -> str:
    """What becomes of an article in a language that isn't known, for a report."""
    return f"in {language_name(language)}, which is stored and searched but not answered from with confidence"


def detect_language(text: str) -> str | None:
    """The ISO 639-1 code of a text's language; None when it is too short or in none that is clear."""
    sample = text[:LOOKED_AT]
    if sum(character.isalpha() for character in sample) < SHORTEST:
        return None
    if _english_share(sample) >= ENGLISH_SHARE:
        return "en"
    language, probability = _classify(sample)
    return language if probability >= SURE else None


def choose_language(stated: str | None, kept_text: str) -> str | None:
    """The language that an article states, unless its text clearly is in another, not merely a related one."""
    found = re.match(r"([a-z]{2,3})(?![a-z])", (stated or "").strip().lower())
    code = PART_OF.get(found[1], found[1]) if found else None
    detected = detect_language(kept_text)
    if code is None or detected is None or any({code, detected} <= group for group in CLOSE):
        return code or detected
    return detected


def question_language(question: str) -> str | None:
    """The ISO 639-1 code of a question's language, "en" when in doubt; None when it holds no letters."""
    letters = [character for character in question if character.isalpha()]
    if not letters:
        return None
    latin = sum("LATIN" in unicodedata.name(character, "") for character in letters)
    if latin < (1 - FOREIGN_SCRIPT) * len(letters):
        language, _ = _classify(question)
        return language if language not in KNOWN else None
    if is_plainly_english(question):
        return "en"
    ranked: list[tuple[str, float]] = _detector().rank(question)
    if ranked[0][1] < QUESTION_LIKELY or dict(ranked).get("en", 0.0) >= ENGLISH_UNLIKELY:
        return "en"
    return next(code for code in (PART_OF.get(language, language) for language, _ in ranked) if len(code) == 2)


def is_plainly_english(question: str) -> bool:
    """Whether its words alone tell it, or are too few to tell; then the detector isn't loaded."""
    words = WORD.findall(question.lower())
    if len(words) < QUESTION_WORDS or not OPENERS.isdisjoint(words[:OPENING]):
        return True
    return sum(word in ENGLISH and word not in SHARED for word in words) >= ENGLISH_SHARE * len(words)


def _english_share(text: str) -> float:
    """How many of a text's words are frequent ones of English, 0–1."""
    words = WORD.findall(text.lower())
    return sum(word in ENGLISH for word in words) / len(words) if words else 0.0


def _classify(text: str) -> tuple[str | None, float]:
    """The likeliest language and its probability, 0–1; no language for one without a two-letter code."""
    language, probability = _detector().classify(text)
    language = PART_OF.get(language, language)
    return (language if len(language) == 2 else None), float(probability)


@cache
def _detector() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]  # a second to load

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
