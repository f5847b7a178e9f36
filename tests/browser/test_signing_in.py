"""A page that others can reach, in a browser: nothing without a password, everything with it, and its limits told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from tests.browser.conftest import served
from tests.browser.test_page import upload
from tests.conftest import BAKERY, FERRY

pytestmark = pytest.mark.browser

ANNA = {"username": "anna", "password": "caf\u00e9 at the quay"}
SERVE_TO_ANNA = f"""
import sys
from qa.library import Library
from qa.settings import Settings
from tests.fakes import WordEmbedder, WordReader
from ui.accounts import Accounts, hash_password
from ui.app import serve
from ui.limits import Limits

models = dict(load=lambda _: WordEmbedder(), load_reader=lambda _: WordReader(), settings=Settings(strictness=0))
with Library.open(sys.argv[1], **models) as library:
    library.add(sys.argv[2:])
    accounts = Accounts({{"anna": hash_password({ANNA["password"]!r})}})
    serve(library, port=0, accounts=accounts, limits=Limits(questions_per_minute=1))
"""


@pytest.fixture(scope="module")
def guarded_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("guarded")
    article = folder / "ferry.txt"
    article.write_text(FERRY, encoding="utf-8")
    with served(folder, SERVE_TO_ANNA, Path(article)) as address:
        yield address


def test_who_signs_in_can_ask_and_add_and_is_told_of_the_limit(open_page: Callable[..., Page]):
    page = open_page("guarded_server", http_credentials=ANNA)
    failed: list[str] = []
    page.on("response", lambda response: response.status >= 400 and failed.append(response.url))
    page.get_by_label("Question").fill("Which captain said that the steering had failed?")
    page.get_by_label("Question").press("Enter")
    expect(page.locator("article.answer")).to_contain_text("Captain Idris Penhale")
    page.get_by_label("Question").press("Enter")
    expect(page.locator(".problem")).to_contain_text("ask again in")
    expect(upload(page, "bakery.txt", BAKERY)).to_contain_text("Added")
    assert failed == []


def test_who_does_not_sign_in_sees_nothing(browser: Browser, guarded_server: str):
    for credentials in (None, {**ANNA, "password": "wrong"}):
        context = browser.new_context(http_credentials=credentials)
        page = context.new_page()
        statuses: set[int] = set()
        page.on("response", lambda response, seen=statuses: seen.add(response.status))
        with suppress(Error):  # Chromium's way of not asking for a password without a window
            page.goto(guarded_server)
        # Not the page's content, which can't be read while Chromium goes to its own page that tells of the failure.
        expect(page.get_by_label("Question")).to_have_count(0)
        assert statuses <= {401}
        context.close()
