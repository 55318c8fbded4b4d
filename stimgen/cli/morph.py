"""`stimgen morph a.wav b.wav`: two recordings in, a calibrated stimulus set out; or a table of many pairs."""

import json
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stimgen.cli.options import morph_options, output_options, picture_options, read_channel
from stimgen.cli.progress import progress_bar
from stimgen.errors import SettingError

if TYPE_CHECKING:
    from stimgen.export.manifest import CalibrationRecord, MetricSummary
    from stimgen.export.stimulus_set import StimulusSet
    from stimgen.workflows.plan import MorphPlan


@click.command("morph")
@click.argument("a", metavar="A", required=False)
@click.argument("b", metavar="B", required=False)
@click.option(
    "--pairs",
    metavar="FILE",
    help="A table (csv) with file_a and file_b: a set for every pair, under one level.",
)
@click.option("-o", "--output", "output", metavar="DIR", help="Folder of the set. [default: ./<a>-<b>]")
@click.option("--jobs", type=int, default=1, show_default=True, metavar="N", help="Processes, with --pairs.")
@click.option("--channel", metavar="N|mean", help="Which channel of recordings with several, counted from 1.")
@click.option(
    "--annotation",
    metavar="FILE",
    help="Labels for A@LABEL: Audacity labels, a Praat TextGrid, or a format that crowsetta reads.",
)
@morph_options
@picture_options
@output_options
def morph_command(
    a: str | None,
    b: str | None,
    pairs: str | None,
    jobs: int,
    channel: str | None,
    annotation: str | None,
    **options: Any,
) -> None:
    """Morph A into B, two recordings or two pictures: a calibrated set of stimuli, with manifest and contact sheet.

    A part of a recording is written song.wav@1.203:1.311 (seconds), or song.wav@LABEL with --annotation.

    \b
    stimgen morph a.wav b.wav --steps 9
    stimgen morph a.png b.png --points a.tem b.tem
    """
    options |= {"channel": channel, "annotation": annotation, "jobs": jobs}
    _demand_two_or_a_table(a, b, pairs, jobs)
    if _are_pictures(a, b, pairs):
        from stimgen.cli.morph_pictures import picture_choices, run_morph_pictures, run_picture_pairs

        chosen = picture_choices(click.get_current_context(), options)
        if pairs is not None:
            run_picture_pairs(Path(pairs), jobs=jobs, **chosen)
        else:
            run_morph_pictures(str(a), str(b), **chosen)
        return
    options = sound_choices(click.get_current_context(), options)
    channel, annotation, jobs = (options.pop(name) for name in ("channel", "annotation", "jobs"))
    which, labels = read_channel(channel), Path(annotation) if annotation is not None else None
    if pairs is not None:
        from stimgen.cli.pairs import run_pairs

        run_pairs(Path(pairs), jobs=jobs, channel=which, annotation=labels, **options)
        return
    run_morph(str(a), str(b), channel=which, annotation=labels, **options)


PICTURE_NAMES = (
    "points", "size", "crop", "fit", "background", "match", "luminance", "contrast", "mask", "transfer",
)  # fmt: skip


def _demand_two_or_a_table(a: str | None, b: str | None, pairs: str | None, jobs: int) -> None:
    """Refuse all but two files, or a table of pairs.

    Raises:
        SettingError: If one is missing, or both are given.
    """
    if pairs is not None:
        if a is not None or b is not None:
            raise SettingError("--pairs names all files; leave A and B out")
        return
    if a is None or b is None:
        missing = "A and B are" if a is None else "B is"
        raise SettingError(
            f"{missing} missing; give two recordings or two pictures, stimgen morph a.wav b.wav, or a table with "
            "--pairs"
        )
    if jobs != 1:
        raise SettingError("--jobs shares the pairs of a table out among processes; it needs --pairs")


