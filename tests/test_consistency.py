"""A scenario that contradicts itself is refused with all its contradictions; load above capacity is told, not refused."""

from pathlib import Path

import pytest
from pydantic import TypeAdapter

from simulation.consistency import problems, warnings
from simulation.distributions import Distribution
from simulation.errors import Problem
from simulation.files import find, load_model, read
from simulation.scenario import Scenario
from simulation.units import Interval, Rate
from simulation.workload import away_share, unseated

BAD = sorted((Path(__file__).parent / "bad").glob("scenario-*.yaml"))


@pytest.fixture(scope="module")
def tiny() -> Scenario:
    return load_model(find("tiny", "baselines"), Scenario)


def text(found: list[Problem]) -> str:
    return "\n".join(f"{p.rule}; {p.remedy}" for p in found)


def test_the_tiny_hall_contradicts_nothing_and_has_capacity(tiny: Scenario) -> None:
    assert problems(tiny) == []
    assert warnings(tiny) == []


@pytest.mark.parametrize("path", BAD, ids=lambda p: p.stem)
def test_a_contradiction_is_refused_in_the_words_of_its_file(path: Path) -> None:
    words = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# error: ")
    found = problems(load_model(path, Scenario))
    assert words in text(found)


def test_each_bad_file_breaks_one_thing_so_that_its_words_prove_its_rule() -> None:
    assert len(BAD) >= 25
    for path in BAD:
        rules = {p.rule for p in problems(load_model(path, Scenario)) if "source" not in p.rule}
        assert len(rules) <= 2, (path.stem, rules)


def test_a_problem_is_shown_with_file_and_line() -> None:
    path = next(p for p in BAD if p.stem == "scenario-promise-beyond-the-law")
    document = read(path)
    [found] = problems(load_model(path, Scenario), document.where)
    line = next(n for n, row in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if "promise_wd" in row)
    assert found.where.endswith(f"{path.name}:{line}: centre.items.permit.promise_wd")


def test_all_contradictions_come_back_at_once(tiny: Scenario) -> None:
    trade = tiny.world.needs["start-trade"].model_copy(update={"group": "firmen", "profile": "peaks"})
    licence = tiny.centre.items["trade-licence"].model_copy(update={"promise_wd": 25})
    wrong = tiny.model_copy(
        update={
            "world": tiny.world.model_copy(update={"needs": {**tiny.world.needs, "start-trade": trade}}),
            "centre": tiny.centre.model_copy(update={"items": {**tiny.centre.items, "trade-licence": licence}}),
        }
    )
    assert [p.where for p in problems(wrong)] == [
        "centre.items.trade-licence.promise_wd",
        "world.needs.start-trade.group",
        "world.needs.start-trade.profile",
    ]


def test_a_law_of_chance_that_is_assumed_states_a_range_once() -> None:
    """Two parameters of one law: a range on either will do; a number that stands alone needs its own."""
    path = next(p for p in BAD if p.stem == "scenario-assumption-without-range")
    small = load_model(path, Scenario)
    need = small.world.needs["trade"].model_copy(update={"rate": Rate.parse("5 per day (4..6)")})
    mended = small.model_copy(update={"world": small.world.model_copy(update={"needs": {"trade": need}})})
    assert problems(small) and not problems(mended)


def test_load_above_capacity_is_a_warning_with_its_figure(tiny: Scenario) -> None:
    """300 a day at 9 min median (mean 10.2 min) with second contacts is 56 hours at one window of 7 hours: 8 times."""
    need = tiny.world.needs["prove-residence"].model_copy(update={"rate": Rate(300)})
    crowded = tiny.model_copy(update={"world": tiny.world.model_copy(update={"needs": {**tiny.world.needs, "prove-residence": need}})})
    assert problems(crowded) == []
    assert warnings(crowded) == ["queue `household`: 56.3 hours of work a day, 8.04 times its capacity of 7.0 hours"]


def test_a_start_on_a_day_off_is_allowed(tiny: Scenario) -> None:
    assert problems(tiny.model_copy(update={"start": tiny.start.replace(day=5)})) == []


def test_queues_that_share_their_windows_are_weighed_together(tiny: Scenario) -> None:
    """One window for both queues and one person: each queue alone fits into his seven hours, both together do not."""
    centre = tiny.centre
    both = centre.windows["W1"].model_copy(update={"queues": ("licence", "household")})
    anna = centre.staff["anna"].model_copy(update={"skills": ("licence", "household")})
    single = tiny.model_copy(update={"centre": centre.model_copy(update={"windows": {"W1": both}, "staff": {"anna": anna}})})
    assert [w.split("`")[1] for w in warnings(single)] == ["licence, household"]


def test_overlapping_spells_of_absence_are_counted_once() -> None:
    """Half of the days begin a spell of two days: present only if neither today nor yesterday began one, a quarter of the time."""
    law = TypeAdapter(Distribution).validate_python({"discrete": {"2": "1"}})
    assert away_share(0.5, law) == pytest.approx(0.75)


def test_who_finds_no_seat_is_named_with_whoever_has_it(tiny: Scenario) -> None:
    """Two officers hired at windows already manned: one has W1, which is anna's all day; the other has none, and W2 is bai's."""
    anna = tiny.centre.staff["anna"]
    hired = {"xia": anna, "yan": anna.model_copy(update={"window": None}), "zoe": anna.model_copy(update={"window": "W2"})}
    fuller = tiny.model_copy(update={"centre": tiny.centre.model_copy(update={"staff": {**tiny.centre.staff, **hired}})})
    assert problems(fuller) == []
    assert warnings(fuller) == [
        "window `W1` has `anna` in 9:00-12:00, 13:00-17:00; `xia` is never seated and not paid",
        "no window that `yan` can serve is free in 9:00-12:00, 13:00-17:00; `yan` is never seated and not paid",
        "window `W2` has `bai` in 9:00-12:00, 13:00-17:00; `zoe` is never seated and not paid",
    ]
    long = anna.model_copy(update={"shift": "late"})
    evening = tiny.centre.shifts["day"].model_copy(update={"working": tuple(map(Interval.parse, ("9:00-12:00", "17:00-18:00")))})
    later = tiny.centre.model_copy(
        update={"staff": {**tiny.centre.staff, "xia": long}, "shifts": {**tiny.centre.shifts, "late": evening}}
    )
    told = unseated(tiny.model_copy(update={"centre": later}))
    assert told == ["window `W1` has `anna` in 9:00-12:00; `xia` is not seated and not paid then"]
