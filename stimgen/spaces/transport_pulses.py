"""Sounds of pulses in the transport space: each pulse of a meets one of b and becomes one pulse on the way."""

from dataclasses import dataclass, replace

import numpy as np

from stimgen.media.sound import FloatArray
from stimgen.spectral.alignment import Alignment
from stimgen.spectral.compiled import compiled
from stimgen.spectral.pulse_spectra import PulseSpectra, pulse_spectra, waves_between
from stimgen.spectral.pulses import IntArray, Pulses

_LEAST_SHARE = 0.5  # of the energy of either sound
_LEAST_MATCHED = 0.75  # of the energy of either sound's pulses
_LEAST_PERIOD_S = 0.012  # faster pulses are a pitch, which moves as one
# Pulses of two sounds are not the same one if they lie further apart than this share of the period.
_FARTHEST = 1.0
# Where the user has said which moments meet, pulses are the same one only if they nearly do.
_FARTHEST_GIVEN_S = 0.004
_FOUND = ("events", "linear (events gain nothing)")
_MOST_PULSES = 4000


@dataclass(frozen=True, kw_only=True)
class PulsePair:
    """The pulses of two sounds, paired.

    Args:
        a: All pulses of a.
        b: All pulses of b.
        partners: Which of a's and of b's belong together, shape (n_pairs, 2), rising in both columns.
        spectra: What moves in the pairs; None if there are none.
        rate_hz: Sampling rate, Hz.
    """

    a: Pulses
    b: Pulses
    partners: IntArray
    spectra: PulseSpectra | None
    rate_hz: int


def are_pulsed(a: Pulses, b: Pulses, *, rate_hz: int) -> bool:
    """Whether two sounds are made of pulses too slow to be a pitch."""
    for one in (a, b):
        if one.share < _LEAST_SHARE or one.onsets.size > _MOST_PULSES:
            return False
        if one.onsets.size > 1 and float(np.median(np.diff(one.onsets))) < _LEAST_PERIOD_S * rate_hz:
            return False
    return True


def pair_pulses(a: Pulses, b: Pulses, alignment: Alignment, *, rate_hz: int) -> PulsePair | None:
    """Pair pulses in order where the alignment lets them meet; None if too many find no partner.

    Args:
        a: The pulses of a, at least one.
        b: The pulses of b, at least one.
        alignment: Which moments of the two meet: roughly if it was found in the sounds, within 4 ms if it was given.
            Pulses without partner then fade where they are.
        rate_hz: Sampling rate, Hz.
    """
    onsets_s = [one.onsets / rate_hz for one in (a, b)]
    # both on the clock of the midpoint, whose periods are neither a's nor b's
    when_a, when_b = (_moments_s(alignment, one, side) for side, one in enumerate(onsets_s))
    is_found = alignment.method in _FOUND
    period_s = min(_period_s(when_a), _period_s(when_b))
    farthest_s = _FARTHEST * period_s if is_found else _FARTHEST_GIVEN_S
    partners = _in_order(np.abs(when_a[:, None] - when_b[None, :]), farthest_s)
    least = _LEAST_MATCHED if is_found else 0.0
    for side, one in enumerate((a, b)):
        energy = np.array([float(np.sum(wave**2)) for wave in one.waves])
        if energy[partners[:, side]].sum() < least * energy.sum():
            return None
    spectra = None
    if partners.size:
        waves = tuple(a.waves[i] for i in partners[:, 0]), tuple(b.waves[j] for j in partners[:, 1])
        spectra = pulse_spectra(*waves, lead=a.lead, rate_hz=rate_hz)
    return PulsePair(a=a, b=b, partners=partners, spectra=spectra, rate_hz=rate_hz)


