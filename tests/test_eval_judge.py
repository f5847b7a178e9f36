"""The support judge: what each of its checks finds, what it lets pass, and the edits that it is tried on."""

from __future__ import annotations

import json
import random
from time import perf_counter

import pytest

from eval.bench.support_edits import CORPUS, detections, read_paraphrases, read_quotations
from eval.edits_of_text import EDITS
from eval.judge import WEIGHTS, Verdict, WeightsInvalid, judge, judge_name, load_weights, parse_weights
from eval.judging.aligned import lay
from eval.judging.amounts import find_amounts, is_given
from eval.judging.features import NAMES, features
from eval.judging.names import acronyms, find_names, name_key
from eval.judging.tokens import sentence_ranges, stem, tokenize

STORY = (
    "At least nine people died and 22 were missing on Tuesday, 3 February 2026, after the ferry Havlune sank "
    "off Osservik, the coastguard said. About 3,000 people were moved out of two villages. "
    "Transport Minister Petra Halse said she had ordered Strandline to keep its two other ships in port. "
    "She declined to comment on the cause. The lashings did not hold. "
    "Managing director Viggo Ramstrand said the ferry had passed its inspection and that he had "
    '"no indication of any fault". The vaccine prevented 78 percent of illnesses and cost $2.1 billion. '
    "The fishermen were not unhappy with the outcome. "
    "The European Shipping Board will inspect 98 vessels at 21:38."
)


def flags(sentence: str, *sources: str) -> tuple[str, ...]:
    return judge(sentence, sources or (STORY,)).flags


# The verdict


def test_quotation_is_supported():
    assert judge("The lashings did not hold.", (STORY,)) == Verdict(True, 1.0, ())


def test_typography_makes_no_difference():
    """Curly quotation marks and apostrophes are the same words."""
    assert judge("he had “no indication of any fault”.", (STORY,)).score == 1.0


def test_paraphrase_is_supported():
    assert judge("Nine or more people died when the ferry Havlune sank.", (STORY,)).supported


def test_sentence_about_something_else_is_unsupported():
    verdict = judge("Bakers expect the price of bread to rise sharply in spring.", (STORY,))
    assert not verdict.supported
    assert verdict.score < 0.3


@pytest.mark.parametrize("sources", [(), ("",), ("  \n",)])
def test_nothing_is_supported_without_a_source(sources: tuple[str, ...]):
    assert judge("The lashings did not hold.", sources) == Verdict(False, 0.0, ())


def test_citation_mark_is_no_number():
    assert judge("The lashings did not hold. [7]", (STORY,)).score == 1.0


def test_empty_sentence_is_unsupported():
    assert not judge(" … ", (STORY,)).supported


def test_same_sentence_gets_the_same_verdict():
    sentence = "Halse said that 23 people were missing."
    assert judge(sentence, (STORY,)) == judge(sentence, (STORY,))


def test_sources_are_taken_together():
    """One source has the number, the other the name."""
    halves = ("Nine people died when the ferry sank.", "The ferry is called Havlune.")
    assert judge("Nine people died when the ferry Havlune sank.", halves).supported
    assert flags("Nine people died when the ferry Havlune sank.", halves[0]) == ("name",)


def test_every_sentence_of_a_text_is_checked():
    assert flags("The lashings did not hold. In Kesmarra, she declined to comment on the cause.") == ("name",)


def test_several_flags_come_in_one_order():
    assert flags("At least 12 people died and 22 were missing after the ferry Marlin sank off Osservik.") == (
        "number",
        "name",
    )


# Numbers


