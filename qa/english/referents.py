"""What a sentence opens with that stands for something said before, and which sentences name it: English, by rule."""

from __future__ import annotations

import re
from typing import Literal

Refers = Literal["person", "plural", "thing"]

_QUOTES = r"[\"“‘'(\[]*"
# What may stand before the subject: a connective, or a phrase such as "On Tuesday, " (which must name nobody).
CONNECTIVES = "But|And|However|So|Instead|Otherwise|Yet|Still|Then|Nor|Or"
_LEAD = re.compile(
    rf"{_QUOTES}(?:(?:{CONNECTIVES}|Also|Meanwhile|Moreover|Furthermore|Nevertheless|Later|Earlier|Today|Thus|Therefore"
    r"|Even so|For example|For instance|In addition|As a result|At the time|Since then|Besides|Again|Now|Soon"
    r"|Eventually"
    r"|Finally|Afterwards)\b,? )?"
)
# "When he came, Oakes …": the name follows.
_CLAUSE = re.compile(
    r"(?:Because|Although|Though|While|When|If|As|Once|After|Before|Since|Until) (?=(?:s?he|they|it)\b)"
)
_NAME_FOLLOWS = re.compile(r"[^,]*, (?:[A-Z]|the\b|an?\b)")
_ADVERBIAL = re.compile(
    r"(?:In|On|At|After|Before|During|By|For|From|Since|Under|With|Last|Until|Over|Along|Despite|Within|Throughout"
    r"|Upon)"
    r" [^,“”\"]{1,60}, "
)
_DAY_NAME = re.compile(
    r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|\b(?:January|February|March|April|May|June|July|August|September"
    r"|October|November|December|Jan|Feb|Aug|Sept|Oct|Nov|Dec|Christmas|Easter)\b"
)
_NUMBER = "one|two|three|four|five|six|seven|eight|nine|ten|other|same|new|latest|first|second|third|last|latter"

# Nouns that alone tell neither who nor what: "the man", "the company".
_PERSONS = (
    "man|woman|boy|girl|suspect|victim|driver|teenager|child|officer|official|spokesman|spokeswoman|spokesperson|singer"
    "|actor|actress|player|author|teacher|student|soldier|senator|congressman|congresswoman|governor|mayor|judge|lawyer"
    "|attorney|doctor|patient|pilot|killer|gunman|shooter|attacker|hostage|mother|father|husband|wife|son|daughter"
    "|brother|sister|president|minister|prime minister|director|coach|striker|midfielder|defender|goalkeeper|captain"
    "|farmer|defendant|writer|artist|musician|scientist|professor|journalist|reporter|candidate|lawmaker|sheriff|priest"
    "|bishop|baby|infant|star|rapper|comedian|champion|winner|founder|chairman|chief|executive|leader|politician"
    "|novelist|filmmaker|model|designer|chef|engineer|owner|manager|witness|protester|activist|prisoner|inmate"
)
_GROUPS = (
    "men|women|boys|girls|couple|pair|brothers|sisters|children|family|crew|officers|officials|suspects|victims"
    "|passengers|attackers|hostages|protesters|inmates|soldiers|students|parents|players|doctors|lawyers|authors"
)
_PEOPLE = re.compile(
    rf"(?:{_PERSONS})s|{_GROUPS}|people|persons|troops|dead|lives|civilians|migrants|refugees|residents|members|adults"
    r"|guests|agents|civil servants|\w+(?:ers|ors|ists|ians|ees|men|women)",
    re.IGNORECASE,
)
_THINGS = (
    "company|firm|agency|organi[sz]ation|attacks?|strikes?|measures?|move|plan|deal|agreement|bill|proposal"
    "|decision|study|survey|incident|accident|crash|explosion|blast|fire|storm|vessels?|ships?|boats?|plane|aircraft"
    "|vehicle|ruling|lawsuit|statement|letter|video|film|movie|book|album|song|show|event|match|programme|program"
    "|project|operation|mission|airline|charges|allegations|claims|comments|remarks|figures?|results|findings"
    "|rejection|classification|designation|raid|shooting|killings?|bombing|protests?|talks|meeting|visit|trip|tour"
    "|investigation|report|verdict|sentence|trial|vote|scheme|practice|technique|device|system|drug|disease|virus|site"
    "|building|bridge|school|club|team|group|party|store|restaurant|museum|exhibition|festival|award|prize|law|policy"
    "|change|changes|problem|issue|idea|approach|strategy|effort|efforts|campaign|initiative|discovery|finding"
)
_NAMED = (
    "of|on|in|at|by|that|which|who|whom|whose|from|for|against|to|behind|between|near|with|called|named|under"
    "|aboard|over|into"
)
_DEFINITE = re.compile(
    rf"(?:The|the) (?:(?:{_NUMBER}) )*(?:(?P<person>{_PERSONS}|\d+-year-old(?: [a-z]+)?)|(?P<plural>{_GROUPS})"
    rf"|(?P<thing>{_THINGS}))(?:['’]s?)?(?= [a-z]|[,.]|$)(?! (?:{_NAMED})\b)(?! \w+ed (?:by|on|in|at|to)\b)(?!, [A-Z])"
)
_PRONOUN = re.compile(
    r"(?:(?P<person>[Hh]e|[Ss]he|[Hh]is|[Hh]er|[Hh]im)(?! (?:Holiness|Majesty|Highness|Royal|Excellency|who)\b)"
    r"|(?P<plural>[Tt]hey|[Tt]heir|[Bb]oth(?! (?:[A-Z][\w'’. -]{0,40}?|\w+ )and\b)|[Tt]hose(?! (?:who|with|in|of"
    r"|whose|that)\b)"
    r"|[Tt]hese(?! days\b)|(?:Neither|Each|Some|Many|Most|All|None|One|Two|Three|Four|Five|Several|Others?)"
    r"(?= (?:is|are|was|were|has|have|had|will|would|of (?:them|these|those))\b)|(?:\w+ ){1,4}of (?:them|these|those))"
    r"|(?P<thing>[Ii]ts?|[Tt]his(?! (?:week|month|year|morning|afternoon|evening|summer|winter|spring|fall|weekend"
    r"|story"
    r"|article|report (?:was|includes)|page|video (?:is|was)|illustration|photo|picture|image|map|graphic)\b)"
    r"|[Tt]hat(?! said,))"
    r"|(?P<other>Another(?! of )|Such|(?:The|the) (?:latter|other)))\b(?!-)"
)
# "It" that stands for nothing: weather, time, and what "that", "to" or "who" explains later.
_EMPTY_IT = re.compile(
    r"[Ii]t(?:['’]s| (?:is|was|will be|would be|has been|had been|isn['’]t|wasn['’]t|may be|might be|can be|could be))"
    r"(?: (?:also|still|not|now|very|so|quite|extremely|pretty|more|most|increasingly|absolutely|yet|just|only|really"
    r"|simply|perhaps|probably|widely|generally|even|too|long|a little))*"
    r" (?:(?:(?:un|im)?(?:clear|known|often|surprising|likely|possible|usual|common|true|certain|important|hard"
    r"|difficult|easy|necessary"
    r"|obvious|essential|crucial|good|better|best|unclear|unknown|unlikely|impossible|immediately|worth|rare|illegal"
    r"|legal"
    r"|safe|wrong|right|time|hoped|believed|thought|said|expected|understood|reported|estimated|alleged|announced"
    r"|raining"
    r"|snowing|feared|up to|(?:decided|agreed|confirmed|suggested|argued|claimed)(?: by \w+)?|no (?:secret|surprise"
    r"|wonder|coincidence|accident)|an? (?:shame"
    r"|pity|fact|good idea"
    r"|matter))"
    r"\b(?:(?! -- )[^,;–—]){0,60}?(?:\b(?:that|to|whether|how|if|why|who|when|where|what|for|of)\b|,|\.|$))"
    r"|(?:on|in|at|after|during|not until|until|there|here|because|then|when|with|about \w+ (?:years|hours)"
    r"|\d+ (?:years|days))"
    r"\b|the (?:first|second|third|last|latest|only) time\b|[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*){0,4},? (?:who|that)\b)"
    r"|[Ii]t (?:took|takes|will take|has taken|would take)(?: \w+){0,3} (?:\d|an? |one|two|three|four|five|six|seven"
    r"|years|months"
    r"|days|hours|weeks|more than|about|nearly|long)"
    r"|[Ii]t (?:seems|seemed|appears|appeared|turns out|turned out|remains|remained|emerged|transpired|happens"
    r"|follows|(?:has|had) (?:\w+ )?(?:seemed|appeared))"
    r"(?: (?:\w+ ){0,2}(?:that|as if|as though|like|whether|how|to be seen|unclear|possible)\b|,)"
    r"|[Ii]t (?:does|did)(?:n['’]t| not) (?:matter|help that|hurt that|take)|[Ii]t (?:rained|snowed|rains|snows)"
    r"|[Ii]t (?:is|was) (?:I|me|you|he|she|we|they)\b|[Ii]t (?:comes|came) as\b|[Ii]t would be \w+ (?:if|to)"
)
# "“…,” he said", ", she said,": the speaker is named elsewhere.
_SPEAKING = re.compile(r"(?:^|\W)(?P<who>he|she|they)(?:$|\W)")


def opening_reference(sentence: str) -> tuple[Refers, str] | None:
    """(what it stands for, the words) when the sentence opens with words that need an earlier one; else None."""
    at = _after_lead(sentence)
    if _EMPTY_IT.match(sentence, at):
        return None
    for pattern in (_PRONOUN, _DEFINITE):
        if found := pattern.match(sentence, at):
            kind = found.lastgroup
            return ("person" if kind == "person" else "plural" if kind == "plural" else "thing"), found[0]
    return None


def unnamed_speaker(attribution: str) -> str:
    """The pronoun in words such as ", she said"; empty when they name somebody."""
    found = _SPEAKING.search(attribution)
    return found["who"] if found else ""


def _after_lead(sentence: str) -> int:
    """Where the subject begins, after connectives and phrases that name nobody."""
    lead = _LEAD.match(sentence)
    at = lead.end() if lead else 0
    clause = _CLAUSE.match(sentence, at)
    if clause and not _NAME_FOLLOWS.match(sentence, at):
        return clause.end()
    adverbial = _ADVERBIAL.match(sentence, at)
    if adverbial and not re.search(r"(?<!^)\b[A-Z]", _DAY_NAME.sub("", adverbial[0][1:])):
        return adverbial.end()
    return at


_ASIDE = re.compile(
    r"(?:Watch|See|Read|Related|Photos?|Videos?|Background|Click|Listen|E-mail|More"
    r"|Gallery|Interactive|Don['’]t miss)\b"
    r"[^.]{0,150}$|.{1,150}»\W*$"
)
_HEADING = re.compile(r"(?:\S+ ){0,7}\S*[\w%]")  # a few words without a stop
# Capitalised words that name no person.
_NO_PERSON = set(
    "American Germans Cubans German Russian Italian Iranian Iraqi Israeli Syrian Egyptian Libyan Saudi Indian "
    "Australian Canadian "
    "Brazilian "
    "Colombian Venezuelan Cuban Haitian Mexican Korean Ukrainian European Asian African Palestinian Afghan Somali "
    "Kenyan "
    "Nigerian French Dutch Greek Swiss Czech Iraqis Israelis Saudis Somalis Pakistanis Austria Netherlands Holland "
    "Belgium "
    "Switzerland Sweden Norway Denmark Finland Hungary Romania Bulgaria Serbia Croatia Bosnia Georgia Lebanon Jordan "
    "Kuwait "
    "Qatar Morocco Tunisia Algeria Ethiopia Uganda Rwanda Congo Ghana Tibet Taiwan Singapore Malaysia Cambodia Peru "
    "Bolivia "
    "Ecuador Honduras Guatemala Panama Malta Cyprus Iceland Illinois Michigan Minnesota Wisconsin Missouri Oregon "
    "Nevada "
    "Utah Colorado Louisiana Alabama Mississippi Tennessee Kentucky Indiana Pennsylvania Jersey Maryland Massachusetts "
    "Connecticut Hampshire Hawaii Alaska Oklahoma Kansas Iowa Dakota Philadelphia Seattle Detroit Phoenix Orleans "
    "I A An The This That These Those It He She They We You His Her Its Their Our My In On At By For From Of To With "
    "And But Or So If "
    "As When While After Before Since During Under Over Not No Yes Now Then There Here What Who Why How Where Which "
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August "
    "September October November December United States State States U.S. U.K. UK US EU UN CNN BBC AP NATO FBI CIA NASA "
    "America Britain England Scotland Ireland France Germany Italy Spain Portugal Greece Turkey Russia Ukraine Poland "
    "China Japan India Pakistan Afghanistan Iraq Iran Israel Syria Egypt Libya Somalia Kenya Nigeria Zimbabwe Sudan "
    "Yemen Mexico Brazil Argentina Chile Colombia Venezuela Cuba Haiti Canada Australia Korea Thailand Vietnam Myanmar "
    "Indonesia Philippines Africa Asia Europe North South East West Northern Southern Eastern Western New York London "
    "Paris Berlin Rome Madrid Moscow Beijing Tokyo Baghdad Kabul Washington Texas California Florida Georgia Ohio "
    "Virginia Carolina Arizona Chicago Houston Boston Atlanta Dallas Miami Los Angeles Las Vegas San Francisco White "
    "House Senate Congress Parliament Court Supreme Department Ministry University College School Hospital Street "
    "Avenue Road County City Town Park Airport Airlines Airways Bank Center Centre Museum Church Club League Cup "
    "Championship Olympics Olympic Games World War Union Nations Party Republican Democratic Democrat Republicans "
    "Democrats Army Navy Force Air Marine Marines Police Guard Security National International Federal Internet God "
    "Islam Muslim Muslims Christian Christians Jewish Catholic Bible Web Twitter Facebook YouTube Google Apple "
    "Microsoft "
    "Inc Corp Ltd Co Group Company Association Institute Council Committee Commission Foundation Agency Bureau Office "
    "President Prime Minister Secretary Senator Gov Sen Rep Dr Mr Mrs Ms Judge Pope King Queen Prince Princess Capt "
    "Gen "
    "General Sgt Coach Chancellor Chief Justice Attorney Lt Col Maj Captain Colonel Sheriff".split()
)
_TITLED = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Dr|President|Sen|Senator|Gov|Governor|Rep|Secretary|Minister|Judge|Pope|King|Queen|Prince"
    r"|Princess|Capt|Captain|Gen|General|Sgt|Sergeant|Coach|Chancellor|Mayor|Sheriff|Officer|Detective|Justice|Bishop"
    r"|Archbishop|Cardinal|Lt|Col|Colonel|Sir|Lord|Lady|Professor|Prof)\.? [A-Z]\w"
)
_CAPITALISED = re.compile(r"\b[A-Z][\w’'-]*[a-zà-ÿ][\w’'-]*")
_NATION = re.compile(r"(?:ish|ese|icans?|istan|stani|ians|eans)$")  # "British", "Koreans"; not "Brian", "Evans"
_DEMONYM = re.compile(r"(?:ish|ese|[ieul]ans?|[^-]icans?|istani|French|Dutch|Greek|Swiss)$")
_PERSON_NOUN = re.compile(
    rf"\b(?:an?|one|the|another|his|her|their)(?: [\w'’-]+){{0,3}}? ({_PERSONS})\b", re.IGNORECASE
)
_OFFICE = re.compile(
    rf"(?:{_PERSONS}|commander|skipper|superintendent|prefect|premier|chancellor|king|queen|prince|princess|pope|aide"
    r"|general|colonel|secretary|head|mr|mrs|ms|miss|dr|sir|lord|lady|chairwoman|congressman|treasurer|columnist"
    r"|prosecutor|mediator|nurse|adviser|baker|survivor|neighbour|analyst|statistician|envoy|ambassador)",
    re.IGNORECASE,
)
_MALE = re.compile(
    r"\b(?:he|him|his|himself|Mr|man|boy|father|husband|son|brother|king|gunman|spokesman|congressman|actor|priest"
    r"|bishop)\b",
    re.I,
)
_FEMALE = re.compile(
    r"\b(?:she|her|herself|Mrs|Ms|Miss|woman|girl|mother|wife|daughter|sister|queen|spokeswoman|congresswoman"
    r"|actress)\b",
    re.I,
)

