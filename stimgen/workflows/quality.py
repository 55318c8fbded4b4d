"""Measures that need the recordings or a neighbour: distances, loss of harmonicity, superposition."""

from dataclasses import dataclass
from typing import Any

from stimgen.calibration.level import active_part, level_dbfs
from stimgen.calibration.ramp import apply_ramps
from stimgen.distance.base import Metric
from stimgen.distance.two_source import source_pair
from stimgen.media.sound import FloatArray, Sound
from stimgen.spectral.hnr import harmonics_to_noise_ratio, hnr_drop_db, shared_f0_range_hz


@dataclass(frozen=True, kw_only=True)
class StepQuality:
    """How one stimulus stands to the recordings and to its neighbour.

    Distances are in the unit of the metric, the drop in dB; None where a measure is not defined.
    """

    distance_from_previous: float | None
    distance_to_a: float
    distance_to_b: float
    hnr_drop_db: float | None
    two_source_index: float | None


def ramped_end(sound: Sound, *, ramp_ms: float) -> Sound:
    """Give a recording the ramps of the stimuli and take its DC off.

    Args:
        sound: The recording at the rate of the set.
        ramp_ms: Ramp of the set, ms.

    Raises:
        SettingError: If the ramps do not fit.
    """
    ramped = apply_ramps(sound.samples - sound.samples.mean(), rate_hz=sound.rate_hz, ramp_ms=ramp_ms)
    return Sound(samples=ramped, rate_hz=sound.rate_hz, name=sound.name)


def calibrated_end(sound: Sound, *, target_dbfs: float, ramp_ms: float) -> Sound:
    """Give a recording the ramps and the level of the stimuli, so that distances to it compare like with like.

    Args:
        sound: The recording at the rate of the set.
        target_dbfs: Level of the set, dBFS.
        ramp_ms: Ramp of the set, ms.

    Raises:
        SettingError: If the ramps do not fit.
    """
    ramped = ramped_end(sound, ramp_ms=ramp_ms)
    level = level_dbfs(ramped.samples, active_part(ramped.samples, rate_hz=sound.rate_hz))
    return Sound(
        samples=ramped.samples * 10 ** ((target_dbfs - level) / 20), rate_hz=sound.rate_hz, name=sound.name
    )


class PairQuality:
    """Measures the steps between two recordings, one after the other.

    Args:
        a: The recording at position 0, with the ramps and the level of the stimuli.
        b: The recording at position 1, likewise, at the same rate.
        metric: The distance that is used.
    """

    def __init__(self, a: Sound, b: Sound, *, metric: Metric) -> None:
        self._metric = metric
        self._rate_hz = a.rate_hz
        self._a, self._b = metric.features(a), metric.features(b)
        self._f0_range_hz = shared_f0_range_hz(a.samples, b.samples, rate_hz=a.rate_hz)
        self._hnr_a, self._hnr_b = self._hnr_db(a.samples), self._hnr_db(b.samples)
        self._two_source = source_pair(a.samples, b.samples, rate_hz=a.rate_hz)
        self._previous: Any = None

    def restart(self) -> None:
        """Begin another line between the same recordings: its first step has no previous one."""
        self._previous = None

    def measure(self, samples: FloatArray, *, position: float) -> StepQuality:
        """Measure the next step.

        Args:
            samples: Amplitude as the finished file holds it, without added silence, shape (n_samples,).
            position: Its position between a and b.
        """
        features = self._metric.features(Sound(samples=samples, rate_hz=self._rate_hz))
        previous, self._previous = self._previous, features
        return StepQuality(
            distance_from_previous=None if previous is None else self._between(previous, features),
            distance_to_a=self._between(self._a, features),
            distance_to_b=self._between(self._b, features),
            hnr_drop_db=_rounded(hnr_drop_db(position, self._hnr_a, self._hnr_b, self._hnr_db(samples))),
            two_source_index=_rounded(self._two_source.index(samples)),
        )

    def _hnr_db(self, samples: FloatArray) -> float | None:
        found = harmonics_to_noise_ratio(samples, rate_hz=self._rate_hz, f0_range_hz=self._f0_range_hz)
        return found.hnr_db

    def _between(self, first: Any, second: Any) -> float:
        return round(self._metric.distance(first, second), 6)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 4)
