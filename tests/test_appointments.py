"""Appointments: who books comes evenly over their hours and is called before who just comes."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from strategies import DAY, prepared, scenario, scenarios, second, told

from simulation.draws import Citizens
from simulation.engines import simulate
from simulation.scenario import Scenario

HOURS = {"appointments": ["9:30-11:00", "14:00-15:00"]}


def arrivals(books: str, no_show: str = "0", days: int = 4, **fields: object) -> Citizens:
    """Those who come to a hall of 200 a day that gives appointments."""
    small = scenario(
        needs={"n": {"rate": "200 per day", **fields}}, site=HOURS, responses={"books": books, "no_show": no_show}, days=days
    )  # fmt: skip
    return prepared(small)[1].citizens[0]


def test_who_has_an_appointment_is_called_before_who_just_comes_and_after_who_goes_first() -> None:
    """W1 serves case 0 9:00-9:10. Then wait: case 1 (9:01, just came), case 2 (9:02, by appointment), case 3 (9:03, goes first by right),
    case 4 (9:04, by appointment): 3, 2, 4, 1.
    """
    small = scenario(needs={"n": {}, "old": {"priority": "first"}}, responses={"books": "0"}, site=HOURS)
    plan, draws = prepared(small)
    times = [np.array([second(t) for t in row]) for row in (("9:00", "9:01", "9:02", "9:04"), ("9:03",))]
    booked = (np.array([False, False, True, True]), np.array([False]))
    draws.citizens = tuple(
        Citizens(t // DAY, np.arange(len(t)), t, np.zeros(len(t), dtype=bool), np.ones(len(t), dtype=np.int64), b)
        for t, b in zip(times, booked, strict=True)
    )
    assert told(simulate(plan, draws).validate(), "service") == [
        "0 | service | serve | 9:00 | 9:00 | 9:10 | W1 | done",
        "1 | service | serve | 9:01 | 9:40 | 9:50 | W1 | done",
        "2 | service | serve | 9:02 | 9:20 | 9:30 | W1 | done",
        "3 | service | serve | 9:03 | 9:10 | 9:20 | W1 | done",
        "4 | service | serve | 9:04 | 9:30 | 9:40 | W1 | done",
    ]


def test_who_books_comes_evenly_over_the_appointment_hours_of_his_day() -> None:
    """Of 2.5 hours the first interval has 60 per cent; the others keep second and number."""
    none, some = arrivals("0"), arrivals("0.5")
    assert some.booked is not None
    assert 0.4 < some.booked.mean() < 0.6
    clock = some.arrives[some.booked] % DAY
    morning = (clock >= second("9:30")) & (clock < second("11:00"))
    assert (morning | ((clock >= second("14:00")) & (clock < second("15:00")))).all()
    assert 0.5 < morning.mean() < 0.7
    assert (none.arrives // DAY == some.arrives // DAY).all()
    assert (none.arrives[~some.booked] == some.arrives[~some.booked]).all()
    order = np.lexsort((some.arrives % DAY, none.arrives % DAY))
    assert (np.diff(some.arrives[order][some.booked[order]] % DAY) >= 0).all()  # who comes early books early


def test_who_misses_his_appointment_comes_on_another_day_at_his_usual_time_and_just_comes() -> None:
    """`comes_back_wd` is one working day: everybody comes a day later, Friday's on Monday; the last beyond the horizon."""
    usual, missed = arrivals("0", days=5), arrivals("1", "1", days=5)
    assert missed.booked is not None and not missed.booked.any()
    friday = usual.day == 4
    assert (missed.arrives == usual.arrives + np.where(friday, 3, 1) * DAY)[~friday].all()
    assert (missed.arrives[friday] // DAY == 7).all()
    assert (missed.day == usual.day).all()


def test_where_there_are_no_appointment_hours_nobody_books() -> None:
    """On the open Saturday the hall shuts at 9:30, when appointments begin."""
    small = scenario(
        needs={"n": {"rate": "100 per day", "saturday": "1"}}, site={**HOURS, "saturday": ["9:00-9:30"]}, responses={"books": "1"}, days=6
    )
    people = prepared(small)[1].citizens[0]
    assert people.booked is not None and (people.booked == (people.day != 5)).all() and (people.day == 5).any()


@settings(max_examples=15, deadline=None)
@given(scenarios())
def test_who_may_book_and_does_not_changes_nothing(small: Scenario) -> None:
    """The negative control: an offer that nobody takes up is no offer."""

    nobody = small.world.responses.model_copy(update={"books": type(small.world.responses.books)(0)})
    small = small.model_copy(update={"world": small.world.model_copy(update={"responses": nobody})})
    sites = {n: s.model_copy(update={"appointments": ()}) for n, s in small.centre.sites.items()}
    without = small.model_copy(update={"centre": small.centre.model_copy(update={"sites": sites})})
    assert simulate(*prepared(small)).digest() == simulate(*prepared(without)).digest()
