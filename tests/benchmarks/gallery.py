"""A page of contact sheets to look and listen through: `python tests/benchmarks/gallery.py gallery`.

Some two dozen sets over kinds of sounds and a dozen and a half of pictures are morphed as `stimgen morph` does it, and
laid out with their figures on one HTML page that needs no network. A figure beyond its limit is flagged. Kinds whose
data are absent are left out.
"""

import argparse
import html
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench_real_pairs import in_space, measure_steps
from gallery_pictures import PicturePair, make_pictures, picture_figures, picture_pairs
from gallery_sets import GallerySet, gallery_sets
from quality_defects import buzz_index, click_index, pre_echo_db
from real_pairs import DATA, Sources

import stimgen
from stimgen.errors import StimgenError
from stimgen.export.encode import decode_wav
from stimgen.export.tables import CONTACT_SHEET_NAME
from stimgen.media.slug import slug
from stimgen.media.sound import FloatArray
from stimgen.spaces.transport import TransportSpace

N_STEPS = 9
Measure = Callable[[FloatArray, float], float | None]
STYLE = """
body { font: 15px/1.4 sans-serif; max-width: 1180px; margin: 2em auto; padding: 0 1em; color: #222; }
table { border-collapse: collapse; margin: .6em 0; } td, th { padding: .15em .7em; text-align: right; }
th { border-bottom: 1px solid #999; font-weight: 600; } td:first-child, th:first-child { text-align: left; }
.over { background: #f6c9c0; font-weight: 600; } img { max-width: 100%; border: 1px solid #ccc; }
.steps { display: flex; flex-wrap: wrap; gap: .4em; } figure { margin: 0; } figcaption { font-size: 12px; }
.step img { height: 220px; } audio { width: 200px; height: 32px; }
section { margin: 2.5em 0; border-top: 2px solid #444; }
"""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of a set: its name, how it is told, and from which value on it is flagged."""

    name: str
    meaning: str
    limit: float


FIGURES = (
    Figure(name="step cv", meaning="spread of the saved steps, standard deviation over mean", limit=0.10),
    Figure(name="end/inner", meaning="longer end step over median inner step, linear positions", limit=1.5),
    Figure(name="HNR drop", meaning="greatest loss of harmonics-to-noise ratio on the way, dB", limit=3.0),
    Figure(name="two-source", meaning="greatest likeness to both recordings at once, 0 to 1", limit=0.6),
    Figure(
        name="level dip", meaning="sinking of the level before calibration, linear positions, dB", limit=3.0
    ),
    Figure(name="clicks", meaning="greatest click of a step above that of the recordings, dB", limit=6.0),
    Figure(name="buzz", meaning="greatest buzz of a step above that of the recordings, 0 to 1", limit=0.3),
    Figure(name="pre-echo", meaning="greatest pre-echo of the steps next to the ends, dB", limit=3.0),
)
PICTURE_FIGURES = (
    Figure(
        name="step cv", meaning="spread of the saved steps in ssim, standard deviation over mean", limit=0.10
    ),
    Figure(
        name="two-source", meaning="greatest likeness to two pictures laid over each other, 0 to 1", limit=0.7
    ),
    Figure(name="folds", meaning="greatest number of places where the map of a step turns over", limit=0.0),
    Figure(
        name="blur", meaning="loss of gradient energy of the blurriest inner step against the ends", limit=0.6
    ),
    Figure(name="clipped", meaning="greatest share of values beyond black or white in a step, %", limit=1.0),
)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One set as the page shows it."""

    kinds: tuple[Figure, ...]
    title: str
    folder: str
    figures: dict[str, float | None]
    steps: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]

    @property
    def flagged(self) -> list[str]:
        """Names of the figures beyond their limits."""
        return [
            figure.name
            for figure in self.kinds
            if (value := self.figures[figure.name]) is not None and value > figure.limit
        ]


def make_entry(one: GallerySet, target: Path, number: int) -> Entry:
    """Morph and save one set, and measure it."""
    stimuli = stimgen.morph(one.pair.a, one.pair.b, steps=N_STEPS)
    folder = f"{number:02d}-{slug(one.title)}"
    stimuli.save(target / folder, overwrite=True)
    records = [stimulus.record for stimulus in stimuli.stimuli]
    decoded = [decode_wav(stimulus.wav)[0] for stimulus in stimuli.stimuli]
    linear = measure_steps(one.pair, in_space(TransportSpace())(one.pair))
    rate_hz = one.pair.a.rate_hz
    manifest = stimuli.manifest
    figures = {
        "step cv": manifest.summary.steps["mel"].step_cv,
        "end/inner": max(linear.end_steps),
        "HNR drop": _greatest(record.hnr_drop_db for record in records[1:-1]),
        "two-source": _greatest(record.two_source_index for record in records[1:-1]),
        "level dip": linear.level_dip_db,
        "clicks": _above_recordings(click_index, decoded, one),
        "buzz": _above_recordings(buzz_index, decoded, one),
        "pre-echo": _greatest(_pre_echoes(decoded, one, rate_hz)),
    }
    return Entry(
        kinds=FIGURES,
        title=one.title,
        folder=folder,
        figures=figures,
        steps=tuple((f"{record.index}: {record.position:.3f}", record.file) for record in records),
        warnings=tuple(manifest.summary.warnings),
    )


def make_picture_entry(one: PicturePair, target: Path, number: int) -> Entry:
    """Morph and save one set of pictures, and measure it."""
    folder = f"{number:02d}-{slug(one.title)}"
    made = make_pictures(one, target / folder, steps=N_STEPS)
    return Entry(
        kinds=PICTURE_FIGURES,
        title=one.title,
        folder=folder,
        figures=picture_figures(made),
        steps=tuple((f"{step.record.index}: {step.position:.3f}", step.record.file) for step in made.stimuli),
        warnings=tuple(made.manifest.summary.warnings),
    )


