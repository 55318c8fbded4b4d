"""The command `stimgen`: its sub-commands, and one sentence for whatever goes wrong."""

import gc
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType
from typing import NoReturn

import click

from stimgen.cli.average import average_command
from stimgen.cli.calibrate import calibrate_command
from stimgen.cli.check import check_command
from stimgen.cli.demo import demo_command
from stimgen.cli.morph import morph_command
from stimgen.errors import SettingError, StimgenError

# Matrices here are small: more threads only wait for each other, and cost twice the processor time. What the user
# has set stays.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

INTERRUPTED = 130
# arrays are freed by their reference counts; looking for cycles among all that was imported only costs time
FEWEST_BETWEEN_COLLECTIONS = 50_000


class Interrupted(BaseException):
    """Ctrl-C or a request to end; no handler of errors on the way may swallow it."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="stimgen")
def cli() -> None:
    """Make calibrated stimulus sets for perception experiments.

    Start with:  stimgen morph a.wav b.wav --steps 9
    """


cli.add_command(morph_command)
cli.add_command(average_command)
cli.add_command(calibrate_command)
cli.add_command(check_command)
cli.add_command(demo_command)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit: 0 done, 1 failed, 2 wrong usage, 130 interrupted.

    Args:
        arguments: What follows the program's name; by default that of the process.
    """
    _tolerate_any_name()
    gc.set_threshold(FEWEST_BETWEEN_COLLECTIONS)
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        for number in _ends():
            # under nohup a hang-up is to be ignored, and stays so
            if number == signal.SIGINT or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, _interrupt)
        code = cli.main(args=_protect_dashes(given), prog_name="stimgen", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(0)
    except click.ClickException as error:
        _fail(_usage_sentence(error), error.exit_code)
    except SettingError as error:
        _fail(_with_notes(str(error), error), 2)
    except StimgenError as error:
        _fail(_with_notes(str(error), error), 1)
    except (Interrupted, KeyboardInterrupt, click.Abort) as error:
        _fail(_with_notes("interrupted; nothing half-written is left", error), INTERRUPTED)
    except MemoryError as error:
        _fail(
            _with_notes(
                "not enough memory; use fewer --steps, shorter sounds, a lower --rate or smaller pictures",
                error,
            ),
            1,
        )
    except BrokenPipeError:
        # the reader of our output left; point stdout elsewhere so that the exit does not complain
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        _fail(_system_sentence(error), 1)
    except Exception as error:
        if "--verbose" in given or "-v" in given:
            raise
        kind = type(error).__name__
        _fail(
            f"unexpected {kind}: {error}; this is a bug: run again with --verbose and report what it prints",
            1,
        )


def _fail(sentence: str, code: int) -> NoReturn:
    # a terminal that hung up hears nothing
    with suppress(OSError):
        click.echo("stimgen: " + " ".join(sentence.split()), err=True)
    sys.exit(code)


def _with_notes(sentence: str, error: BaseException) -> str:
    return "; ".join([sentence, *getattr(error, "__notes__", [])])


def _system_sentence(error: OSError) -> str:
    """Return one sentence for an error of the system that nothing on the way gave a sentence."""
    reason = (error.strerror or str(error)).lower()
    if error.filename is not None:
        return f"cannot use {os.fsdecode(error.filename)!r}: {reason}; check its permissions and its place"
    return f"cannot say what there is to say: {reason}; check the output's place"


def _usage_sentence(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "stimgen"
    return f"{error.format_message().rstrip('.')}; see {path} --help"


def _interrupt(number: int, frame: FrameType | None) -> None:
    if _is_within_compiler(frame):
        # an exception that passes through the compiler's callbacks or a half-done import brings the process down:
        # knock again in a moment
        timer = threading.Timer(0.02, signal.raise_signal, [number])
        timer.daemon = True
        timer.start()
        return
    # what is half done is removed on the way out; a second signal must not stop that
    for end in _ends():
        signal.signal(end, signal.SIG_IGN)
    raise Interrupted


def _ends() -> list[signal.Signals]:
    """Return the signals that ask a program to end, as far as the system has them."""
    return [one for one in signal.Signals if one.name in ("SIGINT", "SIGTERM", "SIGHUP")]


def _is_within_compiler(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_globals.get("__name__", "").partition(".")[0] in {"numba", "llvmlite", "importlib"}:
            return True
        frame = frame.f_back
    return False


def _tolerate_any_name() -> None:
    """Let names that the terminal's encoding cannot show be printed escaped instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _protect_dashes(arguments: Sequence[str]) -> list[str]:
    """Write files whose names start with a dash as ./-name, so that they are not taken for options."""
    options = {name for command in cli.commands.values() for option in command.params for name in option.opts}
    return [
        f".{os.sep}{word}"
        if word.startswith("-") and word not in options | {"--"} and os.path.exists(word)
        else word
        for word in arguments
    ]
