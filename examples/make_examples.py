"""Make the two vowels of the examples, vowel-a.wav and vowel-i.wav: a recipe for known stimuli of your own.

    python examples/make_examples.py [FOLDER]

The folder is this one unless another is given.
"""

import sys
from pathlib import Path

import numpy as np
import soundfile

from stimgen.media import Sound
from stimgen.seeding import child_rng
from stimgen.synth import spoken_f0, synthesise, vowel

RATE_HZ = 24_000
SEED = 1


def example_sounds() -> dict[str, Sound]:
    """Return the sounds by file name: a low falling [ɑ] of 0.45 s and a higher falling [i] of 0.38 s."""
    low = vowel(
        ((690.0, 750.0), (1130.0, 1070.0), 2440.0, 3500.0, 4500.0),
        f0_hz=spoken_f0(119.0, 100.0),
        duration_s=0.45,
        breath_db=-34.0,
        jitter_percent=0.3,
    )
    high = vowel(
        ((290.0, 265.0), (2210.0, 2330.0), 3010.0, 3600.0, 4600.0),
        f0_hz=spoken_f0(187.0, 160.0),
        duration_s=0.38,
        breath_db=-34.0,
        jitter_percent=0.3,
    )
    return {
        name: synthesise(parameters, rate_hz=RATE_HZ, rng=child_rng(SEED, name), name=name)
        for name, parameters in (("vowel-a", low), ("vowel-i", high))
    }


def write_examples(folder: Path) -> None:
    """Write each sound as a 16-bit WAV file with triangular dither."""
    for name, sound in example_sounds().items():
        rng = child_rng(SEED, name, "dither")
        dither = rng.random(sound.n_samples) - rng.random(sound.n_samples)
        steps = np.rint(sound.samples * 2**15 + dither).astype(np.int16)
        soundfile.write(folder / f"{name}.wav", steps, sound.rate_hz, subtype="PCM_16")


if __name__ == "__main__":
    write_examples(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent)
