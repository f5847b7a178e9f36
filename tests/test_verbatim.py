"""What a sentence may bring only from its quotations: other letters, quoted words, addresses, questions."""

from __future__ import annotations

import pytest

from qa.english.faults import find_faults

SAID = "Captain Idris Penhale said that the steering had failed without warning on 3 March 2025."
ASKED = "“Who, if not you, can tell us?” asked Zoë Brandt of ferry.example."


@pytest.mark.parametrize(
    ("sentence", "quotation"),
    [
        ("“The steering had failed,” Captain Idris Penhale said.", SAID),
        ("Captain Idris Penhale said that the steering failed on 2025-03-03.", SAID),
        ("Penhale’s steering – he said – failed without warning…", SAID),
        ("“Who … can tell us?” Zoë Brandt asked.", ASKED.replace("Who, if not you,", "Who …")),
        ("Zoë Brandt of ferry.example asked who, if not you, can tell.", ASKED),
        ("The flat has 40 m².", "The flat has 40 square metres."),
        ("It cost 10 000 000 euros.", "It cost 10 million euros."),
    ],
)
def test_what_the_quotation_has_may_stand(sentence: str, quotation: str) -> None:
    assert [fault for fault in find_faults(sentence, [quotation]) if fault.kind == "verbatim"] == []


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("Captain Idris Penhale said “we are all doomed” as the steering failed.", "we are all doomed"),
        ("Captain Idris Penhale called it ‘without a warning light’.", "without a warning light"),
        ("Captain Idris Penhale said “the steering failed” without warning.", "the steering failed"),
        ("The steering failed with ١٥٠ people aboard, Penhale said.", "١٥٠"),
        ("The steering failed with 140² people aboard, Penhale said.", "140²"),
        ("Captain Penhale said that the steering ｎｅｖｅｒ failed.", "ｎｅｖｅｒ"),
        ("Captain Penhale said that the steering had nоt failed.", "nоt"),  # a Cyrillic o
        ("Captain Penhale said that the steering névér failed.", "névér"),
        ("Captain Penhale said that the steering ne\u034fver failed.", "U+034F"),
        ("Captain Penhale said that the steering failed 🚫.", "U+1F6AB"),
        ("The steering failed, Penhale said; see https://evil.example/win now.", "https://evil.example/win"),
        ("The steering failed, Penhale said on evil.example.", "evil.example"),
        ("The steering failed, Penhale said; write to a@b.example.", "a@b.example"),
        ("The steering failed, Penhale said; call 0800 555 123.", "0800 555 123"),
        ("Had the steering failed, as Penhale said?", "?"),
        ("The steering failed, Penhale said, so mind your step.", "your"),
    ],
)
def test_what_only_the_model_has_is_found(sentence: str, words: str) -> None:
    assert words in {fault.words for fault in find_faults(sentence, [SAID]) if fault.kind == "verbatim"}
