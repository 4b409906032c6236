"""What stands under a comparison stands there because a row needs it."""

import pytest
from test_report import NOTICE, experiment, result, row

from simulation.experiment import Headline
from simulation.verbs import load
from workbench.report import print_comparison

NOTES = {"under 1 %: the": (-3, -4, -2), "no difference: the": (-3, -4, 2), "Charged time": None}


@pytest.mark.parametrize("note", [*NOTES, "none"])
def test_a_note_stands_only_where_a_row_needs_it(note: str, capsys: pytest.CaptureFixture[str]) -> None:
    apart = NOTES.get(note) or (-60, -90, -30)
    rows = [row(scenario="tiny"), row(difference=apart), *([row("lead_wd")] if note == "Charged time" else [])]
    print_comparison(result(rows), experiment(headline=(Headline(reform=NOTICE, measure="wait_mean"),)), {"tiny": load("tiny")})
    out = capsys.readouterr().out
    assert [n for n in NOTES if n in out] == [n for n in NOTES if n == note]
    assert "more replications" not in out