def sound_choices(context: click.Context, options: dict[str, Any]) -> dict[str, Any]:
    """Return the choices of a morph of sounds.

    Raises:
        SettingError: If one that only pictures have was given.
    """
    for name in PICTURE_NAMES:
        if is_given(context, name):
            raise SettingError(
                f"{flag_of(context, name)} is a choice for pictures, and these are sounds; leave it out"
            )
    return {name: value for name, value in options.items() if name not in PICTURE_NAMES}


def is_given(context: click.Context, name: str) -> bool:
    """Whether an option stands on the command line."""
    return context.get_parameter_source(name) not in (None, click.core.ParameterSource.DEFAULT)


def flag_of(context: click.Context, name: str) -> str:
    """Return how an option is written."""
    return next(one.opts[0] for one in context.command.params if one.name == name)


def _are_pictures(a: str | None, b: str | None, pairs: str | None) -> bool:
    """Whether a command is about pictures.

    Raises:
        SettingError: If one of two files is a sound and the other a picture.
    """
    from stimgen.media.medium import medium_of, medium_of_table

    if pairs is not None:
        return medium_of_table(pairs) == "picture"
    media = {medium_of(one) for one in (a, b) if one is not None}
    if len(media) > 1:
        raise SettingError(
            f"{a} and {b} are not of one kind, two sounds or two pictures as stimgen reads them "
            "(WAV, FLAC, OGG, MP3, AIFF; PNG, JPEG, TIFF, WebP, BMP); give two of one kind"
        )
    return media == {"picture"}


def run_morph(
    a: str,
    b: str,
    *,
    output: str | None,
    channel: Any,
    annotation: Path | None,
    range_: tuple[float, float],
    overwrite: bool,
    no_sources: bool,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    **choices: Any,
) -> None:
    """Read, render, write and report, for `morph` and `demo` alike."""
    from stimgen.workflows.settings import MorphSettings

    settings = MorphSettings(range=range_, **choices)
    with progress_bar(shown=not quiet) as progress:
        from stimgen.export.files import check_target
        from stimgen.media.segment import parse_source, read_source
        from stimgen.workflows.fits import refuse_unfit
        from stimgen.workflows.labels import labels_for
        from stimgen.workflows.morph import render
        from stimgen.workflows.plan import prepare

        started = time.perf_counter()
        refs = [parse_source(a), parse_source(b)]
        labels = labels_for(refs, annotation)
        sounds = [read_source(ref, channel=channel, annotation=labels) for ref in refs]
        plan = prepare(sounds[0], sounds[1], settings)
        refuse_unfit(settings, plan.sounds, plan.duration_s)
        target = target_of(output, plan.id)
        check_target(target, overwrite=overwrite)
        if dry_run:
            _tell_plan(plan, target, as_json=as_json, quiet=quiet)
            return
        stimuli = render(plan, progress=progress)
        progress("write", 0, 1)
        stimuli.save(target, overwrite=overwrite, sources=not no_sources, command=command_line())
    _tell_set(stimuli, target, as_json=as_json, quiet=quiet)
    if verbose and not quiet:
        _tell_more(stimuli, time.perf_counter() - started)


def target_of(output: str | None, default: str) -> Path:
    """Return the folder of a set.

    Raises:
        SettingError: If it was given as nothing.
    """
    if output == "":
        raise SettingError("--output '' is no place for a set; name a folder or leave it out")
    return Path(output if output is not None else default)


def command_line() -> str:
    """Return the command as one would type it again."""
    words = [Path(sys.argv[0]).name, *sys.argv[1:]]
    return shlex.join(word.encode("utf-8", "backslashreplace").decode("utf-8") for word in words)


def stimuli_words(n_stimuli: int, n_pairs: int | None = None) -> str:
    """Say how many stimuli there are, and of how many pairs.

    Examples:
        >>> stimuli_words(18, 2), stimuli_words(2, 1), stimuli_words(1)
        ('18 stimuli of 2 pairs', '2 stimuli of 1 pair', '1 stimulus')
    """
    of_pairs = "" if n_pairs is None else f" of {n_pairs} {'pair' if n_pairs == 1 else 'pairs'}"
    return f"{n_stimuli} {'stimulus' if n_stimuli == 1 else 'stimuli'}{of_pairs}"


