"""`stimgen morph a.wav b.wav`: two recordings in, a calibrated stimulus set out."""

import json
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stimgen.cli.options import morph_options, output_options, read_channel
from stimgen.cli.progress import progress_bar
from stimgen.errors import SettingError

if TYPE_CHECKING:
    from stimgen.export.stimulus_set import StimulusSet
    from stimgen.workflows.plan import MorphPlan


@click.command("morph")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("-o", "--output", "output", metavar="DIR", help="Folder of the set. [default: ./<a>-<b>]")
@click.option("--channel", metavar="N|mean", help="Which channel of recordings with several, counted from 1.")
@morph_options
@output_options
def morph_command(a: str, b: str, output: str | None, channel: str | None, **options: Any) -> None:
    """Morph recording A into recording B: a set of stimuli at one level, with manifest and picture."""
    run_morph(Path(a), Path(b), output, read_channel(channel), **options)


def run_morph(  # noqa: PLR0917
    a: Path,
    b: Path,
    output: str | None,
    channel: Any,
    *,
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
        from stimgen.media.read import read
        from stimgen.workflows.morph import render
        from stimgen.workflows.plan import prepare

        started = time.perf_counter()
        sounds = read(a, channel=channel), read(b, channel=channel)
        plan = prepare(*sounds, settings)
        if output == "":
            raise SettingError("--output '' is no place for a set; name a folder or leave it out")
        target = Path(output) if output is not None else Path(plan.id)
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


def command_line() -> str:
    """Return the command as one would type it again."""
    words = [Path(sys.argv[0]).name, *sys.argv[1:]]
    return shlex.join(word.encode("utf-8", "backslashreplace").decode("utf-8") for word in words)


def _tell_plan(plan: "MorphPlan", target: Path, *, as_json: bool, quiet: bool) -> None:
    if as_json:
        a_s, b_s = (sound.duration_s for sound in plan.sounds)
        facts = {
            "set": str(target),
            "id": plan.id,
            "n_stimuli": len(plan.positions),
            "rate_hz": plan.rate_hz,
            "space": plan.space.name,
            "positions": list(plan.positions),
            "durations_s": [round((1 - t) * a_s + t * b_s, 6) for t in plan.positions],
            "level_dbfs": plan.settings.level_dbfs,
            "dry_run": True,
        }
        click.echo(json.dumps(facts))
    elif not quiet:
        click.echo(
            f"would write {len(plan.positions)} stimuli to {target}: space {plan.space.name}, "
            f"positions {plan.positions[0]:g} to {plan.positions[-1]:g}, {plan.rate_hz} Hz, "
            f"{plan.settings.level_dbfs:g} dBFS"
        )
        for role, sound in zip("ab", plan.originals, strict=True):
            click.echo(f"  {role}: {sound.name}, {sound.duration_s:.3f} s at {sound.rate_hz} Hz")


def _tell_set(stimuli: "StimulusSet", target: Path, *, as_json: bool, quiet: bool) -> None:
    manifest = stimuli.manifest
    metric = manifest.calibration.metric
    steps = manifest.summary.steps[metric]
    for warning in () if quiet else manifest.summary.warnings:
        click.echo(f"note: {warning}", err=True)
    if as_json:
        facts = {
            "set": str(target),
            "id": stimuli.id,
            "n_stimuli": len(stimuli.stimuli),
            "rate_hz": stimuli.stimuli[0].rate_hz,
            "level_dbfs": manifest.calibration.target_level_dbfs,
            "metric": metric,
            "step_mean": steps.step_mean,
            "step_cv": steps.step_cv,
            "step_max_min": steps.step_max_min,
            "warnings": manifest.summary.warnings,
        }
        click.echo(json.dumps(facts))
    elif not quiet:
        unit = manifest.calibration.metric_unit
        ratio = "" if steps.step_max_min is None else f", longest/shortest {steps.step_max_min:.2f}"
        click.echo(
            f"{target}: {len(stimuli.stimuli)} stimuli at {manifest.calibration.target_level_dbfs:g} dBFS; "
            f"{metric} steps {steps.step_mean:.2f} {unit} (cv {steps.step_cv:.2f}{ratio})"
        )
        click.echo(f"  look at {target / 'contact-sheet.png'}")


def _tell_more(stimuli: "StimulusSet", seconds: float) -> None:
    manifest = stimuli.manifest
    unit = manifest.calibration.metric_unit
    for stimulus in manifest.stimuli:
        from_previous = stimulus.distance_from_previous
        step = "" if from_previous is None else f", {from_previous:.2f} {unit} from the previous"
        click.echo(
            f"  {stimulus.file}: position {stimulus.position:g}, {stimulus.duration_s:.3f} s, "
            f"gain {stimulus.gain_db:+.1f} dB, peak {stimulus.peak_dbfs:.1f} dBFS{step}",
            err=True,
        )
    click.echo(f"  time alignment: {manifest.path.alignment.method}; {seconds:.2f} s in all", err=True)
