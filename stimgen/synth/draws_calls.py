"""Random pairs of birds' calls: sweeps, harmonic stacks and noisy calls."""

import numpy as np

from stimgen.media.sound import FloatArray
from stimgen.synth.contour import Contour
from stimgen.synth.log_uniform import log_uniform, log_uniform_pair
from stimgen.synth.noisy_call import TONELESS_DB, NoisyCallParameters
from stimgen.synth.pairs import KnownPair
from stimgen.synth.stack import Bump, StackParameters
from stimgen.synth.syllable import SyllableParameters

_SWEEP_RANGE_HZ = (800.0, 8000.0)
_LARGEST_DURATION_RATIO = 3.0
_SWEEP_SHAPES = ("up", "down", "valley", "hill")


def random_sweep_pair(rng: np.random.Generator) -> KnownPair[SyllableParameters]:
    """Draw two whistled sweeps of 40 to 300 ms between 0.8 and 8 kHz: up, down, U, upside-down U or vibrato.

    A sweep with vibrato is paired with another of as many cycles that starts in the same phase, so that they
    correspond cycle by cycle; the other shapes are drawn independently.

    Args:
        rng: What to draw from.

    Examples:
        >>> pair = random_sweep_pair(np.random.default_rng(1))
        >>> 800.0 <= min(pair.a.f0_hz.values) and max(pair.b.f0_hz.values) <= 8000.0
        True
    """
    shares = np.linspace(0.0, 1.0, 49)
    durations_s = log_uniform_pair(rng, 0.04, 0.3, largest_ratio=_LARGEST_DURATION_RATIO)
    if rng.random() < 0.25:
        # a cycle takes at least 15 ms
        n_cycles = float(rng.uniform(1.5, np.clip(min(durations_s) / 0.015, 2.0, 6.0)))
        turns = n_cycles * shares + rng.random()
        bends = [
            rng.uniform(0.05, 0.3) * np.sin(2.0 * np.pi * turns) + rng.normal(0.0, 0.2) * (shares - 0.5)
            for _ in range(2)
        ]
    else:
        bends = [_bend_octaves(rng, shape=str(rng.choice(_SWEEP_SHAPES)), shares=shares) for _ in range(2)]
    a, b = (
        _whistle(rng, bend_octaves=bend, shares=shares, duration_s=duration_s)
        for bend, duration_s in zip(bends, durations_s, strict=True)
    )
    return KnownPair(a=a, b=b)


def random_stack_pair(rng: np.random.Generator) -> KnownPair[StackParameters]:
    """Draw two harmonic stacks of 30 to 250 ms with 10 to 25 harmonics of 350 to 900 Hz.

    A quarter of them have a weak or missing fundamental and a fifth almost only odd harmonics.

    Args:
        rng: What to draw from.

    Examples:
        >>> pair = random_stack_pair(np.random.default_rng(1))
        >>> len(pair.a.bumps) == len(pair.b.bumps)
        True
    """
    durations_s = log_uniform_pair(rng, 0.03, 0.25, largest_ratio=_LARGEST_DURATION_RATIO)
    a, b = (_random_stack(rng, duration_s=duration_s) for duration_s in durations_s)
    return KnownPair(a=a, b=b)


def random_noisy_call_pair(rng: np.random.Generator) -> KnownPair[NoisyCallParameters]:
    """Draw two noisy calls of 40 to 300 ms; in half of the pairs one or both have a tone in it.

    Args:
        rng: What to draw from.

    Examples:
        >>> pair = random_noisy_call_pair(np.random.default_rng(1))
        >>> 0.04 <= pair.a.duration_s <= 0.3
        True
    """
    tones_db = np.full(2, TONELESS_DB)
    if rng.random() < 0.5:
        which = rng.permutation(2)[: int(rng.integers(1, 3))]
        tones_db[which] = rng.uniform(-10.0, 6.0, size=which.size)
    # how far from the centre of its band, in widths of the band, each tone lies
    places = rng.uniform(-0.8, 0.8, size=2)
    widths_octaves = np.exp(rng.uniform(np.log(0.12), np.log(0.7), size=2))
    tones_octaves = places * widths_octaves
    # an unheard tone is where that of the other call is
    for mine, theirs in ((0, 1), (1, 0)):
        if tones_db[mine] == TONELESS_DB:
            tones_octaves[mine] = places[theirs] * widths_octaves[mine]
    durations_s = log_uniform_pair(rng, 0.04, 0.3, largest_ratio=_LARGEST_DURATION_RATIO)
    both = zip(durations_s, widths_octaves, tones_db, tones_octaves, strict=True)
    a, b = (
        _random_noisy_call(
            rng,
            duration_s=duration_s,
            width_octaves=float(width),
            tone_db=float(tone_db),
            tone_octaves=float(tone),
        )
        for duration_s, width, tone_db, tone in both
    )
    return KnownPair(a=a, b=b)


