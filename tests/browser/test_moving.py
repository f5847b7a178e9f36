"""A page behind a proxy whose replica goes: it is answered by another, and its conversation goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import OpenLibrary
from tests.proxy import Proxy, proxied
from tests.replicas import Running, wait_for
from tests.serving import BAKERY_QUESTION, FERRY_QUESTION
from ui.server import free_port

pytestmark = pytest.mark.browser


@pytest.fixture
def replicas(open_library: OpenLibrary, place: str, articles: Path, tmp_path: Path) -> Iterator[list[Running]]:
    """Two over one folder, which take a second and a half for each question."""
    open_library().add(articles)
    running = [Running(place, free_port("127.0.0.1"), tmp_path, slow=1.5) for _ in range(2)]
    yield running
    for replica in running:
        replica.kill()


@pytest.fixture
def proxy(replicas: list[Running]) -> Iterator[Proxy]:
    with proxied(*(replica.port for replica in replicas)) as proxy:
        wait_for(lambda: len(proxy.ready) == 2)
        yield proxy


@pytest.fixture
def address(proxy: Proxy) -> str:
    return f"http://127.0.0.1:{proxy.port}"


@pytest.fixture
def asking(open_page: Callable[..., Page]) -> Page:
    return open_page("address")


def put(page: Page, question: str) -> None:
    page.get_by_label("Question").fill(question)
    page.get_by_label("Question").press("Enter")


def answering(replicas: list[Running]) -> tuple[Running, Running]:
    """The replica that answers a question, and the other."""
    wait_for(lambda: any(replica.metrics()["qa_questions_in_progress"] for replica in replicas))
    own, other = sorted(replicas, key=lambda replica: -replica.metrics()["qa_questions_in_progress"])
    return own, other


def test_a_page_is_answered_by_the_replica_that_ends_and_goes_on_at_the_other(asking: Page, replicas: list[Running]):
    """As in a rolling restart: nobody has to ask again."""
    put(asking, FERRY_QUESTION)
    own, other = answering(replicas)
    own.terminate()
    expect(asking.locator(".answer-panel .asked")).to_have_text(FERRY_QUESTION)
    assert own.wait() == 0
    put(asking, BAKERY_QUESTION)
    expect(asking.locator(".answer-panel .asked")).to_have_text(BAKERY_QUESTION)
    expect(asking.locator(".earlier > details > summary")).to_contain_text([FERRY_QUESTION])
    expect(asking.locator(".lost")).to_have_count(0)
    assert other.metrics()['qa_requests_total{kind="page",outcome="answered"}'] == 1


def test_a_page_whose_replica_is_killed_asks_another(asking: Page, replicas: list[Running]):
    put(asking, FERRY_QUESTION)
    own, other = answering(replicas)
    own.kill()
    lost = asking.get_by_role("alert").filter(has_text="Without an answer")
    expect(lost).to_contain_text(FERRY_QUESTION)
    lost.get_by_role("button", name="Ask again").press("Enter")
    expect(asking.locator(".answer-panel .asked")).to_have_text(FERRY_QUESTION)
    expect(asking.locator(".lost")).to_have_count(0)
    assert other.metrics()['qa_requests_total{kind="page",outcome="answered"}'] >= 1  # twice where a reload asks too
