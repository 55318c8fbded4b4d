"""`stimgen calibrate FOLDER -o SET`: existing stimuli under one level, ramp, format and manifest."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stimgen.cli.morph import command_line, level_words, stimuli_words, target_of
from stimgen.cli.options import calibration_options, output_options, read_channel
from stimgen.cli.progress import progress_bar

if TYPE_CHECKING:
    from stimgen.export.stimulus_set import StimulusSet
    from stimgen.workflows.calibrate import CalibratePlan


@click.command("calibrate")
@click.argument("folder", metavar="FOLDER")
@click.option("-o", "--output", "output", metavar="DIR", help="Folder of the set. [default: ./<folder>-set]")
@click.option("--channel", metavar="N|mean", help="Which channel of files with several, counted from 1.")
@calibration_options
@output_options
def calibrate_command(
    folder: str,
    output: str | None,
    channel: str | None,
    overwrite: bool,
    no_sources: bool,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    **choices: Any,
) -> None:
    """Bring the sound files in FOLDER, made by any program, to one level, with ramps, manifest and picture."""
    from stimgen.workflows.calibration_settings import CalibrationSettings

    settings = CalibrationSettings(**choices)
    with progress_bar(shown=not quiet) as progress:
        from stimgen.export.files import check_target
        from stimgen.workflows.calibrate import bring_to_level, folder_id, prepare_folder

        target = target_of(output, f"{folder_id(folder)}-set")
        check_target(target, overwrite=overwrite)
        plan = prepare_folder(Path(folder), settings, channel=read_channel(channel), progress=progress)
        if dry_run:
            _tell_plan(plan, target, as_json=as_json, quiet=quiet)
            return
        stimuli = bring_to_level(plan, progress=progress)
        progress("write", 0, 1)
        stimuli.save(target, overwrite=overwrite, sources=not no_sources, command=command_line())
    _tell_set(stimuli, target, as_json=as_json, quiet=quiet)
    if verbose and not quiet:
        for stimulus in stimuli.manifest.stimuli:
            click.echo(
                f"  {stimulus.file}: {stimulus.duration_s:.3f} s, gain {stimulus.gain_db:+.1f} dB, "
                f"true peak {stimulus.true_peak_dbtp:.1f} dBTP",
                err=True,
            )


def _tell_plan(plan: "CalibratePlan", target: Path, *, as_json: bool, quiet: bool) -> None:
    asked = plan.settings.asked_level_dbfs
    if as_json:
        facts = {
            "set": str(target),
            "id": plan.id,
            "n_stimuli": len(plan.items),
            "rate_hz": plan.rate_hz,
            "level_dbfs": asked,
            "stimuli": list(plan.names),
            "dry_run": True,
        }
        click.echo(json.dumps(facts))
    elif not quiet:
        level = "their own levels" if asked is None else f"{asked:g} dBFS"
        click.echo(f"would write {stimuli_words(len(plan.items))} to {target}, {plan.rate_hz} Hz, {level}")


def _tell_set(stimuli: "StimulusSet", target: Path, *, as_json: bool, quiet: bool) -> None:
    manifest = stimuli.manifest
    for warning in () if quiet else manifest.summary.warnings:
        click.echo(f"note: {warning}", err=True)
    if as_json:
        facts = {
            "set": str(target),
            "id": stimuli.id,
            "n_stimuli": len(stimuli.stimuli),
            "rate_hz": stimuli.stimuli[0].rate_hz,
            "level_dbfs": manifest.calibration.target_level_dbfs,
            "warnings": manifest.summary.warnings,
        }
        click.echo(json.dumps(facts))
    elif not quiet:
        click.echo(f"{target}: {stimuli_words(len(stimuli.stimuli))} at {level_words(manifest.calibration)}")
        click.echo(f"  look at {target / 'contact-sheet.png'}")