def level_words(calibration: "CalibrationRecord") -> str:
    """Say at which level a set is."""
    target = calibration.target_level_dbfs
    return "their own levels" if target is None else f"{target:g} dBFS"


def even_words(metric: str, unit: str, steps: "MetricSummary") -> str:
    """Say how long and how even steps are."""
    ratio = "" if steps.step_max_min is None else f", longest/shortest {steps.step_max_min:.2f}"
    return f"{metric} steps {steps.step_mean:.2f} {unit} (cv {steps.step_cv:.2f}{ratio})"


def _tell_plan(plan: "MorphPlan", target: Path, *, as_json: bool, quiet: bool) -> None:
    settings = plan.settings
    first, last = settings.range
    if as_json:
        facts = {
            "set": str(target),
            "id": plan.id,
            "n_stimuli": settings.steps * (1 if settings.control is None else 2),
            "rate_hz": plan.rate_hz,
            "space": plan.space.name,
            "first_position": first,
            "last_position": last,
            "spacing": settings.spacing,
            "durations_s": [round(sound.duration_s, 6) for sound in plan.sounds],
            "duration_s": plan.duration_s,
            "level_dbfs": settings.asked_level_dbfs,
            "dry_run": True,
        }
        click.echo(json.dumps(facts))
    elif not quiet:
        asked = settings.asked_level_dbfs
        level = "the recordings' own levels" if asked is None else f"{asked:g} dBFS"
        even = (
            f"equal steps in {settings.metric}" if settings.spacing == "equal" else "equal steps of position"
        )
        click.echo(
            f"would write {settings.steps} stimuli to {target}: space {plan.space.name}, "
            f"positions {first:g} to {last:g}, {even}, {plan.rate_hz} Hz, {level}"
        )
        for role, sound in zip("ab", plan.originals, strict=True):
            click.echo(f"  {role}: {sound.name}, {sound.duration_s:.3f} s at {sound.rate_hz} Hz")


def _tell_set(stimuli: "StimulusSet", target: Path, *, as_json: bool, quiet: bool) -> None:
    manifest = stimuli.manifest
    calibration = manifest.calibration
    metric = str(calibration.metric)
    steps = manifest.summary.steps[metric]
    for warning in () if quiet else manifest.summary.warnings:
        click.echo(f"note: {warning}", err=True)
    if as_json:
        facts = {
            "set": str(target),
            "id": stimuli.id,
            "n_stimuli": len(stimuli.stimuli),
            "rate_hz": stimuli.stimuli[0].rate_hz,
            "level_dbfs": calibration.target_level_dbfs,
            "metric": metric,
            "step_mean": steps.step_mean,
            "step_cv": steps.step_cv,
            "step_max_min": steps.step_max_min,
            "warnings": manifest.summary.warnings,
        }
        click.echo(json.dumps(facts))
    elif not quiet:
        click.echo(
            f"{target}: {stimuli_words(len(stimuli.stimuli))} at {level_words(calibration)}; "
            f"{even_words(metric, str(calibration.metric_unit), steps)}"
        )
        click.echo(f"  look at {target / 'contact-sheet.png'}")


def _tell_more(stimuli: "StimulusSet", seconds: float) -> None:
    manifest = stimuli.manifest
    unit = manifest.calibration.metric_unit
    for stimulus in manifest.stimuli:
        from_previous = stimulus.distance_from_previous
        step = "" if from_previous is None else f", {from_previous:.2f} {unit} from the previous"
        click.echo(
            f"  {stimulus.file}: position {stimulus.position:.4g}, {stimulus.duration_s:.3f} s, "
            f"gain {stimulus.gain_db:+.1f} dB, true peak {stimulus.true_peak_dbtp:.1f} dBTP{step}",
            err=True,
        )
    alignment = manifest.path.alignment
    click.echo(
        f"  {manifest.calibration.n_trials} trial sounds to space the steps; time alignment: "
        f"{alignment.method if alignment else 'none'}; {seconds:.2f} s in all",
        err=True,
    )
