"""Words of which the second may stand for the first in nearly every sentence."""

from __future__ import annotations

import re

_ALIKE = """
    began|started; purchased|bought; approximately|about; located|situated; created|made; received|got;
    required|needed; assisted|helped; large|big; however|but; numerous|many; roughly|about; nearly|almost;
    obtained|got; following|after; prior to|before; in addition|also; additionally|also; primarily|mainly;
    mostly|mainly; generally|usually; often|frequently; children|kids; difficult|hard; started|began;
    bought|purchased; said|stated; stated|said; shows|demonstrates; demonstrated|showed; established|founded;
    founded|established; built|constructed; constructed|built; resides|lives; passed away|died; announced|said;
    due to|because of; because of|owing to; although|though; while|although;
    became|turned into; important|significant; significant|important; area|region; employs|uses; utilized|used;
    uses|makes use of; allows|lets; permits|allows; provides|gives; attempted|tried; attempt|try; commonly|often;
    famous|well-known; within|inside; entire|whole; whole|entire; several|a number of; displays|shows;
    killed|slain; main|principal; wrote|penned; film|movie; movie|film; car|vehicle; company|firm; quickly|fast;
    rapidly|quickly; huge|enormous; ended|finished; completed|finished; considered|regarded as; amount|quantity;
    ordered|placed an order for; item|product; arrived|came; works|functions; tasty|delicious; wonderful|great;
    inexpensive|cheap; broken|not working; can not|cannot; do not|don't; does not|doesn't; is not|isn't; don't|do
    not; can't|cannot; didn't|did not; wasn't|was not; It's|It is; it's|it is; I'm|I am; I've|I have; It is|It's;
    they're|they are; won't|will not; will not|won't; was not|wasn't; were not|weren't; did not|didn't; could
    not|couldn't; has not|hasn't; have not|haven't; died|passed away; killed|took the life of; injured|hurt;
    vessel|ship; ship|vessel; residents|inhabitants; inhabitants|residents; nation|country; country|nation;
    countries|nations; city|town; job|post; chief|head; head|chief; leader|head; government|authorities;
    lawmakers|legislators; attorney|lawyer; lawyer|attorney; physician|doctor; doctor|physician;
    doctors|physicians; teacher|instructor; pupils|students; road|street; money|funds; funds|money; fee|charge;
    price|cost; struggle|fight; conflict|war; battle|fight; rise|growth; decline|drop; drop|decline; rose|went up;
    fell|went down; increased|went up; decreased|went down; grew|increased; declined|fell; got|received;
    sent|dispatched; asked|requested; requested|asked for; told|informed; informed|told; warned|cautioned;
    ordered|commanded; agreed|consented; refused|declined; chose|selected; selected|chose; appointed|named;
    named|appointed; elected|voted in; hired|employed; fired|dismissed; entered|went into; reached|got to;
    returned|came back; moved|relocated; opened|started; closed|shut; shut|closed; released|put out;
    published|brought out; produced|made; developed|created; designed|devised; invented|devised; discovered|found;
    found|discovered; identified|recognised; noted|remarked; claimed|asserted; argued|contended; believes|thinks;
    believed|thought; thinks|believes; wants|wishes; wanted|wished; needs|requires; requires|needs; helps|assists;
    helped|assisted; supports|backs; supported|backed; prevented|stopped; caused|brought about; led to|resulted
    in; resulted in|led to; consists of|is made up of; contains|includes; comprises|consists of; contained|had in
    it; occurred|happened; continues|goes on; continued|went on; remained|stayed; stayed|remained; lived|resided;
    resided|lived; wrote|authored; directed|was the director of; leads|heads; led|headed; joined|became a member
    of; more than|over; at least|no fewer than; nearly|close to; initially|at first; finally|in the end;
    currently|at present; previously|before; later|afterwards; soon|before long; together|jointly;
    especially|particularly; particularly|especially; very|extremely; extremely|very; popular|well-liked;
    well-known|famous; rich|wealthy; wealthy|rich; poor|needy; strong|powerful; powerful|strong; tiny|very small;
    small|little; new|recent; whole|complete; hard|difficult; easy|simple; simple|easy; quick|fast; fast|quick;
    sick|ill; ill|sick; angry|furious; happy|glad; sad|unhappy; awful|terrible; terrible|awful; great|excellent;
    excellent|very good
"""
SYNONYMS: dict[str, list[str]] = {}
for _pair in " ".join(_ALIKE.split()).split("; "):
    SYNONYMS.setdefault(_pair.split("|")[0], []).append(_pair.split("|")[1])
REPLACEABLE = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, SYNONYMS), key=len, reverse=True))})\b(?! by\b)")
