"""What an answer about routes says besides figures: whether to do it, what it promises anew, where its model is wrong about today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.language import MEMBERS, title_of
from workbench.quantities import number, span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optimization.flow import FlowSolution
    from optimization.flow_problem import FlowProblem
    from optimization.solution import Verified
    from simulation.items import Item
    from simulation.scenario import Scenario

WORDS = {
    "yes": ("{question} As proposed, yes: in the whole centre neither the wait nor who gives up surely grows so much that it shows.",
            "{question}按本方案，可以：全中心的等候与弃号均无可见的确定增加。"),
    "only if": (
        "{question} As proposed, only if {price} in the whole centre are accepted: the objective does not count them (it has minutes of "
        "people and working days of these items only).",
        "{question}按本方案，仅当可以接受全中心{price}时才可以：目标值未计入这些代价（只计这些事项的人工分钟与工作日）。",
    ),
    "no": ("{question} As proposed, no: no item is surely decided sooner.", "{question}按本方案，不宜：没有事项确定加快。"),
    "wait_mean": ("longer waits", "等候延长"), "walk_away_share": ("more who give up", "弃号增加"), "and": (" and ", "、"),
    "promise": ("Promise of “{item}”: {changes}.", "“{item}”的承诺：{changes}。"),
    "class": ("case class {old} -> {new}", "办件类型 {old} → {new}"),
    "limit": ("promised limit {old} -> {new} working days", "承诺时限 {old} → {new}个工作日"),
    "online": ("filed online {old} -> {new} working days", "网上申请 {old} → {new}个工作日"), "none": ("none", "无"),
    "held": (
        "“Share decided within the promised limit” holds today's cases against today's promise and the proposal's against its own.",
        "“承诺时限内办结率”：现状办件按现承诺计，方案办件按新承诺计。",
    ),
    "outside": (
        "{item}: the model says {model:+.2f} working days, simulation {change} [{ends}]. It is off by {today:+.2f} for today ({was:.2f}, "
        "simulated {seen:.2f}) and by {off:+.2f} for the proposal: it knows only a case filed at a window, at mean times, without queues "
        "and filing online. Decide by the simulated figure.",
        "{item}：模型为{model:+.2f}个工作日，仿真为{change} [{ends}]。模型对现状偏差{today:+.2f}（模型{was:.2f}，仿真{seen:.2f}），"
        "对方案偏差{off:+.2f}：模型只计窗口件、按平均时间、不含排队与网上申请。请以仿真值为准。",
    ),
    "promised": ("promised: {wd}", "承诺：{wd}"), "wd": ("{wd} working days", "{wd}个工作日"),
    "and online": (", online {wd}", "，网上{wd}"),
}  # fmt: skip


def answered(solution: FlowSolution, problem: FlowProblem, language: str) -> str:
    """Answer the question of the problem: yes, no, or only if the whole centre accepts what the objective does not count."""
    from optimization.flow import DAYS
    from workbench.flow import HARM, HARMS, way_of

    zh, rows = language == "zh", solution.verified
    harms = [r for r in rows if r.group == "all" and r.measure in HARMS and way_of(r) in HARM and number(vars(r), "difference") != "0.0"]
    sooner = any(r.measure == DAYS and r.group != "all" and r.verdict == "met" and r.difference for r in rows)
    key = "no" if not sooner else "only if" if harms else "yes"
    price = WORDS["and"][zh].join(WORDS[r.measure][zh] for r in harms)
    return WORDS[key][zh].format(question=title_of(problem.question, language), price=price)


def promises(solution: FlowSolution, scenario: Scenario, language: str) -> Iterator[str]:
    """Yield for each item what its class and its promised limits become, old -> new; then against which promise cases are held."""
    from simulation.reforms import apply

    if solution.reform is None:
        return
    zh, after, told = language == "zh", apply(scenario, solution.reform).centre.items, False
    for name in (chosen.taken.item for chosen in solution.routes if chosen.taken.edits):
        old, new = scenario.centre.items[name], after[name]
        named = [MEMBERS["class"].get(item.case_class, (item.case_class,) * 2)[zh] for item in (old, new)]
        pairs = {"class": named, "limit": [_wd(item.promise_wd, zh) for item in (old, new)]}
        pairs |= {"online": [_wd(online_promise(item), zh) for item in (old, new)]} if old.online and new.online else {}
        changes = [WORDS[key][zh].format(old=a, new=b) for key, (a, b) in pairs.items() if a != b]
        if changes:
            told = True
            yield WORDS["promise"][zh].format(item=title_of(old.title, language), changes=("，" if zh else ", ").join(changes))
    if told:
        yield WORDS["held"][zh]


def promised(item: Item, zh: bool) -> str:
    """Return an item's promise as it stands beside a picture of its route; nothing where there is none."""
    if item.promise_wd is None:
        return ""
    online = online_promise(item)
    apart = WORDS["and online"][zh].format(wd=_wd(online, zh)) if item.online and online != item.promise_wd else ""
    return WORDS["promised"][zh].format(wd=WORDS["wd"][zh].format(wd=_wd(item.promise_wd, zh)) + apart)


def online_promise(item: Item) -> float | None:
    """Return the working days promised to a case filed online: the item's own where nothing else is said."""
    return item.promise_wd if item.online is None or item.online.promise_wd is None else item.online.promise_wd


def off_today(solution: FlowSolution, row: Verified) -> tuple[float, float, float] | None:
    """Return of an item's days what the model says they are today, change by, and by how much simulation is above the model today."""
    from optimization.flow import DAYS

    chosen = next((c for c in solution.routes if row.measure == DAYS and row.group == f"item:{c.taken.item}"), None)
    if chosen is None or row.baseline is None:
        return None
    return chosen.today.wd, chosen.taken.wd - chosen.today.wd, row.baseline - chosen.today.wd


def outside(solution: FlowSolution, scenario: Scenario, language: str) -> Iterator[str]:
    """Yield for each item whose change in the model lies outside the simulated interval by how much the model is wrong, and why."""
    zh = language == "zh"
    for row in solution.verified:
        known, low, high = off_today(solution, row), row.difference_low, row.difference_high
        if known is None or low is None or high is None or low <= known[1] <= high:
            continue
        seen = vars(row)
        ends = span(seen, "difference_low", "difference_high", signed=True)
        title = title_of(scenario.centre.items[row.group.removeprefix("item:")].title, language)
        yield WORDS["outside"][zh].format(
            item=title, was=known[0], model=known[1], today=known[2], seen=row.baseline, off=row.gap or 0.0,
            change=number(seen, "difference", signed=True), ends=ends,
        )  # fmt: skip


def _wd(days: float | None, zh: bool) -> str:
    return WORDS["none"][zh] if days is None else f"{float(days):g}"
