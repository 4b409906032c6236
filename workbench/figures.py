"""Pictures, each a pure function of logs or results to a matplotlib Figure, understood without the text beside it."""

from workbench.days import where_days_go, within
from workbench.hall import hall_strip
from workbench.ladder import ladder
from workbench.promises import promises
from workbench.ribbon import ribbon

__all__ = ["hall_strip", "ladder", "promises", "ribbon", "where_days_go", "within"]
