"""What is simulated beside a certificate: people added, paired with today's, and variants that have a replication each."""

from pathlib import Path

import numpy as np
import pytest

from optimization.kept import Counts
from optimization.limits_elsewhere import less
from simulation import verbs
from simulation.experiment import Variant, run_variants
from simulation.measures import CATALOGUE
from simulation.store import Store


def test_a_paired_difference_of_a_hand_count() -> None:
    """450, 500, 400, 450 of 1,000 against 400, 420, 380, 400: .05, .08, .02, .05; t(3; .975) = 3.1824 times .0245 / 2 around it."""
    due, more, fewer = np.full((4, 1), 1000), np.array([[450], [500], [400], [450]]), np.array([[400], [420], [380], [400]])
    found = less(Counts(more, due), Counts(fewer, due), 0, 0.95)
    half = 3.1824 * 0.0244949 / 2
    assert (found.value, found.low, found.high) == pytest.approx((0.05, 0.05 - half, 0.05 + half), abs=1e-4)


def test_variants_apart_have_a_replication_each_and_are_what_each_is_alone(tmp_path: Path) -> None:
    scenario, measures = verbs.load("tiny"), [CATALOGUE["on_time_promise"]]
    variants = [Variant(name, "none", scenario) for name in ("a", "b", "c")]
    horizon = scenario.horizon
    rows = run_variants(variants, horizon, 1, [7, 8, 9], measures, Store(tmp_path), workers=1, apart=True)
    assert rows[["scenario", "replication"]].drop_duplicates().to_numpy().tolist() == [["a", 7], ["b", 8], ["c", 9]]
    alone = run_variants(variants[1:2], horizon, 1, [8], measures, Store(tmp_path), workers=1, fresh=True)
    assert rows[rows["scenario"] == "b"].reset_index(drop=True).equals(alone)
