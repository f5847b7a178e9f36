"""What keeps people from using the page, as axe-core finds it by the rules of WCAG 2.2, A and AA: nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.test_page import SONG, UNANSWERABLE, ask, upload

pytestmark = [pytest.mark.browser, pytest.mark.models]

TROOPS = "How many U.S. troops are in the Caribbean?"
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
# What moves for a while is brought to its end, and what that sets off, too; what moves for ever is left.
SETTLE = """() => {
  const moving = () => document.getAnimations()
    .filter((one) => one.playState === "running" && one.effect.getTiming().iterations !== Infinity);
  for (let left = moving(); left.length; left = moving()) left.forEach((one) => one.finish());
}"""
LOOKS = [(width, scheme) for width in (1280, 400) for scheme in ("light", "dark")]


def findings(page: Page, view: str) -> list[str]:
    """What axe finds in the view as it is now: wide and narrow, light and dark."""
    found = []
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.wait_for_function("dark => document.body.classList.contains('dark') === dark", arg=scheme == "dark")
        page.evaluate(SETTLE)
        result = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
        found += [
            f"{view}, {scheme}, {width}: {violation['id']} ({violation['impact']}) {node['target']} {node['html'][:99]}"
            for violation in result.response["violations"]
            for node in violation["nodes"]
        ]
    return found


def test_axe_finds_nothing_in_any_view(page: Page):
    found = findings(page, "nothing asked")
    page.get_by_text("Narrow by publisher and date").click()
    expect(page.get_by_label("Published from")).to_be_visible()
    found += findings(page, "what narrows an answer")
    page.get_by_text("Narrow by publisher and date").click()
    ask(page, SONG)
    found += findings(page, "an answer")
    expect(ask(page, TROOPS)).to_contain_text("The articles differ")
    found += findings(page, "articles that differ")
    ask(page, UNANSWERABLE)
    found += findings(page, "a refusal")
    page.get_by_label("Question").fill("")
    page.get_by_label("Question").press("Enter")
    expect(page.locator(".problem")).to_be_visible()
    found += findings(page, "a problem")
    upload(page, "empty.txt", "\n")
    found += findings(page, "what became of a file, and the list")
    page.locator(".articles button.open").first.click()
    expect(page.locator(".source-text:visible")).to_be_visible()
    page.get_by_role("switch", name="Show what was left out").click()
    found += findings(page, "an article with what was left out")
    page.locator(".choice input").first.check()
    page.locator(".source-text .remove").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    page.get_by_role("button", name="Removed and replaced articles").click()
    expect(page.locator(".gone .restore")).to_be_visible()
    found += findings(page, "a removed article, and the list of them")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".removed")).to_contain_text("in the library again")
    page.get_by_role("tab", name="Quality").click()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Rebuild the indexes").click()
    expect(page.locator(".block.health-panel")).to_contain_text("were built anew", timeout=60_000)
    page.get_by_role("button", name="Check the library").click()
    expect(page.locator(".block.health-panel")).to_contain_text("All is sound")
    found += findings(page, "the library's health")
    assert found == [], "\n".join(found)


def test_axe_can_find_something(open_page: Callable[..., Page]):
    """The check itself can fail: pale grey on white and a picture without words are found."""
    page = open_page()
    spoilt = '<p style="color:#ccc;background:#fff">pale</p><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">'
    page.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", spoilt)
    assert {line.split(": ")[1].split(" ")[0] for line in findings(page, "spoilt")} >= {"color-contrast", "image-alt"}
