"""Each rule of law with a lawful example and an unlawful one; the ten unlawful files; what check and compare say of them."""

import json
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from strategies import counter, scenario, task
from typer.testing import CliRunner

from governance.legality import Finding, findings, of_reforms, of_scenario
from governance.proposal import Proposal
from governance.rules import load_rules
from simulation.errors import InputRefused
from simulation.files import load_model
from simulation.reforms import Reform, Stress
from simulation.scenario import Scenario
from simulation.verbs import load, load_reform
from workbench.checking import check_file
from workbench.cli import app
from workbench.lawfulness import lines, mark

ROOT = Path(__file__).parent.parent
UNLAWFUL = ROOT / "tests" / "data" / "unlawful"
RULES = load_rules()
R38 = ("unlawful", "r.edits.0.commitment.0")
REFORMS = sorted((ROOT / "scenarios" / "reforms").glob("*.yaml"))


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of tests/data name their baseline by its path from the root."""
    monkeypatch.chdir(ROOT)


def broken(found: list[Finding], key: str) -> list[tuple[str, str]]:
    """Status and object of the findings of one rule."""
    return [(f.status, f.object) for f in found if f.key == key]


def alone(wanted: Scenario, key: str) -> list[tuple[str, str]]:
    return broken(of_scenario(wanted, RULES), key)


def hall(**item: Any) -> Scenario:
    """A hall of one counter and two pools of one body; `item` are fields of its only item."""
    route = {"accept": counter("a"), "review": task("office"), "sign": task("leader", decides=True)}
    pools = {"office": {"people": {"o": "3"}}, "leader": {"people": {"l": "1"}, "role": "leader"}}
    return scenario(route=item.pop("route", route), pools=pools, item={"promise_wd": "5", **item})


def moved(today: Scenario, then: Scenario, *edits: Any, authority: str = "city", key: str) -> list[tuple[str, str]]:
    """Findings of one rule about the way from one centre to another, by stand-ins for edits."""
    reform: Any = SimpleNamespace(name="way", edits=edits, authority=authority)
    return broken(findings(Proposal(then, today, (reform,)), RULES), key)


def with_bodies(wanted: Scenario, **bodies: dict[str, Any]) -> Scenario:
    """`wanted` with other or more departments; fields of a department by its name."""
    plain = wanted.centre.departments["d"]
    more = {name: plain.model_copy(update=fields) for name, fields in bodies.items()}
    return wanted.model_copy(update={"centre": wanted.centre.model_copy(update={"departments": {**wanted.centre.departments, **more}})})


def with_item(wanted: Scenario, **changes: Any) -> Scenario:
    items = {"x": wanted.centre.items["x"].model_copy(update=changes)}
    return wanted.model_copy(update={"centre": wanted.centre.model_copy(update={"items": items})})


def with_pools_of(wanted: Scenario, body: str) -> Scenario:
    pools = {n: p.model_copy(update={"department": body}) for n, p in wanted.centre.pools.items()}
    return wanted.model_copy(update={"centre": wanted.centre.model_copy(update={"pools": pools})})


# --- items --------------------------------------------------------------------------------------------------------

AT_ONCE = {"serve": counter("a", decides=True)}


def test_a_hall_that_keeps_the_law_breaks_nothing() -> None:
    assert of_scenario(hall(), RULES) == []


@pytest.mark.parametrize(
    ("staff", "key", "found"),
    [
        ({}, "R04.decides", []),
        ({"employer": "e"}, "R04.decides", [("unlawful", "centre.items.x.route.serve")]),
        ({"contract": "contracted"}, "R04.contracted", [("unlawful", "centre.items.x.route.serve")]),
        ({"contract": "centre"}, "R04.contracted", []),
    ],
)
def test_the_competent_body_decides_at_the_counter(staff: dict[str, str], key: str, found: list[tuple[str, str]]) -> None:
    assert alone(with_bodies(scenario(route=AT_ONCE, staff=staff), e={}), key) == found


def test_an_entrusted_body_may_decide_and_a_declared_entrustment_is_a_warning() -> None:
    wanted = scenario(route=AT_ONCE, staff={"employer": "e"})
    assert alone(with_bodies(wanted, e={"entrusted_by": ("d",)}), "R04.decides") == []
    edit = SimpleNamespace(kind="pool_windows", delegated=("x",))
    assert moved(wanted, with_bodies(wanted, e={}), edit, key="R04.decides") == [("warning", "centre.items.x.route.serve")]


def test_a_contracted_colleague_beside_a_posted_one_is_a_warning() -> None:
    wanted = scenario(route=AT_ONCE, windows={"W1": "a", "W2": "a"})
    staff = {n: s.model_copy(update={"contract": "contracted"}) if n == "of-W2" else s for n, s in wanted.centre.staff.items()}
    mixed = wanted.model_copy(update={"centre": wanted.centre.model_copy(update={"staff": staff})})
    assert alone(mixed, "R04.contracted") == [("warning", "centre.items.x.route.serve")]


def test_a_public_service_is_no_power_and_so_anybody_may_offer_it() -> None:
    offered = scenario(route=AT_ONCE, staff={"contract": "contracted"}, item={"promise_wd": "0", "matter": "service"})
    assert of_scenario(offered, RULES) == []


def test_a_pool_of_another_body_does_not_decide() -> None:
    elsewhere = with_pools_of(with_bodies(hall(), e={}), "e")
    assert alone(elsewhere, "R04.elsewhere") == [("unlawful", "centre.items.x.route.sign.pool")]
    assert alone(with_bodies(elsewhere, e={"entrusted_by": ("d",)}), "R04.elsewhere") == []


def test_a_centre_accepts_by_entrustment() -> None:
    wanted = hall()
    staff = {n: s.model_copy(update={"employer": "e", "contract": "centre"}) for n, s in wanted.centre.staff.items()}
    theirs = wanted.model_copy(update={"centre": wanted.centre.model_copy(update={"staff": staff})})
    assert alone(with_bodies(theirs, e={}), "R04.accepts") == [("warning", "centre.items.x.route.accept")]
    assert alone(with_bodies(theirs, e={"entrusted_by": ("d",)}), "R04.accepts") == []


def visited(people: str, **fields: Any) -> Scenario:
    return hall(route={"accept": counter("a"), "look": task("office", people=people, **fields), "sign": task("leader", decides=True)})


def test_a_site_check_needs_two() -> None:
    kept: dict[str, Any] = {"delegable": "false", "delay_wd": {"discrete": {"1": "1"}}}
    assert alone(visited("2", **kept), "R17") == []
    assert alone(visited("1", **kept), "R17") == [("unlawful", "centre.items.x.route.look.people")]
    assert alone(visited("1"), "R17") == []


def test_what_two_do_today_one_does_not_do_tomorrow() -> None:
    assert moved(visited("2"), visited("1"), key="R17") == [("unlawful", "centre.items.x.route.look")]
    assert moved(visited("2"), visited("2"), key="R17") == []
    looks = {**counter("a"), "work": {"work-office": {"constant": "5 min"}}}
    at_window = hall(route={"accept": looks, "sign": task("leader", decides=True)})
    assert moved(visited("2"), at_window, key="R17") == [("unlawful", "centre.items.x.route.accept")]


@pytest.mark.parametrize(
    ("item", "key", "found"),
    [
        ({"legal_wd": "20"}, "R21", []),
        ({"legal_wd": "21"}, "R21", [("unlawful", "centre.items.x.legal_wd")]),
        ({"legal_wd": "45", "case_class": "joint"}, "R21", [("warning", "centre.items.x.legal_wd")]),
        ({"legal_wd": "45", "case_class": "joint", "promise_wd": None}, "R21", [("unlawful", "centre.items.x.legal_wd")]),
        ({"legal_wd": "45", "case_class": "joint", "promise_wd": "21"}, "R21", [("unlawful", "centre.items.x.legal_wd")]),
        ({"legal_wd": "20", "case_class": "joint"}, "R21", []),
        ({"promise_wd": "20"}, "R34.beyond", []),
        ({"promise_wd": "21"}, "R34.beyond", [("unlawful", "centre.items.x.promise_wd")]),
        ({"online": {"pool": "office", "promise_wd": "30"}}, "R34.beyond", [("unlawful", "centre.items.x.online.promise_wd")]),
        ({"legal_wd": None, "promise_wd": "3"}, "R34.none", []),
        ({"legal_wd": None, "promise_wd": None}, "R34.none", [("unlawful", "centre.items.x.promise_wd")]),
        ({"legal_wd": None, "promise_wd": None, "case_class": "consultation"}, "R34.none", []),
        ({"delivery": {"mail_wd": {"discrete": {"2": "0.5", "10": "0.5"}}}}, "R23", []),
        ({"delivery": {"mail_wd": {"discrete": {"2": "0.5", "11": "0.5"}}}}, "R23", [("warning", "centre.items.x.delivery.mail_wd")]),
    ],
)
def test_limits_promises_and_delivery(item: dict[str, Any], key: str, found: list[tuple[str, str]]) -> None:
    assert alone(hall(**item), key) == found


def test_a_special_law_may_set_a_longer_limit() -> None:
    wanted = hall(legal_wd="30", source={"legal_wd": "special", "*": "guess"})
    sources = {"special": {"title": "A special law", "basis": "law"}, "guess": {"title": "A guess", "basis": "judgement"}}
    lawful = Scenario.model_validate({**dict(wanted), "sources": sources})
    assert alone(lawful, "R21") == []
    assert alone(wanted, "R21") != []


def test_the_legal_clock_stops_for_the_closed_list_only() -> None:
    wanted = hall()
    clocks = wanted.centre.clocks.model_copy(update={"legal": ("hearing", "publicity")})
    assert alone(wanted.model_copy(update={"centre": wanted.centre.model_copy(update={"clocks": clocks})}), "R24") == [
        ("unlawful", "centre.clocks.legal.1")
    ]


@pytest.mark.parametrize(
    ("old", "new", "key", "found"),
    [
        ({"legal_wd": "10"}, {"legal_wd": "12"}, "R34.legal", [("unlawful", "centre.items.x.legal_wd")]),
        ({"legal_wd": "10"}, {"legal_wd": None}, "R34.legal", [("unlawful", "centre.items.x.legal_wd")]),
        ({"legal_wd": "10"}, {"legal_wd": "8"}, "R34.legal", []),
        ({"legal_wd": "20"}, {"legal_wd": "45", "case_class": "joint"}, "R34.legal", [("unlawful", "centre.items.x.legal_wd")]),
        ({"promise_wd": "3"}, {"promise_wd": "5"}, "R34.longer", [("warning", "centre.items.x.promise_wd")]),
        ({"promise_wd": "3"}, {"promise_wd": None}, "R34.longer", [("warning", "centre.items.x.promise_wd")]),
        ({"promise_wd": "3"}, {"promise_wd": "2"}, "R34.longer", []),
    ],
)
def test_a_locality_may_only_compress(old: dict[str, Any], new: dict[str, Any], key: str, found: list[tuple[str, str]]) -> None:
    assert moved(hall(**old), hall(**new), key=key) == found


def test_an_item_without_a_counter_that_anybody_serves_is_online_only() -> None:
    wanted = hall()
    nobody = wanted.model_copy(update={"centre": wanted.centre.model_copy(update={"staff": {}})})
    assert alone(nobody, "R35") == [("unlawful", "centre.items.x.route")]
    assert alone(wanted, "R35") == []


# --- bodies -------------------------------------------------------------------------------------------------------


NOTHING = ("none", "No", "无", "没有", " ", "-")
"""Words that are no document."""


def to_bureau() -> tuple[Scenario, Scenario]:
    """Today `d` decides; then a new body `e` does, and `d` is still there."""
    today = hall()
    return today, with_item(with_pools_of(with_bodies(today, e={}), "e"), department="e")


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        (None, [("needs authorisation", "centre.items.x.department")]),
        ({"sc_approval": "", "prov_decision": "2015-1"}, [("needs authorisation", "centre.items.x.department")]),
        *(({"sc_approval": "2015-31", "prov_decision": no}, [("needs authorisation", "centre.items.x.department")]) for no in NOTHING),
        ({"sc_approval": "2015-31", "prov_decision": "2015-1"}, []),
        ({"sc_approval": "assumed", "prov_decision": "2015-1"}, [("to be authorised", "way.edits.0.sc_approval")]),
    ],
)
def test_power_moves_by_approval_of_the_state_council_and_decision_of_the_province(
    fields: dict[str, str] | None, found: list[tuple[str, str]]
) -> None:
    edits = [SimpleNamespace(kind="approval_bureau", **fields)] if fields is not None else []
    assert moved(*to_bureau(), *edits, key="R05.moved") == found
    created = moved(*to_bureau(), *edits, key="R40.approval")
    lacking = [status for status, _ in found] == ["needs authorisation"]
    assert created == ([("needs authorisation", "centre.departments.e")] if lacking else [])


def test_powers_of_a_vertical_body_are_not_moved() -> None:
    today, then = to_bureau()
    vertical = with_bodies(today, d={"transferable": False, "reason": "vertical system"})
    approved = SimpleNamespace(kind="approval_bureau", sc_approval="yes", prov_decision="yes")
    assert moved(vertical, then, approved, key="R05.transferable") == [("unlawful", "centre.items.x.department")]
    assert moved(today, then, approved, key="R05.transferable") == []


def merger(name: str = "m", **fields: Any) -> Reform:
    """A reform of the hall with a regulator that merges its two bodies."""
    edit = {"kind": "merge_departments", "departments": ["market", "inspectorate"], "into": "market", **fields}
    title = {"en": "Merge", "zh": "合并"}
    return Reform.model_validate(
        {"kind": "reform", "name": name, "title": title, "baseline": "x", "authority": "city", "source": "assumption", "edits": [edit]}
    )


APPROVED = {"proposed_by": "district", "approved_by": "city", "filed_with": "congress"}


@pytest.fixture(scope="module")
def watched() -> Scenario:
    return load(UNLAWFUL / "watched-hall.yaml")


@pytest.mark.parametrize(
    ("approval", "found"),
    [
        (None, [("needs authorisation", "m.edits.0.approval")]),
        *(({**APPROVED, "proposed_by": no}, [("needs authorisation", "m.edits.0.approval.proposed_by")]) for no in NOTHING),
        (APPROVED, []),
        ({**APPROVED, "filed_with": "Assumed"}, [("to be authorised", "m.edits.0.approval.filed_with")]),
    ],
)
def test_a_merger_is_proposed_approved_and_filed(watched: Scenario, approval: Any, found: list[tuple[str, str]]) -> None:
    assert broken(of_reforms(watched, [merger(approval=approval)], RULES), "R40.approval") == found


def test_a_district_does_not_merge_by_itself(watched: Scenario) -> None:
    alone_ = merger(approval=APPROVED).model_copy(update={"authority": "district"})
    assert broken(of_reforms(watched, [alone_], RULES), "R40.approval") == [("needs authorisation", "m.authority")]


def test_a_body_that_vanishes_without_a_merger_is_abolished() -> None:
    today = with_bodies(hall(), e={})
    assert moved(today, hall(), key="R40.approval") == [("needs authorisation", "centre.departments.e")]


def test_a_body_is_changed_once(watched: Scenario) -> None:
    again = {"departments": ["market", "planning"]}
    third = with_bodies_of(watched, "planning")
    found = of_reforms(third, [merger(approval=APPROVED), merger("again", approval=APPROVED, **again)], RULES)
    assert broken(found, "R40.stable") == [("warning", "again.edits.0.departments")]
    assert broken(of_reforms(third, [merger(approval=APPROVED)], RULES), "R40.stable") == []


def with_bodies_of(wanted: Scenario, name: str) -> Scenario:
    departments = {**wanted.centre.departments, name: wanted.centre.departments["market"].model_copy(update={"quota": None})}
    return wanted.model_copy(update={"centre": wanted.centre.model_copy(update={"departments": departments})})


def test_heads_keep_to_the_quota_of_their_kind() -> None:
    """One person at the window, four in the pools: five posted heads."""
    assert alone(with_bodies(hall(), d={"quota": {"posted": 5, "contracted": 0}}), "R42") == []
    assert alone(with_bodies(hall(), d={"quota": {"posted": 4}}), "R42") == [("unlawful", "centre.departments.d.quota.posted")]


def test_quotas_add_up_in_a_merger(watched: Scenario) -> None:
    """Market 9 and inspectorate 3; two at windows, six and one in its pools, and three inspectors: 12 of 12."""
    found = of_reforms(watched, [merger(approval=APPROVED)], RULES)
    assert broken(found, "R42") == []
    assert broken(found, "R31") == [("unlawful", "centre.items.trade-licence.regulator")]


def test_a_regulator_outside_the_merger_stays_separate(watched: Scenario) -> None:
    reform = merger(departments=["market", "planning"], approval=APPROVED)
    assert broken(of_reforms(with_bodies_of(watched, "planning"), [reform], RULES), "R31") == []


@pytest.mark.parametrize(
    ("risk", "way", "found"),
    [("none", "commitment", []), ("safety", "filing", []), *((r, "commitment", [R38]) for r in ("safety", "health", "environment"))],
)
def test_who_protects_safety_health_or_environment_decides_nothing_on_a_commitment(risk: str, way: str, found: list[Any]) -> None:
    """The edit is judged: a scenario in which the counter decides says nothing of a commitment."""
    today, edit = with_bodies(hall(), d={"risk": risk}), {"kind": "clean_up_items", way: ["x"]}
    text = {"kind": "reform", "name": "r", "title": {"en": "T", "zh": "题"}, "baseline": "small", "authority": "city", "edits": [edit]}
    assert broken(of_reforms(today, [Reform.model_validate(text)], RULES), "R38") == found
    service = with_item(today, matter="service")
    assert broken(of_reforms(service, [Reform.model_validate(text)], RULES), "R38") == []


# --- local rules --------------------------------------------------------------------------------------------------


def test_beijing_allows_two_signatures() -> None:
    rules = load_rules(["beijing-2024"])
    assert broken(of_scenario(hall(), rules), "beijing-35") == []
    again = {"sign-first": task("leader"), "sign": task("leader", decides=True)}
    thrice = hall(route={"accept": counter("a"), "review": task("office"), **again})
    assert broken(of_scenario(thrice, rules), "beijing-35") == [("unlawful", "centre.items.x.route")]


def test_anyang_registers_companies_in_a_day() -> None:
    rules = load_rules(["anyang"])
    wanted = hall()
    for promise, found in (("1", []), ("2", [("unlawful", "centre.items.company-registration.promise_wd")])):
        items = {"company-registration": hall(promise_wd=promise).centre.items["x"]}
        centre = wanted.centre.model_copy(update={"items": items})
        assert broken(of_scenario(wanted.model_copy(update={"centre": centre}), rules), "anyang-39") == found


# --- files, check, compare ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [p for p in sorted(UNLAWFUL.glob("*.yaml")) if p.stem != "watched-hall"], ids=lambda path: path.stem)
def test_an_unlawful_file_is_answered_with_rule_and_article(path: Path) -> None:
    words = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# error: ")
    with pytest.raises(InputRefused) as refused:
        check_file(str(path))
    assert words in str(refused.value)
    assert all(p.where and p.found and p.rule and p.remedy for p in refused.value.problems)


baseline_of = cache(load)


@pytest.mark.parametrize("path", REFORMS, ids=lambda path: path.stem)
def test_no_reform_of_the_library_has_a_hard_finding(path: Path) -> None:
    reform = load_reform(path)
    assert not [f for f in of_reforms(baseline_of(reform.baseline), [reform], RULES) if f.hard]


@pytest.mark.parametrize("name", ["tiny", "district-hall"])
def test_no_baseline_has_a_hard_finding(name: str) -> None:
    assert not [f for f in of_scenario(baseline_of(name), RULES) if f.hard]


def test_a_reform_answers_for_what_it_adds_only(watched: Scenario) -> None:
    """The quota is broken today already; a reform that leaves it so is not charged with it."""
    full = with_quota(watched, 1)
    notice = load_reform("tiny-one-time-notice")
    assert broken(of_scenario(full, RULES), "R42") and not of_reforms(full, [notice], RULES)


def with_quota(wanted: Scenario, posted: int) -> Scenario:
    market = wanted.centre.departments["market"]
    bodies = {**wanted.centre.departments, "market": type(market).model_validate({**dict(market), "quota": {"posted": posted}})}
    return wanted.model_copy(update={"centre": wanted.centre.model_copy(update={"departments": bodies})})


@pytest.mark.parametrize(("language", "words"), [("en", "unlawful: R21, R34"), ("zh", "违法：R21、R34")])
def test_a_mark_names_the_rules_and_lines_name_article_object_and_remedy(language: str, words: str) -> None:
    found = of_reforms(load("tiny"), [load_reform(UNLAWFUL / "lengthens-a-limit.yaml")], RULES)
    assert mark(found, language) == words
    told = "\n".join(lines(found, language))
    assert "centre.items.trade-licence.legal_wd" in told
    assert ("Administrative Licensing Law 42(1)" if language == "en" else "行政许可法第42条第1款") in told


def call(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_check_says_hard_by_exit_code_and_local_rules_by_name() -> None:
    assert call("check", "tiny-questions")[0] == 0
    assert call("check", str(UNLAWFUL / "lengthens-a-limit.yaml"))[0] == 2
    assert call("check", "tiny-one-window")[0] == 0
    assert call("check", "national", "beijing-2024", "anyang")[0] == 0
    assert call("check", "tiny", "--rules", "beijing-2024")[0] == 0
    code, _, err = call("check", "tiny", "--rules", "beijing")
    assert code == 2 and "`beijing-2024`" in err


def test_compare_runs_what_is_unlawful_and_marks_it(tmp_path: Path) -> None:
    text = (ROOT / "scenarios" / "experiments" / "tiny-questions.yaml").read_text(encoding="utf-8")
    asked = tmp_path / "asked.yaml"
    path = UNLAWFUL / "lengthens-a-limit.yaml"
    asked.write_text(text.replace("reforms: [tiny-one-time-notice]", f'reforms: [tiny-one-time-notice, "{path}"]'), encoding="utf-8")
    words = ["compare", str(asked), "--days", "1", "--replications", "2", "--workers", "1", "--store", str(tmp_path / "kept")]
    code, out, _ = call(*words)
    assert code == 0
    assert "unlawful: R21, R34" in " ".join(out.split())
    assert "Lawfulness" in out and "Business Environment Regulation 36" in " ".join(out.split())
    told = json.loads(call(*words, "--json")[1])["lawfulness"]
    assert {(f["scenario"], f["rule"], f["status"]) for f in told} == {
        ("lengthens-a-limit", "R21", "unlawful"), ("lengthens-a-limit", "R34", "unlawful")
    }  # fmt: skip
    assert all(f["article"]["en"] and f["article"]["zh"] and f["object"] and f["remedy"]["en"] for f in told)


def test_a_stress_is_not_judged() -> None:
    assert check_file("tiny-surge")
    assert load_model(ROOT / "scenarios" / "stresses" / "tiny-surge.yaml", Stress).edits
