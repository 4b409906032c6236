"""Which pictures a comparison makes, and which of its reforms they say that they show."""

from pathlib import Path

import pytest
from matplotlib.figure import Figure
from small_log import at, case, small_log, task
from test_report import NOTICE, experiment

from simulation.experiment import Headline
from simulation.verbs import Settings, compare
from workbench import figures, pictures
from workbench.titles import main_scenarios, scenario_titles

OF_LOGS = {"hall", "where-days-go", "decided-within", "one-file"}


def small_print(figure: Figure) -> str:
    return "".join(text.get_text() for text in figure.texts).replace("\n", "").replace(" ", "")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("several", [True, False])
def test_pictures_of_one_of_several_reforms_say_of_which(
    language: str, several: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    headline = (Headline(reform=NOTICE, measure="trips"),)
    asked = experiment(headline=headline, **({} if several else {"reforms": (NOTICE,), "bundles": {}}))
    told, drawn = Settings(days=2, replications=1, workers=1, store=tmp_path), dict[str, Figure]()
    monkeypatch.setattr(pictures, "save", lambda made, out: drawn.update(made) or [])
    result, scenarios = compare(asked, told), main_scenarios(asked)
    pictures.draw_comparison(result, asked, scenarios, told, tmp_path, language)
    title = scenario_titles(asked, language)[[*scenarios][1]]
    said = {"en": f"Of the 3 reforms compared, this shows “{title}”.", "zh": f"共比较3项改革，本图仅示“{title}”。"}[language]
    assert {*drawn} >= OF_LOGS
    for name, figure in drawn.items():
        assert (said.replace(" ", "") in small_print(figure)) == (several and name in OF_LOGS)


def test_the_legend_of_how_soon_lies_below_its_panel_and_hides_no_line() -> None:
    """A case decided at once is five days before its promise of five days: the curve begins at the left edge."""
    log = small_log(
        [task(1, at(0, "9:00"), at(0, "9:00"), at(0, "10:00"))], [case(1, at(0, "9:00"), at(0, "10:00"))], horizon=at(30, "0:00")
    )
    figure = figures.within({"today": log, "One window that may decide": log})
    figure.draw_without_rendering()
    for axis in figure.axes:
        legend = axis.get_legend()
        assert legend is not None
        assert legend.get_window_extent().y1 < axis.xaxis.label.get_window_extent().y0


@pytest.mark.parametrize(("days", "told"), [(1, "decided; 1 working day charged"), (2, "decided; 2 working days charged")])
def test_one_working_day_is_a_day(days: int, told: str) -> None:
    events = [task(1, at(0, "9:00"), at(days, "9:00"), at(days, "10:00"))]
    log = small_log(events, [case(1, at(0, "9:00"), at(days, "10:00"))], horizon=at(30, "0:00"))
    assert told in [text.get_text() for text in figures.ribbon({"today": (log, 1)}).axes[0].texts]