_SEXES = {"m": (_FEMALE, _MALE), "f": (_MALE, _FEMALE)}  # of the other sex, of the same


def speaks_of(sentence: str, words: str) -> bool:
    """Whether it has a pronoun that may stand for the same person as `words` do."""
    pronouns = {"m": "he|him|his", "f": "she|her"}.get(sex_of(words), "he|him|his|she|her")
    return re.search(rf"\b(?:{pronouns})\b", sentence, re.IGNORECASE) is not None


def sex_of(words: str) -> str:
    """ "m" or "f" for a pronoun that tells, else nothing."""
    return {"he": "m", "his": "m", "him": "m", "she": "f", "her": "f"}.get(words.lower(), "")


def is_aside(sentence: str) -> bool:
    """Whether it is a heading or a link among the sentences: "Recommended videos", "Watch the ferry sink »"."""
    return _ASIDE.match(sentence) is not None or _HEADING.fullmatch(sentence) is not None


def names_person(sentence: str, words: str, known: frozenset[str] = frozenset()) -> bool:
    """Whether the sentence names someone whom `words` ("he", "the man") may stand for.

    `known` are words that are names even where a sentence begins with them.
    """
    names = _count_names(sentence, known)
    other, same = _SEXES.get(sex_of(words), (None, None))
    if other and same and other.search(sentence) and not same.search(sentence) and names < 2:
        return False
    return bool(names or _TITLED.search(sentence) or _PERSON_NOUN.search(sentence))


