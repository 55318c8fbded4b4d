"""`stimgen morph --pairs pairs.csv`: a stimulus set for every pair of a table."""

import json
import re
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import click

from stimgen.cli.morph import command_line, stimuli_words, target_of
from stimgen.cli.progress import progress_bar

_FIGURES = re.compile(r"-?[0-9][0-9.]*")
_SIDE = re.compile(r"^[ab] ")

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stimgen.export.collection import CollectionManifest
    from stimgen.workflows.pairs_plan import PairsPlan


def run_pairs(
    table: Path,
    *,
    jobs: int,
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
    """Read the table, render every pair, write and report."""
    from stimgen.workflows.settings import MorphSettings

    settings = MorphSettings(range=range_, **choices)
    with progress_bar(shown=not quiet) as progress:
        from stimgen.export.collection import read_any_manifest
        from stimgen.export.files import check_target
        from stimgen.media.slug import slug
        from stimgen.workflows.pairs import make_pairs
        from stimgen.workflows.pairs_plan import prepare_pairs

        started = time.perf_counter()
        target = target_of(output, slug(table.stem))
        check_target(target, overwrite=overwrite)
        plan = prepare_pairs(table, settings, channel=channel, annotation=annotation, progress=progress)
        if dry_run:
            _tell_plan(plan, target, as_json=as_json, quiet=quiet)
            return
        make_pairs(
            plan,
            target,
            jobs=jobs,
            overwrite=overwrite,
            sources=not no_sources,
            command=command_line(),
            progress=progress,
        )
        manifest = read_any_manifest(target)
    _tell_collection(manifest, target, as_json=as_json, quiet=quiet)  # type: ignore[arg-type]
    if verbose and not quiet:
        click.echo(f"  {time.perf_counter() - started:.2f} s in all", err=True)


def _tell_plan(plan: "PairsPlan", target: Path, *, as_json: bool, quiet: bool) -> None:
    n_pairs, settings = len(plan.table.rows), plan.settings
    n_stimuli = n_pairs * settings.steps * (1 if settings.control is None else 2)
    if as_json:
        facts = {
            "set": str(target),
            "n_pairs": n_pairs,
            "n_stimuli": n_stimuli,
            "rate_hz": plan.rate_hz,
            "level_dbfs": settings.asked_level_dbfs,
            "pairs": [row.pair_id for row in plan.table.rows],
            "dry_run": True,
        }
        click.echo(json.dumps(facts))
    elif not quiet:
        click.echo(f"would write {stimuli_words(n_stimuli, n_pairs)} to {target}, {plan.rate_hz} Hz")
        for row in plan.table.rows:
            click.echo(f"  {row.pair_id}: {row.a} to {row.b}")


def _tell_collection(manifest: "CollectionManifest", target: Path, *, as_json: bool, quiet: bool) -> None:
    calibration = manifest.calibration
    cvs = [pair.step_cv for pair in manifest.pairs]
    n_stimuli = sum(pair.n_stimuli for pair in manifest.pairs)
    noted = {pair.pair_id: pair.warnings for pair in manifest.pairs if pair.warnings}
    for warning in () if quiet else manifest.warnings:
        click.echo(f"note: {warning}", err=True)
    for line in () if quiet else _told_once(noted):
        click.echo(f"note: {line}", err=True)
    if as_json:
        facts = {
            "set": str(target),
            "n_pairs": len(manifest.pairs),
            "n_stimuli": n_stimuli,
            "rate_hz": calibration.rate_hz,
            "level_dbfs": calibration.target_level_dbfs,
            "metric": calibration.metric,
            "step_cv_median": round(median(cvs), 6),
            "step_cv_greatest": max(cvs),
            "warnings": manifest.warnings,
            "pair_warnings": noted,
        }
        click.echo(json.dumps(facts))
    elif not quiet:
        target_dbfs = calibration.target_level_dbfs
        level = "their own levels" if target_dbfs is None else f"{target_dbfs:g} dBFS"
        click.echo(
            f"{target}: {stimuli_words(n_stimuli, len(manifest.pairs))} at {level}; "
            f"{calibration.metric} steps with a cv of {median(cvs):.2f} (median) to {max(cvs):.2f}"
        )
        click.echo(f"  look at {target / 'overview.png'}")


def _told_once(noted: "Mapping[str, Sequence[str]]") -> list[str]:
    """Return one line for each kind of warning: the first pair that has it, and how many pairs do.

    Examples:
        >>> _told_once({"p1": ["a lasts 2 s", "b lasts 3 s"], "p2": ["b lasts 9.5 s"]})
        ['p1: a lasts 2 s; the like holds for 2 pairs']
    """
    kinds: dict[str, list[tuple[str, str]]] = {}
    for pair_id, warnings in noted.items():
        for warning in warnings:
            # a and b, and figures, make no kind of their own
            kind = _FIGURES.sub("#", _SIDE.sub("", warning))
            kinds.setdefault(kind, []).append((pair_id, warning))
    lines = []
    for found in kinds.values():
        n_pairs = len({pair_id for pair_id, _ in found})
        more = "" if n_pairs == 1 else f"; the like holds for {n_pairs} pairs"
        lines.append(": ".join(found[0]) + more)
    return lines
