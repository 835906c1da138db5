"""Figures, never tests: how long lakemesh takes, and against what."""
