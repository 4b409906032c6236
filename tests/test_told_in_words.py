"""Small words around answers: how far a search is, what has no bound yet, heads of tables that stay whole, and counted nouns."""

from io import StringIO

import pytest
from rich.console import Console

from workbench.language import counted
from workbench.solutions import searching
from workbench.tables import new_table


@pytest.mark.parametrize(
    ("language", "none", "both"),
    [("en", "1 staffing simulated: none keeps the targets yet, no bound yet", "2 staffings simulated: best 110 points, none below 99 "
      "points, gap 10.0%"),
     ("zh", "已仿真1个排班方案，尚无达标者，尚无下界", "已仿真2个排班方案，最优110点，不低于99点，差距10.0%")],
)  # fmt: skip
def test_a_search_says_what_it_has_and_no_dash_for_what_it_has_not(
    language: str, none: str, both: str, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    tell = searching(language)
    tell(1, None, None)
    tell(2, 110.0, 99.0)
    first, second = capsys.readouterr().err.splitlines()
    assert first.endswith(none) and second.endswith(both)


def test_a_short_head_is_never_broken() -> None:
    """A column of five cells would break a head of three Chinese characters, six cells wide, in the middle."""
    out = StringIO()
    Console(file=out, width=100).print(new_table(["事项", "现承诺", "a day less"], [("经营许可", "5", "")], [None, 5, 4]))
    assert "现承诺" in out.getvalue()


def test_one_is_no_plural() -> None:
    assert (counted(1, "cell"), counted(0, "cell"), counted(1200, "cell")) == ("1 cell", "0 cells", "1,200 cells")
