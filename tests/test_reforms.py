"""Each kind of edit changes what its mechanism says and nothing else; what does not fit is refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from simulation.centre import Pool
from simulation.consistency import problems
from simulation.draws import make_draws
from simulation.engines import simulate
from simulation.errors import ReformRefused
from simulation.experiment import calendar_for
from simulation.files import find, load_model
from simulation.frozen import Title
from simulation.items import CounterStep, Delivery, TaskStep, TransferStep
from simulation.plan import Plan, compile_plan
from simulation.reforms import Reform, Stress, apply, redline, set_path
from simulation.scenario import Scenario
from simulation.units import Duration, Share, TimeOfDay
from simulation.world import Backlog

ROOT = Path(__file__).resolve().parent.parent / "scenarios"
LIBRARY = sorted((ROOT / "reforms").glob("*.yaml"))


@cache
def baseline_of(name: str) -> Scenario:
    return load_model(find(name, "baselines"), Scenario)


@pytest.fixture(scope="module")
def tiny() -> Scenario:
    return baseline_of("tiny")


@pytest.fixture(scope="module")
def wide(tiny: Scenario) -> Scenario:
    """The tiny hall with a third department, an item that two departments handle one after another, and a backlog."""
    planning = tiny.centre.departments["market"].model_copy(update={"title": Title(en="Planning", zh="规划局")})
    titled = {"department": "planning", "people": {"planners": 2}, "title": Title(en="Planners", zh="规划科")}
    pool = tiny.centre.pools["market"].model_copy(update=titled)
    review = tiny.centre.items["trade-licence"].route["review"]
    assert isinstance(review, TaskStep)
    steps = {
        "accept": CounterStep(kind="counter", queue="licence", work={"accept": review.work["review"]}),
        "inward": TransferStep(kind="transfer"),
        "look": review.model_copy(update={"pool": "planning", "work": {"look": review.work["review"]}}),
        "onward": TransferStep(kind="transfer"),
        "decide": review.model_copy(update={"work": {"decide": review.work["review"]}, "decides": True}),
        "outward": TransferStep(kind="transfer"),
    }
    signboard = tiny.centre.items["trade-licence"].model_copy(
        update={"route": steps, "online": None, "delivery": Delivery(), "title": Title(en="Signboard", zh="店招")}
    )
    centre = tiny.centre.model_copy(
        update={
            "departments": {**tiny.centre.departments, "planning": planning},
            "pools": {**tiny.centre.pools, "planning": pool},
            "items": {**tiny.centre.items, "signboard": signboard},
        }
    )
    need = tiny.world.needs["start-trade"]
    backlog = Backlog(need="start-trade", item="trade-licence", step="review", cases=2, age_wd=tiny.world.behaviour.comes_back_wd)
    needs = {**tiny.world.needs, "hang-signboard": need.model_copy(update={"items": ("signboard",)})}
    needs["open-shop"] = need.model_copy(update={"items": ("trade-licence", "signboard")})
    scenario = tiny.model_copy(update={"centre": centre, "world": tiny.world.model_copy(update={"needs": needs, "backlog": (backlog,)})})
    assert problems(scenario) == []
    return scenario


def reform(*edits: Mapping[str, object]) -> Reform:
    data = {"kind": "reform", "name": "r", "title": {"en": "R", "zh": "改"}, "baseline": "tiny", "authority": "centre", "edits": edits}
    return Reform.model_validate(data)


def stress(*edits: Mapping[str, object]) -> Stress:
    return Stress.model_validate({"kind": "stress", "name": "s", "title": {"en": "S", "zh": "压"}, "baseline": "tiny", "edits": edits})


POOL = {
    "kind": "pool_windows", "site": "hall", "windows": "2", "staff": {"day": "2"}, "issue_staff": {"day": "1"}, "pace": "1.1",
    "double_entry": {"constant": "2 min"}, "collect_touch": {"constant": "3 min"},
}  # fmt: skip


def plan_of(scenario: Scenario) -> Plan:
    return compile_plan(scenario, calendar_for(scenario, scenario.horizon))


def works(scenario: Scenario, item: str) -> set[str]:
    plan = plan_of(scenario)
    route = int(plan.item_routes[plan.items.index(item), 0])
    steps = range(int(plan.routes.first[route]), int(plan.routes.first[route + 1]))
    return {name for s in steps for name, _, _ in plan.routes.works[s]}


def others(before: Scenario, after: Scenario, *names: str) -> bool:
    """Whether all tables of the centre but `names`, and the world, are the same."""
    fields = set(type(before.centre).model_fields) - set(names)
    return before.world == after.world and all(getattr(before.centre, f) == getattr(after.centre, f) for f in fields)


def refusal(scenario: Scenario, *edits: Mapping[str, object]) -> str:
    with pytest.raises(ReformRefused) as refused:
        apply(scenario, reform(*edits))
    return "\n".join(f"{p.rule}; {p.remedy}" for p in refused.value.problems)


def test_a_reform_leaves_its_scenario_as_it_was(tiny: Scenario) -> None:
    before = tiny.model_dump_json()
    assert apply(tiny, reform(POOL, {"kind": "one_time_notice", "guide": "checked"})) != tiny
    assert tiny.model_dump_json() == before


def test_pooled_windows_close_and_their_officers_return_to_their_department(tiny: Scenario) -> None:
    after = apply(tiny, reform(POOL))
    assert set(after.centre.windows) == {"W3", "general-1", "general-2", "issue-1"}
    assert set(after.centre.queues) == {"household", "general", "issue"}
    assert after.centre.pools["market"].people == {"licensing": 6, "anna": 1, "bai": 1}
    assert after.centre.staff["general-officer-1"].skills == ("licence",)
    assert after.centre.staff["chen"] == tiny.centre.staff["chen"]
    assert after.centre.items["certificate"] == tiny.centre.items["certificate"]
    licence = after.centre.items["trade-licence"]
    accept = licence.route["accept"]
    assert isinstance(accept, CounterStep) and (accept.queue, accept.skill) == ("general", "licence")
    assert set(accept.work) == {"accept", "double-entry"}
    assert licence.delivery.queue == "issue"
    assert {n: s for n, s in licence.route.items() if n != "accept"} == {
        n: s for n, s in tiny.centre.items["trade-licence"].route.items() if n != "accept"
    }
    assert others(tiny, after, "departments", "pools", "queues", "windows", "staff", "items")


def decided_at_once(tiny: Scenario) -> Scenario:
    licence = tiny.centre.items["trade-licence"]
    accept = licence.route["accept"].model_copy(update={"decides": True})
    item = licence.model_copy(update={"route": {"accept": accept}, "case_class": "instant", "delivery": Delivery()})
    return tiny.model_copy(update={"centre": tiny.centre.model_copy(update={"items": {**tiny.centre.items, "trade-licence": item}})})


def test_what_was_decided_at_the_counter_goes_to_the_department_unless_delegated(tiny: Scenario) -> None:
    """Half of the 12 minutes stay at the window, half go with the decision; both are the same work id, so the same luck."""
    scenario = decided_at_once(tiny)
    item = apply(scenario, reform(POOL)).centre.items["trade-licence"]
    assert [*item.route] == ["accept", "to-department", "decision", "to-hall"]
    front, back = item.route["accept"], item.route["decision"]
    assert isinstance(front, CounterStep) and isinstance(back, TaskStep)
    assert (front.decides, back.decides, back.pool) == (False, True, "market")
    assert front.work["accept"].mean() == back.work["accept"].mean() == pytest.approx(accept_mean(tiny) / 2)
    assert item.case_class == "committed" and item.promise_wd == 3 and item.delivery.queue == "issue"
    delegated = apply(scenario, reform({**POOL, "delegated": ["trade-licence"]})).centre.items["trade-licence"]
    assert [*delegated.route] == ["accept"] and delegated.case_class == "instant"


def accept_mean(tiny: Scenario) -> float:
    accept = tiny.centre.items["trade-licence"].route["accept"]
    assert isinstance(accept, CounterStep)
    return accept.work["accept"].mean()


def test_a_queue_that_is_not_poolable_is_refused_by_name_with_the_reason(tiny: Scenario) -> None:
    assert "queue `household` is not poolable: public security system" in refusal(tiny, {**POOL, "queues": ["household"]})


def test_delegation_moves_the_work_to_the_window_and_drops_idle_runs(tiny: Scenario) -> None:
    edit: dict[str, object] = {"kind": "delegate", "items": ["trade-licence"]}
    after = apply(tiny, reform(edit))
    item = after.centre.items["trade-licence"]
    assert [*item.route] == ["accept"] and item.case_class == "instant" and item.promise_wd == 0
    assert others(tiny, after, "items")
    assert works(after, "trade-licence") == works(tiny, "trade-licence") == {f"trade-licence/{w}" for w in ("accept", "review", "sign")}
    review = apply(tiny, reform({**edit, "level": "review"})).centre.items["trade-licence"]
    assert [*review.route] == ["accept", "inward", "sign", "outward"] and review.case_class == "committed"


def test_a_check_by_two_officers_is_not_delegated(tiny: Scenario) -> None:
    pair = set_path(tiny, "centre.items.trade-licence.route.review.people", "2")
    assert "comes before the decision and stays" in refusal(pair, {"kind": "delegate", "items": ["trade-licence"]})
    named: dict[str, object] = {"kind": "delegate", "items": ["trade-licence"], "level": "review", "tasks": ["review"]}
    assert "is not delegable: it needs 2 people" in refusal(pair, named)


def test_cases_under_way_end_by_the_route_under_which_they_began(wide: Scenario) -> None:
    after = apply(wide, reform({"kind": "delegate", "items": ["trade-licence"]}))
    [row] = after.world.backlog
    assert (row.item, row.step) == ("trade-licence-as-begun", "trade-licence/review")
    assert works(after, "trade-licence-as-begun") == works(wide, "trade-licence")
    assert after.centre.items["trade-licence-as-begun"].stands_for == 0
    assert plan_of(after).opening[0].cases == 2


def test_cases_under_way_keep_their_luck_with_their_route(wide: Scenario) -> None:
    """Of thirty cases, each denied with chance a half, the same are denied whether or not their item is reformed for those who come."""
    [row] = wide.world.backlog
    world = wide.world.model_copy(update={"backlog": (row.model_copy(update={"cases": 30}),)})
    many = set_path(wide.model_copy(update={"world": world}), "centre.items.trade-licence.denial", "0.5")

    def denied(scenario: Scenario) -> list[str]:
        plan = plan_of(scenario)
        cases = simulate(plan, make_draws(plan, 1, 0)).cases
        return list(cases.loc[cases["number"] < 0, "outcome"].astype(str))

    today = denied(many)
    assert {"done", "denied"} <= {*today}
    assert denied(apply(many, reform({"kind": "delegate", "items": ["trade-licence"]}))) == today


def test_joint_approval_is_refused_where_no_department_waits_for_another(wide: Scenario) -> None:
    """accept > inward > look (planning) > onward > decide (market): the lead only decides."""
    assert "already run at the same time" in refusal(wide, {"kind": "joint_approval", "items": ["signboard"], "lead": "market"})


def test_joint_approval_cuts_the_wait_of_one_department_for_another(wide: Scenario) -> None:
    """accept > inward > look (planning) > onward > review (market) > decide: review begins when the case is accepted."""
    old = wide.centre.items["signboard"]
    third = {**wide.centre.pools, "police": Pool(title=Title(en="Police", zh="警"), department="security", people={"police": 2})}
    steps = {n: old.route[n] for n in ("accept", "inward", "look", "onward")}
    steps["check"] = old.route["look"].model_copy(update={"pool": "police", "work": {"check": old.route["look"].work["look"]}})  # type: ignore[union-attr]
    steps |= {"homeward": TransferStep(kind="transfer"), "decide": old.route["decide"]}
    items = {**wide.centre.items, "signboard": old.model_copy(update={"route": steps})}
    scenario = wide.model_copy(update={"centre": wide.centre.model_copy(update={"pools": third, "items": items})})
    after = apply(scenario, reform({"kind": "joint_approval", "items": ["signboard"], "lead": "market"}))
    assert others(scenario, after, "items")
    route = after.centre.items["signboard"].route
    assert route["onward"].after == ("accept",)
    assert route["decide"].after is not None and set(route["decide"].after) == {"homeward", "look-back"}
    assert works(after, "signboard") == works(scenario, "signboard")


def test_a_lead_is_one_of_the_departments_concerned(wide: Scenario) -> None:
    assert "the lead is one of the departments" in refusal(wide, {"kind": "joint_approval", "items": ["signboard"], "lead": "security"})


LIFE: dict[str, object] = {
    "kind": "life_event", "name": "shop", "title": {"en": "Open a shop", "zh": "开店"}, "promise_wd": "6",
    "items": ["trade-licence", "signboard"], "lead": "market", "queue": "licence",
    "conclude": {"constant": "5 min"}, "delivery": {"mail_wd": {"discrete": {"1": "1"}}},
}  # fmt: skip


def test_a_life_event_is_one_submission_and_keeps_every_work_id(wide: Scenario) -> None:
    after = apply(wide, reform(LIFE))
    shop = after.centre.items["shop"]
    assert [n for n, s in shop.route.items() if s.kind == "counter"] == ["accept"]
    assert works(after, "shop") == works(wide, "trade-licence") | works(wide, "signboard") | {"shop/conclude"}
    assert [n for n, s in shop.route.items() if getattr(s, "decides", False)] == ["conclude"]
    assert after.world.needs["open-shop"].items == ("shop",)
    assert all(after.world.needs[n] == need for n, need in wide.world.needs.items() if n != "open-shop")
    assert after.centre.items["signboard"] == wide.centre.items["signboard"]


def test_merged_departments_pool_their_officers_by_name_and_drop_runs_between_them(wide: Scenario) -> None:
    edit: dict[str, object] = {"kind": "merge_departments", "departments": ["market", "planning"], "into": "market"}
    after = apply(wide, reform({**edit, "dip": {"start": "1.2", "fades_over": "90 d"}}))
    assert "planning" not in after.centre.departments and "planning" not in after.centre.pools
    assert after.centre.pools["market"].people == {"licensing": 6, "planners": 2}
    assert [*after.centre.items["signboard"].route] == ["accept", "inward", "look", "decide", "outward"]
    assert {*plan_of(after).pool_people[0]} == {p for people in plan_of(wide).pool_people for p in people if "head" not in p}
    assert "powers of `security` are not transferable: vertical system" in refusal(wide, {**edit, "departments": ["market", "security"]})


def test_limits_change_nobody_s_work_and_never_exceed_the_law(tiny: Scenario) -> None:
    after = apply(tiny, reform({"kind": "change_limits", "promise_wd": {"trade-licence": "3"}}))
    assert redline(tiny, after) == ["Item Trade licence (trade-licence), promised limit: 5 -> 3 working days"]
    assert redline(tiny, after, "zh") == ["事项 经营许可（trade-licence），承诺时限：5 → 3 个工作日"]
    found = refusal(tiny, {"kind": "change_limits", "promise_wd": {"trade-licence": "21", "trade-license": "3"}})
    assert found == "`trade-license` is not a known item; did you mean `trade-licence`?"
    assert "not beyond the law: 20" in refusal(tiny, {"kind": "change_limits", "promise_wd": {"trade-licence": "21"}})


def test_windows_and_staff_change_as_written(tiny: Scenario) -> None:
    window = {"site": "hall", "group": "licence", "department": "market", "queues": ["licence"]}
    person = {"employer": "market", "skills": ["licence"], "shift": "day", "window": "W4"}
    after = apply(
        tiny,
        reform(
            {"kind": "change_windows", "open": {"W4": window}, "shifts": {"anna": "lunch"}},
            {"kind": "change_staff", "add": {"dong": person}, "train": {"bai": ["household"]}, "pools": {"market": {"licensing": "7"}}},
        ),
    )
    assert others(tiny, after, "windows", "staff", "pools")
    assert after.centre.staff["anna"].shift == "lunch" and after.centre.staff["bai"].skills == ("licence", "household")
    empty = {"kind": "change_windows", "open": {"W4": {**window, "department": "security"}}}
    assert "a window has somebody to staff it" in refusal(tiny, empty)
    far = {"kind": "change_windows", "queues": {"W1": ["licence", "household"]}}
    assert "`household` stays with windows of `security`: it is not poolable, public security system" in refusal(tiny, far)


def test_a_notice_changes_the_offer_and_not_the_response(tiny: Scenario) -> None:
    after = apply(tiny, reform({"kind": "one_time_notice", "items": ["certificate"], "guide": "checked"}))
    assert others(tiny, after, "items")
    assert after.centre.items["certificate"].guide == "checked"
    assert after.centre.items["trade-licence"] == tiny.centre.items["trade-licence"]


def test_the_first_contact_owes_what_is_written(tiny: Scenario) -> None:
    duty = {"kind": "first_contact", "site": "hall", "duty": "informs", "touch": {"constant": "1 min"}}
    after = apply(tiny, reform(duty))
    assert others(tiny, after, "sites")
    assert after.centre.sites["hall"].model_copy(update={"first_contact": None, "source": None}) == tiny.centre.sites["hall"].model_copy(
        update={"source": None}
    )
    assert any("first contact" in line and "informs" in line for line in redline(tiny, after))
    assert "is not a known site" in refusal(tiny, {**duty, "site": "hal"})


def test_appointments_are_offered_where_the_world_says_who_books(tiny: Scenario) -> None:
    offer = {"kind": "change_channels", "site": "hall", "appointments": ["9:30-11:00"]}
    assert "add `books:` and `no_show:` to its responses" in refusal(tiny, offer)
    responses = tiny.world.responses.model_copy(update={"books": Share(0.3), "no_show": Share(0.1)})
    asked = tiny.model_copy(update={"world": tiny.world.model_copy(update={"responses": responses})})
    after = apply(asked, reform(offer))
    assert others(asked, after, "sites")
    assert list(map(str, after.centre.sites["hall"].appointments)) == ["9:30-11:00"]
    assert "Site The hall (hall), appointments: none -> 9:30-11:00" in redline(asked, after)


def test_a_machine_stands_in_for_the_counter_of_a_simple_item(tiny: Scenario) -> None:
    titled = {"title": {"en": "Machines", "zh": "自助机"}, "site": "hall", "department": "security"}
    machine = {"site": "hall", "group": "g", "department": "security", "queues": ["machines"], "machine_shift": "day"}
    offer = {
        "kind": "change_channels", "site": "hall", "queues": {"machines": titled}, "machines": {"M1": machine},
        "self_service": {"certificate": {"queue": "machines", "factor": "0.8"}},
    }  # fmt: skip
    assert "add `self_service:` to its responses" in refusal(tiny, offer)
    responses = tiny.world.responses.model_copy(update={"self_service": Share(0.3)})
    asked = tiny.model_copy(update={"world": tiny.world.model_copy(update={"responses": responses})})
    assert "window `M1` is no machine" in refusal(asked, {**offer, "machines": {"M1": {**machine, "machine_shift": None}}})
    after = apply(asked, reform(offer))
    assert others(asked, after, "queues", "windows", "items")
    assert set(after.centre.windows) - set(asked.centre.windows) == {"M1"}
    assert after.centre.items["trade-licence"] == asked.centre.items["trade-licence"]
    plan = plan_of(after)
    assert [plan.persons[p] for p in plan.posts["person"][plan.posts["window"] == plan.windows.index("M1")]] == ["M1"] * 2 * int(
        plan.site_open.sum()
    )


def test_items_are_cancelled_filed_committed_to_and_merged(wide: Scenario) -> None:
    def cleaned(**how: object) -> Scenario:
        return apply(wide, reform({"kind": "clean_up_items", **how}))

    gone = cleaned(cancel=["signboard"])
    assert "signboard" not in gone.centre.items and "hang-signboard" not in gone.world.needs
    assert gone.world.needs["open-shop"].items == ("trade-licence",)
    assert [*cleaned(filing=["trade-licence"]).centre.items["trade-licence"].route] == ["accept"]
    promised = cleaned(commitment=["signboard"], checked="0.2").centre.items["signboard"]
    assert promised.route["decide"] == promised.route["decide"].model_copy(update={"decides": False, "share": Share(0.2)})
    merged = cleaned(merge={"trade-licence": ["signboard"]})
    assert merged.world.needs["hang-signboard"].items == ("trade-licence",) and merged.centre.items["trade-licence"].stands_for == 2


def test_set_reaches_into_laws_tables_and_lists_and_is_called_ad_hoc(tiny: Scenario) -> None:
    edit = {"kind": "set", "path": "centre.items.trade-licence.route.accept.work.accept.lognormal.median", "value": "10 min"}
    after = apply(tiny, reform(edit))
    assert reform(edit).ad_hoc and not reform(POOL).ad_hoc
    assert len(redline(tiny, after)) == 1 and "median 12 min" in redline(tiny, after)[0] and "median 10 min" in redline(tiny, after)[0]
    early = set_path(tiny, "centre.sites.hall.transfers.0.leaves", "11:00")
    assert early.centre.sites["hall"].transfers[0].leaves == TimeOfDay.parse("11:00")
    assert set_path(tiny, "centre.sites.hall.wrong_window.constant", "3 min").centre.sites["hall"].wrong_window.mean() == Duration(180)
    with pytest.raises(ReformRefused, match="did you mean `promise_wd`"):
        set_path(tiny, "centre.items.trade-licence.promise", "3")
    with pytest.raises(ReformRefused, match="add the unit"):
        set_path(tiny, "world.needs.start-trade.rate", "30")


def test_a_reform_may_not_touch_the_world_nor_a_stress_the_centre(tiny: Scenario) -> None:
    more = {"kind": "set", "path": "world.needs.start-trade.rate", "value": "30 per day"}
    assert "a reform may not touch the world" in refusal(tiny, more)
    with pytest.raises(ReformRefused, match="a stress edits the world only"):
        apply(tiny, stress({"kind": "set", "path": "centre.items.trade-licence.promise_wd", "value": "3"}))


def test_stresses_change_the_world_only(tiny: Scenario) -> None:
    after = apply(
        tiny,
        stress(
            {"kind": "surge", "factor": "1.3", "needs": ["start-trade"]},
            {"kind": "season", "factors": {"3": "1.2"}},
            {"kind": "absence", "factor": "2"},
            {"kind": "outage", "department": "market", "begins": "3 d", "lasts": "2 d"},
        ),
    )
    assert after.centre == tiny.centre
    assert [(s.factor, s.needs) for s in after.world.surges[:2]] == [(1.3, ("start-trade",)), (1.2, ())]
    assert after.world.surges[1].last is not None and after.world.surges[1].last.isoformat() == "2023-03-31"
    assert after.world.absence == 2
    assert [(o.first.isoformat(), o.last.isoformat()) for o in after.world.outages] == [("2023-03-09", "2023-03-10")]


def test_order_is_meaning(tiny: Scenario) -> None:
    """Pooled after the item was delegated, its decision goes back to the department; delegated after, it stays at the window."""
    give: dict[str, object] = {"kind": "delegate", "items": ["trade-licence"]}
    first = apply(tiny, reform(give, POOL)).centre.items["trade-licence"]
    last = apply(tiny, reform(POOL, give)).centre.items["trade-licence"]
    assert "decision" in first.route and [*last.route] == ["accept"]


def test_an_edit_that_changes_nothing_is_refused(tiny: Scenario) -> None:
    assert "an edit changes something" in refusal(tiny, {"kind": "one_time_notice", "notice": "one_time"})


def test_what_a_reform_writes_is_known_by_its_source(tiny: Scenario) -> None:
    after = apply(tiny, reform({"kind": "change_limits", "promise_wd": {"trade-licence": "3"}}))
    assert after.centre.items["trade-licence"].source == {"legal_wd": "al42", "*": "toy", "promise_wd": "reform"}
    assert after.sources["reform"].title == "Proposed: R"


@pytest.mark.parametrize("path", LIBRARY, ids=lambda p: p.stem)
def test_every_reform_of_the_library_fits_its_baseline_and_is_told_in_both_languages(path: Path) -> None:
    one = load_model(path, Reform)
    baseline = baseline_of(one.baseline)
    after = apply(baseline, one)
    assert one.name == path.stem
    assert problems(after) == []
    english, chinese = redline(baseline, after), redline(baseline, after, "zh")
    assert len(english) == len(chinese) > 0


@pytest.mark.parametrize("path", sorted((ROOT / "stresses").glob("*.yaml")), ids=lambda p: p.stem)
def test_every_stress_of_the_library_fits_its_baseline(path: Path) -> None:
    one = load_model(path, Stress)
    baseline = baseline_of(one.baseline)
    assert one.name == path.stem and problems(apply(baseline, one)) == []


def test_a_reform_states_cost_lead_time_and_authority() -> None:
    for path in LIBRARY:
        one = load_model(path, Reform)
        assert one.authority != "none" and one.lead_time % 86_400 == 0


