"""Random pairs of calls from a model of the syrinx: the second way to make a known truth for birds."""

from dataclasses import dataclass, replace

import numpy as np

from stimgen.media.sound import FloatArray
from stimgen.synth.bird_tract import BirdTract, cavity_cm3_for
from stimgen.synth.gesture import Gesture
from stimgen.synth.labia import steady_f0_hz
from stimgen.synth.pairs import KnownPair
from stimgen.synth.syrinx import SyrinxParameters
from stimgen.synth.syrinx_side import SyrinxSide

Range = tuple[float, float]

_N_VALUES = 6
_STEPS = np.linspace(-0.5, 0.5, _N_VALUES)
_TENSION_RANGE = (-0.5, 12.0)
_QUICKNESS_RANGE_PER_S = (14_000.0, 40_000.0)
_MOST_OCTAVES_APART = 2.0
# a low call as short as a chirp would be over before the labia have started
_LEAST_CYCLES = 16.0
_HALF_OCTAVE = 0.5 * np.log(2.0)


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """What the calls of a family share, and from which ranges the rest is drawn.

    Args:
        marks: Clock values of the events; the first, third, ... interval is a rise or fall of pressure.
        sounding: For each side the four moments of its pressure.
        duration_s: Durations.
        angular: Angular fundamental over quickness: at .1 the labia give pulses, at 2.6 nearly sines.
        breath_db: Turbulence.
        roughness: Fluctuations of pressure.
        feedback: Strength of the echo at the labia.
    """

    marks: tuple[float, ...]
    sounding: tuple[tuple[float, float, float, float], ...]
    duration_s: Range
    angular: Range = (0.12, 2.6)
    breath_db: Range = (-50.0, -32.0)
    roughness: Range = (3e-4, 2e-3)
    feedback: Range = (0.0, 0.0)


_ALONE = _Kind(marks=(0.15, 0.85), sounding=((0.0, 0.15, 0.85, 1.0),), duration_s=(0.02, 0.4))
_TOGETHER = replace(_ALONE, sounding=_ALONE.sounding * 2, duration_s=(0.08, 0.4), feedback=(0.0, 0.01))
_IN_TURN = replace(
    _TOGETHER,
    marks=(0.1, 0.35, 0.45, 0.55, 0.65, 0.9),
    sounding=((0.0, 0.1, 0.55, 0.65), (0.35, 0.45, 0.9, 1.0)),
)
# pulses stop and start at random where the pressure fluctuates, so hoarse calls keep away from them
_HOARSE = replace(
    _ALONE, duration_s=(0.04, 0.3), angular=(0.5, 2.6), breath_db=(-30.0, -10.0), roughness=(0.03, 0.4)
)
_COUPLED = replace(
    _HOARSE,
    sounding=_TOGETHER.sounding,
    breath_db=(-40.0, -25.0),
    roughness=(3e-3, 0.02),
    feedback=(0.03, 0.12),
)


def random_syrinx_pair(
    rng: np.random.Generator, *, f0_range_hz: Range = (400.0, 6000.0), duration_range_s: Range = (0.02, 0.4)
) -> KnownPair[SyrinxParameters]:
    """Draw two calls with one source: whistles, sweeps and low calls rich in harmonics.

    Args:
        rng: What to draw from.
        f0_range_hz: Range of the centre of the fundamental, Hz; sweeps leave it by up to half an octave, and
            the two calls are at most two octaves apart.
        duration_range_s: Range of the durations, s, at least 0.02; low calls last at least 16 cycles if the
            range allows it.

    Examples:
        >>> pair = random_syrinx_pair(np.random.default_rng(1))
        >>> pair.sound(0.5, rate_hz=32000, rng=np.random.default_rng(0)).rate_hz
        32000
    """
    centres_hz = _random_centres_hz(rng, f0_range_hz)
    return _random_pair(
        rng, kind=replace(_ALONE, duration_s=duration_range_s), centres_hz=centres_hz[:, None]
    )


