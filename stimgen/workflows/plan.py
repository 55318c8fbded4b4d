"""What a morph will make, before anything is rendered: checked sounds at one rate, a space, a duration."""

import math
from dataclasses import dataclass

import numpy as np

from stimgen.calibration.health import Health, health
from stimgen.calibration.offset import offset
from stimgen.calibration.trim import trim
from stimgen.errors import SettingError, SoundError
from stimgen.media.picture import Picture
from stimgen.media.resample import resample
from stimgen.media.slug import distinct, slug
from stimgen.media.sound import Sound
from stimgen.media.usable import as_float64, check_usable
from stimgen.spaces.base import Space
from stimgen.workflows.calibration_settings import CalibrationSettings
from stimgen.workflows.chosen_space import make_space
from stimgen.workflows.given_alignment import GivenAlignment, give_alignment
from stimgen.workflows.pair_identity import PairIdentity
from stimgen.workflows.settings import MorphSettings
from stimgen.workflows.stretch import stretch_of

MAX_TOTAL_SAMPLES = 500_000_000
SHORTEST_S = 0.010
SAME_SHARE = 1e-5


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """One recording on its way into a space.

    Args:
        original: As it was read.
        sound: Without offset, trimmed if that was asked for, at the rate of the set.
        kept: First sample and one past the last that trimming left, at the rate of the recording.
        offset: The constant that was taken off, full scale 1.0.
        health: How it was when it was read.
    """

    original: Sound
    sound: Sound
    kept: tuple[int, int]
    offset: float
    health: Health


@dataclass(frozen=True, kw_only=True)
class MorphPlan:
    """What will be made, before anything is rendered.

    Args:
        id: Name of the set.
        settings: The choices.
        sides: a and b.
        space: The space that renders.
        duration_s: Duration of every stimulus, s; None where the space decides.
        identity: What the pair is called among others.
        given: Which moments meet as the user says, None where the space finds it.
    """

    id: str
    settings: MorphSettings
    sides: tuple[Prepared, Prepared]
    space: Space
    duration_s: float | None
    identity: PairIdentity = PairIdentity()
    given: GivenAlignment | None = None

    @property
    def originals(self) -> tuple[Sound, Sound]:
        """The two recordings as they were read."""
        return self.sides[0].original, self.sides[1].original

    @property
    def sounds(self) -> tuple[Sound, Sound]:
        """The two recordings as they go into the space."""
        return self.sides[0].sound, self.sides[1].sound

    @property
    def rate_hz(self) -> int:
        """Sampling rate of the set, Hz."""
        return self.sounds[0].rate_hz

    @property
    def names(self) -> tuple[str, str]:
        """Distinct ASCII slugs of a and b."""
        return name_sources(*self.originals)


def name_sources(a: Sound, b: Sound) -> tuple[str, str]:
    """Return distinct ASCII slugs for a and b."""
    slug_a, slug_b = distinct([slug(a.name), slug(b.name)])
    return slug_a, slug_b


def prepare_sound(sound: Sound, settings: CalibrationSettings, *, rate_hz: int) -> Prepared:
    """Check one recording, take its offset off, trim it if asked, and bring it to the rate of the set.

    Raises:
        SoundError: If it is not usable.
    """
    sound = as_float64(sound)
    check_usable(sound)
    start, stop = 0, sound.n_samples
    if settings.trim == "auto":
        found = trim(sound.samples, rate_hz=sound.rate_hz)
        start, stop = found.start, found.stop
    constant = offset(sound.samples, rate_hz=sound.rate_hz)
    kept = Sound(samples=sound.samples[start:stop] - constant, rate_hz=sound.rate_hz, name=sound.name)
    check_usable(kept)
    return Prepared(
        original=sound,
        sound=resample(kept, rate_hz),
        kept=(start, stop),
        offset=constant,
        health=health(sound.samples, rate_hz=sound.rate_hz),
    )


