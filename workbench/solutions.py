"""What `optimize` prints: the model's answer with its proof, and what the simulation says of it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.language import COLON, SEPARATOR, counted, heading, title_of
from workbench.quantities import NONE, number, span, unit_name
from workbench.report import print_json
from workbench.requirements import backend_name, cell_name, figure_name, remark_name, requirement, scoped_measure, status_name, verdict_name
from workbench.titles import labels_of

if TYPE_CHECKING:
    from optimization.solution import Solution
    from optimization.staffing_problem import StaffingProblem
    from simulation.reforms import Cost, Reform
    from simulation.scenario import Scenario
    from simulation.units import Money
    from workbench.language import Labels

WORDS = {
    "objective": ("objective", "方案"), "bound": ("bound", "下界"), "gap": ("gap", "差距"),
    "model": ("model", "模型"), "target": ("target", "目标"), "today": ("today", "现状"), "proposed": ("proposed", "方案"),
    "interval": ("95 % interval, fresh seeds", "95% 区间（新种子）"), "difference": ("difference", "差值"),
    "verdict": ("verdict", "结论"), "identical": ("identical", "无变化"),
    "none": ("the model would change nothing", "模型认为无需调整"),
    "may": (
        "The model may change shift, seat and skills of today's people (they keep employer and contract{permitted}), send "
        "people back and close windows; it hires nobody, opens no window, asks for somebody at all hours served today, and leaves "
        "routes, promises and demand alone.",
        "模型可调整现有人员的班次、窗口和业务技能（不变更派驻单位与用工形式{permitted}），可让人员返回原单位、关闭窗口；"
        "不增人、不增窗、现在有人服务的时段仍要求有人，不改流程、承诺和需求。",
    ),
    "objective is": (
        "Objective, in points a week: paid hours, {training:g} for each person trained, {change:g} for each placed anew{missing}.",
        "目标值（每周点数）：付薪工时，每培训一人计{training:g}，每重新安排一人计{change:g}{missing}。",
    ),
    "missing": (", {missing:g} for each hour in which one person is missing", "，每缺一人一小时计{missing:g}"),
    "targets": (
        "Targets are those of the problem `{name}`. Where a target is of each queue, half hour or day, that which decides is "
        "shown (of the worst verdict the largest value), and all must meet it.",
        "目标取自问题文件 {name}。"
        "按队列、半小时或日期设定的目标显示起决定作用者（结论最差，其中数值最大），全部达到才算达到。",
    ),
    "clash": (
        "These requirements cannot hold together, and each of them is needed for that: give way in one of them",
        "以下要求不能同时满足，且缺一则不再矛盾：须放宽其中之一",
    ),
    "clash of one": (
        "This cannot be kept, whatever else gives way, by today's people and windows: give way in it",
        "仅此一项，现有人员和窗口也无法满足，其他要求放宽亦无济于事：须放宽",
    ),
    "scales": (
        "Hours a week and hours a day are one change on two scales. {before:.0f} to {after:.0f} paid hours a week are those of people at "
        "windows; {today:.1f} to {then:.1f} hours a day are those of all staff, in offices too, over the days measured. The change is "
        "{week:+.0f} h a week, {day:+.1f} h a day{beyond}.",
        "每周工时与每日工时是同一变化的两种口径：每周{before:.0f}→{after:.0f}付薪工时只计窗口人员；"
        "每日{today:.1f}→{then:.1f}小时计全体人员（含后台），按所测日期平均。变化为每周{week:+.0f}小时、每日{day:+.1f}小时{beyond}。",
    ),
    "beyond": (" ({beyond:.0f} h a week are paid beyond the roster)", "（其中每周{beyond:.0f}小时为排班之外照付）"),
    "also missed": ("Missed with everybody seated too:", "全员上岗时仍未达到的还有："),
    "contradiction": (
        "The data of the model contradict each other before any requirement is asked for.",
        "模型数据自相矛盾，与所提要求无关。",
    ),
    "decided": ("Decided by: {who}. Ready {ready}. Cost: {cost}.", "决定权：{who}。{ready}就绪。费用：{cost}。"),
    "at once": ("at once", "即时"), "in days": ("in {days:g} days", "{days:g}天后"), "no cost": ("none stated", "未列"),
    "once": ("{money} once", "一次性{money}"), "yearly": ("{money} a year", "每年{money}"),
    "law": ("What the law says of it, beyond what today's hall already breaks:", "本方案涉及的法律规则（现状已有者不计）："),
    "lawful": (
        "It breaks no rule of law that can be computed from files, beyond what today's hall breaks.",
        "除现状已有者外，未违反可由文件计算的法律规则。",
    ),
    "check": (
        "Before anybody decides, run `onewindow check {file}`, and `onewindow compare {file}` for all it changes beside today.",
        "决策前请运行 `onewindow check {file}`；与现状的全面比较：`onewindow compare {file}`。",
    ),
    "instead": (
        "Files: {file} is recommended (“{title}”), `onewindow compare {file}` shows all it changes beside today.",
        "文件：建议采用 {file}（“{title}”），`onewindow compare {file}` 显示其与现状的全部差别。",
    ),
    "or": (" Or {file} (“{title}”): `onewindow compare {file}`.", "或 {file}（“{title}”）：`onewindow compare {file}`。"),
    "not worth": (
        " {file} is what was asked about and is not worth it (“{title}”); what follows is of it.",
        "{file} 为所问方案（“{title}”），不值得采用；以下各行均指该文件。",
    ),
    "written": (" `--out DIR` writes that file.", "该文件由 `--out DIR` 写出。"),
    "search": ("{seconds:.0f} s: {staffings} simulated: {best}, {bound}", "{seconds:.0f}秒：已仿真{n}个排班方案，{best}，{bound}"),
    "best": ("best {points} points", "最优{points}点"), "no best": ("none keeps the targets yet", "尚无达标者"),
    "none below": ("none below {points} points", "不低于{points}点"), "no bound yet": ("no bound yet", "尚无下界"),
    "gap is": (", gap {gap:.1%}", "，差距{gap:.1%}"), "no bound": ("no bound", "无下界"),
    "no file": ("no file written: the model would change nothing", "未写出文件：模型认为无需调整"),
    "worst": (", which decides of {cells} cells, of which {met} meet it{today}", "，{cells}格中起决定者（{met}格达标{today}）"),
    "worst today": (" (today {met})", "，现状{met}格"),
    "left out": (
        "  not judged: {cells} with fewer than one ticket on a day that they come, which hold {share:.1%} of the target's tickets",
        "  未评判：{n}格平均每个所属日期不足1个叫号，占该目标全部叫号的{share:.1%}",
    ),
    "saving": ("without it", "取消该项"),
    "nothing": ("No staffing that was tried keeps the targets.", "所试方案均达不到目标。"),
    "rules": (
        "What one more would save, points of the objective: paid hours and {missing:g} for each hour missing",
        "每增加一个单位可节省的目标点数：付薪工时，每缺一人一小时计{missing:g}",
    ),
}  # fmt: skip


STATUS_LINE, SEED = ("status: ", "状态："), (", seed {seed}", "，种子{seed}")


def write_reform(reform: Reform, folder: Path, baseline: str) -> Path:
    """Write the reform file of `baseline`, a stem or a path from here that becomes one from `folder`, and return its path."""
    from simulation.files import dump

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{reform.name}.yaml"
    path.write_text(dump(reform.model_copy(update={"baseline": beside(baseline, folder)})), encoding="utf-8")
    return path


def beside(name: str, folder: Path) -> str:
    """Return how a file in `folder` names a file, a path from here; a stem stays what it is."""
    return Path(os.path.relpath(name, folder)).as_posix() if Path(name).is_file() else name


def decision(reform: Reform | None, scenario: Scenario) -> dict[str, Any]:
    """Return who decides on a reform of `scenario`, in how many days it is ready, what it costs (CNY) and what the law says of it.

    `authority`, `lead_time_days` and `cost` are None where there is no reform; a cost that the reform does not state is 0.
    """
    if reform is None:
        return {"authority": None, "lead_time_days": None, "cost": None, "warnings": []}
    from governance.legality import of_reforms
    from governance.rules import load_rules

    return {
        "authority": reform.authority,
        "lead_time_days": float(reform.lead_time) / 86_400,
        "cost": {name: _amount(getattr(reform.cost, name)) for name in ("once", "yearly")},
        "warnings": [found.document() for found in of_reforms(scenario, [reform], load_rules(()))],
    }


def print_answer(document: Mapping[str, Any], reform: Reform | None, scenario: Scenario) -> None:
    """Print what an optimiser answers, with who decides on it, as one strict JSON document."""
    print_json({**document, **decision(reform, scenario)})


def law_said(reform: Reform | None, scenario: Scenario, language: str) -> str:
    """Return what the law says of a reform, in words: rule, article, whom it concerns, remedy; nothing where it breaks no rule."""
    if reform is None:
        return ""
    from governance.legality import of_reforms
    from governance.rules import load_rules
    from simulation.reforms import apply
    from workbench.lawfulness import lines

    found = of_reforms(scenario, [reform], load_rules(()))
    told = lines(found, language, (scenario, apply(scenario, reform))) if found else []
    return "\n".join([WORDS["law"][language == "zh"], *(f"  {line}" for line in told)]) if told else ""


def print_decision(reform: Reform, scenario: Scenario, folder: Path | None, language: str) -> None:
    """Print who decides on a reform, when it is ready, what it costs, that it breaks no rule of law where it breaks none (`law_said` tells
    those it does, beside the answer itself), and how to check its file.
    """
    from workbench.titles import AUTHORITY

    zh = language == "zh"

    def word(key: str, **told: object) -> str:
        return WORDS[key][zh].format(**told)

    days = float(reform.lead_time) / 86_400
    cost = cost_words(reform.cost, zh)
    print(word("decided", who=AUTHORITY[reform.authority][zh], ready=word("in days", days=days) if days else word("at once"), cost=cost))
    if not law_said(reform, scenario, language):
        print(word("lawful"))
    print(word("check", file=f"{os.path.relpath(folder) if folder else 'DIR'}/{reform.name}.yaml") + ("" if folder else word("written")))


def instead_words(instead: Sequence[Reform], reform: Reform, scenario: Scenario, folder: Path | None, language: str) -> str:
    """Say what the law says of what is recommended, which file holds it and which what was asked about, and how to compare it.

    `folder` will hold the files.
    """
    zh, place = language == "zh", os.path.relpath(folder) if folder else "DIR"
    rows = [("or" if k else "instead", one) for k, one in enumerate(instead)] + [("not worth", reform)]
    told = "".join(WORDS[key][zh].format(file=f"{place}/{one.name}.yaml", title=title_of(one.title, language)) for key, one in rows)
    laws = [(title_of(one.title, language), law_said(one, scenario, language)) for one in instead]
    told = "".join(f"“{title}”{'：' if zh else ': '}{law}\n" for title, law in laws if law) + told
    return told if folder else told + WORDS["written"][zh].replace("writes that file", "writes these files").replace("该文件", "以上文件")


def _amount(money: Money) -> dict[str, float | None]:
    return {"value": float(money), "low": money.low, "high": money.high}


def money_words(money: Money, zh: bool) -> str:
    """Return an amount with its range: yuan, in Chinese ten thousand of them."""
    told = [f"{x / 10_000:g}" if zh else f"{x:,.0f}" for x in (float(money), money.low, money.high) if x is not None]
    ends = f"（{'至'.join(told[1:])}）" if zh else f" ({' to '.join(told[1:])})"
    return (f"{told[0]}万元" if zh else f"CNY {told[0]}") + (ends if told[1:] else "")


def cost_words(cost: Cost, zh: bool) -> str:
    """Return what a reform costs, once and a year, each with its range."""
    costs = [WORDS[name][zh].format(money=money_words(amount, zh)) for name in ("once", "yearly") if (amount := getattr(cost, name))]
    return ("，" if zh else ", ").join(costs) or WORDS["no cost"][zh]


def status_line(solution: Solution, language: str) -> str:
    """Return the status of a model, what found the answer and from which seed, in the reader's language."""
    told = f"{STATUS_LINE[language == 'zh']}{status_name(solution.status, language)}   {backend_name(solution.backend, language)}"
    return told + SEED[language == "zh"].format(seed=solution.seed)


