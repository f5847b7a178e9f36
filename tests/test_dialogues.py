"""Two questions one after the other, of many kinds: what the second is read as, or that it is left."""

from __future__ import annotations

import pytest

from qa.followups import notes_of, rewrite_question
from tests.test_followups import answered

CHIEF = answered("Who is the CEO of Brightwell?", "Ann Reed is the CEO of Brightwell.", "Ann Reed")
MAYOR = answered("Who is the mayor of Tarnow?", "Jan Novak is the mayor of Tarnow.", "Jan Novak")
PRESIDENT = answered("How old is the president of Estonia?")
GRAZ = answered("How many people live in Graz?")
BRIDGE = answered("When was the Marsden Bridge built?")
TOSCA = answered("Who wrote the opera Tosca?", "Giacomo Puccini wrote the opera Tosca in Lucca.", "Giacomo Puccini")
BOSCH = answered("How many employees does Bosch have in Germany?")
FIRE = answered("What caused the fire?", "A cigarette caused the fire.", "A cigarette")
BLAST = answered("What caused the explosion in Beirut?")
CRASH = answered("Who was killed in the crash?")
VOTE = answered("What happened before the vote?")
CHAVEZ = answered("What happened before Chavez?")
LULA = answered("Who was president before Lula?")
WAR = answered("What did Lena Ortiz do before the war?")
MUSEUM = answered("Is the museum open on Sunday?")
BORN = answered("When was Lena Ortiz born?")
TREATY = answered("When was the treaty signed?")
SHOT = answered("Who shot Charlie Kirk?", "Tyler Robinson shot Charlie Kirk in Orem.", "Tyler Robinson")
SHOT_BY_WHOM = answered("Who shot Charlie Kirk?")
DISMISSED = answered("Who did Peter Lowe dismiss?", "Peter Lowe dismissed Simon Hart.", "Simon Hart")
SUED = answered("Why did Peter Lowe sue Simon Hart?")
MERKEL = answered("Who succeeded Angela Merkel?", "Olaf Scholz succeeded Angela Merkel.", "Olaf Scholz")
LINDH = answered(
    "Who was arrested for the murder of Anna Lindh?",
    "Mijailo Mijailovic was arrested for the murder of Anna Lindh.",
    "Mijailo Mijailovic",
)
FILM = answered(
    "Who directed the film about Bob Dylan?", "James Mangold directed the film about Bob Dylan.", "James Mangold"
)
OLDER = answered("Who is older, Anna Berg or Clara Holm?")
FIRED = answered("Why did Meta fire Yann Lund?")
JOHN = answered("Which song did Elton John sing?")
SANG = answered("What did Chavez sing?")
ARREST = answered("Was Fujimori arrested?", "Yes, Alberto Fujimori was arrested in Santiago.", "Yes")
TRADE = answered("What does Marland pay for a tonne of Cerovite?")
APPLE = answered("What did Apple announce?", "Apple announced Orchard Two on Monday.", "Orchard Two")
CONTRACT = answered("Did Nokia or Ericsson win the contract?")
REBELS = answered("Did the rebels attack the soldiers?")
STORM = answered("How many boats sank in the storm?")
PENICILLIN = answered("What is penicillin?")
POPE = answered("What did the pope say about the war?")
GUILTY = answered("Was Jan Novak found guilty?")
NATO = answered("When did Sweden join NATO?")
FOREST = answered("What did Greta Lund write about the forest?")
BOOK = answered("Who reviewed the book by Greta Lund?", "Otto Brand reviewed the book by Greta Lund.", "Otto Brand")
POLICE = answered("Did the police arrest Milan Horak?")
TOWER = answered("What is the height of the Elbtower?")
DRUG = answered("Who makes Zeltrax?", "Brandt Biologicals makes Zeltrax.", "Brandt Biologicals")
WITHDRAWN = answered("Which drug was withdrawn?", "Zeltrax was withdrawn in May.", "Zeltrax")
CHEST = answered("What was found on the beach?", "A chest was found on the beach.", "A chest")
GREENLAND = answered("Does Jensen want to buy Greenland?")
REQUEST = answered("What did Zelensky ask Scholz for?")


