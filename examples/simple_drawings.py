"""Draw two pictures without landmarks, to try `--space transport-2d` on: a bar that turns and a disc that moves.

python examples/simple_drawings.py drawings
"""

import sys
from pathlib import Path

from stimgen.export.png import png_bytes, round_values
from stimgen.synth.shape_picture import ShapePicture
from stimgen.synth.shapes import Bar, Disc

SIZE_PX = 128


def drawing(*, angle_deg: float, disc_px: tuple[float, float]) -> ShapePicture:
    """Return a bar about the middle of the lower half and a disc above it, black on white."""
    bar = Bar(x_px=64.0, y_px=80.0, length_px=76.0, width_px=9.0, angle_deg=angle_deg)
    disc = Disc(x_px=disc_px[0], y_px=disc_px[1], radius_px=10.0)
    return ShapePicture(width_px=SIZE_PX, height_px=SIZE_PX, shapes=(bar, disc))


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    first = drawing(angle_deg=-20.0, disc_px=(34.0, 26.0))
    second = drawing(angle_deg=20.0, disc_px=(92.0, 30.0))
    for name, one in (("left", first), ("right", second)):
        (folder / f"{name}.png").write_bytes(png_bytes(round_values(one.picture().pixels, 8)))


if __name__ == "__main__":
    main()
