"""What clutter looks like: the blocks of scraped pages that are no part of any article, by their words alone.

The rules judge a single block; what its place in the page tells is the business of qa/cleaning.py.
"""

from __future__ import annotations

import re

WORD = re.compile(r"\w+")
# Scripts without spaces between words: two characters count as a word.
SPACELESS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
FINAL = re.compile(r"[.!?…。！？؟।]['\"’”»›)\]*_]*$")
SEPARATOR = re.compile(r"\s[|›»>•·/–—-]\s")
LONGEST = 1_000  # characters: a longer block is no clutter
SHORT_WORDS = 8  # most words of a heading such as "Related"

PROSE_WORDS = 5  # a block that ends like a sentence and has as many words is prose
LONG_WORDS = 20  # a block with as many words is prose, however it ends
MOST_WORDS = 80  # that count of one block: a paragraph of legal text must not outweigh an article
MENU_COST, LINE_COST = 4.0, 1.5  # what a block that isn't prose takes off: below SHORT_WORDS, from there


def _rule(reason: str, words: int, *patterns: str, case: bool = False) -> tuple[str, int, re.Pattern[str]]:
    return reason, words, re.compile("|".join(patterns), re.NOFLAG if case else re.IGNORECASE)


MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
WEEKDAY = r"(mon|tues?|wed(nes)?|thu(rs)?|fri|sat(ur)?|sun)(day)?"
AFTER_DATE = rf"([\W\d]|updated|published|at|[ap]\.?m\b|[a-z]{{1,3}}t\b|gmt|utc|{WEEKDAY}\b|{MONTH}\b)*"
PICTURE = r"(photo(graph)?s?|images?|pictures?|illustrations?|videos?|graphics?|screenshots?)"
AGENCY = (
    r"(getty( images)?|shutterstock|istock|afp|ap|reuters|ap photo|alamy|associated press|epa|zuma press|bloomberg)"
)
SOCIAL = (
    r"(facebook|twitter|x|linkedin|whatsapp|reddit|pinterest|instagram|flipboard|telegram|messenger|snapchat|youtube)"
)

