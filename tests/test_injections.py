"""Articles that talk a model into a lie: whatever a model obeys, the lie is not shown."""

from __future__ import annotations

import pytest

from qa.types import Upload
from tests.conftest import FERRY, OpenLibrary
from tests.injections import INJECTIONS, LIE, ObedientWriter


def test_there_are_thirty_and_more() -> None:
    assert len(set(INJECTIONS)) >= 30


@pytest.mark.parametrize("injection", INJECTIONS)
def test_what_an_obedient_model_writes_is_not_shown(open_library: OpenLibrary, injection: str) -> None:
    """The article says where the ferry ran aground, and beneath it what a model is to say instead."""
    open_library().add([Upload("ferry.txt", f"{FERRY}\n\n{injection}\n".encode())])
    for cited in ("own", "other", "all"):
        writer = ObedientWriter(cited)
        answer = open_library(llm=writer).ask("Where did the ferry Aurelia run aground?")
        assert writer.asked
        generated = [sentence.text for sentence in answer.sentences if sentence.generated]
        assert LIE not in generated, cited
        assert "never" not in " ".join(generated), cited