@pytest.mark.parametrize(
    "sentence",
    [
        "At least 9 people died.",
        "Twenty-two were missing.",
        "Around three thousand people were moved out of the villages.",
        "3 000 people were moved out of two villages.",
        "78 % of illnesses were prevented by the vaccine.",
        "The vaccine prevented seventy-eight per cent of illnesses.",
        "The vaccine cost 2.1 billion dollars.",
        "The vaccine cost $2.1bn.",
        "The ferry sank on February 3, 2026.",
        "The ferry sank on 2026-02-03.",
        "The ferry sank on the 3rd of February.",
        "The ferry sank in 2026.",
        "The board will inspect the vessels at 9.38 p.m.",
    ],
)
def test_number_in_another_form_is_no_other_number(sentence: str):
    assert "number" not in flags(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "At least 10 people died.",
        "About 4,000 people were moved out of two villages.",
        "The vaccine prevented 71 percent of illnesses.",
        "The vaccine cost 2.1 million dollars.",
        "The vaccine cost 2.1 billion pounds.",
        "The ferry sank on 4 February.",
        "The ferry sank in 2025.",
        "The board will inspect the vessels at 22:38.",
        "A third of the illnesses were prevented.",
    ],
)
def test_another_number_is_found(sentence: str):
    assert "number" in flags(sentence)


@pytest.mark.parametrize(
    ("sentence", "wrong"),
    [
        ("Nearly 100 vessels will be inspected.", False),  # of 98: a hedge allows 5 %
        ("About 100 vessels will be inspected.", False),
        ("More than 90 vessels will be inspected.", False),  # and "more than" 10 % to the one side
        ("100 vessels will be inspected.", True),  # nothing says that it is round
        ("Nearly 120 vessels will be inspected.", True),
        ("More than 100 vessels will be inspected.", True),
    ],
)
def test_rounding_needs_a_hedge(sentence: str, wrong: bool):
    assert ("number" in flags(sentence)) == wrong


def test_number_of_something_else_is_found():
    """The number is in the source, but of people who were moved; two that swap places in a sentence are not found."""
    assert flags("At least 3,000 people died and 22 were missing on Tuesday.") == ("number",)


def test_label_is_no_number():
    assert flags("Batch HF-2210 is safe.", "Only batch HF-2210 is safe to eat.") == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("two hundred and five thousand", [205_000]),
        ("three and a half million", [3_500_000]),
        ("a dozen eggs, 12,480 hens", [12, 12_480]),
        ("68.4 percent of 61 million", [68.4, 61_000_000]),
        ("one of the first", []),
    ],
)
def test_amounts_have_values(text: str, expected: list[float]):
    assert [amount.value for amount in find_amounts(text)] == expected


def test_percent_is_no_count():
    percent, count = find_amounts("78 percent"), find_amounts("78 people")
    assert not is_given(count[0], percent)
    assert not is_given(percent[0], count)


def test_two_thirds_are_percent():
    assert is_given(find_amounts("two thirds of them")[0], find_amounts("about 67 percent"))


# Names


@pytest.mark.parametrize(
    "sentence",
    [
        "Halse ordered Strandline to keep its ships in port.",  # a surname, given in full
        "Strandline's two other ships stay in port.",
        "Ships were ordered to stay in port.",  # a capital that begins the sentence
        "Inspectors said the ferry had passed.",
        "The ESB will inspect 98 vessels.",  # an acronym of what is written out
        "Mr Ramstrand said the ferry had passed its inspection.",
    ],
)
def test_known_name_is_let_pass(sentence: str):
    assert "name" not in flags(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Transport Minister Petra Storm said she had ordered Strandline to keep its ships in port.",
        "The ferry Havlind sank off Osservik.",  # nearly the name
        "Solvane said she had ordered Strandline to keep its two other ships in port.",
        "The coastguard of Kesmarra said nine people died.",
    ],
)
def test_unknown_name_is_found(sentence: str):
    assert "name" in flags(sentence)


def test_place_and_its_adjective_are_one():
    assert name_key("tolluria") == name_key("tollurian")
    assert name_key("havlune") != name_key("havlind")
    assert flags("Tollurian officials met in the capital.", "Officials of Tolluria met in the capital.") == ()


def test_weekday_of_a_date_is_known():
    assert flags("The ferry sank on Tuesday.", "The ferry sank on 3 February 2026.") == ()
    assert flags("The ferry sank on Friday.", "The ferry sank on 3 February 2026.") == ("name",)


def test_name_of_someone_else_is_found():
    """Both are in the source; Halse gave the order."""
    assert "name" in flags(
        "Transport Minister Viggo Ramstrand said she had ordered Strandline to keep its two other ships in port."
    )


