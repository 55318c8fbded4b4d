"""What a morph will make, before anything is rendered: checked sounds at one rate, positions, a space."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stimgen.errors import SettingError, SoundError
from stimgen.media.resample import resample
from stimgen.media.sound import Sound
from stimgen.media.usable import as_float64, check_usable
from stimgen.spaces.base import Space
from stimgen.workflows.provenance import name_sources
from stimgen.workflows.settings import MorphSettings

MAX_TOTAL_SAMPLES = 500_000_000
SAME_SHARE = 1e-5


@dataclass(frozen=True, kw_only=True)
class MorphPlan:
    """What will be made, before anything is rendered.

    Args:
        id: Name of the set.
        settings: The choices.
        originals: a and b as they were read.
        sounds: a and b at the rate of the set.
        positions: One per step.
        space: The space that renders.
    """

    id: str
    settings: MorphSettings
    originals: tuple[Sound, Sound]
    sounds: tuple[Sound, Sound]
    positions: tuple[float, ...]
    space: Space

    @property
    def rate_hz(self) -> int:
        """Sampling rate of the set, Hz."""
        return self.sounds[0].rate_hz


def prepare(a: Sound, b: Sound, settings: MorphSettings) -> MorphPlan:
    """Check two sounds and bring them to one rate: everything short of rendering.

    Args:
        a: The sound at position 0.
        b: The sound at position 1.
        settings: The choices.

    Raises:
        SettingError: If the choices do not go together or with the sounds.
        SoundError: If a sound is not usable, or a and b are the same.
    """
    a, b = as_float64(a), as_float64(b)
    for sound in (a, b):
        check_usable(sound)
    if _is_copy(a, b):
        raise SoundError(
            f"a and b hold the same sound ({a.name!r} and {b.name!r}); give two different recordings"
        )
    rate_hz = settings.rate_hz or max(a.rate_hz, b.rate_hz)
    # rounded, so that steps meant to fall on 0 and 1 do
    positions = tuple(round(float(position), 12) for position in np.linspace(*settings.range, settings.steps))
    _refuse_oversized(a, b, positions, rate_hz)
    return MorphPlan(
        id="-".join(name_sources(a, b)),
        settings=settings,
        originals=(a, b),
        sounds=(resample(a, rate_hz), resample(b, rate_hz)),
        positions=positions,
        space=make_space(settings),
    )


def make_space(settings: MorphSettings) -> Space:
    """Return the space that the settings name; only its own modules are imported."""
    if not isinstance(settings.space, str):
        return settings.space
    if settings.space == "transport":
        from stimgen.spaces.transport import TransportSettings, TransportSpace

        low_hz, high_hz = settings.f0_range_hz
        return TransportSpace(TransportSettings(f0_min_hz=low_hz, f0_max_hz=high_hz, align=settings.align))
    if settings.space == "stft":
        from stimgen.spaces.stft import StftSpace

        return StftSpace(align=settings.align)
    from stimgen.spaces.crossfade import CrossfadeSpace

    return CrossfadeSpace(kind=settings.crossfade)


def _is_copy(a: Sound, b: Sound) -> bool:
    """Whether two sounds are the same but for gain and rounding: stimuli between them would all be one."""
    if a.rate_hz != b.rate_hz or a.n_samples != b.n_samples:
        return False
    power_a, power_b = float(a.samples @ a.samples), float(b.samples @ b.samples)
    return float(a.samples @ b.samples) > (1.0 - SAME_SHARE) * math.sqrt(power_a * power_b)


def _refuse_oversized(a: Sound, b: Sound, positions: Sequence[float], rate_hz: int) -> None:
    total_s = sum(max(0.0, (1 - t) * a.duration_s + t * b.duration_s) for t in positions)
    if total_s * rate_hz > MAX_TOTAL_SAMPLES:
        raise SettingError(
            f"{len(positions)} steps at {rate_hz} Hz make {total_s * rate_hz / 1e6:.0f} million samples; at most "
            f"{MAX_TOTAL_SAMPLES / 1e6:.0f} million are allowed: use fewer --steps, a lower --rate or shorter sounds"
        )
    shortest_s = min((1 - t) * a.duration_s + t * b.duration_s for t in (positions[0], positions[-1]))
    if shortest_s < 0.010:
        raise SettingError(
            f"the range {positions[0]:g}:{positions[-1]:g} leads to a stimulus of {1000 * shortest_s:.1f} ms; "
            "at least 10 ms are needed: bring --range closer to 0:1"
        )