@pytest.mark.parametrize(
    ("before", "question", "read"),
    [
        # A name in the place of the one asked about
        (CHIEF, "What about Nordwind?", "Who is the CEO of Nordwind?"),
        (CHIEF, "And Nordwind?", "Who is the CEO of Nordwind?"),
        (MAYOR, "And Lublin?", "Who is the mayor of Lublin?"),
        (MAYOR, "In Lublin?", "Who is the mayor of Lublin?"),
        (MAYOR, "What about in Lublin?", "Who is the mayor of Lublin?"),
        (PRESIDENT, "And of Latvia?", "How old is the president of Latvia?"),
        (PRESIDENT, "And the prime minister?", "How old is the prime minister of Estonia?"),
        (GRAZ, "And in Linz?", "How many people live in Linz?"),
        (BRIDGE, "And the Calder Bridge?", "When was the Calder Bridge built?"),
        (TOSCA, "And Turandot?", "Who wrote the opera Turandot?"),
        (BOSCH, "And in Poland?", "How many employees does Bosch have in Poland?"),
        (BORN, "And her brother?", "When was Lena Ortiz's brother born?"),
        (GUILTY, "And his wife?", "Was Jan Novak's wife found guilty?"),
        (POPE, "And about abortion?", "What did the pope say about abortion?"),
        # When and where, of what happened
        (FIRE, "When?", "When was the fire?"),
        (FIRE, "Where?", "Where was the fire?"),
        (BLAST, "When was that?", "When was the explosion in Beirut?"),
        (CRASH, "When?", "When was the crash?"),
        (TREATY, "Where?", "Where was the treaty signed?"),
        (TREATY, "By whom?", "By whom was the treaty signed?"),
        # Before and after
        (CHAVEZ, "After Chavez?", "What happened after Chavez?"),
        (VOTE, "And after?", "What happened after the vote?"),
        (VOTE, "And after it?", "What happened after the vote?"),
        (WAR, "And during the war?", "What did Lena Ortiz do during the war?"),
        (LULA, "Before Temer?", "Who was president before Temer?"),
        (MUSEUM, "And on Monday?", "Is the museum open on Monday?"),
        # Of two persons the one who did it, or who had it done
        (SHOT, "Where was he buried?", "Where was Charlie Kirk buried?"),
        (SHOT, "When was he arrested?", "When was Tyler Robinson arrested?"),
        (SHOT, "Does he face the death penalty?", "Does Tyler Robinson face the death penalty?"),
        (SHOT, "Why did he do it?", "Why did Tyler Robinson shoot Charlie Kirk?"),
        (SHOT_BY_WHOM, "Where was he buried?", "Where was Charlie Kirk buried?"),
        (DISMISSED, "Why did he do that?", "Why did Peter Lowe dismiss Simon Hart?"),
        (DISMISSED, "Why was he dismissed?", "Why was Simon Hart dismissed?"),
        (SUED, "When did he do it?", "When did Peter Lowe sue Simon Hart?"),
        (SUED, "When was he sued?", "When was Simon Hart sued?"),
        (MERKEL, "Why did she resign?", "Why did Angela Merkel resign?"),
        (FILM, "How old is he?", "How old is James Mangold?"),
        # Things
        (JOHN, "Who wrote it?", "Who wrote the song that Elton John sang?"),
        (TOSCA, "Where was it first performed?", "Where was the opera Tosca first performed?"),
        (TRADE, "How long does it keep?", "How long does Cerovite keep?"),
        (TRADE, "Who does it buy from?", "Who does Marland buy from?"),
        (APPLE, "When will it be sold?", "When will Orchard Two be sold?"),
        (APPLE, "When did it deny that?", "When did Apple deny that?"),
        (STORM, "How many people drowned on them?", "How many people drowned on the boats?"),
        (PENICILLIN, "Who discovered it?", "Who discovered penicillin?"),
        (REQUEST, "Did he get it?", "Did Zelensky get it?"),
        (NATO, "And Finland?", "When did Finland join NATO?"),
        (NATO, "And the EU?", "When did Sweden join the EU?"),
        (BOOK, "What did he think of it?", "What did Otto Brand think of the book?"),
        (BOOK, "When did she write it?", "When did Greta Lund write the book?"),
        (POLICE, "Did he confess?", "Did Milan Horak confess?"),
        (TOWER, "Who is building it?", "Who is building the Elbtower?"),
        (DRUG, "Where is it sold?", "Where is Zeltrax sold?"),
        (DRUG, "Where is it based?", "Where is Brandt Biologicals based?"),
        (WITHDRAWN, "Who makes it?", "Who makes Zeltrax?"),
        (answered("What did Apple offer?"), "When was it founded?", "When was Apple founded?"),
        (answered("Who composed Bolero?", "Maurice Ravel composed Bolero.", "Maurice Ravel"), "When did he compose it?",
         "When did Maurice Ravel compose Bolero?"),
        (answered("Who drafted the law?"), "When does it take effect?", "When does the law take effect?"),
        (answered("Did Jan Novak kill Eva Novak?"), "Was she buried in Brno?", "Was Eva Novak buried in Brno?"),
        (CHEST, "What was in it?", "What was in the chest?"),
    ],
)  # fmt: skip
def test_the_second_question_is_read_on_from_the_first(before, question: str, read: str) -> None:
    assert rewrite_question(question, [before]).question == read