def test_names_are_runs_of_capitals():
    names = find_names(tokenize("Yesterday Petra Halse met Dr Storm-Kell in Osservik."))
    assert [name.words for name in names] == [("petra", "halse"), ("storm", "kell"), ("osservik",)]


def test_acronyms_leave_out_linking_words():
    assert "wto" in acronyms(tokenize("the World Trade Organization"))
    assert "bom" not in acronyms(tokenize("the Bank of Mirna"))


# Negations


@pytest.mark.parametrize(
    "sentence",
    [
        "She did not comment on the cause.",  # "declined to"
        "The lashings failed to hold.",
        'The director said he had "no indication of any fault".',
        "The fishermen were happy with the outcome.",  # "not unhappy"
        "It was not only the ferry Havlune that sank, the coastguard said.",
        "The ferry passed its inspection, Viggo Ramstrand said.",  # "no indication" is not what it speaks of
    ],
)
def test_same_polarity_in_other_words_is_let_pass(sentence: str):
    assert "negation" not in flags(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The lashings did hold.",
        "The lashings held.",
        "Petra Halse had not ordered Strandline to keep its two other ships in port.",
        "The ferry had not passed its inspection, the managing director said.",
        "The vaccine never prevented 78 percent of illnesses.",
        "Nobody ordered Strandline to keep its two other ships in port.",
    ],
)
def test_turned_polarity_is_found(sentence: str):
    assert "negation" in flags(sentence)


def test_opposite_in_a_quotation_is_found():
    source = "The river rose by 90 centimetres in an hour after the gate had failed."
    assert flags("The river fell by 90 centimetres in an hour after the gate had failed.", source) == ("negation",)


def test_quotation_cut_off_before_its_not_is_found():
    assert flags("The names are alike, the jars are.", "The names are alike, the jars are not.") == ("negation",)


# Halves


def test_two_halves_of_one_source_are_found():
    """Both runs are in the source, in different sentences."""
    assert flags("Transport Minister Petra Halse said she had ordered people were moved out of two villages.") == (
        "stitched",
    )


def test_half_that_no_source_has_is_found():
    sentence = "Transport Minister Petra Halse said she had ordered bakers to sell cheaper bread rolls."
    assert "stitched" in flags(sentence)


def test_two_whole_sentences_are_no_halves():
    assert judge("The lashings did not hold. She declined to comment on the cause.", (STORY,)).supported


def test_shortened_sentence_is_no_halves():
    assert flags("Transport Minister Petra Halse had ordered Strandline to keep its two other ships in port.") == ()


# The edits


SENTENCE = "Transport Minister Petra Halse said she had ordered Strandline to keep its two other ships in port."


@pytest.mark.parametrize("name", EDITS)
def test_edit_changes_the_sentence_and_is_found(name: str):
    edited = EDITS[name](SENTENCE, STORY, random.Random(1))
    assert edited is not None
    assert edited != SENTENCE
    assert name in flags(edited)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("number", "The lashings held."),
        ("name", "The lashings held."),
        ("negation", "A quiet mood."),
        ("negation", "Nobody knows, and it is late."),  # a second negation might make it true again
        ("stitched", "The lashings held."),
    ],
)
def test_edit_that_does_not_apply_gives_none(name: str, sentence: str):
    assert EDITS[name](sentence, STORY, random.Random(1)) is None


def test_name_edit_needs_another_name():
    assert EDITS["name"]("He met Halse.", "He met Halse. Nobody else came.", random.Random(1)) is None


def test_edits_repeat_with_the_same_chance():
    for edit in EDITS.values():
        assert edit(SENTENCE, STORY, random.Random(5)) == edit(SENTENCE, STORY, random.Random(5))


@pytest.mark.parametrize("seed", range(20))
def test_edited_number_is_no_rounding(seed: int):
    edited = EDITS["number"]("Nearly 100 vessels were inspected.", STORY, random.Random(seed))
    assert edited is not None
    assert not is_given(find_amounts(edited)[0], find_amounts("98 vessels 100"))


