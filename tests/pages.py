"""Pieces of the page read back as a browser would, records to render, and texts that try to do harm."""

from __future__ import annotations

from html.parser import HTMLParser

from qa.listing import Listed, ListPage
from qa.types import Answer, Article, Citation, Quotation, Sentence, place_sentences

HOSTILE = [
    "<script>window.hacked = 1</script>",
    '<img src=x onerror="window.hacked = 1">',
    '" onmouseover="window.hacked = 1',
    "' autofocus onfocus='window.hacked = 1",
    "[click](javascript:window.hacked=1)",
    "</mark></article><svg onload=window.hacked=1>",
    "${window.hacked = 1} {{value}} `",
]
ALLOWED = {
    *("article", "p", "div", "h2", "h3", "ol", "ul", "li", "button", "span", "strong", "i", "mark", "a", "blockquote"),
    *("details", "summary", "section", "bdi", "table", "thead", "tbody", "tr", "th", "td"),
    *("progress", "input", "label"),
}


class Page(HTMLParser):
    """The elements of a piece of HTML as (tag, attributes), its whole text, and the text inside <mark>."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text, self.marked, self._depth = "", "", 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._depth += tag == "mark"

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag == "mark"

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._depth:
            self.marked += data

    def having(self, attribute: str) -> list[dict[str, str | None]]:
        return [attributes for _, attributes in self.elements if attribute in attributes]


def make_article(text: str, *kept: tuple[int, int], **known) -> Article:
    return Article("a1", "a1.txt", text, kept or ((0, len(text)),), **known)


def listed(article: Article) -> Listed:
    """The article as a list shows it."""
    names = ("id", "source", "title", "publisher", "published", "url", "language", "author", "dated")
    return Listed(*(getattr(article, name) for name in names), opening=article.text[:400])


def list_page(*items: Listed) -> ListPage:
    """A whole list on one page."""
    return ListPage(items, 0, len(items), len(items))


def make_citation(number: int, text: str = "The bridge opened.", **known) -> Citation:
    return Citation(number, Quotation(f"a{number}", 3, 3 + len(text), text), **known)


def make_answer(*texts: str, **known) -> Answer:
    """One sentence for each text, the first citing [1], the second [2], and so on."""
    sentences = place_sentences([Sentence(text, 0, 0, (number,)) for number, text in enumerate(texts, 1)])
    citations = tuple(make_citation(number, text) for number, text in enumerate(texts, 1))
    return Answer(
        **{"question": "When?", "confidence": 0.8, **known}, status="answered", sentences=sentences, citations=citations
    )


def assert_harmless(html: str) -> None:
    """Nothing but the tags that render writes, no handler; addresses are http, https, a question here, a JSON file."""
    safe = ("http:", "https:", "?q=", "data:application/json;base64,")
    for tag, attributes in Page(html).elements:
        assert tag in ALLOWED
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("href") or "https:").startswith(safe)
