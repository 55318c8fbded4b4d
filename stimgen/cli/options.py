"""Options that several commands share, and how they are read."""

from collections.abc import Callable
from typing import Any, Literal

import click

from stimgen.errors import SettingError

Command = Callable[..., Any]


def pair_of_numbers(example: str) -> Callable[[Any], tuple[float, float]]:
    """Return what reads two numbers with a colon between them.

    Args:
        example: What to show where something else stands; the reader raises click.BadParameter then.

    Examples:
        >>> pair_of_numbers("0:1")("60:8000")
        (60.0, 8000.0)
    """

    def read_pair(value: str | tuple[float, float]) -> tuple[float, float]:
        if isinstance(value, tuple):
            return value
        first, _, last = value.partition(":")
        try:
            return float(first), float(last)
        except ValueError:
            raise click.BadParameter(
                f"{value!r} is not two numbers with a colon between them, for example {example}"
            ) from None

    return read_pair


def number_or_word(value: str | float) -> str | float:
    """Read a number where one stands; a word stays for the settings to judge.

    Examples:
        >>> number_or_word("-26"), number_or_word("keep")
        (-26.0, 'keep')
    """
    try:
        return float(value)
    except ValueError:
        return value


_LINE = (
    click.option(
        "--steps", type=int, default=9, show_default=True, help="Stimuli, both ends included (2 to 200)."
    ),
    click.option(
        "--spacing",
        default="equal",
        show_default=True,
        metavar="HOW",
        help="equal: equal distances in the metric; linear: equal differences of position.",
    ),
    click.option(
        "--metric",
        default="mel",
        show_default=True,
        metavar="NAME",
        help="Distance of steps: mel, mfcc or erb; of pictures ssim (default), pixel or gradient.",
    ),
    click.option(
        "--space",
        default="transport",
        show_default=True,
        metavar="NAME",
        help="transport; stft for sounds without pitch; crossfade, the control. Pictures: points (default), "
        "transport-2d for drawings and silhouettes, crossfade.",
    ),
    click.option(
        "--control",
        metavar="crossfade",
        help="Add a matched control continuum to the set: the cross-fade, with the same calibration.",
    ),
    click.option(
        "--range",
        "range_",
        type=pair_of_numbers("0:1"),
        default=(0.0, 1.0),
        metavar="FIRST:LAST",
        help="First and last position; 0:1 is a to b, beyond extrapolates. [default: 0:1]",
    ),
    click.option(
        "--duration",
        type=number_or_word,
        default="keep",
        show_default=True,
        metavar="HOW|SECONDS",
        help="keep or interpolate (from a's to b's), equal (the mean for all), or seconds.",
    ),
    click.option(
        "--f0-range",
        "f0_range_hz",
        type=pair_of_numbers("60:8000"),
        default=(60.0, 8000.0),
        metavar="LOW:HIGH",
        help="Where to look for the fundamental frequency, Hz. [default: 60:8000]",
    ),
    click.option(
        "--align",
        multiple=True,
        metavar="HOW|FILE",
        callback=lambda _context, _option, values: read_align(values),
        help="Time: events (what happens meets what happens), linear, none; a table of moments that meet; or twice, "
        "for the labels of A and of B. [default: events] Pictures with landmarks: procrustes (default), none, or two "
        "points such as 0:1.",
    ),
    click.option(
        "--endpoints",
        metavar="HOW",
        help="exact: first and last are the recordings; resynth: processed like all others. "
        "[default: exact with transport, resynth with stft and crossfade]",
    ),
    click.option(
        "--crossfade",
        default="spectrogram",
        show_default=True,
        metavar="KIND",
        help="How a crossfade fades: spectrogram or wave.",
    ),
)

_CALIBRATION = (
    click.option(
        "--level",
        "level_dbfs",
        type=number_or_word,
        default=-26.0,
        show_default=True,
        metavar="DBFS|keep",
        help="RMS level of every stimulus over its active part, dB re full scale; keep: the recordings' own.",
    ),
    click.option(
        "--strict",
        is_flag=True,
        help="Fail if a level (a --match) does not fit all stimuli, instead of lowering the whole set.",
    ),
    click.option(
        "--spl-at-full-scale",
        "spl_at_full_scale_db",
        type=float,
        metavar="DB",
        help="dB SPL of a signal with 0 dBFS RMS at the listener; adds dB SPL, a calibration tone and noise.",
    ),
    click.option(
        "--species",
        default="human",
        show_default=True,
        metavar="WHO",
        help="human, or other: no A-weighted level and no LUFS.",
    ),
    click.option(
        "--trim",
        default="none",
        show_default=True,
        metavar="HOW",
        help="auto cuts silence off both ends of the recordings.",
    ),
    click.option(
        "--ramp-ms",
        type=float,
        default=5.0,
        show_default=True,
        metavar="MS",
        help="Raised-cosine ramp at both ends.",
    ),
    click.option(
        "--pad",
        "pad_s",
        type=pair_of_numbers("0.25:0.25"),
        default=(0.0, 0.0),
        metavar="BEFORE:AFTER",
        help="Silence around every stimulus, s, added after levelling. [default: 0:0]",
    ),
    click.option(
        "--bit-depth",
        default="16",
        show_default=True,
        metavar="DEPTH",
        help="16 (dithered), 24 or float32; pictures 8 or 16.",
    ),
    click.option(
        "--rate",
        "rate_hz",
        type=int,
        metavar="HZ",
        help="Sampling rate of the set. [default: the highest of the recordings]",
    ),
    click.option("--seed", type=int, default=0, show_default=True, help="Seed of noise and dither."),
)

