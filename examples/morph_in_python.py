"""Morph two synthetic vowels in memory, print what was measured, and save the set: python morph_in_python.py FOLDER."""

import sys

import numpy as np

import stimgen as sg
from stimgen.synth import VOWEL_FORMANTS_HZ, synthesise, vowel

rng = np.random.default_rng(1)
low = vowel(VOWEL_FORMANTS_HZ["ɑ"], f0_hz=(120.0, 100.0), duration_s=0.30)
high = vowel(VOWEL_FORMANTS_HZ["i"], f0_hz=(190.0, 160.0), duration_s=0.25)
a = synthesise(low, rate_hz=16_000, rng=rng, name="ah")
b = synthesise(high, rate_hz=16_000, rng=rng, name="ee")

stimuli = sg.morph(a, b, steps=3)

for stimulus in stimuli.stimuli:
    record = stimulus.record
    moved_db = record.distance_from_previous
    step = "" if moved_db is None else f", {moved_db:.2f} dB from the previous"
    print(f"{record.id}: position {record.position:g}, {record.level_dbfs:.2f} dBFS{step}")
print("saved to", stimuli.save(sys.argv[1]))
