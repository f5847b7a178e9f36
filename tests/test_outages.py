"""What a sentence says otherwise than the quotations behind it."""

from __future__ import annotations

from datetime import date

import pytest

from qa.english.faults import find_faults

FERRY = "At least 21 people were killed when the Halvorsen ferry sank off Osservik on Tuesday, officials said."
CAPTAIN = "Prosecutors allege that Captain Renn may have been drunk."
MONEY = "The ministry will not pay more than $3.5 million, up from $3 million in 2024."
DEAL = "Kestrava Motors bought Fenivor for 340 million euros."


@pytest.mark.parametrize(
    ("sentence", "quotation"),
    [
        (FERRY, FERRY),
        ("At least 21 people died when a ferry sank off Osservik, officials said.", FERRY),
        ("The Halvorsen ferry sank on Tuesday, according to officials.", FERRY),
        ("Prosecutors say Captain Renn may have been drunk.", CAPTAIN),
        ("The ministry won't pay over $3.5m.", MONEY),
        ("Fenivor was bought by Kestrava Motors for 340m euros.", DEAL),
        ("Kestrava bought Fenivor.", DEAL),
    ],
)
def test_what_the_quotation_says_has_no_fault(sentence: str, quotation: str) -> None:
    assert find_faults(sentence, [quotation]) == []


@pytest.mark.parametrize(
    ("sentence", "quotation", "kind"),
    [
        ("At least 27 people died when a ferry sank off Osservik, officials said.", FERRY, "number"),
        ("21 people died when a ferry sank off Osservik, officials said.", FERRY, "number"),
        ("The Halvorsen ferry sank off Osservik on Wednesday, officials said.", FERRY, "number"),
        ("Kestrava Motors bought Fenivor for 340 million dollars.", DEAL, "number"),
        ("Kestrava Motors bought Fenivor for 34 million euros.", DEAL, "number"),
        ("The Halvorsen ferry sank off Kestrava on Tuesday, officials said.", FERRY, "name"),
        ("Prosecutors allege that Captain Renn and Ida Vole may have been drunk.", CAPTAIN, "name"),
        ("The Halvorsen ferry did not sink off Osservik, officials said.", FERRY, "negation"),
        ("The ministry will pay more than $3.5 million.", MONEY, "negation"),
        ("Captain Renn was drunk, prosecutors say.", CAPTAIN, "modality"),
        ("Kestrava Motors plans to take over Fenivor for 340 million euros.", DEAL, "modality"),
        ("Captain Renn may have been drunk.", CAPTAIN, "attribution"),
        ("The Halvorsen ferry sank off Osservik.", FERRY, "attribution"),
        ("The ministry won't pay over $3.5m, down from $3m in 2024.", MONEY, "comparison"),
        ("Kestrava Motors sold Fenivor for 340 million euros.", DEAL, "comparison"),
        ("Fenivor bought Kestrava Motors for 340 million euros.", DEAL, "roles"),
    ],
)
def test_what_it_says_otherwise_is_found(sentence: str, quotation: str, kind: str) -> None:
    assert kind in {fault.kind for fault in find_faults(sentence, [quotation])}


def test_publisher_and_day_may_be_named() -> None:
    said = "The Herald wrote on 1 March 2026 that Kestrava Motors bought Fenivor."
    named = {fault.kind for fault in find_faults(said, [DEAL])}
    assert named == {"number", "name"}
    assert find_faults(said, [DEAL], beside=["The Herald"], published=[date(2026, 3, 1)]) == []


def test_a_day_told_by_the_articles_day_is_that_day() -> None:
    """1 March 2026 was a Sunday, so its "yesterday" was Saturday, 28 February."""
    quotation = "The ferry sank yesterday."
    assert find_faults("The ferry sank on 28 February 2026.", [quotation], published=[date(2026, 3, 1)]) == []
    assert find_faults("The ferry sank on 27 February 2026.", [quotation], published=[date(2026, 3, 1)]) != []
