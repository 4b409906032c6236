"""Stamps: texts of date and time as whole local wall-clock seconds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulation.calibration.mapping import Mapping
from simulation.clocks import MISSING
from simulation.errors import Broken

Ints = NDArray[np.int64]

ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?P<time>[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(?P<offset>Z|[+-]\d{2}(:?\d{2})?)?)?")
YEARS = (1950, 2150)
DAY = 86_400


def parse(texts: Iterable[str], column: str, mapping: Mapping) -> tuple[Ints, dict[int, Broken]]:
    """Seconds since 1970 on the centre's wall clock.

    A stamp with an offset is converted to the mapping's zone, then the offset is dropped; one without is local already. Stamps of
    both sorts, with and without fractions of a second, may stand in one column: each text is read by its own form, never by that of
    the first row.

    Parameters
    ----------
    texts : the cells; the empty text is a missing stamp
    column : column of the log, which settles rounding and what a bare date means

    Returns
    -------
    seconds : int64, `MISSING` where there is none or where it could not be read
    refused : what is wrong, by position
    """
    cells = pd.Series(list(texts), dtype=object)
    unique = pd.Series(cells[cells != ""].unique(), dtype=object)
    naive, dates = _iso(unique, mapping.zone) if not mapping.formats else _by_formats(unique, mapping)
    whole = naive.dt.ceil("s") if mapping.rounds_up(column) else naive.dt.floor("s")
    second = whole.to_numpy().astype("datetime64[s]").astype(np.int64)
    if column == "deadline" and mapping.deadline_date == "end_of_day":
        second = np.where(dates & (second != MISSING), second + DAY - 1, second)
    year = whole.dt.year.to_numpy()
    strange = (second != MISSING) & ((year < YEARS[0]) | (year > YEARS[1]))
    form = f"a stamp has one of the forms {', '.join(mapping.formats)}" if mapping.formats else "a stamp is ISO 8601, and on the calendar"
    unread = Broken(form, "mend it, or name its form in the mapping's `formats`")
    beyond = Broken(f"a year lies in {YEARS[0]}..{YEARS[1]}", "when it stands for `none`, list it under the mapping's `missing`")
    wrong = {str(unique[i]): beyond if strange[i] else unread for i in np.flatnonzero((second == MISSING) | strange)}
    known = dict(zip(unique, np.where(strange, MISSING, second), strict=True))
    seconds = np.array([known.get(cell, MISSING) for cell in cells], dtype=np.int64)
    return seconds, {i: wrong[cell] for i, cell in enumerate(cells) if cell in wrong}


def _iso(texts: pd.Series[Any], zone: str) -> tuple[pd.Series[Any], NDArray[np.bool_]]:
    """Local stamps without zone (NaT where unreadable), and which of them are bare dates."""
    forms = [ISO.fullmatch(text) for text in texts]
    offset = np.array([form is not None and form["offset"] is not None for form in forms], dtype=np.bool_)
    local = np.array([form is not None and form["offset"] is None for form in forms], dtype=np.bool_)
    bare = np.array([form is not None and form["time"] is None for form in forms], dtype=np.bool_)
    stamps = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[us]")
    stamps[offset] = _local(pd.to_datetime(pd.Series(texts[offset]), format="ISO8601", utc=True, errors="coerce"), zone)
    stamps[local] = pd.to_datetime(pd.Series(texts[local]), format="ISO8601", errors="coerce").astype("datetime64[us]")
    return stamps, bare


def _by_formats(texts: pd.Series[Any], mapping: Mapping) -> tuple[pd.Series[Any], NDArray[np.bool_]]:
    stamps = pd.Series(pd.NaT, index=texts.index, dtype="datetime64[us]")
    dates = np.zeros(len(texts), dtype=bool)
    for form in mapping.formats:
        left = stamps.isna()
        if "%z" in form:
            found = _local(pd.to_datetime(texts[left], format=form, utc=True, errors="coerce"), mapping.zone)
        else:
            found = pd.to_datetime(texts[left], format=form, errors="coerce").astype("datetime64[us]")
        stamps[left] = found
        if not re.search("%[HIcTXR]", form):
            dates |= (left & stamps.notna()).to_numpy()
    return stamps, dates


def _local(utc: pd.Series[Any], zone: str) -> pd.Series[Any]:
    local: pd.Series[Any] = utc.dt.tz_convert(zone).dt.tz_localize(None).astype("datetime64[us]")
    return local
