"""Ramps and levels: what turns raw stimuli into calibrated ones."""
