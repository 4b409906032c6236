"""The edit `tidal_windows`: people of a back office get a window that stands by, and nothing else changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from simulation.errors import ReformRefused
from simulation.experiment import calendar_for
from simulation.files import find, load_model
from simulation.frozen import Title
from simulation.plan import compile_plan
from simulation.reforms import Reform, apply, redline
from simulation.scenario import Scenario
from simulation.units import Count

TIDE: dict[str, Any] = {
    "kind": "tidal_windows", "shift": "day", "opens_above": "4", "closes_below": "1", "pace": "1.1",
    "windows": {
        "W4": {"queues": ["licence"], "pool": "market"},
        "W5": {"queues": ["licence"], "pool": "market", "opens_above": "8", "closes_below": "5"},
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def tiny() -> Scenario:
    return load_model(find("tiny", "baselines"), Scenario)


def reform(*edits: Mapping[str, object]) -> Reform:
    data = {"kind": "reform", "name": "r", "title": {"en": "R", "zh": "改"}, "baseline": "tiny", "authority": "centre", "edits": edits}
    return Reform.model_validate(data)


def test_officers_of_the_pool_get_a_tidal_window_and_keep_their_names(tiny: Scenario) -> None:
    """Six heads before, six after, of the same names and absences: two of them with a window besides."""
    after = apply(tiny, reform(TIDE))
    assert set(after.centre.windows) - set(tiny.centre.windows) == {"W4", "W5"}
    first, second = (after.centre.windows[w].tide for w in ("W4", "W5"))
    assert first is not None and (first.opens_above, first.closes_below) == (4, 1)
    assert second is not None and (second.opens_above, second.closes_below) == (8, 5)
    assert {n: s.window for n, s in after.centre.staff.items() if s.pool == "market"} == {"licensing#5": "W4", "licensing#4": "W5"}
    old, new = (compile_plan(s, calendar_for(s, s.horizon)) for s in (tiny, after))
    assert [set(people) for people in new.pool_people] == [set(people) for people in old.pool_people]
    assert sorted(row[:2] for row in new.absences) == sorted(row[:2] for row in old.absences)
    fields = set(type(tiny.centre).model_fields) - {"windows", "staff", "pools"}
    assert tiny.world == after.world and all(getattr(tiny.centre, f) == getattr(after.centre, f) for f in fields)
    assert "Window W4: new (accepts licence; tidal window opens above 4, closes at 1)" in redline(tiny, after)


def test_a_merger_takes_them_over(tiny: Scenario) -> None:
    """Planning has a back office of two, one of them with a tidal window; it joins the market bureau, and his pool is the merged one."""
    centre = tiny.centre
    planning = {"title": Title(en="Planning", zh="规划局")}
    pool = centre.pools["market"].model_copy(update={"department": "planning", "people": {"planners": Count(2)}})
    queue = centre.queues["licence"].model_copy(update={"department": None})
    tables = {
        "departments": {**centre.departments, "planning": centre.departments["market"].model_copy(update=planning)},
        "pools": {**centre.pools, "planning": pool}, "queues": {**centre.queues, "licence": queue},
    }  # fmt: skip
    wide = tiny.model_copy(update={"centre": centre.model_copy(update=tables)})
    merge = {"kind": "merge_departments", "departments": ["market", "planning"], "into": "market"}
    after = apply(wide, reform({**TIDE, "windows": {"W4": {"queues": ["licence"], "pool": "planning"}}}, merge))
    person = after.centre.staff["planners#1"]
    assert (person.employer, person.pool, person.window) == ("market", "market", "W4")
    assert after.centre.pools["market"].people == {"licensing": 6, "planners": 1}


def test_pooled_windows_send_them_back_to_their_pool(tiny: Scenario) -> None:
    pool = {
        "kind": "pool_windows", "site": "hall", "windows": "2", "staff": {"day": "2"}, "issue_staff": {"day": "1"},
        "collect_touch": {"constant": "3 min"},
    }  # fmt: skip
    after = apply(tiny, reform(TIDE, pool))
    assert not any(w.tide for w in after.centre.windows.values())
    assert after.centre.pools["market"].people["licensing#5"] == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"shift": "dya"}, "`dya` is not a known shift"),
        ({"windows": {"W1": {"queues": ["licence"], "pool": "market"}}}, "window `W1` is open already"),
        ({"windows": {"W4": {"queues": ["household"], "pool": "market"}}}, "serves queues of his department only"),
        ({"windows": {"W4": {"queues": [], "pool": "market"}}}, "a window accepts queues"),
        ({"windows": {"W4": {"queues": ["licence"], "pool": "market-leader"}}}, "officers open a window, not leaders"),
        ({"windows": {f"W{k}": {"queues": ["licence"], "pool": "market"} for k in range(4, 10)}}, "somebody stays in a back office"),
        ({"closes_below": "4"}, "opens above more people than it closes at"),
    ],
)
def test_what_does_not_fit_is_refused(tiny: Scenario, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ReformRefused) as refused:
        apply(tiny, reform({**TIDE, **changes}))
    assert words in "\n".join(p.rule for p in refused.value.problems)
