"""Two analysed sounds on one clock: what the transport space knows about a pair before any position is rendered."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from stimgen.media.sound import FloatArray
from stimgen.spaces.transport_analysis import GRAIN_S, Analysis
from stimgen.spaces.transport_filter import MovingFilter, find_formants, moving_filter
from stimgen.spaces.transport_model import SideModel, model_side
from stimgen.spaces.transport_motion import Motion, Warp, choose_motion, fades_in_place
from stimgen.spaces.transport_pattern import without_pattern
from stimgen.spaces.transport_phases import Side, match_phases, voiced_stretches
from stimgen.spaces.transport_whisper import meeting_maps
from stimgen.spectral.alignment import Alignment
from stimgen.spectral.displacement import displacement_maps
from stimgen.spectral.envelope import Envelopes
from stimgen.spectral.formants import anchor_maps
from stimgen.spectral.harmonics import ComplexArray, count_harmonics

_MOST_FRAMES = 16000
_CALL_GRAIN_S = 0.008
_LEAST_AMPLITUDE = 1e-12


@dataclass(frozen=True, kw_only=True)
class Clock:
    """Moments of two sounds that are worked on together, evenly spread where the faster of the two moves evenly.

    Args:
        alignment: Which moment of a meets which of b.
        knots: The alignment's moments on the clock, shape (n_knots,), rising.
        moves: Which of the alignment's moments these are, shape (n_moments,), bool.
        ticks: The moments worked on, shape (n_frames,).
    """

    alignment: Alignment
    knots: FloatArray
    moves: npt.NDArray[np.bool_]
    ticks: FloatArray

    @property
    def times_a_s(self) -> FloatArray:
        """Moments in a, shape (n_frames,), s."""
        return np.interp(self.ticks, self.knots, self.alignment.times_a_s[self.moves])

    @property
    def times_b_s(self) -> FloatArray:
        """Moments in b, shape (n_frames,), s."""
        return np.interp(self.ticks, self.knots, self.alignment.times_b_s[self.moves])

    def lasting(self, common_duration_s: float | None) -> "Clock":
        """Return the clock of sounds that last equally long at every position; None changes nothing."""
        return replace(self, alignment=replace(self.alignment, common_duration_s=common_duration_s))

    def output_times_s(self, position: float) -> FloatArray:
        """Return when the moments happen at a position, shape (n_frames,), s, never falling."""
        return np.interp(self.ticks, self.knots, self.alignment.output_times_s(position)[self.moves])


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two sounds on one clock, matched in frequency and phase.

    Args:
        rate_hz: Sampling rate, Hz.
        grid_hz: Frequencies of the envelopes, shape (n_points,), Hz.
        clock: The moments of both.
        a: The side at position 0.
        b: The side at position 1.
        maps_hz: Frequency of b that each frequency of a moves to, shape (n_frames, n_points), Hz.
        pulse_offset: Angle by which the pulses of b lie behind those of a, shape (n_frames,), radians.
        phase_to_b: What each harmonic's phase gains from a to b beyond that, shape (n_frames, n_harmonics),
            radians.
        motion: How spectra move: "transport" or "formants" along the maps, "harmonics" one by one.
        fades: Whether noise stays where it is while a voice comes up.
        grain_s: Grain of the residual, s.
        tract: How the formants of speech move; None for all else.
    """

    rate_hz: int
    grid_hz: FloatArray
    clock: Clock
    a: Side
    b: Side
    maps_hz: FloatArray
    pulse_offset: FloatArray
    phase_to_b: FloatArray
    motion: Motion
    fades: bool
    grain_s: float
    tract: MovingFilter | None = None

    @property
    def is_call(self) -> bool:
        """Whether harmonics move one by one instead of along the maps."""
        return self.motion == "harmonics"

    @cached_property
    def model_a(self) -> SideModel:
        """What the model makes of a by itself, found once for all positions."""
        return model_side(self.a, grid_hz=self.grid_hz, is_call=self.is_call, fades=self.fades)

    @cached_property
    def model_b(self) -> SideModel:
        """The same of b."""
        return model_side(self.b, grid_hz=self.grid_hz, is_call=self.is_call, fades=self.fades)


def match(
    a: Analysis, b: Analysis, alignment: Alignment, *, grid_hz: FloatArray, warp: Warp = "auto"
) -> Pair:
    """Put two analysed sounds on the clock of an alignment and match their envelopes and phases."""
    hop_s = min(a.voice.pitch_range.hop_s, b.voice.pitch_range.hop_s)
    clock = common_clock(alignment, hop_s=hop_s)
    motion = choose_motion(a, b, warp)
    is_call = motion == "harmonics"
    n_harmonics = max(a.voice.harmonics.coefficients.shape[1], b.voice.harmonics.coefficients.shape[1])
    fades = fades_in_place(a, b)
    tract = None
    if motion == "formants":
        a, b, tract = _as_spoken(a, b, clock)
    elif motion == "transport":
        a, b = without_pattern(a), without_pattern(b)
    side_a, side_b = read_side(a, clock.times_a_s, n_harmonics), read_side(b, clock.times_b_s, n_harmonics)
    step_s = 0.5 * (alignment.duration_a_s + alignment.duration_b_s) / (clock.ticks.size - 1)
    maps_hz = _maps_hz(side_a, side_b, tract, grid_hz, step_s, is_call, fades)
    pulse_offset, phase_to_b = match_phases(side_a, side_b)
    return Pair(
        rate_hz=a.sound.rate_hz, grid_hz=grid_hz, clock=clock, a=side_a, b=side_b, maps_hz=maps_hz,
        pulse_offset=pulse_offset, phase_to_b=phase_to_b, motion=motion, fades=fades,
        grain_s=_CALL_GRAIN_S if is_call else GRAIN_S, tract=tract,
    )  # fmt: skip