def names_office(word: str) -> bool:
    """Whether the noun says what a person is: "captain", "minister"."""
    return _OFFICE.fullmatch(word) is not None


def counts_people(noun: str) -> bool:
    """Whether the plural is of people: "workers", "residents"; of an unknown one in -ers it is believed."""
    return _PEOPLE.fullmatch(noun) is not None


def is_nation(word: str) -> bool:
    """Whether the word says of which nation something is: "Norwegian"."""
    return word[:1].isupper() and _DEMONYM.search(word) is not None


def find_names(text: str) -> frozenset[str]:
    """The words that the text capitalises within sentences, and that may name a person."""
    return frozenset(name for name in re.findall(r"[a-z,] ([A-Z][\w’'-]*[a-z])\b", text) if may_name(name))


def _count_names(sentence: str, known: frozenset[str]) -> int:
    """How many names of persons there may be; the first word counts if it is known, or such a one follows it."""
    found = [match for match in _CAPITALISED.finditer(sentence) if may_name(match[0])]
    if found and not sentence[: found[0].start()].strip("\"“‘'([ "):
        followed = len(found) > 1 and found[1].start() == found[0].end() + 1
        found = found if followed or re.sub(r"['’]s?$", "", found[0][0]) in known else found[1:]
    ends = {match.end() + 1 for match in found}  # "Tom Reed" is one name
    return sum(match.start() not in ends for match in found)


def names_no_person(name: str) -> bool:
    """Whether each of its capitalised words is known to be of a country, a city or a body: "Cuba".

    >>> names_no_person("Cuba"), names_no_person("Idris Penhale")
    (True, False)
    """
    words = [match[0] for match in _CAPITALISED.finditer(name)]
    return bool(words) and not any(map(may_name, words))


def may_name(word: str) -> bool:
    """Whether a word with a capital may be of a person's name: no country, day or body that is widely known."""
    word = re.sub(r"['’]s?$", "", word)
    return word not in _NO_PERSON and not _NATION.search(word)
