"""Words of optimisers: every form of rule that they write is known, codes give way to names, and a Chinese answer has no English in it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from optimization.targets import Target
from simulation.frozen import Title
from simulation.verbs import load
from workbench.cli import app
from workbench.requirements import (
    FIGURES,
    FORMS,
    order_words,
    remark_name,
    requirement,
    scoped_measure,
    status_name,
    step_names,
    targets,
    verdict_name,
    windows_name,
)  # fmt: skip
from workbench.titles import labels_of

ENGLISH = re.compile(r"[A-Za-z]{3,}")
KNOWN = re.compile(
    r"HiGHS|OR-Tools|CP-SAT|onewindow (check|compare|optimize \w+ tiny)|--\w+|DIR\b|"
    r"[\w/.]*tiny-[\w.-]+|\b(anna|bai|chen|deng|W.)\b|\S+\.yaml"
)
"""What a Chinese reader sees in Latin letters: solvers, commands, files, people and windows by their codes."""


def rules_written() -> list[tuple[str, str]]:
    """Every `rule=` of a program's row outside the rosters, placeholders as X7; a name that is handed on is none."""
    found = []
    for path in sorted(Path("optimization").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "row" and "roster" not in path.stem:
                found += [(path.stem, text) for word in node.keywords if word.arg == "rule" and (text := plain(word.value))]
    return found


def plain(value: ast.expr) -> str:
    if isinstance(value, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in value.values)
    return str(value.value) if isinstance(value, ast.Constant) else ""


def test_every_rule_that_an_optimiser_writes_has_a_chinese_form() -> None:
    written = rules_written()
    assert len(written) > 12, "the search finds the rules at all"
    for where, rule in written:
        assert not ENGLISH.search(requirement(rule, "zh", {})), (where, rule)
    assert ENGLISH.search(requirement("a rule nobody knows", "zh", {})), "what has no form is seen"


def test_forms_in_both_languages_name_the_same_things() -> None:
    for en, zh in FORMS:
        assert sorted(re.findall(r"\{(\w+)\}", en)) == sorted(re.findall(r"\{(\w+)\}", zh)), en


@pytest.mark.parametrize(
    ("rule", "en", "zh"),
    [
        ("people: market, posted, licence", "people: Market regulation, posted, Licences", "人数：市场监管局，派驻，证照"),
        ("windows: security, household+licence", "windows: Public security, Household register + Licences", "窗口数：公安局，户政、证照"),
        ("budget: 40.5 paid hours a week", "budget: 40.5 paid hours a week", "预算：每周40.5付薪工时"),
        ("one takes 5 periods, the calendar has 4", "First takes 5 periods, the calendar has 4", "其一需5期，而全期只有4期"),
        ("one is decided by city, who may not be asked", "First is decided by city or province, who may not be asked",
         "其一由市或省决定，而本问题不得报请"),
        ("one and two exclude each other", "First and Second exclude each other", "其一与其二互斥"),
        ("costs of at most 5,000 CNY over the calendar", "costs of at most 5,000 CNY over the calendar", "期内成本至多5,000元"),
    ],
)  # fmt: skip
def test_codes_in_a_rule_give_way_to_names(rule: str, en: str, zh: str) -> None:
    reforms = {"one": Title(en="First", zh="其一"), "two": Title(en="Second", zh="其二")}
    labels = {**labels_of(load("tiny")), "reform": reforms}
    assert (requirement(rule, "en", labels), requirement(rule, "zh", labels)) == (en, zh)


@pytest.mark.parametrize(
    ("target", "cell", "en", "zh"),
    [
        ({"wait": "30 min", "queue": "each"}, "queue:household", "wait at most 30 min, each queue [queue: Household register]",
         "等候不超过30分钟，每个队列（队列：户政）"),
        ({"served": "0.9", "within": "15 min", "queue": "licence", "day": "mon"}, "", "90 % served within 15 min, Licences, Monday",
         "15分钟内叫到90%，证照，周一"),
        ({"walk_away": "5 %"}, "", "at most 5 % walk away", "弃号不超过5%"),
        ({"wait": "20 min", "half_hour": "each"}, "half_hour:9:00", "wait at most 20 min, each half hour [half hour from: 9:00]",
         "等候不超过20分钟，每个半小时（时段起：9:00）"),
    ],
)  # fmt: skip
def test_a_target_is_told_wherever_it_stands(target: dict[str, str], cell: str, en: str, zh: str) -> None:
    labels = labels_of(load("tiny"))
    words = Target.model_validate(target).words + (f" [{cell}]" if cell else "")
    assert requirement(words, "en", labels) == en and requirement(words, "zh", labels) == zh
    assert targets(f"全员上岗时：{words} 为 45.0 min。", "zh", labels) == f"全员上岗时：{zh} 为 45.0 min。"
    both = ("", f"以下要求不能同时满足（未证明）：{words}; hours kept; budget。")
    assert remark_name(both, "zh", labels) == f"以下要求不能同时满足（未证明）：{zh}；保留时段：现在有人服务的时段仍有人；工时预算。"


def test_measures_of_targets_windows_statuses_and_figures_have_names() -> None:
    labels = labels_of(load("tiny"))
    assert scoped_measure("not_served_within_15_min by queue at day:mon", "zh", labels) == "15分钟内未办理占比（按队列）（日：周一）"
    assert scoped_measure("walk_away_share by half_hour", "en", labels) == "share of tickets given up before the call by half hour"
    assert windows_name("market, licence", "zh", labels) == "市场监管局，证照"
    assert [status_name(s, "zh") for s in ("proved", "infeasible")] == ["已证明最优", "无可行方案"] and verdict_name(None, "zh") == "-"
    assert not any(ENGLISH.search(zh) for _, zh in FIGURES.values())


def test_steps_are_named_by_who_looks_and_no_code_is_left_in_an_order() -> None:
    """Presale: two desks of one department look, each by its own name; construction: each department by its name; own steps by use."""
    centre = load("district-hall").centre
    presale = step_names(centre.items["presale-permit"], centre, "zh")
    assert presale["look-planning"] != presale["look-registration"] and presale["visit"] == "现场核查"
    project = step_names(centre.items["construction-project"], centre, "en")
    assert (project["look-fire"], project["sign-fire"]) == (
        centre.departments["fire"].title.en, f"{centre.departments['fire'].title.en}, signature"
    )  # fmt: skip
    assert order_words("visit；其后look-planning（在visit之后）", presale) == f"现场核查；其后{presale['look-planning']}（在现场核查之后）"


@pytest.mark.parametrize("kind", ["flow", "staffing", "portfolio"])
def test_a_chinese_answer_has_no_english_in_it(kind: str, tmp_path: Path) -> None:
    text = Path(f"scenarios/problems/tiny-{kind}.yaml").read_text(encoding="utf-8")
    file = tmp_path / "tiny-few.yaml"
    file.write_text(text.replace("tiny-delegate, tiny-one-window]", "tiny-delegate]").replace("stresses: [tiny-surge]\n", "").replace(
        ", tiny-one-window: 1}", "}"), encoding="utf-8")
    told = ["--problem", str(file), "--language", "zh", "--replications", "2", "--days", "2", "--store", str(tmp_path), "--workers", "1"]
    found = CliRunner().invoke(app, ["optimize", kind, "tiny", *told])
    assert found.exit_code == 0, found.output
    left = [line for line in found.stdout.splitlines() if ENGLISH.search(KNOWN.sub("", line))]
    assert not left, "\n".join(left)
