"""Which language a text or a question is in: an English one is never taken for another."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.languages import (
    KNOWN,
    choose_language,
    detect_language,
    is_known,
    language_name,
    language_note,
    question_language,
)

ENGLISH_TEXT = (
    "The council of Thornby voted on Monday to close the old bridge to lorries after a long debate. Engineers had "
    "found cracks in two of its piers, and more may come."
)
GERMAN_TEXT = (
    "Der Stadtrat von Thornby hat am Montag nach langer Debatte beschlossen, die alte Brücke für Lastwagen zu sperren. "
    "Ingenieure hatten in zwei Pfeilern Risse gefunden."
)
FOREIGN = {
    "de": (
        "Wie viele Menschen waren an Bord der Fähre?",
        "Warum wurde die alte Brücke für Lastwagen gesperrt?",
        "Wer hat den neuen Bahnhof am Dienstag eröffnet?",
        "Was sagte der Kapitän über die Ursache des Unfalls?",
    ),
    "fr": (
        "Combien de passagers se trouvaient à bord du ferry ?",
        "Pourquoi le vieux pont est-il fermé aux camions ?",
        "Qui a ouvert la nouvelle gare mardi dernier ?",
        "Que dit le capitaine sur la cause de l'accident ?",
    ),
    "es": (
        "¿Cuántas personas iban a bordo del transbordador?",
        "¿Por qué cerraron el puente viejo a los camiones?",
        "Quien inauguro la nueva estacion de tren el martes",
        "¿Qué dijo el capitán sobre la causa del accidente?",
    ),
    "it": (
        "Quante persone erano a bordo del traghetto quella notte?",
        "Perché il vecchio ponte è stato chiuso ai camion?",
        "Chi ha inaugurato la nuova stazione martedì scorso?",
        "Che cosa ha detto il capitano sulla causa?",
    ),
    "pt": (
        "Quantas pessoas estavam a bordo da balsa naquela noite?",
        "Por que a ponte velha foi fechada para caminhões?",
        "Quem inaugurou a nova estação de trem na terça-feira?",
        "O que disse o capitão sobre a causa do acidente?",
    ),
    "nl": (
        "Hoeveel mensen waren er aan boord van de veerboot?",
        "Waarom is de oude brug gesloten voor vrachtwagens?",
        "Wie heeft het nieuwe station dinsdag geopend?",
        "Wat zei de kapitein over de oorzaak van het ongeluk?",
    ),
    "pl": (
        "Ile osób było na pokładzie promu tamtej nocy?",
        "Dlaczego stary most zamknięto dla ciężarówek w poniedziałek?",
        "Kto otworzył nowy dworzec kolejowy we wtorek?",
        "Co powiedział kapitan o przyczynie tego wypadku?",
    ),
    "ru": (
        "Сколько человек было на борту парома той ночью?",
        "Почему старый мост закрыли для грузовиков в понедельник?",
        "Кто открыл новый вокзал в прошлый вторник?",
        "Что сказал капитан о причине этой аварии?",
    ),
    "ar": (
        "كم عدد الأشخاص الذين كانوا على متن العبارة؟",
        "لماذا أغلق الجسر القديم أمام الشاحنات يوم الاثنين؟",
        "من افتتح محطة القطار الجديدة يوم الثلاثاء؟",
    ),
    "zh": ("那天晚上渡轮上有多少人？", "为什么旧桥禁止卡车通行？", "船长对事故原因说了什么？"),
    "ja": ("その夜フェリーには何人が乗っていましたか？", "なぜ古い橋はトラックに閉鎖されたのですか？"),
    "hi": ("उस रात नौका पर कितने लोग सवार थे?", "पुराना पुल ट्रकों के लिए क्यों बंद किया गया?"),
    "tr": (
        "O gece feribotta kaç kişi bulunuyordu acaba?",
        "Eski köprü neden pazartesi günü kamyonlara kapatıldı?",
        "Yeni tren istasyonunu salı günü kim açtı?",
    ),
}  # fmt: skip
CASES = [(language, question) for language, questions in FOREIGN.items() for question in questions]


def test_foreign_questions_are_told_by_their_language() -> None:
    """At least nine in ten questions of six words or more, and none of the rest for a third language's."""
    found = [(language, question_language(question)) for language, question in CASES]
    assert sum(language == seen for language, seen in found) >= 0.9 * len(CASES)
    assert [pair for pair in found if pair[1] not in (pair[0], "en")] == []


