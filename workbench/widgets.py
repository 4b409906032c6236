"""Sliders for notebooks. What a slider does is a plain function; the widget only calls it and shows what it returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulation.errors import InputRefused, Problem, nearest
from simulation.reforms.windows import ChangeStaff, ChangeWindows
from simulation.scenario import Scenario
from simulation.verbs import Settings, measures_named, run
from workbench.language import title_of
from workbench.quantities import unit_of, written

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from simulation.result import Result

MONTH = 20
"""Working days of a month."""
ONCE = Settings(days=MONTH, replications=1, workers=1, engine="compiled")
WORDS = {
    "title": ("A month with {n} windows for “{queue}” (today {today})", "“{queue}”设{n}个窗口的一个月（现为{today}个）"),
    "by_hour": ("mean wait by time of day, all queues", "各时段平均等候（全部队列）"), "by_queue": ("mean wait by queue", "各队列平均等候"),
    "minutes": ("minutes", "分钟"), "hour": ("ticket taken at", "取号时刻"), "now": ("today", "现状"), "then": ("{n} windows", "{n}个窗口"),
    "note": (
        "{days} working days, {replications} replication(s) on the same citizens: no interval. Gave up waiting: {left} %, today "
        "{left_today} %.",
        "{days}个工作日，{replications}次重复，办事群众相同：无区间。中途离开：{left}%，现状{left_today}%。",
    ),
    "windows": ("windows", "窗口数"),
}  # fmt: skip


def word(key: str, language: str) -> str:
    """Return a word in the reader's language."""
    return WORDS[key][language == "zh"]


def windows_of(scenario: Scenario, queue: str) -> list[str]:
    """Return the windows that serve a queue, in the order of the scenario.

    Raises
    ------
    InputRefused : no such queue, or no window serves it.
    """
    found = [name for name, window in scenario.centre.windows.items() if queue in window.queues]
    if not found:
        rule = "a queue of the scenario that a window serves"
        raise InputRefused(Problem("queue", queue, rule, nearest(queue, scenario.centre.queues)))
    return found


def with_windows(scenario: Scenario, queue: str, n: int) -> Scenario:
    """Return `scenario` with `n` windows for a queue: the last ones closed with their people, or more like the first, each with a person.

    Raises
    ------
    InputRefused : fewer than one window, or a first window without a person to copy.
    """
    known = windows_of(scenario, queue)
    if n < 1:
        raise InputRefused(Problem("windows", str(n), "a queue has at least one window", "ask for one or more"))
    centre = scenario.centre
    if n < len(known):
        closed = known[n:]
        gone = tuple(name for name, person in centre.staff.items() if person.window in closed)
        fewer = ChangeWindows(kind="change_windows", close=tuple(closed)).edit(scenario)
        return ChangeStaff(kind="change_staff", remove=gone).edit(fewer) if gone else fewer
    person = next((p for p in centre.staff.values() if p.window == known[0]), None)
    if n > len(known) and person is None:
        rule = "a window more is staffed like the first"
        raise InputRefused(Problem("windows", known[0], rule, f"seat somebody at `{known[0]}`"))
    names = [f"{known[0]}-more-{k}" for k in range(1, n - len(known) + 1)]
    if not names or person is None:
        return scenario
    more = ChangeWindows(kind="change_windows", open={name: centre.windows[known[0]] for name in names}).edit(scenario)
    added = {name: person.model_copy(update={"window": name}) for name in names}
    return ChangeStaff(kind="change_staff", add=added).edit(more)


def month(scenario: Scenario, settings: Settings = ONCE) -> Result:
    """Run a month of a scenario and return its waits and who gave up; what was run before comes from the store."""
    return run(scenario, measures_named(["wait_mean", "walk_away_share"], "month"), settings)


