"""Morphs of photographed faces: folds, where landmarks land, ghosts, sharpness, evenness, cost.

    python tests/benchmarks/bench_pictures.py --pairs 40 --seed 4242

Faces with landmarks are read from a folder of data. Per pair (procrustes alignment, --size px, positions 0.25, 0.5,
0.75): `folds` counts triangles whose map turns over (sign of the Jacobian); `px` is the farthest that the peak of a
dot, drawn at a landmark in both pictures, lies from where the position says (a warped dot is lopsided, so its centre
of gravity says less); `two` is the two-source index of the midpoint and `fade` that of the cross-fade of the same
ends; `sharp` is the gradient energy of the midpoint over the mean of both ends'; `cv` and `max/min` are of nine steps,
even in ssim; `end error` is in steps of 8 bits. The last line gives CPU seconds of nine steps at 512 x 512 in one
process, beside those of the same nine warps by scikit-image's PiecewiseAffineTransform.
"""

import argparse
import time
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np

import stimgen as sg
from stimgen.distance.picture_two_source import picture_sources
from stimgen.media.landmarks_read import landmarks_beside, with_landmarks
from stimgen.media.picture import Picture
from stimgen.media.picture_read import read_picture
from stimgen.media.picture_shape import PictureShape, shape_picture
from stimgen.media.sound import FloatArray
from stimgen.spaces.picture_crossfade import PictureCrossfadeSpace
from stimgen.spaces.points import PointsSpace
from stimgen.spaces.points_frame import align_pictures
from stimgen.spaces.shape_path import Frame, ShapePath

FACES = Path(__file__).resolve().parents[3] / "shared" / "data" / "faces_london" / "neutral_front"
POSITIONS = (0.25, 0.5, 0.75)
_APART_PX, _WINDOW_PX, _RADIUS_PX = 14.0, 5, 1.2


def face(path: Path, size_px: int) -> Picture:
    """Read a face with its landmarks at a size."""
    points = landmarks_beside(path)
    assert points is not None, f"{path} has no landmarks"
    return shape_picture(with_landmarks(read_picture(path), points), PictureShape(size=size_px)).picture


def groups_apart(*shapes: FloatArray) -> list[list[int]]:
    """Part landmarks into groups whose members are far from each other in all shapes."""
    groups: list[list[int]] = []
    for point in range(len(shapes[0])):
        for group in groups:
            away = min(float(np.linalg.norm(xy[group] - xy[point], axis=1).min()) for xy in shapes)
            if away > _APART_PX:
                group.append(point)
                break
        else:
            groups.append([point])
    return groups


def dotted(like: Picture, group: list[int]) -> Picture:
    """Return a black picture with soft dots at some landmarks of another."""
    y, x = np.mgrid[0 : like.height_px, 0 : like.width_px]
    light = np.zeros(y.shape)
    for px, py in like.points.xy[group]:
        light += np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * _RADIUS_PX**2))
    return replace(like, pixels=light[..., None], transfer="linear")


def farthest_px(a: Picture, b: Picture) -> float:
    """Return how far a dot is from where it should be at most, px; landmarks near the border are left out."""
    way = PointsSpace().between(a, b, seed=0)
    worst = 0.0
    for group in groups_apart(*(way(position).points.xy for position in (0.0, *POSITIONS, 1.0))):
        dots = PointsSpace().between(dotted(a, group), dotted(b, group), seed=0)
        for position in POSITIONS:
            rendered = dots(position)
            for wanted in rendered.points.xy[group]:
                worst = max(worst, _miss_px(rendered.pixels[..., 0], wanted))
    return worst


def _miss_px(light: FloatArray, wanted: FloatArray) -> float:
    column, row = np.rint(wanted).astype(int)
    n = _WINDOW_PX
    if min(column, row) < n or column + n >= light.shape[1] or row + n >= light.shape[0]:
        return 0.0
    part = light[row - n : row + n + 1, column - n : column + n + 1]
    peak_row, peak_column = np.unravel_index(int(part.argmax()), part.shape)
    found = np.array(
        [
            column - n + peak_column + _vertex(part[peak_row], peak_column),
            row - n + peak_row + _vertex(part[:, peak_column], peak_row),
        ]
    )
    return float(np.linalg.norm(found - wanted))


def _vertex(values: FloatArray, at: int) -> float:
    """Return where the parabola through the logs of three values has its top, px from the middle one."""
    if not 0 < at < values.size - 1:
        return 0.0
    left, middle, right = np.log(np.maximum(values[at - 1 : at + 2], 1e-6))
    bend = left - 2 * middle + right
    return float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5)) if bend < 0 else 0.0


