"""What `optimize limits` prints and draws."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.language import SEMICOLON, SEPARATOR, title_of
from workbench.pictures import save
from workbench.report import print_json
from workbench.requirements import status_name
from workbench.staircase import frontier, staircase
from workbench.tables import new_console, new_table
from workbench.titles import stress_title

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optimization.promised import Held, LimitsProblem, LimitsSolution, Promised
    from simulation.scenario import Scenario
    from simulation.verbs import Settings

WORDS = {
    "title": ("Limits that {share} of the cases keep", "{share}的办件守得住的承诺时限"),
    "item": ("item", "事项"), "law": ("law", "法定"), "today": ("today", "现承诺"), "limit": ("promise", "可承诺"),
    "on time": ("on time", "按时率"), "surely": ("surely", "至少"), "less": ("a day less", "少一天"), "any": ("any week", "任何时期"),
    "cases": ("cases", "件数"), "fails": ("fails", "守不住"), "open": ("open", "尚难判断"),
    "status": ("status", "状态"), "seed": ("(seed {seed})", "（种子{seed}）"),
    "objective": ("promised days a case", "每件承诺天数"), "bound": ("not refuted down to", "未被否定的下限"),
    "asked": (
        "Working days. “surely”: lower bound on fresh seeds, for all items together with confidence {confidence}. “a day less”: the same "
        "limit less one day (“fails”: its upper bound is below {share}; “open”: too close to call). “any week”: holds under every stress "
        "and on average over the assumptions' ranges too; – where nothing within the law was shown to.",
        "单位：工作日。“至少”：新种子下的下限，各事项同时成立的置信度为{confidence}。“少一天”：再减一天（“守不住”：其上限低于{share}；“尚难判断”："
        "差距太小）。“任何时期”：在各压力情景下和假设范围内平均也守得住；–表示法定时限内均未证明。",
    ),
    "feedback": (
        "Supervision moves files by their promise, so all limits were set together: {rounds} rounds, {attempts} certificates.",
        "电子监察按承诺时限催办，故各时限同时设定：{rounds}轮，验证{attempts}次。",
    ),
    "cycle": ("Limits that went round, the loosest was taken: {told}.", "循环不定的时限取最宽者：{told}。"),
    "normal": ("only in normal weeks", "仅平常时期"), "refused": ("Not certified, today's promise stays", "未获验证，维持现承诺"),
    "refuted": ("Refuted, today's promise is not kept", "已被否定，现承诺守不住"), "note": ("{item} ({note})", "{item}（{note}）"),
    "ranges": ("on average over the assumptions' ranges", "假设范围内平均"),
    "worlds": (
        "On average over the assumptions' ranges: {item}, {share} on time ({shown}); the worst of {n} worlds {worst}, {dropped} dropped",
        "假设范围内平均：{item}，按时率{share}（{shown}）；{n}个世界中最差{worst}，舍去{dropped}个",
    ),
    "under": ("{where}: {share} on time", "{where}：按时率{share}"),
    "today there": ("; today's {days} d there: {share} on time, {shown}", "；现承诺{days}天在该情景下：按时率{share}，{shown}"),
    "weak": ("{normal}: {item} ({told})", "{normal}：{item}（{told}）"), "listed": ("{key}: {told}", "{key}：{told}"),
    "staff": (
        "One day less with more people (paired differences, all of them together with confidence {confidence})",
        "增加人员能否再少一天（配对差值，同时成立的置信度为{confidence}）",
    ),
    "holds": ("holds", "守得住"), "fails there": ("fails", "守不住"), "not shown": ("not shown", "未能证明"),
    "with": (
        "{item}, {days} days, +{heads} in {pool}: {share} on time, {shown}; with today's people {same} in the same replications, "
        "difference {apart} points [{low} .. {high}]",
        "{item}，{days}天，{pool}增{heads}人：按时率{share}，{shown}；现有人员在相同重复中为{same}，相差{apart}个百分点[{low} .. {high}]",
    ),
    "least": (
        "To show a limit that {share} of the cases keep takes {all} replications at least{shared}. Asked: {asked}. What is too few for the "
        "limits that are chosen is not simulated.",
        "证明{share}的办件守得住某时限，至少须重复{all}次{shared}。所要求：{asked}。对选定的时限而言次数不足者不仿真。",
    ),
    "shared": (" where all {items} items share the error, {one} for one item alone", "（{items}个事项分担误差；仅一个事项时{one}次）"),
    "certify": ("{n} to certify", "验证{n}次"), "stress": ("{n} under each stress", "各压力情景{n}次"),
    "in worlds": ("{n} worlds", "{n}个世界"),
    "none": ("the limits of today are what can be shown", "现承诺即为可证明的时限"),
}  # fmt: skip


def announced(scenario: Scenario, problem: LimitsProblem, settings: Settings, language: str) -> str:
    """Say, before anything is simulated, how many replications can show a limit at the divided error, and how many are asked for."""
    from optimization.promised import candidates, least_runs

    zh = language == "zh"
    items = sum(not problem.items or name in problem.items for name in candidates(scenario))
    runs = int(problem.replications) if settings.replications is None else settings.replications
    asked = [("certify", runs), ("stress", int(problem.stressed) if problem.stresses else 0), ("in worlds", int(problem.worlds))]
    told = ("、" if zh else ", ").join(_word(key, language).format(n=n) for key, n in asked if n)
    least = {"all": least_runs(scenario, problem, items), "one": least_runs(scenario, problem, 1)}
    shared = _word("shared", language).format(items=items, one=least["one"]) if items > 1 else ""
    return _word("least", language).format(share=f"{float(problem.share):.0%}", asked=told, all=least["all"], shared=shared)


def print_limits(solution: LimitsSolution, scenario: Scenario, *, as_json: bool, language: str) -> None:
    """Print limits with their certificates as one JSON document, or as a table with what they stand on."""
    if as_json:
        print_json(solution.document())
        return
    console, share = new_console(), f"{solution.share:.0%}"
    console.print(_word("title", language).format(share=share), style="bold", highlight=False)
    titles = item_titles(scenario, language)
    cells = [_cells(row, titles[row.item], language) for row in solution.promised]
    heads = [_word(key, language) for key in ("item", "law", "today", "limit", "on time", "surely", "less", "any", "cases")]
    console.print(new_table(heads, cells, [None, 4, 5, 7, 7, 6, 12, 8, 5]), highlight=False)
    asked = _word("asked", language).format(share=share, confidence=f"{solution.confidence:.0%}")
    console.print(asked, highlight=False)
    zh = language == "zh"
    for remark in solution.remarks:
        print(remark[zh])
    told = "" if solution.objective is None else f"   {_word('objective', language)} {solution.objective:.2f}"
    told += "" if solution.bound is None else f"{SEPARATOR[zh]}{_word('bound', language)} {solution.bound:.2f}"
    seed = _word("seed", language).format(seed=solution.seed)
    status = status_name(solution.status, language)
    print(_word("listed", language).format(key=_word("status", language), told=f"{status}{told}   {seed}"))
    if solution.feedback:
        print(_word("feedback", language).format(rounds=solution.rounds, attempts=solution.attempts))
    if solution.cycle:
        print(_word("cycle", language).format(told=SEMICOLON[zh].join(_round(told, titles) for told in solution.cycle)))
    for row in solution.promised:
        if row.only_in_normal_weeks:
            told = SEMICOLON[zh].join(_under(row, h, language) for h in row.held if h.shown != "holds")
            print(_word("weak", language).format(normal=_word("normal", language), item=titles[row.item], told=told))
        for h in row.held:
            if h.name == "ranges" and (h.worlds or h.dropped):
                shown = _word("fails there" if h.shown == "fails" else h.shown, language)
                print(_word("worlds", language).format(
                    item=titles[row.item], share=_percent(h.share), shown=shown, n=h.worlds, worst=_percent(h.worst), dropped=h.dropped
                ))  # fmt: skip
    for key in ("refuted", "refused"):
        rows = [row for row in solution.promised if row.limit_wd is None and row.refuted == (key == "refuted")]
        notes = [_word("note", language).format(item=titles[row.item], note=row.note_zh if language == "zh" else row.note) for row in rows]
        if notes:
            print(_word("listed", language).format(key=_word(key, language), told=SEMICOLON[zh].join(notes)))
    pools = pool_titles(scenario, language)
    if any(row.staffing for row in solution.promised):
        print(_word("staff", language).format(confidence=f"{solution.confidence:.0%}") + ("：" if zh else ":"))
    for row in solution.promised:
        for s in row.staffing:
            shown = _word("fails there" if s.shown == "fails" else s.shown, language)
            days = (row.limit_wd or 1) - 1
            told = _word("with", language)
            print("  " + told.format(
                item=titles[row.item], days=days, heads=s.heads, pool=pools[s.pool], share=_percent(s.share), shown=shown,
                same=_percent(s.same_share), apart=_points(s.difference), low=_points(s.difference_low), high=_points(s.difference_high),
            ))  # fmt: skip
    if solution.reform is None and all(row.limit_wd is not None for row in solution.promised):
        print(_word("none", language))


def _under(row: Promised, held: Held, language: str) -> str:
    """Return what a limit comes to under other conditions, and today's promise beside it where that was simulated."""
    told = _word("under", language).format(where=_where(held.name, language), share=_percent(held.share))
    if held.today_shown is None or row.limit_wd == row.today_wd:
        return told
    shown = _word("fails there" if held.today_shown == "fails" else held.today_shown, language)
    return told + _word("today there", language).format(days=row.today_wd, share=_percent(held.today_share), shown=shown)


