"""The picture sets of the gallery: faces, handwritten digits and shapes, made and measured."""

import gzip
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import stimgen
from stimgen.export.picture_set import PictureSet
from stimgen.media.landmarks import Landmarks
from stimgen.media.landmarks_read import landmarks_beside, with_landmarks
from stimgen.media.picture import Picture
from stimgen.media.picture_read import read_picture
from stimgen.media.transfer import to_linear
from stimgen.synth.draws_shapes import (
    random_disc_pair,
    random_ellipse_pair,
    random_stroke_pair,
    random_turned_line_pair,
    random_two_disc_pair,
)
from stimgen.synth.shape_picture import KnownPicturePair

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples"))
from schematic_faces import HEIGHT_PX, WIDTH_PX, schematic_face

_N_FACES, _N_DIGITS, _N_DRAWN, _FACE_PX = 5, 6, 2, 512
SHAPES: dict[str, Callable[[np.random.Generator], KnownPicturePair]] = {
    "disc": random_disc_pair,
    "two discs": random_two_disc_pair,
    "line turned": random_turned_line_pair,
    "ellipse": random_ellipse_pair,
    "strokes": random_stroke_pair,
}


@dataclass(frozen=True, kw_only=True)
class PicturePair:
    """Two pictures to morph, what to call them together, and with which choices."""

    title: str
    a: Picture
    b: Picture
    choices: dict[str, Any] = field(default_factory=dict)


def picture_pairs(data: Path, *, seed: int) -> Iterator[PicturePair]:
    """Yield every pair: those of the data that are there, then drawn ones."""
    yield from _faces(data / "faces_london", seed)
    yield from _digits(data / "mnist", seed)
    rng = np.random.default_rng([seed, 3])
    for number in range(_N_DRAWN):
        one, two = (_drawn_face(int(k)) for k in rng.integers(1, 10_000, size=2))
        yield PicturePair(title=f"drawn faces {number + 1}", a=one, b=two)
    for number, (name, draw) in enumerate(SHAPES.items()):
        pair = draw(np.random.default_rng([seed, 4, number]))
        yield PicturePair(
            title=name, a=pair.a.picture(), b=pair.b.picture(), choices={"space": "transport-2d"}
        )


def _faces(folder: Path, seed: int) -> Iterator[PicturePair]:
    """Yield two neutral faces, the same with contrast matched, a caricature, and smiles."""
    neutral, smiling = (
        [path for path in sorted((folder / name).glob("*.jpg")) if landmarks_beside(path) is not None]
        for name in ("neutral_front", "smiling_front")
    )
    if len(neutral) < 2:
        return
    rng = np.random.default_rng([seed, 1])
    for number in range(_N_FACES):
        first, second = (neutral[k] for k in rng.permutation(len(neutral))[:2])
        choices: dict[str, Any] = {"size": str(_FACE_PX)}
        kind = ("", ", contrast matched", ", a caricature", ", spectrum matched")[number % 4]
        choices |= ({}, {"match": "contrast"}, {"range": (0.0, 1.4)}, {"match": "spectrum"})[number % 4]
        title = f"faces {first.stem} to {second.stem}{kind}"
        yield PicturePair(title=title, a=_with_marks(first), b=_with_marks(second), choices=choices)
    if not smiling:
        return
    smile = smiling[int(rng.integers(len(smiling)))]
    same = next((one for one in neutral if one.stem.split("_")[0] == smile.stem.split("_")[0]), None)
    if same is not None:
        yield PicturePair(
            title=f"smile of {same.stem}",
            a=_with_marks(same),
            b=_with_marks(smile),
            choices={"size": str(_FACE_PX)},
        )


def _with_marks(path: Path) -> Picture:
    points = landmarks_beside(path)
    assert points is not None, f"{path} has no landmarks"
    return with_landmarks(read_picture(path), points)


def _digits(folder: Path, seed: int) -> Iterator[PicturePair]:
    """Yield pairs of handwritten digits, four times enlarged."""
    path = folder / "t10k-images-idx3-ubyte.gz"
    if not path.is_file():
        return
    values = np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=16).reshape(-1, 28, 28)
    rng = np.random.default_rng([seed, 2])
    for _ in range(_N_DIGITS):
        first, second = (int(k) for k in rng.integers(len(values), size=2))
        a, b = (_digit(values[k], f"digit {k}") for k in (first, second))
        yield PicturePair(
            title=f"digits {first} to {second}", a=a, b=b, choices={"space": "transport-2d", "size": "112"}
        )


def _digit(values: np.ndarray, name: str) -> Picture:
    return Picture(pixels=values[..., None] / 255.0, name=name, bit_depth=8)


def _drawn_face(number: int) -> Picture:
    face = schematic_face(number)
    assert face.pixels.shape == (HEIGHT_PX, WIDTH_PX, 3)
    return Picture(
        pixels=face.pixels / 255.0,
        name=f"drawn face {number}",
        bit_depth=8,
        points=Landmarks(xy=face.xy_px),
    )


def picture_figures(made: PictureSet) -> dict[str, float | None]:
    """Measure a set: what the manifest tells, and the sharpness of its blurriest inner step from its pixels."""
    manifest, records = made.manifest, [one.record for one in made.stimuli]
    metric = manifest.calibration.metric
    inner = [one for one in records if 0.0 < (one.position or 0.0) < 1.0]
    sharp = [_gradient_energy(one.pixels) for one in made.stimuli]
    ends = [sharp[0], sharp[-1]]
    return {
        "step cv": manifest.summary.steps[metric].step_cv if metric else None,
        "two-source": max(
            (one.two_source_index for one in inner if one.two_source_index is not None), default=None
        ),
        "folds": float(max(one.n_folds or 0 for one in records)),
        "blur": 1.0 - min(sharp[1:-1]) / float(np.mean(ends)),
        "clipped": 100.0 * max(one.clipped_values / one.width_px / one.height_px for one in records),
    }


def _gradient_energy(pixels: np.ndarray) -> float:
    light = to_linear(pixels, "srgb").mean(axis=2)
    down, across = np.gradient(light)
    return float(np.mean(down**2 + across**2))


def make_pictures(one: PicturePair, folder: Path, *, steps: int) -> PictureSet:
    """Morph and save one set."""
    made = stimgen.morph_pictures(one.a, one.b, steps=steps, **one.choices)
    made.save(folder, overwrite=True)
    return made
