"""The closed forms against published numbers, against each other, and against laws that must hold whatever the numbers."""

import doctest
import json
import os
from collections.abc import Callable
from math import comb, exp, factorial, inf, log, pi, sin
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad, solve_ivp
from scipy.optimize import brentq
from scipy.stats import gamma

from simulation import theory
from simulation.errors import Broken

CASES = Path(os.environ.get("ONEWINDOW_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")) / "theory" / "theory_cases.json"


def inverse(tail: Callable[[float], float], q: float) -> float:
    return float(brentq(lambda t: tail(t) - (1 - q), 0, 1e4, xtol=1e-12))


# --- the file of cases -------------------------------------------------------------------------------------------


def t01(i: dict[str, Any]) -> dict[str, Any]:
    hall = (i["arrival_rate_per_min"], i["mean_service_min"], 1)
    wait = theory.mmc_wait(*hall)
    return {
        "utilisation": hall[0] * hall[1],
        "mean_wait": wait,
        "mean_sojourn": wait + hall[1],
        "mean_queue_len": hall[0] * wait,
        "mean_in_system": hall[0] * (wait + hall[1]),
        **{f"sojourn_p{q}": inverse(lambda t: theory.mmc_sojourn_tail(*hall, t), q / 100) for q in (50, 90, 95)},
        "wait_p95": theory.mmc_wait_quantile(*hall, 0.95),
        "p_wait_gt_15": theory.mmc_wait_tail(*hall, 15),
    }


def t02(i: dict[str, Any]) -> dict[str, Any]:
    hall = (i["arrivals_per_hour"] / 60, i["mean_service_min"], i["servers"])
    wait, busy = theory.mmc_wait(*hall), theory.erlang_c(hall[0] * hall[1], hall[2])
    return {
        "utilisation": hall[0] * hall[1] / hall[2],
        "p_wait": busy,
        "mean_wait": wait,
        "mean_wait_of_delayed": wait / busy,
        "mean_sojourn": wait + hall[1],
        "mean_queue_len": hall[0] * wait,
        "p_wait_gt_5": theory.mmc_wait_tail(*hall, 5),
        "p_wait_gt_15": theory.mmc_wait_tail(*hall, 15),
        "wait_p90": theory.mmc_wait_quantile(*hall, 0.90),
        "wait_p95": theory.mmc_wait_quantile(*hall, 0.95),
        "sojourn_p90": inverse(lambda t: theory.mmc_sojourn_tail(*hall, t), 0.9),
    }


def one_server(cv: Callable[[dict[str, Any]], float], service: str = "mean_service_min") -> Callable[[dict[str, Any]], dict[str, Any]]:
    def found(i: dict[str, Any]) -> dict[str, Any]:
        rate, mean = i["arrival_rate_per_min"], i[service]
        wait = theory.mg1_wait(rate, mean, cv(i))
        return {"utilisation": rate * mean, "mean_wait": wait, "mean_sojourn": wait + mean, "mean_queue_len": rate * wait}

    return found


def t09(i: dict[str, Any]) -> dict[str, Any]:
    s = theory.erlang_a(i["arrivals_per_hour"] / 60, i["mean_service_min"], i["servers"], i["mean_patience_min"])
    return {
        "p_wait": s.p_wait,
        "p_abandon": s.p_lost,
        "mean_queue_len": s.queue,
        "mean_time_in_queue_all": s.wait,
        "utilisation": s.utilisation,
    }


def t11(i: dict[str, Any]) -> dict[str, Any]:
    s = theory.mmck(i["arrivals_per_hour"] / 60, i["mean_service_min"], i["servers"], i["capacity_total"])
    return {
        "p_block": s.p_lost,
        "mean_queue_len": s.queue,
        "mean_wait_admitted": s.wait,
        "throughput_per_hour": 60 * s.throughput,
        "utilisation": s.utilisation,
    }


