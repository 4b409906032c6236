"""The answer of each optimiser to its question, in one or two sentences made of its figures: what a planner reads first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.flow import answer_words, in_a_sentence, paid
from workbench.language import SEMICOLON, SEPARATOR, Labels, counted, heading, member_name, title_of
from workbench.mergers import figure_name, titles_of
from workbench.quantities import number, span, unit_name
from workbench.requirements import cell_name, scoped_measure
from workbench.titles import labels_of, stress_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from optimization.flow import FlowSolution
    from optimization.flow_problem import FlowProblem
    from optimization.merging import Merger
    from optimization.merging_problem import MergingProblem
    from optimization.portfolio import Portfolio
    from optimization.promised import LimitsSolution, Promised
    from optimization.solution import Solution, Verified
    from simulation.scenario import Scenario

COMMA, STOP = (", ", "、"), (".", "。")
PAID, HOURS = ("paid_hours", "all"), "h per working day"
MOST = 3
"""So many queues at most are named of those that wait longer."""
PROVED = 0.005
"""A share that would be printed as 0 %."""
WORDS = {
    "hours": ("{after:.0f} paid hours a week do in place of {before:.0f}", "每周{after:.0f}付薪工时即可（现状{before:.0f}）"),
    "short days": (
        " {proposed} person-days a week at windows are shorter than {least:g} h (today {today}){beyond}; were every one paid as a whole "
        "day, it would be {whole:.0f} paid hours against {whole_today:.0f} today.",
        "每周有{proposed}个人日在岗不足{least:g}小时（现状{today}）{beyond}；若均按整日计薪，则为每周{whole:.0f}付薪工时（现状{whole_today:.0f}）。",
    ),
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
    "bound": (". Without the budget the other requirements need {bound:g} paid hours a week at least; no staffing was found that keeps "
              "them", "。若不设预算，其余要求每周至少需{bound:g}付薪工时；未找到可满足的方案"),
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
    "merged": ("Together become one: {bodies}. The model gains {gain:,.0f} CNY a year, no partition in the rules more than {bound:,.0f}",
               "合并为一：{bodies}。模型收益{gain:,.0f}元/年，规则之内任何方案不超过{bound:,.0f}元/年"),
    "nobody": ("No two departments gain by becoming one", "任何两个部门合并均无收益"),
    "no partition": ("No partition keeps all rules", "没有任何方案同时满足全部规则"),
    "rule": ("; of the rules the dearest is “{rule}” ({price:,.0f} CNY a year)", "；代价最大的规则是“{rule}”（{price:,.0f}元/年）"),
    "not worth": ("A merger is not worth it here: surely better in some figure of the four words, and surely worse in none, but for how "
                  "many departments there are: {names}. ",
                  "此处不值得合并：除部门数外，四项指标中至少一项确定更好、无一项确定更差者有：{names}。"),
    "simulated": (" beside {change}{span} paid hours ({unit}) simulated", "，仿真付薪工时变化{change}{span}（{unit}）"),
    "beside": (". {figure}, beside today: {told}", "。{figure}与现状之差：{told}"),
    "point": ("{name} {change}{span}", "{name}{change}{span}"),
    "cut": ("{k} of {n} promises can be shorter and still be kept by {share} of the cases",
            "{n}项承诺中{k}项可缩短而仍有{share}的办件守得住"),
    "longer": ("too short as they stand: {k}", "{k}项现承诺过短"), "stay": ("as today: {k}", "{k}项维持"),
    "unsure": ("not certified: {k}", "{k}项未获验证"),
    "refuted": ("not kept even at the limit by law: {k}", "{k}项即使按法定时限也守不住"),
    "days": ("{item} {today} to {limit} d", "{item}由{today}改为{limit}天"),
    "normal": (", {weak} of these only in normal weeks", "，其中{weak}项仅平常时期守得住"),
    "all normal": (", but only in normal weeks", "，但仅限平常时期"),
    "both": ("{item}: today {today} d, in normal weeks {limit}, in all that was tried {always}",
             "{item}：现承诺{today}天，平常时期可为{limit}天，所试各情形下{always}"),
    "always": ("{n}", "须{n}天"), "never": ("none shown", "未能证明"),
    "today fails": (" Under {stress} today's own promise is not kept either: {told}", "{stress}下，现承诺本身也守不住：{told}"),
    "today open": (" Under {stress} today's own promise was not shown to be kept: {told}",
                   "{stress}下，现承诺本身能否守住尚难判断：{told}"),
    "today's": ("{item}, {days} d, {share:.1%} on time", "{item}（{days}天，按时率{share:.1%}）"),
    "over ranges": ("the assumptions' ranges, on average,", "假设范围内（平均）"),
    "any weeks": (", under every stress asked too", "，在所问各压力情景下也守得住"),
    "untried": (", in normal weeks: no stress was asked", "，指平常时期：未问压力情景"),
    "staff holds": ("One day less for {item} holds with {heads} more in {pool}", "{item}再少一天：{pool}增{heads}人守得住"),
    "staff open": ("one day less was not shown for {items}, with the people asked about", "{items}再少一天：按所问增员未能证明"),
    "begin": ("Begin {told}", "开展{told}"),
    "in period": ("in period {t} {names}", "第{t}期{names}"),
    "none": ("Begin none of these reforms", "无需开展任何一项改革"),
    "clash": ("No choice keeps all requirements", "没有任何选择满足全部要求"),
    "gains": (": {gain:,.0f} CNY over the calendar{band} on fresh seeds", "：期内收益{gain:,.0f}元{band}（新种子）"),
    "most": ("; {name} brings most, {value:,.0f} CNY a year{band}", "；{name}贡献最大，每年{value:,.0f}元{band}"),
    "way": ("{item}: {way}", "{item}：{way}"), "routes stay": ("No route becomes better", "各流程均无可改进之处"),
    "clash order": ("No order keeps all that is asked", "没有任何次序满足全部要求"),
    "loses": (" Under {stress} it loses {loss:,.0f} CNY over the calendar by the model", "{stress}下按模型期内损失{loss:,.0f}元"),
    "misses": (" Under {stress} it gains {gain:,.0f} CNY by the model, {loss:,.0f} less than the best there",
               "{stress}下按模型收益{gain:,.0f}元，比当时最优少{loss:,.0f}元"),
    "recommend": (
        " Take the proposal where weeks like those of the baseline are expected, and {names} instead where {stress} may well come: for "
        "{cost:,} CNY in place of {now:,}, by the model that gains {less:,.0f} CNY less over the calendar in normal weeks and {more:,.0f} "
        "CNY more there.",
        "若预期与基准相近，取本方案；若{stress}很可能出现，则改取{names}：成本{cost:,}元（本方案{now:,}元），按模型平常时期少得{less:,.0f}元，"
        "彼时多得{more:,.0f}元。",
    ),
    "dominated": (
        " Take {names} instead, for {cost:,} CNY in place of {now:,}: by the model it gains {more:,.0f} CNY more over the calendar under "
        "{stress}, and no less in normal weeks.",
        "宜改取{names}（成本{cost:,}元，本方案{now:,}元）：按模型，在{stress}下多得{more:,.0f}元，平常时期也不少得。",
    ),
    "at": ("{name} (period {t})", "{name}（第{t}期）"),
    "none of them": ("none", "不开展"),
    "unshown": ("; not shown to bring anything: {names}", "；是否有贡献尚难判断：{names}"),
}  # fmt: skip


def of_staffing(solution: Solution, scenario: Scenario, language: str = "en") -> str:
    """Say how many paid hours do, how sure that is, who waits longer for it, and which targets are met on fresh seeds."""
    zh, labels, model = language == "zh", labels_of(scenario), dict(solution.model)
    if solution.objective is None:
        return WORDS["no staffing"][zh] + _least(model, zh) + STOP[zh]
    before, after = (model[name] for name in ("paid_hours_a_week_today", "paid_hours_a_week"))
    told = WORDS["as today" if solution.reform is None else "hours"][zh].format(before=before, after=after)
    if solution.bound is not None:
        share = max(0.0, 1 - solution.bound / solution.objective) if solution.objective > 0 else 0.0
        proof = {"bound": solution.bound, "objective": solution.objective, "share": share}
        told += WORDS["sure" if share < PROVED else "at most"][zh].format(**proof)
    told += _who_waits(getattr(solution, "cells", ()), language, labels) if solution.reform is not None else ""
    asked = [row for row in solution.verified if row.target is not None and row.measure != "rostered_hours"]
    open_ = [row for row in asked if row.verdict != "met"]
    met = {"n": len(asked), "met": len(asked) - len(open_), "rest": COMMA[zh].join(_target(row, language, labels) for row in open_)}
    few = "".join(
        WORDS["left out"][zh].format(
            n=row.cells_left_out, cells=counted(row.cells_left_out or 0, "cell"), share=row.tickets_left_out,
            name=scoped_measure(row.measure, language, labels),
        )
        for row in asked if row.tickets_left_out >= PROVED
    )  # fmt: skip
    return f"{told}{'；' if zh else '; '}{WORDS['some met' if open_ else 'all met'][zh].format(**met)}{few}{STOP[zh]}{_short(solution, zh)}"


def _least(model: Mapping[str, float], zh: bool) -> str:
    """Say how many hours the requirements need without the budget; nothing where that was not asked."""
    found = model.get("paid_hours_a_week_without_the_budget")
    bound = model.get("least_paid_hours_a_week_without_the_budget")
    if found is None and bound is None:
        return ""
    which = "found" if bound is None else "bound" if found is None else "least" if found - bound <= 1e-6 * max(1.0, found) else "between"
    figures = {name: round(value, 1) for name, value in (("found", found), ("bound", bound)) if value is not None}
    return WORDS[which][zh].format(**figures)


def _short(solution: Solution, zh: bool) -> str:
    """Say how many working days are shorter than a whole one, and what they cost; nothing where there are none, today or proposed."""
    days = getattr(solution, "short_days", None)
    if days is None or not (days.today or days.proposed):
        return ""
    beyond = WORDS["beyond"][zh].format(beyond=days.beyond) if days.beyond else ""
    return WORDS["short days"][zh].format(**{**vars(days), "beyond": beyond})


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


def of_merging(merger: Merger, problem: MergingProblem, scenario: Scenario, language: str = "en") -> str:
    """Say whether another way is surely better, who becomes one, what that gains at most, which rule is dearest, and what each does."""
    from optimization.fourwords import not_behind

    zh, solution, titles = language == "zh", merger.solution, titles_of(merger, problem, language)
    if solution.status == "infeasible":
        return WORDS["no partition"][zh] + STOP[zh]
    shown = next((p for p in merger.proposals if p.reform == solution.reform), merger.proposals[0])
    bodies = [body for body in shown.bodies if len(body) > 1]
    if not bodies:
        return WORDS["nobody"][zh] + STOP[zh]
    names = COMMA[zh].join(" + ".join(title_of(scenario.centre.departments[n].title, language) for n in body) for body in bodies)
    told = WORDS["merged"][zh].format(bodies=names, gain=shown.answer.value or 0.0, bound=shown.answer.bound or 0.0)
    mine = [p for p in merger.beside[1:] if shown.reform is not None and p.name == shown.reform.name]
    others = [p for p in merger.beside[1:] if p.name in problem.alternatives]
    for row in (p.figures[PAID] for p in mine if p.figures[PAID]["difference"] is not None):
        hours = {"measure": PAID[0], "unit": HOURS, **row}
        ends = _between(span(hours, "difference_low", "difference_high", signed=True))
        change = number(hours, "difference", signed=True)
        told += WORDS["simulated"][zh].format(change=change, span=ends, unit=unit_name(HOURS, language))
    if solution.why:
        dear = solution.why[0]
        rule = next((words.zh for words in merger.rules if zh and words.en == dear.rule), dear.rule)
        told += WORDS["rule"][zh].format(rule=rule, price=dear.saving or 0.0)
    key = ("lead_wd", "all")
    rows = [(titles[p.name], p.figures[key]) for p in (*mine, *others) if p.figures[key]["difference"] is not None]
    if rows:
        changes = COMMA[zh].join(_change(name, {"measure": key[0], "unit": "wd", **row}, language) for name, row in rows)
        told += WORDS["beside"][zh].format(figure=f"{figure_name(*key, language)} ({unit_name('wd', language)})", told=changes)
    better = [titles[p.name] for point in mine for p in not_behind(others, point)]
    return (WORDS["not worth"][zh].format(names=COMMA[zh].join(better)) if better else "") + told + STOP[zh]


def of_limits(solution: LimitsSolution, titles: Mapping[str, str], pools: Mapping[str, str], language: str = "en") -> str:
    """Say which promises can be shorter, which are too short, which could not be shown, and what one day less would take."""
    zh, rows = language == "zh", solution.promised
    known = [(row, row.limit_wd) for row in rows if row.limit_wd is not None]
    shorter, longer = ([(row, limit) for row, limit in known if (limit - row.today_wd) * way > 0] for way in (-1, 1))
    counts = {"n": len(rows), "k": len(shorter), "share": f"{solution.share:.0%}"}
    weak = sum(row.only_in_normal_weeks for row, _ in shorter)
    held = "any weeks" if all(row.held for row, _ in shorter) else "untried"
    weeks = "" if not shorter else "all normal" if weak == len(shorter) else "normal" if weak else held
    told = [WORDS["cut"][zh].format(**counts) + (WORDS[weeks][zh].format(k=len(shorter), weak=weak) if weeks else "")]
    told[0] += _days(shorter, titles, zh)
    told += [WORDS["longer"][zh].format(k=len(longer)) + _days(longer, titles, zh)] if longer else []
    same, refuted = len(known) - len(shorter) - len(longer), sum(row.refuted for row in rows)
    unsure = len(rows) - len(known) - refuted
    told += [WORDS[key][zh].format(k=k) for key, k in (("stay", same), ("refuted", refuted), ("unsure", unsure)) if k]
    said = SEMICOLON[zh].join(told) + STOP[zh] + _today_elsewhere(rows, titles, language)
    asked = [row for row in rows if row.staffing]
    able = [(row, next(s for s in row.staffing if s.shown == "holds")) for row in asked if any(s.shown == "holds" for s in row.staffing)]
    more = [WORDS["staff holds"][zh].format(item=titles[row.item], heads=s.heads, pool=pools[s.pool]) for row, s in able]
    left = [titles[row.item] for row in asked if not any(s.shown == "holds" for s in row.staffing)]
    more += [WORDS["staff open"][zh].format(items=COMMA[zh].join(left))] if left else []
    return said + (("" if zh else " ") + heading(SEMICOLON[zh].join(more)) + STOP[zh] if more else "")


def _today_elsewhere(rows: Sequence[Promised], titles: Mapping[str, str], language: str) -> str:
    """Say of each stress which of today's promises fail there, and which were not shown to be kept; nothing where all are."""
    zh, told = language == "zh", ""
    for name in dict.fromkeys(held.name for row in rows for held in row.held):
        title = WORDS["over ranges"][zh] if name == "ranges" else stress_title(name, language)
        title = title if zh else title[:1].lower() + title[1:]
        there = [(row, held) for row in rows for held in row.held if held.name == name and held.today_share is not None]
        for shown, key in (("fails", "today fails"), ("not shown", "today open")):
            weak = [(row, held.today_share or 0.0) for row, held in there if held.today_shown == shown]
            if weak:
                some = [WORDS["today's"][zh].format(item=titles[r.item], days=r.today_wd, share=s) for r, s in weak[:MOST]]
                rest = WORDS["more"][zh].format(n=len(weak) - MOST) if len(weak) > MOST else ""
                told += WORDS[key][zh].format(stress=title, told=SEMICOLON[zh].join(some) + rest) + STOP[zh]
    return told