def add_pulses(samples: FloatArray, pulses: PulsePair, alignment: Alignment, position: float) -> FloatArray:
    """Return samples with the pulses of a position added.

    Args:
        samples: All else at this position, shape (n_samples,).
        pulses: The pulses.
        alignment: The moments of the two sounds, with the duration that they are to have.
        position: 0 is a, 1 is b.
    """
    lead = pulses.a.lead
    longest = max(wave.size for side in (pulses.a, pulses.b) for wave in side.waves)
    if pulses.spectra is not None:
        longest = max(longest, pulses.spectra.length)
    out = np.pad(samples, (lead, longest + lead + 2))
    if position in (0.0, 1.0) and alignment.time_factor(position) == 1.0:
        side = pulses.a if position == 0.0 else pulses.b
        _lay(out, side.onsets, side.waves)
        return out[lead : lead + samples.size]
    if pulses.spectra is not None:
        when = _places(pulses, alignment, position)
        whole = np.floor(when).astype(np.int64)
        _lay(out, whole, tuple(waves_between(pulses.spectra, position, delays=when - whole)))
    near = float(np.clip(position, 0.0, 1.0))
    for side_number, (side, weight) in enumerate(((pulses.a, 1.0 - near), (pulses.b, near))):
        alone = np.setdiff1d(np.arange(side.onsets.size), pulses.partners[:, side_number])
        onsets_s = side.onsets[alone] / pulses.rate_hz
        moments_s = (alignment.times_a_s, alignment.times_b_s)[side_number]
        places = np.interp(onsets_s, moments_s, alignment.output_times_s(position)) * pulses.rate_hz
        _lay(out, np.round(places).astype(np.int64), tuple(weight * side.waves[i] for i in alone))
    return out[lead : lead + samples.size]


def meeting(pulses: PulsePair, alignment: Alignment) -> Alignment:
    """Return the alignment of two sounds in which their paired pulses meet and nothing else is bent."""
    onsets_a_s, onsets_b_s = (
        one.onsets[column] / pulses.rate_hz
        for one, column in zip((pulses.a, pulses.b), pulses.partners.T, strict=True)
    )
    return replace(
        alignment,
        times_a_s=np.concatenate([[0.0], onsets_a_s, [alignment.duration_a_s]]),
        times_b_s=np.concatenate([[0.0], onsets_b_s, [alignment.duration_b_s]]),
    )


def _places(pulses: PulsePair, alignment: Alignment, position: float) -> FloatArray:
    """Return when the paired pulses happen, samples: on straight lines between their two moments."""
    return meeting(pulses, alignment).output_times_s(position)[1:-1] * pulses.rate_hz


def _lay(out: FloatArray, onsets: IntArray, waves: tuple[FloatArray, ...]) -> None:
    """Add waves whose onsets lie a lead after the first sample of `out`."""
    for onset, wave in zip(onsets, waves, strict=True):
        length = max(min(wave.size, out.size - int(onset)), 0)
        out[onset : onset + length] += wave[:length]


def _moments_s(alignment: Alignment, times_s: FloatArray, side: int) -> FloatArray:
    own_s = (alignment.times_a_s, alignment.times_b_s)[side]
    return np.interp(times_s, own_s, 0.5 * (alignment.times_a_s + alignment.times_b_s))


def _period_s(when_s: FloatArray) -> float:
    return float(np.median(np.diff(when_s))) if when_s.size > 1 else np.inf


def _in_order(apart_s: FloatArray, farthest_s: float) -> IntArray:
    """Return the pairs that meet in order with the least distance, each left alone costing half of `farthest_s`."""
    total = np.zeros((apart_s.shape[0] + 1, apart_s.shape[1] + 1))
    alone_s = 0.5 * farthest_s if np.isfinite(farthest_s) else float(apart_s.max()) + 1.0
    _sum_costs(apart_s, alone_s, total)
    pairs: list[tuple[int, int]] = []
    i, j = apart_s.shape
    while i > 0 and j > 0:
        if total[i, j] == total[i - 1, j - 1] + apart_s[i - 1, j - 1]:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif total[i, j] == total[i - 1, j] + alone_s:
            i -= 1
        else:
            j -= 1
    return np.array(pairs[::-1], dtype=np.int64).reshape(-1, 2)


@compiled
def _sum_costs(apart_s: FloatArray, alone_s: float, total: FloatArray) -> None:
    n_a, n_b = apart_s.shape
    for i in range(n_a + 1):
        for j in range(n_b + 1):
            if i == 0:
                total[i, j] = j * alone_s
            elif j == 0:
                total[i, j] = i * alone_s
            else:
                total[i, j] = min(
                    total[i - 1, j - 1] + apart_s[i - 1, j - 1],
                    total[i - 1, j] + alone_s,
                    total[i, j - 1] + alone_s,
                )
