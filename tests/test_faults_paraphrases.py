"""Good paraphrases that the exact checks let pass, each beside a wrong sentence that they don't."""

from __future__ import annotations

import pytest

from qa.english.faults import find_faults

GOOD = [
    # Words that have their capital from their place
    ("Play stopped when the lights went out.", "The lights went out and the match was halted."),
    ("Even so, Orla Finch kept her seat.", "Orla Finch nevertheless kept her seat."),
    ("Because of the fog, Tessen airport closed.", "Tessen airport closed in the fog."),
    ("Around 300 goats crossed the Narva road.", "About 300 goats crossed the Narva road."),
    ("What remains of the mill in Dorn will be sold.", "The remains of the mill in Dorn will be sold."),
    ("Voting in Ostrel took nine hours.", "The vote in Ostrel took nine hours."),
    ("Debris from the crane hit two vans.", "Two vans were hit by parts of the crane."),
    ("The lock failed. Water then filled the Dorn tunnel.", "The lock failed and the Dorn tunnel filled with water."),
    ("Finch said: “Nobody panicked.”", "Finch said that nobody panicked."),
    ("The vaccine must be kept at 4 °C.", "The vaccine has to be kept at 4 degrees Celsius."),
    # Titles and forms of address
    ("Sen. Ruth Calder voted for it.", "Senator Ruth Calder voted for it."),
    ("Senator Ruth Calder voted for it.", "Sen. Ruth Calder voted for it."),
    ("Prof. Anselm Gray measured the ice.", "Professor Anselm Gray measured the ice."),
    ("Governor Mira Stahl signed the order.", "Gov. Mira Stahl signed the order."),
    ("Mr Calder left at noon.", "Calder left at noon."),
    ("Dr. Ilse Maar treated the crew.", "Doctor Ilse Maar treated the crew."),
    # Months
    ("The bridge opened on Nov. 12, 2025.", "The bridge opened on 12 November 2025."),
    ("The bridge opened on 3 September.", "The bridge opened on Sept. 3."),
    ("The strike began in Oct. 2024.", "The strike began in October 2024."),
    # Figures in other words
    ("The ferry was inspected two times.", "The ferry was inspected twice."),
    ("The ferry was inspected twice.", "The ferry was inspected two times."),
    ("The pump failed three times.", "The pump failed thrice."),
    ("Turnout was 61 per cent.", "Turnout was 61%."),
    ("Turnout was 61 percent.", "Turnout was 61 per cent."),
    ("Eight percent of the vines froze.", "8% of the vines froze."),
    ("Six boats were lost in one storm.", "Six boats were lost in a single storm."),
    ("One nurse was hurt.", "A nurse was hurt."),
    ("A dozen goats were found.", "Twelve goats were found."),
    ("Half a dozen vans were damaged.", "Six vans were damaged."),
    ("People over the age of 70 ride free.", "People over 70 ride free."),
    ("Children under 12 ride free.", "Children under the age of 12 ride free."),
    ("No fewer than three lamps burned.", "At least three lamps burned."),
    ("At most four goats were lost.", "No more than four goats were lost."),
    ("The clock lost no more than two seconds a day.", "The clock lost at most two seconds a day."),
    # Leave, ability, what is ahead
    ("Owners can appeal until Friday.", "Owners may appeal until Friday."),
    ("The gate would not close.", "The gate could no longer be closed."),
    ("Unless somebody appeals, the ruling will be final.", "The ruling becomes final if nobody appeals."),
    ("The tunnel will stay shut until May.", "The tunnel stays shut until May."),
    ("The museum will remain free.", "The museum remains free."),
    ("The museum stays closed.", "The museum will stay closed."),
    # Who denies and who says it
    ("None of the pumps worked.", "No pump worked."),
    ("No one was hurt.", "Nobody was hurt."),
    ("Ruth Calder respects the ruling.", "Ruth Calder said that she respected the ruling."),
    ("His suspicion falls on a dealer in Narva.", "He suspects a dealer in Narva."),
    ("The marchers numbered 900.", "The marchers numbered 900, so nobody should call it small."),
    ("The crew hadn't expected the wave.", "The crew did not think that the wave would come."),
    ("According to Ruth Calder, the ferry was safe.", "The ferry was safe, said Senator Ruth Calder."),
    # What leaves it as open, and what undoes only what was undone
    ("Should the dam fail, 400 people will leave Dorn.", "If the dam fails, 400 people will have to leave Dorn."),
    ("The crew would have drowned.", "The crew would've drowned."),
    ("Nearly 300 goats crossed the road.", "Almost 300 goats crossed the road."),
    ("The strike was illegal.", "The strike was not legal."),
    ("The ferry may have sunk.", "Perhaps the ferry sank."),
    # Names that keep their places
    ("Jon Harlow was sued by Peter Quist.", "Peter Quist sued Jon Harlow."),
    ("Jon Harlow married Ida Vole.", "Ida Vole married Jon Harlow."),
    ("Sallow has fewer hospitals than Norwick.", "Norwick has more hospitals than Sallow."),
    ("Narva police told HPB in May that a seal was reported.", "On HPB, Narva police said a seal was reported in May."),
    ("Mayor Anna Vole met Finch.", "Anna Vole, the mayor, met Lena Finch."),
]
WRONG = [
    ("Play stopped in Kestrava.", "The match in Dorn was halted.", "name"),
    ("Renn's ferry sank.", "The ferry of Captain Halse sank.", "name"),
    ("HPB's ferry sank.", "The ferry of Strandline sank.", "name"),
    ("Sen. Ruth Calder voted for it.", "Governor Ruth Calder voted for it.", "name"),
    ("The ferry was inspected twice.", "The ferry was inspected three times.", "number"),
    ("The ferry was inspected two times.", "The ferry was inspected once.", "number"),
    ("Six boats were lost in one storm.", "Six boats were lost in two storms.", "number"),
    ("One nurse was hurt.", "Two nurses were hurt.", "number"),
    ("A dozen goats were found.", "Twenty goats were found.", "number"),
    ("People over the age of 70 ride free.", "People over 60 ride free.", "number"),
    ("People over the age of 70 ride free.", "People under 70 ride free.", "number"),
    ("No fewer than three lamps burned.", "At most three lamps burned.", "number"),
    ("Turnout was 61 per cent.", "Turnout was 16%.", "number"),
    ("The bridge opened on Nov. 12, 2025.", "The bridge opened on 13 November 2025.", "number"),
    ("The pump can fail at night.", "The pump may have failed at night.", "modality"),
    ("The gate closed.", "The gate could be closed.", "modality"),
    ("The tunnel will be shut.", "The tunnel was shut.", "modality"),
    ("The tunnel was shut.", "The tunnel will be shut.", "modality"),
    ("The company plans to shut the tunnel.", "The tunnel stays shut until May.", "modality"),
    ("The clock lost two seconds.", "The clock lost no seconds.", "negation"),
    ("No one was hurt.", "Somebody was hurt.", "negation"),
    ("The ferry was safe.", "Ruth Calder said that the ferry was safe.", "attribution"),
    ("Ilse Maar said that the ferry was safe.", "Ruth Calder said that the ferry was safe.", "attribution"),
    ("400 people will have to leave Dorn.", "If the dam fails, 400 people will have to leave Dorn.", "modality"),
    ("The ferry may have sunk off Dorn.", "The ferry sank off Dorn.", "modality"),
    ("The ferry allegedly sank off Dorn.", "The ferry sank off Dorn.", "modality"),
    ("The ferry almost sank off Dorn.", "The ferry sank off Dorn.", "negation"),
    ("That the ferry sank off Dorn is a hoax.", "The ferry sank off Dorn.", "negation"),
    ("The ferry would have sunk off Dorn.", "The ferry sank off Dorn.", "negation"),
    ("The ferry didnt sink off Dorn.", "The ferry sank off Dorn.", "negation"),
    ("The court called the law unconstitutional.", "The court called the law constitutional.", "negation"),
    ("The court called the strike legal.", "The court called the strike illegal.", "negation"),
    ("The house was sold for €450,000.", "The house was sold for $450,000.", "number"),
    ("Tom Vole met the crew.", "Anna Vole and Tom Finch met the crew.", "name"),
    ("Peter Quist sued Jon Harlow.", "Jon Harlow sued Peter Quist.", "roles"),
    ("Jon Harlow was sued by Peter Quist.", "Jon Harlow sued Peter Quist.", "roles"),
    ("Sallow has more hospitals than Norwick.", "Norwick has more hospitals than Sallow.", "roles"),
    ("Ruth Calder's ferry was safe.", "Ruth Calder said that the ferry was safe.", "attribution"),
]


@pytest.mark.parametrize(("sentence", "quotation"), GOOD)
def test_a_good_paraphrase_has_no_fault(sentence: str, quotation: str) -> None:
    assert find_faults(sentence, [quotation]) == []


@pytest.mark.parametrize(("sentence", "quotation", "kind"), WRONG)
def test_what_only_looks_like_one_is_found(sentence: str, quotation: str, kind: str) -> None:
    assert kind in {fault.kind for fault in find_faults(sentence, [quotation])}
