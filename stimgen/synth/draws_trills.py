"""Random pairs of trills and pulse trains of as many notes or pulses."""

import numpy as np

from stimgen.synth.contour import Contour
from stimgen.synth.log_uniform import log_uniform, log_uniform_pair
from stimgen.synth.pairs import KnownPair
from stimgen.synth.pulse_train import PulseTrainParameters, Ring
from stimgen.synth.syllable import SyllableParameters
from stimgen.synth.trill import TrillParameters

_RATE_RANGE_HZ = (10.0, 60.0)
_LARGEST_RATE_RATIO = 2.5
_SHORTEST_NOTE_S = 0.01


def random_trill_pair(rng: np.random.Generator) -> KnownPair[TrillParameters]:
    """Draw two trills of 3 to 12 notes, as many in both, at 10 to 60 notes a second.

    Args:
        rng: What to draw from.

    Examples:
        >>> pair = random_trill_pair(np.random.default_rng(1))
        >>> pair.a.n_notes == pair.b.n_notes, pair.alignment.times_a_s.size == 2 * pair.a.n_notes
        (True, True)
    """
    n_notes = int(rng.integers(3, 13))
    rates_hz = log_uniform_pair(rng, *_RATE_RANGE_HZ, largest_ratio=_LARGEST_RATE_RATIO)
    a, b = (_random_trill(rng, n_notes=n_notes, rate_hz=rate_hz) for rate_hz in rates_hz)
    return KnownPair(a=a, b=b)


def random_pulse_train_pair(rng: np.random.Generator) -> KnownPair[PulseTrainParameters]:
    """Draw two trains of 3 to 12 pulses, as many in both, at 10 to 60 pulses a second.

    Args:
        rng: What to draw from.

    Examples:
        >>> pair = random_pulse_train_pair(np.random.default_rng(1))
        >>> pair.a.n_pulses == pair.b.n_pulses
        True
    """
    n_pulses, n_rings = int(rng.integers(3, 13)), int(rng.integers(1, 4))
    rates_hz = log_uniform_pair(rng, *_RATE_RANGE_HZ, largest_ratio=_LARGEST_RATE_RATIO)
    a, b = (
        _random_pulse_train(rng, n_pulses=n_pulses, n_rings=n_rings, rate_hz=rate_hz) for rate_hz in rates_hz
    )
    return KnownPair(a=a, b=b)


def _random_periods_s(rng: np.random.Generator, *, rate_hz: float) -> tuple[float, float]:
    """Draw the first and the last period; many trills speed up or slow down a little."""
    period_s = 1.0 / rate_hz
    change = float(np.exp(rng.normal(0.0, 0.08)))
    first_s, last_s = np.clip([period_s * change, period_s / change], 1.0 / 60.0, 0.1)
    return float(first_s), float(last_s)


def _random_trill(rng: np.random.Generator, *, n_notes: int, rate_hz: float) -> TrillParameters:
    period_s = _random_periods_s(rng, rate_hz=rate_hz)
    longest_s = min(period_s)
    note_s = float(np.clip(rng.uniform(0.35, 0.8) * longest_s, _SHORTEST_NOTE_S, 0.8 * longest_s))
    shares = np.linspace(0.0, 1.0, 9)
    bend = rng.normal(0.0, 0.4) * (shares - 0.5) + rng.normal(0.0, 0.8) * ((shares - 0.5) ** 2 - 0.1)
    f0_hz = np.clip(log_uniform(rng, 1000.0, 6000.0) * 2.0**bend, 800.0, 7500.0)
    n_harmonics = int(np.clip(9000.0 // f0_hz.mean(), 1, 4))
    harmonics_db = -rng.uniform(6.0, 16.0) * np.arange(n_harmonics) + rng.normal(0.0, 3.0, size=n_harmonics)
    note = SyllableParameters(
        duration_s=note_s,
        f0_hz=Contour(shares=tuple(shares.tolist()), values=tuple(f0_hz.tolist())),
        harmonics_db=tuple(harmonics_db.tolist()),
        noise_db=float(rng.uniform(-45.0, -30.0)),
        level_dbfs=float(rng.uniform(-26.0, -18.0)),
        attack=float(rng.uniform(0.15, 0.4)),
        release=float(rng.uniform(0.2, 0.5)),
    )
    return TrillParameters(
        note=note,
        n_notes=n_notes,
        period_s=period_s,
        f0_trend_octaves=float(rng.normal(0.0, 0.1)),
        level_trend_db=float(rng.uniform(-6.0, 6.0)),
    )


def _random_pulse_train(
    rng: np.random.Generator, *, n_pulses: int, n_rings: int, rate_hz: float
) -> PulseTrainParameters:
    lowest_hz = log_uniform(rng, 900.0, 3500.0)
    steps = np.cumsum(rng.uniform(0.5, 1.0, size=n_rings - 1))
    frequencies_hz = lowest_hz * 2.0 ** np.concatenate([[0.0], steps])
    return PulseTrainParameters(
        n_pulses=n_pulses,
        period_s=_random_periods_s(rng, rate_hz=rate_hz),
        rings=tuple(
            Ring(
                frequency_hz=float(frequency_hz),
                decay_s=log_uniform(rng, 0.0012, 0.005),
                level_db=float(rng.uniform(-10.0, 0.0)),
            )
            for frequency_hz in frequencies_hz
        ),
        level_trend_db=float(rng.uniform(-6.0, 6.0)),
        noise_db=float(rng.uniform(-50.0, -30.0)),
        level_dbfs=float(rng.uniform(-37.0, -31.0)),
    )
