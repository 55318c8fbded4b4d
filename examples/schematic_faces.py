"""Draw schematic faces with landmarks, to try morphs of pictures without asking anybody for a portrait.

    python examples/schematic_faces.py faces --number 6

writes face-1.png and face-1.tem (120 landmarks, as WebMorph reads them) to face-6 into the folder `faces`. The same
number gives the same face. Every proportion is drawn at random around that of a middling face.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter

from stimgen.seeding import child_rng

FloatArray = NDArray[np.float64]
WIDTH_PX, HEIGHT_PX, _FINER = 360, 440, 2
SEED = 5


@dataclass(frozen=True)
class Face:
    """A picture and the landmarks on it.

    Args:
        pixels: (height, width, 3), 0 to 255.
        xy_px: (120, 2), px from the centre of the top left pixel.
    """

    pixels: NDArray[np.uint8]
    xy_px: FloatArray


def schematic_face(number: int) -> Face:
    """Draw the face of a number."""
    rng = child_rng(SEED, f"face {number}")

    def about(middle: float, spread: float) -> float:
        return middle + spread * float(np.clip(rng.normal(), -1.6, 1.6))

    lines = _outlines(about)
    skin = np.array([0.84, 0.64, 0.53]) * about(0.97, 0.09) * (1, about(1.0, 0.03), about(1.0, 0.05))
    hair = np.array([0.30, 0.20, 0.13]) * about(1.0, 0.45)
    iris = np.array([about(0.28, 0.10), about(0.36, 0.08), about(0.38, 0.12)])
    lips = skin * np.array([0.88, 0.62, 0.64])
    canvas = _paint(lines, skin=skin, hair=hair, iris=iris, lips=lips)
    landmarks = np.concatenate(list(lines.values()))
    return Face(pixels=np.rint(255 * np.clip(canvas, 0, 1)).astype(np.uint8), xy_px=landmarks)


def _outlines(about: Callable[[float, float], float]) -> dict[str, FloatArray]:
    """Return the landmarks of every part, px."""
    middle_x, eye_y = WIDTH_PX / 2 + about(0, 2), 212 + about(0, 5)
    head_width, chin_y = about(108, 7), eye_y + about(142, 8)
    jaw, crown_y = about(0.80, 0.06), eye_y - about(132, 6)
    head_turns = np.linspace(0, 2 * np.pi, 25)[:-1]
    down = np.sin(head_turns)
    heights = np.where(down > 0, (chin_y - eye_y) * down, (eye_y - crown_y) * down)
    widths = head_width * np.cos(head_turns) * np.where(down > 0, 1 - (1 - jaw) * down**2, 1.0)
    head = np.stack([middle_x + widths, eye_y + heights], axis=1)

    # the upper half of the head, wider, and down to the ears
    upper_half = np.concatenate([head[12:], head[:1]])
    hair = head.mean(axis=0) + (upper_half - head.mean(axis=0)) * (1.13, 1.10) - (0, 9)
    down_px = np.array([58.0, 40.0, 20.0])
    left = np.stack([hair[0, 0] + 0.0015 * down_px**2, eye_y + down_px], axis=1)
    right = np.stack([hair[-1, 0] - 0.0015 * down_px**2, eye_y + down_px], axis=1)
    hair = np.concatenate([left, hair, right[::-1]])

    fringe_y = eye_y - about(78, 9)
    parting, rise = about(0.0, 22), about(20, 8)
    across = np.linspace(-1, 1, 17)
    hairline = np.stack(
        [
            middle_x + 0.94 * head_width * across,
            fringe_y
            + 62 * across**4
            + 14 * across**2
            - rise * np.exp(-(((across * 100 - parting) / 45) ** 2)),
        ],
        axis=1,
    )
    apart, open_px, eye_width, tilt = about(46, 4), about(11, 2.5), about(21, 2), about(-1.5, 2)
    brow_y, brow_arch, brow_thick = eye_y - about(33, 4), about(6, 3), about(3.6, 1)
    parts = {"head": head, "hair": hair, "hairline": hairline}
    for side, name in ((-1, "left"), (1, "right")):
        centre = np.array([middle_x + side * apart, eye_y])
        turns = np.linspace(0, 2 * np.pi, 9)[:-1]
        lid = np.stack(
            [
                eye_width * np.cos(turns),
                -open_px * np.sin(turns) * np.abs(np.sin(turns)) ** 0.3 + tilt * np.cos(turns),
            ],
            axis=1,
        )
        parts[f"{name} eye"] = centre + lid * (side, 1)
        parts[f"{name} pupil"] = centre[None, :] + [[0.0, 0.5]]
        along = np.linspace(-1, 1, 4)
        arch = brow_y - brow_arch * (1 - 0.8 * (along - 0.15) ** 2)
        upper = np.stack([centre[0] + side * 29 * along, arch - brow_thick * (1.1 - 0.5 * along)], axis=1)
        lower = np.stack([centre[0] + side * 29 * along, arch + brow_thick * (1.1 - 0.5 * along)], axis=1)
        parts[f"{name} brow"] = np.concatenate([upper, lower[::-1]])
    nose_y, nose_width = eye_y + about(62, 6), about(21, 3)
    nose_x = np.array([-0.45, -1.0, -0.55, 0.0, 0.55, 1.0, 0.45])
    nose_down = np.array([-28.0, -4.0, 4.0, 8.0, 4.0, -4.0, -28.0])
    parts["nose"] = np.stack([middle_x + nose_width * nose_x, nose_y + nose_down], axis=1)
    mouth_y, mouth_width = eye_y + about(97, 6), about(37, 5)
    upper_lip, lower_lip, smile = about(8, 2), about(11, 2.5), about(3, 4)
    across = np.linspace(-1, 1, 7)
    corner = smile * (1 - 2 * across**2)
    bow = upper_lip * (1 - np.abs(across) ** 1.8) - 2.2 * np.exp(-((across / 0.22) ** 2))
    top = np.stack([middle_x + mouth_width * across, mouth_y + corner - bow], axis=1)
    below = across[1:-1][::-1]
    bottom = np.stack(
        [
            middle_x + mouth_width * below,
            mouth_y + smile * (1 - 2 * below**2) + lower_lip * (1 - np.abs(below) ** 2.2),
        ],
        axis=1,
    )
    seam = np.stack([middle_x + mouth_width * below, mouth_y + smile * (1 - 2 * below**2)], axis=1)
    parts["lips"] = np.concatenate([top, bottom])
    parts["seam of the lips"] = seam
    # the neck begins at two of the landmarks of the head
    parts["neck"] = np.array([[head[k, 0], HEIGHT_PX - 6.0] for k in (8, 4)])
    return parts


def _paint(
    parts: dict[str, FloatArray], *, skin: FloatArray, hair: FloatArray, iris: FloatArray, lips: FloatArray
) -> FloatArray:
    """Return the picture, (height, width, 3) encoded values, drawn finer and averaged."""
    y, x = np.mgrid[0 : HEIGHT_PX * _FINER, 0 : WIDTH_PX * _FINER] / _FINER
    canvas = np.full((*y.shape, 3), 0.74) - 0.10 * (y / HEIGHT_PX)[..., None]
    head, brightness = parts["head"], _relief(x, y, parts)
    bulk = _open(parts["hair"])
    _fill(canvas, bulk, hair[None, None] * (0.9 + 0.25 * brightness[..., None]), soft_px=1.4)
    left, right = parts["neck"]
    neck = np.array([head[9], head[3], right, right + (60, 26), left + (-60, 26), left])
    neck[:2, 0] = left[0], right[0]
    _fill(canvas, neck, skin[None, None] * 0.72, soft_px=2.0)
    _fill(canvas, _closed(head), skin[None, None] * brightness[..., None], soft_px=1.0)
    hairline = _open(parts["hairline"])
    top = bulk[bulk[:, 1] < hairline[:, 1].max()]
    cap = np.concatenate([hairline, top[::-1]])
    _fill(canvas, cap, hair[None, None] * (0.9 + 0.25 * brightness[..., None]), soft_px=1.6)
    for side in ("left", "right"):
        lid, pupil = _closed(parts[f"{side} eye"]), parts[f"{side} pupil"][0]
        _fill(canvas, _about(lid, 1.22), skin[None, None] * 0.66, soft_px=3.0)
        inside = _fill(canvas, lid, np.array([[[0.93, 0.92, 0.90]]]), soft_px=0.6)
        far = np.hypot(x - pupil[0], y - pupil[1])
        for radius_px, colour in ((10.0, iris), (4.6, np.full(3, 0.05))):
            cover = inside * np.clip(radius_px - far + 0.5, 0, 1)
            canvas += cover[..., None] * (colour - canvas)
        glint = np.clip(2.6 - np.hypot(x - pupil[0] + 3, y - pupil[1] + 3.5), 0, 1) * inside
        canvas += glint[..., None] * (0.97 - canvas)
        _stroke(canvas, _closed(parts[f"{side} eye"])[:201], hair * 0.6, width_px=1.8)
        _fill(canvas, _closed(parts[f"{side} brow"]), hair[None, None] * 0.9, soft_px=1.2)
    _stroke(canvas, _open(parts["nose"]), skin * 0.62, width_px=1.9)
    _fill(canvas, _closed(parts["lips"]), lips[None, None] * brightness[..., None], soft_px=1.2)
    _stroke(canvas, _open(parts["seam of the lips"]), lips * 0.5, width_px=1.7)
    return canvas.reshape(HEIGHT_PX, _FINER, WIDTH_PX, _FINER, 3).mean(axis=(1, 3))


def _relief(x: FloatArray, y: FloatArray, parts: dict[str, FloatArray]) -> FloatArray:
    """Return how light falls on a round head from above and left: 1 at the front."""
    head = parts["head"]
    middle, radius = head.mean(axis=0), np.ptp(head, axis=0) / 2
    u, v = (x - middle[0]) / radius[0], (y - middle[1]) / radius[1]
    brightness = 1.06 - 0.30 * np.clip(u**2 + 0.7 * v**2, 0, 1.3) ** 1.5 - 0.10 * u - 0.05 * v
    tip = parts["nose"][3]
    brightness += 0.10 * np.exp(-(((x - tip[0]) / 9) ** 2) - ((y - tip[1] + 16) / 26) ** 2)
    return brightness


def _closed(points: FloatArray) -> FloatArray:
    """Return a smooth closed curve through points, (401, 2)."""
    around = np.concatenate([points, points[:1]])
    at = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(around, axis=0).T))])
    return np.asarray(CubicSpline(at, around, bc_type="periodic")(np.linspace(0, at[-1], 401)))


def _open(points: FloatArray) -> FloatArray:
    """Return a smooth curve through points, (201, 2)."""
    at = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    return np.asarray(CubicSpline(at, points)(np.linspace(0, at[-1], 201)))


def _about(curve: FloatArray, scale: float) -> FloatArray:
    middle = curve.mean(axis=0)
    return middle + scale * (curve - middle)


def _cover(shape: tuple[int, ...], curve: FloatArray, *, soft_px: float) -> FloatArray:
    mask = Image.new("L", (shape[1], shape[0]), 0)
    ImageDraw.Draw(mask).polygon([tuple(one) for one in curve * _FINER + (_FINER - 1) / 2], fill=255)
    return gaussian_filter(np.asarray(mask) / 255.0, soft_px * _FINER / 2)


def _fill(canvas: FloatArray, curve: FloatArray, colour: FloatArray, *, soft_px: float) -> FloatArray:
    cover = _cover(canvas.shape, curve, soft_px=soft_px)
    canvas += cover[..., None] * (colour - canvas)
    return cover


def _stroke(canvas: FloatArray, curve: FloatArray, colour: FloatArray, *, width_px: float) -> None:
    along = np.gradient(curve, axis=0)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
    normal /= np.maximum(np.hypot(*normal.T), 1e-9)[:, None]
    taper = width_px / 2 * np.sin(np.linspace(0.15, np.pi - 0.15, len(curve)))[:, None]
    _fill(
        canvas, np.concatenate([curve + taper * normal, (curve - taper * normal)[::-1]]), colour, soft_px=0.7
    )


def tem_bytes(xy_px: FloatArray) -> bytes:
    """Return landmarks as a PsychoMorph template: their number, x and y of each, and no lines."""
    rows = [f"{x:.3f} {y:.3f}" for x, y in xy_px]
    return "\n".join([str(len(rows)), *rows, "0", ""]).encode("ascii")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--number", type=int, default=6, help="how many faces (default 6)")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, chosen.number + 1):
        face = schematic_face(number)
        Image.fromarray(face.pixels).save(chosen.folder / f"face-{number}.png")
        (chosen.folder / f"face-{number}.tem").write_bytes(tem_bytes(face.xy_px))


if __name__ == "__main__":
    main()