def t13(i: dict[str, Any]) -> dict[str, Any]:
    rates, mean = i["arrival_rates_per_min"], i["mean_service_min"]
    by_class = theory.cobham(rates, [mean] * 3, [1] * 3)
    return {
        **{f"wait_class{k}": wait for k, wait in enumerate(by_class, 1)},
        "wait_all": float(np.average(by_class, weights=rates)),
    }


def t16(i: dict[str, Any]) -> dict[str, Any]:
    outside = [i["external_per_hour"] / 60, 0, 0, 0]
    n = theory.jackson(outside, i["routing"], i["servers"], i["mean_service_min"])
    return {
        "visit_rates_per_min": n.rates,
        "utilisations": n.utilisations,
        "mean_waits": n.waits,
        "mean_in_network": n.in_network,
        "mean_total_sojourn": n.sojourn,
    }


def t18(i: dict[str, Any]) -> dict[str, Any]:
    joint = theory.fork_join_two(i["arrival_rate"], i["mean_service"])
    single = theory.mmc_wait(i["arrival_rate"], i["mean_service"], 1) + i["mean_service"]
    return {"mean_response": joint, "mean_single_branch_sojourn": single, "ratio_to_single": joint / single}


def t20(i: dict[str, Any]) -> dict[str, Any]:
    means = [i["mean_days"]] * i["branches"]
    serial = gamma(len(means), scale=means[0])
    return {
        "mean_parallel": theory.longest_exponential(means),
        "mean_serial": sum(means),
        "parallel_p90": inverse(lambda t: 1 - theory.longest_exponential_cdf(means, t), 0.9),
        "serial_p90": float(serial.ppf(0.9)),
        "p_parallel_le_10": theory.longest_exponential_cdf(means, 10),
        "p_serial_le_10": float(serial.cdf(10)),
    }


def t22(i: dict[str, Any]) -> dict[str, Any]:
    edges = np.linspace(0, 9, 9001)
    rates = i["lambda_bar"] + i["amplitude"] * np.sin(2 * pi * (edges[:-1] + edges[1:]) / 2 / i["period_h"])
    times = [1, 2.25, 4, 6.75, 9]
    load = theory.offered_load(times, edges, rates, theory.limited_mean_exponential(i["mean_service_h"]))
    return {"times_h": times, "mean_in_system": load}


def t24(i: dict[str, Any]) -> dict[str, Any]:
    rate, mean, c = i["arrivals_per_hour"] / 60, i["mean_service_min"], i["servers"]
    law = theory.mmc_transient([rate] * 1080, [c] * 1080, mean, 0.5)
    # Time spent queueing within the day, by arrival: what is waited after closing is not in it.
    waiting = law @ np.maximum(np.arange(law.shape[1]) - c, 0) / rate
    return {
        "mean_in_system_by_half_hour": (law @ np.arange(law.shape[1]))[60::60],
        "day_average_wait_min": float((waiting[0] / 2 + waiting[1:-1].sum() + waiting[-1] / 2) / 1080),
        "steady_state_wait_min": theory.mmc_wait(rate, mean, c),
    }


def t25(i: dict[str, Any]) -> dict[str, Any]:
    rate, mean, types = i["arrivals_per_hour_each"] / 60, i["mean_service_min"], i["types"]
    apart, pooled = theory.mmc_wait(rate, mean, 1), theory.mmc_wait(types * rate, mean, types)
    enough = next(c for c in range(int(types * rate * mean) + 1, 99) if theory.mmc_wait(types * rate, mean, c) <= apart)
    return {
        "util": rate * mean,
        "wait_dedicated": apart,
        "wait_pooled": pooled,
        "reduction": 1 - pooled / apart,
        # Five servers carry a load of 4.8, with a longer wait than six apart.
        "min_pooled_servers_for_wait_le_dedicated": enough,
    }


def t27(i: dict[str, Any]) -> dict[str, Any]:
    rate, mean = i["group_rate_per_min"] * i["group_size"], i["mean_service_min"]
    wait = theory.batch_mm1_wait(i["group_rate_per_min"], {i["group_size"]: 1.0}, mean)
    return {"utilisation": rate * mean, "mean_in_system": rate * (wait + mean), "mean_sojourn": wait + mean, "mean_wait": wait}


