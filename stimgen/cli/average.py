"""`stimgen average FOLDER -o SET`: many pictures in, their average or weighted blend out."""

import json
import time
from typing import TYPE_CHECKING, Any

import click

from stimgen.cli.morph import command_line, is_given, target_of
from stimgen.cli.options import output_options, picture_kind_options
from stimgen.cli.progress import progress_bar

if TYPE_CHECKING:
    from stimgen.export.picture_set import PictureSet
    from stimgen.workflows.average_plan import AveragePlan


@click.command("average")
@click.argument("pictures", metavar="FOLDER|FILE...", nargs=-1)
@click.option("-o", "--output", "output", metavar="DIR", help="Folder of the set. [default: ./<id>]")
@click.option("--id", metavar="NAME", help="What the set and its picture are called. [default: average]")
@click.option(
    "--weights",
    metavar="W:W:...|FILE",
    help="How much of each goes in, in the order of the files, or a csv with file and weight. [default: all alike]",
)
@click.option("--normalise", is_flag=True, help="Divide the weights by their sum, which must be 1 otherwise.")
@click.option(
    "--space",
    metavar="NAME",
    help="points: shapes, and light on the mean shape; crossfade: light pixel by pixel. "
    "[default: points where all pictures have landmarks]",
)
@click.option(
    "--points",
    metavar="DIR",
    help="Folder with landmarks named as the pictures are (.tem, .pts, csv). [default: those beside the pictures]",
)
@click.option(
    "--align",
    metavar="HOW",
    help="How pictures are laid over each other: procrustes, none, or two points such as 0:1. [default: procrustes]",
)
@click.option(
    "--outside",
    metavar="HOW",
    help="Where aligned pictures do not reach the edge: edge repeats theirs and keeps the size, crop keeps the part "
    "that all cover. [default: edge]",
)
@picture_kind_options
@click.option("--strict", is_flag=True, help="Fail if a --match does not fit, instead of lowering it.")
@click.option("--bit-depth", metavar="BITS", help="8 or 16. [default: the highest of the pictures]")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed, noted in the manifest.")
@output_options
def average_command(
    pictures: tuple[str, ...],
    output: str | None,
    overwrite: bool,
    no_sources: bool,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    **choices: Any,
) -> None:
    """Average the pictures in FOLDER, or the FILEs, by their landmarks: a set of one picture with its mean shape.

    \b
    stimgen average faces -o mean-face
    stimgen average a.jpg b.jpg --weights 0.3:0.7
    stimgen morph mean-face/stimuli/average_000.png faces/a.jpg --range 0:1.5
    """
    from stimgen.workflows.average import average_settings

    context = click.get_current_context()
    settings = average_settings(**{name: one for name, one in choices.items() if is_given(context, name)})
    with progress_bar(shown=not quiet) as progress:
        from stimgen.export.files import check_target
        from stimgen.workflows.average import render_average
        from stimgen.workflows.average_plan import prepare_average

        started = time.perf_counter()
        target = target_of(output, settings.id)
        check_target(target, overwrite=overwrite)
        plan = prepare_average(pictures, settings, progress=progress)
        if dry_run:
            _tell_plan(plan, target=str(target), as_json=as_json, quiet=quiet)
            return
        made = render_average(plan, progress=progress)
        progress("write", 0, 1)
        made.save(target, overwrite=overwrite, sources=not no_sources, command=command_line())
    _tell_set(made, target=str(target), as_json=as_json, quiet=quiet)
    if verbose and not quiet:
        _tell_more(made, time.perf_counter() - started)


def _tell_plan(plan: "AveragePlan", *, target: str, as_json: bool, quiet: bool) -> None:
    first = plan.stand_ins[0]
    if as_json:
        facts = {
            "set": target,
            "id": plan.id,
            "medium": "picture",
            "n_stimuli": 1,
            "n_pictures": len(plan.items),
            "width_px": first.width_px,
            "height_px": first.height_px,
            "space": plan.space,
            "weights": list(plan.shares.weights),
            "match": plan.settings.match,
            "dry_run": True,
        }
        click.echo(json.dumps(facts))
    elif not quiet:
        alike = "all alike" if plan.shares.are_alike else "by weights"
        click.echo(
            f"would write the average of {len(plan.items)} pictures to {target}: space {plan.space}, {alike}, "
            f"{first.width_px} x {first.height_px} px{_before(plan)}, {plan.bit_depth} bit"
        )


def _before(plan: "AveragePlan") -> str:
    return " before alignment" if plan.settings.outside == "crop" else ""


def _tell_set(made: "PictureSet", *, target: str, as_json: bool, quiet: bool) -> None:
    manifest, first = made.manifest, made.stimuli[0].record
    space = manifest.space.name if manifest.space is not None else ""
    for warning in () if quiet else manifest.summary.warnings:
        click.echo(f"note: {warning}", err=True)
    if as_json:
        facts = {
            "set": target,
            "id": made.id,
            "medium": "picture",
            "n_stimuli": len(made.stimuli),
            "n_pictures": len(manifest.sources),
            "width_px": first.width_px,
            "height_px": first.height_px,
            "space": space,
            "mean_luminance": first.mean_luminance,
            "rms_contrast": first.rms_contrast,
            "warnings": manifest.summary.warnings,
        }
        click.echo(json.dumps(facts))
    elif not quiet:
        click.echo(
            f"{target}: average of {len(manifest.sources)} pictures, {first.width_px} x {first.height_px} px, "
            f"space {space}, mean luminance {first.mean_luminance:.4f}"
        )
        click.echo(f"  look at {target}/contact-sheet.png")


def _tell_more(made: "PictureSet", seconds: float) -> None:
    for source in made.manifest.sources:
        points = "" if source.points is None else f", {source.points.n_points} landmarks"
        click.echo(f"  {source.file}: weight {source.weight:.4g}{points}", err=True)
    click.echo(f"  {seconds:.2f} s in all", err=True)
