"""Which neighbours a sentence is quoted with: who "he" is, what "the measures" are, and whose words they are."""

from __future__ import annotations

import time
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.english.context import attribution_of, needed_sentences
from qa.passages import sentence_spans


def needed(*sentences: str, quoted: int | None = None) -> list[int]:
    """What the last sentence needs, or the `quoted` one; a sentence that begins with ¶ begins a paragraph."""
    pieces = [sentence.replace("¶", "\n\n") if "¶" in sentence else f" {sentence}" for sentence in sentences]
    ends = list(accumulate(map(len, pieces)))
    spans = [(end - len(piece.strip()), end) for piece, end in zip(pieces, ends, strict=True)]
    return needed_sentences("".join(pieces), spans, len(sentences) - 1 if quoted is None else quoted)


@pytest.mark.parametrize(
    "sentences",
    [
        # (a) it opens with what stands for something before
        ("Mayor Ann Oakes resigned.", "[She left the town.]"),
        ("Mayor Ann Oakes resigned.", "¶[She left the town.]"),
        ("Mayor Ann Oakes resigned.", "[But she stayed in the town.]"),
        ("Mayor Ann Oakes resigned.", "[Her house was sold.]"),
        ("Mayor Ann Oakes resigned.", "[On Tuesday, she left.]"),
        ("Mayor Ann Oakes resigned.", "[However, she left.]"),
        ("Mayor Ann Oakes resigned.", "[Later, she left.]"),
        ("The house that Tom Reed built burned down.", "[He was away.]"),
        ("The harbour was built by Reed.", "[He was away.]"),
        ("A man was arrested.", "[He was drunk.]"),
        ("The storm cut off the islands.", "[They were without power.]"),
        ("The council raised taxes and cut pensions.", "[The measures take effect in May.]"),
        ("The council raised taxes and cut pensions.", "[These measures take effect in May.]"),
        ("The council sold the ferry.", "[This angered the islanders.]"),
        ("The council sold the ferry.", "[That angered the islanders.]"),
        ("The council sold the ferry.", "[That is why the islanders left.]"),
        ("The council sold the ferry.", "[It was rusty.]"),
        ("The council sold the ferry.", "[It was a ship that nobody wanted.]"),
        ("The council sold the ferry.", "[Its engine was rusty.]"),
        ("The council sold the ferry.", "[It was not necessary -- at least to those who live there.]"),
        ("The council sold two ferries.", "[Both were rusty.]"),
        ("The council sold two ferries.", "[One was rusty.]"),
        ("The council sold two ferries.", "[The latter was rusty.]"),
        ("The council sold a ferry.", "[Another was kept.]"),
        ("Reed and Oakes were arrested.", "[The two men deny it.]"),
        ("A bomb went off at noon.", "[The attack killed nine people.]"),
        ("Brannock Lines sold the ferry.", "[The company is in debt.]"),
        ("Two boats sank.", "[Two of them were new.]"),
        ("The police arrested Tom Reed.", "[The 35-year-old denies it.]"),
        ("The police arrested Tom Reed.", "[The suspect was drunk.]"),
        ("The police arrested Tom Reed.", "[When he was asked, he laughed.]"),
        # (b) its words are somebody's
        ("Reed was angry, he told CNN.", "[“I want my house back.”]"),
        ("“I am angry,” Reed said.", "[“I want my house back.”]"),
        ("“I am angry,” Reed said.", "¶[“I want my house back.]", "I want it soon.”"),
        ('"I am angry," Reed said.', '["I want my house back."]'),
        ("Reed said: “I am angry.", "[I want my house back.”]"),
        ("“I am angry,” said Reed.", "“I want my house.", "[And soon.”]"),
        ("[“I am angry.]", "I want my house back,” Reed said."),
        ("[“I want my house back.”]", "Reed said."),
        ("[The ferry was rusty.]", "Reed said."),
        ("Tom Reed was angry.", "[“I want my house back,” he said.]"),
        ("Tom Reed was angry.", "[The ferry was rusty, he said.]"),
        ("Tom Reed was angry.", "[“I want my house back,” he said in a statement.]"),
        ("“I am angry,” Reed said.", "¶Watch Reed build a house »", "¶[“I want my house back.”]"),
    ],
)
def test_the_other_sentence_is_needed(sentences: tuple[str, ...]) -> None:
    """The bracketed sentence needs the first one that isn't; there is a wrong one in none of the rows."""
    quoted = next(at for at, sentence in enumerate(sentences) if "[" in sentence)
    plain = [sentence.replace("[", "").replace("]", "") for sentence in sentences]
    other = 1 if quoted == 0 else 0
    assert needed(*plain, quoted=quoted) == [other]


