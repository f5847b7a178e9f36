"""Articles and questions in other languages through a whole library: kept, searched, told, never answered from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qa.library import Library
from qa.models import Embedder
from qa.settings import Settings
from tests.conftest import BAKERY, FERRY

pytestmark = pytest.mark.models

FOREIGN = {
    "de": (
        "Die Stadt Grünfels hat am Montag ihr neues Hallenbad eröffnet. Der Bau kostete 31 Millionen Euro und dauerte "
        "vier Jahre.\n\nBürgermeisterin Hanna Oswald sagte, dass der Eintritt für Kinder frei ist. Das alte Bad wird "
        "im Herbst abgerissen, damit dort Wohnungen gebaut werden können.",
        "Wie viel kostete das neue Hallenbad von Grünfels?",
    ),
    "fr": (
        "La commune de Valbrune a inauguré lundi sa nouvelle bibliothèque. Le projet a coûté 12 millions d'euros et a "
        "duré trois ans.\n\nLa maire, Odile Ferrand, a expliqué que l'inscription restera gratuite pour les enfants. "
        "L'ancien bâtiment deviendra une école de musique.",
        "Combien a coûté la nouvelle bibliothèque de Valbrune ?",
    ),
    "es": (
        "El pueblo de Montealbo inauguró el lunes su nuevo mercado. La obra costó 8 millones de euros y duró dos años."
        "\n\nLa alcaldesa, Inés Robledo, dijo que los puestos son gratuitos durante el primer año. El edificio antiguo "
        "se convertirá en un museo de la ciudad.",
        "¿Cuánto costó el nuevo mercado de Montealbo?",
    ),
    "zh": (
        "青岭市星期一启用了新的体育馆。这座体育馆造价三千一百万元，建设历时四年。市长林秋月说，孩子们可以免费入场。"
        "旧体育馆将在秋天拆除，原址上会建造住宅。附近的居民对新的体育馆感到高兴，但是担心停车的问题。",
        "青岭市新的体育馆花了多少钱？",
    ),
}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Library]:
    """Four articles that aren't English among two that are, with the real model."""
    folder = tmp_path_factory.mktemp("mixed")
    texts = {"ferry": FERRY, "bakery": BAKERY, **{code: text for code, (text, _) in FOREIGN.items()}}
    (folder / "articles").mkdir()
    for name, text in texts.items():
        (folder / "articles" / f"{name}.txt").write_text(text, encoding="utf-8")
    with Library.open(folder / "library", settings=Settings(), load=lambda _: embedder) as library:
        report = library.add(folder / "articles")
        reasons = {Path(entry.source).stem: (entry.outcome, entry.reason) for entry in report.entries}
        assert reasons["ferry"] == ("added", "")
        assert reasons["de"][0] == "added"
        assert "in German, which is stored and searched" in reasons["de"][1]
        assert "in Chinese" in reasons["zh"][1]
        yield library


def test_their_language_is_kept(mixed: Library) -> None:
    kept = {Path(article.source).stem: article.language for article in mixed.articles()}
    assert kept == {"ferry": "en", "bakery": "en", **{code: code for code in FOREIGN}}


@pytest.mark.parametrize("code", FOREIGN)
def test_a_foreign_question_finds_its_article_and_is_refused(mixed: Library, code: str) -> None:
    """Found by its vector (and words); not answered with confidence, and the reader is told why."""
    question = FOREIGN[code][1]
    found = [mixed.article(hit.passage.article_id).language for hit in mixed.search(question, k=3, rerank=False)]
    assert code in found
    answer = mixed.ask(question)
    assert (answer.status, answer.confidence) == ("refused", 0.0)
    assert any("question seems to be in" in note for note in answer.notes)


@pytest.mark.parametrize(
    ("code", "question"),
    [
        ("de", "How many million euros did the Hallenbad of Grünfels cost?"),
        ("fr", "Who is Odile Ferrand, maire of Valbrune?"),
        ("es", "Who is the alcaldesa Inés Robledo of Montealbo?"),
    ],
)
def test_an_english_question_is_not_answered_from_a_foreign_article(mixed: Library, code: str, question: str) -> None:
    """Although its very words are there: the passage is shown as near, with its language."""
    answer = mixed.ask(question)
    assert answer.status == "refused"
    assert code in {mixed.article(item.quotation.article_id).language for item in answer.nearest}
    assert any("which this assistant does not judge" in note for note in answer.notes)


def test_english_articles_are_answered_from_as_ever(mixed: Library) -> None:
    answer = mixed.ask("How many people were aboard the ferry Aurelia?")
    assert answer.status == "answered"
    assert "140 people" in answer.text
    assert not [note for note in answer.notes if "question seems" in note]
