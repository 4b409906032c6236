"""What a centre should decide: staffing, department merging, time limits, approval flow, reform portfolio."""
