from pathlib import Path
from simulation.expectations import question_of
from simulation.experiment import Replications
from simulation.scenario import Horizon
from simulation.units import Count, WorkingDays
from simulation.verbs import Settings, compare, load_reform
H = Horizon(warm_up_wd=WorkingDays(4), window_wd=WorkingDays(8), run_out_wd=WorkingDays(6))
for path in ("/tmp/bureau-far.yaml","scenarios/reforms/approval-bureau.yaml"):
    r = load_reform(path)
    q = question_of(r, path).model_copy(update={"horizon": H, "replications": Replications(pilot=Count(6), cap=Count(6)), "measures": ("lead_wd","regulator_told","late_promise"), "headline": ()})
    res = compare(q, Settings(store=Path(".onewindow"), workers=1))
    for row in res.rows:
        if row["scenario"]!="district-hall" and row["group"] in ("all","class:committed","class:joint"):
            print("   ", row["scenario"], row["measure"], row["group"], row["value"], row["low"], row["high"], row.get("difference"), row.get("difference_low"), row.get("difference_high"), flush=True)
