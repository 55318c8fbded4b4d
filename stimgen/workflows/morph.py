"""From two sounds to a calibrated, measured stimulus set."""

from typing import Literal

from stimgen.export.encode import BitDepth
from stimgen.export.stimulus_set import StimulusSet
from stimgen.media.sound import Sound
from stimgen.spaces.base import Space
from stimgen.spectral.align_choice import AlignName
from stimgen.spectral.alignment import Alignment
from stimgen.workflows.calibration_settings import Species, TrimName
from stimgen.workflows.draft import draw
from stimgen.workflows.finish import finish
from stimgen.workflows.fits import refuse_unfit
from stimgen.workflows.line_bounds import SpacingName
from stimgen.workflows.plan import MorphPlan, prepare
from stimgen.workflows.progress import Progress
from stimgen.workflows.settings import (
    AlignFiles,
    ControlName,
    CrossfadeKind,
    DurationName,
    EndpointsName,
    MorphSettings,
    SpaceName,
)


def morph(
    a: Sound,
    b: Sound,
    *,
    steps: int = 9,
    range: tuple[float, float] = (0.0, 1.0),
    spacing: SpacingName = "equal",
    metric: str = "mel",
    space: SpaceName | Space = "transport",
    crossfade: CrossfadeKind = "spectrogram",
    align: AlignName | AlignFiles | Alignment = "events",
    duration: DurationName | float = "keep",
    endpoints: EndpointsName | None = None,
    control: ControlName | None = None,
    f0_range_hz: tuple[float, float] = (60.0, 8000.0),
    rate_hz: int | None = None,
    level_dbfs: float | Literal["keep"] = -26.0,
    strict: bool = False,
    species: Species = "human",
    spl_at_full_scale_db: float | None = None,
    ramp_ms: float = 5.0,
    pad_s: tuple[float, float] = (0.0, 0.0),
    trim: TrimName = "none",
    bit_depth: BitDepth = "16",
    seed: int = 0,
    progress: Progress | None = None,
) -> StimulusSet:
    """Make a calibrated continuum of stimuli from one sound to another.

    Args:
        a: The sound at position 0.
        b: The sound at position 1.
        steps: Number of stimuli, both ends included, 2 to 200.
        range: First and last position; beyond 0 and 1 lies extrapolation.
        spacing: "equal" makes the distances between consecutive stimuli equal in the metric, "linear" the positions.
        metric: "mel", "mfcc" or "erb".
        space: "transport", "stft" (sounds without pitch), "crossfade" (the control), or a space object.
        crossfade: "spectrogram" blends spectrograms in dB, "wave" blends samples.
        align: "events" pairs moments by what happens in the sounds, "linear" in proportion to the durations, "none"
            equal seconds; or which moments meet: a table with the columns time_a_s and time_b_s, two label files (of
            a and of b) with the same labels in the same order, or an Alignment of the two sounds.
        duration: "keep", "interpolate", "equal", or a number of seconds for every stimulus.
        endpoints: "exact" makes the first and last stimulus the recordings, "resynth" gives them the same processing
            as all others; None leaves it to the space.
        control: "crossfade" adds a matched control continuum.
        f0_range_hz: Where to look for the fundamental frequency, Hz.
        rate_hz: Sampling rate of the set, Hz; None takes the higher one of the two sounds.
        level_dbfs: RMS level over the active part of every stimulus, dB re full scale, or "keep".
        strict: Whether a level that no true peak allows is an error.
        species: "human" or "other"; the latter gets no measures of human hearing.
        spl_at_full_scale_db: dB SPL of a signal with an RMS of 0 dBFS where the listener is.
        ramp_ms: Raised-cosine ramp at both ends, ms.
        pad_s: Silence before and after every stimulus, s, added after levelling.
        trim: "auto" cuts silence off both ends of the recordings.
        bit_depth: "16" (with TPDF dither), "24" or "float32".
        seed: Seed of the noise excitation and of the dither.
        progress: Called as progress(stage, n_done, n_all) while the work goes on.

    Returns:
        The set; save it with `.save("folder")`.

    Raises:
        SettingError: If a choice is not allowed.
        ReadError: If a file that says which moments meet cannot be read.
        SoundError: If a sound is not usable, or a and b are the same.
    """
    settings = MorphSettings(
        steps=steps,
        range=range,
        spacing=spacing,
        metric=metric,
        space=space,
        crossfade=crossfade,
        align=align,
        duration=duration,
        endpoints=endpoints,
        control=control,
        f0_range_hz=f0_range_hz,
        rate_hz=rate_hz,
        level_dbfs=level_dbfs,
        strict=strict,
        species=species,
        spl_at_full_scale_db=spl_at_full_scale_db,
        ramp_ms=ramp_ms,
        pad_s=pad_s,
        trim=trim,
        bit_depth=bit_depth,
        seed=seed,
    )
    plan = prepare(a, b, settings)
    refuse_unfit(settings, plan.sounds, plan.duration_s)
    return render(plan, progress=progress)


def render(plan: MorphPlan, *, progress: Progress | None = None) -> StimulusSet:
    """Render, calibrate and measure the steps of a plan.

    Args:
        plan: What to make.
        progress: Called as progress(stage, n_done, n_all) while the work goes on.

    Raises:
        SettingError: If ramps or range do not fit the sounds.
        SoundError: If a stimulus comes out silent or would clip.
    """
    progress = progress or _no_progress
    return finish(draw(plan, progress=progress), progress=progress)


def _no_progress(stage: str, n_done: int, n_all: int) -> None:
    return None
