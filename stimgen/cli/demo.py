"""`stimgen demo`: the main job on two recordings that come with stimgen."""

from pathlib import Path
from typing import Any

import click

from stimgen.cli.morph import run_morph
from stimgen.cli.options import morph_options, output_options
from stimgen.errors import ReadError

NAMES = ("vowel-a.wav", "vowel-i.wav")


@click.command("demo")
@click.option(
    "-o",
    "--output",
    "output",
    metavar="DIR",
    default="demo-set",
    show_default=True,
    help="Folder of the set.",
)
@morph_options
@output_options
def demo_command(output: str, **options: Any) -> None:
    """Morph two example vowels into a stimulus set, to see what stimgen makes."""
    a, b = (str(example(name)) for name in NAMES)
    run_morph(a, b, output=output, channel=None, annotation=None, **options)


def example(name: str) -> Path:
    """Return the path of an example recording.

    Raises:
        ReadError: If the installation lacks it.
    """
    package = Path(__file__).resolve().parents[1]
    # an installed stimgen carries the examples inside, a checkout has them beside the package
    for folder in (package / "_examples", package.parent / "examples"):
        if (folder / name).is_file():
            return folder / name
    raise ReadError(f"the example recording {name!r} is missing; install stimgen again")