def random_two_voiced_pair(
    rng: np.random.Generator, *, f0_range_hz: Range = (800.0, 5000.0)
) -> KnownPair[SyrinxParameters]:
    """Draw two calls in which left and right source sing unrelated pitches.

    In half of the pairs both sides sing at once, one of them higher in both calls; in the others one side
    begins before the other ends.

    Args:
        rng: What to draw from.
        f0_range_hz: Range of the centres of the fundamentals, Hz.
    """
    together = bool(rng.random() < 0.5)
    centres_hz = np.stack([_random_centres_hz(rng, f0_range_hz) for _ in range(2)], axis=1)
    if together:
        centres_hz = np.sort(centres_hz, axis=1)
    return _random_pair(rng, kind=_TOGETHER if together else _IN_TURN, centres_hz=centres_hz)


def random_rough_call_pair(
    rng: np.random.Generator, *, f0_range_hz: Range = (500.0, 3500.0)
) -> KnownPair[SyrinxParameters]:
    """Draw two harsh calls.

    In half of the pairs the air-sac pressure fluctuates, from hoarse to mostly noise; in the others two sides
    with neighbouring pitches push each other through the trachea, into sidebands and subharmonics.

    Args:
        rng: What to draw from.
        f0_range_hz: Range of the centre of the fundamental, Hz.
    """
    centres_hz = _random_centres_hz(rng, f0_range_hz)[:, None]
    if rng.random() < 0.5:
        return _random_pair(rng, kind=_HOARSE, centres_hz=centres_hz)
    both_hz = np.concatenate([centres_hz, centres_hz * rng.uniform(1.1, 1.7, (2, 1))], axis=1)
    return _random_pair(rng, kind=_COUPLED, centres_hz=both_hz)


def _random_centres_hz(rng: np.random.Generator, f0_range_hz: Range) -> FloatArray:
    first_hz = _log_uniform(rng, *f0_range_hz)
    factor = 2.0**_MOST_OCTAVES_APART
    low_hz, high_hz = max(f0_range_hz[0], first_hz / factor), min(f0_range_hz[1], first_hz * factor)
    return np.array([first_hz, _log_uniform(rng, low_hz, high_hz)])


def _random_pair(
    rng: np.random.Generator, *, kind: _Kind, centres_hz: FloatArray
) -> KnownPair[SyrinxParameters]:
    f0s_hz = centres_hz[:, :, None] * np.exp(_random_bends(rng, centres_hz.shape))
    # both calls come from one bird or from birds of one size: were one quick and slack, the other slow and
    # tense, the pitch halfway could lie outside both
    quickness = [_random_quickness_per_s(rng, f0_hz, angular=kind.angular) for f0_hz in f0s_hz.swapaxes(0, 1)]
    a, b = (_random_call(rng, kind=kind, f0s_hz=f0_hz, quickness_per_s=quickness) for f0_hz in f0s_hz)
    return KnownPair(a=a, b=b)


def _random_bends(rng: np.random.Generator, shape: tuple[int, ...]) -> FloatArray:
    sweep, arc = rng.normal(0.0, 0.4, (*shape, 1)), rng.normal(0.0, 1.0, (*shape, 1))
    wiggle = rng.normal(0.0, 0.04, (*shape, _N_VALUES))
    return np.clip(sweep * _STEPS + arc * (_STEPS**2 - 0.1) + wiggle, -_HALF_OCTAVE, _HALF_OCTAVE)


def _random_quickness_per_s(rng: np.random.Generator, f0_hz: FloatArray, *, angular: Range) -> float:
    slowest = 2.0 * np.pi * float(f0_hz.max()) / angular[1]
    fastest = max(slowest, 2.0 * np.pi * float(f0_hz.min()) / angular[0])
    low, high = np.clip(_QUICKNESS_RANGE_PER_S, slowest, fastest)
    return _log_uniform(rng, float(low), float(high))