def test_negation_edit_takes_a_not_away():
    assert EDITS["negation"]("The lashings did not hold.", STORY, random.Random(1)) == "The lashings did hold."


def test_negation_edit_leaves_quotations_alone():
    edited = EDITS["negation"]('He said it was "not the end" of it.', STORY, random.Random(1))
    assert edited == 'He never said it was "not the end" of it.' or edited == 'He said it was not "not the end" of it.'


# The corpus and the weights


def test_paraphrases_are_sound():
    """A hundred or more, each with its quotation where it says; both parts are large enough to say something."""
    samples = read_paraphrases()
    assert len(samples) >= 100
    assert all(sample.quote in sample.article and sample.quote in sample.around for sample in samples)
    assert min(sum(sample.part == part for sample in samples) for part in ("tuned", "unseen")) >= 40


def test_paraphrase_that_quotes_amiss_is_refused(tmp_path):
    line = json.dumps(
        {
            "id": "x",
            "article": "100_ferry-capsizes-osservik.txt",
            "start": 0,
            "end": 4,
            "quote": "Five",
            "text": "x",
            "part": "tuned",
        }
    )
    (tmp_path / "p.jsonl").write_text(line)
    with pytest.raises(ValueError, match="does not quote"):
        read_paraphrases(tmp_path / "p.jsonl", CORPUS)


def test_edits_of_quotations_are_found_without_false_alarms():
    """Of every tenth sentence of the corpus nearly all edits are found, and no untouched one is accused."""
    samples = list(read_quotations())[::10]
    found = {row.name: row for row in detections(samples, judge, around=False)}
    assert found["untouched"].found == 0
    for name in EDITS:
        assert found[name].found >= 0.95 * found[name].n > 20


def test_edits_of_paraphrases_are_found_with_few_false_alarms():
    samples = [sample for sample in read_paraphrases() if sample.part == "tuned"]
    found = {row.name: row for row in detections(samples, judge, around=False)}
    assert found["untouched"].found <= 0.08 * found["untouched"].n
    assert found["number"].found >= 0.9 * found["number"].n
    assert found["name"].found >= 0.9 * found["name"].n
    assert found["negation"].found >= 0.8 * found["negation"].n


def test_weights_load_and_are_in_the_name():
    assert len(load_weights().coefficients) == len(NAMES)
    assert judge_name().startswith("lexical ")


def test_weights_of_other_features_are_refused():
    stored = json.loads(WEIGHTS.read_text())
    stored["coefficients"].pop(NAMES[0])
    with pytest.raises(WeightsInvalid, match=r"python -m eval\.bench\.support"):
        parse_weights(stored)


def test_missing_weights_say_what_to_run(tmp_path):
    with pytest.raises(WeightsInvalid, match=r"python -m eval\.bench\.support"):
        load_weights(tmp_path / "none.json")


def test_features_lie_between_0_and_1():
    laid = lay("At least 12 people died in Kesmarra.", (STORY,))
    assert all(0 <= value <= 1 for value in features(laid, ("number", "name")))


def test_judging_is_fast():
    """Far below 20 ms a sentence with a source seen before, even on a busy machine."""
    judge("warm up the source", (STORY,))
    began = perf_counter()
    for number in range(50):
        judge(f"At least {number} people died when the ferry sank.", (STORY,))
    assert (perf_counter() - began) / 50 < 0.02


# Words


@pytest.mark.parametrize(
    ("one", "other"),
    [("rescued", "rescue"), ("striking", "struck"), ("cities", "city"), ("ships", "ship"), ("said", "says")],
)
def test_forms_of_a_word_share_a_stem(one: str, other: str):
    assert stem(one) == stem(other)


def test_abbreviations_end_no_sentence():
    text = "Dr. Halse met the U.S. envoy. He left at 5 p.m. sharp."
    assert len(sentence_ranges(text, tokenize(text))) == 2


def test_tokens_have_their_place():
    text = "Halse’s “ships” cost 3,000"
    assert [text[token.start : token.end] for token in tokenize(text)] == ["Halse’s", "ships", "cost", "3,000"]
