"""Pictures, each a pure function of logs or results to a matplotlib Figure, understood without the text beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from simulation.clocks import MISSING
from simulation.log import EventLog, seconds
from simulation.measures import CATALOGUE
from workbench.language import fonts, name_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DAY, HALF = 86_400, 1800
INK, GRID = "#222222", "#dddddd"
BETTER, WORSE, UNRESOLVED = "#2a7f62", "#c0392b", "#999999"
CAUSES = {
    "working": "#2a7f62", "waiting": "#e0a030", "stall": "#c0392b", "transfer": "#7f8c8d", "leader": "#8e44ad",
    "other department": "#2c6fbb", "applicant": "#b0c4de", "clock stopped": "#f3d9dc", "delivery": "#e8eef5",
}  # fmt: skip
WORDS = {
    "working": ("being worked on", "正在办理"), "waiting": ("waiting in the department", "部门内等候"), "stall": ("lying idle", "无人处理"),
    "transfer": ("waiting for and in transport", "流转途中"), "leader": ("waiting for the leader", "等待领导签批"),
    "other department": ("in another department", "其他部门"), "applicant": ("with the applicant", "申请人环节"),
    "delivery": ("decided, result on its way", "已决定，结果送达中"),
    "clock stopped": ("clock stopped", "停时"), "promise": ("promised limit", "承诺时限"), "law": ("legal limit", "法定时限"),
    "waiting_people": ("people waiting", "等候人数"), "open_windows": ("windows open", "开放窗口数"), "hour": ("time of day", "时刻"),
    "hall": ("Who waits where, on an average day", "平均每天各队列的等候人数"),
    "life": ("One file's life", "一个办件的全过程"), "days": ("days since acceptance", "受理后天数"),
    "where": ("Where the days of committed cases go", "承诺件的时间花在哪里"),
    "wd": ("working days from acceptance to decision", "受理至决定的工作日数"),
    "share": ("share of cases decided within that time", "在该时间内办结的比例"),
    "within": ("How soon cases are decided", "办结速度"), "ladder": ("What each reform changes", "各项改革的效果"),
    "effect": ("difference from today, with interval", "与现状之差（含区间）"), "per_case": ("working days per case", "每件工作日数"),
}  # fmt: skip


def word(key: str, language: str) -> str:
    """Return a word in the reader's language."""
    return WORDS[key][language == "zh"]


def hall_strip(logs: Mapping[str, EventLog], language: str = "en", most: int = 14) -> Figure:
    """Draw people waiting by queue and half hour (colour) and the windows open (line below), one panel a log.

    Parameters
    ----------
    logs : title -> log; before and after share the colour scale.
    most : number of queues shown, the longest waits first.
    """
    waits = {title: _waiting(log) for title, log in logs.items()}
    total: dict[str, float] = {}
    for w in waits.values():
        for queue, row in w.iterrows():
            total[str(queue)] = max(total.get(str(queue), 0.0), float(row.sum()))
    queues = sorted(total, key=lambda q: -total[q])[:most]
    top = max(1.0, max(float(w.reindex(queues).max().max()) for w in waits.values()))
    with rc_context({"font.family": fonts(), "font.size": 9}):
        fig = Figure(figsize=(6.4 * len(logs), 0.32 * len(queues) + 2.6), layout="constrained")
        axes = fig.subplots(2, len(logs), sharex="col", height_ratios=[max(3.0, 0.32 * len(queues)), 1.3], squeeze=False)
        for k, (title, w) in enumerate(waits.items()):
            log = logs[title]
            slots = list(range(16, 38))
            image = axes[0, k].imshow(
                w.reindex(queues).reindex(columns=slots).fillna(0).to_numpy(), aspect="auto", cmap="YlOrRd", vmin=0, vmax=top
            )
            axes[0, k].set_yticks(range(len(queues)), [_known(logs, "queue", q, language) for q in queues])
            axes[0, k].set_title(title)
            open_windows = _open(log)
            axes[1, k].plot(range(len(slots)), [open_windows.get(s, 0) for s in slots], color=INK, drawstyle="steps-mid")
            axes[1, k].set_ylim(0, None)
            axes[1, k].set_ylabel(word("open_windows", language))
            axes[1, k].set_xticks(range(0, len(slots), 2), [f"{s // 2}:{'30' if s % 2 else '00'}" for s in slots[::2]])
            axes[1, k].set_xlabel(word("hour", language))
        fig.colorbar(image, ax=axes[0, :].tolist(), label=word("waiting_people", language), shrink=0.9)
        fig.suptitle(word("hall", language))
    return fig