def _random_call(
    rng: np.random.Generator, *, kind: _Kind, f0s_hz: FloatArray, quickness_per_s: list[float]
) -> SyrinxParameters:
    shortest_s, longest_s = kind.duration_s
    shortest_s = min(max(shortest_s, _LEAST_CYCLES / float(f0s_hz.min())), longest_s)
    duration_s = _log_uniform(rng, shortest_s, longest_s)
    parts = zip(f0s_hz, quickness_per_s, kind.sounding, strict=True)
    return SyrinxParameters(
        duration_s=duration_s,
        sides=tuple(
            _random_side(rng, f0_hz=f0_hz, quickness_per_s=quickness, sounding=sounding)
            for f0_hz, quickness, sounding in parts
        ),
        tract=_random_tract(rng, f0_hz=np.exp(np.mean(np.log(f0s_hz), axis=0))),
        clock_marks=kind.marks,
        event_times_s=_random_events_s(rng, duration_s=duration_s, n_events=len(kind.marks)),
        breath_db=float(rng.uniform(*kind.breath_db)),
        roughness=_log_uniform(rng, *kind.roughness),
        feedback=float(rng.uniform(*kind.feedback)),
        level_dbfs=float(rng.uniform(-27.0, -21.0)),
    )


def _random_side(
    rng: np.random.Generator,
    *,
    f0_hz: FloatArray,
    quickness_per_s: float,
    sounding: tuple[float, float, float, float],
) -> SyrinxSide:
    closure = np.clip(rng.uniform(0.15, 0.35) * np.exp(rng.normal(0.0, 0.15, _N_VALUES)), 0.12, 0.42)
    tension = np.array(
        [
            _tension_for(float(hz), closure=float(near), quickness_per_s=quickness_per_s)
            for hz, near in zip(f0_hz, closure, strict=True)
        ]
    )
    return SyrinxSide(
        pressure=Gesture(values=tuple(_pressure_for(closure, tension).tolist())),
        tension=Gesture(values=tuple(tension.tolist())),
        quickness_per_s=quickness_per_s,
        sounding=sounding,
    )


def _pressure_for(closure: FloatArray, tension: FloatArray) -> FloatArray:
    # the pressure whose point of rest is x = -closure; that point, not the pressure, says how fast the
    # oscillation builds up
    return closure * (tension + closure + closure**2)


def _tension_for(f0_hz: float, *, closure: float, quickness_per_s: float) -> float:
    low, high = max(_TENSION_RANGE[0], 0.02 - closure - closure**2), _TENSION_RANGE[1]
    for _ in range(14):
        middle = 0.5 * (low + high)
        pressure = float(_pressure_for(np.array(closure), np.array(middle)))
        if steady_f0_hz(pressure=pressure, tension=middle, quickness_per_s=quickness_per_s) < f0_hz:
            low = middle
        else:
            high = middle
    return high


def _random_tract(rng: np.random.Generator, *, f0_hz: FloatArray) -> BirdTract:
    # birds that whistle keep the cavity near the fundamental, calls rich in harmonics have it among them
    shift = float(np.exp(rng.normal(0.0, 0.3)))
    whistles = float(np.median(f0_hz)) > 1500.0
    near_hz = f0_hz if whistles else np.full(_N_VALUES, 2800.0)
    cavity_hz = np.clip(near_hz * shift * np.exp(rng.normal(0.0, 0.08, _N_VALUES)), 1200.0, 7000.0)
    opening_cm = _log_uniform(rng, 0.06, 0.16)
    return BirdTract(
        trachea_cm=_log_uniform(rng, 1.5, 8.0),
        reflection=float(rng.uniform(0.2, 0.75)),
        cavity_cm3=Gesture(values=tuple(cavity_cm3_for(cavity_hz, opening_cm=opening_cm).tolist())),
        opening_cm=opening_cm,
        cavity_q=_log_uniform(rng, 1.5, 6.0),
    )


def _random_events_s(rng: np.random.Generator, *, duration_s: float, n_events: int) -> tuple[float, ...]:
    lengths_s = np.empty(n_events + 1)
    n_moves = lengths_s[0::2].shape[0]
    # pressure takes 4 to 25 ms to rise or fall, in short calls less
    moves_s = np.exp(rng.uniform(np.log(0.004), np.log(0.025), n_moves))
    lengths_s[0::2] = np.minimum(moves_s, 0.4 * duration_s / n_moves)
    shares = rng.uniform(0.5, 1.5, n_events + 1 - n_moves)
    lengths_s[1::2] = (duration_s - lengths_s[0::2].sum()) * shares / shares.sum()
    return tuple(np.cumsum(lengths_s)[:-1].tolist())


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
