"""The named roster of a staffing: the same windows in every week, duties shared by hand-worked counts, what a person may not work."""

from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from strategies import scenario
from typer.testing import CliRunner

from optimization.duty_roster import DAYS, DutyRoster, clashes, differences, duty_roster, seats, windows_open
from optimization.problem import Hours
from optimization.rosters import standby
from optimization.staffing_answer import Open, _reserve, _reserved
from optimization.staffing_problem import Rota
from simulation import verbs
from simulation.centre import Absence
from simulation.experiment import calendar_for
from simulation.plan import Plan, compile_plan
from simulation.reforms import set_path
from simulation.scenario import Scenario
from simulation.shifts import DAY
from simulation.units import Count, Share
from workbench.cli import app
from workbench.rostered import _chinese
from workbench.titles import labels_of

HOURS = {"W1": "9:00-12:00 13:00-17:00", "W2": "9:00-12:00 13:00-17:00", "W3": "9:00-17:00"}


def plan_of(of: Scenario) -> Plan:
    return compile_plan(of, calendar_for(of, of.horizon), of.horizon)


def three(hours: dict[str, str] = HOURS) -> Scenario:
    """Three equal people at three windows of one queue; the third works through lunch."""
    of = scenario(windows={"W1": "a", "W2": "a", "W3": "a"}, shifts=hours, days=5)
    return set_path(of, "centre.staff.of-W2.shift", "at-W1")


def lunches(roster: DutyRoster) -> list[int]:
    days = {(line.person, line.week, line.day) for line in roster.lines if line.shift == "at-W3"}
    return sorted(Counter(person for person, _, _ in days).values())


@pytest.mark.parametrize(("turn", "had"), [("day", [6, 7, 7]), ("week", [5, 5, 10])])
def test_twenty_lunch_duties_are_divided_by_three_people_as_counting_allows(turn: str, had: list[int]) -> None:
    """Four weeks of five days: 20 = 7 + 7 + 6 by the day; by the week four turns of five days, so one has two of them."""
    roster = duty_roster(plan_of(three()), Rota(turn=turn))
    assert lunches(roster) == had
    assert roster.spread["noon"] == (had[-1] - had[0], True)
    assert roster.differences == ()
    assert roster.alone == 0


