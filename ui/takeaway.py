"""What a reader can take away from an answer: its Markdown, its JSON, and a link that asks the question again.

All of it is in the page already, so nothing is fetched and nothing is kept on the server.
"""

from __future__ import annotations

import base64
from urllib.parse import quote

from qa.formats import answer_to_json, answer_to_markdown
from qa.types import Answer
from ui.fields import escape

MOST_TAKEN = 200_000  # characters of JSON: a text without spaces is one sentence, however long


def render_takeaway(answer: Answer) -> str:
    """A button that copies the answer as Markdown, and two links: its JSON as a file, and the question's address.

    Of a huge answer only the address; `qa ask --json` has the rest.
    """
    link = f'<a class="again" href="{escape(question_address(answer.question))}">Link to this question</a>'
    data = answer_to_json(answer)
    if len(data) > MOST_TAKEN:
        return f'<p class="takeaway">{link}</p>'
    # As base64, for a browser ends an address at "#"; the JSON is the one that `qa verify` reads.
    encoded = base64.b64encode(data.encode("utf-8", "surrogatepass")).decode("ascii")
    return (
        '<p class="takeaway">'
        f'<button type="button" class="copy-text" data-copy="{escape(answer_to_markdown(answer))}">Copy as Markdown'
        f'</button><a download="answer.json" href="data:application/json;base64,{encoded}">Save as JSON</a>{link}</p>'
    )


def question_address(question: str) -> str:
    """The address, relative to the page's, that asks the question when it is opened."""
    return "?q=" + quote(question, safe="", errors="replace")
