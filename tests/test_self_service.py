"""A machine in the hall: simple cases leave the counter, and what remains there is harder. Whole small logs by hand."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from strategies import counter, prepared, run, scenario, scenarios, second, told

from simulation.engines import simulate
from simulation.scenario import Scenario

KIOSK = {"self_service": {"queue": "kiosk", "factor": "1.5"}}


def hall(share: str, misrouted: str = "0") -> Scenario:
    """A short item (4 minutes, 6 at the machine) and a long one (20 minutes) at one window, and a machine that is on from 9:00 to 9:12."""
    items = {"short": {"route": {"serve": counter("a", "4 min", decides=True)}, **KIOSK}}
    items["long"] = {"route": {"serve": counter("a", "20 min", decides=True)}}
    return scenario(
        items=items,
        needs={"s": {"items": ["short"]}, "l": {"items": ["long"]}},
        machines={"K1": "kiosk"},
        shifts={"K1": "9:00-9:12"},
        responses={"self_service": share, "misrouted": {"desk": "0", "none": misrouted}},
    )


def test_who_takes_the_machine_is_served_there_at_its_own_pace() -> None:
    """Three short cases at 9:00, 9:01, 9:12: six minutes each at K1, 9:00-9:06, 9:06-9:12; the third comes when it is off and waits all
    day. The long case has W1 for itself.
    """
    assert told(run(hall("1"), s="9:00, 9:01, 9:12", l="9:02"), "service", "queue") == [
        "0 | service | serve | 9:00 | 9:00 | 9:06 | K1 | done",
        "1 | service | serve | 9:01 | 9:06 | 9:12 | K1 | done",
        "2 | service | serve | 9:02 | 9:02 | 9:22 | W1 | done",
        "3 | queue | serve | 9:12 | - | 17:00 | kiosk | interrupted",
    ]


def test_without_uptake_everybody_stands_at_the_counter() -> None:
    """4 minutes each, then the long one: the mean service at W1 is (4 + 4 + 20) / 3 minutes, where with the machine it was 20."""
    assert told(run(hall("0"), s="9:00, 9:01", l="9:02"), "service", "queue") == [
        "0 | service | serve | 9:00 | 9:00 | 9:04 | W1 | done",
        "1 | service | serve | 9:01 | 9:04 | 9:08 | W1 | done",
        "2 | service | serve | 9:02 | 9:08 | 9:28 | W1 | done",
    ]


def test_nobody_stands_at_a_machine_by_mistake() -> None:
    """Everybody's first ticket is for a wrong queue, and there is none but the machine's."""
    assert told(run(hall("0", misrouted="1"), l="9:00"), "service") == ["0 | service | serve | 9:00 | 9:00 | 9:20 | W1 | done"]
    assert told(run(hall("1", misrouted="1"), s="9:00"), "service") == ["0 | service | serve | 9:00 | 9:00 | 9:06 | K1 | done"]


def test_who_takes_the_machine_books_nothing() -> None:
    """Half of all take the machine and come at their ordinary times; all others come by appointment between 14:00 and 15:00."""
    answers = {"self_service": "0.5", "books": "1", "no_show": "0"}
    items = {"x": {"route": {"serve": counter("a", decides=True)}, **KIOSK}}
    fields: dict[str, Any] = {"items": items, "needs": {"n": {"rate": "60 per day"}}, "machines": {"K1": "kiosk"}, "responses": answers}
    plan, draws = prepared(scenario(site={"appointments": ["14:00-15:00"]}, **fields))
    _, ordinary = prepared(scenario(**fields))
    [people], [usual] = draws.citizens, ordinary.citizens
    assert people.booked is not None and 15 < people.booked.sum() < len(people.number) - 15
    assert (people.arrives[~people.booked] == usual.arrives[~people.booked]).all()
    assert ((people.arrives[people.booked] >= second("14:00")) & (people.arrives[people.booked] < second("15:00"))).all()
    log = simulate(plan, draws)
    at_machine = log.events.loc[log.events["queue"] == "kiosk", "case"]
    numbers = log.cases.loc[log.cases["case"].isin(at_machine), "number"] % 10_000_000
    assert sorted(numbers) == sorted(people.number[~people.booked])


@settings(max_examples=8, deadline=None)
@given(scenarios())
def test_a_machine_that_nobody_takes_changes_nothing(small: Scenario) -> None:
    """The negative control, but for the table of duty, where the machine stands."""
    nobody = small.world.responses.model_copy(update={"self_service": type(small.world.responses.books)(0)})
    small = small.model_copy(update={"world": small.world.model_copy(update={"responses": nobody})})
    items = {n: i.model_copy(update={"self_service": None}) for n, i in small.centre.items.items()}
    without = small.model_copy(update={"centre": small.centre.model_copy(update={"items": items})})
    one, other = (simulate(*prepared(s)) for s in (small, without))
    assert one.events.equals(other.events) and one.cases.equals(other.cases)