def _known(logs: Mapping[str, EventLog], kind: str, code: str, language: str) -> str:
    """Return the name that any of the logs knows."""
    return next((name for log in logs.values() if (name := name_of(log, kind, code, language)) != code), code)


def _tickets(log: EventLog) -> pd.DataFrame:
    e = log.events
    rows = e[e["kind"].isin(["service", "queue"]) & e["entered"].notna()]
    entered, start, end = (seconds(rows[c]) for c in ("entered", "start", "end"))
    until = np.where(start != MISSING, start, np.where(end != MISSING, end, log.meta.horizon))
    low, high = log.meta.window or (0, log.meta.horizon)
    table = pd.DataFrame({"queue": rows["queue"].astype(str).to_numpy(), "entered": entered, "until": until})
    return table[(table["entered"] >= low) & (table["entered"] < high)]


def _waiting(log: EventLog) -> pd.DataFrame:
    """Mean number waiting by queue x half hour of the day, over the working days of the window."""
    tickets, parts = _tickets(log), []
    days = max(1, tickets["entered"].floordiv(DAY).nunique())
    for slot in range(48):
        a, b = tickets["entered"] % DAY, tickets["until"] - tickets["entered"].floordiv(DAY) * DAY
        inside = np.clip(np.minimum(b, (slot + 1) * HALF) - np.maximum(a, slot * HALF), 0, None)
        parts.append(pd.Series(inside).groupby(tickets["queue"]).sum().rename(slot) / HALF / days)
    table: pd.DataFrame = pd.concat(parts, axis=1).fillna(0.0)
    return table


def _open(log: EventLog) -> dict[int, float]:
    """Mean number of open windows by half hour of a working day of the window."""
    low, high = log.meta.window or (0, log.meta.horizon)
    duty = log.duty[(log.duty["state"] == "open") & (log.duty["from"] >= low) & (log.duty["from"] < high)]
    days = max(1, duty["from"].floordiv(DAY).nunique())
    a, b = duty["from"] % DAY, duty["to"] - duty["from"].floordiv(DAY) * DAY
    return {s: float(np.clip(np.minimum(b, (s + 1) * HALF) - np.maximum(a, s * HALF), 0, None).sum() / HALF / days) for s in range(48)}


def spells(log: EventLog, case: int) -> list[tuple[int, int, str]]:
    """Return (from, to, cause) of a case's time from acceptance to delivery, without overlap; causes are the keys of `CAUSES`."""
    who = log.cases[log.cases["case"] == case].iloc[0]
    begin, end = int(who["accepted"]), int(who["delivered"]) if pd.notna(who["delivered"]) else log.meta.horizon
    lead = log.meta.items.get(str(who["item"]))
    marks: list[tuple[int, int, int, str]] = []
    row: Any
    for row in log.events[log.events["case"] == case].itertuples():
        entered, start, stop = (int(v) if pd.notna(v) else None for v in (row.entered, row.start, row.end))
        last = stop if stop is not None else log.meta.horizon
        if row.kind == "task" and entered is not None:
            cause = "stall" if row.reason == "stall" else "leader" if row.reason == "leader" else "waiting"
            other = row.department if isinstance(row.department, str) else lead
            marks.append((3, entered, start if start is not None else last, "other department" if other != lead else cause))
            if start is not None:
                marks.append((5, start, last, "working"))
        elif row.kind == "transfer" and entered is not None:
            marks.append((2, entered, last, "transfer"))
        elif row.kind == "suspension" and entered is not None:
            marks.append((4, entered, last, "clock stopped"))
        elif row.kind == "service" and start is not None:
            marks.append((5, start, last, "working"))
    decided = int(who["decided"]) if pd.notna(who["decided"]) else log.meta.horizon
    edges = sorted({begin, min(decided, end), end, *(t for _, a, b, _ in marks for t in (a, b) if begin < t < end)})
    found: list[tuple[int, int, str]] = []
    for a, b in pairwise(edges):
        cause = max(
            ((rank, name) for rank, x, y, name in marks if x <= a and b <= y), default=(0, "delivery" if a >= decided else "applicant")
        )[1]
        if found and found[-1][2] == cause:
            found[-1] = (found[-1][0], b, cause)
        else:
            found.append((a, b, cause))
    return found