def of_portfolio(portfolio: Portfolio, language: str = "en") -> str:
    """Say what to begin when, what that gains on fresh seeds, who brings most of it and who was not shown to bring anything."""
    zh = language == "zh"
    if portfolio.solution.status == "infeasible":
        return WORDS["clash"][zh] + STOP[zh]
    if not portfolio.begins:
        return WORDS["none"][zh] + STOP[zh]
    name = {i: portfolio.titles[c.name][zh] for i, c in enumerate(portfolio.instance.candidates)}
    begun = {t: [name[i] for i in sorted(portfolio.begins) if portfolio.begins[i] == t] for t in sorted({*portfolio.begins.values()})}
    told = SEMICOLON[zh].join(WORDS["in period"][zh].format(t=t + 1, names=COMMA[zh].join(names)) for t, names in begun.items())
    told = WORDS["begin"][zh].format(told=told)
    for row in portfolio.solution.verified:
        if row.measure == "portfolio_gain" and row.value is not None:
            told += WORDS["gains"][zh].format(gain=row.value, band=_band(row.low, row.high))
    told += paid(portfolio.solution.verified, language)
    if portfolio.shares:
        best = max(portfolio.shares, key=lambda share: share.shapley.value)
        most = {"value": best.shapley.value, "band": _band(best.shapley.low, best.shapley.high)}
        told += WORDS["most"][zh].format(name=portfolio.titles[best.reform][zh], **most)
    weak = [portfolio.titles[s.reform][zh] for s in portfolio.shares if s.shapley.low is None or s.shapley.low <= 0]
    told += (WORDS["unshown"][zh].format(names=COMMA[zh].join(weak)) if weak else "") + STOP[zh]
    return told + _stressed(portfolio, name, language)


