"""The page: its tabs over one library, and its being served."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr
from starlette.middleware import Middleware

from ui.accounts import Accounts
from ui.api import add_endpoints
from ui.articles_tab import ArticlesTab, build_articles_tab
from ui.ask_tab import AskTab, build_ask_tab
from ui.examples import Examples
from ui.limits import Limiter, Limits
from ui.quality_tab import RUNS, QualityTab, build_quality_tab
from ui.server import launch

if TYPE_CHECKING:
    from qa.library import Library

TITLE = "Ask the articles"
INTRO = """<header class="intro"><h1>Ask the articles</h1>
<p>Every sentence of an answer is tied to the exact words of an article.
When the articles don’t say it, you are told so.</p></header>"""


def build_page(
    library: Library,
    *,
    limits: Limits | None = None,
    limiter: Limiter | None = None,
    examples: Examples | None = None,
    runs: Sequence[Path] = RUNS,
) -> gr.Blocks:
    """The page over the library, not yet served; without `examples` it offers those that are known already.

    `runs` are the folders in which runs of the evaluation lie.
    """
    limits = limits or Limits()
    limiter = limiter or Limiter(limits.questions_per_minute)
    examples = examples or Examples(library, limiter)
    blocks = gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(3600, 3600))
    with blocks:
        add_endpoints(library, limits, limiter)  # first, as gradio gives a name to whom it meets first
        gr.HTML(INTRO, apply_default_css=False)
        with gr.Tabs():
            with gr.Tab("Ask") as ask:
                build_ask_tab(blocks, ask, AskTab(library, limiter, examples))
            with gr.Tab("Articles"):
                build_articles_tab(blocks, ArticlesTab(library, limits))
            with gr.Tab("Quality") as quality:
                build_quality_tab(quality, QualityTab(library, runs))
    return blocks


def tools_endpoint(library: Library, limiter: Limiter) -> Middleware:
    """What answers at /mcp, before the page does; needs the extra `mcp`."""
    from ui.mcp import Endpoint, build_server

    return Middleware(Endpoint, server=build_server(library, limiter))


def serve(
    library: Library,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    open_browser: bool = False,
    examples: Sequence[str] = (),
    accounts: Accounts | None = None,
    limits: Limits | None = None,
    mcp: bool = False,
    certificate: tuple[Path, Path] | None = None,
    runs: Sequence[Path] = RUNS,
) -> None:
    """Serve the page until interrupted; its address is printed once it answers. With `mcp`, programs' tools too.

    It offers the `examples`, else questions that the library's articles answer.
    """
    limits = limits or Limits()
    limiter = Limiter(limits.questions_per_minute)
    offered = Examples(library, limiter, examples)
    blocks = build_page(library, examples=offered, limits=limits, limiter=limiter, runs=runs)
    address = launch(
        blocks,
        host=host,
        port=port,
        open_browser=open_browser,
        accounts=accounts,
        limits=limits,
        before=[tools_endpoint(library, limiter)] if mcp else (),
        certificate=certificate,
    )
    print(f"Ask at {address}  (Ctrl+C ends it)", flush=True)
    if mcp:
        print(f"MCP at {address.rstrip('/')}/mcp", flush=True)
    offered.start()
    try:
        blocks.block_thread()
    finally:
        offered.stop()
