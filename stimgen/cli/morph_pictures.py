"""`stimgen morph a.png b.png`: two pictures in, a calibrated set out; or a table of many pairs."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stimgen.cli.morph import command_line, even_words, flag_of, is_given, stimuli_words, target_of
from stimgen.cli.progress import progress_bar
from stimgen.errors import SettingError

if TYPE_CHECKING:
    from stimgen.export.picture_set import PictureSet
    from stimgen.workflows.picture_pairs import PicturePairsPlan
    from stimgen.workflows.picture_plan import PicturePlan

# the choices of a morph of pictures that are written as those of sounds, and their names in Python
SHARED = {
    "steps": "steps", "spacing": "spacing", "metric": "metric", "space": "space", "control": "control",
    "range_": "range", "align": "align", "strict": "strict", "bit_depth": "bit_depth", "seed": "seed",
    "points": "points", "size": "size", "crop": "crop", "fit": "fit", "background": "background", "match": "match",
    "luminance": "luminance", "contrast": "contrast", "mask": "mask", "transfer": "transfer",
}  # fmt: skip
HOW_TO_WRITE = ("output", "overwrite", "no_sources", "dry_run", "as_json", "quiet", "verbose", "jobs")


def picture_choices(context: click.Context, options: dict[str, Any]) -> dict[str, Any]:
    """Return the choices that were made for pictures; what was not given is left to their own defaults.

    Raises:
        SettingError: If a choice that only sounds have was given.
    """
    for name in options:
        if name not in SHARED and name not in HOW_TO_WRITE and is_given(context, name):
            raise SettingError(
                f"{flag_of(context, name)} is a choice for sounds, and these are pictures; leave it out"
            )
    chosen = {
        SHARED[name]: value for name, value in options.items() if name in SHARED and is_given(context, name)
    }
    writing = {name: value for name, value in options.items() if name in HOW_TO_WRITE and name != "jobs"}
    return {"choices": chosen, **writing}


def run_morph_pictures(
    a: str,
    b: str,
    *,
    choices: dict[str, Any],
    output: str | None,
    overwrite: bool,
    no_sources: bool,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Read, render, write and report."""
    from stimgen.workflows.picture_morph import picture_settings

    settings = picture_settings(**choices)
    with progress_bar(shown=not quiet) as progress:
        from stimgen.export.files import check_target
        from stimgen.media.picture_read import read_picture
        from stimgen.workflows.picture_morph import render_pictures
        from stimgen.workflows.picture_plan import prepare_pictures

        started = time.perf_counter()
        pictures = [
            read_picture(Path(one), background=settings.background, transfer=settings.transfer)
            for one in (a, b)
        ]
        plan = prepare_pictures(pictures[0], pictures[1], settings)
        target = target_of(output, plan.id)
        check_target(target, overwrite=overwrite)
        if dry_run:
            _tell_plan(plan, target, as_json=as_json, quiet=quiet)
            return
        made = render_pictures(plan, progress=progress)
        progress("write", 0, 1)
        made.save(target, overwrite=overwrite, sources=not no_sources, command=command_line())
    tell_set(made, target, as_json=as_json, quiet=quiet)
    if verbose and not quiet:
        _tell_more(made, time.perf_counter() - started)


def _tell_plan(plan: "PicturePlan", target: Path, *, as_json: bool, quiet: bool) -> None:
    settings, (first, last) = plan.settings, plan.settings.range
    size = plan.pictures[0].width_px, plan.pictures[0].height_px
    if as_json:
        facts = {
            "set": str(target),
            "id": plan.id,
            "medium": "picture",
            "n_stimuli": settings.steps * (1 if settings.control is None else 2),
            "width_px": size[0],
            "height_px": size[1],
            "space": plan.space.name,
            "first_position": first,
            "last_position": last,
            "spacing": settings.spacing,
            "match": settings.match,
            "dry_run": True,
        }
        click.echo(json.dumps(facts))
    elif not quiet:
        even = (
            f"equal steps in {settings.metric}" if settings.spacing == "equal" else "equal steps of position"
        )
        click.echo(
            f"would write {settings.steps} stimuli to {target}: space {plan.space.name}, positions {first:g} to "
            f"{last:g}, {even}, {size[0]} x {size[1]} px before alignment, {plan.bit_depth} bit"
        )


def tell_set(made: "PictureSet", target: Path, *, as_json: bool, quiet: bool) -> None:
    """Say what was made, and what is worth knowing about it."""
    manifest, first = made.manifest, made.stimuli[0].record
    metric = manifest.calibration.metric
    steps = None if metric is None else manifest.summary.steps[metric]
    for warning in () if quiet else manifest.summary.warnings:
        click.echo(f"note: {warning}", err=True)
    if as_json:
        facts: dict[str, Any] = {
            "set": str(target),
            "id": made.id,
            "medium": "picture",
            "n_stimuli": len(made.stimuli),
            "width_px": first.width_px,
            "height_px": first.height_px,
            "metric": metric,
            "step_mean": steps and steps.step_mean,
            "step_cv": steps and steps.step_cv,
            "step_max_min": steps and steps.step_max_min,
            "warnings": manifest.summary.warnings,
        }
        click.echo(json.dumps(facts))
    elif not quiet:
        even = (
            ""
            if steps is None
            else f"; {even_words(str(metric), str(manifest.calibration.metric_unit), steps)}"
        )
        click.echo(
            f"{target}: {stimuli_words(len(made.stimuli))} of {first.width_px} x {first.height_px} px{even}"
        )
        click.echo(f"  look at {target / 'contact-sheet.png'}")


