"""The past forms of common verbs and what they are forms of: "sold" is "sell", "stopped" "stop"."""

from __future__ import annotations

import re

VOWELS = "aeiou"
_REGULAR = (
    "accept accuse admit adopt agree announce appoint approve arrest ask attack award back ban block bomb call cancel"
    " capture carry cause cease change charge chase claim close collapse collect confirm control cover crash create"
    " cross damage decide declare defeat defend delay deliver demand deny deploy deposit describe design destroy"
    " detain die disappear discover donate dismiss drop earn elect end enter erupt escape establish evacuate examine"
    " expel fail file finish fine fire follow force found gain govern grant halt happen harvest help hire hoist host"
    " identify impose improve include increase inspect install introduce invent invite issue join jump kidnap kill land"
    " last launch learn lift list load lock lower manage mark measure move murder name need nominate notice"
    " occur offer open operate order organise organize own paint pass perform plan plant pledge post postpone praise"
    " predict present print produce promise propose protest publish pull purchase push raise ram reach recall receive"
    " recommend record recover reduce refuse reject release remain remove rename renovate repair replace report request"
    " rescue reserve resign resume retire return reveal review rob sack sail save score search serve settle shelve"
    " ship sign smash smuggle start state stop suffer suggest support surrender suspend test trap travel treat"
    " try turn unveil use visit vote walk want warn watch wish work"
).split()
_DOUBLED = set("admit ban drop plan ship rob stop ram trap expel control occur kidnap".split())
_IRREGULAR = {
    "became": "become", "began": "begin", "bit": "bite", "blew": "blow", "bought": "buy", "broke": "break",
    "brought": "bring", "built": "build", "came": "come", "caught": "catch", "chose": "choose", "drew": "draw",
    "drove": "drive", "fell": "fall", "fled": "flee", "flew": "fly", "forgot": "forget", "found": "find",
    "fought": "fight", "gave": "give", "got": "get", "grew": "grow", "held": "hold", "heard": "hear", "hid": "hide",
    "kept": "keep", "led": "lead", "left": "leave", "lent": "lend", "lost": "lose", "made": "make", "met": "meet",
    "paid": "pay", "ran": "run", "rang": "ring", "rose": "rise", "sang": "sing", "sank": "sink", "saw": "see",
    "sent": "send", "shot": "shoot", "showed": "show", "sold": "sell", "spent": "spend", "stole": "steal",
    "stood": "stand", "struck": "strike", "swam": "swim", "taught": "teach", "threw": "throw", "told": "tell",
    "took": "take", "understood": "understand", "went": "go", "woke": "wake", "won": "win", "wore": "wear",
    "wrote": "write",
}  # fmt: skip


def _past(verb: str) -> str:
    """The regular past: "carried", "moved", "stopped", "opened"."""
    if verb.endswith("e"):
        return f"{verb}d"
    if verb.endswith("y") and verb[-2] not in VOWELS:
        return f"{verb[:-1]}ied"
    return f"{verb}{verb[-1]}ed" if verb in _DOUBLED else f"{verb}ed"


_BASES = {_past(verb): verb for verb in _REGULAR} | _IRREGULAR
AUX = re.compile(r"(?:was|were|is|are|has|have|had|will|can|could|must)$")


def base_of(word: str) -> str | None:
    """The verb of which the word is the past; None where it isn't known as one.

    >>> base_of("carried"), base_of("sank"), base_of("house")
    ('carry', 'sink', None)
    """
    return _BASES.get(word)


def stem_of(word: str) -> str:
    """What its forms share: "sink" of "sank", "danc" of "danced" and "dancing"."""
    word = base_of(word) or word
    return re.sub(r"(?<=\w{3})(?:ing|ed|es|s)$", "", word)


def bases() -> dict[str, str]:
    """The common verbs, each with its past."""
    return _PASTS


_PASTS = {verb: past for past, verb in _BASES.items()}
