"""What a staffing changes, by name, and its picture of waits: hand-made answers on the tiny hall."""

import re

import pytest

from optimization.solution import Verified
from optimization.staffing_changes import Span, changes
from simulation import verbs
from simulation.experiment import calendar_for
from simulation.plan import Plan, compile_plan
from simulation.reforms import apply, set_path
from simulation.reforms.windows import ChangeStaff
from simulation.scenario import Scenario
from workbench.staffed import staffed, verified_waits
from workbench.staffing_changes import kind_title
from workbench.titles import labels_of


def plan_of(scenario: Scenario) -> Plan:
    return compile_plan(scenario, calendar_for(scenario, scenario.horizon), scenario.horizon)


def test_nothing_changes_between_equal_plans() -> None:
    plan = plan_of(verbs.load("tiny"))
    assert changes(plan, plan) == ()


def test_a_person_less_is_told_with_window_hours_and_name() -> None:
    """Anna sits at W1 for seven hours on five days; without her one of the two licence windows is empty all day, not over lunch."""
    tiny = verbs.load("tiny")
    after = ChangeStaff(kind="change_staff", remove=("anna",)).edit(tiny)
    (one,) = changes(plan_of(tiny), plan_of(after))
    assert (one.department, one.queues, one.hours) == ("market", ("licence",), -35.0)
    assert one.windows == (("W1", 35.0, 0.0),)
    assert one.spans == (Span("working day", 32_400, 43_200, 2, 1), Span("working day", 46_800, 61_200, 2, 1))
    assert [(m.person, m.employer, m.window, m.to_window, m.to_shift) for m in one.moves] == [("anna", "market", "W1", "", "")]
    assert kind_title(one, tiny, "en") == "Licences, Market regulation"
    assert kind_title(one, tiny, "zh") != kind_title(one, tiny, "en")


def test_another_shift_is_a_move_and_more_people_over_lunch_are_a_span() -> None:
    """Anna changes to the lunch shift, 9:00-17:00 with no break as bai has: two people at 12:00 where there was one, 40 h for 35."""
    tiny = verbs.load("tiny")
    after = set_path(tiny, "centre.staff.anna.shift", "lunch")
    (one,) = changes(plan_of(tiny), plan_of(after))
    assert one.hours == pytest.approx(5.0)
    assert one.spans == (Span("working day", 43_200, 46_800, 1, 2),)
    assert [(m.person, m.shift, m.to_shift, m.window, m.to_window) for m in one.moves] == [("anna", "day", "lunch", "W1", "W1")]
    assert apply(tiny) == tiny


@pytest.mark.parametrize(("language", "said"), [
    ("en", ("Licences", "Household register", "the whole hall", "proposed: meets it", "proposed: misses it", "target", "(minutes)", "(%)")),
    ("zh", ("全大厅", "方案：达标", "方案：未达标", "目标", "(分钟)")),
])  # fmt: skip
def test_the_picture_of_waits_has_every_cell_with_its_target(language: str, said: tuple[str, ...]) -> None:
    def cell(measure: str, group: str, unit: str, value: float, verdict: str) -> Verified:
        low, high = 0.9 * value, 1.1 * value
        limit = 1800.0 if unit == "s" else 0.05
        return Verified(measure, group, unit, limit, value, low, high, 10, verdict, value / 2, None, None, None)  # type: ignore[arg-type]

    cells = [
        cell("wait_borne by queue", "queue:licence", "s", 900.0, "met"),
        cell("wait_borne by queue", "queue:household", "s", 2400.0, "missed"),
        cell("walk_away_share", "all", "share", 0.03, "met"),
    ]  # fmt: skip
    figure = verified_waits(cells, labels_of(verbs.load("tiny")), language)
    figure.draw_without_rendering()
    words = [t.get_text() for t in figure.texts] + [t.get_text() for legend in figure.legends for t in legend.get_texts()]
    words += [t.get_text() for axis in figure.axes for t in (*axis.get_yticklabels(), axis.title, axis._left_title)]
    for one in said:
        assert one in "\n".join(words), one
    title = figure._suptitle.get_text()  # type: ignore[attr-defined]
    assert title == {"en": "On fresh seeds 1 of 2 targets are met (2 of 3 cells), 1 missed, 0 undecided",
                     "zh": "新种子下2个目标中1个达到（3格中2格），1个未达到，0个尚难判断"}[language]
    first = figure.axes[0]
    assert first.get_xlim()[0] < 0, "today's mark at zero is not cut by the axis"
    values = [float(line.get_xdata()[0]) for line in first.lines if line.get_marker() == "o"]
    assert values == [40.0, 15.0]  # minutes, the longest on top


def test_the_title_of_who_sits_where_says_the_hours_before_and_after() -> None:
    """Anna's lunch shift has an hour more a working day, as above."""
    tiny = verbs.load("tiny")
    title = staffed(plan_of(tiny), plan_of(set_path(tiny, "centre.staff.anna.shift", "lunch")))._suptitle.get_text()  # type: ignore[attr-defined]
    before, after = (float(x) for x in re.findall(r"\d+\.\d", title))
    assert after - before == pytest.approx(1.0) and before > 0
