"""Articles are data: what no article should be is shown as text in every view, runs nothing and asks nobody."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import served
from tests.browser.test_page import ask, upload

pytestmark = pytest.mark.browser

SERVE_FAKE = """
import sys
from qa.library import Library
from qa.settings import Settings
from tests.fakes import WordEmbedder, WordReader
from ui.app import serve

models = dict(load=lambda _: WordEmbedder(), load_reader=lambda _: WordReader(), settings=Settings(strictness=0))
with Library.open(sys.argv[1], **models) as library:
    library.add(sys.argv[2:])
    serve(library, port=0)
"""
HUGE = 10_000_000  # characters of one line
LONG = 500_000  # of one that is cut into passages

# Each sets window.hacked, leaves an element with data-hostile, or asks hostile.example, unless it is shown as text.
ATTACKS = (
    "<script data-hostile>window.hacked = 1</script>",
    "<img data-hostile src=https://hostile.example/x onerror='window.hacked=1'>",
    "<svg data-hostile onload=window.hacked=1><animate onbegin=window.hacked=1></svg>",
    "<iframe data-hostile srcdoc='<script>parent.hacked=1</script>'></iframe>",
    "<a data-hostile href=javascript:window.hacked=1>open</a>",
    "[open](javascript:window.hacked=1) ![](https://hostile.example/y) <https://hostile.example/z>",
    "<meta data-hostile http-equiv=refresh content='0;url=https://hostile.example/'>",
    "<form data-hostile action=https://hostile.example/><input autofocus onfocus=window.hacked=1></form>",
    "<style data-hostile>@import 'https://hostile.example/x.css'; .panel {display: none}</style>",
    "<link data-hostile rel=stylesheet href=https://hostile.example/x.css>",
    "<base data-hostile href=https://hostile.example/> <object data-hostile data=data:text/html,x></object>",
    '</mark></article></bdi></button></td></table>" onmouseover="window.hacked=1" x=\' onclick=\'window.hacked=1',
    "${window.hacked = 1} {{window.hacked = 1}} {% x %} <%= x %> {@html '<img data-hostile>'}",
    "&lt;script&gt; &amp;#60; ]]> <!-- -->",
)
ODD = "red \x1b[31m text \u202egnp.exe\u202c zero\u200bwidth \u2066set apart\u2069 \x00\x07"
MARKUP = "<img data-hostile src=x onerror=window.hacked=1>"
ALLOWED = set(
    "a article aside bdi blockquote button dd details dialog div dl dt em fieldset figcaption figure form h2 h3 h4 i "
    "input label legend li mark ol option p section select small span strong summary table tbody td textarea th thead "
    "time tr ul".split()
)
FOREIGN = """() => [...document.querySelectorAll("*")].filter((one) => one.hasAttribute("data-hostile")
  || (one.closest(".panel") && [...one.attributes].some(({name, value}) =>
    /^on/i.test(name) || /^\\s*(javascript|vbscript):/i.test(value)))).map((one) => one.outerHTML.slice(0, 200))"""
TAGS = """() => [...new Set([...document.querySelectorAll(".panel .html-container *")]
  .map((one) => one.localName))].sort()"""


@pytest.fixture(scope="module")
def hostile_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page over articles whose every field attacks, of files whose names do."""
    folder = tmp_path_factory.mktemp("hostile")
    files = folder / "articles"
    files.mkdir()
    told = " ".join(f"In Quillport they say: {attack} and nobody minds." for attack in ATTACKS)
    records = [
        {
            "text": f"The harbour of Quillport counted {count} cranes {MARKUP}.\n\n{told}\n\n{ODD} is said.",
            "title": f"{title} {MARKUP} ${{window.hacked = 1}} </button>",
            "publisher": f"</td> {publisher} {MARKUP}",
            "author": f"Ann {MARKUP} \ud800 \u202egnp",
            "date": "2024-05-03",
            "url": url,
        }
        for count, title, publisher, url in (
            (12, "Cranes", "Post", "javascript:window.hacked=1"),
            (
                15,
                "\u05d0\u05d1\u05d2 \u0645\u0631\u062d\u0628\u0627",
                "Echo",
                'https://hostile.example/"onmouseover="window.hacked=1',
            ),
        )
    ]
    (files / "records.jsonl").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    name = f"{MARKUP} ${{window.hacked = 1}} \u202egnp.txt"
    (files / name).write_text(
        f"The pier of Orlinbrook is 212 metres long {MARKUP} and is called Maren.\n", encoding="utf-8"
    )
    with served(folder, SERVE_FAKE, files) as address:
        yield address


def hold_nothing_foreign(page: Page) -> None:
    """Nothing of the articles became an element, an attribute or a script; panels hold our own elements alone."""
    assert page.evaluate("window.hacked") is None
    assert page.evaluate(FOREIGN) == []
    assert set(page.evaluate(TAGS)) <= ALLOWED