def t30(i: dict[str, Any]) -> dict[str, Any]:
    s = theory.finite_source(i["sources"], i["mean_think_min"], i["mean_service_min"], i["servers"])
    return {"throughput_per_hour": 60 * s.throughput, "mean_wait": s.wait, "utilisation": s.utilisation}


def t34(i: dict[str, Any]) -> dict[str, Any]:
    n = theory.jackson([i["arrival_rate_per_min"]], [[i["rework_prob"]]], [1], [i["mean_service_min"]])
    visits = n.rates[0] / i["arrival_rate_per_min"]
    return {
        "visits": visits,
        "utilisation": n.utilisations[0],
        "mean_total_sojourn": n.sojourn,
        "mean_per_visit": n.sojourn / visits,
    }


def t36(i: dict[str, Any]) -> dict[str, Any]:
    f = theory.fluid_queue(i["rate_per_hour"], i["hours"], i["servers"] * 60 / i["mean_service_min"])
    assert f.emptied is not None
    return {
        "queue_at_2h_per_scale": f.queue[1],
        "time_to_empty_after_2h": f.emptied - i["hours"][0],
        "max_virtual_wait_min": 60 * f.longest_wait,
    }


FORMULAS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "T01_mm1": t01,
    "T02_mmc3": t02,
    "T05_md1": one_server(lambda i: 0.0, "service_min"),
    "T07_mg1_lognormal": one_server(lambda i: i["cv"]),
    "T09_erlangA": t09,
    "T11_mmcK": t11,
    "T12_erlangB": lambda i: {"p_block": theory.erlang_b(i["offered_load"], i["servers"])},
    "T13_prio_np_mm1": t13,
    "T16_jackson": t16,
    "T18_forkjoin2_rho50": t18,
    "T20_max_exp5": t20,
    "T22_mtminf": t22,
    "T24_mmc_transient": t24,
    "T25_pooling": t25,
    "T27_batch": t27,
    "T29_me2": one_server(lambda i: i["erlang_k"] ** -0.5),
    "T30_finite_source": t30,
    "T34_rework": t34,
    "T36_fluid": t36,
}


@pytest.mark.skipif(not CASES.exists(), reason=f"the reference cases are not there: {CASES.name}")
@pytest.mark.parametrize("name", FORMULAS)
def test_a_formula_gives_every_number_of_its_reference_case(name: str) -> None:
    case = next(case for case in json.loads(CASES.read_text())["cases"] if case["id"] == name)
    found = FORMULAS[name](case["inputs"])
    expected = {key: value for key, value in case["expected"].items() if not key.startswith("note")}
    assert found.keys() >= expected.keys()
    for key, value in expected.items():
        assert found[key] == pytest.approx(value, rel=1e-5), key


@pytest.mark.skipif(not CASES.exists(), reason=f"the reference cases are not there: {CASES.name}")
def test_no_reference_case_is_left_out() -> None:
    assert {case["id"] for case in json.loads(CASES.read_text())["cases"]} == set(FORMULAS)


# --- literals and other routes to the same number ----------------------------------------------------------------


def test_the_examples_in_the_docstrings_are_true() -> None:
    done = doctest.testmod(theory)
    assert done.attempted >= 20 and not done.failed


@pytest.mark.parametrize(
    ("load", "servers", "blocked"),
    [(1, 1, 0.5), (2, 2, 0.4), (8, 10, 0.12166), (20, 30, 0.00846)],
)
def test_erlang_b_gives_the_tabulated_values(load: float, servers: int, blocked: float) -> None:
    by_definition = load**servers / factorial(servers) / sum(load**k / factorial(k) for k in range(servers + 1))
    assert theory.erlang_b(load, servers) == pytest.approx(by_definition, rel=1e-12)
    assert theory.erlang_b(load, servers) == pytest.approx(blocked, abs=5e-6)


