"""What the guard remembers of who has signed in."""

from __future__ import annotations

import asyncio
import threading

import httpx
import pytest
from starlette.responses import PlainTextResponse

from tests.serving import PASSWORD, basic
from ui import guard
from ui.accounts import Accounts, hash_password
from ui.guard import Guard
from ui.limits import Limits

NAMES = ("anna", "bert", "cleo")


@pytest.fixture
def guarded() -> Guard:
    hashed = hash_password(PASSWORD)
    return Guard(PlainTextResponse("in"), Accounts(dict.fromkeys(NAMES, hashed)), Limits(), threading.Event())


def sign_in(guarded: Guard, *proofs: str) -> list[int]:
    async def ask() -> list[int]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(guarded), base_url="http://here") as http:
            return [(await http.get("/", headers={"Authorization": proof})).status_code for proof in proofs]

    return asyncio.run(ask())


def test_a_proof_is_one_however_it_is_spaced(guarded: Guard):
    proof = basic("anna", PASSWORD)["Authorization"].partition(" ")[2]
    assert sign_in(guarded, f"Basic {proof}", f"basic   {proof}", f"BASIC \t {proof} ", "Basic   ") == [*3 * [200], 401]
    assert len(guarded._known) == 1


def test_no_more_proofs_are_remembered_than_fit(guarded: Guard, monkeypatch: pytest.MonkeyPatch):
    """Who was forgotten signs in again."""
    monkeypatch.setattr(guard, "MOST_KNOWN", 2)
    proofs = [basic(name, PASSWORD)["Authorization"] for name in NAMES]
    assert sign_in(guarded, *proofs, *proofs, proofs[0]) == 7 * [200]
    assert len(guarded._known) == 2
