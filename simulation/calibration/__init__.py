"""Real data in: foreign logs read once, at the border, into the event log that simulated runs write too."""
