"""Whether ramps and durations fit two sounds: known before anything is rendered."""

from stimgen.calibration.ramp import refuse_long_ramps
from stimgen.media.sound import Sound
from stimgen.spectral.alignment import common_duration_s
from stimgen.workflows.calibration_settings import CalibrationSettings
from stimgen.workflows.settings import MorphSettings


def refuse_unfit(settings: MorphSettings, sounds: tuple[Sound, Sound], duration_s: float | None) -> None:
    """Refuse choices that the durations of two sounds do not allow, as rendering them would.

    Args:
        settings: The choices.
        sounds: a and b as they go into the space.
        duration_s: Duration of every stimulus, s; None where the space decides.

    Raises:
        SettingError: If a or b would be stretched or shrunk too far, a cross-fade of samples would have to change a
            duration, or two ramps do not fit into the shortest stimulus.
    """
    refuse_ramps(settings, shortest_samples(settings, sounds, duration_s), rate_hz=sounds[0].rate_hz)


def shortest_samples(
    settings: MorphSettings, sounds: tuple[Sound, Sound], duration_s: float | None
) -> int | None:
    """Return the number of samples of the shortest stimulus, None where only a space of one's own knows it.

    Args:
        settings: The choices.
        sounds: a and b as they go into the space.
        duration_s: Duration of every stimulus, s; None where the space decides.

    Raises:
        SettingError: If a or b would be stretched or shrunk too far, or a cross-fade of samples would have to change
            a duration.
    """
    a, b = sounds
    if not isinstance(settings.space, str):
        return None
    common_s = common_duration_s(duration_s, a, b)
    fades_samples = settings.crossfade == "wave"
    if fades_samples:
        from stimgen.spaces.crossfade import CrossfadeSpace

        # it analyses nothing, so asking it costs nothing
        CrossfadeSpace(kind="wave").between(a, b, seed=0, duration_s=common_s)
    if common_s is not None:
        shortest_s = common_s
    elif fades_samples and settings.space == "crossfade":
        shortest_s = max(a.duration_s, b.duration_s)
    else:
        # durations go in a straight line from a to b and beyond, so an end of the range is the shortest
        shortest_s = min((1.0 - t) * a.duration_s + t * b.duration_s for t in settings.range)
    return round(shortest_s * a.rate_hz)


def refuse_ramps(settings: CalibrationSettings, n_samples: int | None, *, rate_hz: int) -> None:
    """Refuse ramps of which two do not fit into the shortest stimulus.

    Args:
        settings: The choices.
        n_samples: Of the shortest stimulus; None if that is not known yet.
        rate_hz: Sampling rate, Hz.

    Raises:
        SettingError: If they do not fit; it names the longest ramp that does.
    """
    if n_samples is not None:
        refuse_long_ramps(
            n_samples, rate_hz=rate_hz, ramp_ms=settings.ramp_ms, stimulus="the shortest stimulus, of"
        )
