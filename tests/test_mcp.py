"""The tools for language models, called by the real client of the protocol: over HTTP and over stdin and stdout."""

from __future__ import annotations

import gc
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import httpx2
import jsonschema
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from qa.errors import QAError
from qa.library import Library
from qa.settings import Settings
from qa.types import Article, Upload
from tests.conftest import FERRY, ROOT, OpenLibrary
from tests.serving import BAKERY_QUESTION, FERRY_QUESTION, TOKEN, private, served
from ui.accounts import read_accounts
from ui.limits import Limiter, Limits
from ui.tools import Tools

# Gradio leaves the event loops that it makes to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
HEADERS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
CALL = r'{"name":"ask","arguments":{"question":"Who?\ud800"}}'
SERVE = """
import sys
from qa.library import Library
from qa.settings import Settings
from tests.fakes import WordEmbedder, WordReader
from ui.mcp import answer_standard_input

models = dict(load=lambda _: WordEmbedder(), load_reader=lambda _: WordReader(), settings=Settings(strictness=0))
with Library.open(sys.argv[1], **models) as library:
    answer_standard_input(library)
"""


@pytest.fixture(scope="module", autouse=True)
def collect_garbage() -> Iterator[None]:
    """Here, where its warnings are ignored, and not in the next file's tests."""
    yield
    gc.collect()


@pytest.fixture
def address(library: Library) -> Iterator[str]:
    """Where the tools over the two articles answer."""
    with served(library, mcp=True) as blocks:
        yield blocks.local_url + "mcp"


def talk(server: Any, say: Callable[[Client], Awaitable[Any]], *, mode: str = "auto") -> Any:
    """What `say` returns after talking to the server, a URL or a program to start."""

    async def run() -> Any:
        async with Client(server, mode=mode) as client:
            return await say(client)

    return anyio.run(run)


def call(server: Any, tool: str, **arguments: Any) -> Any:
    """The result of one call."""
    return talk(server, lambda client: client.call_tool(tool, arguments))


def as_program(library: Path) -> StdioServerParameters:
    return StdioServerParameters(command=sys.executable, args=["-c", SERVE, str(library)], cwd=ROOT)


def check(result: Any, tool: Any) -> dict[str, Any]:
    """The values of a result that is none of an error and is as the tool says."""
    assert not result.is_error, result.content
    values: dict[str, Any] = result.structured_content
    jsonschema.validate(values, tool.output_schema)
    return values


# What a program gets


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("transport", ["http", "stdio"])
def test_a_program_asks_searches_and_shows(
    library: Library, ferry: Article, transport: str, mode: str, request: pytest.FixtureRequest, tmp_path: Path
):
    server = request.getfixturevalue("address") if transport == "http" else as_program(tmp_path / "library")

    async def say(client: Client) -> Any:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        asked = await client.call_tool("ask", {"question": FERRY_QUESTION})
        found = await client.call_tool("search", {"question": FERRY_QUESTION, "k": 1})
        shown = await client.call_tool("show", {"article_id": ferry.id, "start": 10, "end": 20})
        return tools, asked, found, shown

    tools, asked, found, shown = talk(server, say, mode=mode)
    assert list(tools) == ["ask", "search", "show"]
    assert all(tool.annotations.read_only_hint for tool in tools.values())
    assert "don't fill the gap yourself" in tools["ask"].description
    answer = check(asked, tools["ask"])
    cited = answer["citations"][0]
    assert answer["status"] == "answered"
    assert ferry.text[cited["start_char_index"] : cited["end_char_index"]] == cited["cited_text"]
    assert "Captain Idris Penhale" in asked.content[0].text
    [passage] = check(found, tools["search"])["passages"]
    assert ferry.text[passage["start"] : passage["end"]] == passage["text"]
    part = check(shown, tools["show"])
    assert (part["start"], part["text"], part["length"]) == (0, ferry.text[: part["end"]], len(ferry.text))


def test_a_refusal_is_a_result_with_the_nearest_passages(open_library: OpenLibrary, articles: Path):
    library = open_library(settings=Settings(strictness=1))
    library.add(articles)
    with served(library, mcp=True) as blocks:
        result = call(blocks.local_url + "mcp", "ask", question="Who won the cup?")
    assert (result.is_error, result.structured_content["status"]) == (False, "refused")
    assert result.structured_content["nearest"][0]["cited_text"]
    assert "The nearest passages" in result.content[0].text


