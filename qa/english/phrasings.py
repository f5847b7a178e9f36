"""How questions are put in English: tables of patterns, in lower case, that qa.english.questions goes through."""

from __future__ import annotations

import re


def _compile(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


WH = "who|whom|whose|what|which|when|where|why|how"
AUX = (
    r"(?:is|are|was|were|do|does|did|has|have|had|could|would|shall|should|might|must)(?:n't|nt)?"
    r"|can(?:'?t|not)?|will|won't|may(?! \d)|am"
)
PREPOSITION = "in|on|at|to|from|for|by|with|of|about|under|within|during|against|through|after|before|until|since"
# "he", "the ferry": what follows the verb of a question, and so tells "and did it sink" from "and was sold".
SUBJECT = "he|she|it|they|we|you|i|there|this|that|these|those|the|a|an|any|his|her|its|their|anyone"
INNER = rf"(?=(?:(?:{PREPOSITION}) )?(?:{WH}|if|whether)\b)"

# Misspelt question words: two letters swapped, or one left out, unless that makes another word.
SPELT = "what which when where whose does many much".split()
REAL = set("hat were here hen hose whos dose dos doe man may any muc odes whee".split())
TYPOS = {
    typo: word
    for word in SPELT
    for at in range(len(word) - 1)
    for typo in (word[:at] + word[at + 1] + word[at] + word[at + 2 :], word[:at] + word[at + 1 :])
    if typo not in REAL and typo != word
} | {"hwo": "how", "hw": "how", "whcih": "which", "whitch": "which", "wat": "what", "wot": "what", "dpes": "does"}

POLITE = _compile(
    r"(?:hi|hello|hey|ok|okay|so|well|and|but|now|also|please|pls|kindly|sorry|excuse me|(?:quick |my )?question)"
    r"(?: there)?[\s,:.!-]+(?=\w)",
    r"(?:can|could|will|would) (?:you|u|someone|anyone|anybody) (?:please |kindly |perhaps |maybe )*"
    r"(?=(?:tell|let|explain|list|name|give|show|describe|summari[sz]e|sum|say|find|remind|count|identify|answer)\b)",
    rf"(?:tell me|let me know|say|remind me|find out|find|show me|give me|explain(?: to me)?|answer)[,:]? {INNER}",
    rf"(?:do|did|does|would) (?:you|we|anyone|anybody|someone) (?:happen to )?know {INNER}",
    rf"(?:have you |do you have |is there )?any idea(?: of| about)? {INNER}",
    rf"is it (?:known|clear) {INNER}",
    rf"i(?:'d| would)? (?:really )?(?:like|love|want|need|wanted|wish) to (?:know|learn|ask|find out)[,:]? {INNER}",
    rf"i(?: was|'m| am)? (?:just )?(?:wonder|wondering|curious)(?: to know)?[,:]? {INNER}",
    rf"(?:what i(?:'d| would)? (?:like|want) to know is|my question is)[,:]? {INNER}",
)
CLOSING = ("please", "thanks", "thank you", "thx", "pls", "do you know", "if you know", "by the way")
WHETHER = _compile(
    r"whether(?: or not)? ",
    r"(?:is|was|isn't) (?:it|this) (?:really |actually |also )?(?:true|correct|right|a fact|the case|so)(?: that)? ",
    r"true or false[:,]? ",
)
TAG = _compile(
    r", (?:right|correct|yes or no|true or false|is that (?:true|right|correct|so)"
    r"|(?:is|was|did|does|has|have|will|would|can|were|are|do)n'?t (?:he|she|it|they|there))$"
)

MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)(?:uary|ruary|ch|il|e|y|ust|tember|ober|ember)?"
WEEKDAY = "(?:mon|tues|wednes|thurs|fri|satur|sun)day"
DAY = r"\d{1,2}(?:st|nd|rd|th)?"
AMOUNT = r"\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|few|couple of"
UNIT = "(?:day|week|month|year)s?"
DATE = (
    rf"(?:the |last |this |early |late )*"
    rf"(?:\d{{4}}-\d\d-\d\d|\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}}|{DAY}(?: of)? {MONTH}\b(?:,? \d{{4}})?"
    rf"|{MONTH}\b(?: {DAY}\b)?(?:,? \d{{4}})?|{WEEKDAY}|(?:19|20)\d\d|yesterday|today|week|month|year"
    rf"|(?:{AMOUNT}) {UNIT} ago)\b"
)
SINCE = _compile(
    rf"\b(?:since|after|as of|starting(?: from| on)?) (?:on )?(?P<date>{DATE})(?: onwards?)?",
    rf"\b(?:in|over|within|during|for|from) the (?:last|past) (?:(?P<amount>{AMOUNT}) )?(?P<unit>{UNIT})\b",
    r"\b(?P<now>today|this (?:week|month|year))\b",
)
TAIL = r"(?: (?:since|after) .*)?$"
ABOUT = r"(?:about|on|in|with|regarding|concerning|around|from|at|for)"
NEWS = _compile(
    r"what(?:'?s| is) (?:happening|going on|up)(?: now| right now| currently)?",
    r"(?:what(?:'?s| is| are)|(?:is|are) there|have there been|do you have|(?:give|show|tell|get) me)? ?"
    r"(?:what's |anything |any |the |some |all )*"
    r"(?:new|news|latest|(?:latest |recent |new )?(?:news|updates?|developments?))"
    rf"(?:(?: {ABOUT}| of) (?P<about>.+?))?{TAIL}",
    rf"(?:update me|catch me up|bring me up to (?:date|speed))(?: {ABOUT} (?P<up>.+?))?{TAIL}",
)
# These are news only with a date, or an event, since when: "what happened in Kabul" is a fact.
HAPPENED = _compile(
    r"(?:what(?:'?s| is| has| have)?|has anything|did anything) (?:else )?"
    r"(?:changed?|happen(?:ed|ing)?|(?:been )?(?:going on|happening|reported|said|published|written|learned)|occurred"
    rf"|emerged|different|did (?:i|we) miss)(?: (?:{ABOUT}|to) (?P<about>.+?))?{TAIL}"
)