def under_stress(portfolio: Portfolio) -> dict[str, float]:
    """Return what the model of singles and pairs says the choice gains under each stress, yuan over the calendar."""
    from optimization.choice import gain_of

    effects = {stress: [band.value for band in found.values()] for stress, found in portfolio.effects.items() if stress != "none"}
    return {stress: float(gain_of(portfolio.instance, portfolio.begins, np.array(found))) for stress, found in effects.items()}


def _stressed(portfolio: Portfolio, name: Mapping[int, str], language: str) -> str:
    """Say under which stresses the choice loses, else misses more than the robust one, and which of both to take when."""
    from optimization.choice import cost_of

    robust, zh, told = portfolio.robust, language == "zh", ""
    if robust is None:
        return told
    for stress, gain in under_stress(portfolio).items():
        missed, other = robust.regrets[stress]
        loss = -gain if gain < 0 else missed if missed > other else 0.0
        if loss:
            key = "loses" if gain < 0 else "misses"
            title = stress_title(stress, language)
            told += WORDS[key][zh].format(stress=title if zh else title[:1].lower() + title[1:], gain=gain, loss=loss)
            told += STOP[zh]
    apart = {stress: mine - other for stress, (mine, other) in robust.regrets.items() if stress != "none"}
    worst = max(apart, key=lambda stress: apart[stress], default=None)
    if worst is None or apart[worst] <= 0 or dict(robust.begins) == dict(portfolio.begins):
        return told
    mine, other = robust.regrets.get("none", (0, 0))
    begun = sorted(robust.begins, key=lambda i: (robust.begins[i], i))
    names = COMMA[zh].join(WORDS["at"][zh].format(name=name[i], t=robust.begins[i] + 1) for i in begun) or WORDS["none of them"][zh]
    title = stress_title(worst, language)
    figures = {"stress": title if zh else title[:1].lower() + title[1:], "less": other - mine, "more": apart[worst], "names": names}
    figures |= {"cost": cost_of(portfolio.instance, robust.begins), "now": cost_of(portfolio.instance, portfolio.begins)}
    return told + WORDS["recommend" if other > mine else "dominated"][zh].format(**figures)


