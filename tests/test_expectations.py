"""The claims of the reform library are tried: every `expect:` line is confirmed by the paired interval, or this fails."""

from pathlib import Path

import pandas as pd
import pytest

from simulation.expectations import SAME, question_of, verdicts
from simulation.experiment import Experiment, Replications
from simulation.reforms import Expectation
from simulation.result import Evidence, Result
from simulation.scenario import Horizon
from simulation.units import Count, WorkingDays
from simulation.verbs import Settings, compare, load_reform

LIBRARY = Path(__file__).parents[1] / "scenarios" / "reforms"
REFORMS = tuple(load_reform(path) for path in sorted(LIBRARY.glob("*.yaml")))
SHORT = Horizon(warm_up_wd=WorkingDays(4), window_wd=WorkingDays(8), run_out_wd=WorkingDays(6))
"""The horizon of these claims in working days; shorter than that of a study, with the same citizens."""
FRESH = 31
"""A seed that nobody looked at when the claims were written."""
PILOT = {"tiny": 12, "district-hall": 6}


def judged(baseline: str, store: Path, replications: int) -> Result:
    """Compare all reforms of one baseline that claim something, in one experiment."""
    chosen = [r for r in REFORMS if r.baseline == baseline and r.expect]
    first = question_of(chosen[0], chosen[0].name)
    experiment = Experiment(
        kind="experiment",
        name="claims",
        title=first.title,
        question=first.question,
        baseline=baseline,
        reforms=tuple(r.name for r in chosen),
        measures=tuple(dict.fromkeys(claim.measure for r in chosen for claim in r.expect)),
        horizon=SHORT,
        seed=Count(FRESH),
        replications=Replications(pilot=Count(replications), cap=Count(replications)),
    )
    return compare(experiment, Settings(store=store, workers=2))


def test_every_reform_of_the_library_claims_something() -> None:
    assert [r.name for r in REFORMS if not r.expect] == []
    assert [r.name for r, path in zip(REFORMS, sorted(LIBRARY.glob("*.yaml")), strict=True) if r.name != path.stem] == []


@pytest.mark.timeout(2400)
@pytest.mark.parametrize("baseline", PILOT)
def test_what_authors_expect_is_confirmed(baseline: str, tmp_path: Path) -> None:
    found = verdicts(judged(baseline, tmp_path, PILOT[baseline]), [r for r in REFORMS if r.baseline == baseline])
    wrong = [f"{v.reform}: {v.claim.measure} {v.claim.group} {v.claim.direction}: {v.found}, {v.low} .. {v.high}" for v in found]
    assert [text for text, v in zip(wrong, found, strict=True) if v.found != "confirmed"] == []
    assert len(found) == sum(len(r.expect) for r in REFORMS if r.baseline == baseline)


def judge(direction: str, low: float | None, high: float | None, baseline: float = 10.0, identical: bool = False) -> str:
    """How a claim about a mean is judged, given the interval of its difference and the baseline's value."""
    reform = load_reform("tiny-delegate").model_copy(
        update={"expect": (Expectation.model_validate({"measure": "lead_wd", "direction": direction}),)}
    )
    common = {"measure": "lead_wd", "group": "all", "stress": "none", "baseline": "tiny", "identical": identical}
    difference = {"difference": None if low is None else 0.0, "difference_low": low, "difference_high": high}
    rows = ({**common, "scenario": "tiny", "value": baseline}, {**common, "scenario": reform.name, "value": 0.0, **difference})
    result = Result(rows, pd.DataFrame(), Evidence(0, 0, 0), {})
    return verdicts(result, [reform])[0].found


@pytest.mark.parametrize(
    ("direction", "low", "high", "said"),
    [
        ("lower", -2.0, -1.0, "confirmed"), ("lower", 1.0, 2.0, "contradicted"), ("lower", -1.0, 1.0, "not resolved"),
        ("higher", 1.0, 2.0, "confirmed"), ("higher", -2.0, -1.0, "contradicted"), ("higher", -1.0, 1.0, "not resolved"),
        ("lower", -1.0, 0.0, "not resolved"), ("higher", None, None, "not resolved"),
        ("same", -0.5, 0.5, "confirmed"), ("same", -0.6, 0.1, "not resolved"), ("same", 0.6, 0.7, "contradicted"),
    ],
)  # fmt: skip
def test_a_claim_is_judged_by_the_interval_of_its_difference(direction: str, low: float | None, high: float | None, said: str) -> None:
    """`same` means within 5 per cent of the baseline's value, here 10: within half a day."""
    assert SAME == 0.05
    assert judge(direction, low, high) == said


def test_a_claim_of_change_is_contradicted_where_nothing_changes() -> None:
    assert [judge(d, 0.0, 0.0, identical=True) for d in ("lower", "higher", "same")] == ["contradicted", "contradicted", "confirmed"]


def test_what_was_not_measured_is_not_resolved() -> None:
    reform = load_reform("tiny-delegate")
    assert {v.found for v in verdicts(Result((), pd.DataFrame(), Evidence(0, 0, 0), {}), [reform])} == {"not resolved"}


def test_a_reform_alone_is_asked_what_its_author_claims(tmp_path: Path) -> None:
    reform = load_reform("tiny-delegate")
    result = compare(question_of(reform, reform.name), Settings(None, 6, 4, store=tmp_path, workers=1))
    assert [v.found for v in verdicts(result, [reform])] == ["confirmed"] * len(reform.expect)
    assert result.row(reform.name, "lead_wd", "item:trade-licence")["simultaneous"]