def test_published_delays_are_met() -> None:
    assert theory.erlang_c(10, 14) == pytest.approx(0.174132, abs=5e-7)  # README of pyworkforce
    assert theory.mmc_wait(4.2, 2, 12) == pytest.approx(0.1022, abs=5e-5)  # M/M/12 of the ContactCenters examples
    assert theory.mmc_wait(0.2, 10, 3) == pytest.approx(4.444444444444443, rel=1e-12)  # the bank of the Ciw tutorial
    assert theory.mmc_wait(0.2, 10, 4) == pytest.approx(0.8695652173913043, rel=1e-12)


@pytest.mark.parametrize(
    "answer",
    [
        lambda: theory.erlang_c(4, 4),
        lambda: theory.mmc_wait(0.5, 5, 2),
        lambda: theory.mg1_wait(0.2, 5, 1),
        lambda: theory.cobham([0.1, 0.2], [5, 5], [1, 1]),
        lambda: theory.jackson([0.2], [[0.25]], [1], [5]),
        lambda: theory.batch_mm1_wait(0.1, {2: 1.0}, 5),
        lambda: theory.fork_join_two(1, 1),
    ],
)
def test_a_stationary_answer_is_refused_at_a_load_above_capacity(answer: Callable[[], object]) -> None:
    with pytest.raises(Broken, match="no stationary answer"):
        answer()


def test_with_abandonment_a_load_above_capacity_has_an_answer() -> None:
    s = theory.erlang_a(2, 5, 4, 20)
    assert s.p_lost > 0.59 and s.throughput == pytest.approx(2 * (1 - s.p_lost), rel=1e-9)


loads, few = st.floats(0.05, 0.97), st.integers(1, 40)


@given(loads, few)
def test_a_quantile_of_the_wait_inverts_its_tail_and_the_tail_integrates_to_its_mean(share: float, servers: int) -> None:
    hall = (share * servers / 5, 5.0, servers)
    assert quad(lambda t: theory.mmc_wait_tail(*hall, t), 0, inf)[0] == pytest.approx(theory.mmc_wait(*hall), rel=1e-6)
    sojourn = quad(lambda t: theory.mmc_sojourn_tail(*hall, t), 0, inf)[0]
    assert sojourn == pytest.approx(theory.mmc_wait(*hall) + 5, rel=1e-6)
    if (limit := theory.mmc_wait_quantile(*hall, 0.9)) > 0:
        assert theory.mmc_wait_tail(*hall, limit) == pytest.approx(0.1, rel=1e-9)
    else:
        assert theory.erlang_c(share * servers, servers) <= 0.1


def test_the_sojourn_tail_has_no_jump_where_its_two_rates_meet() -> None:
    at, beside = (theory.mmc_sojourn_tail((2 + shift) / 5, 5, 3, 9) for shift in (0, 1e-6))
    assert at == pytest.approx(beside, rel=1e-5)


@given(loads, few)
def test_general_models_fall_back_to_the_plain_one(share: float, servers: int) -> None:
    rate, wait = share * servers / 5, theory.mmc_wait(share * servers / 5, 5, servers)
    assert theory.allen_cunneen(rate, 5, servers, 1, 1) == pytest.approx(wait)
    assert theory.cobham_mmc([rate], 5, servers)[0] == pytest.approx(wait)
    assert theory.mg1_wait(share / 5, 5, 1) == pytest.approx(theory.mmc_wait(share / 5, 5, 1))
    assert theory.batch_mm1_wait(share / 5, {1: 1.0}, 5) == pytest.approx(theory.mmc_wait(share / 5, 5, 1))
    assert theory.jackson([rate], [[0.0]], [servers], [5]).waits[0] == pytest.approx(wait)
    if share < 0.8:
        assert theory.mmck(rate, 5, servers, servers + 300).wait == pytest.approx(wait, rel=1e-6, abs=1e-12)
        assert theory.erlang_a(rate, 5, servers, 1e5).wait == pytest.approx(wait, rel=0.01, abs=1e-9)


