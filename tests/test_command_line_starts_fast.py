"""`onewindow --help` answers at once, because the heavy libraries are imported by the commands that need them."""

import subprocess
import sys

import pytest

HEAVY = ("ortools", "numba", "pandas", "matplotlib", "scipy", "simpy")


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    code = "import sys, workbench.cli; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize("library", HEAVY)
def test_importing_the_command_line_leaves_the_heavy_library_alone(loaded: set[str], library: str) -> None:
    assert library not in loaded


def test_the_command_line_itself_was_imported(loaded: set[str]) -> None:
    assert "workbench" in loaded
