"""The linter and the type checker are tests like any other: one call tells whether the tree is sound."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("simulation", "governance", "optimization", "workbench", "scenarios")


def complaints(*command: str) -> str:
    """What the tool says, or nothing when it is content."""
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    return f"{' '.join(command)}\n{done.stdout}{done.stderr}" if done.returncode else ""


def test_ruff_finds_nothing() -> None:
    found = complaints("ruff", "check", "--quiet", *PACKAGES, "tests")
    assert not found, found


def test_mypy_finds_nothing() -> None:
    found = complaints("mypy", "--no-error-summary")
    assert not found, found