@pytest.mark.parametrize(
    ("tool", "arguments", "message"),
    [
        ("ask", {}, "ask needs question"),
        ("ask", {"question": 5}, "question must be a text"),
        ("ask", {"question": " "}, "question"),
        ("ask", {"question": "x" * 2_001}, "2,000"),
        ("ask", {"question": "Who?", "publishers": "Reuters"}, "publishers must be a list of texts"),
        ("ask", {"question": "Who?", "as_of": "yesterday"}, "as_of can't be 'yesterday'; give a date"),
        ("ask", {"question": "Who?", "include_undated": "yes"}, "include_undated must be true or false"),
        ("ask", {"question": "Who?", "visitor": "anna"}, "ask takes no 'visitor'; it takes question"),
        ("search", {"question": "Who?", "k": 10**9}, "from 1 to 50"),
        ("search", {"question": "Who?", "k": "10"}, "k can't be '10'"),
        ("search", {"question": "Who?", "k": True}, "k can't be True"),
        ("show", {"article_id": "../../etc/passwd"}, "no article ../../etc/passwd"),
        ("show", {"article_id": ["a"]}, "article_id must be a text"),
        ("show", {"article_id": "FERRY", "start": -1}, "start can't be -1"),
        ("show", {"article_id": "FERRY", "start": 5, "end": 5}, "end can't be 5; give a whole number from 6"),
        ("show", {"article_id": "FERRY", "end": 10**9}, "end can't be 1000000000"),
    ],
)
def test_wrong_arguments_are_errors_that_tell_what_to_give(
    library: Library, ferry: Article, tool: str, arguments: dict[str, Any], message: str
):
    given = {name: ferry.id if value == "FERRY" else value for name, value in arguments.items()}
    with pytest.raises(QAError) as raised:
        Tools(library, Limiter(0)).call(tool, given, "")
    assert message in str(raised.value)


def test_errors_reach_the_model_that_called(address: str, monkeypatch: pytest.MonkeyPatch):
    """Mistakes as their message, a fault of the program as a line without its inside; then it goes on."""

    async def say(client: Client) -> Any:
        wrong = await client.call_tool("search", {"question": "Who?", "k": 0})
        odd = await client.call_tool("search", {"question": "Who?\u202e\x1b[2J\0"})
        with pytest.raises(MCPError, match="there is no tool 'rm'"):
            await client.call_tool("rm", {})
        monkeypatch.setattr(Library, "search", lambda *_, **__: 1 / 0)
        failed = await client.call_tool("search", {"question": "Who?"})
        return wrong, odd, failed

    surrogate = f'{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{CALL}}}'
    assert httpx.post(address, content=surrogate, headers=HEADERS).status_code == 400
    wrong, odd, failed = talk(address, say)
    assert (wrong.is_error, wrong.content[0].text) == (True, "k can't be 0; give a whole number from 1 to 50")
    assert not odd.is_error
    assert (failed.is_error, failed.content[0].text) == (True, "This failed; the server's log says why.")
    assert failed.structured_content is None


def test_huge_articles_are_given_in_part(open_library: OpenLibrary):
    """Of a text that is one word, and of a long one: bounded, verbatim, with places to go on from."""
    library = open_library()
    library.add(Upload("word.txt", b"The quay of Oneword is long. " + b"x" * 300_000))
    [article] = library.articles()
    with served(library, mcp=True) as blocks:
        address = blocks.local_url + "mcp"
        answer = call(address, "ask", question="How long is the quay of Oneword?")
        shown = call(address, "show", article_id=article.id, start=100_000, end=100_010)
    assert len(json.dumps(answer.structured_content)) < 60_000
    assert len(answer.content[0].text) < 60_000
    for item in answer.structured_content["citations"] + answer.structured_content["nearest"]:
        assert article.text[item["start_char_index"] : item["end_char_index"]] == item["cited_text"]
    for sentence in answer.structured_content["sentences"]:
        assert answer.structured_content["text"][sentence["start"] : sentence["end"]] == sentence["text"]
    part = shown.structured_content
    assert (part["start"], part["end"]) == (99_000, 101_010)
    assert article.text[99_000:101_010] == part["text"]
    assert "[99,000 characters before this]" in shown.content[0].text


def test_what_is_no_part_of_an_article_is_marked(open_library: OpenLibrary):
    library = open_library()
    page = (
        f"Home | News | Sport | Contact\nAccept all cookies\n\n{FERRY}\n\nSubscribe to our newsletter | Privacy policy"
    )
    library.add(Upload("ferry.txt", page.encode()))
    [article] = library.articles()
    with served(library, mcp=True) as blocks:
        shown = call(blocks.local_url + "mcp", "show", article_id=article.id)
    left_out = [article.text[span["start"] : span["end"]] for span in shown.structured_content["left_out"]]
    assert any("cookies" in text for text in left_out)
    assert not any("Aurelia" in text for text in left_out)
    assert "[not part of the article: Home" in shown.content[0].text


