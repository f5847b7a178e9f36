"""The report in Chromium: nothing is fetched, nothing runs, nothing sticks out of a telephone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from eval.reporting.publish import write_report
from tests.eval_runs import good, refused, store, wrong

pytestmark = pytest.mark.browser

HOSTILE = "<script>window.hacked = 1</script><img src=https://example.com/x.png onerror='window.hacked=1'>" + "x" * 400


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A report with every part filled and hostile text wherever an article's or a question's stands."""
    folder = tmp_path_factory.mktemp("report")
    measures = {"copy_rate": 1.0, "citation_recall": 0.5, "a_metric_with_quite_a_long_name_of_its_own": 0.5}
    lines = [
        wrong("q1", answer=HOSTILE, question=HOSTILE),
        refused("q2"),
        *(good(f"q{n}", measures=measures) for n in (3, 4)),
    ]
    row = {"test": HOSTILE, "metric": HOSTILE, "value": 1.0, "n": 3, "interval": [0.4, 1.0], "note": HOSTILE}
    mutant = {"name": HOSTILE, "metric": "m", "before": 1, "after": 0, "change": -1, "interval": [-1, -1], "n": 3}
    sets = [{"set": "news", "bacc": 0.7, "interval": [0.6, 0.8], "floor": 0.6, "constant": 0.5, "n": 90}]
    run = store(
        folder / "run",
        lines,
        gate={"verdict": "FAILED", "findings": [{"level": "fail", "check": "invariant", "message": HOSTILE}]},
        robustness={"rows": [row]},
        mutants={"mutants": [mutant]},
        judge={"name": HOSTILE, "sets": sets},
    )
    page, _ = write_report(run, against=store(folder / "old", [good("q1"), refused("q2"), wrong("q3"), good("q4")]))
    return page.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
def test_the_report_reads_well_and_stays_alone(browser: Browser, address: str, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    requests: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("window.hacked") is None
    assert [url for url in requests if url != address and not url.startswith("data:")] == []
    assert said == []
    expect(page.locator("mark").first).to_be_visible()
    assert page.locator("section").count() == 13
    # Letters of a figure on a telephone: at least 8 pixels.
    sizes = page.eval_on_selector_all(
        "svg.figure text", "texts => texts.map(text => text.getBoundingClientRect().height)"
    )
    assert min(sizes) >= 8
    ink, sheet = (
        page.evaluate(f"getComputedStyle(document.querySelector('section')).{name}")
        for name in ("color", "backgroundColor")
    )
    assert (_light(sheet) > _light(ink)) == (scheme == "light")
    context.close()


def _light(colour: str) -> int:
    return sum(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(","))