def sharpness(pixels: FloatArray) -> float:
    """Return the mean squared gradient of encoded values."""
    down, across = np.gradient(pixels.mean(axis=2))
    return float(np.mean(down**2 + across**2))


def folds_of_all_pairs(paths: list[Path], size_px: int) -> tuple[int, int]:
    """Return how many of all pairs fold anywhere, and how many there are."""
    marks = [face(path, size_px).points for path in paths]
    folded = n_pairs = 0
    for one, other in combinations(marks, 2):
        frame = align_pictures(
            [one, other], width_px=size_px, height_px=size_px, align="procrustes", outside="crop"
        )
        outline = Frame.around(frame.width_px, frame.height_px, *frame.shapes)
        path = ShapePath.between(*frame.shapes, frame=outline)
        folded += any(path.n_turned(position) for position in (0.0, *POSITIONS, 1.0))
        n_pairs += 1
    return folded, n_pairs


def other_way_s(a: Picture, b: Picture) -> float:
    """Return CPU seconds of nine warped blends by scikit-image."""
    from skimage.transform import PiecewiseAffineTransform, warp

    edge = np.array([[x, y] for x in (0, 0.5, 1) for y in (0, 0.5, 1) if (x, y) != (0.5, 0.5)]) * (
        a.width_px - 1
    )
    start_s = time.process_time()
    for position in np.linspace(0, 1, 9):
        shape = np.vstack([(1 - position) * a.points.xy + position * b.points.xy, edge])
        blend = np.zeros_like(a.pixels)
        for picture, weight in ((a, 1 - position), (b, position)):
            back = PiecewiseAffineTransform.from_estimate(shape, np.vstack([picture.points.xy, edge]))
            blend += weight * warp(picture.light, back, order=3)
    return time.process_time() - start_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pairs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=4242)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--faces", type=Path, default=FACES)
    chosen = parser.parse_args()
    paths = sorted(path for path in chosen.faces.glob("*.jpg") if path.with_suffix(".tem").exists())
    rng = np.random.default_rng(chosen.seed)
    rows = []
    for _ in range(chosen.pairs):
        one, other = rng.choice(len(paths), size=2, replace=False)
        a, b = face(paths[one], chosen.size), face(paths[other], chosen.size)
        rows.append(measure(a, b))
    names = ("folds", "px", "two", "fade", "sharp", "cv", "max/min", "end error")
    print(f"{chosen.pairs} pairs at {chosen.size} px, seed {chosen.seed}: median, worst")
    for name, values in zip(names, np.array(rows).T, strict=True):
        worst = values.min() if name == "sharp" else values.max()
        print(f"  {name:10} {np.median(values):8.4f} {worst:8.4f}")
    below = np.array(rows)[:, 2] / np.array(rows)[:, 3]
    print(f"  two-source index below the cross-fade's by {100 * (1 - below.max()):.0f} % at least")
    folded, n_pairs = folds_of_all_pairs(paths, chosen.size)
    print(f"  folds in {folded} of all {n_pairs} pairs")
    a, b = face(paths[0], 512), face(paths[1], 512)
    sg.morph_pictures(a, b, steps=9)
    start_s = time.process_time()
    sg.morph_pictures(a, b, steps=9).files()
    ours_s = time.process_time() - start_s
    theirs_s = other_way_s(a, b)
    print(
        f"nine steps of 512 x 512, all files: {ours_s:.2f} CPU s; nine warps by scikit-image alone: {theirs_s:.2f}"
    )


def measure(a: Picture, b: Picture) -> list[float]:
    """Return the figures of one pair."""
    way = PointsSpace().between(a, b, seed=0)
    end_a, end_b = way.ends
    sources = picture_sources(end_a, end_b)
    fade = PictureCrossfadeSpace().between(end_a, end_b, seed=0)(0.5)
    middle = way(0.5)
    made = sg.morph_pictures(a, b, steps=9)
    steps = made.manifest.summary.steps["ssim"]
    ends = (
        np.abs(made.stimuli[0].pixels - end_a.pixels).max(),
        np.abs(made.stimuli[-1].pixels - end_b.pixels).max(),
    )
    return [
        sum(int(way(position).n_folds or 0) for position in (0.0, *POSITIONS, 1.0)),
        farthest_px(a, b),
        float(sources.index(replace(end_a, pixels=middle.pixels)) or np.nan),
        float(sources.index(replace(end_a, pixels=fade.pixels)) or np.nan),
        sharpness(middle.pixels) / np.mean([sharpness(end_a.pixels), sharpness(end_b.pixels)]),
        steps.step_cv,
        float(steps.step_max_min or np.nan),
        255.0 * max(ends),
    ]


if __name__ == "__main__":
    main()