def test_hostile_articles_are_text_in_every_view(open_page: Callable[..., Page]):
    """In the answer, the table of what differs, the source, what is copied, the list, the outcome of an upload."""
    page = open_page("hostile_server", permissions=["clipboard-read", "clipboard-write"])
    happened: list[str] = []
    page.on("dialog", lambda dialog: (happened.append(dialog.message), dialog.dismiss()))
    page.on("console", lambda message: message.type == "error" and happened.append(message.text))
    page.on("popup", lambda popup: happened.append(popup.url))
    start = page.url
    answer = ask(page, "How many cranes were counted in the harbour of Quillport?")
    expect(answer.locator(".disagreement")).to_contain_text(MARKUP)
    hold_nothing_foreign(page)
    answer.get_by_role("button", name="Copy as Markdown").click()
    expect(answer.get_by_role("button", name="Copied")).to_be_visible()
    assert "<img" not in page.evaluate("navigator.clipboard.readText()").replace("\\<", "")
    answer.locator(".cite").first.hover()
    answer.locator(".cite").first.click()
    source = page.locator(".source-text:visible")
    expect(page.locator("#quotation")).to_be_visible()
    for attack in ATTACKS:
        expect(source).to_contain_text(attack)
    expect(source).to_contain_text("⟨U+202E⟩gnp.exe")
    expect(source).to_contain_text("⟨U+001B⟩[31m")
    hold_nothing_foreign(page)
    asked = f"Who said {MARKUP} ${{window.hacked = 1}}?"
    ask(page, asked)
    hold_nothing_foreign(page)
    told = {"title": f"Told {MARKUP}", "text": f"The mill of Orlinbrook was built by Ada {MARKUP} in 1911."}
    expect(upload(page, "more.jsonl", json.dumps(told))).to_contain_text(MARKUP)
    listed = page.locator(".articles button.open")
    expect(listed).to_have_count(4)
    expect(page.locator(".articles")).to_contain_text(f"Ann {MARKUP}")
    for number in range(4):
        title = listed.nth(number).inner_text()
        listed.nth(number).click()
        expect(page.locator(".source-text:visible h2")).to_have_text(title)
    hold_nothing_foreign(page)
    links = page.locator(".panel a[href]").evaluate_all("links => links.map(link => link.protocol)")
    assert set(links) <= {"http:", "https:", "data:"}
    assert page.url == start
    assert happened == []


@pytest.fixture(scope="module")
def huge_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page over what no article should be, with the word model, which embeds megabytes in seconds."""
    folder = tmp_path_factory.mktemp("huge")
    files = folder / "articles"
    files.mkdir()
    (files / "one-word.txt").write_text("The quay of Oneword is long. " + "x" * HUGE, encoding="utf-8")
    sentence = "The quay of Manywords was closed again on a windy day by its harbour master, who gave no reason. "
    (files / "one-line.txt").write_text(sentence * (LONG // len(sentence)), encoding="utf-8")
    title = f"<html><head><title>{'Titled ' * (LONG // 7)}</title></head><body><p>{sentence * 9}</p></body></html>"
    (files / "title.html").write_text(title, encoding="utf-8")
    controls = "".join(map(chr, (*range(1, 9), 0x1B, 0x7F, 0x9B, 0x202E, 0x2066, 0x200B, 0xFEFF)))
    odd = f"The quay of Oddchars{controls} was closed. <script>window.hacked = 1</script> Nobody knows why.\n"
    (files / "controls.txt").write_text(odd * 5, encoding="utf-8")
    with served(folder, SERVE_FAKE, files) as address:
        yield address


@pytest.mark.long
def test_huge_and_odd_articles_neither_run_nor_freeze_the_page(open_page: Callable[..., Page]):
    """Lines of 10 MB, a title as long, control characters: each is listed, opened and answered from within seconds."""
    page = open_page("huge_server")
    page.set_default_timeout(10_000)
    page.get_by_role("tab", name="Articles").click()
    rows = page.locator(".articles tbody tr")
    expect(rows).to_have_count(4)
    assert len(rows.locator("th").first.inner_text()) < 1_000
    for words, part, shown in (
        ("Oneword", ".hint", "9,940,029 characters after this are not shown."),
        ("Oddchars", ".text", "⟨U+202E⟩⟨U+2066⟩"),
        ("Manywords", ".hint", "characters after this are not shown."),
        ("Titled Titled", "h2", "Titled Titled"),
    ):
        rows.locator("button.open", has_text=words).first.click(timeout=5_000)
        source = page.locator(".source-text:visible", has=page.locator("h2", has_text=words))
        expect(source.locator(part).last).to_contain_text(shown, timeout=10_000)
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    page.get_by_role("tab", name="Ask").click()
    ask(page, "Why was the quay of Oddchars closed?")
    assert page.evaluate("window.hacked") is None
    expect(page.locator(".panel script")).to_have_count(0)