@pytest.mark.parametrize("turn", ["day", "week"])
def test_every_week_has_at_every_window_whom_the_engine_is_given(turn: str) -> None:
    """Held against the posts of the compiled plan on real dates, which the roster is not made from."""
    plan = plan_of(verbs.load("district-hall"))
    roster = duty_roster(plan, Rota(turn=turn, weeks=Count(2)))
    people = len(plan.scenario.centre.staff)
    assert {line.person for line in roster.lines} == {*plan.scenario.centre.staff}
    weekday = (plan.calendar.epoch.weekday() + plan.posts["opens"] // DAY) % 7
    first = next(int(p["opens"]) // DAY for p, d in zip(plan.posts, weekday, strict=True) if d == 5)
    for day, number in (("Wednesday", 2), ("Saturday", first)):
        here = plan.posts[(plan.posts["opens"] // DAY == number) & (plan.posts["person"] < people)]
        given = Counter((plan.windows[p["window"]], int(p["opens"]) % DAY, int(p["closes"]) % DAY) for p in here)
        for week in (1, 2):
            assert Counter((x.window, x.begins, x.ends) for x in roster.lines if (x.week, x.day) == (week, day)) == given


def test_the_checker_sees_a_duty_that_is_dropped_moved_or_done_twice() -> None:
    plan = plan_of(three())
    roster = duty_roster(plan, Rota(weeks=Count(1)))
    lines, sittings = roster.lines, seats(plan)
    assert differences(lines, sittings, 1) == []
    assert clashes(lines) == []
    dropped = differences(lines[1:], sittings, 1)
    assert [(d.window, d.day, d.asked, d.there) for d in dropped] == [(lines[0].window, lines[0].day, 1, 0)]
    other = next(line for line in lines if line.window != lines[0].window and line.begins == lines[0].begins)
    moved = (replace(lines[0], window=other.window), *lines[1:])
    assert {d.there - d.asked for d in differences(moved, sittings, 1)} == {-1, 1}
    assert any("two people at once" in words for words in clashes(moved))
    assert any("twice at once" in words for words in clashes((*lines, replace(lines[0], window="W9"))))


def test_only_equals_change_duties() -> None:
    """The person of the lunch window is slower: whoever sat there in his place would serve faster than was simulated."""
    of = set_path(three(), "centre.staff.of-W3.pace", "1.5")
    roster = duty_roster(plan_of(of), Rota())
    assert {line.person for line in roster.lines if line.shift == "at-W3"} == {"of-W3"}
    assert roster.alone == 1


def test_hours_that_one_person_may_not_work_are_left_to_nobody_and_the_fewest_of_them() -> None:
    """8 h at W1 on five days are 40 h; at most 35 h let him come four days: a day of 8 h a week stays empty."""
    roster = duty_roster(plan_of(scenario(windows={"W1": "a"}, shifts={"W1": "9:00-17:00"}, days=5)), Rota(weekly_hours=Hours(35)))
    assert [sum(d.ends - d.begins for d in roster.differences if d.week == w) / 3600 for w in (1, 2, 3, 4)] == [8, 8, 8, 8]
    assert all((d.asked, d.there) == (1, 0) for d in roster.differences)


def test_a_week_too_long_for_one_person_is_divided_by_day_where_two_can() -> None:
    """40 h and 15 h a week: no person may work the long shift all week, two who change by day work both: 24 + 6 and 16 + 9."""
    of = scenario(windows={"W1": "a", "W2": "a"}, shifts={"W1": "9:00-17:00", "W2": "9:00-12:00"}, days=5)
    roster = duty_roster(plan_of(of), Rota(turn="week", weekly_hours=Hours(35)))
    assert (roster.turn, roster.why, roster.differences) == ("day", ("at-W1: 5 days, 40 h",), ())
    hours = Counter[tuple[str, int]]()
    for line in roster.lines:
        hours[line.person, line.week] += line.ends - line.begins
    assert max(hours.values()) <= 35 * 3600


def test_windows_are_counted_where_somebody_is_there_for_the_whole_half_hour() -> None:
    """9:15 to 10:45 covers 9:30 and 10:00 of W1 alone; W2 is of no kind that is asked for."""
    found = windows_open([("W1", 33_300, 38_700), ("W2", 32_400, 36_000)], {"W1": 0})
    assert np.flatnonzero(found[0]).tolist() == [19, 20]


@pytest.mark.parametrize(("sure", "more"), [(0.8, 0), (0.9, 1), (0.98, 2)])
def test_the_reserve_is_that_of_the_binomial_law(sure: float, more: int) -> None:
    """Two people of whom each is away one day in ten: .9^2 = .81 are both there; with a third .972, with a fourth .9963."""
    assert standby(2, 0.1, sure) == more


@pytest.mark.parametrize(
    ("cover", "away", "absent"),
    [("none", "is away, nobody is called there", "此人缺勤当天无人叫号"),
     ("department", "an officer of his department sits in if one can be spared, else nobody", "由本部门工作人员顶岗，无人可派则无人叫号")],
)  # fmt: skip
def test_the_reserve_says_whom_it_counts_and_what_a_queue_of_one_does(cover: str, away: str, absent: str) -> None:
    """Chen alone may be absent: a spell begins on one day in ten and lasts a day, three of ten of them three days, so he is there on
    .9 x .97 ^ 2 = .847 of days, less than .95; one of two is there on 1 - .153 ^ 2 = .977. Anna goes back, who is of another body: bai and
    chen stay, each alone at his queue; today bai has anna beside him.
    """
    of = set_path(verbs.load("tiny"), "centre.sites.hall.cover", cover)
    some = of.centre.pools["market"].absence
    assert some is not None
    chen = of.centre.staff["chen"].model_copy(update={"absence": Absence(starts=Share(0.1), lasts_wd=some.lasts_wd)})
    today = of.model_copy(update={"centre": of.centre.model_copy(update={"staff": {**of.centre.staff, "chen": chen}})})
    fewer = {name: person for name, person in today.centre.staff.items() if name != "anna"}
    then = today.model_copy(update={"centre": today.centre.model_copy(update={"staff": fewer})})
    asked, plan = SimpleNamespace(scenario=today, plan=plan_of(today)), plan_of(then)
    found = _reserve(asked, plan, 0.95)  # type: ignore[arg-type]
    assert [(one.employer, one.people, one.needed, one.free) for one in found] == [("security", 1, 1, 0)]
    en, zh = _reserved(found, asked, plan, 0.95)  # type: ignore[arg-type]
    assert en.startswith("Reserve for absence: 1 people. It counts 1 of the 2 people who stay: those of the 1 bodies")
    assert "Of the 1 people sent back 0 are of these bodies, too few in 1 bodies." in en and "退回的1人中0人属这些单位，1个单位不足。" in zh
    assert away in en and en.endswith("(2 queues have one person, today 1).")
    assert absent in zh and zh.endswith("（此类队列2个，现状1个）。")


def test_tables_in_chinese_have_heads_days_and_kinds_in_chinese() -> None:
    labels = labels_of(verbs.load("tiny"))
    line = {"person": "anna", "week": 1, "day": "Monday", "shift": "day", "window": "W1", "from": "9:00", "to": "12:00"}
    told = {"人员": "anna", "周次": 1, "日期": "周一", "班次": "day", "窗口": "W1", "上岗": "9:00", "离岗": "12:00"}
    assert _chinese(line, labels) == told
    there = vars(Open("Saturday", "9:00", "market, licence", 2, 1, 1, 2))
    first = {"日期": "周六", "半小时": "9:00", "窗口类别": "市场监管局，证照", "窗口总数": 2}
    assert [*_chinese(there, labels).items()][:4] == [*first.items()]


def test_two_reproducible_runs_write_the_same_bytes(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    for name in ("one", "two"):
        out = tmp_path_factory.mktemp(name)
        monkeypatch.chdir(out)
        told = ["--reproducible", "--json", "--days", "2", "--replications", "2", "--workers", "1"]
        found = CliRunner().invoke(app, ["optimize", "staffing", "tiny", *told, "--store", "store", "--out", "."])
        assert found.exit_code == 0, found.output
        seen.append((found.stdout, (out / "roster.csv").read_bytes(), (out / "windows-open.csv").read_bytes()))
        assert {p.name for p in out.glob("*.png")} == {*(f"roster-week-{k}.png" for k in (1, 2, 3, 4)), "staffed.png", "waits.png"}
    assert seen[0] == seen[1]
    assert '"seconds": null' in seen[0][0]
    assert '"digest": ""' not in seen[0][0]
    assert seen[0][1].startswith(b"person,week,day,shift,window,from,to\n")
    assert all(f",{day}," in seen[0][1].decode() for day in DAYS[:5])
