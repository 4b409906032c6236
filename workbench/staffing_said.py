"""The answer of `optimize staffing` in words: how many hours do, how surely, who waits longer, which targets are shown, what to do then."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from workbench.language import SEPARATOR, Labels, counted, heading, member_name
from workbench.quantities import number, span, unit_name, unit_of
from workbench.requirements import cell_name, scoped_measure, verdict_name, windows_name
from workbench.titles import labels_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from optimization.solution import Solution, Verified
    from simulation.scenario import Scenario

COMMA, STOP = (", ", "、"), (".", "。")
MOST = 3
"""So many queues at most are named of those that wait longer."""
PROVED = 0.005
"""A share that would be printed as 0 %."""
FRESH_MOST = 10_000
"""Replications that verify, at most (`problem.MOST`)."""
WORDS = {
    "hours": ("{after:.0f} paid hours a week do in place of {before:.0f}", "每周{after:.0f}付薪工时即可（现状{before:.0f}）"),
    "hours by search": ("{after:.0f} paid hours a week in place of {before:.0f} would do by {by}, {but}",
                        "按{by}，每周{after:.0f}付薪工时可行（现状{before:.0f}），但{but}"),
    "the search": ("the search", "搜索结果"), "the formula": ("the formula", "公式测算"),
    "open": ("not yet shown: {open} of {n} targets {are} undecided", "尚未证明：{n}个目标中{open}个尚难判断"),
    "refused": ("but on fresh seeds {missed} of {n} targets {are} missed", "新种子下{n}个目标中{missed}个未达到"),
    "open too": (" and {open} undecided", "，{open}个尚难判断"),
    "unseen": ("but it was not simulated on fresh seeds", "未经新种子仿真"),
    "more runs": (" `--replications {n}` should decide {what}, if the values stay as they are.",
                  "若数值不变，用 `--replications {n}` 可对{what}作出判断。"),
    "what is open": ("what is undecided", "尚难判断者"), "the others": ("the other targets that are undecided", "其余尚难判断者"),
    "at the limit": (" {what} lies so close to its target that more replications hardly decide it: ask for a little less, and give a "
                     "little more.", "{what}与目标过于接近，增加重复次数也难以判断：目标可略放宽，人手可略增加。"),
    "missed more": (" Targets that are missed need more hours: ask a little more of the search (a shorter wait), or let it run longer "
                    "(`search` in the problem file).",
                    "未达到的目标需要更多工时：请在问题文件中把目标略收紧，或延长搜索（`search`）。"),
    "now": ("; today {value}{span}, {verdict}", "；现状{value}{span}，{verdict}"),
    "everybody": ("Even with everybody seated the targets are missed: {rest}. {then}", "即使全员上岗，目标仍达不到：{rest}。{then}"),
    "asked over": ("{name} {value} {unit}, at most {target} asked, {over} above it", "{name}{value}{unit}，要求至多{target}，超出{over}"),
    "uncalled": ("{name}: nobody is called", "{name}：无人被叫到"),
    "no budget": ("So no budget helps, unless more people lengthened waits", "因此任何工时预算都无济于事（除非增人反使等候变长）"),
    "no hours": ("No number of hours was found that does", "未找到可行的工时数"),
    "give way": (": allow longer waits, or change windows, people or work by a reform.",
                 "：请放宽等候目标，或以改革调整窗口、人员或业务。"),
    "short days": (
        " {proposed} person-days a week at windows are shorter than {least:g} h (today {today}){where}{beyond}; were every one paid as "
        "a whole day, it would be {whole:.0f} paid hours against {whole_today:.0f} today.",
        "每周有{proposed}个人日在岗不足{least:g}小时（现状{today}）{where}{beyond}；若均按整日计薪，则为每周{whole:.0f}付薪工时（现状{whole_today:.0f}）。",
    ),
    "at": (": {windows}", "：{windows}"),
    "overload": (" More work than its people have time for, new or worse than today: {told}.",
                 "工作量超过人员工时（新增或比现状更严重）：{told}。"),
    "load": ("{names} {load:.1f} of {capacity:.1f} h a day, {times:.2f} times (today {today})",
             "{names}每日{load:.1f}小时，能力{capacity:.1f}小时，为{times:.2f}倍（现状{today}）"),
    "at most once": ("at most 1.00", "不超过1.00"),
    "beyond": ("; {beyond:.0f} of the paid hours are the rest of days that become shorter, which full-time people are paid all the same",
               "；付薪工时中有{beyond:.0f}小时属缩短工作日的余下部分，全日制人员仍须照付"),
    "as today": ("Nobody needs to sit otherwise than today: {before:.0f} paid hours a week", "无需调整：每周{before:.0f}付薪工时"),
    "sure": (", and it is proved that no staffing of the model takes fewer points a week ({objective:.0f})",
             "，已证明模型中没有点数更少的排班（每周{objective:.0f}点）"),
    "at most": ("; in points a week at most {share:.0%} fewer could do by what is proved: {bound:.0f} against this one's {objective:.0f}",
                "；按每周点数计，就已证明者而言至多还可少{share:.0%}：{bound:.0f}点对本方案{objective:.0f}点"),
    "pay": ("; who waits longer: {queues}", "；等候变长者：{queues}"),
    "nobody pays": ("; no queue surely waits longer", "；没有队列确定等候更久"),
    "queue": ("{name} {before} to {after} {unit}", "{name}{before}→{after}{unit}"), "more": (" and {n} more", "等另{n}个"),
    "no staffing": ("No staffing that was looked at keeps the targets", "所考察的排班均达不到目标"),
    "least": (". Without the budget the other requirements need {found:g} paid hours a week: none with fewer keeps them",
              "。若不设预算，其余要求每周需{found:g}付薪工时，更少者均不可行"),
    "between": (". Without the budget {found:g} paid hours a week keep the other requirements, and none below {bound:g}",
                "。若不设预算，每周{found:g}付薪工时可满足其余要求，低于{bound:g}者均不可行"),
    "bound": (". Without the budget no staffing was found either that keeps the other requirements; it would take {bound:g} paid hours a "
              "week or more", "。即使不设预算，也未找到满足其余要求的方案；若有，每周至少需{bound:g}付薪工时"),
    "found": (". Without the budget {found:g} paid hours a week keep the other requirements; how many fewer might is not known",
              "。若不设预算，每周{found:g}付薪工时可满足其余要求；能否更少未知"),
    "all met": ("on fresh seeds every target is met ({n})", "新种子下{n}个目标全部达到"),
    "some met": ("on fresh seeds {met} of {n} targets are met; not shown: {rest}",
                 "新种子下{n}个目标中{met}个达到；尚难判断或未达到：{rest}"),
    "target": ("{name} {value} {unit}{span}, at most {target} asked",
               "{name}{value}{unit}{span}，要求至多{target}"),
    "left out": (" (not judged for few tickets: {cells} with {share:.0%} of the tickets of {name})",
                 "（叫号过少而未评判：“{name}”中{n}格，占其叫号的{share:.0%}）"),
    "missed": (" (missed)", "（未达到）"),
}  # fmt: skip


def of_staffing(solution: Solution, scenario: Scenario, language: str = "en") -> str:
    """Say how many paid hours do, how sure that is, who waits longer for it, and which targets are met on fresh seeds."""
    zh, labels, model = language == "zh", labels_of(scenario), dict(solution.model)
    if solution.objective is None:
        return _everybody(solution, language, labels) or WORDS["no staffing"][zh] + _least(model, zh) + STOP[zh]
    asked = [row for row in solution.verified if row.target is not None]
    before, after = (model[name] for name in ("paid_hours_a_week_today", "paid_hours_a_week"))
    told = WORDS["as today"][zh].format(before=before) if solution.reform is None else _hours(solution, asked, before, after, zh)
    if solution.bound is not None:
        share = max(0.0, 1 - solution.bound / solution.objective) if solution.objective > 0 else 0.0
        proof = {"bound": solution.bound, "objective": solution.objective, "share": share}
        sure = WORDS["sure" if share < PROVED else "at most"][zh].format(**proof)
        told += sure if solution.reform is None or (asked and all(row.verdict == "met" for row in asked)) else sure.replace(", and", ";", 1)
    told += _who_waits(getattr(solution, "cells", ()), language, labels) if solution.reform is not None else ""
    open_ = [row for row in asked if row.verdict != "met"]
    met = {"n": len(asked), "met": len(asked) - len(open_), "rest": COMMA[zh].join(_target(row, language, labels) for row in open_)}
    few = "".join(
        WORDS["left out"][zh].format(
            n=row.cells_left_out, cells=counted(row.cells_left_out or 0, "cell"), share=row.tickets_left_out,
            name=scoped_measure(row.measure, language, labels),
        )
        for row in asked if row.tickets_left_out >= PROVED
    )  # fmt: skip
    if asked:
        told += f"{'；' if zh else '; '}{WORDS['some met' if open_ else 'all met'][zh].format(**met)}{few}"
    more = _then(solution, open_, language, labels), _loads(solution, language, labels), _short(solution, language, labels)
    return f"{told}{STOP[zh]}{''.join(more)}"


def _hours(solution: Solution, asked: Sequence[Verified], before: float, after: float, zh: bool) -> str:
    """Say how many hours do; only by the search where the fresh seeds do not show it."""
    missed, open_ = (sum(row.verdict == verdict for row in asked) for verdict in ("missed", "undecided"))
    searched = "least_in_the_search" in dict(solution.model)
    hours = {"before": before, "after": after, "by": WORDS["the search" if searched else "the formula"][zh]}
    if asked and not missed and not open_:
        return WORDS["hours"][zh].format(**hours)
    numbers = {"n": len(asked), "missed": missed, "open": open_, "are": "is" if (missed or open_) == 1 else "are"}
    but = WORDS["refused" if missed else "open" if open_ else "unseen"][zh].format(**numbers)
    but += WORDS["open too"][zh].format(**numbers) if missed and open_ else ""
    return WORDS["hours by search"][zh].format(**hours, but=but)


def runs_to_decide(rows: Iterable[Verified]) -> int | None:
    """Return how many replications decide all undecided rows if values stay: intervals shrink with the square root of their number.

    None where that is more than a block of fresh replications has, or a value is not known.

    Example
    -------
    A value of 28 in [24, 32] against 30 is half of its half-width away: 4 x 10 replications.

    >>> from optimization.solution import Verified
    >>> runs_to_decide([Verified("m", "all", "s", 30, 28, 24, 32, 10, "undecided", None, None, None, None)])
    40
    """
    most = 0.0
    for row in rows:
        if row.value is None or row.target is None or row.low is None or row.high is None or row.value == row.target:
            return None
        half = row.high - row.value if row.value < row.target else row.value - row.low
        most = max(most, row.n * (half / (row.target - row.value)) ** 2)
    tens = 10 * ceil(most / 10 - 1e-9)
    return tens if tens <= FRESH_MOST else None


def _then(solution: Solution, open_: Sequence[Verified], language: str, labels: Labels) -> str:
    """Say what to do about targets that are undecided or missed."""
    zh, told = language == "zh", ""
    by: dict[bool, list[Verified]] = {True: [], False: []}
    for row in (r for r in open_ if r.verdict == "undecided"):
        cells = [c for c in getattr(solution, "cells", ()) if (c.measure, c.target, c.verdict) == (row.measure, row.target, "undecided")]
        by[runs_to_decide(cells or [row]) is not None] += cells or [row]
    if by[False]:
        names = COMMA[zh].join(dict.fromkeys(scoped_measure(row.measure, language, labels) for row in by[False]))
        told += WORDS["at the limit"][zh].format(what=heading(names))
    if by[True]:
        told += WORDS["more runs"][zh].format(n=runs_to_decide(by[True]), what=WORDS["the others" if by[False] else "what is open"][zh])
    searched = "least_in_the_search" in dict(solution.model)
    return told + (WORDS["missed more"][zh] if searched and any(row.verdict == "missed" for row in open_) else "")


def _everybody(solution: Solution, language: str, labels: Labels) -> str:
    """Say which targets are missed even with everybody seated and by how much; nothing where that is not so, or not known."""
    zh, rows = language == "zh", list(getattr(solution, "seated", ()))
    if not rows:
        return ""
    rest = ("；" if zh else "; ").join(over_said(row, language, labels) for row in rows[:MOST])
    rest += WORDS["more"][zh].format(n=len(rows) - MOST) if len(rows) > MOST else ""
    then = WORDS["no budget" if getattr(solution, "filled", False) else "no hours"][zh] + WORDS["give way"][zh]
    return WORDS["everybody"][zh].format(rest=rest, then=then)


def over_said(row: Verified, language: str, labels: Labels) -> str:
    """Say by how much a target is missed."""
    zh, seen = language == "zh", vars(row)
    name = _named(row, language, labels)
    if row.value is None or row.target is None:
        return WORDS["uncalled"][zh].format(name=name)
    over = number({**seen, "over": row.value - row.target}, "over")
    figures = {"value": number(seen, "value"), "target": number(seen, "target"), "over": over, "unit": unit_of(row.unit).name[zh]}
    return WORDS["asked over"][zh].format(name=name, **figures)


def _least(model: Mapping[str, float], zh: bool) -> str:
    """Say how many hours the requirements need without the budget; nothing where that was not asked."""
    found = model.get("paid_hours_a_week_without_the_budget")
    bound = model.get("least_paid_hours_a_week_without_the_budget")
    if found is None and bound is None:
        return ""
    which = "found" if bound is None else "bound" if found is None else "least" if found - bound <= 1e-6 * max(1.0, found) else "between"
    figures = {name: round(value, 1) for name, value in (("found", found), ("bound", bound)) if value is not None}
    return WORDS[which][zh].format(**figures)


def _loads(solution: Solution, language: str, labels: Labels) -> str:
    """Say where the proposal leaves more work than time for it, new or worse than today."""
    zh, told = language == "zh", []
    for one in getattr(solution, "overloads", ())[:MOST]:
        names = (" + " if not zh else "、").join(member_name(f"{one.kind}:{name}", language, labels) for name in one.names)
        today = WORDS["at most once"][zh] if one.today is None else f"{one.today:.2f}"
        figures = {"load": one.load, "capacity": one.capacity, "times": one.times, "today": today}
        told.append(WORDS["load"][zh].format(names=names, **figures))
    more = len(getattr(solution, "overloads", ())) - MOST
    rest = WORDS["more"][zh].format(n=more) if more > 0 else ""
    return WORDS["overload"][zh].format(told=("；" if zh else "; ").join(told) + rest) if told else ""


def _short(solution: Solution, language: str, labels: Labels) -> str:
    """Say how many working days are shorter than a whole one, where, and what they cost; nothing where there are none."""
    days, zh = getattr(solution, "short_days", None), language == "zh"
    if days is None or not (days.today or days.proposed):
        return ""
    names = [windows_name(name, language, labels) for name, _ in days.windows[:MOST]]
    names = [name.partition(SEPARATOR[zh])[2] or name for name in names]  # without the department
    told = [f"{name}（{n}）" if zh else f"{name} ({n})" for name, (_, n) in zip(names, days.windows, strict=False)]
    rest = WORDS["more"][zh].format(n=len(days.windows) - MOST) if len(days.windows) > MOST else ""
    where = WORDS["at"][zh].format(windows=("、" if zh else "; ").join(told) + rest) if told else ""
    beyond = WORDS["beyond"][zh].format(beyond=days.beyond) if days.beyond else ""
    return WORDS["short days"][zh].format(**{**vars(days), "beyond": beyond, "where": where})


def _who_waits(cells: Iterable[Verified], language: str, labels: Labels) -> str:
    """Name the queues that surely wait longer, those that pay most first, with their wait before and after."""
    zh = language == "zh"
    waits = {row.group: row for row in cells if row.unit == "s" and row.group.startswith("queue:") and " " not in row.group}
    if not waits:
        return ""
    surely = [row for row in waits.values() if row.difference is not None and (row.difference_low or 0.0) > 0]
    paying = sorted(surely, key=lambda row: -(row.difference or 0.0))
    if not paying:
        return WORDS["nobody pays"][zh]
    named = [
        WORDS["queue"][zh].format(
            name=member_name(row.group, language, labels), before=number(vars(row), "baseline"), after=number(vars(row), "value"),
            unit=unit_name(row.unit, language),
        )
        for row in paying[:MOST]
    ]  # fmt: skip
    rest = WORDS["more"][zh].format(n=len(paying) - MOST) if len(paying) > MOST else ""
    return WORDS["pay"][zh].format(queues=COMMA[zh].join(named) + rest)


def _target(row: Verified, language: str, labels: Labels) -> str:
    zh, seen = language == "zh", vars(row)
    told = {"name": _named(row, language, labels), "unit": unit_of(row.unit).name[zh], "span": between(span(seen, "low", "high"))}
    said = WORDS["target"][zh].format(**told, value=number(seen, "value"), target=number(seen, "target"))
    now = {"value": number(seen, "baseline"), "span": between(span(seen, "baseline_low", "baseline_high"))}
    was = row.baseline_verdict
    today = "" if was is None else WORDS["now"][zh].format(**now, verdict=verdict_name(was, language))
    return said + (WORDS["missed"][zh] if row.verdict == "missed" else "") + today


def _named(row: Verified, language: str, labels: Labels) -> str:
    cell = "" if row.group == "all" else cell_name(row.group, language, labels)
    cell = "" if not cell else f"（{cell}）" if language == "zh" else f" ({cell})"
    return scoped_measure(row.measure, language, labels) + cell


def between(ends: str) -> str:
    """Return an interval in brackets, nothing where there is none."""
    return f" [{ends}]" if ends else ""


__all__ = ["COMMA", "MOST", "STOP", "between", "of_staffing", "over_said", "runs_to_decide"]
