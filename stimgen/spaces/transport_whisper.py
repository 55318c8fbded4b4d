"""Where voice meets noise: the formants of a whisper become those of the voice, a hiss stays where it is."""

import numpy as np

from stimgen.media.sound import FloatArray
from stimgen.spaces.transport_phases import Side
from stimgen.spectral.displacement import gaussian_smooth, read_at
from stimgen.spectral.filterbank import hz_to_mel
from stimgen.spectral.formants import anchor_maps, track_formants

_VOICING_SMOOTHING_S = 0.010
# Noise is drawn this evenly over time before its formants are looked for: shorter, its own ripples look like some.
_NOISE_SMOOTHING_S = 0.020
# F1 and F2 lie here; their peaks stand out of the tilt by so much, as a standard deviation in dB.
_FORMANTS_HZ, _PEAK_MEL, _TILT_MEL = (250.0, 2600.0), 60.0, 400.0
_FLAT_BELOW_DB, _FORMED_ABOVE_DB = 2.6, 3.6
# Fricatives are weak below 1.1 kHz, against what is above it, dB.
_LOW_HZ, _HIGH_HZ = (200.0, 1100.0), (1100.0, 7000.0)
_HISS_BELOW_DB, _FULL_ABOVE_DB = -8.0, -2.0
_LEAST_MEETING = 0.05
# Tracks that slipped from one formant to the next put peaks on valleys: so much worse than in place are none.
_COMPARED_HZ, _UNBELIEVED_FROM, _BELIEF_SMOOTHING_S = (200.0, 5000.0), 0.5, 0.040
_DB = 10.0 / np.log(10.0)


def meeting_maps(maps_hz: FloatArray, a: Side, b: Side, *, grid_hz: FloatArray, step_s: float) -> FloatArray:
    """Return where each frequency of a goes in b, if one of them is speech.

    Where both are voiced or both are noise that is what it was. Where voice meets noise, formants go to formants if
    the noise has any, as a whisper does; otherwise nothing moves, since a hiss is no formant on its way.

    Args:
        maps_hz: Frequencies in b of each frequency of a, shape (n_frames, n_points), Hz.
        a: One side.
        b: The other.
        grid_hz: Frequencies of the points, shape (n_points,), Hz.
        step_s: Distance of the frames, s.
    """
    meets = np.abs(a.voicing - b.voicing)
    meets = gaussian_smooth(meets[None, :], width=_VOICING_SMOOTHING_S / step_s, axis=1)[0]
    if float(meets.max()) < _LEAST_MEETING:
        return maps_hz
    logs = [_calm(side, step_s) for side in (a, b)]
    formed = [
        np.maximum(side.voicing, formedness(log_power, grid_hz=grid_hz))
        for side, log_power in zip((a, b), logs, strict=True)
    ]
    both = gaussian_smooth((formed[0] * formed[1])[None, :], width=_VOICING_SMOOTHING_S / step_s, axis=1)[0]
    goal_hz = np.tile(grid_hz, (meets.size, 1))
    if float((both * meets).max()) > _LEAST_MEETING:
        tracks_hz = [
            _formants_hz(side, log_power, grid_hz, step_s)
            for side, log_power in zip((a, b), logs, strict=True)
        ]
        anchored_hz = anchor_maps(tracks_hz[0], tracks_hz[1], grid_hz=grid_hz)
        believed = both * _belief(logs[0], logs[1], anchored_hz, grid_hz, step_s)
        goal_hz += believed[:, None] * (anchored_hz - goal_hz)
    return np.asarray(maps_hz + meets[:, None] * (goal_hz - maps_hz))


def formedness(log_power: FloatArray, *, grid_hz: FloatArray) -> FloatArray:
    """Return how much envelopes look like those of a tract that is excited at its far end, shape (n_frames,), 0..1.

    Args:
        log_power: Natural log of the power envelope, shape (n_frames, n_points), free of the ripples of noise.
        grid_hz: Frequencies of the points, shape (n_points,), Hz, evenly spaced in mel.
    """
    inside = (grid_hz >= _FORMANTS_HZ[0]) & (grid_hz <= _FORMANTS_HZ[1])
    relief_db = _peaks_db(log_power, grid_hz)[:, inside].std(axis=1)
    low_db, high_db = (_mean_db(log_power, grid_hz, band_hz) for band_hz in (_LOW_HZ, _HIGH_HZ))
    is_formed = np.clip((relief_db - _FLAT_BELOW_DB) / (_FORMED_ABOVE_DB - _FLAT_BELOW_DB), 0.0, 1.0)
    is_full = np.clip((low_db - high_db - _HISS_BELOW_DB) / (_FULL_ABOVE_DB - _HISS_BELOW_DB), 0.0, 1.0)
    return np.asarray(is_formed * is_full)


def _belief(
    a: FloatArray, b: FloatArray, maps_hz: FloatArray, grid_hz: FloatArray, step_s: float
) -> FloatArray:
    """Return how far maps are believed, shape (n_frames,), 0..1: unless they put peaks on valleys."""
    peaks_a, peaks_b = (_peaks_db(log_power, grid_hz) for log_power in (a, b))
    inside = (grid_hz >= _COMPARED_HZ[0]) & (grid_hz <= _COMPARED_HZ[1])
    misfits = np.stack(
        [
            ((peaks_a - there)[:, inside] ** 2).mean(axis=1)
            for there in (peaks_b, read_at(peaks_b, grid_hz=grid_hz, at_hz=maps_hz))
        ]
    )
    in_place, moved = gaussian_smooth(misfits, width=_BELIEF_SMOOTHING_S / step_s, axis=1)
    worse = moved / np.maximum(in_place, 1e-12) - 1.0
    return np.asarray(np.clip(1.0 - worse / _UNBELIEVED_FROM, 0.0, 1.0))


def _peaks_db(log_power: FloatArray, grid_hz: FloatArray) -> FloatArray:
    """Return envelopes less their tilt, dB, the same shape."""
    step_mel = float(hz_to_mel(grid_hz[-1])) / (grid_hz.size - 1)
    peaks, tilt = (gaussian_smooth(log_power, width=mel / step_mel, axis=1) for mel in (_PEAK_MEL, _TILT_MEL))
    return np.asarray(_DB * (peaks - tilt))


def _calm(side: Side, step_s: float) -> FloatArray:
    """Return the envelope of both parts as natural log of power, unvoiced frames smoothed over time."""
    log_power = side.envelopes.log_total
    smooth = np.log(gaussian_smooth(np.exp(log_power), width=_NOISE_SMOOTHING_S / step_s, axis=0))
    return np.asarray(smooth + side.voicing[:, None] * (log_power - smooth))


def _formants_hz(side: Side, log_power: FloatArray, grid_hz: FloatArray, step_s: float) -> FloatArray:
    """Follow formants through voice and noise alike, shape (n_frames, n_formants), Hz."""
    amplitude = np.exp(side.log_amplitude) * side.is_present * (side.voicing[:, None] > 0.5)
    return track_formants(
        amplitude,
        f0_hz=side.f0_hz,
        voicing=np.ones_like(side.voicing),
        log_power=log_power,
        grid_hz=grid_hz,
        frame_step_s=step_s,
    ).frequency_hz


def _mean_db(log_power: FloatArray, grid_hz: FloatArray, band_hz: tuple[float, float]) -> FloatArray:
    inside = (grid_hz >= band_hz[0]) & (grid_hz <= band_hz[1])
    return np.asarray(_DB * np.log(np.exp(log_power[:, inside]).mean(axis=1)))