def _tell_more(made: "PictureSet", seconds: float) -> None:
    manifest = made.manifest
    for stimulus in manifest.stimuli:
        previous = stimulus.distance_from_previous
        step = (
            ""
            if previous is None
            else f", {previous:.3g} {manifest.calibration.metric_unit} from the previous"
        )
        click.echo(
            f"  {stimulus.file}: position {stimulus.position:.4g}, mean luminance {stimulus.mean_luminance:.4f}, "
            f"RMS contrast {stimulus.rms_contrast:.4f}{step}",
            err=True,
        )
    click.echo(
        f"  {manifest.calibration.n_trials} trial pictures to space the steps; {seconds:.2f} s in all",
        err=True,
    )


def run_picture_pairs(
    table: Path,
    *,
    jobs: int,
    choices: dict[str, Any],
    output: str | None,
    overwrite: bool,
    no_sources: bool,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Make a set for every pair of a table, and report."""
    from stimgen.media.slug import slug
    from stimgen.workflows.picture_pairs import morph_picture_pairs, prepare_picture_pairs

    started = time.perf_counter()
    target = target_of(output, slug(table.stem))
    with progress_bar(shown=not quiet) as progress:
        if dry_run:
            plan = prepare_picture_pairs(
                table,
                target,
                jobs=jobs,
                overwrite=overwrite,
                sources=not no_sources,
                progress=progress,
                **choices,
            )
            _tell_pairs_plan(plan, as_json=as_json, quiet=quiet)
            return
        morph_picture_pairs(
            table,
            target,
            jobs=jobs,
            overwrite=overwrite,
            sources=not no_sources,
            command=command_line(),
            progress=progress,
            **choices,
        )
    _tell_collection(target, as_json=as_json, quiet=quiet)
    if verbose and not quiet:
        click.echo(f"  {time.perf_counter() - started:.2f} s in all", err=True)


def _tell_pairs_plan(plan: "PicturePairsPlan", *, as_json: bool, quiet: bool) -> None:
    settings, n_pairs = plan.settings, len(plan.jobs)
    if as_json:
        facts = {
            "set": str(plan.target),
            "medium": "picture",
            "n_pairs": n_pairs,
            "n_stimuli": plan.n_stimuli,
            "spaces": sorted(set(plan.spaces)),
            "match": settings.match,
            "target_mean_luminance": settings.luminance,
            "target_rms_contrast": settings.contrast,
            "dry_run": True,
        }
        click.echo(json.dumps(facts))
    elif not quiet:
        light = [
            f"{name} {value:.4f}"
            for name, value in (
                ("mean luminance", settings.luminance),
                ("RMS contrast", settings.contrast),
            )
            if value is not None
        ]
        alike = f", {' and '.join(light)} for all" if light else ""
        click.echo(
            f"would write {stimuli_words(plan.n_stimuli, n_pairs)} to {plan.target}: space "
            f"{' and '.join(sorted(set(plan.spaces)))}{alike}"
        )


def _tell_collection(target: Path, *, as_json: bool, quiet: bool) -> None:
    from stimgen.export.collection import read_any_manifest
    from stimgen.export.picture_collection import PictureCollectionManifest

    manifest = read_any_manifest(target)
    if not isinstance(manifest, PictureCollectionManifest) or (quiet and not as_json):
        return
    n_stimuli = sum(pair.n_stimuli for pair in manifest.pairs)
    worst_cv = max(pair.step_cv for pair in manifest.pairs)
    noted = {pair.pair_id: pair.warnings for pair in manifest.pairs if pair.warnings}
    if as_json:
        facts = {
            "set": str(target),
            "medium": "picture",
            "n_pairs": len(manifest.pairs),
            "n_stimuli": n_stimuli,
            "match": manifest.calibration.match,
            "target_mean_luminance": manifest.calibration.target_mean_luminance,
            "target_rms_contrast": manifest.calibration.target_rms_contrast,
            "metric": manifest.calibration.metric,
            "step_cv_greatest": worst_cv,
            "warnings": manifest.warnings,
            "pair_warnings": noted,
        }
        click.echo(json.dumps(facts))
        return
    for warning in manifest.warnings:
        click.echo(f"note: {warning}", err=True)
    for pair_id, warnings in noted.items():
        for warning in warnings:
            click.echo(f"note: {pair_id}: {warning}", err=True)
    click.echo(
        f"{target}: {stimuli_words(n_stimuli, len(manifest.pairs))}; {manifest.calibration.metric} steps with a cv of "
        f"up to {worst_cv:.2f}"
    )
    click.echo(f"  look at {target / 'overview.png'}")