def of_flow(solution: FlowSolution, problem: FlowProblem, scenario: Scenario, language: str = "en") -> str:
    """Say how much sooner items are decided and what that does to the whole centre; then the order and the moves of each that changes."""
    zh = language == "zh"
    if solution.reform is None:
        return WORDS["clash order" if solution.clash else "routes stay"][zh] + STOP[zh]
    changed = [chosen.taken for chosen in solution.routes if chosen.taken.edits]
    ways = [(title_of(scenario.centre.items[a.item].title, language), answer_words(a, problem, scenario, language)) for a in changed]
    told = ("；" if zh else ". ").join(WORDS["way"][zh].format(item=item, way=way) for item, way in ways)
    return f"{in_a_sentence(solution, scenario, language)}{'' if zh else ' '}{told}{STOP[zh]}"


def _target(row: Verified, language: str, labels: Labels) -> str:
    zh, seen = language == "zh", vars(row)
    cell = "" if row.group == "all" else cell_name(row.group, language, labels)
    name = scoped_measure(row.measure, language, labels) + (cell and (f"（{cell}）" if zh else f" ({cell})"))
    told = {"name": name, "unit": unit_name(row.unit, language), "span": _between(span(seen, "low", "high"))}
    said = WORDS["target"][zh].format(**told, value=number(seen, "value"), target=number(seen, "target"))
    return said + (WORDS["missed"][zh] if row.verdict == "missed" else "")


