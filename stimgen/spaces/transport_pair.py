"""Two analysed sounds on one clock: what the transport space knows about a pair before any position is rendered."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from stimgen.media.sound import FloatArray, Sound
from stimgen.spaces.transport_model import SideModel, model_side
from stimgen.spaces.transport_phases import Side, match_phases, voiced_stretches
from stimgen.spectral.alignment import Alignment
from stimgen.spectral.displacement import displacement_maps, mel_grid_hz
from stimgen.spectral.envelope import Envelopes, envelopes
from stimgen.spectral.formants import anchor_maps, track_formants
from stimgen.spectral.harmonics import ComplexArray, count_harmonics
from stimgen.spectral.voicing import Voice, bridged_f0_hz, find_voice

Warp = Literal["auto", "formants", "transport"]
Motion = Literal["harmonics", "formants", "transport"]

# With few harmonics the envelope between them is invented, so calls move harmonic by harmonic.
_CALL_F0_HZ = 700.0
# Formants are looked for in voices of people whose energy lies below 5.5 kHz.
_SPEECH_F0_HZ = (60.0, 450.0)
_SPEECH_TOP_HZ, _SPEECH_SHARE = 5500.0, 0.8
_MOST_FRAMES = 16000
_GRAIN_S, _CALL_GRAIN_S = 0.016, 0.008
_LEAST_AMPLITUDE = 1e-12


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """What is known of one sound by itself.

    Args:
        sound: The sound.
        voice: Its harmonics, voicing and residual.
        envelopes: Its envelopes at the frames of the harmonics.
        f0_hz: F0 drawn through unvoiced stretches, shape (n_frames,), Hz.
        grid_hz: Frequencies of the envelopes, shape (n_points,), Hz.
    """

    sound: Sound
    voice: Voice
    envelopes: Envelopes
    f0_hz: FloatArray
    grid_hz: FloatArray

    @property
    def f0_centre_hz(self) -> float:
        """Geometric mean of F0 over voiced frames, Hz; 0 if nothing is voiced."""
        weight = self.voice.voicing
        if weight.sum() <= 0.0:
            return 0.0
        return float(np.exp(np.average(np.log(self.f0_hz), weights=weight)))


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
        grain_s: Grain of the residual, s.
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
    grain_s: float

    @property
    def is_call(self) -> bool:
        """Whether harmonics move one by one instead of along the maps."""
        return self.motion == "harmonics"

    @cached_property
    def model_a(self) -> SideModel:
        """What the model makes of a by itself, found once for all positions."""
        return model_side(self.a, grid_hz=self.grid_hz, is_call=self.is_call)

    @cached_property
    def model_b(self) -> SideModel:
        """The same of b."""
        return model_side(self.b, grid_hz=self.grid_hz, is_call=self.is_call)


def analyse(sound: Sound, *, f0_min_hz: float, f0_max_hz: float, grid_hz: FloatArray) -> Analysis:
    """Take one sound apart into harmonics, noise and their envelopes."""
    voice = find_voice(sound, f0_min_hz=f0_min_hz, f0_max_hz=f0_max_hz)
    window_s = min(_GRAIN_S, 4.0 * voice.pitch_range.shortest_s)
    found = envelopes(
        voice.harmonics, voice.residual, rate_hz=sound.rate_hz, grid_hz=grid_hz, window_s=window_s
    )
    return Analysis(sound=sound, voice=voice, envelopes=found, f0_hz=bridged_f0_hz(voice), grid_hz=grid_hz)


def match(
    a: Analysis, b: Analysis, alignment: Alignment, *, grid_hz: FloatArray, warp: Warp = "auto"
) -> Pair:
    """Put two analysed sounds on the clock of an alignment and match their envelopes and phases."""
    hop_s = min(a.voice.pitch_range.hop_s, b.voice.pitch_range.hop_s)
    clock = common_clock(alignment, hop_s=hop_s)
    is_call = is_call_pair(a, b)
    n_harmonics = max(a.voice.harmonics.coefficients.shape[1], b.voice.harmonics.coefficients.shape[1])
    side_a, side_b = read_side(a, clock.times_a_s, n_harmonics), read_side(b, clock.times_b_s, n_harmonics)
    step_s = 0.5 * (alignment.duration_a_s + alignment.duration_b_s) / (clock.ticks.size - 1)
    is_speech = warp == "formants" or (warp == "auto" and _sounds_like_speech(a) and _sounds_like_speech(b))
    motion: Motion = "harmonics" if is_call else "formants" if is_speech else "transport"
    maps_hz = (
        np.tile(grid_hz, (clock.ticks.size, 1))
        if is_call
        else _maps_hz(side_a, side_b, grid_hz, step_s, is_speech)
    )
    pulse_offset, phase_to_b = match_phases(side_a, side_b)
    return Pair(
        rate_hz=a.sound.rate_hz, grid_hz=grid_hz, clock=clock, a=side_a, b=side_b, maps_hz=maps_hz,
        pulse_offset=pulse_offset, phase_to_b=phase_to_b, motion=motion,
        grain_s=_CALL_GRAIN_S if is_call else _GRAIN_S,
    )  # fmt: skip


def is_call_pair(a: Analysis, b: Analysis) -> bool:
    """Whether two sounds move harmonic by harmonic: F0 lies above 700 Hz wherever they have one."""
    voiced_hz = [one.f0_centre_hz for one in (a, b) if one.f0_centre_hz > 0.0]
    return bool(voiced_hz) and min(voiced_hz) > _CALL_F0_HZ


def envelope_grid_hz(rate_hz: float) -> FloatArray:
    """Return the frequencies at which envelopes are kept, shape (256,), Hz."""
    return mel_grid_hz(rate_hz)


def common_clock(alignment: Alignment, *, hop_s: float) -> Clock:
    """Return moments at steps of at most a hop in a and in b."""
    steps_s = np.maximum(np.diff(alignment.times_a_s), np.diff(alignment.times_b_s))
    moves = np.concatenate([[True], steps_s > 0.0])
    knots = np.concatenate([[0.0], np.cumsum(steps_s)])[moves]
    n_steps = min(max(int(np.ceil(knots[-1] / hop_s - 1e-9)), 1), _MOST_FRAMES)
    return Clock(
        alignment=alignment, knots=knots, moves=moves, ticks=np.linspace(0.0, knots[-1], n_steps + 1)
    )


def _sounds_like_speech(one: Analysis) -> bool:
    """Whether a sound is voiced in the range of speakers and has its energy where formants are."""
    weight = np.exp(one.envelopes.log_total).sum(axis=0) * np.gradient(one.grid_hz)
    share = float(weight[one.grid_hz <= _SPEECH_TOP_HZ].sum() / weight.sum())
    return _SPEECH_F0_HZ[0] <= one.f0_centre_hz <= _SPEECH_F0_HZ[1] and share >= _SPEECH_SHARE


def _maps_hz(a: Side, b: Side, grid_hz: FloatArray, step_s: float, is_speech: bool) -> FloatArray:
    """Return where each frequency of a goes in b: formant to formant in speech, by optimal transport elsewhere."""
    if not is_speech:
        totals = a.envelopes.log_total, b.envelopes.log_total
        return displacement_maps(*totals, grid_hz=grid_hz, frame_step_s=step_s)
    anchors_a_hz, anchors_b_hz = (
        track_formants(side.envelopes.log_total, grid_hz=grid_hz, weight=side.voicing, frame_step_s=step_s)
        for side in (a, b)
    )
    return anchor_maps(anchors_a_hz, anchors_b_hz, grid_hz=grid_hz)


def read_side(one: Analysis, times_s: FloatArray, n_harmonics: int) -> Side:
    """Read everything about a sound at given moments, on straight lines between its frames."""
    harmonics = one.voice.harmonics
    place = np.interp(times_s, harmonics.times_s, np.arange(harmonics.times_s.size))
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
    return Side(
        times_s=times_s, f0_hz=f0_hz, voicing=voicing, residual=one.voice.residual,
        log_amplitude=np.log(np.maximum(np.abs(coefficients), _LEAST_AMPLITUDE)),
        is_present=is_present.astype(np.float64), phase=np.angle(coefficients), drift=drift,
        envelopes=Envelopes(log_harmonic=at(one.envelopes.log_harmonic),
        log_noise=at(one.envelopes.log_noise)),
    )  # fmt: skip
