"""Pictures, each a pure function of logs or results to a matplotlib Figure, understood without the text beside it."""

from workbench.bands import two_bands
from workbench.days import where_days_go, within
from workbench.failures import failure_picture
from workbench.fates import better_and_worse
from workbench.flip import flip_picture
from workbench.flow_picture import before_and_after, sooner
from workbench.hall import hall_strip
from workbench.ladder import ladder
from workbench.merger_pictures import department_map, four_words
from workbench.months import months_after
from workbench.portfolio_pictures import choices_front, gain_shares, sequence
from workbench.promises import promises
from workbench.ribbon import ribbon
from workbench.sensitivity import effects, turning_values
from workbench.staffed import staffed, waits
from workbench.staircase import frontier, staircase
from workbench.synchronised import synchronisation
from workbench.turning import pooling_against_slowdown

__all__ = [
    "before_and_after", "better_and_worse", "choices_front", "department_map", "effects", "failure_picture", "flip_picture",
    "four_words", "frontier", "gain_shares", "hall_strip", "ladder", "months_after", "pooling_against_slowdown", "promises", "ribbon",
    "sequence", "sooner", "staffed", "staircase", "synchronisation", "turning_values", "two_bands", "waits", "where_days_go", "within",
]  # fmt: skip
