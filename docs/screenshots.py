"""Pictures of every view of the page over seeds/, light, dark and narrow, into docs/: python -m docs.screenshots

The same page gives the same pictures: windows have one size, nothing moves, and the milliseconds of the stages are left
out. It needs Chromium, as the browser tests do.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.conftest import FLAGS, find_chromium, served
from tests.conftest import ROOT

FOLDER = Path(__file__).parent
COLOURS = 64  # of a picture: text on plain grounds needs no more
MOST = 1_500_000  # bytes of all pictures
SERVE = """
import sys
from qa.__main__ import main
sys.argv[1:] = ["serve", "--no-browser", "--port", "0", "--library", sys.argv[1]]
main()
"""
STILL = ".stages { visibility: hidden }"
SHAPES = {"light": ("light", 1280, 900), "dark": ("dark", 1280, 900), "narrow": ("light", 400, 860)}


def ask(page: Page, question: str) -> None:
    page.get_by_label("Question").fill(question)
    page.get_by_label("Question").press("Enter")
    expect(page.locator("article.answer", has_text=question).last).to_be_visible(timeout=90_000)


def show_answer(page: Page) -> None:
    ask(page, "What song did Maduro sing at a rally?")


def show_disagreement(page: Page) -> None:
    ask(page, "How many U.S. troops are in the Caribbean?")


def show_refusal(page: Page) -> None:
    ask(page, "Who won the 2026 football world cup?")


def show_filters(page: Page) -> None:
    page.get_by_text("Narrow by publisher and date").click()
    expect(page.get_by_label("Published from")).to_be_visible()


def show_source(page: Page) -> None:
    show_answer(page)
    page.locator(".cite").first.click()
    expect(page.locator("#quotation")).to_be_visible()


def show_articles(page: Page) -> None:
    page.get_by_role("tab", name="Articles").click()
    expect(page.locator(".articles button.open").first).to_be_visible()


def show_article(page: Page) -> None:
    show_articles(page)
    page.locator(".articles button.open").first.click()
    expect(page.locator(".source-text:visible")).to_be_visible()


VIEWS: dict[str, Callable[[Page], None]] = {
    "ask": lambda page: None,
    "filters": show_filters,
    "answer": show_answer,
    "source": show_source,
    "disagreement": show_disagreement,
    "refusal": show_refusal,
    "articles": show_articles,
    "article": show_article,
}


def take(browser: Browser, address: str, view: str, shape: str) -> int:
    """Takes one picture; its size in bytes."""
    scheme, width, height = SHAPES[shape]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",  # type: ignore[arg-type]
    )
    page = context.new_page()
    page.goto(address)
    expect(page.get_by_label("Question")).to_be_visible()
    page.add_style_tag(content=STILL)
    VIEWS[view](page)
    page.wait_for_load_state("networkidle")
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
    context.close()
    path = FOLDER / f"{view}-{shape}.png"
    few = picture.convert("RGB").quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    return path.stat().st_size


def main() -> int:
    """Takes all pictures; 1 when they are too large together."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        add = [sys.executable, "-m", "qa", "add", "--library", str(folder / "library"), str(ROOT / "seeds")]
        subprocess.run(add, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        with served(folder, SERVE) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
            sizes = [take(browser, address, view, shape) for view in VIEWS for shape in SHAPES]
            browser.close()
    print(f"{len(sizes)} pictures, {sum(sizes):,} bytes, in {FOLDER}")
    return 0 if sum(sizes) <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
