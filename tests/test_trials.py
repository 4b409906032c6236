"""Trials 试点: tried for a time, then rolled out or stopped, measured against launching at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from strategies import branched, calendar, counter, scenario, task
from test_transition import at_times

from simulation.experiment import Experiment, Trial, calendar_for, variants_of
from simulation.reforms import apply
from simulation.transition import compile_stages
from simulation.verbs import Settings, compare, load, load_experiment, load_reform


def trial(**trials: dict[str, Any]) -> Experiment:
    """The questions of the tiny hall about delegation, in transition, with trials of it."""
    kept = load_experiment("tiny-questions").model_dump(by_alias=True)
    kept |= {"view": "transition", "reforms": ("tiny-delegate",), "headline": (), "stresses": (), "bundles": {}, "trials": trials}
    return Experiment.model_validate(kept)


STOP = {"first": ["tiny-delegate"], "after_wd": "2"}
ROLL_OUT = {**STOP, "then": ["tiny-delegate"]}


def test_a_trial_runs_from_the_window_and_ends_after_its_working_days() -> None:
    """Warm-up 2 working days from Monday 6 March: the trial begins on Wednesday 8 and is decided after Thursday, on Friday 10, day 4."""
    baseline = load("tiny")
    found = {
        v.name: v for v in variants_of(trial(stop=STOP), baseline, lambda s, names: apply(s, *map(load_reform, names)), lambda s, _: s)
    }
    plan = found["stop"].plan(calendar_for(baseline, baseline.horizon), baseline.horizon)
    assert [s.at // 86_400 for s in plan.successions] == [2, 4]
    assert found["stop"].scenario == baseline
    assert found["tiny-delegate"].trial is None


def test_a_trial_rolled_out_as_it_was_is_a_launch_and_one_stopped_lies_between(tmp_path: Path) -> None:
    """The share decided on the spot: nobody delegates today; a stopped trial delegates for two days of the window's five."""
    asked = trial(stop=STOP, roll=ROLL_OUT)
    result = compare(asked, Settings(replications=3, store=tmp_path, workers=1))
    today, launch, stop, roll = (
        float(result.row(name, "lead_wd", "item:trade-licence")["value"]) for name in ("tiny", "tiny-delegate", "stop", "roll")
    )
    assert roll == launch
    assert launch < stop < today


def test_a_trial_is_a_way_from_today() -> None:
    kept = load_experiment("tiny-questions").model_dump(by_alias=True)
    with pytest.raises(ValidationError, match="the view is `transition`"):
        Experiment.model_validate({**kept, "view": "steady", "trials": {"t": STOP}})
    with pytest.raises(ValidationError, match="a trial tries something for a time"):
        trial(t={"first": [], "after_wd": "2"})


def test_the_parts_of_a_trial_are_those_that_stay() -> None:
    asked = trial(stop=STOP, roll={"first": ["tiny-delegate"], "after_wd": "2", "then": ["tiny-one-window"]})
    assert asked.names == ("tiny-delegate", "stop", "roll")
    assert asked.parts("stop") == ("tiny-delegate",)
    assert asked.parts("roll") == ("tiny-one-window",)
    assert Trial.model_validate(STOP).then == ()


def test_a_branch_that_was_tried_leaves_its_files_to_the_hall() -> None:
    """The branch is open on day 1. Case 0 was accepted in the hall and collects there; case 1 is accepted at the branch and decided the
    same day; from day 2 on the branch is shut, and its result is collected in the hall.
    """
    route = {"accept": counter("a"), "review": task("p", decides=True)}
    item = {"delivery": {"queue": "a", "collect": "1", "touch": {"constant": "5 min"}}}
    plain = scenario(route=route, item=item, pools={"p": {"people": {"p": "1"}}}, days=4)
    both = branched(plain, {"B1": "a"}, {"north": ("1", "40 min", "5 min")})
    plain = plain.model_copy(update={"world": both.world})
    plan = compile_stages([(0, plain), (1, both), (2, plain)], calendar())
    log = at_times(plan, ("0 9:00",), ("1 9:00",), ("2 9:00",))
    places = log.events[log.events["kind"] == "service"].astype(object).sort_values(["case", "visit"])
    assert places[["case", "site"]].to_numpy().tolist() == [
        [0, "hall"], [0, "hall"], [1, "branch"], [1, "hall"], [2, "hall"], [2, "hall"],
    ]  # fmt: skip
