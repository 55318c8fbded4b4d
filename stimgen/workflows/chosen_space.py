"""The space that the settings of a morph name, made with what they choose; only its own modules are imported."""

from typing import cast

from stimgen.spaces.base import Space
from stimgen.spectral.align_choice import AlignName
from stimgen.workflows.given_alignment import GivenAlignment
from stimgen.workflows.settings import MorphSettings


def make_space(settings: MorphSettings, given: GivenAlignment | None = None) -> Space:
    """Return the space that the settings name.

    Args:
        settings: The choices.
        given: Which moments meet, where the settings do not say by a word how that is found.
    """
    if not isinstance(settings.space, str):
        return settings.space
    align = cast(AlignName, settings.align) if given is None else given.alignment
    if settings.space == "transport":
        from stimgen.spaces.transport import TransportSettings, TransportSpace

        low_hz, high_hz = settings.f0_range_hz
        return TransportSpace(
            TransportSettings(
                f0_min_hz=low_hz,
                f0_max_hz=high_hz,
                align=align,
                noise="synthetic" if settings.endpoints == "resynth" else "carried",
            )
        )
    if settings.space == "stft":
        from stimgen.spaces.stft import StftSpace

        return StftSpace(align=align)
    return make_control_space(settings)


def make_control_space(settings: MorphSettings) -> Space:
    """Return the cross-fade, which is the control."""
    from stimgen.spaces.crossfade import CrossfadeSpace

    return CrossfadeSpace(kind=settings.crossfade)