def _bend_octaves(rng: np.random.Generator, *, shape: str, shares: FloatArray) -> FloatArray:
    span = float(rng.uniform(0.15, 1.2))
    if shape in {"up", "down"}:
        # a power of time makes the sweep faster at its beginning or at its end
        bend = shares ** float(np.exp(rng.uniform(-0.7, 0.7))) - 0.5
        return span * bend if shape == "up" else -span * bend
    turn = float(rng.uniform(0.3, 0.7))
    bend = ((shares - turn) / max(turn, 1.0 - turn)) ** 2 - 0.5
    return span * bend if shape == "valley" else -span * bend


def _whistle(
    rng: np.random.Generator, *, bend_octaves: FloatArray, shares: FloatArray, duration_s: float
) -> SyllableParameters:
    low_hz, high_hz = _SWEEP_RANGE_HZ
    # the whole sweep fits into the range
    centre_hz = log_uniform(rng, low_hz * 2.0 ** -bend_octaves.min(), high_hz * 2.0 ** -bend_octaves.max())
    f0_hz = np.clip(centre_hz * 2.0**bend_octaves, low_hz, high_hz)
    return SyllableParameters(
        duration_s=duration_s,
        f0_hz=Contour(shares=tuple(shares.tolist()), values=tuple(f0_hz.tolist())),
        harmonics_db=(0.0,) if rng.random() < 0.5 else (0.0, float(rng.uniform(-40.0, -12.0))),
        level_db=_contour_db(rng, spread_db=6.0),
        noise_db=float(rng.uniform(-45.0, -30.0)),
        level_dbfs=float(rng.uniform(-28.0, -20.0)),
        attack=float(rng.uniform(0.08, 0.3)),
        release=float(rng.uniform(0.1, 0.4)),
    )


def _random_stack(rng: np.random.Generator, *, duration_s: float) -> StackParameters:
    f0_hz = log_uniform(rng, 350.0, 900.0)
    cutoff_hz = min(float(rng.uniform(10.0, 25.0)) * f0_hz, 12_000.0)
    centres_hz = np.array([900.0, 2600.0, 5500.0]) * np.exp(rng.normal(0.0, 0.2, size=3))
    return StackParameters(
        duration_s=duration_s,
        f0_hz=_contour_hz(rng, centre_hz=f0_hz, octaves=0.06),
        bumps=tuple(
            Bump(
                centre_hz=_contour_hz(rng, centre_hz=float(centre_hz), octaves=0.2),
                height_db=float(rng.uniform(6.0, 22.0)),
                width_octaves=float(rng.uniform(0.15, 0.4)),
            )
            for centre_hz in centres_hz
        ),
        cutoff_hz=cutoff_hz,
        slope_db_per_octave=float(rng.uniform(-8.0, -1.0)),
        fundamental_db=float(rng.uniform(-40.0, -12.0)) if rng.random() < 0.25 else 0.0,
        even_db=float(rng.uniform(-35.0, -18.0)) if rng.random() < 0.2 else 0.0,
        level_db=_contour_db(rng, spread_db=6.0),
        noise_db=float(rng.uniform(-40.0, -22.0)),
        level_dbfs=float(rng.uniform(-28.0, -21.0)),
    )


def _random_noisy_call(
    rng: np.random.Generator, *, duration_s: float, width_octaves: float, tone_db: float, tone_octaves: float
) -> NoisyCallParameters:
    return NoisyCallParameters(
        duration_s=duration_s,
        centre_hz=_contour_hz(rng, centre_hz=log_uniform(rng, 1500.0, 7000.0), octaves=0.6),
        width_octaves=width_octaves,
        flutter_hz=log_uniform(rng, 15.0, 120.0),
        flutter_depth=float(rng.uniform(0.3, 0.95)) if rng.random() < 0.6 else 0.0,
        flutter_phase=float(rng.random()),
        tone_db=tone_db,
        tone_octaves=tone_octaves,
        level_db=_contour_db(rng, spread_db=6.0),
        level_dbfs=float(rng.uniform(-28.0, -21.0)),
    )


def _contour_hz(rng: np.random.Generator, *, centre_hz: float, octaves: float) -> Contour:
    """Draw a contour that leaves its centre by some octaves at most."""
    shares = np.linspace(0.0, 1.0, 5)
    bend = rng.uniform(-1.0, 1.0) * 2.0 * (shares - 0.5) + rng.uniform(-1.0, 1.0) * (
        1.0 - 8.0 * (shares - 0.5) ** 2
    )
    values = centre_hz * 2.0 ** (octaves * np.clip(bend, -1.0, 1.0))
    return Contour(shares=tuple(shares.tolist()), values=tuple(values.tolist()))


def _contour_db(rng: np.random.Generator, *, spread_db: float) -> Contour:
    shares = (0.0, 0.25, 0.5, 0.75, 1.0)
    return Contour(shares=shares, values=tuple(rng.uniform(-spread_db, 0.0, size=5).tolist()), unit="db")
