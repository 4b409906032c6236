"""What a reform assumes has a range; what it proposes has none."""

from pathlib import Path
from typing import Any

import pytest
from test_reforms import POOL, reform

from simulation.errors import FileRefused, InputRefused
from simulation.reforms.ranges import unranged
from workbench.checking import check_file

NOTICE = """kind: reform
schema: 1
name: slower
title: {en: Slower, zh: 慢}
baseline: tiny
source: assumption
authority: centre
edits:
  - kind: pool_windows
    site: hall
    windows: 2
    staff: {day: 2}
    issue_staff: {day: 1}
    pace: 1.1
    collect_touch: {constant: 3 min (2..5)}
"""


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, ["pace", "double_entry", "collect_touch"]),
        ({"pace": "1.1 (1..1.2)", "double_entry": {"lognormal": {"median": "2 min (1..4)", "sigma": "0.5"}}}, ["collect_touch"]),
        ({"pace": "1", "collect": "0", "kept": "0.4"}, ["double_entry", "kept", "collect_touch"]),
    ],
)
def test_a_law_a_factor_and_a_share_state_a_range_and_a_count_and_a_limit_do_not(fields: dict[str, Any], found: list[str]) -> None:
    places = [loc[-1] for loc, _ in unranged(reform({**POOL, "promise_wd": "3", **fields}))]
    assert sorted(map(str, places)) == sorted(found)


def test_a_reform_with_a_source_of_its_own_has_measured_what_it_states() -> None:
    assert not [*unranged(reform(POOL).model_copy(update={"source": "trial-2023"}))]
    assert [*unranged(reform(POOL).model_copy(update={"source": {"cost": "trial-2023", "*": "assumption"}}))]


def test_check_refuses_the_number_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "slower.yaml"
    path.write_text(NOTICE, encoding="utf-8")
    with pytest.raises(FileRefused) as refused:
        check_file(str(path))
    (problem,) = refused.value.problems
    assert problem.found == "1.1" and ":14" in problem.where and "states its range" in problem.rule
    path.write_text(NOTICE.replace("pace: 1.1", "pace: 1.1 (1..1.2)"), encoding="utf-8")
    assert "1 edit of tiny" in check_file(str(path))


def test_check_says_at_once_that_a_range_is_missing_and_that_the_edit_does_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "slower.yaml"
    path.write_text(NOTICE.replace("staff: {day: 2}", "staff: {dya: 2}", 1), encoding="utf-8")
    with pytest.raises(InputRefused) as refused:
        check_file(str(path))
    assert [p.found for p in refused.value.problems] == ["1.1", "dya"]