@pytest.mark.parametrize(
    "sentence",
    [
        "It is unclear that the ferry sank.",
        "It was not clear whether the ferry sank.",
        "It was on Tuesday that the ferry sank.",
        "It took three days to raise the ferry.",
        "It is very hard to raise a ferry.",
        "It was Reed who sold the ferry.",
        "It remains to be seen who pays.",
        "It rained on Tuesday.",
        "It was I who sold the ferry.",
        "It is not often that a ferry sinks.",
        "But it has always seemed as though the ferry would sink.",
        "It has been decided that the ferry must go.",
        "This photo shows the ferry.",
        "It was the first time a ferry sank there.",
        "It is believed that the ferry sank.",
        "This week the ferry sank.",
        "That said, the ferry sank.",
        "Those who bought the ferry are angry.",
        "Both Reed and Oakes are angry.",
        "The company that sold the ferry is in debt.",
        "The company, Brannock Lines, is in debt.",
        "The attack on the harbour killed nine people.",
        "The measures announced by the council take effect in May.",
        "The man from Leeds was drunk.",
        "But the ferry sank.",
        "So Brannock sold the ferry.",
        "However, Reed was away.",
        "When he came home, Reed found the letter.",
        "On Tuesday, Reed left.",
        "“I want my house back,” Reed said.",
        "“I want my house back,” said Tom Reed, a farmer.",
        "Reed called the ferry “a wreck”.",
        "Reed said the ferry was rusty.",
        "The ferry was rusty, Reed said.",
        "The ferry sank on Tuesday.",
        "Italy sold the ferry.",
        "Hers was the first ferry.",
    ],
)
def test_sentence_stands_alone(sentence: str) -> None:
    assert needed("Mayor Ann Oakes resigned on Monday.", sentence) == []


def test_name_is_sought_past_sentences_about_the_same_person() -> None:
    """“He met Oakes” names Oakes, who isn't “he”."""
    assert needed("Tom Reed was freed.", "He met Ann Oakes.", "He left.") == [0]


def needed_of(text: str, claim: str) -> list[str]:
    spans = sentence_spans(text)
    at = next(at for at, (start, end) in enumerate(spans) if claim in text[start:end])
    return [text[slice(*spans[other])] for other in sorted(needed_sentences(text, spans, at))]


LIST = """The mayor spoke on Monday.

Here are five false claims about ferries:

- The ferry of Samos is rusty. It has never been painted.
- Ferries cause storms.
- No captain can swim.

None of them is true.
"""


@pytest.mark.parametrize("claim", ["The ferry of Samos", "Ferries cause storms", "No captain"])
def test_item_of_a_list_needs_its_opening_and_its_denial(claim: str) -> None:
    assert needed_of(LIST, claim) == ["Here are five false claims about ferries:", "None of them is true."]


def test_numbered_items_are_items() -> None:
    text = LIST.replace("- The", "1. The").replace("- Ferries", "2. Ferries").replace("- No", "3. No")
    assert needed_of(text, "No captain") == ["Here are five false claims about ferries:", "None of them is true."]


def test_text_before_an_item_without_a_colon_is_not_needed() -> None:
    assert needed_of("Ferries are old.\n\n- The ferry is rusty.\n- The harbour is deep.", "deep") == []


@pytest.mark.parametrize(
    "opening",
    ["Prosecutors allege the following about the island, all of which Tom Reed denies:", "Oakes wrote on X:"],
)
def test_paragraph_needs_the_line_that_introduces_it(opening: str) -> None:
    text = f"It rained.\n\n{opening}\n\nTom Reed sold the ferry. Ann Oakes bought it.\n\nThe harbour is deep."
    assert needed_of(text, "sold the ferry") == [opening]
    assert needed_of(text, "bought it") == [opening]
    assert needed_of(text, "harbour") == []


@pytest.mark.parametrize(
    "denial",
    [
        "This is false.",
        "That was wrong.",
        "That's not true.",
        "This claim is untrue.",
        "The report was later proved false.",
        "But Tom Reed denied it.",
        "But the harbour master has disputed the figure.",
        "Tom Reed denies the allegations.",
        "The coast guard later confirmed that nobody was hurt.",
        "The paper later corrected the story.",
        "So claimed a viral post.",
        "None of this happened.",
    ],
)
@pytest.mark.parametrize("gap", [" ", "\n\n"])
def test_claim_needs_the_denial_that_follows_it(denial: str, gap: str) -> None:
    claim = "Early reports said that 40 people died on the ferry."
    assert denial in needed_of(f"{claim}{gap}{denial} The harbour is deep.", "40 people")


