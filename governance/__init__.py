"""How a centre is judged: supervision, accountability, appraisal, legality, decision chain."""
