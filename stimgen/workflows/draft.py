"""A set before levels: every line of it rendered, nothing written, no level chosen."""

from dataclasses import dataclass

from stimgen.calibration.targets import lowering_db, natural_levels
from stimgen.distance import make_metric
from stimgen.errors import SoundError
from stimgen.export.encode import peak_margin
from stimgen.media.sound import FloatArray
from stimgen.workflows.calibration_settings import PEAK_LIMIT_DBTP, CalibrationSettings
from stimgen.workflows.chosen_space import make_control_space
from stimgen.workflows.continuum import Continuum, trace
from stimgen.workflows.plan import MorphPlan
from stimgen.workflows.progress import Progress
from stimgen.workflows.quality import ramped_end


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What was rendered for one pair of recordings.

    Args:
        plan: What was to be made.
        continua: The line that was asked for, and its control if there is one.
    """

    plan: MorphPlan
    continua: tuple[Continuum, ...]

    @property
    def ramped(self) -> list[FloatArray]:
        """All stimuli in the order of the set, with ramps, at no level yet."""
        return [rendering.samples for continuum in self.continua for rendering in continuum.renderings]

    @property
    def positions(self) -> list[float]:
        """Their positions."""
        return [position for continuum in self.continua for position in continuum.positions]


def draw(plan: MorphPlan, *, progress: Progress) -> Draft:
    """Render every line of a set.

    Raises:
        SettingError: If ramps, range or duration do not fit the sounds.
        SoundError: If a sound cannot be analysed or a stimulus comes out broken.
    """
    metric = make_metric(plan.settings.metric)
    continua = [trace(plan, plan.space, kind="morph", metric=metric, progress=progress)]
    if plan.settings.control is not None:
        space = make_control_space(plan.settings)
        continua.append(trace(plan, space, kind="control", metric=metric, progress=progress))
    return Draft(plan=plan, continua=tuple(continua))


def wanted_dbfs(draft: Draft) -> tuple[float, ...]:
    """Return the level that each stimulus is to have if peaks allow it, dBFS."""
    asked = draft.plan.settings.asked_level_dbfs
    if asked is not None:
        return (asked,) * len(draft.positions)
    ramp_ms = draft.plan.settings.ramp_ms
    ends = [ramped_end(sound, ramp_ms=ramp_ms).samples for sound in draft.plan.sounds]
    a_dbfs, b_dbfs = natural_levels(ends, rate_hz=draft.plan.rate_hz)
    return tuple((1.0 - position) * a_dbfs + position * b_dbfs for position in draft.positions)


def draft_lowering_db(draft: Draft) -> float:
    """Return by how much the stimuli of a draft have to come down for the sake of their peaks, dB."""
    rate_hz, bit_depth = draft.plan.rate_hz, draft.plan.settings.bit_depth
    return lowering_db(
        draft.ramped,
        natural_levels(draft.ramped, rate_hz=rate_hz),
        wanted_dbfs(draft),
        peak_limit_dbtp=PEAK_LIMIT_DBTP,
        margin=peak_margin(bit_depth),
    )


def refuse_lowered(settings: CalibrationSettings, lowered_db: float) -> None:
    """With `--strict`, refuse a level that peaks do not allow.

    Raises:
        SoundError: If the set would have to come down; it names the highest level that fits.
    """
    if not settings.strict or lowered_db <= 0.0:
        return
    asked = settings.asked_level_dbfs
    if asked is None:
        raise SoundError(
            f"with the recordings' own levels a true peak would pass {PEAK_LIMIT_DBTP:g} dBTP by up to "
            f"{lowered_db:g} dB; give a --level, or leave out --strict to bring the whole set down"
        )
    raise SoundError(
        f"at --level {asked:g} a true peak would pass {PEAK_LIMIT_DBTP:g} dBTP; the highest level that fits is "
        f"{round(asked - lowered_db, 4):g} dBFS; use that, or leave out --strict"
    )
