"""How much nearer to the truth transport-2d is than the cross-fade, on pictures of shapes whose middle is known.

For each family of pairs: the root mean square error (of encoded values) of the cross-fade's midpoint over that of
transport-2d's, its median, 10th percentile and worst; the structural similarity (Wang et al. 2004) of both with the
truth; the mass of the midpoint relative to the mean of a's and b's; and CPU-seconds of one pair (matching and nine
steps). Seeds below 1000 are for tuning; report from 1000 on. The sweeps turn one line by each angle, and open two
limbs that meet by each angle. Of the line they give the length of the midpoint relative to the truth: if mass moves on
chords it is cos(angle / 2), if it turns 1.

    python tests/benchmarks/bench_picture_shapes.py --pairs 50 --size 128 --first-seed 1000
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
from scipy.ndimage import gaussian_filter

from stimgen.media.picture import Picture
from stimgen.media.sound import FloatArray
from stimgen.spaces.picture_base import PictureBetween
from stimgen.spaces.picture_crossfade import PictureCrossfadeSpace
from stimgen.spaces.transport2d import Transport2dSpace
from stimgen.synth.draws_shapes import (
    random_disc_pair,
    random_ellipse_pair,
    random_stroke_pair,
    random_turned_line_pair,
    random_two_disc_pair,
)
from stimgen.synth.shape_picture import KnownPicturePair, ShapePicture
from stimgen.synth.shapes import Bar, Stroke

Draw = Callable[[np.random.Generator, int], KnownPicturePair]
FAMILIES: dict[str, Draw] = {
    "discs": lambda rng, size: random_disc_pair(rng, size_px=size),
    "growing discs": lambda rng, size: random_disc_pair(rng, size_px=size, largest_growth=2.0),
    "two discs": lambda rng, size: random_two_disc_pair(rng, size_px=size),
    "lines to 45 deg": lambda rng, size: random_turned_line_pair(rng, size_px=size),
    "lines 45 to 90": lambda rng, size: random_turned_line_pair(
        rng, size_px=size, angle_range_deg=(45.0, 89.0)
    ),
    "ellipses": lambda rng, size: random_ellipse_pair(rng, size_px=size),
    "strokes": lambda rng, size: random_stroke_pair(rng, size_px=size),
}


def rms(a: FloatArray, b: FloatArray) -> float:
    """Root mean square difference of encoded values."""
    return float(np.sqrt(np.mean((a - b) ** 2)))


def similarity(a: FloatArray, b: FloatArray) -> float:
    """Mean structural similarity of two grey pictures of 0 to 1 (Gaussian of 1.5 px, K 0.01 and 0.03)."""
    a, b = a[..., 0], b[..., 0]
    mean_a, mean_b, of_aa, of_bb, of_ab = (gaussian_filter(x, 1.5) for x in (a, b, a * a, b * b, a * b))
    var_a, var_b, cov = of_aa - mean_a**2, of_bb - mean_b**2, of_ab - mean_a * mean_b
    top = (2 * mean_a * mean_b + 1e-4) * (2 * cov + 9e-4)
    return float(np.mean(top / ((mean_a**2 + mean_b**2 + 1e-4) * (var_a + var_b + 9e-4))))


def total(picture: Picture, background: float) -> float:
    """Mass of a picture: the sum of its contrast of light."""
    return float(np.abs(picture.light - background).sum())


def measure(known: KnownPicturePair) -> dict[str, float]:
    """All figures of one pair."""
    a, b, truth = (known.picture(position) for position in (0.0, 1.0, 0.5))
    fade = PictureCrossfadeSpace().between(a, b, seed=0)(0.5).pixels
    started_s = time.process_time()
    between: PictureBetween = Transport2dSpace().between(a, b, seed=0)
    steps = [between(float(position)).pixels for position in np.linspace(0.0, 1.0, 9)]
    spent_s = time.process_time() - started_s
    paper = known.a.paper[0]
    masses = [total(one, paper) for one in (a, b, Picture(pixels=steps[4]))]
    return {
        "ratio": rms(fade, truth.pixels) / rms(steps[4], truth.pixels),
        "ssim fade": similarity(fade, truth.pixels),
        "ssim": similarity(steps[4], truth.pixels),
        "mass": masses[2] / (0.5 * (masses[0] + masses[1])),
        "cpu s": spent_s,
    }


def table(n_pairs: int, size_px: int, first_seed: int) -> None:
    """Print one line per family."""
    print(
        f"{'family':16s} ratio: median  p10  worst (seed) | ssim: fade  ours  worst | mass: lowest highest | CPU s"
    )
    for name, draw in FAMILIES.items():
        seeds = range(first_seed, first_seed + n_pairs)
        found = [measure(draw(np.random.default_rng(seed), size_px)) for seed in seeds]
        values = {key: np.array([one[key] for one in found]) for key in found[0]}
        ratio = values["ratio"]
        print(
            f"{name:16s} {np.median(ratio):13.1f} {np.quantile(ratio, 0.1):5.1f} {ratio.min():5.1f} "
            f"({seeds[int(ratio.argmin())]}) | {np.median(values['ssim fade']):10.3f} "
            f"{np.median(values['ssim']):5.3f} {values['ssim'].min():6.3f} | {values['mass'].min():11.3f} "
            f"{values['mass'].max():7.3f} | {np.median(values['cpu s']):.2f}"
        )


def length_px(pixels: FloatArray) -> float:
    """Length of a dark bar from the second moments of its ink: sqrt(12) standard deviations along it."""
    ink = 1.0 - pixels[..., 0]
    y, x = np.nonzero(ink > 0.02)
    cov = np.cov(np.stack([x, y]), aweights=ink[y, x], bias=True)
    return float(np.sqrt(12.0 * np.linalg.eigvalsh(cov)[1]))


def sweep(size_px: int) -> None:
    """Print how the midpoint of one line fares as it turns further."""
    print("\nangle deg  ratio  length of the midpoint  on chords it would be")
    for angle in range(15, 181, 15):
        bars = [
            Bar(
                x_px=size_px / 2 - 0.3,
                y_px=size_px / 2 - 0.6,
                length_px=0.6 * size_px,
                width_px=max(2.0, 0.04 * size_px),
                angle_deg=turn,
            )
            for turn in (7.0, 7.0 + angle)
        ]
        a, b = (ShapePicture(width_px=size_px, height_px=size_px, shapes=(bar,)) for bar in bars)
        known = KnownPicturePair(a=a, b=b)
        ends = known.picture(0.0), known.picture(1.0)
        truth = known.picture(0.5).pixels
        middle = Transport2dSpace().between(*ends, seed=0)(0.5).pixels
        fade = PictureCrossfadeSpace().between(*ends, seed=0)(0.5).pixels
        ratio = rms(fade, truth) / rms(middle, truth)
        length = length_px(middle) / length_px(truth)
        print(f"{angle:9d} {ratio:6.1f} {length:23.3f} {np.cos(np.radians(angle / 2)):22.3f}")


def limbs(size_px: int, opened_deg: float) -> ShapePicture:
    """Draw two limbs that meet, each turned away from the other by an angle."""
    x, y, length = 0.5 * size_px, 0.3 * size_px, 0.35 * size_px
    first, second = np.radians([110.0 + opened_deg, 68.0 - opened_deg])
    tips = [(float(x + length * np.cos(a)), float(y + length * np.sin(a))) for a in (first, second)]
    stroke = Stroke(places_px=(tips[0], (x, y), tips[1]), width_px=max(2.0, 0.04 * size_px))
    return ShapePicture(width_px=size_px, height_px=size_px, shapes=(stroke,))


def limb_sweep(size_px: int) -> None:
    """Print how the midpoint of two limbs fares as each turns further."""
    print("\nangle of each limb deg  ratio  torn")
    for angle in (5, 10, 20, 30, 40, 50, 60, 75, 90):
        a, truth, b = (limbs(size_px, opened).picture() for opened in (0.0, angle / 2, angle))
        between = Transport2dSpace().between(a, b, seed=0)
        fade = PictureCrossfadeSpace().between(a, b, seed=0)(0.5).pixels
        ratio = rms(fade, truth.pixels) / rms(between(0.5).pixels, truth.pixels)
        print(f"{angle:22d} {ratio:6.1f} {between.facts['torn_share']:5.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=50)
    parser.add_argument("--size", type=int, default=128, help="width and height, px")
    parser.add_argument("--first-seed", type=int, default=1000)
    chosen = parser.parse_args()
    table(chosen.pairs, chosen.size, chosen.first_seed)
    sweep(chosen.size)
    limb_sweep(chosen.size)