@pytest.mark.parametrize(
    ("before", "question", "rivals"),
    [
        (SHOT, "How old is he?", ("Tyler Robinson", "Charlie Kirk")),
        (SHOT, "How old was his wife?", ("Tyler Robinson", "Charlie Kirk")),
        (DISMISSED, "How old is he?", ("Simon Hart", "Peter Lowe")),
        (LINDH, "How old was she?", ("Mijailo Mijailovic", "Anna Lindh")),
        (OLDER, "Where does she live?", ("Anna Berg", "Clara Holm")),
        (FIRED, "How much does he earn?", ("Meta", "Yann Lund")),
        (TRADE, "Is it dangerous?", ("Marland", "Cerovite")),
        (CONTRACT, "Where is it based?", ("Nokia", "Ericsson")),
        (REBELS, "How many of them died?", ("the rebels", "the soldiers")),
        (SUED, "What about Ann Reed?", ("Peter Lowe", "Simon Hart")),
        (BOSCH, "And Siemens?", ("Bosch", "Germany")),
        (answered("Has Marland recognised Palvia?"), "Who is its president?", ("Marland", "Palvia")),
        (GREENLAND, "Who owns it?", ("Jensen", "Greenland")),
        (DRUG, "Is it famous?", ("Zeltrax", "Brandt Biologicals")),
    ],
)
def test_what_may_stand_for_two_is_left_and_told(before, question: str, rivals: tuple[str, ...]) -> None:
    rewriting = rewrite_question(question, [before])
    assert (rewriting.question, rewriting.changes) == (question, ())
    [(words, found)] = rewriting.open
    assert set(found) == set(rivals)
    assert notes_of(rewriting) == (
        f'"{words}" may stand for {" or ".join(found)}, so the question was asked as it was written.',
    )


@pytest.mark.parametrize(
    ("before", "question"),
    [
        (SANG, "Who wrote it?"),
        (FOREST, "Where was it published?"),
        (answered("Did Jan Novak kill his wife?"), "How old was she?"),
        (answered("What did Chavez say?"), "Who wrote it?"),
        (answered("Was Chavez at the rally?"), "Who wrote it?"),
        (answered("What did Marland offer?"), "When was it?"),
        (ARREST, "Who ordered it?"),
        (answered("Why did Fujimori resign?"), "When was it announced?"),
        (answered("Who is Fujimori?"), "Who wrote it?"),
        (answered("Why was Simon Hart dismissed?"), "When did he do it?"),
        (FIRE, "How?"),
        (FIRE, "Since when?"),
        (answered("Who started the company?"), "When?"),
        (answered("Who owns the bakery?"), "Where?"),
        (answered("What happened in Lyon?"), "When?"),
        (answered("What did Reed do in 2019?"), "Before the war?"),
        (LULA, "And before him?"),
        (answered("Who won?"), "When?"),
        (GUILTY, "Of what?"),
    ],
)
def test_what_cannot_be_told_is_left(before, question: str) -> None:
    """A person is no "it", who was dismissed didn't do it, and a company wasn't started when its founder was born."""
    rewriting = rewrite_question(question, [before])
    assert (rewriting.question, rewriting.changes) == (question, ())
    assert notes_of(rewriting) == ()


def test_half_of_a_question_is_not_read_where_the_other_half_is_in_doubt() -> None:
    rewriting = rewrite_question("Did he say it there?", [SHOT])
    assert rewriting.question == "Did he say it there?"