def searching(language: str = "en") -> Callable[[int, float | None, float | None], None]:
    """Return a callback that tells on standard error how far a search is: seconds since now, best, bound and gap."""
    began = time.monotonic()

    def tell(n: int, cost: float | None, bound: float | None) -> None:
        zh = language == "zh"
        best = WORDS["no best" if cost is None else "best"][zh].format(points=_number(cost))
        least = WORDS["no bound yet" if bound is None else "none below"][zh].format(points=_number(bound))
        if cost is not None and bound is not None:
            least += WORDS["gap is"][zh].format(gap=max(0.0, cost - bound) / max(1.0, abs(cost)))
        told = {"seconds": time.monotonic() - began, "n": n, "staffings": counted(n, "staffing"), "best": best, "bound": least}
        print(WORDS["search"][zh].format(**told), file=sys.stderr)

    return tell


def print_solution(solution: Solution, problem: StaffingProblem, scenario: Scenario, *, as_json: bool, language: str) -> None:
    """Print a solution of a staffing problem of `scenario` as one JSON document, or as text."""
    if as_json:
        print_json(solution.document())
        return
    from optimization.staffing_answer import Staffing
    from workbench.rostered import print_roster
    from workbench.staffing_changes import print_changes

    zh, labels = language == "zh", labels_of(scenario)
    points = {name: float(price) for name, price in problem.prices if name != "source"}

    def word(key: str) -> str:
        return WORDS[key][zh]

    permitted = "" if not problem.permissions else "，问题文件许可者除外" if zh else " but for the permissions of the problem"
    print(word("may").format(permitted=permitted))
    print(status_line(solution, language))
    if solution.status == "infeasible":
        print(word("clash" if len(solution.clash) > 1 else "clash of one") + COLON[zh].strip() if solution.clash else word("contradiction"))
        for rule in solution.clash:
            print(f"  {requirement(rule, language, labels)}")
        _print_missed(solution, language, labels)
        for remark in solution.remarks:
            print(remark_name(remark, language, labels))
        return
    if solution.objective is not None:
        known = solution.bound is not None
        proof = f"{word('bound')} {_number(solution.bound)}   {word('gap')} {_number(solution.gap)}" if known else word("no bound")
        print(f"{word('objective')} {solution.objective:.1f}   {proof}")
        missing = word("missing").format(**points) if problem.method == "levels" else ""
        print(f"  {word('objective is').format(**{**points, 'missing': missing})}")
    for name, value in solution.model:
        print(f"  {word('model')}{COLON[zh]}{figure_name(name, language)} {value:.1f}")
    if solution.objective is None:
        print(word("nothing"))
        _print_missed(solution, language, labels)
    else:
        print(title_of(solution.reform.title, language) if solution.reform else word("none"))
    if solution.reform is not None and solution.reform.reason is not None:
        print(f"  {solution.reform.reason.zh if zh else solution.reform.reason.en}")
    if isinstance(solution, Staffing):
        print_changes(solution, language)
    for row in solution.verified:
        told = vars(row)
        comma, unit = SEPARATOR[zh], unit_name(row.unit, language)
        which = "" if row.group == "all" else f"{comma}{cell_name(row.group, language, labels)}"
        today = "" if row.baseline_cells_met is None else word("worst today").format(met=row.baseline_cells_met)
        which += word("worst").format(cells=row.cells, met=row.cells_met, today=today) if row.cells > 1 else ""
        name = f"{heading(scoped_measure(row.measure, language, labels))}{which}" + (f"（{unit}）" if zh else f" ({unit})")
        interval = span(told, "low", "high") or NONE
        change = f"{number(told, 'difference', signed=True)} [{span(told, 'difference_low', 'difference_high', signed=True) or NONE}]"
        if solution.reform is None or row.difference == row.difference_low == row.difference_high == 0:
            change = word("identical")
        was = f" [{between}]" if (between := span(told, "baseline_low", "baseline_high")) else ""
        was += f" ({verdict_name(row.baseline_verdict, language)})" if row.baseline_verdict is not None else ""
        parts = [f"{word('today')} {number(told, 'baseline')}{was}"]
        parts += [f"{word('proposed')} {number(told, 'value')} {word('interval')} [{interval}]", f"{word('difference')} {change}"]
        if row.target is not None and row.verdict is not None:
            parts += [f"{word('target')} {number(told, 'target')}", f"{word('verdict')} {verdict_name(row.verdict, language)}"]
        print(f"{name}{COLON[zh]}{comma.join(parts)}" + (f"（n={row.n}）" if zh else f" (n={row.n})"))
        if row.cells_left_out:
            n = row.cells_left_out
            print(word("left out").format(n=n, cells=counted(n, "cell"), share=row.tickets_left_out))
    if solution.verified:
        print(word("targets").format(name=problem.name))
    _print_scales(solution, language)
    for remark in solution.remarks:
        print(remark_name(remark, language, labels))
    if isinstance(solution, Staffing):
        print_roster(solution, language, labels)
    if solution.why:
        print(word("rules").format(**points) + COLON[zh].strip())
    for price in solution.why[:12]:
        without = "" if price.saving is None else f"{word('saving')} {price.saving:.1f}"
        saving = without and (f"（{without}）" if zh else f"  ({without})")
        print(f"  {price.price or 0.0:8.1f}  {requirement(price.rule, language, labels)}{saving}")


def _print_missed(solution: Solution, language: str, labels: Labels) -> None:
    """Print the targets missed with everybody seated that the first sentence does not name."""
    from workbench.staffing_said import MOST, over_said

    if rest := getattr(solution, "seated", ())[MOST:]:
        print("\n  ".join([WORDS["also missed"][language == "zh"], *(over_said(row, language, labels) for row in rest)]))


def _print_scales(solution: Solution, language: str) -> None:
    """Print how the hours a week of the model and the hours a day of the simulation belong together."""
    model, zh = dict(solution.model), language == "zh"
    row = next((row for row in solution.verified if row.measure == "rostered_hours"), None)
    if row is None or row.difference is None or solution.reform is None:
        return
    before, after = (model[name] for name in ("paid_hours_a_week_today", "paid_hours_a_week"))
    days = getattr(solution, "short_days", None)
    beyond = WORDS["beyond"][zh].format(beyond=days.beyond) if days is not None and days.beyond else ""
    told = {"before": before, "after": after, "today": row.baseline, "then": row.value, "week": after - before, "day": row.difference}
    print(WORDS["scales"][zh].format(**told, beyond=beyond))


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