def prepare(
    a: Sound,
    b: Sound,
    settings: MorphSettings,
    *,
    set_id: str | None = None,
    identity: PairIdentity | None = None,
    rate_hz: int | None = None,
    equal_duration_s: float | None = None,
) -> MorphPlan:
    """Check two sounds and bring them to one rate: everything short of rendering.

    Args:
        a: The sound at position 0.
        b: The sound at position 1.
        settings: The choices.
        set_id: Name of the set; by default the names of a and b.
        identity: What the pair is called among others.
        rate_hz: Rate of the set, Hz, where others than a and b decide it too.
        equal_duration_s: What `--duration equal` means, s, where others than a and b decide it too.

    Raises:
        SettingError: If the choices do not go together or with the sounds.
        ReadError: If a file that says which moments meet cannot be read.
        SoundError: If a sound is not usable, or a and b are the same.
    """
    handed: tuple[object, object] = (a, b)
    if any(isinstance(one, Picture) for one in handed):
        raise SettingError("morph is for sounds; morph pictures with stimgen.morph_pictures")
    rate_hz = settings.rate_hz or rate_hz or max(a.rate_hz, b.rate_hz)
    sides = (
        prepare_sound(a, settings, rate_hz=rate_hz),
        prepare_sound(b, settings, rate_hz=rate_hz),
    )
    given = _given_alignment(settings, sides)
    if _is_copy(sides[0].original, sides[1].original):
        raise SoundError(
            f"a and b hold the same sound ({a.name!r} and {b.name!r}); give two different recordings"
        )
    durations_s = sides[0].sound.duration_s, sides[1].sound.duration_s
    duration_s = _duration_s(settings, durations_s, equal_duration_s)
    _refuse_oversized(settings, durations_s, duration_s, rate_hz)
    return MorphPlan(
        id=set_id or "-".join(name_sources(a, b)),
        settings=settings,
        sides=sides,
        space=make_space(settings, given),
        given=given,
        duration_s=duration_s,
        identity=identity or PairIdentity(),
    )


def _given_alignment(settings: MorphSettings, sides: tuple[Prepared, Prepared]) -> GivenAlignment | None:
    if settings.given_align is None:
        return None
    a, b = (stretch_of(side.original, side.kept, side.sound) for side in sides)
    return give_alignment(settings.given_align, (a, b))


def _duration_s(
    settings: MorphSettings, durations_s: tuple[float, float], equal_duration_s: float | None
) -> float | None:
    """Return the one duration of all stimuli, s, None where it goes from a's to b's."""
    if settings.duration == "equal":
        return equal_duration_s if equal_duration_s is not None else 0.5 * sum(durations_s)
    fades_samples = settings.crossfade == "wave" and "crossfade" in (settings.space, settings.control)
    if settings.duration == "interpolate" and fades_samples and durations_s[0] != durations_s[1]:
        raise SettingError(
            f"--crossfade wave adds samples and cannot change durations, and a and b last {durations_s[0]:.3f} and "
            f"{durations_s[1]:.3f} s; use --duration keep or --crossfade spectrogram"
        )
    return None if isinstance(settings.duration, str) else float(settings.duration)


def _is_copy(a: Sound, b: Sound) -> bool:
    """Whether two sounds are the same but for gain and rounding: stimuli between them would all be one."""
    if a.rate_hz != b.rate_hz or a.n_samples != b.n_samples:
        return False
    power_a, power_b = float(a.samples @ a.samples), float(b.samples @ b.samples)
    return float(a.samples @ b.samples) > (1.0 - SAME_SHARE) * math.sqrt(power_a * power_b)


def _refuse_oversized(
    settings: MorphSettings, durations_s: tuple[float, float], duration_s: float | None, rate_hz: int
) -> None:
    a_s, b_s = durations_s
    first, last = settings.range
    each_s = [
        duration_s if duration_s is not None else (1 - t) * a_s + t * b_s
        for t in np.linspace(first, last, settings.steps)
    ]
    total_s = sum(max(0.0, s) for s in each_s) + settings.steps * sum(settings.pad_s)
    if total_s * rate_hz > MAX_TOTAL_SAMPLES:
        raise SettingError(
            f"{settings.steps} steps at {rate_hz} Hz make {total_s * rate_hz / 1e6:.0f} million samples; at most "
            f"{MAX_TOTAL_SAMPLES / 1e6:.0f} million are allowed: use fewer --steps, a lower --rate or shorter sounds"
        )
    if min(each_s) < SHORTEST_S:
        raise SettingError(
            f"the range {first:g}:{last:g} leads to a stimulus of {1000 * min(each_s):.1f} ms; "
            "at least 10 ms are needed: bring --range closer to 0:1"
        )
