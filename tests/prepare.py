"""Finds or installs what the tests drive (Chromium, strace, PostgreSQL); says in one line what to do where it can't."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from tests.postgres_programs import find_in_folders

PROGRAMS = {"chromium": ("chromium", "chromium-browser", "google-chrome"), "postgresql": ("postgres",)}
if sys.platform == "linux":  # elsewhere there is none, and tests/test_offline.py is skipped
    PROGRAMS["strace"] = ("strace",)


def is_there(package: str) -> bool:
    """Whether one of the program's names is on the path, or QA_CHROMIUM names it."""
    if package == "chromium" and os.environ.get("QA_CHROMIUM"):
        return True
    if package == "postgresql" and find_in_folders():
        return True
    return any(shutil.which(name) for name in PROGRAMS[package])


def install(packages: list[str]) -> bool:
    """Installs Debian packages where this user may; True when that worked."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return False
    commands = [["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return all(subprocess.run(c, env=environment, stdout=subprocess.DEVNULL).returncode == 0 for c in commands)


def main() -> int:
    missing = [package for package in PROGRAMS if not is_there(package)]
    if missing and not install(missing):
        print(f"The tests need {' and '.join(missing)}; install it, for instance: apt-get install {' '.join(missing)}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
