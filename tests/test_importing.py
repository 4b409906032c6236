"""Tables in, a scenario out: what a centre fills in is what the baseline says, and every mistake is shown in its cell."""

import csv
import shutil
from pathlib import Path

import pytest

from simulation.errors import FileRefused
from simulation.files import load_model
from simulation.importing import import_tables, law
from simulation.scenario import Scenario
from simulation.writing import dump

SCENARIOS = Path(__file__).parents[1] / "scenarios"
TABLES = SCENARIOS / "tables" / "district-hall"
BASELINE = SCENARIOS / "baselines" / "district-hall.yaml"


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return import_tables(TABLES)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TABLES, tmp_path / "hall"))


def change(folder: Path, table: str, row: int, column: str, value: str) -> None:
    """Write `value` into a cell; rows are counted as a spreadsheet does, the header being row 1."""
    path = folder / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    lines[row - 1][lines[0].index(column)] = value
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)


def refused(folder: Path) -> list[str]:
    with pytest.raises(FileRefused) as error:
        import_tables(folder)
    return [str(problem) for problem in error.value.problems]


def test_the_committed_baseline_is_what_the_tables_say(scenario: Scenario) -> None:
    assert BASELINE.read_text(encoding="utf-8") == dump(scenario), "tables and baseline differ: import the tables again"


def test_the_baseline_file_loads_as_the_scenario_of_the_tables(scenario: Scenario) -> None:
    assert load_model(BASELINE, Scenario) == scenario


def test_the_hall_has_the_seats_people_and_items_of_its_description(scenario: Scenario) -> None:
    centre = scenario.centre
    business = [i for i in centre.items.values() if i.case_class != "consultation"]
    shared = [n for n, i in centre.items.items() if i.case_class == "joint"]
    pools = {n: {centre.pools[s.pool].department for s in centre.items[n].route.values() if s.kind == "task"} for n in shared}
    assert sum(w.group != "guide" for w in centre.windows.values()) == 79
    assert 85 <= len(centre.staff) <= 95
    assert 40 <= len(business) <= 60
    assert sum(2 <= len(departments) <= 5 for departments in pools.values()) >= 5
    assert max(map(len, pools.values())) >= 8
    assert len(centre.life_events) >= 3
    assert all(any(need.items == event.items for need in scenario.world.needs.values()) for event in centre.life_events.values())
    assert sum(s.saturday != () for s in centre.shifts.values()) == 1
    assert all(q.reason for q in centre.queues.values() if not q.poolable)
    assert all(d.reason for d in centre.departments.values() if not d.transferable)


def test_a_later_counter_of_a_chain_is_open_at_lunch_when_the_first_is(scenario: Scenario) -> None:
    centre = scenario.centre
    noon = {q for s in centre.staff.values() if s.shift == "noon" and s.window for q in centre.windows[s.window].queues}
    chains = [[s.queue for s in item.route.values() if s.kind == "counter"] for item in centre.items.values()]
    assert any(chain[0] in noon and len(chain) > 1 for chain in chains)
    assert all(set(chain) <= noon for chain in chains if chain[0] in noon)


def test_half_of_a_day_and_a_little_more_comes_in_the_morning(scenario: Scenario) -> None:
    noon = 12 * 3600
    mornings = {n: sum(s for t, s in p.items() if t < noon) for n, p in scenario.world.profiles.items() if n != "online"}
    assert all(0.54 <= share <= 0.61 for share in mornings.values()), mornings


def test_a_law_is_written_in_one_cell() -> None:
    assert law("lognormal; median 12 min (9..15); cv 0.5") == {"lognormal": {"median": "12 min (9..15)", "cv": "0.5"}}
    assert law("1: 0.7; 2: 0.3") == {"discrete": {"1": "0.7", "2": "0.3"}}
    assert law("constant; 5 min") == {"constant": "5 min"}