@given(st.lists(st.floats(0.01, 0.3), min_size=2, max_size=4), st.integers(2, 6))
def test_priority_only_shifts_the_wait_between_classes(rates: list[float], servers: int) -> None:
    load = sum(rates) * 1.5
    by_class = theory.cobham_mmc(rates, 1.5, servers)
    assert np.average(by_class, weights=rates) == pytest.approx(theory.mmc_wait(sum(rates), 1.5, servers))
    assert list(by_class) == sorted(by_class) and load < servers


def test_cobham_weighs_classes_of_different_service() -> None:
    """Two classes, rates 0.1 and 0.1, services 2 (constant) and 4 (exponential), by hand: residual (0.4 + 3.2) / 2 = 1.8."""
    assert theory.cobham([0.1, 0.1], [2, 4], [0, 1]) == pytest.approx((1.8 / 0.8, 1.8 / 0.8 / 0.4))


def test_a_loss_system_is_a_queue_without_room() -> None:
    assert theory.mmck(1.6, 5, 10, 10).p_lost == pytest.approx(theory.erlang_b(8, 10), rel=1e-12)


@given(st.floats(0.2, 3), st.integers(1, 8), st.floats(1, 60))
def test_abandonment_balances_the_flow(rate: float, servers: int, patience: float) -> None:
    s = theory.erlang_a(rate, 5, servers, patience)
    assert rate * (1 - s.p_lost) == pytest.approx(servers * s.utilisation / 5, rel=1e-8)


def test_a_finite_source_sees_engset_where_nobody_can_wait() -> None:
    """As many servers as sources: each is in service a share 5 / 65 of the time, independently."""
    s = theory.finite_source(20, 60, 5, 20)
    assert s.utilisation == pytest.approx(5 / 65) and s.wait == 0


@pytest.mark.parametrize(("load", "beta", "patience"), [(400, 0.5, 1.0), (400, 1.0, 4.0), (400, -0.5, 0.25), (400, 1.0, inf)])
def test_the_limit_of_many_servers_is_near_the_exact_delay(load: float, beta: float, patience: float) -> None:
    servers = round(load + beta * load**0.5)
    exact = theory.erlang_c(load, servers) if patience == inf else theory.erlang_a(load, 1, servers, patience).p_wait
    assert theory.garnett_delay(beta, patience) == pytest.approx(exact, abs=0.02)


def test_without_abandonment_the_limit_is_that_of_halfin_and_whitt() -> None:
    assert theory.garnett_delay(0.8, 1e8) == pytest.approx(theory.garnett_delay(0.8, inf), rel=1e-4)
    assert theory.garnett_delay(-0.1, inf) == 1


def test_the_longest_of_unequal_durations_by_hand() -> None:
    """Means 2 and 3: 2 + 3 - 1 / (1/2 + 1/3) = 3.8; and P(both <= 3)."""
    assert theory.longest_exponential([2, 3]) == pytest.approx(3.8)
    assert theory.longest_exponential_cdf([2, 3], 3) == pytest.approx((1 - exp(-1.5)) * (1 - exp(-1)))
    harmonic = sum((-1) ** (k + 1) * comb(10, k) / k for k in range(1, 11))
    assert theory.longest_exponential([1] * 10) == pytest.approx(harmonic)


def test_groups_of_random_size_by_hand() -> None:
    """One or three with equal chance: E X = 2, E X^2 = 5, load 0.5, so L = 0.5 * 7 / (4 * 0.5) = 1.75 and wait 1.75 / 0.1 - 5."""
    assert theory.batch_mm1_wait(0.05, {1: 0.5, 3: 0.5}, 5) == pytest.approx(12.5)


@pytest.mark.parametrize("cv", [0.3, 0.6, 1.5])
def test_the_limited_mean_of_a_lognormal_is_the_integral_of_its_survival(cv: float) -> None:
    from scipy.stats import lognorm

    sigma = log(1 + cv**2) ** 0.5
    law = lognorm(sigma, scale=20 * exp(-(sigma**2) / 2))
    for x in (0.5, 12.0, 90.0):
        assert float(theory.limited_mean_lognormal(20, cv)(np.array(x))) == pytest.approx(quad(law.sf, 0, x)[0], rel=1e-8)
    assert float(theory.limited_mean_lognormal(20, cv)(np.array(0.0))) == 0


