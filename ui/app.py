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
from ui.front import Replica
from ui.limits import Limiter, Limits
from ui.logs import log_servers
from ui.operation import Operation, ended_by_terminate, serve_until_ended, watching
from ui.quality_tab import RUNS, QualityTab, build_quality_tab
from ui.server import launch
from ui.watching import Watch

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
    watch: Watch | None = None,
) -> gr.Blocks:
    """The page over the library, not yet served; without `examples` it offers those that are known already.

    `runs` are the folders in which runs of the evaluation lie, `watch` follows the questions.
    """
    limits = limits or Limits()
    limiter = limiter or Limiter(limits.questions_per_minute)
    examples, watch = examples or Examples(library, limiter), watch or Watch()
    blocks = gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(3600, 3600))
    with blocks:
        add_endpoints(library, limits, limiter, watch)  # first, as gradio gives a name to whom it meets first
        gr.HTML(INTRO, apply_default_css=False)
        with gr.Tabs():
            with gr.Tab("Ask") as ask:
                build_ask_tab(blocks, ask, AskTab(library, limiter, examples, watch))
            with gr.Tab("Articles"):
                build_articles_tab(blocks, ArticlesTab(library, limits))
            with gr.Tab("Quality") as quality:
                build_quality_tab(quality, QualityTab(library, runs))
    return blocks


def tools_endpoint(library: Library, limiter: Limiter, watch: Watch | None = None) -> Middleware:
    """What answers at /mcp, before the page does; needs the extra `mcp`."""
    from ui.mcp import Endpoint, build_server

    return Middleware(Endpoint, server=build_server(library, limiter, watch))


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
    operation: Operation | None = None,
) -> None:
    """Serve the page until interrupted or terminated; its address is printed once it answers.

    It offers the `examples`, else questions that the library's articles answer. With `mcp`, programs' tools too.
    """
    limits, operation = limits or Limits(), operation or Operation()
    limiter, replica = Limiter(limits.questions_per_minute), Replica(library)
    offered = Examples(library, limiter, examples)
    with watching(library, operation) as watch:
        blocks = build_page(library, examples=offered, limits=limits, limiter=limiter, runs=runs, watch=watch)
        address = launch(
            blocks,
            host=host,
            port=port,
            open_browser=open_browser,
            accounts=accounts,
            limits=limits,
            before=[tools_endpoint(library, limiter, watch)] if mcp else (),
            certificate=certificate,
            replica=replica,
        )
        if operation.log:
            log_servers()
        print(f"Ask at {address}  (Ctrl+C ends it)", flush=True)
        if mcp:
            print(f"MCP at {address.rstrip('/')}/mcp", flush=True)
        with ended_by_terminate(replica):
            replica.start()
            offered.start()
            try:
                serve_until_ended(blocks, replica, watch, operation.drain)
            finally:
                offered.stop()
                replica.stop()