SOURCES = r"(?:news )?(?:articles?|reports?|stories|story|sources?|documents?|publishers?|newspapers?|outlets?)"
MENTION = (
    r"(?:(?:that |which )?(?:also )?(?:mention|say|talk about|discuss|report(?: on| about)?|cover|deal with|refer to"
    r"|write about|describe|quote|cite|claim|state)(?:s|ing)?(?: that)?"
    r"|(?:that |which )?(?:(?:are|is|were|was)(?: there)?|do (?:you|we) have|exist)? ?"
    r"(?:about|that mention|mentioning|on|covering))"
)
COUNT_ARTICLES = _compile(
    r"(?:in )?(?:how many|which|what|(?:what is )?(?:the )?number of|list|name|(?:show|give) me|find|count"
    r"|(?:are|is) there|do you have)(?: of)?(?: (?:all|any|an|the|these|our|your|my))*"
    rf" {SOURCES} (?:{MENTION} (?P<topic>.+)|(?:are|do) (?:there|you have|we have)(?: in .+)?$)"
)

OVERVIEW = _compile(
    r"tell me (?:something |more |everything |anything |all |a bit |a little )*about (?P<tell>.+)",
    r"(?:what|everything|all)(?: do| does| can| could) (?:you|we|i|anyone)(?: already)?"
    r" (?:know|tell me|tell us|say|have|find) (?:about|on) (?P<know>.+)",
    r"(?:do|can) you (?:know|tell me|have|say) (?:anything|something|more) (?:about|on) (?P<anything>.+)",
    r"(?:what(?: is|'?s| was| has been)|everything) (?:known|said|reported|written) (?:about|on) (?P<known>.+)",
    r"what do(?:es)? (?:the |these |your |our |this |my )*"
    r"(?:articles?|reports?|sources?|library|corpus|news|documents?)"
    r" (?:say|tell us|tell me|report|know|have) (?:about|on) (?P<say>.+)",
    r"(?:what (?:is|are)|what's)(?: really| currently)?"
    r" (?:going on|happening|up) (?:with|in|at|on|around|about) (?P<going>.+)",
    r"(?:(?:please )?(?:give|write|get|show|make|provide)(?: me| us)? |i(?:'d| would) (?:like|love) |i (?:want|need) )?"
    r"(?:a |an |the |some |any |your )*(?:short |brief |quick |general |full |more |concise )*"
    r"(?:summary|overview|outline|recap|digest|rundown|background|information|info|facts|details|profile)"
    r"(?: (?:of|on|about|regarding|to) (?P<summary>.+))?",
    r"(?:summari[sz]e|sum up|describe|outline|recap|introduce(?: me to)?)(?: for me)? (?P<verb>.+)",
    r"i(?:'d| would)? (?:like|love|want|need) to (?:know|learn|hear|read)"
    r"(?: more| something| everything)? about (?P<learn>.+)",
    r"(?:what|how) about (?P<what>(?:(?! (?:is|are|was|were|do|does|did|has|have)\b).)+)",
    r"(?:all|everything|more|something) (?:about|on) (?P<all>.+)",
    r"explain (?P<explain>.+)",
)
# "the capital of France" asks for a fact though it has no verb.
_ATTRIBUTE = (
    "names?|dates?|time|place|location|age|price|cost|size|height|length|weight|title|capital|owner|author|winner|leader"
    "|president|prime minister|king|queen|head|founder|ceo|mayor|director|meaning|definition|colou?r|population"
    "|birthplace|birthday|occupation|nationality|value|score|words?|terms?|synonym|cast|sequel|net worth|salary"
)
FACT_OF = _compile(
    rf"(?:\w+ ){{0,3}}(?:{_ATTRIBUTE}) (?:of|in|for)\b",
    rf".{{1,80}} (?:{_ATTRIBUTE})$",
    # Nor is a request for one thing a topic, nor a clause: "team to win the cup", "ferry that sank".
    r"(?:name|provide|find|identify|that)\b",
    r".*\b(?:to|that|which|who|i|he|she|they|you)\b(?! the)",
)
# Verbs that show a phrase to be a sentence; those in -ed show by their place.
VERBS = set(
    "said says won lost made went got took gave died sank wants seeks told became came began killed shot resigns "
    "quits dies wins kills sinks flies makes takes gives plans".split()
)