# (reason, the most words of a block that it applies to, pattern). The first that fits names the reason. Words that also
# occur in articles are tied to a block's beginning or to short blocks.
RULES = (
    _rule(
        "credit",
        30,
        rf"^((file|feature|featured) )?{PICTURE}( illustration)?( (credit|source|courtesy|by|via)\b|\s*[:©])",
        rf"^({PICTURE} )?credits?\s?:|(^|[/(|,]\s?|\b(via|for|contributing:) (the )?){AGENCY}\)?$|\(ap photo",
    ),
    _rule(
        "copyright",
        60,
        r"^©|(©|\(c\)|\bcopyright\b).{0,20}(19|20)\d\d|\ball rights reserved",
        r"may not be (published|reproduced|republished)",
    ),
    _rule(
        "share",
        8,
        rf"^(share|tweet|e-?mail|print|save|pin|like|follow|copy|bookmark|{SOCIAL})"
        rf"( (this|it|us|link|copied|on|via|with|by|to|a|friend|friends|page|story|article|e-?mail|{SOCIAL}))*\W*$",
    ),
    _rule(
        "subscribe",
        40,
        r"^(sign|log) ?(up|in|out)\b|^subscribe\b|^register\b|^newsletters?\b",
        r"^(get|receive) (the|our|all|breaking|more|daily|exclusive|unlimited)\b.{0,120}"
        r"(newsletter|inbox|email|alerts|access|delivered)",
        r"\b(sign up|subscribe|register) (to|for|here|now|today) (our|the|this|free|more|a)\b.{0,60}"
        r"(newsletter|email|alerts)",
        r"\byour inbox\b|\bour (free )?(daily |weekly )?newsletter|\balready a (member|subscriber)",
        r"^thank(s| you) for (signing up|subscribing|registering|visiting|reading)|\benable javascript|\bad ?blocker",
    ),
    _rule(
        "cookies",
        80,
        r"\bcookies\b.{0,80}\b(consent|accept|settings|policy|preferences|experience|continu)",
        r"\b(we|site|website) uses? cookies|^(by )?(continuing|using) .{0,40}(site|website).{0,60}(agree|cookies)",
        r"\bagree to (our|the) .{0,40}(privacy|terms)",
    ),
    _rule(
        "cookies",
        120,
        r"\bour (\d[\d,.]* )?partners\b.{0,60}\b(store|access|process)|^we (value|respect) your privacy",
    ),
    _rule(
        "cookies", 4, r"^(accept|reject|decline|allow) all( cookies)?$|^manage (options|preferences|cookies|consent)$"
    ),
    _rule("cookies", 8, r"\b(privacy|cookie) (policy|notice|statement)|\bterms (of|and|&) (use|service|conditions)"),
    _rule(
        "advertisement",
        8,
        r"^(advertis(e?ments?|ing)|ads?|sponsored( content| by.*)?|promoted( content| by.*)?|paid (content|post))$",
        r"^(story continues|article continues|continue reading|scroll (down )?(for|to))\b.*",
    ),
    _rule(
        "affiliate",
        80,
        r"\baffiliate\b.{0,60}\b(links?|commission|partner|polic|program|disclos)",
        r"\b(earn|receive|get)s? (an? )?(small )?(affiliate )?commission|purchase through (our )?links",
        r"\bis supported by (our|its) (audience|readers)",
    ),
    _rule(
        "comments",
        8,
        r"^(view|show|hide|read|load|see|add|leave|post|write)( all)?( a| your)? "
        r"(\d[\d,.]* )?(comments?|replies|reply)\b",
        r"^(\d[\d,.]* )?(comments?|replies|shares|views|likes)( \(?\d*\)?)?$|^\S+( \S+){0,3} (says|wrote):$",
    ),
    _rule(
        "comments",
        25,
        r"\bjoin the (conversation|discussion)\b.{0,20}$|view the discussion|comment policy|comments are closed",
        r"be the first to (comment|know)|^report (an? )?(typo|error|correction)|^your email address",
    ),
    _rule(
        "links",
        30,
        r"^(read|see|watch|view) (more|also|next)\b|^(also|must|further|recommended|suggested|related)[ -]"
        r"(read|reading|watch|on this story|videos?|stories|articles?|news|content|topics?|links?|posts?|coverage)\b",
        r"^((read|see|watch)( more)?|more|related|also|in this (story|article))\s?:[^.]*\.?$",
        r"^(filed|posted) (under|in)\b|^tags?\s?:",
    ),
    _rule(
        "links",
        8,
        r"^(more|related|recommended|trending|most (read|popular|viewed|recent|watched|shared)|popular|"
        r"top (stories|news)|latest|don'?t miss|you (may|might) (also )?(like|be interested)|what to read next|up next|"
        r"editor'?s'? picks?|(around|from) the web|tags?|topics?|categories|keywords)\b[^.!?]*$",
        r"^(learn|find out|show|load) more\b[^.!?]*$",
    ),
    _rule(
        "links",
        6,
        r"^(click|tap|swipe) (here|to|for)\b|^(previous|next|back|skip|close|menu|search|home|loading)\b[^.!?]*$",
        r"^(!?\[[^\]]*\]\([^)]*\)\W*)+$",  # nothing but Markdown links
    ),
    # A label that runs into the headline that it links to: "Opinion:Why the bridge must stay".
    _rule("links", 30, r"^[^.!?:]{2,60}:(?=[A-Z'‘“\"])[^.!?]*\??$", case=True),
    _rule(
        "contact",
        25,
        r"^(contact|reach|follow|e-?mail|call|write to)\b.{0,80}(@|\bon (twitter|facebook|x|instagram)\b|\d{3})",
        r"^[\w.+-]+@[\w.-]+\.\w+$|^@\w+$|^(tel|phone|fax|e-?mail|call us)\b ?[:.]",
        r"^\D{0,30}\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}$",
    ),
    _rule("byline", 14, r"^By:?( [A-Z][\w.'’-]+){2,}[^.!?]*$", case=True),
    _rule(
        "byline",
        14,
        r"^(author|source|(written|posted|reported|reporting|edited|published|story|words) by)\s?:? ?\S[^.!?]*$",
        r"^by$|^about the author",
    ),
    _rule(
        "date",
        14,
        r"^(first )?(published|(last )?updated|last modified|posted|created|date)\b.{0,30}"
        rf"(\d{{4}}|\d[-/.]\d+[-/.]\d+)\b{AFTER_DATE}$",
        rf"^({WEEKDAY}[.,]{{0,2}} )?{MONTH}\.?,? \d{{1,2}}(st|nd|rd|th)?,? \d{{4}}\b{AFTER_DATE}$",
        rf"^({WEEKDAY}[.,]{{0,2}} )?\d{{1,2}}(st|nd|rd|th)? {MONTH}\.?,? \d{{4}}\b{AFTER_DATE}$",
        r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b.{0,20}$|\bmin(ute)?s? read$|^\d{1,2}:\d\d\s?(am|pm|et|gmt)?$",
        r"^\d+ (seconds?|min(ute)?s?|hours?|hrs?|days?|weeks?|months?|years?|h|d|m) ago$",
    ),
)
# A heading of what follows an article; with a link behind its colon it is a line within one.
END = re.compile(
    r"^(?!\w+: \S)(related|recommended|more (stories|news|from|on|in|about|like this|headlines|coverage|videos)|"
    r"trending|popular|most (read|popular|viewed|recent|watched|shared|commented)|top stories|latest|"
    r"what to read next|editor'?s'? picks?|you (may|might) (also )?(like|be interested)|around the web|from the web|"
    r"(\d+ )?comments?\b|view comments|about the author|share this|tags?\b|topics?\b|filed under|read next|up next|"
    r"next article|sign up|subscribe|newsletter|sources?:|leave a (reply|comment)|recent posts|post navigation|"
    r"sponsored|promoted|explore further)",
    re.IGNORECASE,
)


def match_rule(line: str) -> str | None:
    """Why a block is clutter, or None."""
    if len(line) > LONGEST:
        return None
    words = count_words(line)
    for reason, most, pattern in RULES:
        if words <= most and pattern.search(line):
            return reason
    parts = SEPARATOR.split(line)
    return "menu" if len(parts) >= 3 and max(map(len, parts)) < 30 and not ends_sentence(line) else None


def count_words(text: str) -> int:
    """Words, also of scripts that put no spaces between them."""
    return len(WORD.findall(text)) + len(SPACELESS.findall(text)) // 2


def ends_sentence(text: str) -> bool:
    """Whether a block ends as a sentence does."""
    return FINAL.search(text[-20:].rstrip()) is not None


def weigh(line: str, reason: str | None) -> float:
    """How much a block speaks for the article (words of prose) or against it (below 0); `reason`: what a rule says."""
    words = count_words(line)
    if reason:
        return -MENU_COST / 2 if words <= 12 else -1.0
    if ends_sentence(line) and words >= PROSE_WORDS:
        return float(min(words, MOST_WORDS))
    if words >= LONG_WORDS:
        return min(words, MOST_WORDS) / 2
    if ends_sentence(line) or line.endswith(":"):
        return 0.0
    return -MENU_COST if words < SHORT_WORDS else -LINE_COST