def _between(ends: str) -> str:
    """Return an interval in brackets, nothing where there is none."""
    return f" [{ends}]" if ends else ""


def _band(low: float | None, high: float | None) -> str:
    """Return an interval of money in brackets, nothing where there is none."""
    return "" if low is None or high is None else f" [{low:,.0f} .. {high:,.0f}]"


def _change(name: str, row: Mapping[str, object], language: str) -> str:
    ends = _between(span(row, "difference_low", "difference_high", signed=True))
    return WORDS["point"][language == "zh"].format(name=name, change=number(row, "difference", signed=True), span=ends)


def _days(rows: Iterable[tuple[Promised, int]], titles: Mapping[str, str], zh: bool) -> str:
    told = []
    for row, limit in rows:
        always = WORDS["never"][zh] if row.any_week_wd is None else WORDS["always"][zh].format(n=row.any_week_wd)
        key = "both" if row.only_in_normal_weeks else "days"
        told.append(WORDS[key][zh].format(item=titles[row.item], today=row.today_wd, limit=limit, always=always))
    apart = SEMICOLON if any(row.only_in_normal_weeks for row, _ in rows) else SEPARATOR
    return "" if not told else f"（{apart[zh].join(told)}）" if zh else f" ({apart[zh].join(told)})"


__all__ = ["of_flow", "of_limits", "of_merging", "of_portfolio", "of_staffing"]
