"""A scenario compiled: hours, posts, seats, pools and routes as integers."""

from __future__ import annotations

from strategies import DAY, counter, prepared, scenario, second, shown, task

from simulation.plan import Plan
from simulation.routes import contract, predecessors
from simulation.scenario import Scenario


def plan_of(small: Scenario) -> Plan:
    return prepared(small)[0]


def posts(plan: Plan) -> list[str]:
    """Lines `window opens closes last_call person`."""
    return [
        f"{plan.windows[p['window']]} {shown(p['opens'])} {shown(p['closes'])} {shown(p['last_call'])} {plan.persons[p['person']]}"
        for p in plan.posts
    ]


def test_the_horizon_counts_working_days() -> None:
    """Five working days from Friday 31 March 2023 end with Friday 7 April: weekend and Qingming (5 April) between."""
    plan = plan_of(scenario(start="2023-03-31", days=5))
    assert plan.days == 10 - 2 + 2  # until Monday 10 April, exclusive
    assert plan.window == (0, 10 * DAY)
    assert [d for d, row in enumerate(plan.site_open[0]) if row] == [0, 3, 4, 6, 7]


def test_a_saturday_is_open_only_where_it_says_so_and_is_no_working_day() -> None:
    plan = plan_of(scenario(site={"saturday": ["9:00-12:00"]}, days=7))
    assert plan.site_hours[0][5] == (second("5 9:00"), second("5 12:00"))
    assert plan.site_hours[0][6] == (0, 0)
    assert not plan.calendar.is_working(5)


def test_a_make_up_saturday_keeps_the_hours_of_a_working_day() -> None:
    """23 April 2023 is a Sunday worked in exchange."""
    plan = plan_of(scenario(start="2023-04-21", days=2))
    assert plan.site_hours[0][2] == (second("2 9:00"), second("2 17:00"))


def test_a_post_serves_until_its_end_and_calls_until_the_overrun() -> None:
    plan = plan_of(scenario(site={"overrun": "40 min"}))
    assert posts(plan) == ["W1 9:00 12:00 12:40 of-W1", "W1 13:00 17:00 17:40 of-W1"]
    home = plan_of(scenario(site={"closing": "send_home", "overrun": "40 min"}))
    assert posts(home) == ["W1 9:00 12:00 12:00 of-W1", "W1 13:00 17:00 17:00 of-W1"]


def test_people_sit_at_their_own_window_first_then_at_the_first_free_one_they_can_serve() -> None:
    small = scenario(windows={"W1": "a", "W2": "a b", "W3": "b"})
    own = small.centre.staff
    shifts = {name: person.model_copy(update={"window": None}) for name, person in own.items() if name != "of-W3"}
    staff = {"float": shifts["of-W2"], "clerk": shifts["of-W1"], "of-W3": own["of-W3"]}
    plan = plan_of(small.model_copy(update={"centre": small.centre.model_copy(update={"staff": staff})}))
    morning = {line.split()[0]: line.split()[-1] for line in posts(plan) if " 9:00 " in line}
    assert morning == {"W1": "float", "W3": "of-W3", "W2": "clerk"}


def test_a_post_serves_what_the_window_accepts_and_the_person_may_do() -> None:
    small = scenario(windows={"W1": "a b"}, staff={"skills": ["b"]})
    plan = plan_of(small)
    assert [{plan.classes[c][0] for c in served} for served in plan.post_classes] == [{"b"}, {"b"}]


def test_an_outage_takes_its_hours_out_of_windows_and_pools() -> None:
    outage = {"department": "d", "first": "2023-03-06", "last": "2023-03-06", "hours": "10:00-14:00"}
    plan = plan_of(scenario(world={"outages": [outage]}, pools={"o": {"people": {"o": "1"}}}))
    assert [(shown(p["opens"]), shown(p["closes"])) for p in plan.posts] == [("9:00", "10:00"), ("14:00", "17:00")]
    assert [(shown(p["opens"]), shown(p["closes"])) for p in plan.pool_open] == [("9:00", "10:00"), ("14:00", "17:00")]


def test_a_hall_share_gives_the_first_part_of_each_interval() -> None:
    plan = plan_of(scenario(pools={"o": {"people": {"o": "1"}, "hall_share": "0.5"}}))
    assert [(shown(p["opens"]), shown(p["closes"])) for p in plan.pool_open] == [("9:00", "10:30"), ("13:00", "15:00")]


