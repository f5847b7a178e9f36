"""Single values on the page: escaped to the character, and only safe addresses as links."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pages import Page, make_article
from ui import fields
from ui.source import render_source


@given(st.text())
def test_escape_keeps_every_other_character(text):
    """What a browser reads back is the text, save for the characters that are spelt out."""
    assert Page(f"<p>{fields.escape(text)}</p>").text == fields.ODD.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)


def test_characters_that_deceive_are_spelt_out():
    """A direction override, a lone surrogate or a control character can be seen, and can be sent as UTF-8."""
    shown = fields.escape("safe\u202egpj.exe\u2066\ud800\x00\x1b")
    assert shown == "safe⟨U+202E⟩gpj.exe⟨U+2066⟩⟨U+D800⟩⟨U+0000⟩⟨U+001B⟩"
    assert shown.encode("utf-8")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "https://",
        "http://[bad",
        "https://good.example\\@evil.example",
        "/tmp/a.html",
        "",
        None,
    ],
)
def test_only_web_addresses_become_links(url):
    assert fields.web_address(url) is None
    assert "<a " not in render_source(make_article("Text.", url=url))


def test_a_link_gives_nothing_away():
    html = render_source(make_article("Text.", url="https://news.example/a?b=1&c='2'"))
    [link] = Page(html).having("href")
    assert link["href"] == "https://news.example/a?b=1&c='2'"
    assert link["rel"] == "noopener noreferrer nofollow"
