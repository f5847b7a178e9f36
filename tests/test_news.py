"""What is new about anything: how the newest articles begin."""

from __future__ import annotations

import pytest

from qa.types import OPENINGS, Upload
from tests.conftest import OpenLibrary


@pytest.mark.parametrize("question", ["What is new since 1 June 2026?", "What's new since June 2026?"])
def test_news_without_a_topic_is_how_articles_begin_newest_first(open_library: OpenLibrary, question: str) -> None:
    days = {"a": "2026-06-03", "b": "2026-06-08", "c": "2026-05-01"}
    with open_library() as library:
        library.add(
            [
                Upload(f"{id}.md", f"---\ndate: {day}\n---\nThe council {id} met in town. It rained {id}.".encode())
                for id, day in days.items()
            ]
        )
        answer = library.ask(question)
    assert [sentence.text for sentence in answer.sentences] == [
        "The council b met in town.",
        "The council a met in town.",
    ]
    assert OPENINGS in answer.notes
