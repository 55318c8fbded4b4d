"""`stimgen check SET`: is the set still what its manifest says."""

import json
from pathlib import Path

import click

from stimgen.cli.morph import stimuli_words


@click.command("check")
@click.argument("folder", metavar="SET")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing; the exit code says it.")
@click.option("-v", "--verbose", is_flag=True, help="Show a traceback if stimgen itself fails.")
def check_command(folder: str, as_json: bool, quiet: bool, verbose: bool) -> int:
    """Hash and measure the files of a set again; exit code 0 if all is as the manifest says, 1 if not."""
    from stimgen.workflows.check import check

    report = check(Path(folder))
    if as_json:
        facts = {
            "set": folder,
            "ok": report.ok,
            "n_stimuli": report.n_stimuli,
            "problems": list(report.problems),
        }
        click.echo(json.dumps(facts))
    elif not quiet:
        for problem in report.problems:
            click.echo(problem)
        found = "one problem" if len(report.problems) == 1 else f"{len(report.problems)} problems"
        verdict = "all as the manifest says" if report.ok else found
        click.echo(f"{folder}: {stimuli_words(report.n_stimuli)}, {verdict}")
    return 0 if report.ok else 1
