"""What the page may do in a browser by its Content-Security-Policy: what it needs, and nothing that a bug lets in."""

from __future__ import annotations

import socket

import pytest
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser

BREAK_IN = """async (elsewhere) => {
    window.hacked = [];
    document.body.insertAdjacentHTML('beforeend', '<img src="data:," onerror="hacked.push(1)">');
    document.body.insertAdjacentHTML('beforeend', '<a id="run" href="javascript:hacked.push(2)">run</a>');
    document.getElementById('run').click();
    const script = document.createElement('script');
    script.textContent = 'hacked.push(3)';
    document.body.append(script);
    await fetch(elsewhere, {mode: 'no-cors'}).then(() => hacked.push(4), () => 0);
    new Image().src = elsewhere;
    navigator.sendBeacon(elsewhere, 'text');
    await new Promise((done) => setTimeout(done, 300));
    return hacked;
}"""


def test_the_page_works_under_its_policy_and_what_is_smuggled_in_does_not(browser: Browser, server: str):
    """The other tests' page obeys it too; here nothing is refused while it is used, and everything that breaks in."""
    page = browser.new_page()
    refused: list[str] = []
    page.on("console", lambda message: "Content Security Policy" in message.text and refused.append(message.text))
    page.goto(server)
    page.get_by_label("Question").fill("What song did Maduro sing at a rally?")
    page.get_by_label("Question").press("Enter")
    expect(page.locator("article.answer")).to_contain_text("Imagine")
    expect(page.locator("article.source-text mark").first).to_be_visible()
    assert refused == []
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(0.2)
        assert page.evaluate(BREAK_IN, f"http://127.0.0.1:{elsewhere.getsockname()[1]}/") == []
        with pytest.raises(TimeoutError):
            elsewhere.accept()
    assert len(refused) >= 6
    page.context.close()
