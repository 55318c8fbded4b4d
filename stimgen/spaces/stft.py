"""The stft space: for sounds without pitch, spectral envelopes travel and one noise carries them."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from stimgen.errors import SettingError, SoundError
from stimgen.media.sound import FloatArray, Sound
from stimgen.seeding import child_rng
from stimgen.spaces.base import Rendering
from stimgen.spectral.align import align_events
from stimgen.spectral.align_choice import Align, align_by_choice, align_word, demand_align
from stimgen.spectral.alignment import Alignment, common_duration_s
from stimgen.spectral.displacement import displacement_maps, mel_grid_hz, read_at, source_frequencies
from stimgen.spectral.envelope import noise_density
from stimgen.spectral.stft import StftSettings, istft, stft

_SHORTEST_S = 0.010
_HOP_S = 0.0025
_MOST_FRAMES = 12_000
_WINDOW_S = 0.016
_NEPER_PER_DB = math.log(10.0) / 10.0


@dataclass(frozen=True, kw_only=True)
class StftSpace:
    """Frame by frame, the smoothed spectrum of a travels to that of b and filters a noise.

    All positions share one noise, so that neighbours differ by the morph and not by chance. Both ends are
    carried by that noise too: they have the spectrum and the course of the recordings, not their fine
    structure.

    Args:
        align: "events" pairs the moments of change of the two sounds, "linear" only their durations, "none"
            equal seconds; an Alignment pairs the moments that it holds.
        floor_db: Envelopes are taken as at least this far below their own sound's greatest value, dB, < 0.
        restore_limit_db: Most by which a frame is made louder or softer to keep its level on the straight
            line between the levels of a and b, dB, >= 0.
        extrapolation_limit_db: Beyond 0..1 no frequency moves further than this from its value at the
            nearer end, dB, >= 0.

    Raises:
        SettingError: If a setting is out of its range.

    References:
        Henderson & Solomon 2019, Audio Transport: a generalized portamento via optimal transport, DAFx.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> hiss = Sound(samples=np.diff(rng.normal(size=1601)), rate_hz=8000)
        >>> rumble = Sound(samples=np.cumsum(rng.normal(size=800)) / 10.0, rate_hz=8000)
        >>> StftSpace().between(hiss, rumble, seed=0)(0.5).samples.shape
        (1200,)
    """

    align: Align = "events"
    floor_db: float = -90.0
    restore_limit_db: float = 15.0
    extrapolation_limit_db: float = 20.0

    name = "stft"
    is_vector = False

    def __post_init__(self) -> None:
        demand_align(self.align)
        if not -200.0 <= self.floor_db < 0.0:
            raise SettingError(f"floor_db must lie from -200 to below 0, got {self.floor_db:g}; try -90")
        if not (0.0 <= self.restore_limit_db <= 100.0 and 0.0 <= self.extrapolation_limit_db <= 100.0):
            raise SettingError(
                f"restore_limit_db and extrapolation_limit_db must lie within 0..100, "
                f"got {self.restore_limit_db:g} and {self.extrapolation_limit_db:g}"
            )

    def settings(self) -> dict[str, Any]:
        """Every setting that shapes the result, as plain JSON values."""
        return {
            "align": align_word(self.align),
            "floor_db": self.floor_db,
            "restore_limit_db": self.restore_limit_db,
            "extrapolation_limit_db": self.extrapolation_limit_db,
            "envelope": "power in 16 ms Hann windows, smoothed over 6 ms and 40 mel",
            "carrier": "one seeded white noise for all positions",
        }

    def between(self, a: Sound, b: Sound, *, seed: int, duration_s: float | None = None) -> "StftBetween":
        """Return the way between two sounds of one rate.

        Args:
            a: The sound at position 0.
            b: The sound at position 1.
            seed: Draws the noise.
            duration_s: How long every position lasts, s; None goes from a's duration to b's.

        Raises:
            SettingError: If the rates differ, a or b would be stretched or shrunk more than 4 times, or a given
                alignment is one of sounds of other durations.
            SoundError: If a sound is silent or shorter than 10 ms.
        """
        if a.rate_hz != b.rate_hz:
            raise SettingError(
                f"the stft space needs both sounds at one rate, got {a.rate_hz} Hz ({a.name}) and "
                f"{b.rate_hz} Hz ({b.name}); resample one of them"
            )
        for sound in (a, b):
            if sound.duration_s < _SHORTEST_S or not np.any(sound.samples):
                raise SoundError(
                    f"{sound.name} must last at least 10 ms and not be silent, got {1000 * sound.duration_s:.1f} ms"
                )
        common_s = common_duration_s(duration_s, a, b)
        alignment = align_by_choice(self.align, a, b, events=lambda: align_events(a, b))
        return _match(self, a, b, replace(alignment, common_duration_s=common_s), seed)


@dataclass(frozen=True, kw_only=True)
class StftBetween:
    """The way between two sounds: their envelopes at the same events, and where each frequency moves.

    Args:
        space: The settings.
        rate_hz: Sampling rate of both sounds, Hz.
        seed: Draws the noise.
        alignment: Which moment of a meets which of b.
        shares: Place of the frames along the alignment's moments, shape (n_frames,), 0 to n_moments - 1.
        grid_hz: Frequencies of the envelopes, shape (n_points,), Hz.
        log_a: Natural log of a's power per Hz, shape (n_frames, n_points).
        log_b: The same of b.
        maps_hz: Frequency of b that each frequency of a moves to, shape (n_frames, n_points), Hz.
    """

    space: StftSpace
    rate_hz: int
    seed: int
    alignment: Alignment
    shares: FloatArray
    grid_hz: FloatArray
    log_a: FloatArray
    log_b: FloatArray
    maps_hz: FloatArray

    @property
    def motion(self) -> str:
        """How spectra move."""
        return "transport"

    def duration_s(self, position: float) -> float:
        """Return how long the rendering of a position lasts, s."""
        return self.alignment.duration_s(position)

    def __call__(self, position: float) -> Rendering:
        """Render one position.

        Raises:
            SettingError: If the position would give a sound shorter than 10 ms.
        """
        n_samples = round(self.alignment.duration_s(position) * self.rate_hz)
        if n_samples < _SHORTEST_S * self.rate_hz:
            raise SettingError(
                f"position {position:g} would give {1000 * n_samples / self.rate_hz:.1f} ms, at least 10 ms are "
                "needed; choose a position nearer to 0..1"
            )
        # The noise is filtered in windows no longer than those that measured the envelopes.
        shortest_s = min(2.0 * _WINDOW_S, n_samples / self.rate_hz)
        settings = StftSettings.for_rate(self.rate_hz, shortest_s=shortest_s)
        times_s = settings.frame_times_s(n_samples, self.rate_hz)
        log_power = _at_times(self.envelope(position), self._frame_times_s(position), times_s)
        bins_hz = np.arange(settings.n_bins) * (self.rate_hz / settings.window_samples)
        log_bins = read_at(log_power, grid_hz=self.grid_hz, at_hz=np.tile(bins_hz, (times_s.size, 1)))
        # White noise of variance 1 has the one-sided power 2 / rate per Hz.
        gain = np.exp(0.5 * (log_bins + math.log(0.5 * self.rate_hz)))
        noise = child_rng(self.seed, "stft", "noise").normal(size=n_samples)
        samples = istft(gain.T * stft(noise, settings), settings, n_samples=n_samples)
        return Rendering(samples=samples, rate_hz=self.rate_hz)

    def envelope(self, position: float) -> FloatArray:
        """Return the natural log of the power per Hz at a position, shape (n_frames, n_points)."""
        read = source_frequencies(self.maps_hz, grid_hz=self.grid_hz, position=position)
        log_a = read_at(self.log_a, grid_hz=self.grid_hz, at_hz=read.a_hz)
        log_b = read_at(self.log_b, grid_hz=self.grid_hz, at_hz=read.b_hz)
        limit = self.space.extrapolation_limit_db * _NEPER_PER_DB
        low, high = np.minimum(log_a, log_b) - limit, np.maximum(log_a, log_b) + limit
        log_power = np.clip((1.0 - position) * log_a + position * log_b, low, high)
        return log_power + self._missing_level(log_power, position)[:, None]

    def _missing_level(self, log_power: FloatArray, position: float) -> FloatArray:
        """Return what brings each frame to the level between those of a and b, shape (n_frames,), neper of power."""
        level_a, level_b = _log_total(self.log_a, self.grid_hz), _log_total(self.log_b, self.grid_hz)
        edge = self.space.extrapolation_limit_db * _NEPER_PER_DB
        wanted = np.clip(
            (1.0 - position) * level_a + position * level_b,
            np.minimum(level_a, level_b) - edge,
            np.maximum(level_a, level_b) + edge,
        )
        limit = self.space.restore_limit_db * _NEPER_PER_DB
        return np.clip(wanted - _log_total(log_power, self.grid_hz), -limit, limit)

    def _frame_times_s(self, position: float) -> FloatArray:
        moments_s = self.alignment.output_times_s(position)
        return np.interp(self.shares, np.arange(moments_s.size), moments_s)


def _match(space: StftSpace, a: Sound, b: Sound, alignment: Alignment, seed: int) -> StftBetween:
    """Read the envelopes of both sounds at moments that meet, and match them."""
    steps_s = np.maximum(np.diff(alignment.times_a_s), np.diff(alignment.times_b_s))
    knots_s = np.concatenate([[0.0], np.cumsum(steps_s)])
    n_frames = int(np.clip(np.ceil(knots_s[-1] / _HOP_S), 4, _MOST_FRAMES)) + 1
    shares = np.interp(np.linspace(0.0, knots_s[-1], n_frames), knots_s, np.arange(knots_s.size))
    grid_hz = mel_grid_hz(a.rate_hz)
    window_s = min(_WINDOW_S, 0.5 * min(a.duration_s, b.duration_s))
    logs = [
        _log_envelope(
            sound,
            np.interp(shares, np.arange(knots_s.size), times_s),
            grid_hz,
            window_s,
            floor_db=space.floor_db,
        )
        for sound, times_s in ((a, alignment.times_a_s), (b, alignment.times_b_s))
    ]
    maps_hz = displacement_maps(*logs, grid_hz=grid_hz, frame_step_s=knots_s[-1] / (n_frames - 1))
    return StftBetween(
        space=space, rate_hz=a.rate_hz, seed=seed, alignment=alignment, shares=shares, grid_hz=grid_hz,
        log_a=logs[0], log_b=logs[1], maps_hz=maps_hz,
    )  # fmt: skip


def _log_envelope(
    sound: Sound, at_s: FloatArray, grid_hz: FloatArray, window_s: float, *, floor_db: float
) -> FloatArray:
    """Return the natural log of a sound's power per Hz around given moments, shape (n_times, n_points)."""
    n_frames = int(np.clip(np.ceil(sound.duration_s / _HOP_S), 4, _MOST_FRAMES)) + 1
    times_s = np.linspace(0.0, sound.duration_s, n_frames)
    power = noise_density(
        sound.samples, rate_hz=sound.rate_hz, times_s=times_s, grid_hz=grid_hz, window_s=window_s
    )
    power = np.maximum(power, float(power.max()) * 10.0 ** (floor_db / 10.0))
    return _at_times(np.log(power), times_s, at_s)


def _at_times(values: FloatArray, times_s: FloatArray, at_s: FloatArray) -> FloatArray:
    """Read rows of values between their times, on straight lines."""
    place = np.interp(at_s, times_s, np.arange(times_s.size))
    lower = np.minimum(place.astype(np.intp), times_s.size - 2)
    share = (place - lower)[:, None]
    return np.asarray((1.0 - share) * values[lower] + share * values[lower + 1], dtype=np.float64)


def _log_total(log_power: FloatArray, grid_hz: FloatArray) -> FloatArray:
    """Return the natural log of the power of each frame, shape (n_frames,)."""
    return np.asarray(np.log(np.exp(log_power) @ np.gradient(grid_hz)), dtype=np.float64)
