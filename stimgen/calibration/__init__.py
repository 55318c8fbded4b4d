"""Ramps, levels and light: what turns raw stimuli into calibrated ones."""
