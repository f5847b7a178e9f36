"""Pictures of every view of the page over seeds/, light, dark and narrow, into docs/: python -m docs.screenshots

The same page gives the same pictures: windows have one size, nothing moves, and the milliseconds of the stages are left
out; the tab Quality alone says when its runs began. They ask questions of the evaluation about the seeds, first with a
strictness of 0. It needs Chromium, as the browser tests do.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.conftest import FLAGS, find_chromium, served
from tests.conftest import CACHE, ROOT

FOLDER = Path(__file__).parent
COLOURS = 64  # of a picture: text on plain grounds needs no more
MOST = 1_500_000  # bytes of all pictures
QUESTIONS = 30  # of those about the seeds
SERVE = """
import sys
from qa.__main__ import main
sys.argv[1:] = ["serve", "--no-browser", "--port", "0", "--library", sys.argv[1], "--runs", sys.argv[2]]
main()
"""
# Nothing has changed for a while: the page always keeps a connection open, so its network is never idle.
SETTLED = """() => new Promise((go) => {
  let quiet = setTimeout(go, 600);
  const wait = () => { clearTimeout(quiet); quiet = setTimeout(go, 600); };
  const everything = { subtree: true, childList: true, attributes: true, characterData: true };
  new MutationObserver(wait).observe(document.body, everything);
  setTimeout(go, 8000);
})"""
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


def show_conversation(page: Page) -> None:
    """A follow-up, read on from the answer before it."""
    show_answer(page)
    page.get_by_label("Question").fill("Where did he sing it?")
    page.get_by_label("Question").press("Enter")
    expect(page.locator(".rewriting")).to_be_visible()
    expect(page.locator(".earlier > details")).to_have_count(1)
    expect(page.locator(".answer-panel article.answer")).to_be_visible(timeout=90_000)


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


def show_quality(page: Page) -> None:
    page.get_by_role("tab", name="Quality").click()
    expect(page.locator(".figures")).to_be_visible()
    page.locator(".flips details").first.locator("summary").click()


VIEWS: dict[str, Callable[[Page], None]] = {
    "ask": lambda page: None,
    "filters": show_filters,
    "answer": show_answer,
    "source": show_source,
    "conversation": show_conversation,
    "disagreement": show_disagreement,
    "refusal": show_refusal,
    "articles": show_articles,
    "article": show_article,
    "quality": show_quality,
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
    expect(page.locator("button.example").first).to_be_visible(timeout=90_000)
    VIEWS[view](page)
    page.evaluate(SETTLED)
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
    context.close()
    path = FOLDER / f"{view}-{shape}.png"
    few = picture.convert("RGB").quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    return path.stat().st_size


def fill_library(folder: Path) -> None:
    """The seeds, and two runs of questions about them, so that there is something to compare."""
    library, questions, runs = folder / "library", folder / "questions.jsonl", folder / "runs"
    _qa("add", "--library", library, ROOT / "seeds")
    names = {path.name for path in (ROOT / "seeds").iterdir()}
    lines = (ROOT / "eval" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions.write_text("\n".join([line for line in lines if _is_about(line, names)][:QUESTIONS]), encoding="utf-8")
    for name, strictness in (("strictness-0", "0"), ("default", "")):
        evaluate = ("eval", "--library", library, "--questions", questions, "--out", runs / name)
        _qa(*evaluate, **({"QA_STRICTNESS": strictness} if strictness else {}))


def _is_about(line: str, articles: set[str]) -> bool:
    question = json.loads(line)
    spans = [span["article"] for group in question["evidence"] for span in group["spans"]]
    return question["split"] == "dev" and bool(spans) and articles.issuperset(spans)


def _qa(*arguments: str | Path, **settings: str) -> None:
    command = [sys.executable, "-m", "qa", *map(str, arguments)]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "QA_CACHE": str(CACHE), **settings}, capture_output=True
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode(errors='replace')}")


def main() -> int:
    """Takes all pictures; 1 when they are too large together."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        fill_library(folder)
        with served(folder, SERVE, folder / "runs") as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
            sizes = [take(browser, address, view, shape) for view in VIEWS for shape in SHAPES]
            browser.close()
    print(f"{len(sizes)} pictures, {sum(sizes):,} bytes, in {FOLDER}")
    return 0 if sum(sizes) <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