def ribbon(logs: Mapping[str, tuple[EventLog, int]], language: str = "en") -> Figure:
    """Draw one file's life as a ribbon, one line a log: colours are causes, posts are the limits.

    Parameters
    ----------
    logs : title -> (log, case).
    """
    with rc_context({"font.family": fonts(), "font.size": 9}):
        fig = Figure(figsize=(11, 1.3 * len(logs) + 2.0), layout="constrained")
        axis = fig.subplots()
        used: set[str] = set()
        for k, (log, case) in enumerate(logs.values()):
            who = log.cases[log.cases["case"] == case].iloc[0]
            origin = int(who["accepted"])
            for a, b, cause in spells(log, case):
                axis.barh(k, (b - a) / DAY, left=(a - origin) / DAY, height=0.5, color=CAUSES[cause])
                used.add(cause)
            calendar = log.meta.calendar()
            for name, style in (("promise_wd", "-"), ("legal_wd", "--")):
                if pd.notna(who[name]):
                    t = (int(calendar.add_wd(origin // DAY, int(who[name]))) + 1) * DAY
                    axis.plot([(t - origin) / DAY] * 2, [k - 0.4, k + 0.4], color=INK, linestyle=style, linewidth=2)
                    label = word("promise" if name == "promise_wd" else "law", language)
                    axis.annotate(label, ((t - origin) / DAY, k - 0.42), fontsize=7, ha="center", va="bottom")
        axis.set_yticks(range(len(logs)), list(logs))
        axis.invert_yaxis()
        axis.set_xlabel(word("days", language))
        axis.set_title(word("life", language))
        _legend(axis, [c for c in CAUSES if c in used], language)
    return fig


def _legend(axis: Axes, causes: Sequence[str], language: str) -> None:
    axis.legend([Patch(color=CAUSES[c]) for c in causes], [word(c, language) for c in causes], fontsize=8, ncols=4, loc="upper center",
                bbox_to_anchor=(0.5, -0.18), frameon=False)  # fmt: skip


def where_days_go(logs: Mapping[str, EventLog], language: str = "en", most: int = 10, sample: int = 400) -> Figure:
    """Draw mean working days per committed case by department and cause, one panel a log, departments in the order of the first.

    Days are calendar days scaled to the working days each case took. At most `sample` cases a log are read, spread evenly.
    """
    with rc_context({"font.family": fonts(), "font.size": 9}):
        fig = Figure(figsize=(6.2 * len(logs), 0.4 * most + 2.2), layout="constrained")
        axes = fig.subplots(1, len(logs), sharex=True, squeeze=False)[0]
        used: set[str] = set()
        tables = [days_by_cause(log, sample) for log in logs.values()]
        order = tables[0].sum(axis=1).sort_values(ascending=False).index[:most]
        for axis, (title, log), table in zip(axes, logs.items(), tables, strict=True):
            rows = table.reindex(order).fillna(0.0)
            left = np.zeros(len(rows))
            for cause in [c for c in CAUSES if c in rows]:
                axis.barh(range(len(rows)), rows[cause], left=left, color=CAUSES[cause])
                left += rows[cause].to_numpy()
                used.add(cause)
            axis.set_yticks(range(len(rows)), [name_of(log, "department", str(d), language) for d in rows.index])
            axis.invert_yaxis()
            axis.set_xlabel(word("per_case", language))
            axis.set_title(title)
        fig.suptitle(word("where", language))
        fig.legend([Patch(color=CAUSES[c]) for c in CAUSES if c in used], [word(c, language) for c in CAUSES if c in used],
                   fontsize=8, ncols=4, loc="outside lower center", frameon=False)  # fmt: skip
    return fig


def days_by_cause(log: EventLog, sample: int = 400) -> pd.DataFrame:
    """Return mean working days per decided committed or joint case of the window, by leading department (rows) and cause (columns)."""
    low, high = log.meta.window or (0, log.meta.horizon)
    c = log.cases
    chosen = c[c["class"].isin(["committed", "joint", "upward"]) & c["decided"].notna() & c["accepted"].ge(low) & c["accepted"].lt(high)]
    chosen = chosen.iloc[:: max(1, len(chosen) // sample)]
    calendar = log.meta.calendar()
    events = log.events[log.events["case"].isin(chosen["case"])]
    small = EventLog(events, chosen, log.duty, log.meta)
    rows = []
    who: Any
    for who in chosen.itertuples():
        took = int(calendar.wd(int(who.accepted) // DAY, int(who.decided) // DAY))
        parts = [(a, min(b, int(who.decided)), cause) for a, b, cause in spells(small, int(who.case)) if a < int(who.decided)]
        whole = sum(b - a for a, b, _ in parts) or 1
        department = log.meta.items.get(str(who.item), "")
        rows += [(who.case, department, cause, took * (b - a) / whole) for a, b, cause in parts]
    table = pd.DataFrame(rows, columns=["case", "department", "cause", "days"])
    cases = table.groupby("department")["case"].nunique()
    return table.pivot_table(index="department", columns="cause", values="days", aggfunc="sum", fill_value=0.0).div(cases, axis=0)


def within(logs: Mapping[str, EventLog], language: str = "en", longest: int = 20) -> Figure:
    """Draw the share of committed cases decided within d working days, one line a log; posts: the usual promise and the law."""
    with rc_context({"font.family": fonts(), "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        fig = Figure(figsize=(7.5, 4.4), layout="constrained")
        axis = fig.subplots()
        for title, log in logs.items():
            low, high = log.meta.window or (0, log.meta.horizon)
            c = log.cases[log.cases["class"].isin(["committed", "joint", "upward"])]
            c = c[c["accepted"].notna() & c["accepted"].ge(low) & c["accepted"].lt(high)]
            took = log.meta.calendar().wd(
                seconds(c["accepted"]) // DAY, np.where(c["decided"].notna(), seconds(c["decided"].fillna(0)), low) // DAY
            )
            took = np.where(c["decided"].notna(), took, 10**6)
            axis.step(range(longest + 1), [float((took <= d).mean()) for d in range(longest + 1)], where="post", label=title)
        first = next(iter(logs.values())).cases
        committed = first[first["class"].isin(["committed", "joint", "upward"])]
        for name, style in (("promise_wd", "-"), ("legal_wd", "--")):
            middle = committed[name].median()
            if pd.notna(middle) and float(middle) <= longest:
                axis.axvline(float(middle), color=INK, linestyle=style, linewidth=1)
                axis.annotate(
                    word("promise" if name == "promise_wd" else "law", language), (float(middle), 0.02), rotation=90, fontsize=8, ha="right"
                )
        axis.set_xlabel(word("wd", language))
        axis.set_ylabel(word("share", language))
        axis.set_ylim(0, 1.02)
        axis.yaxis.set_major_formatter(lambda x, _: f"{100 * x:.0f} %")
        axis.set_title(word("within", language))
        axis.grid(color=GRID)
        axis.legend(frameon=False, loc="center right")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    return fig


def ladder(
    rows: Sequence[Mapping[str, Any]],
    titles: Mapping[str, str],
    notes: Mapping[str, str],
    measures: Mapping[str, tuple[str, str, float]],
    language: str = "en",
) -> Figure:
    """Draw the paired effect of each reform with its interval, one panel a measure.

    Parameters
    ----------
    rows : rows of a Result (`all`, one stress).
    titles, notes : by reform: its name; cost, authority and months to effect.
    measures : measure -> (title, unit shown, factor from the result's unit to it).
    """
    with rc_context({"font.family": fonts(), "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        fig = Figure(figsize=(3.0 * len(measures) + 4.2, 0.55 * len(titles) + 1.9), layout="constrained")
        axes = fig.subplots(1, len(measures), sharey=True, squeeze=False)[0]
        for axis, (measure, (title, unit, factor)) in zip(axes, measures.items(), strict=True):
            for k, name in enumerate(titles):
                row = next((r for r in rows if r["scenario"] == name and r["measure"] == measure and r["group"] == "all"), None)
                if row is None or row["difference"] is None:
                    continue
                d = row["difference"] * factor
                low, high = (
                    row[f"difference_{side}"] if row[f"difference_{side}"] is not None else row["difference"] for side in ("low", "high")
                )
                resolved = low * high > 0
                axis.plot([low * factor, high * factor], [k, k], color=INK, linewidth=2)
                better = (d < 0) == (CATALOGUE[measure].direction == "lower")
                axis.plot(d, k, "o", color=(BETTER if better else WORSE) if resolved else UNRESOLVED, markersize=7)
            axis.axvline(0, color=INK, linewidth=0.8)
            axis.set_title(f"{title}\n[{unit}]", fontsize=9)
            axis.grid(axis="x", color=GRID)
            axis.set_xlabel(word("effect", language), fontsize=7)
        labels = [f"{title}\n{notes.get(name, '')}" if notes.get(name) else title for name, title in titles.items()]
        axes[0].set_yticks(range(len(titles)), labels)
        axes[0].set_ylim(len(titles) - 0.5, -0.5)
        fig.suptitle(word("ladder", language))
    return fig