def _round(told: str, titles: Mapping[str, str]) -> str:
    """Return the limits of an item that went round, the item by its name."""
    item, _, days = told.partition(": ")
    return f"{titles.get(item, item)}: {days}"


def draw_limits(solution: LimitsSolution, scenario: Scenario, out: Path, language: str) -> list[Path]:
    """Draw the staircase of promises and the frontier into `out`."""
    titles = item_titles(scenario, language)
    pictures = {
        "promise-staircase": staircase(solution, titles, language),
        "compression-frontier": frontier(solution, titles, pool_titles(scenario, language), language),
    }
    return save(pictures, out)


def item_titles(scenario: Scenario, language: str) -> dict[str, str]:
    """Return the names of items by code."""
    return {name: title_of(item.title, language) for name, item in scenario.centre.items.items()}


def pool_titles(scenario: Scenario, language: str) -> dict[str, str]:
    """Return the names of pools by code."""
    return {name: title_of(pool.title, language) for name, pool in scenario.centre.pools.items()}


def _word(key: str, language: str) -> str:
    return WORDS[key][language == "zh"]


def _where(name: str, language: str) -> str:
    return _word("ranges", language) if name == "ranges" else stress_title(name, language)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _points(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:+.1f}"


def _cells(row: Promised, title: str, language: str) -> tuple[str, ...]:
    less = ""
    if row.less_share is not None:
        less = f"{row.less_share:.1%} {_word('fails' if row.less_misses else 'open', language)}"
    limits = (row.limit_wd, row.any_week_wd)
    limit, anyway = ("–" if days is None else str(days) for days in limits)
    return (
        title, str(row.legal_wd), str(row.today_wd), limit, _percent(row.share), _percent(row.low), less, anyway if row.held else "",
        f"{row.cases:,}",
    )  # fmt: skip