@pytest.mark.parametrize(
    "question",
    [
        "Did Maduro sing Imagine?",
        "Maduro Imagine Caracas?",
        "Jorge Luis Borges Buenos Aires 1899",
        "Who is Jorge Luis Borges?",
        "Where does the Tour de France end?",
        "What does 'Schadenfreude ist die schönste Freude' mean?",
        "What does 什么时候 mean in English?",
        "ferry Aurelia captain steering inquiry",
        "Bayern Munich Real Madrid score",
        "Angela Merkel Emmanuel Macron Giorgia Meloni Pedro Sánchez",
        "El Niño La Niña 2025 California",
        "troops in Venezuela",
        "WHO OPENED THE BRIDGE",
        "why ?",
        "was ist?",
    ],
)
def test_an_english_question_stays_english(question: str) -> None:
    """Names, quotations and headings in other languages, and what is too short, aren't taken for a foreign question."""
    assert question_language(question) == "en"


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Is de burgemeester gisteravond opgestapt?", "nl"),  # "is" is Dutch too
        ("Kdy začne platit nový zákon o nájmech?", "cs"),  # as likely Slovak, surely not English
        ("Apple ha pagato le tasse in Italia?", "it"),
    ],
)
def test_a_foreign_question_with_english_words_or_relatives_is_told(question: str, language: str) -> None:
    assert question_language(question) == language


def test_a_question_without_letters_has_no_language() -> None:
    assert question_language("1789?") is None


@given(st.text(max_size=300))
def test_any_text_has_a_language_or_none(text: str) -> None:
    for language in (question_language(text), detect_language(text), choose_language(text[:5], text)):
        assert language is None or 2 <= len(language) <= 3


def test_the_language_of_a_text_is_found() -> None:
    assert detect_language(ENGLISH_TEXT) == "en"
    assert detect_language(GERMAN_TEXT) == "de"


def test_a_short_or_wordless_text_has_no_language() -> None:
    assert detect_language("Kurz.") is None
    assert detect_language("1, 2, 3, 4. " * 50) is None


@pytest.mark.parametrize(
    ("stated", "text", "language"),
    [
        ("en-US", ENGLISH_TEXT, "en"),
        ("de", ENGLISH_TEXT, "en"),  # a template's lang, the text says otherwise
        ("en", GERMAN_TEXT, "de"),
        (None, GERMAN_TEXT, "de"),
        ("fr", "Court.", "fr"),
        ("nb-NO", "Kort.", "no"),
        ("lb", GERMAN_TEXT, "lb"),  # a relative of what is detected
        ("", "Short.", None),
        ("english", "Short.", None),
    ],
)
def test_a_stated_language_counts_unless_the_text_contradicts(
    stated: str | None, text: str, language: str | None
) -> None:
    assert choose_language(stated, text) == language


def test_only_what_the_scorer_knows_is_known() -> None:
    assert [language for language in ("en", None, "de") if is_known(language)] == ["en", None]
    assert set(KNOWN) == {"en"}
    assert not is_known("de")


def test_notes_name_the_language() -> None:
    assert language_note("de") == "in German, which is stored and searched but not answered from with confidence"
    assert language_name("qu") == "qu"


def test_english_needs_no_detector() -> None:
    """Loading it takes a second, which a question in English must not wait for."""
    program = (
        "import sys; from qa.languages import *; question_language('Who is the mayor of Thornby?');"
        f"detect_language({ENGLISH_TEXT!r}); sys.exit('py3langid' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
