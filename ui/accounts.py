"""Who may use a served page: names with hashes of passwords, and tokens for programs. Standard library only.

A hash is `scrypt.N.R.P.SALT.KEY`, salt and key in URL-safe base64: no character that a shell or a colon would cut.
"""

from __future__ import annotations

import base64
import binascii
import getpass
import hashlib
import hmac
import ipaddress
import os
import secrets
import socket
import stat
import sys
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from qa.errors import QAError, SettingInvalid

COST = (2**15, 8, 3)  # n, r, p of scrypt: 32 MiB and a fraction of a second for each guess
MOST_MEMORY = 2**28  # bytes that a hash may ask for, so that a mistyped one is told from a working one
LEAST_PASSWORD = 8  # characters
LEAST_TOKEN = 20  # a token is looked up without the delay that scrypt gives a password


@dataclass(frozen=True, slots=True)
class Accounts:
    """User -> hash of the password, and SHA-256 digests of tokens; neither is shown by `repr`."""

    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)
    tokens: frozenset[bytes] = field(default=frozenset(), repr=False)

    def __bool__(self) -> bool:
        return bool(self.passwords or self.tokens)

    def check_password(self, user: str, password: str) -> bool:
        """Whether that is the user's password; takes as long for a user that there isn't."""
        known = self.passwords.get(user)
        right = check_password(password, known or NOBODY)
        return right and known is not None

    def check_token(self, token: str) -> bool:
        given = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        fits = False
        for digest in self.tokens:  # all of them, whichever fits
            fits |= hmac.compare_digest(given, digest)
        return fits


def hash_password(password: str) -> str:
    """A hash of the password under a new salt."""
    salt = secrets.token_bytes(16)
    n, r, p = COST
    return ".".join(("scrypt", str(n), str(r), str(p), _encode(salt), _encode(_scrypt(password, salt, n, r, p))))


def check_password(password: str, hashed: str) -> bool:
    """Whether the hash was made of that password; SettingInvalid when it is no hash."""
    n, r, p, salt, key = _parse(hashed)
    return hmac.compare_digest(_scrypt(password, salt, n, r, p), key)


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    # One person's keyboard may send é as one character and another's as two.
    secret = unicodedata.normalize("NFC", password).encode("utf-8", "replace")
    return hashlib.scrypt(secret, salt=salt, n=n, r=r, p=p, maxmem=2 * MOST_MEMORY, dklen=32)


def _parse(hashed: str) -> tuple[int, int, int, bytes, bytes]:
    try:
        name, *costs, salt, key = hashed.split(".")
        n, r, p = map(int, costs)
        parsed = n, r, p, _decode(salt), _decode(key)
    except (ValueError, binascii.Error):
        name, parsed = "", (0, 0, 0, b"", b"")
    n, r, p, salt_bytes, key_bytes = parsed
    sound = n > 1 and n & (n - 1) == 0 and r > 0 and 0 < p <= 64 and 128 * n * r <= MOST_MEMORY
    if name != "scrypt" or not sound or len(salt_bytes) < 8 or len(key_bytes) != 32:
        raise SettingInvalid("this is no hash of a password (it isn't shown here); make one with: qa hash-password")
    return parsed


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


# What the password of a user that there isn't is compared with: a key that no password has.
NOBODY = ".".join(("scrypt", *map(str, COST), _encode(bytes(16)), _encode(bytes(32))))


def read_password() -> str:
    """The password, typed twice without being shown, or the first line of standard input when that is no terminal."""
    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if getpass.getpass("The same again: ") != password:
            raise QAError("the two passwords differ; run the command again")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if len(password) < LEAST_PASSWORD:
        raise QAError(f"that password is too short; take one of at least {LEAST_PASSWORD} characters")
    return password


def read_accounts(given: Iterable[str] = (), file: Path | None = None, token_file: Path | None = None) -> Accounts:
    """Accounts from texts USER:HASH, from a file of such lines, and from a file with a token on each line."""
    entries = [("--auth", text) for text in given]
    if file is not None:
        entries += [(f"{file}, line {number}", text) for number, text in _read_lines(file)]
    passwords: dict[str, str] = {}
    for where, text in entries:
        user, hashed = _split(where, text)
        if passwords.setdefault(user, hashed) != hashed:
            raise SettingInvalid(f"{where}: {user} is there twice, with different hashes; keep one")
    tokens = [] if token_file is None else _read_lines(token_file)
    for number, token in tokens:
        if len(token) < LEAST_TOKEN or not token.isascii() or len(token.split()) != 1:
            raise SettingInvalid(
                f"{token_file}, line {number}: a token needs at least {LEAST_TOKEN} letters and digits; "
                'make one with: python -c "import secrets; print(secrets.token_urlsafe())"'
            )
    return Accounts(passwords, frozenset(hashlib.sha256(token.encode()).digest() for _, token in tokens))


def _split(where: str, text: str) -> tuple[str, str]:
    user, colon, hashed = text.strip().partition(":")
    if not (user and colon and user.isprintable()):
        raise SettingInvalid(f"{where}: give a user and a hash, as in anna:HASH; make one with: qa hash-password")
    try:
        _parse(hashed)
    except SettingInvalid as error:
        raise SettingInvalid(f"{where}: {error}") from None
    return user, hashed


def _read_lines(file: Path) -> list[tuple[int, str]]:
    """(number, text) of the lines that aren't empty or comments; SettingInvalid when others may read the file."""
    try:
        with file.open(encoding="utf-8") as opened:
            mode = os.fstat(opened.fileno()).st_mode  # of what is read, not of what lies there by then
            if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise SettingInvalid(f"{file} can be used by others on this machine; run: chmod 600 {file}")
            lines = [line.strip() for line in opened]
    except (OSError, UnicodeDecodeError) as error:
        raise SettingInvalid(f"can't read {file}: {getattr(error, 'strerror', None) or 'it is no text'}") from error
    found = [(number, line) for number, line in enumerate(lines, start=1) if line and not line.startswith("#")]
    if not found:
        raise SettingInvalid(f"{file} is empty: nobody could sign in; add a line to it")
    return found


def refuse_open(host: str, accounts: Accounts) -> None:
    """QAError where others could reach the page and nobody would have to sign in."""
    if not accounts and not is_loopback(host):
        raise QAError(
            f"serving on {host or 'an empty host'} would let others in without a password; "
            "make a hash with `qa hash-password`, then give --auth USER:HASH or --auth-file FILE"
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens on that host, by every address that its name has."""
    name = host.removeprefix("[").removesuffix("]")
    try:
        found = {str(item[4][0]) for item in socket.getaddrinfo(name, None)} if name else set()
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(ipaddress.ip_address(address.partition("%")[0]).is_loopback for address in found)
