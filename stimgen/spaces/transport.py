"""The transport space: pitch, noise and envelope of two recordings come apart and move each in its own way."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np

from stimgen.errors import SettingError, SoundError
from stimgen.media.sound import FloatArray, Sound
from stimgen.spaces.base import Rendering
from stimgen.spaces.transport_analysis import Analysis, analyse, envelope_grid_hz
from stimgen.spaces.transport_motion import Warp, is_call_pair
from stimgen.spaces.transport_pair import Pair, match
from stimgen.spaces.transport_pulses import PulsePair, add_pulses, are_pulsed, meeting, pair_pulses
from stimgen.spaces.transport_render import render, with_exact_ends
from stimgen.spaces.transport_steady import steadied
from stimgen.spectral.align import AlignSettings, align_events
from stimgen.spectral.align_choice import Align, align_by_choice, align_word, demand_align
from stimgen.spectral.alignment import Alignment, common_duration_s
from stimgen.spectral.pulses import find_pulses
from stimgen.spectral.voice_pair import find_voices

_SHORTEST_SAMPLES = 32
_LOWEST_RATE_HZ = 3000
_SHARE_STEP_S = 0.005
# The sweep of a call is no event: only pairs of calls with clear events in common are bent in time.
_CALL_LINEAR_ABOVE = 0.55


@dataclass(frozen=True, kw_only=True)
class TransportSettings:
    """How two recordings are taken apart, matched and put together.

    Args:
        f0_min_hz: Lowest fundamental frequency to look for, Hz. Beside a clear voice creak is looked for down to 0.6
            of it.
        f0_max_hz: Highest, Hz.
        align: "events" pairs the moments of change of the two sounds, "linear" only their durations, "none"
            equal seconds; an Alignment pairs the moments that it holds.
        warp: How envelopes move along frequency. "transport" matches equal shares of their masses, "formants"
            the tracked formants of voices, "auto" takes formants where both sounds are like speech. Calls
            with a fundamental above 700 Hz have no envelope between their harmonics, which then move one by
            one.
        noise: "carried" makes noise of what the recordings have besides harmonics, so that positions 0 and 1
            give the recordings back; "synthetic" shapes seeded white noise.
    """

    f0_min_hz: float = 60.0
    f0_max_hz: float = 8000.0
    align: Align = "events"
    warp: Warp = "auto"
    noise: Literal["carried", "synthetic"] = "carried"

    def __post_init__(self) -> None:
        if not 0.0 < self.f0_min_hz < self.f0_max_hz:
            raise SettingError(
                f"the range of fundamental frequency must rise from above 0, got {self.f0_min_hz:g} to "
                f"{self.f0_max_hz:g} Hz; the default is 60 to 8000 Hz"
            )
        demand_align(self.align)
        if self.warp not in ("auto", "formants", "transport"):
            raise SettingError(f"warp is 'auto', 'formants' or 'transport', got {self.warp!r}")
        if self.noise not in ("carried", "synthetic"):
            raise SettingError(f"noise is 'carried' or 'synthetic', got {self.noise!r}")


@dataclass(frozen=True, kw_only=True)
class TransportBetween:
    """The way between two recordings in the transport space.

    Args:
        pair: The two, analysed and matched.
        stretched: The same with steadier harmonics, for positions where time is stretched or shrunk.
        chosen: The settings.
        seed: Seed of synthetic noise; all positions share one noise, so that neighbours differ by the morph
            alone.
        pulses: The pulses of two sounds that are made of them, without which `pair` is; None for all other sounds.
    """

    pair: Pair
    stretched: Pair
    chosen: TransportSettings
    seed: int
    pulses: PulsePair | None = None

    @property
    def alignment(self) -> Alignment:
        """Which moment of a meets which moment of b."""
        return self.pair.clock.alignment

    @property
    def motion(self) -> str:
        """How spectra move: along "transport" maps, along tracked "formants", or "harmonics" one by one."""
        return self.pair.motion

    def duration_s(self, position: float) -> float:
        """Return how long the rendering of a position lasts, s."""
        return self.pair.clock.alignment.duration_s(position)

    def __call__(self, position: float) -> Rendering:
        """Render one position (0 is a, 1 is b); beyond, it extrapolates."""
        limits_hz = (0.5 * self.chosen.f0_min_hz, min(2.0 * self.chosen.f0_max_hz, 0.45 * self.pair.rate_hz))
        is_own_time = self.alignment.time_factor(position) == 1.0
        rendered = render(
            self.pair if is_own_time else self.stretched,
            float(position),
            seed=self.seed,
            carries_residual=self.chosen.noise == "carried",
            f0_limits_hz=limits_hz,
        )
        if self.pulses is None:
            return rendered
        samples = add_pulses(rendered.samples, self.pulses, self.alignment, float(position))
        return replace(rendered, samples=samples)


@dataclass(frozen=True)
class TransportSpace:
    """Pitch moves in log F0, the ratio of harmonics to noise in dB per band, envelopes along optimal-transport maps.

    Args:
        chosen: The settings.

    Examples:
        >>> time_s = np.arange(4000) / 8000
        >>> low, high = (Sound(samples=np.sin(2 * np.pi * f * time_s), rate_hz=8000) for f in (200.0, 300.0))
        >>> middle = TransportSpace().between(low, high, seed=0)(0.5)
        >>> middle.samples.shape, round(float(np.nanmedian(middle.f0_hz)))
        ((4000,), 245)
    """

    chosen: TransportSettings = field(default_factory=TransportSettings)
    name: str = field(default="transport", init=False)
    is_vector: bool = field(default=False, init=False)

    def settings(self) -> Mapping[str, Any]:
        """Every setting that shapes the result, as plain JSON values."""
        return asdict(self.chosen) | {"align": align_word(self.chosen.align)}

    def between(self, a: Sound, b: Sound, *, seed: int, duration_s: float | None = None) -> TransportBetween:
        """Analyse two sounds of one rate and return the way between them.

        Args:
            a: The sound at position 0.
            b: The sound at position 1, of the same rate.
            seed: Seed of the synthetic noise.
            duration_s: How long every position lasts, s; None goes from a's duration to b's.

        Raises:
            SettingError: If a or b would be stretched or shrunk more than 4 times, or a given alignment is one of
                sounds of other durations.
            SoundError: If the rates differ or a sound is too short or not finite.
        """
        _check(a, b)
        common_s = common_duration_s(duration_s, a, b)
        found = find_pulses(a), find_pulses(b)
        if are_pulsed(*found, rate_hz=a.rate_hz):
            rests = self._match(found[0].rest, found[1].rest, aligned=(a, b))
            alignment = rests.pair.clock.alignment
            pulses = pair_pulses(*found, alignment, rate_hz=a.rate_hz)
            if pulses is not None:
                if self.chosen.align == "events":
                    # pulses are events that are known to the sample, and the rest goes with them
                    met = replace(meeting(pulses, alignment), method="events")
                    grid_hz = envelope_grid_hz(a.rate_hz)
                    rests = replace(
                        rests, pair=match(rests.a, rests.b, met, grid_hz=grid_hz, warp=self.chosen.warp)
                    )
                return replace(self._between(rests, common_s, seed), pulses=pulses)
        return self._between(self._match(a, b, aligned=(a, b)), common_s, seed)

    def _match(self, a: Sound, b: Sound, *, aligned: tuple[Sound, Sound]) -> "_Matched":
        """Analyse two sounds and match them where two others meet, of which they are part."""
        grid_hz = envelope_grid_hz(a.rate_hz)
        voices = find_voices(a, b, f0_min_hz=self.chosen.f0_min_hz, f0_max_hz=self.chosen.f0_max_hz)
        one, other = (
            analyse(sound, voice, grid_hz=grid_hz) for sound, voice in zip((a, b), voices, strict=True)
        )
        whole = [replace(part, sound=sound) for part, sound in zip((one, other), aligned, strict=True)]
        alignment = align_by_choice(self.chosen.align, *aligned, events=lambda: _align_events(*whole))
        return _Matched(
            a=one, b=other, pair=match(one, other, alignment, grid_hz=grid_hz, warp=self.chosen.warp)
        )

    def _between(self, matched: "_Matched", common_s: float | None, seed: int) -> TransportBetween:
        a, b = matched.a.sound, matched.b.sound
        # what the ends lack is known in their own time only, so time is stretched last
        pair = _lasting(with_exact_ends(matched.pair, a, b), common_s)
        stretched = pair
        if common_s is not None:
            steady = steadied(matched.pair, matched.a, matched.b)
            stretched = _lasting(with_exact_ends(steady, a, b), common_s)
        return TransportBetween(pair=pair, stretched=stretched, chosen=self.chosen, seed=seed)


@dataclass(frozen=True, kw_only=True)
class _Matched:
    """Two sounds, analysed, and the pair that they are."""

    a: Analysis
    b: Analysis
    pair: Pair


def _lasting(pair: Pair, common_s: float | None) -> Pair:
    return replace(pair, clock=pair.clock.lasting(common_s))


def _check(a: Sound, b: Sound) -> None:
    if a.rate_hz != b.rate_hz:
        raise SoundError(
            f"two sounds of one rate are needed, got {a.rate_hz} Hz ({a.name!r}) and {b.rate_hz} Hz ({b.name!r}); "
            f"resample one of them"
        )
    if a.rate_hz < _LOWEST_RATE_HZ:
        raise SoundError(
            f"the transport space takes sounds apart from {_LOWEST_RATE_HZ} Hz on, got {a.rate_hz} Hz; give a higher "
            f"--rate or use --space stft or crossfade"
        )
    for sound in (a, b):
        if sound.n_samples < _SHORTEST_SAMPLES:
            raise SoundError(
                f"{sound.name!r} has {sound.n_samples} samples; at least {_SHORTEST_SAMPLES} are needed"
            )
        if not bool(np.isfinite(sound.samples).all()):
            raise SoundError(f"{sound.name!r} has samples that are not finite numbers; read it again")


def _align_events(a: Analysis, b: Analysis) -> Alignment:
    shares = [_periodic_share(one) for one in (a, b)]
    settings = AlignSettings(linear_above=_CALL_LINEAR_ABOVE) if is_call_pair(a, b) else AlignSettings()
    return align_events(
        a.sound, b.sound, harmonic_share_a=shares[0], harmonic_share_b=shares[1], settings=settings
    )


def _periodic_share(one: Analysis) -> FloatArray:
    """Return the harmonic share of the energy every 5 ms."""
    times_s = np.arange(0.0, one.sound.duration_s + _SHARE_STEP_S, _SHARE_STEP_S)
    share = np.clip(one.voice.harmonics.share, 0.0, 1.0)
    return np.asarray(np.interp(times_s, one.voice.harmonics.times_s, share))