MISTAKES = {
    "values": [
        ("sites", 2, "overrun", "40", ["sites.csv, row 2, column overrun", "40", "min"]),
        ("accepts", 2, "window", "real-estte-1", ["accepts.csv, row 2, column window", "did you mean `real-estate-1`"]),
        ("steps", 2, "item", "house-transfr", ["steps.csv, row 2, column item", "did you mean `house-transfer`"]),
        ("steps", 3, "touch", "lognorm; median 3 min; cv 0.5", ["steps.csv, row 3, column touch", "lognorm"]),
        ("papers", 2, "item", "house-transfr", ["papers.csv, row 2, column item", "did you mean `house-transfer`"]),
        ("staff", 2, "absence", "windw", ["staff.csv, row 2, column absence", "did you mean `window`"]),
        ("needs", 2, "rate", "85", ["needs.csv, row 2, column rate", "per day"]),
        ("weekdays", 2, "weekday", "Mnday", ["weekdays.csv, row 2, column weekday", "did you mean `Monday`"]),
        ("arrivals", 2, "source", "brief", ["arrivals.csv, row 3, column source", "one source"]),
        ("transfers", 2, "arrives", "1:30 pm", ["transfers.csv, row 2, column arrives", "time of day"]),
        ("parameters", 2, "parameter", "world.dispersal", ["parameters.csv", "dispersal"]),
        ("pools", 2, "people", "6.5", ["pools.csv, row 2, column people", "whole"]),
        ("shifts", 2, "working", "9:00-8:00", ["shifts.csv, row 2, column working", "interval"]),
    ],
    "names": [
        ("items", 2, "promise_wd", "99", ["items.csv, row 2, column promise_wd", "legal limit"]),
        ("accepts", 2, "queue", "real-estte", ["accepts.csv, row 2, column queue", "did you mean `real-estate`"]),
        ("staff", 2, "shift", "dya", ["staff.csv, row 2, column shift", "did you mean `day`"]),
        ("needs", 2, "items", "house-transfr", ["needs.csv, row 2, column items", "did you mean `house-transfer`"]),
        ("backlog", 2, "step", "reviw", ["backlog.csv, row 2, column step", "did you mean `review`"]),
        ("pools", 2, "source", "jiawnag", ["pools.csv", "did you mean `jiawang`"]),
        ("absences", 2, "starts", "0.02", ["absences.csv, row 2", "an assumption states its range"]),
    ],
}


@pytest.fixture(scope="module", params=MISTAKES)
def mistaken(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[str]]:
    """Tables with all the mistakes of one stage, and what was said of them."""
    folder = Path(shutil.copytree(TABLES, tmp_path_factory.mktemp("tables") / "hall"))
    for table, row, column, value, _ in MISTAKES[request.param]:
        change(folder, table, row, column, value)
    return request.param, refused(folder)


def test_every_mistake_is_shown_in_its_cell_and_all_come_at_once(mistaken: tuple[str, list[str]]) -> None:
    stage, found = mistaken
    missing = [words for *_, words in MISTAKES[stage] if not any(all(word in problem for word in words) for problem in found)]
    assert not missing, found


def test_unreadable_tables_are_all_named_before_any_value_is_read(copy: Path) -> None:
    (copy / "staff.csv").unlink()
    (copy / "items.csv").write_text("item;en\n", encoding="utf-8")
    found = refused(copy)
    assert any("staff.csv" in problem for problem in found)
    assert any("items.csv" in problem for problem in found)


def test_a_hall_says_in_its_row_who_is_missing_who_covers_and_how_officers_differ(copy: Path) -> None:
    path = copy / "sites.csv"
    with path.open(encoding="utf-8", newline="") as file:
        header, row = csv.reader(file)
    cells = dict(zip(header, row, strict=True)) | {
        "late": "0.06 (0.02..0.12)", "late_by": "lognormal; mean 8 min (5..12); cv 0.6", "gap": "0.1 (0.05..0.2)",
        "gap_lasts": "constant; 12 min (6..20)", "patrol": "9:10; 14:00", "returns": "3 min (1..5)", "cover": "department",
        "cover_pace": "1.15 (1..1.3)", "spread": "0.12 (0.05..0.2)", "unlisted": "0.01 (0..0.03)", "unlisted_spread": "0.8 (0.4..1)",
    }  # fmt: skip
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([list(cells), list(cells.values())])
    site = import_tables(copy).centre.sites["hall"]
    assert site.attendance is not None and site.discretion is not None
    assert [str(t) for t in site.attendance.patrol] == ["9:10", "14:00"]
    assert (site.attendance.late_by.mean(), site.attendance.gap_lasts.mean()) == (pytest.approx(480), 720)
    assert (site.cover, float(site.cover_pace), float(site.discretion.unlisted_spread)) == ("department", 1.15, 0.8)