AFTER_VERB = set("on to at after from because that the a an his her its their when".split())

REASON = _compile(
    r"why\b",
    r"how come\b",
    r"(?:for|because of|due to|on|out of) (?:what|which) (?:reasons?|grounds|motives?|cause)\b",
    r"(?:because of|due to) (?:what|which)\b",
    r"what (?:is|was|are|were) (?:causing|leading to|prompting|triggering|behind)\b",
    r"what (?:has |have |had |could have |may have |might have |did |would )?"
    r"(?:caus(?:ed?|es)|(?:led|leads|lead) to|prompt(?:ed|s)|trigger(?:ed|s)|explains?|motivat(?:ed|es))\b",
    r"what (?:is|was|are|were|'?s)(?: cited as| said to be)? (?:the |his |her |their |its |a |one )?(?:\w+ )?"
    r"(?:reasons?|causes?|motives?|rationale|motivations?|explanation)\b",
    r"what's (?:the |his |her |their |its )?(?:\w+ )?(?:reasons?|causes?|motives?)\b",
    r"(?:(?:what|which|give|name|list)(?: the| a| his)? |the )?reasons? (?:for|why|behind|did|does|do|was|were|that)\b",
    r"(?:the )?causes? of\b",
    r"(?:what|who) (?:is|are) to blame for\b",
    r"what made .{1,80} (?:resign|leave|change|decide|quit|go|stop|give|fall|collapse|fail|happen)\b",
)
QUANTITY = "number|percentage|percent|proportion|share|amount|quantity|fraction|headcount|tally|count"
NUMBER = _compile(
    rf"(?:(?:{PREPOSITION}|than) )?how (?:many|much)(?! (?:longer|later|earlier|older|younger)\b)",
    rf"(?:(?:{PREPOSITION}) )?what (?:total |exact )?(?:{QUANTITY}) of",
    rf"what (?:is|was|are|were)(?: the| a) (?:\w+ )?(?:{QUANTITY}) of",
    rf"(?:what's )?(?:the )?(?:total |exact )?(?:{QUANTITY}) of",
    r"what percent(?:age)?\b",
)
HOW_MANY = _compile(r"\bhow (?:many|much)\b")
# Not "how many", "how old", "how serious": an adjective asks for a fact.
MANNER = _compile(
    rf"(?!.* (?:called|named|spelled|spelt)$)how(?: exactly| else| then| on earth|,)* (?:{AUX}|to)\b",
    r"how'd ",
    rf"how (?:{SUBJECT})\b",
    r"(?:in|by) what (?:way|ways|manner|means|fashion|method)s?\b",
    r"what (?:is|was) the (?:way|method) (?:to|of|in|for)\b",
)