def _greatest(values: Iterable[float | None]) -> float | None:
    found = [value for value in values if value is not None]
    return max(found) if found else None


def _above_recordings(measure: Measure, steps: Sequence[FloatArray], one: GallerySet) -> float | None:
    """Return how far the greatest value of the steps lies above that of the recordings; None where there is none."""
    rate_hz = one.pair.a.rate_hz
    found = _greatest(measure(samples, rate_hz) for samples in steps)
    known = _greatest(measure(sound.samples, rate_hz) for sound in (one.pair.a, one.pair.b))
    return None if found is None or known is None else found - known


def _pre_echoes(steps: Sequence[FloatArray], one: GallerySet, rate_hz: int) -> list[float | None]:
    """Compare the steps next to the ends with the recordings that they are nearest to."""
    near_ends = ((steps[1], one.pair.a.samples), (steps[-2], one.pair.b.samples))
    return [pre_echo_db(step, recording, rate_hz) for step, recording in near_ends]


def page(entries: Sequence[Entry], failed: Sequence[str]) -> str:
    """Return the whole page as HTML."""
    losses = "".join(f"<p class=over>{html.escape(line)}</p>" for line in failed)
    parts = "".join(
        _part(title, figures, [entry for entry in entries if entry.kinds is figures])
        for title, figures in (("Sounds", FIGURES), ("Pictures", PICTURE_FIGURES))
    )
    sections = "".join(_section(entry) for entry in entries)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>stimgen gallery</title>'
        f"<style>{STYLE}</style></head><body><h1>stimgen gallery</h1>"
        f"<p>{len(entries)} sets, {sum(bool(entry.flagged) for entry in entries)} with a figure beyond its limit.</p>"
        f"{losses}{parts}{sections}</body></html>\n"
    )


def _part(title: str, figures: Sequence[Figure], entries: Sequence[Entry]) -> str:
    """Return the table of one medium and what its columns mean."""
    if not entries:
        return ""
    meanings = "".join(
        f"<li><b>{html.escape(figure.name)}</b>: {html.escape(figure.meaning)}; flagged above {figure.limit:g}</li>"
        for figure in figures
    )
    rows = "".join(_summary_row(entry) for entry in entries)
    return f"<h2>{title}</h2><table><tr><th>set</th>{_heads(figures)}</tr>{rows}</table><ul>{meanings}</ul>"


def _heads(figures: Sequence[Figure]) -> str:
    return "".join(f"<th>{html.escape(figure.name)}</th>" for figure in figures)


def _summary_row(entry: Entry) -> str:
    link = f'<a href="#{entry.folder}">{html.escape(entry.title)}</a>'
    return f"<tr><td>{link}</td>{_cells(entry)}</tr>"


def _cells(entry: Entry) -> str:
    cells = []
    for figure in entry.kinds:
        value = entry.figures[figure.name]
        shown = "\u2013" if value is None else f"{value:.2f}"
        cells.append(f"<td{' class=over' if figure.name in entry.flagged else ''}>{shown}</td>")
    return "".join(cells)


def _section(entry: Entry) -> str:
    show = _player if entry.kinds is FIGURES else _thumbnail
    steps = "".join(show(f"{entry.folder}/{file}", label) for label, file in entry.steps)
    warnings = "".join(f"<li>{html.escape(line)}</li>" for line in entry.warnings)
    return (
        f'<section id="{entry.folder}"><h2>{html.escape(entry.title)}</h2>'
        f"<table><tr>{_heads(entry.kinds)}</tr><tr>{_cells(entry)}</tr></table>"
        f'<img src="{entry.folder}/{CONTACT_SHEET_NAME}" alt="contact sheet of {html.escape(entry.title)}">'
        f"<ul>{warnings}</ul><div class=steps>{steps}</div></section>"
    )


def _player(place: str, label: str) -> str:
    return (
        f'<figure><audio controls preload=none src="{html.escape(place)}"></audio>'
        f"<figcaption>{html.escape(label)}</figcaption></figure>"
    )


def _thumbnail(place: str, label: str) -> str:
    """Show a step small; it opens at full size."""
    at = html.escape(place)
    return (
        f'<figure class=step><a href="{at}"><img loading=lazy src="{at}" alt="step {html.escape(label)}"></a>'
        f"<figcaption>{html.escape(label)}</figcaption></figure>"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("gallery"))
    parser.add_argument("--seed", type=int, default=3001)
    parser.add_argument("--medium", choices=("all", "sounds", "pictures"), default="all")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data sets")
    parser.add_argument("--extra", type=Path, help="folder of more recordings")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    entries: list[Entry] = []
    failed: list[str] = []
    sources = Sources(data=chosen.data, extra=chosen.extra)
    makers: list[tuple[str, Callable[[int], Entry]]] = []
    if chosen.medium != "pictures":
        makers += [
            (one.title, partial(make_entry, one, chosen.folder))
            for one in gallery_sets(sources, seed=chosen.seed)
        ]
    if chosen.medium != "sounds":
        makers += [
            (one.title, partial(make_picture_entry, one, chosen.folder))
            for one in picture_pairs(chosen.data, seed=chosen.seed)
        ]
    for number, (title, make) in enumerate(makers, start=1):
        try:
            entries.append(make(number))
        except StimgenError as error:
            failed.append(f"{title}: {error}")
        print(f"{number:3d} {title}", file=sys.stderr)
    path = chosen.folder / "index.html"
    path.write_text(page(entries, failed), encoding="utf-8")
    print(path)


if __name__ == "__main__":
    main()