def test_training_fades_from_its_start() -> None:
    """Factor 1.4 fading over 10 days: 1 + 0.4 exp(-0.0375) = 1.385 at 9:00 of day 0, 1 + 0.4 exp(-1.0375) = 1.142 ten days on."""
    plan = plan_of(scenario(staff={"training": {"start": "1.4", "fades_over": "10 d"}, "wrong_acceptance": "0.5"}, days=9))
    paces = {int(p["opens"]): (int(p["pace"]), int(p["wrong"])) for p in plan.posts}
    first, later = paces[second("9:00")], paces[second("10 9:00")]
    assert (first[0], later[0]) == (1385, 1142)
    assert abs(later[1] / first[1] - 0.3679) < 0.001


def test_runs_leave_on_working_days_and_arrive_on_the_next_when_told_so() -> None:
    runs = [{"leaves": "11:30", "arrives": "13:30"}, {"leaves": "16:30", "arrives": "9:05"}]
    plan = plan_of(scenario(start="2023-03-10", days=2, site={"transfers": runs}))
    assert [(shown(a), shown(b)) for a, b in plan.runs[0][:3].tolist()] == [("11:30", "13:30"), ("16:30", "3 9:05"), ("3 11:30", "3 13:30")]


def test_a_route_is_a_graph_with_its_joins() -> None:
    route = {
        "accept": counter("a"),
        "one": task("o", after=["accept"]),
        "two": task("o", after=["accept"]),
        "join": task("o", after=["one", "two"], decides=True),
    }
    routes = plan_of(scenario(route=route, pools={"o": {"people": {"o": "1"}}})).routes
    assert routes.names == ("accept", "one", "two", "join")
    assert routes.successors == ((1, 2), (3,), (3,), ())
    assert routes.steps["npred"].tolist() == [0, 1, 1, 2]
    assert routes.works[1][0][0] == "x/work-o"


def test_online_the_first_counter_is_a_task_and_paper_does_not_travel() -> None:
    route = {"accept": counter("a"), "pay": counter("a"), "inward": {"kind": "transfer"}, "review": task("o", decides=True)}
    item = {"online": {"pool": "o", "factor": "0.5"}}
    routes = plan_of(scenario(route=route, pools={"o": {"people": {"o": "1"}}}, item=item)).routes
    online = slice(routes.first[1], routes.first[2])
    assert routes.names[online] == ("accept", "review")
    assert routes.works[routes.first[1]][0][2] == 500


def test_contracting_a_graph_keeps_who_waits_for_whom() -> None:
    before = {"a": (), "t": ("a",), "b": ("t",), "c": ("t", "a")}
    assert contract(before, {"t"}) == {"a": (), "b": ("a",), "c": ("a",)}


def test_a_step_follows_the_one_listed_before_it() -> None:
    small = scenario(route={"accept": counter("a"), "review": task("o"), "free": task("o", after=[])}, pools={"o": {"people": {"o": "1"}}})
    assert predecessors(small.centre.items["x"].route) == {"accept": (), "review": ("accept",), "free": ()}


def test_weekday_factors_and_breaks_shape_demand() -> None:
    """Friday 28 April 2023 0.8; Labour Day closes from Saturday to Wednesday; Thursday 4 May is the first day back: 1.1 x 2."""
    world = {"weekday": ["1.2", "1", "1", "1.1", "0.8"], "after_break": "2"}
    plan = plan_of(scenario(needs={"n": {"rate": "10 per day"}}, world=world, start="2023-04-28", days=3))
    assert plan.demand[0].mean.round(9).tolist() == [8.0, 0, 0, 0, 0, 0, 22.0, 8.0][: plan.days]


def test_arrivals_stay_inside_the_half_hours_that_are_listed() -> None:
    """0.4 from 9:00, 0.1 from 11:00, 0.5 from 13:00: nobody between 9:30 and 11:00 nor over lunch."""
    edges, cumulative = plan_of(scenario()).demand[0].profile
    at = dict(zip((edges / 3600).tolist(), cumulative.round(9).tolist(), strict=True))
    assert at == {0.0: 0.0, 9.0: 0.0, 9.5: 0.4, 11.0: 0.4, 11.5: 0.5, 13.0: 0.5, 13.5: 1.0}