# Over HTTP


def test_programs_sign_in_and_are_counted(library: Library, tmp_path: Path):
    accounts = read_accounts(token_file=private(tmp_path / "tokens", TOKEN))
    with served(library, accounts, Limits(questions_per_minute=2), mcp=True) as blocks:
        address = blocks.local_url + "mcp"

        async def ask(token: str) -> Any:
            async with (
                httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as http,
                Client(streamable_http_client(address, http_client=http)) as client,
            ):
                return [await client.call_tool("ask", {"question": FERRY_QUESTION}) for _ in range(3)]

        results = anyio.run(ask, TOKEN)
        assert [result.is_error for result in results] == [False, False, True]
        assert "2 questions a minute" in results[2].content[0].text
        with pytest.raises(ExceptionGroup):
            anyio.run(ask, TOKEN + "x")
        for headers in ({}, {"Authorization": f"Bearer {TOKEN}x"}):
            assert httpx.post(address, json={}, headers=headers).status_code == 401


def test_the_endpoint_is_behind_the_guard(address: str, library: Library):
    body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    headers = HEADERS
    assert httpx.post(address, json=body, headers=headers).json() == {"jsonrpc": "2.0", "id": 1, "result": {}}
    for wrong in ({"Origin": "http://example.org"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        assert httpx.post(address, json=body, headers={**headers, **wrong}).status_code == 403
    assert httpx.post(address, json=body, headers={**headers, "Host": "example.org"}).status_code == 400
    assert httpx.post(address, content=b"x" * 2_000_000, headers=headers).status_code == 413
    assert httpx.post(address, content=b"[" * 100_000, headers=headers).status_code == 400
    assert httpx.get(address, headers=headers).status_code == 405
    assert httpx.delete(address).status_code == 405
    with served(library) as blocks:
        assert httpx.post(blocks.local_url + "mcp", json=body, headers=headers).status_code in (404, 405)


def test_a_slow_question_holds_up_nobody(address: str, monkeypatch: pytest.MonkeyPatch):
    """Two programs at once, each with its own answer; while questions are answered the server tells its tools."""
    go_on, stream = threading.Event(), Library.stream

    def slow(self: Library, question: str, **options: Any) -> Any:
        assert go_on.wait(30)
        return stream(self, question, **options)

    monkeypatch.setattr(Library, "stream", slow)
    results: dict[str, Any] = {}

    async def run() -> None:
        async def one(question: str) -> None:
            async with Client(address) as client:
                results[question] = await client.call_tool("ask", {"question": question})

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(one, FERRY_QUESTION)
            tasks.start_soon(one, BAKERY_QUESTION)
            await anyio.sleep(0.3)
            async with Client(address) as client:
                assert len((await client.list_tools()).tools) == 3
            assert results == {}
            go_on.set()

    anyio.run(run)
    assert [result.structured_content["question"] for result in results.values()] == list(results)
    assert len(results) == 2


# Over stdin and stdout


def test_stdout_is_protocol_alone_and_the_end_of_stdin_ends_it(library: Library, tmp_path: Path):
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    lines = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "ask", "arguments": {"question": "?"}}},
    ]
    noisy = SERVE.replace("lambda _: WordEmbedder()", 'lambda _: print("loaded") or WordEmbedder()')
    process = subprocess.Popen(
        [sys.executable, "-c", noisy, str(tmp_path / "library")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write("no JSON\n" + "".join(json.dumps(line) + "\n" for line in lines))
    process.stdin.flush()
    answers = [json.loads(process.stdout.readline()) for _ in range(2)]
    out, err = process.communicate(timeout=30)
    assert [answer["id"] for answer in answers] == [1, 2]
    assert answers[0]["result"]["serverInfo"]["name"] == "qa-articles"
    assert (process.returncode, out) == (0, "")
    assert "loaded" in err
    assert "Traceback" not in err


def test_an_interrupt_ends_it_though_stdin_is_open(library: Library, tmp_path: Path):
    command = [sys.executable, "-c", SERVE, str(tmp_path / "library")]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n')
        process.stdin.flush()
        assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == -signal.SIGINT


def test_without_the_extra_one_line_says_what_to_install(tmp_path: Path):
    hidden = "import sys; sys.modules['mcp'] = None; from qa.__main__ import main; main()"
    for arguments in (["serve", "--mcp", "--no-browser"], ["mcp"]):
        command = [sys.executable, "-c", hidden, *arguments, "--library", str(tmp_path / "new")]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert (run.returncode, run.stdout, run.stderr.count("\n")) == (1, "", 1)
        assert "pip install 'qa-articles[mcp]'" in run.stderr
    assert not (tmp_path / "new").exists()
