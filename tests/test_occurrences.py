"""Who is better and who worse off: thresholds and open cases by hand, a true null, and what a second more does."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_log import at, case, small_log, ticket, waits

from simulation.experiment import Variant, with_days
from simulation.occurrences import NULL, Aspect, Fates, OccurrenceTask, counted, fates, moved, null_change, shares
from simulation.scenario import seasoned
from simulation.verbs import load


def made(
    wait: list[int], trips: list[int], lead: list[int], open_: list[bool], gone: list[bool], numbers: list[int] | None = None
) -> Fates:
    keys = np.array([("n", k) for k in numbers or range(len(wait))], dtype=[("need", "U80"), ("number", "i8")])
    group = np.array(["firm"] * len(wait), dtype=object)
    return Fates(keys, group, np.array(wait), np.array(trips), np.array(lead), np.array(open_), np.array(gone))


def sides(a: Fates, b: Fates, aspect: Aspect) -> list[int | None]:
    """-1 better, 1 worse, 0 neither, None not told."""
    _, side, known = moved(a, b, aspect)
    return [int(s) if k else None for s, k in zip(side, known, strict=True)]


def test_the_fate_of_an_occurrence_is_summed_over_its_visits() -> None:
    """Citizen 1 waits 10 minutes, comes again on day 2 and waits 5, decided on day 3; citizen 2 leaves after 20 minutes and gives up."""
    events = [
        ticket(1, at(0, "9:00"), at(0, "9:10"), at(0, "9:20")),
        ticket(1, at(2, "9:00"), at(2, "9:05"), at(2, "9:20"), visit=2),
        waits(2, at(0, "10:00"), at(0, "10:20"), "left"),
    ]
    cases = [
        case(1, at(0, "9:10"), at(3, "10:00"), arrived=at(0, "9:00")),
        case(2, None, None, arrived=at(0, "10:00"), outcome="withdrawn"),
    ]
    found = fates(small_log(events, cases, horizon=at(10, "0:00")))
    assert found.keys["number"].tolist() == [1, 2] and found.group.tolist() == ["firm", "firm"]
    assert found.wait.tolist() == [15 * 60, 20 * 60] and found.trips.tolist() == [2, 1]
    assert found.lead[0] == 3 and found.gone.tolist() == [False, True] and not found.open[0]


def test_somebody_is_better_or_worse_off_from_the_threshold_on() -> None:
    a = made([600, 600, 600, 600], [1, 1, 2, 1], [3, 3, 3, 3], [False] * 4, [False] * 4)
    b = made([300, 301, 900, 899], [1, 2, 1, 1], [2, 3, 4, 3], [False] * 4, [False] * 4)
    assert sides(a, b, "wait") == [-1, 0, 1, 0]
    assert sides(a, b, "trips") == [0, 1, -1, 0]
    assert sides(a, b, "lead") == [-1, 0, 1, 0]


def test_occurrences_are_paired_by_need_and_number_and_not_by_place() -> None:
    a = made([0, 600], [1, 1], [0, 0], [False] * 2, [False] * 2, numbers=[3, 7])
    b = made([0, 9000], [1, 1], [0, 0], [False] * 2, [False] * 2, numbers=[7, 9])
    assert sides(a, b, "wait") == [-1]


def test_an_open_case_is_told_only_where_its_lead_so_far_suffices() -> None:
    """Open before: at least 5. Decided after 3 is better, after 7 may be either. Open after at 9: worse than 5. Both open: not told."""
    a = made([0] * 4, [1] * 4, [5, 5, 5, 5], [True, True, False, True], [False] * 4)
    b = made([0] * 4, [1] * 4, [3, 7, 9, 9], [False, False, True, True], [False] * 4)
    assert sides(a, b, "lead") == [-1, None, 1, None]


def test_what_is_open_may_wait_come_and_give_up_still() -> None:
    """Open before after 600 s and two trips: less later is better, more may be either. Open after: more already is worse. Gone is final."""
    a = made([600, 600, 600, 600], [2, 2, 1, 1], [5] * 4, [True, True, False, False], [False] * 4)
    b = made([100, 900, 900, 100], [1, 3, 2, 1], [5] * 4, [False, False, True, True], [False] * 4)
    assert sides(a, b, "wait") == [-1, None, 1, None]
    assert sides(a, b, "trips") == [-1, None, 1, None]
    assert sides(a, b, "served") == [None] * 4
    assert sides(made([0], [1], [0], [True], [True]), made([0], [1], [0], [False], [False]), "served") == [-1]


def test_who_gives_up_counts_as_given_up_and_not_as_waiting_less() -> None:
    a = made([3600, 3600, 0], [1] * 3, [5] * 3, [False] * 3, [False, True, False])
    b = made([0, 0, 0], [1] * 3, [1] * 3, [False] * 3, [True, False, False])
    assert sides(a, b, "served") == [1, -1, 0]
    assert sides(a, b, "wait") == [0]


def test_a_true_null_moves_nobody_and_a_second_more_only_a_few() -> None:
    """The same scenario again has the same log; a second at every counter re-routes chance for less than one errand in twenty."""
    scenario = seasoned(load("tiny"))
    same, null = Variant("same", "none", scenario), Variant(NULL, "none", null_change(scenario))
    horizon = with_days(scenario.horizon, 5)
    counts = pd.DataFrame(counted(OccurrenceTask((same, same, null), horizon, 1, 0)))
    again, chance = (counts[(counts["scenario"] == name) & (counts["group"] == "all")] for name in ("same", NULL))
    assert again["total"].sum() == 0 and (again["n"] > 200).all()
    assert (chance["total"] < 0.05 * chance["n"]).all()


def test_the_null_change_is_one_second_more_for_each_work_and_nothing_else() -> None:
    before = load("tiny")
    after = null_change(before)
    without = {name: item.model_copy(update={"route": {}}) for name, item in before.centre.items.items()}
    assert {name: item.model_copy(update={"route": {}}) for name, item in after.centre.items.items()} == without
    assert before.world == after.world and before.centre.pools == after.centre.pools
    laws = [s.centre.items["trade-licence"].route["accept"].work["accept"] for s in (before, after)]
    assert laws[1].median == 12 * 60 + 1 and laws[0].sigma == laws[1].sigma
    signs = [s.centre.items["trade-licence"].route["sign"].work["sign"] for s in (before, after)]
    assert [float(law.value) for law in signs] == [120, 121]


def counts(measure: str, scenario: str, totals: tuple[float, ...], open_: float = 0.0) -> list[dict[str, object]]:
    return [
        {"scenario": scenario, "stress": "none", "replication": k % 2, "measure": measure, "group": "all", "total": total, "n": 100.0,
         "open": open_}
        for k, total in enumerate(totals)
    ]  # fmt: skip


def test_a_share_stands_beside_the_mean_null_of_its_own_group_and_the_net_of_both_sides() -> None:
    """30 of 100 and 20 of 100 worse under the reform; 4 and 8 under one second more, none under one less: 25 %, 3 %, and 22 points apart.
    Better are 35 and 25: net 5 points in both replications. Of 125 in a replication 25 are open: a fifth.
    """
    rows = [
        *counts("wait worse", "a", (30.0, 20.0), 25.0), *counts("wait better", "a", (35.0, 25.0), 25.0),
        *counts("wait worse", NULL, (4.0, 8.0, 0.0, 0.0)), *counts("wait better", NULL, (0.0,) * 4),
    ]  # fmt: skip
    found, _ = shares(pd.DataFrame(rows), [0, 1])
    assert (found.reform, found.aspect, found.side, found.cases, found.untold) == ("a", "wait", "worse", 100, pytest.approx(0.2))
    assert (found.share.value, found.null.value, found.beyond.value) == pytest.approx((0.25, 0.03, 0.22))
    assert found.net.value == pytest.approx(0.05)


def test_bounds_count_all_that_is_open_on_one_side_or_on_the_other() -> None:
    """Of 250 errands in two replications 50 are open. Worse: 50 told, so 50 / 250 at least and 100 / 250 at most. Better: 60, so 60 / 250
    and 110 / 250. Net: 10 told, and 50 more or less, of 250. The told share 50 / 200 lies between.
    """
    rows = [
        row for name in ("a", NULL)
        for row in (*counts("lead worse", name, (30.0, 20.0), 25.0), *counts("lead better", name, (35.0, 25.0), 25.0))
    ]  # fmt: skip
    worse, better = shares(pd.DataFrame(rows), [0, 1])
    assert (worse.least, worse.most, better.least, better.most) == pytest.approx((0.2, 0.4, 0.24, 0.44))
    assert (worse.net_least, worse.net_most) == (better.net_least, better.net_most) == pytest.approx((-0.16, 0.24))
    assert worse.share.value is not None and worse.least < worse.share.value < worse.most


def test_a_second_less_moves_back_and_never_below_zero() -> None:
    before = load("tiny")
    assert null_change(null_change(before), -1.0).centre.items["trade-licence"].route == before.centre.items["trade-licence"].route
    sign = null_change(before, -500.0).centre.items["trade-licence"].route["sign"].work["sign"]
    assert float(sign.value) == 120


def test_the_store_is_left_alone(tmp_path: Path) -> None:
    from simulation.occurrences import better_and_worse
    from simulation.verbs import Settings, load_experiment

    experiment = load_experiment("tiny-questions")
    found = better_and_worse(experiment, load("tiny"), Settings(replications=2, days=1, workers=1, store=tmp_path))
    assert {s.reform for s in found} == {"tiny-one-time-notice"} and not [*tmp_path.iterdir()]
