"""The hall: who waits in which queue at what time of the day, and how many windows are open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from simulation.calendar import Calendar
from simulation.clocks import MISSING
from simulation.log import EventLog, seconds
from workbench.drawing import INK, PALE, SERIES, below, empty, folded, look, word
from workbench.language import name_of

DAY, HALF = 86_400, 1800
SLOTS = DAY // HALF
ABSENT = "#d0d0d0"
BUSY, LEAST, MOST = 0.25, 5, 14
"""A queue is shown when more than `BUSY` people wait in it at some time of the day; at least and at most so many queues."""


def hall_strip(logs: Mapping[str, EventLog], language: str = "en", note: str = "") -> Figure:
    """Draw people waiting by queue and half hour (colour) and the windows open (line below), one panel a log.

    Parameters
    ----------
    logs : title -> log; all panels share the rows, the colour scale and the axes.
    note : said in the caption.
    """
    waits = {title: waiting(log) for title, log in logs.items()}
    opened = {title: open_windows(log) for title, log in logs.items()}
    queues = busy_queues(list(waits.values()))
    first, last = _hours(list(waits.values()), list(opened.values()))
    top = max([1.0, *(float(w.reindex(queues).max().max()) for w in waits.values() if len(w))])
    with look():
        tall = 0.3 * max(4, len(queues))
        fig = Figure(figsize=(4.6 * len(logs) + 2.4, tall + 2.9), layout="constrained")
        axes = fig.subplots(2, len(logs), sharex=True, sharey="row", height_ratios=[tall, 1.3], squeeze=False)
        fig.suptitle(word("hall", language), color=INK)
        if not queues:
            for axis in axes.flat:
                empty(axis, language)
            return fig
        slots = range(2 * first, 2 * last)
        for k, (title, table) in enumerate(waits.items()):
            upper, lower = axes[0, k], axes[1, k]
            extent = (first, last, len(queues) - 0.5, -0.5)
            cells = table.reindex(queues).reindex(columns=slots).to_numpy()
            image = upper.imshow(cells, aspect="auto", cmap="YlOrRd", vmin=0, vmax=top, extent=extent)
            absent = np.isnan(cells)
            if absent.any():
                upper.imshow(np.where(absent, 1.0, np.nan), aspect="auto", cmap=ListedColormap([ABSENT]), extent=extent)
            for row in np.flatnonzero(absent.all(axis=1)):
                upper.axhspan(row - 0.5, row + 0.5, facecolor="none", edgecolor=PALE, hatch="////", linewidth=0)
            upper.set_title(folded(title, 44), fontsize=10)
            lower.stairs([opened[title][s] for s in slots], [s / 2 for s in range(2 * first, 2 * last + 1)], color=SERIES[0], linewidth=1.6)
            lower.set_xlabel(word("hour", language))
            lower.grid(axis="y", color="#eeeeee")
            lower.set_axisbelow(True)
        names = [folded(_known(logs, queue, language), 26) for queue in queues]
        axes[0, 0].set_yticks(range(len(queues)), names)
        axes[1, 0].set_ylabel(word("open_windows", language))
        axes[1, 0].set_ylim(0, 1.1 * max([1.0, *(max(line) for line in opened.values())]))
        hours = range(first + first % 2, last + 1, 2)
        axes[1, 0].set_xticks(list(hours), [f"{hour}:00" for hour in hours])
        axes[1, 0].set_xlim(first, last)
        fig.colorbar(image, ax=axes[0, :].tolist(), label=word("waiting_people", language), shrink=0.9)
        gone = any(queue not in table.index for queue in queues for table in waits.values())
        patch = Patch(facecolor=ABSENT, edgecolor=PALE, hatch="////", linewidth=0)
        explained: dict[str, Any] = {"handles": [patch], "names": [word("absent", language)]} if gone else {}
        below(fig, which(waits.values(), queues, language), note, **explained)
    return fig


def busy_queues(waits: list[pd.DataFrame]) -> list[str]:
    """Return the queues worth a row: those that are ever busy in any log, the longest waits first."""
    total: dict[str, float] = {}
    peak: dict[str, float] = {}
    for table in waits:
        for queue, row in table.iterrows():
            total[str(queue)] = max(total.get(str(queue), 0.0), float(row.sum()))
            peak[str(queue)] = max(peak.get(str(queue), 0.0), float(row.max()))
    order = sorted(total, key=lambda queue: (-total[queue], queue))
    busy = [queue for queue in order if peak[queue] > BUSY][:MOST]
    return busy if len(busy) >= LEAST else order[:LEAST]


def which(waits: Iterable[pd.DataFrame], shown: list[str], language: str) -> str:
    """Return which queues have a row, in words."""
    peak = pd.concat([table.max(axis=1) for table in waits], axis=1).max(axis=1)
    busy = int((peak > BUSY).sum())
    if len(shown) <= busy:
        return word("busy" if len(shown) == busy else "busiest", language).format(n=len(shown), people=BUSY)
    return word("all_queues" if len(shown) == len(peak) else "longest", language).format(n=len(shown))


def waiting(log: EventLog) -> pd.DataFrame:
    """Return the mean number of people waiting by queue (rows) and half hour of the day, over the working dates of the measured window.

    Rows are the queues that the log names or in which a ticket was taken; any other queue is not there.
    """
    events = log.events
    rows = events[events["kind"].isin(["service", "queue"]) & events["entered"].notna() & events["queue"].notna()]
    entered, start, end = (seconds(rows[c]) for c in ("entered", "start", "end"))
    until = np.where(start != MISSING, start, np.where(end != MISSING, end, log.meta.horizon))
    queues = rows["queue"].astype(object).to_numpy()
    dates = working_dates(log)
    counted = np.isin(entered // DAY, dates)
    day = entered // DAY * DAY
    names = sorted({*(str(queue) for queue in queues), *log.meta.labels.get("queue", {})})
    place = np.array([names.index(str(queue)) for queue in queues[counted]], dtype=np.int64)
    found = np.zeros((len(names), SLOTS))
    for slot in range(SLOTS):
        inside = np.minimum(until - day, (slot + 1) * HALF) - np.maximum(entered - day, slot * HALF)
        found[:, slot] = np.bincount(place, np.clip(inside[counted], 0, None), len(names)) if len(names) else 0.0
    return pd.DataFrame(found / HALF / max(1, len(dates)), index=names, columns=range(SLOTS))


def open_windows(log: EventLog) -> list[float]:
    """Return the mean number of open windows by half hour of the day, over the working dates of the measured window.

    Guide desks are no windows.
    """
    dates = working_dates(log)
    served = log.events[log.events["kind"] == "service"]
    desks = set(served["post"][served["step"] == "guide"].dropna()) - set(served["post"][served["step"] != "guide"].dropna())
    duty = log.duty[(log.duty["state"] == "open") & ~log.duty["post"].isin(desks)]
    begin, end = seconds(duty["from"]), seconds(duty["to"])
    counted = np.isin(begin // DAY, dates)
    begin, end = (moments[counted] - begin[counted] // DAY * DAY for moments in (begin, end))
    spent = [np.clip(np.minimum(end, (s + 1) * HALF) - np.maximum(begin, s * HALF), 0, None).sum() for s in range(SLOTS)]
    return [float(s) / HALF / max(1, len(dates)) for s in spent]


def working_dates(log: EventLog) -> list[int]:
    """Return the working dates of the measured window, as days since the epoch."""
    low, high = log.meta.window or (0, log.meta.horizon)
    calendar: Calendar = log.meta.calendar()
    return [day for day in range(low // DAY, -(-high // DAY)) if calendar.is_working(day)]


def _hours(waits: list[pd.DataFrame], opened: list[list[float]]) -> tuple[int, int]:
    """The hours of the day in which anybody waits or any window is open."""
    used = np.zeros(SLOTS, dtype=bool)
    for table in waits:
        used |= table.to_numpy().max(axis=0, initial=0.0) > BUSY / 10
    for line in opened:
        used |= np.array(line) > 0
    some = np.flatnonzero(used)
    return (int(some[0]) // 2, -(-int(some[-1] + 1) // 2)) if len(some) else (8, 18)


def _known(logs: Mapping[str, EventLog], queue: str, language: str) -> str:
    """The name that any of the logs knows."""
    return next((name for log in logs.values() if (name := name_of(log, "queue", queue, language)) != queue), queue)