def test_offered_load_of_a_day_with_a_peak_follows_its_differential_equation() -> None:
    def rate(t: float) -> float:
        return 10 + 8 * sin(2 * pi * t / 9)

    exact = solve_ivp(lambda t, m: rate(t) - 2 * m, (0, 9), [0.0], t_eval=[1, 4, 9], rtol=1e-10, atol=1e-10).y[0]
    edges = np.linspace(0, 9, 3001)
    rates = [rate(t) for t in (edges[:-1] + edges[1:]) / 2]
    assert theory.offered_load([1, 4, 9], edges, rates, theory.limited_mean_exponential(0.5)) == pytest.approx(exact, rel=1e-5)


def test_offered_load_needs_only_the_mean_service_once_the_rate_has_long_been_constant() -> None:
    limited = theory.limited_mean_lognormal(20, 1.2)
    assert theory.offered_load([5000, 9000], [0, 5000], [0.3], limited) == pytest.approx([6.0, 0.0], abs=1e-3)


def test_a_transient_hall_with_servers_for_all_has_the_offered_load() -> None:
    rates = [0.5, 1.4, 1.0, 0.2]
    law = theory.mmc_transient(rates, [60] * 4, 12, 30)
    load = theory.offered_load([0, 30, 60, 90, 120], [0, 30, 60, 90, 120], rates, theory.limited_mean_exponential(12))
    assert law @ np.arange(law.shape[1]) == pytest.approx(load, abs=1e-8)


@pytest.mark.parametrize("start", [0, 9])
def test_the_transient_law_is_that_of_the_kolmogorov_equations(start: int) -> None:
    rates, servers, service, step = [0.7, 0.2], [3, 1], 5.0, 20.0
    law = theory.mmc_transient(rates, servers, service, step, start=start, room=60)
    present, now = np.arange(61), np.eye(61)[start]
    for period, (rate, c) in enumerate(zip(rates, servers, strict=True), 1):
        up, down = np.where(present < 60, rate, 0.0), np.minimum(present, c) / service
        flow = np.diag(up[:-1], 1) + np.diag(down[1:], -1) - np.diag(up + down)
        now = solve_ivp(lambda t, p, flow=flow: p @ flow, (0, step), now, rtol=1e-10, atol=1e-12).y[:, -1]
        assert law[period] == pytest.approx(now, abs=1e-8)


def test_a_transient_law_settles_at_the_stationary_one_and_loses_nothing() -> None:
    law = theory.mmc_transient([0.5] * 40, [3] * 40, 5, 60)
    waiting = law @ np.maximum(np.arange(law.shape[1]) - 2, 0) * 5 / 3
    assert law.sum(axis=1) == pytest.approx(np.ones(41), abs=1e-9)
    assert waiting[-1] == pytest.approx(theory.mmc_wait(0.5, 5, 3), rel=1e-6)


def test_a_transient_hall_under_overload_grows_by_the_surplus() -> None:
    law = theory.mmc_transient([40.0] * 6, [100] * 6, 5, 30)
    assert float(law[-1] @ np.arange(law.shape[1])) == pytest.approx(20 * 180 + 100, rel=0.02)
    assert law[-1, -1] < 1e-9


def test_a_fluid_queue_that_never_empties_says_so() -> None:
    f = theory.fluid_queue([10, 6, 2], [1, 1, 1], 5)
    assert f.queue == (0, 5, 6, 3) and f.emptied is None and f.longest_wait == pytest.approx(1.2)


def test_one_department_more_never_shortens_a_joint_approval() -> None:
    assert theory.fork_join_two(0.5, 1) > theory.mmc_wait(0.5, 1, 1) + 1
    assert theory.longest_exponential([4, 4, 4]) > theory.longest_exponential([4, 4])