def common_clock(alignment: Alignment, *, hop_s: float) -> Clock:
    """Return moments at steps of at most a hop in a and in b."""
    steps_s = np.maximum(np.diff(alignment.times_a_s), np.diff(alignment.times_b_s))
    moves = np.concatenate([[True], steps_s > 0.0])
    knots = np.concatenate([[0.0], np.cumsum(steps_s)])[moves]
    n_steps = min(max(int(np.ceil(knots[-1] / hop_s - 1e-9)), 1), _MOST_FRAMES)
    return Clock(
        alignment=alignment, knots=knots, moves=moves, ticks=np.linspace(0.0, knots[-1], n_steps + 1)
    )


def _as_spoken(a: Analysis, b: Analysis, clock: Clock) -> tuple[Analysis, Analysis, MovingFilter]:
    """Return two voices with their formants' peaks in their envelopes, and how the formants move."""
    found = [
        find_formants(one.voice, one.envelopes, centre_hz=one.f0_centre_hz, grid_hz=one.grid_hz)
        for one in (a, b)
    ]
    places = [_places(one, times_s) for one, times_s in ((a, clock.times_a_s), (b, clock.times_b_s))]
    tract = moving_filter(found[0], found[1], places_a=places[0], places_b=places[1])
    sharp = [replace(one, envelopes=spoken.envelopes) for one, spoken in zip((a, b), found, strict=True)]
    return sharp[0], sharp[1], tract


def _maps_hz(
    a: Side, b: Side, tract: MovingFilter | None, grid_hz: FloatArray, step_s: float,
    is_call: bool, fades: bool,
) -> FloatArray:  # fmt: skip
    """Return where each frequency of a goes in b.

    Formants go to formants where they are believed, and all else goes by optimal transport; see
    `meeting_maps` for where only one of the sides is voiced and `fades` is true.
    """
    if is_call:
        return np.tile(grid_hz, (a.times_s.size, 1))
    totals = a.envelopes.log_total, b.envelopes.log_total
    maps_hz = displacement_maps(*totals, grid_hz=grid_hz, frame_step_s=step_s)
    if tract is not None:
        anchored_hz = anchor_maps(tract.a.frequency_hz, tract.b.frequency_hz, grid_hz=grid_hz)
        maps_hz += tract.trust[:, None] * (anchored_hz - maps_hz)
    return meeting_maps(maps_hz, a, b, grid_hz=grid_hz, step_s=step_s) if fades else maps_hz


def _places(one: Analysis, times_s: FloatArray) -> FloatArray:
    """Return where among a sound's frames moments lie, shape (n_times,), in frames."""
    frames_s = one.voice.harmonics.times_s
    return np.interp(times_s, frames_s, np.arange(frames_s.size))


def read_side(one: Analysis, times_s: FloatArray, n_harmonics: int) -> Side:
    """Read everything about a sound at given moments, on straight lines between its frames."""
    harmonics = one.voice.harmonics
    place = _places(one, times_s)
    low = np.minimum(place.astype(np.intp), harmonics.times_s.size - 2)
    share = place - low

    def at(values: FloatArray) -> FloatArray:
        part = share.reshape(-1, *([1] * (values.ndim - 1)))
        return np.asarray(values[low] * (1.0 - part) + values[low + 1] * part)

    coefficients: ComplexArray = np.zeros((times_s.size, n_harmonics), dtype=np.complex128)
    coefficients[:, : harmonics.coefficients.shape[1]] = at(harmonics.coefficients)  # type: ignore[arg-type]
    f0_hz = at(one.f0_hz)
    cycles = np.concatenate([[0.0], np.cumsum(0.5 * (f0_hz[1:] + f0_hz[:-1]) * np.diff(times_s))])
    within_s = times_s - harmonics.times_s[low]
    phase = harmonics.phase[low] + np.pi * within_s * (harmonics.f0_hz[low] + at(harmonics.f0_hz))
    drift = phase - 2.0 * np.pi * cycles
    voicing = at(one.voice.voicing)
    for part in voiced_stretches(voicing > 0.0):
        drift[part] -= 2.0 * np.pi * np.round(drift[part].mean() / (2.0 * np.pi))
    is_present = np.arange(1, n_harmonics + 1) <= count_harmonics(f0_hz, one.sound.rate_hz)[:, None]
    pattern = np.zeros(n_harmonics)
    if one.pattern is not None:
        pattern[: one.pattern.size] = one.pattern
    return Side(
        times_s=times_s, f0_hz=f0_hz, voicing=voicing, residual=one.voice.residual,
        log_amplitude=np.log(np.maximum(np.abs(coefficients), _LEAST_AMPLITUDE)),
        is_present=is_present.astype(np.float64), phase=np.angle(coefficients), drift=drift,
        envelopes=Envelopes(log_harmonic=at(one.envelopes.log_harmonic),
        log_noise=at(one.envelopes.log_noise)), pattern=pattern,
    )  # fmt: skip
