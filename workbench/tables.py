"""Tables in a terminal: as wide as it is, and nothing in them ever cut off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

NARROW, WIDE = 100, 120
WORD = 8
"""A word of a head, a whole one in Chinese, that is no wider than this is never broken."""


def new_console() -> Console:
    """Return a console as wide as the terminal, within what a table needs and an eye follows."""
    from rich.console import Console

    return Console(width=min(WIDE, max(NARROW, Console().width)))


def new_table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int | None], *, left: int = 1, folded: bool = False
) -> Table:
    """A table whose first `left` columns are text that may wrap; nothing in it is ever cut off.

    Parameters
    ----------
    widths : least width of each column, which figures may widen unless `folded`; None where the column takes what is left.
    """
    from rich import box
    from rich.cells import cell_len
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for k, (head, least) in enumerate(zip(heads, widths, strict=True)):
        needed = 0 if folded else max((cell_len(row[k]) for row in rows if k < len(row)), default=0)
        whole = max((wide for word in head.split() if (wide := cell_len(word)) <= WORD), default=0)
        width = None if least is None else max(least, needed, whole)
        table.add_column(head, justify="left" if k < left else "right", overflow="fold", width=width)
    for row in rows:
        table.add_row(*row)
    return table