_POINTS = (
    click.option(
        "--points",
        nargs=2,
        metavar="A B",
        help="Pictures: landmark files of A and of B (.tem, .pts, csv). [default: those beside the pictures]",
    ),
)

_PICTURE = (
    click.option(
        "--size",
        metavar="WxH|LONGER",
        help="Pictures: resize each to width x height, or by its longer side, px.",
    ),
    click.option(
        "--crop", metavar="L:T:W:H", help="Pictures: keep a part of each: left, top, width, height, px."
    ),
    click.option(
        "--fit",
        default="none",
        show_default=True,
        metavar="HOW",
        help="Pictures, where --size has other proportions: stretch, contain, cover; none refuses.",
    ),
    click.option(
        "--background",
        metavar="COLOUR",
        help="Pictures: what lies behind transparent parts: 0 (black) to 1, white, #808080.",
    ),
    click.option(
        "--match",
        default="none",
        show_default=True,
        metavar="WHAT",
        help="Pictures: make luminance, contrast, histogram or spectrum equal over the set.",
    ),
    click.option(
        "--luminance", type=float, metavar="SHARE", help="Pictures: mean luminance for --match, white is 1."
    ),
    click.option(
        "--contrast", type=float, metavar="SHARE", help="Pictures: RMS contrast for --match contrast."
    ),
    click.option("--mask", metavar="FILE", help="Pictures: white where pixels count for --match."),
    click.option(
        "--transfer",
        metavar="NAME",
        help="Pictures: how values become light: srgb, gamma-2.2, linear. [default: as the files say, else srgb]",
    ),
)

_OUTPUT = (
    click.option(
        "--overwrite", is_flag=True, help="Replace a set that is there; it is kept if the new one fails."
    ),
    click.option("--no-sources", is_flag=True, help="Do not copy what went in into the set."),
    click.option("--dry-run", is_flag=True, help="Say what would be made; write nothing."),
    click.option("--json", "as_json", is_flag=True, help="Print one line of JSON at the end."),
    click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors."),
    click.option("-v", "--verbose", is_flag=True, help="Say more."),
)


def morph_options(command: Command) -> Command:
    """Add the choices of a morph to a command."""
    return _add(_LINE, calibration_options(command))


def calibration_options(command: Command) -> Command:
    """Add the choices about levels, ramps and format to a command."""
    return _add(_CALIBRATION, command)


def picture_options(command: Command) -> Command:
    """Add the choices that only pictures have to a command."""
    return _add(_POINTS, picture_kind_options(command))


def picture_kind_options(command: Command) -> Command:
    """Add the choices about size, background and light to a command about pictures."""
    return _add(_PICTURE, command)


def output_options(command: Command) -> Command:
    """Add where to write and how much to say to a command."""
    return _add(_OUTPUT, command)


def read_channel(value: str | None) -> int | Literal["mean"] | None:
    """Read --channel: a number counted from 1, or mean.

    Raises:
        SettingError: If it is neither.

    Examples:
        >>> read_channel("2"), read_channel("mean"), read_channel(None)
        (2, 'mean', None)
    """
    if value is None or value == "mean":
        return "mean" if value else None
    try:
        return int(value)
    except ValueError:
        raise SettingError(
            f"--channel {value!r} is not allowed; give a number counted from 1, or mean"
        ) from None


def read_align(values: tuple[str, ...]) -> str | tuple[str, ...]:
    """Read --align: a word or a file once, or two files of labels.

    Raises:
        SettingError: If it stands there more often.

    Examples:
        >>> read_align(()), read_align(("linear",)), read_align(("a.txt", "b.txt"))
        ('events', 'linear', ('a.txt', 'b.txt'))
    """
    if len(values) > 2:
        raise SettingError(
            f"--align was given {len(values)} times; give a word or a table once, or the label files of A and of B"
        )
    return (values[0] if values else "events") if len(values) < 2 else values


def _add(options: tuple[Callable[[Command], Command], ...], command: Command) -> Command:
    # decorators apply from the bottom up; reversed, the help lists the options in the order written here
    for option in reversed(options):
        command = option(command)
    return command