def redrawn(scenario: Scenario, queue: str, n: int, language: str = "en", settings: Settings = ONCE) -> Figure:
    """Return the picture that a slider shows: a simulated month with `n` windows for a queue, beside today's.

    Example
    -------
    >>> redrawn(load("tiny"), "licence", 3)  # doctest: +SKIP
    """
    from matplotlib.figure import Figure

    from workbench.drawing import GRID, INK, SERIES, UNRESOLVED, below, look

    today, then = month(scenario, settings), month(with_windows(scenario, queue, n), settings)
    minutes = unit_of("s").factor
    labels = {name: title_of(q.title, language) for name, q in scenario.centre.queues.items()}
    with look():
        fig = Figure(figsize=(9.4, 3.9), layout="constrained")
        told = {"n": n, "queue": labels[queue], "today": len(windows_of(scenario, queue))}
        fig.suptitle(word("title", language).format(**told), color=INK)
        left, right = fig.subplots(1, 2, gridspec_kw={"width_ratios": [3, 2]})
        hours = sorted({*_waits(today, "half_hour"), *_waits(then, "half_hour")})
        for result, colour, width in ((today, UNRESOLVED, 1.6), (then, SERIES[0], 2.4)):
            waits = _waits(result, "half_hour")
            left.plot(hours, [waits.get(hour, 0.0) * minutes for hour in hours], "o-", color=colour, linewidth=width, markersize=3)
        left.set_title(word("by_hour", language), fontsize=9)
        left.set_xlabel(word("hour", language))
        left.set_xticks(range(0, len(hours), 2), hours[::2], fontsize=8)
        queues = [name for name in labels if name in _waits(today, "queue") or name in _waits(then, "queue")]
        for result, colour, shift in ((today, UNRESOLVED, -0.2), (then, SERIES[0], 0.2)):
            waits = _waits(result, "queue")
            right.barh([k + shift for k in range(len(queues))], [waits.get(q, 0.0) * minutes for q in queues], height=0.38, color=colour)
        right.set_yticks(range(len(queues)), [labels[q] for q in queues], fontsize=8)
        right.invert_yaxis()
        right.set_title(word("by_queue", language), fontsize=9)
        right.set_xlabel(word("minutes", language))
        left.set_ylabel(word("minutes", language))
        for axis, way in ((left, "y"), (right, "x")):
            axis.grid(axis=way, color=GRID)
            axis.set_axisbelow(True)
            axis.set_ylim(bottom=0) if axis is left else axis.set_xlim(left=0)
        gone, before = (written(100 * (r.row(scenario.name, "walk_away_share")["value"] or 0.0), 1) for r in (then, today))
        days = int(scenario.horizon.window_wd) if settings.days is None else settings.days
        note = word("note", language).format(days=days, replications=settings.replications or 10, left=gone, left_today=before)
        handles = [left.lines[0], left.lines[1]]
        below(fig, note, handles=handles, names=[word("now", language), word("then", language).format(n=n)], columns=2)
    return fig


def _waits(result: Result, dimension: str) -> dict[str, float]:
    """Mean waits in seconds by member of a dimension."""
    found = ((row["group"].partition(":"), row["value"]) for row in result.rows if row["measure"] == "wait_mean")
    return {group[2]: value for group, value in found if group[0] == dimension and value is not None}


def window_slider(scenario: Scenario, queue: str, most: int = 6, language: str = "en", settings: Settings = ONCE) -> Any:
    """Return a slider over the number of windows for a queue, with the picture of `redrawn` below it, for a notebook."""
    from io import BytesIO

    from ipywidgets import Image, IntSlider, VBox

    here = len(windows_of(scenario, queue))
    slider = IntSlider(value=here, min=1, max=max(most, here), description=word("windows", language), continuous_update=False)
    picture = Image(format="png")

    def redraw(change: Any = None) -> None:
        file = BytesIO()
        redrawn(scenario, queue, slider.value, language, settings).savefig(file, format="png", dpi=110)
        picture.value = file.getvalue()

    slider.observe(redraw, names="value")
    redraw()
    return VBox([slider, picture])
