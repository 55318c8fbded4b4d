"""What the quality benchmark measures of one method on one pair."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from quality_measures import event_error_s, f0_error, formant_errors, level_dip_db
from quality_methods import Between, Case

from stimgen.distance.mel import MelMetric, MelSettings
from stimgen.distance.two_source import source_pair
from stimgen.media.sound import FloatArray, Sound
from stimgen.spectral.alignment import Alignment
from stimgen.spectral.hnr import harmonics_to_noise_ratio, hnr_drop_db, shared_f0_range_hz

# without spreading, so that the figures compare with log-spectral distances published elsewhere
METRIC = MelMetric(chosen=MelSettings(spreads=False))
POSITIONS = tuple(np.linspace(0.0, 1.0, 9).tolist())
_MIDDLE = (0.25, 0.75)


@dataclass(frozen=True, kw_only=True)
class Score:
    """One method on one pair; None where a measure means nothing.

    Args:
        mid_db: Mel distance of the midpoint from the true one, dB.
        least_db: Least mel distance from the true midpoint over positions .25 to .75, dB.
        f0_cents: Median error of F0 at the midpoint, cents.
        f0_within: Share of the voiced frames within 50 cents, 0..1.
        f1_percent: Median error of F1 at the midpoint, percent.
        f2_percent: The same of F2.
        f2_gross: Share of frames whose F2 is off by more than 15 %, 0..1.
        hnr_drop_db: Loss of the harmonics-to-noise ratio at the midpoint against the mean of the ends, dB.
        two_source: Two-source index of the midpoint.
        ends_db: Mean mel distance of positions 0 and 1 from the recordings, dB.
        end_step: The greater of the first and last step over the median inner one, at even positions.
        mid_step: The greater of the two steps at the midpoint over the median step.
        dip_db: How far the level of a step falls below the straight line between the ends, dB.
        event_mean_s: Mean error of the alignment at the true events, s.
        event_worst_s: Worst of them.
    """

    mid_db: float
    least_db: float | None = None
    f0_cents: float | None = None
    f0_within: float | None = None
    f1_percent: float | None = None
    f2_percent: float | None = None
    f2_gross: float | None = None
    hnr_drop_db: float | None = None
    two_source: float | None = None
    ends_db: float | None = None
    end_step: float | None = None
    mid_step: float | None = None
    dip_db: float | None = None
    event_mean_s: float | None = None
    event_worst_s: float | None = None


def score(between: Between, case: Case) -> Score:
    """Measure a method on a pair."""
    rate_hz = case.truth.rate_hz
    steps = {t: between.at(t) for t in (POSITIONS if between.is_morph else (0.5,))}
    if not all(np.isfinite(step).all() for step in steps.values()):
        raise ValueError("samples that are not finite")
    features = {t: METRIC.features(Sound(samples=step, rate_hz=rate_hz)) for t, step in steps.items()}
    a, b, truth = (METRIC.features(sound) for sound in (case.a, case.b, case.truth))
    middle = steps[0.5]
    kept = {"mid_db": METRIC.distance(features[0.5], truth)} | _pitch(middle, case) | _ghost(middle, case)
    if between.is_morph:
        inner = [t for t in POSITIONS if _MIDDLE[0] <= t <= _MIDDLE[1]]
        kept["least_db"] = min(METRIC.distance(features[t], truth) for t in inner)
        kept["ends_db"] = 0.5 * (METRIC.distance(features[0.0], a) + METRIC.distance(features[1.0], b))
        kept["dip_db"] = level_dip_db([steps[t] for t in POSITIONS], POSITIONS, rate_hz)
        kept |= _steps(np.array([METRIC.distance(features[s], features[t]) for s, t in pairwise(POSITIONS)]))
    if between.alignment is not None:
        kept |= _events(between.alignment, case)
    return Score(**kept)


def _steps(steps_db: FloatArray) -> dict:
    middle = steps_db.size // 2
    return {
        "end_step": float(max(steps_db[0], steps_db[-1]) / np.median(steps_db[1:-1])),
        "mid_step": float(max(steps_db[middle - 1], steps_db[middle]) / np.median(steps_db)),
    }


def _pitch(samples: FloatArray, case: Case) -> dict:
    true = case.pair.a.toward(case.pair.b, 0.5)
    # of two voices at once a measure finds now one and now the other
    f0 = None
    if len(getattr(true, "sides", ())) < 2:
        f0 = f0_error(samples, case.truth.rate_hz, true.f0_hz_at, case.family.f0_range_hz)
    found = {} if f0 is None else {"f0_cents": f0.median_cents, "f0_within": f0.share_within_50_cents}
    if case.family.is_voice:
        formants = formant_errors(samples, case.truth.rate_hz, true.formants_hz_at, true.f0_hz_at)
        if formants is not None:
            found |= {
                "f1_percent": formants.f1_percent,
                "f2_percent": formants.f2_percent,
                "f2_gross": formants.gross_share,
            }
    return found


def _ghost(samples: FloatArray, case: Case) -> dict:
    a, b, rate_hz = case.a.samples, case.b.samples, case.truth.rate_hz
    f0_range_hz = shared_f0_range_hz(a, b, rate_hz=rate_hz)
    hnr_a, hnr_b, hnr_here = (
        harmonics_to_noise_ratio(one, rate_hz=rate_hz, f0_range_hz=f0_range_hz).hnr_db
        for one in (a, b, samples)
    )
    return {
        "hnr_drop_db": hnr_drop_db(0.5, hnr_a, hnr_b, hnr_here),
        "two_source": source_pair(a, b, rate_hz=rate_hz).index(samples),
    }


def _events(found: Alignment, case: Case) -> dict:
    true = _at_events(case)
    error = None if true is None else event_error_s(found, true)
    return {} if error is None else {"event_mean_s": error.mean_s, "event_worst_s": error.worst_s}


def _at_events(case: Case) -> Alignment | None:
    """Return the truth at the middles of transitions where they are told, else at all moments; None if linear."""
    middles_s = [getattr(one, "event_times_s", None) for one in (case.pair.a, case.pair.b)]
    if any(one is None for one in middles_s):
        true = case.pair.alignment
        return None if true.times_a_s.size == 2 else true
    return Alignment(
        times_a_s=np.array([0.0, *middles_s[0], case.a.duration_s]),
        times_b_s=np.array([0.0, *middles_s[1], case.b.duration_s]),
        method="events",
    )