@pytest.mark.parametrize(
    "following",
    [
        "This is a harbour.",
        "That was wrong to hope for.",
        "It was a false start.",
        "None of them was hurt.",
        "The coast guard later said that it would pay.",
        "But the ferry sank.",
        "Reed denied her a seat.",
        "So the ferry sank.",
    ],
)
def test_other_sentences_that_follow_are_not_needed(following: str) -> None:
    assert needed_of(f"The ferry left Samos on Monday. {following}", "left Samos") == []


@pytest.mark.parametrize("claim", ["took $5 million", "bought a house"])
def test_answer_needs_its_question(claim: str) -> None:
    text = (
        "It rained.\n\nQ: Did Mayor Reed take money?\n\nA: Mayor Reed took $5 million of the council. "
        "Reed bought a house.\n\nQ: Is the harbour deep?"
    )
    assert needed_of(text, claim) == ["Q: Did Mayor Reed take money?"]


def test_answer_needs_the_sentence_of_its_question_that_asks() -> None:
    text = "It rained.\n\nQ: Did Mayor Reed take money? The papers say so.\n\nA: Mayor Reed took $5 million."
    assert needed_of(text, "A: Mayor Reed took $5 million.") == ["Q: Did Mayor Reed take money?"]


@pytest.mark.parametrize(
    "after", ["The governor can then grant or deny it.", "The movement rejects all modern influences."]
)
def test_not_every_refusal_denies_a_claim(after: str) -> None:
    assert needed_of(f"Reed filed the request in May. {after}", "Reed filed the request in May.") == []


def test_other_sex_is_not_meant() -> None:
    """And “his wife” needs Reed in her turn."""
    assert needed("Tom Reed was freed.", "His wife, Ann, came.", "She wept.") == [1, 0]
    assert needed("Tom Reed was freed.", "A woman came by car.", "He wept.") == [0]


def test_known_surname_counts_at_the_start_of_a_sentence() -> None:
    assert needed("The judge freed Reed.", "Reed wept in court.", "The crowd cheered.", "He left.") == [1]


def test_first_word_alone_names_nobody() -> None:
    assert needed("The judge freed Reed.", "Crowds cheered.", "He left.") == [0]


@pytest.mark.parametrize(
    "places", ["in Austria, Netherlands and Peru", "to all Germans there", "to Koreans and Russians", "in French towns"]
)
def test_places_and_peoples_are_no_persons(places: str) -> None:
    assert needed("The judge freed Tom Reed.", f"Crowds cheered {places}.", "He left.") == [0]


@pytest.mark.parametrize("name", ["Brian", "Evans", "Ali", "Roland"])
def test_names_that_end_like_peoples_are_persons(name: str) -> None:
    assert needed("The judge freed Tom Reed.", f"The crowd met {name} there.", "He left.") == [1]


def test_paragraph_is_left_only_when_it_opens_with_the_pronoun() -> None:
    assert needed("The judge freed Tom Reed.", "¶The crowd was loud.", "He left.") == [1]
    assert needed("The judge freed Tom Reed.", "¶He was pale.", "He left.") == [0]


def test_chain_is_followed_to_its_name() -> None:
    """“They” are the boats, and “these boats” the nine."""
    assert needed("Nine boats came.", "These boats were fast.", "They sank.") == [1, 0]


def test_no_more_than_two_are_needed() -> None:
    assert needed("Nine boats came.", "This was new.", "These boats were fast.", "They sank.") == [2, 1]


def test_speaker_who_is_a_pronoun_needs_a_name() -> None:
    assert needed("Tom Reed was freed.", "“I am glad,” he said.", "“I want to go home.”") == [1, 0]


def test_speaker_who_follows_needs_a_name_before() -> None:
    assert needed("Tom Reed was freed.", "“I am glad.", "I want to go home,” he said.", quoted=1) == [0, 2]


def test_questions_between_are_no_speakers() -> None:
    assert needed("“I am glad,” Reed said.", "¶Will he go home?", "¶“I want to go home.”") == [0]


@pytest.mark.parametrize("aside", ["Recommended videos", "Related: ferries of Reed", "Watch Ann Oakes’s ferry sink »"])
def test_headings_and_links_are_passed_over(aside: str) -> None:
    assert needed("The judge freed Tom Reed.", f"¶{aside}", "¶He left.") == [0]
    assert needed("The judge freed Tom Reed.", f"¶{aside}", "¶This angered the islanders.") == [0]


def test_quotation_that_is_closed_has_ended() -> None:
    """A mark that was forgotten doesn't make the rest of the article a quotation."""
    assert needed("Reed said: “I am glad.", "¶The ferry sank on Tuesday.") == []