NAMED = _compile(
    r"(?:name|enumerate|identify)(?: me)? (?:all|some|every|a few|any|several|two|three|four|five|ten|\d+)\b",
    r"list\b",
    r"(?:give|show|tell|find|get)(?: me| us)? (?:the |all |some |a |an |every )*(?:full |complete )?"
    r"(?:names|list|lists|examples)\b",
    r"(?:the )?(?:names|examples|lists?|types|kinds) of\b",
    r"who (?:all )?(?:are|were|have|'re|aren't|weren't|haven't)\b(?! (?:they|you|we)\b)(?!.*ing$)",
    r"who all\b",
)
# "what are the boats painted with", "what were the inhabitants called" ask for one thing.
NO_LIST_ENDS = {*PREPOSITION.split("|"), "called", "named"}
NAME_THE = _compile(r"(?:name|identify)(?: me)? (?:the|his|her|their|its|those|these) (?P<phrase>.+)")
WHICH = _compile(rf"(?:(?:{PREPOSITION}) )?(?P<word>which|what) (?P<phrase>.+)")
# "what are the demands of …"; "what are the workers building" asks for one thing.
WHAT_ARE = _compile(
    r"what (?:are|were|have been) (?:(?:the|some|all|his|her|their|its|your|our|these|those|any|\S+'s?) )+(?:of )?"
    r"(?P<phrase>(?:[\w'-]+ ){0,4}?)(?P<noun>[\w'-]+)"
    r"(?=$|[?.!,]| (?:of|in|on|at|for|from|to|that|which|who|where|with|between|behind|against|under|about|after|before"
    r"|he|she|it|they|you|we|called|like|facing|being|during|around|among|by)\b)"
)
ASKED_FOR = (
    r"(?:request|demand|promis|pledg|offer|propos|recommend|requir|contain|includ|consist of|compris|(?:ask|call)"
    r"(?:ed|s|ing)? for|seek|sought)(?:ed|e|s|es|ing)?"
)
DEMANDS = _compile(
    rf"what (?:all )?(?:did|does|do|has|have|had|will|would) (?:.{{1,80}} )?"
    r"(?<!\bthe )(?<!\ba )(?<!\bhis )(?<!\btheir )"
    rf"(?:{ASKED_FOR})\b",
    r"what (?:was|were|is|are|has been|have been|had been)(?: being)? "
    r"(?:request|demand|promis|pledg|offer|propos)ed\b",
)

WORD_AT_START = re.compile(rf"(?:(?:{PREPOSITION}) )?(?:{WH})\b", re.IGNORECASE)
AUX_AT_START = re.compile(rf"(?:{AUX}) \w", re.IGNORECASE)
WH_WORD = re.compile(rf"\b(?:{WH}|what's|who's)\b", re.IGNORECASE)
# "According to the report, why …", "In 2020, did …"
ADVERBIAL = re.compile(
    rf"(?!(?:{WH}|{AUX})\b)[^,?]{{1,150}}, (?=(?:(?:{PREPOSITION}) )?(?:{WH})\b|(?:{AUX}) (?:{SUBJECT}|[A-Z]))",
    re.IGNORECASE,
)
JOINT = re.compile(
    rf"[\s,;]+(?:and|but|;)(?: also| then)?,? (?=(?:(?:{PREPOSITION}) )?(?:{WH})\b|(?:{AUX}) (?:{SUBJECT})\b)"
    rf"|\?\s+(?:and |also )?(?=\w)|; (?=(?:{WH})\b)",
    re.IGNORECASE,
)
PRONOUN = re.compile(r"\b(?:he|she|it|they|him|her|them|his|its|their)\b", re.IGNORECASE)
OWN_NAME = re.compile(r"(?<=\w )[A-Z][\w.'-]*(?: [A-Z][\w.'-]*)*")
POSSESSIVE = re.compile(rf"(?:his|its|their|her (?!(?:{PREPOSITION})\b)\w)", re.IGNORECASE)
THINGS = ("it", "its", "they", "them", "their")
THING = re.compile(
    rf"\b(?:the|this|that|these|those|an?)(?: (?!(?:{AUX}|{PREPOSITION}|{WH}|and|or)\b)[\w'-]+){{1,3}}", re.IGNORECASE
)
DIRECT = re.compile(rf"(?:(?:{PREPOSITION}) )?(?:{WH})(?: \w+)?? (?:{AUX})\b|(?:{AUX}) ", re.IGNORECASE)
COUNTED_STOPS = set(
    "the a an them out "
    f"{PREPOSITION.replace('|', ' ')} is are was were be been do does did has have had will would can could may might "
    "must should and or that which who whom than as live die died say said think want use get got need went left saw "
    "fell made took came won lost ran sank fought "
    "held met sent sold missing work speak know voted it he she they you we i there".split()
)
