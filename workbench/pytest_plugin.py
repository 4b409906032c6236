"""A plug-in of pytest: each `NAME.expected.yaml` that pytest comes across is a test, which fails in the words of `onewindow regress`.

Files of that name that do not say `kind: expectations` are somebody else's and left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from workbench.regress import Report

ENDING = ".expected.yaml"
"""As in `simulation.regression`, which is imported only when there is such a file."""


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.File | None:
    """Collect a file of expectations."""
    ours = file_path.name.endswith(ENDING) and re.search(rb"^kind: *expectations\b", file_path.read_bytes(), re.MULTILINE)
    return ExpectedFile.from_parent(parent, path=file_path) if ours else None


class ExpectedFile(pytest.File):
    """A file of expectations as pytest sees it."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield its one test."""
        yield Expected.from_parent(self, name=self.path.name.removesuffix(ENDING))


class Expected(pytest.Item):
    """What a file expects is what is found."""

    def runtest(self) -> None:
        """Run it in this process."""
        from workbench.regress import regress

        report = regress(str(self.path))
        if report.exit_code:
            raise NotAsExpected(report)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return what moved in words, or a traceback where an error is ours."""
        if isinstance(excinfo.value, NotAsExpected):
            from workbench.regress import said

            return "\n".join(said(excinfo.value.report))
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return what a failure is headed by."""
        return self.path, 0, f"expected: {self.name}"


class NotAsExpected(Exception):
    """Raised for pytest by a file whose numbers moved or that was refused."""

    def __init__(self, report: Report) -> None:
        super().__init__(report)
        self.report = report