def test_quotation_that_is_open_ends_with_its_paragraph() -> None:
    """Unless the next one begins with a mark: only then does it go on, and may its end name the speaker."""
    assert needed("“I am glad,” said Reed.", "“I want to go.", "¶Oakes said the ferry sank.", quoted=1) == [0]
    assert needed("Oakes came.", "¶“I want to go.", "¶“Now,” Reed said.", quoted=1) == [2]


def test_two_apostrophes_close_a_quotation() -> None:
    assert needed("Ann Oakes came.", "\"I am glad,'' Tom Reed said.") == []


def test_pronouns_of_a_sentence_tell_whom_it_names() -> None:
    assert needed("Ann Oakes spoke.", "Tom Reed sold his house.", "She left.") == [0]


def test_company_is_named_further_back() -> None:
    assert needed("The ferry belongs to Brannock Lines.", "It is rusty and old.", "The company is in debt.") == [0]


def test_first_sentence_needs_none() -> None:
    assert needed("He left.") == []
    assert needed("“I am glad.”") == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("Oakes alleges that", "Oakes alleges that the mayor sold the ferry."),
        ("U.S. Senator Tom Reed alleges that", "U.S. Senator Tom Reed alleges that the mayor sold the ferry."),
        ("Analysts say", "Analysts say the ferry will sink."),
        ("according to the ministry", "The ferry sank, according to the ministry."),
        ("According to the ministry", "According to the ministry, the ferry sank."),
        ("according to U.S. officials", "The ferry sank, according to U.S. officials."),
        (", officials said", "The ferry sank, officials said."),
        ("Oakes said", "“It sank,” Oakes said."),
        ("said Oakes", "“It sank,” said Oakes, a farmer."),
        ("he added", '"It sank," he added.'),
        ("asked Oakes", "“Why did it sink?” asked Oakes."),
        ("Oakes told reporters on Sunday that", "Oakes told reporters on Sunday that “it sank.”"),
        ("Oakes told CNN", "Oakes told CNN the ferry was old."),
        ("Tom Reed, a captain, noted that", "Tom Reed, a captain, noted that it sank."),
        ("He added", "He added, “It sank.”"),
        ("the crew said", "The ferry sank after the crew said it was rusty."),
        ("the ministry said", "In a statement, the ministry said the ferry sank."),
        ("Officials are accusing Oakes of", "Officials are accusing Oakes of selling the ferry."),
        ("Documents seen by the paper show", "Documents seen by the paper show he sold it."),
        ("reportedly", "A farmer reportedly sold the ferry."),
        ("is believed to", "He is believed to be at sea."),
        ("Reed said", 'It sank," Reed said.'),
    ],
)
def test_words_that_attribute(words: str, sentence: str) -> None:
    span = attribution_of(sentence)
    assert span is not None
    assert sentence[slice(*span)] == words


@pytest.mark.parametrize(
    "sentence",
    [
        "The ferry sank on Tuesday.",
        "Police did not say whether it sank.",
        "He declined to say who paid.",
        "The report was published on Monday.",
        "The company announced a plan.",
        "He added a room to the house.",
        "The claims were denied by the court.",
        "Insurance claims were paid.",
        "She told the truth.",
        "Many islanders believe in ghosts.",
        "“He said we won,” the placard read.",
        "The law states boats must be insured.",
        "",
    ],
)
def test_article_speaks_for_itself(sentence: str) -> None:
    assert attribution_of(sentence) is None


@pytest.mark.parametrize(
    "unit", ["He said ", "“a ", '" ', "It is ", ", ", "said ", "A", "told that ", "according to ", "The "]
)
def test_long_texts_take_no_time(unit: str) -> None:
    text = (unit * 100_000)[:100_000]
    start = time.thread_time()
    attribution_of(text)
    needed_sentences(f"Reed left.\n{text}", [(0, 10), (11, len(text) + 11)], 1)
    assert time.thread_time() - start < 1


def test_long_articles_take_no_time() -> None:
    """Only the neighbourhood is read, but for the names."""
    text = " ".join(f"He met Ann Oakes on day {day}." for day in range(5_000))
    spans = sentence_spans(text)
    start = time.thread_time()
    assert needed_sentences(text, spans, 4_999) != []
    assert time.thread_time() - start < 0.2


@given(
    st.lists(st.sampled_from(["He left.", "“I am", "glad,” he said.", "It sank.", "Tom Reed came.", "¶They", '"No."']))
)
def test_needs_are_neighbours(sentences: list[str]) -> None:
    """At most two, never the sentence itself, the nearest first, and the same each time."""
    for at in range(len(sentences)):
        others = needed(*sentences, quoted=at)
        assert others == needed(*sentences, quoted=at)
        assert len(others) <= 2
        assert len({at, *others}) == len(others) + 1
        assert set(others) <= set(range(len(sentences)))
        assert [abs(other - at) for other in others] == sorted(abs(other - at) for other in others)
