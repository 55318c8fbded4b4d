"""The control condition for pictures: a blend that moves nothing, of light or of encoded values."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from stimgen.errors import SettingError
from stimgen.media.picture import Picture
from stimgen.media.sound import FloatArray
from stimgen.media.transfer import to_encoded
from stimgen.spaces.picture_base import PictureRendering

Blend = Literal["light", "encoded"]
_BLENDS = ("light", "encoded")


@dataclass(frozen=True, kw_only=True)
class PictureCrossfadeSpace:
    """Blends of two pictures that leave everything in both where it is.

    Args:
        blend: "light" mixes the light that a display makes, as two projectors on one screen would; "encoded" mixes the
            values of the files, as most image programs do.

    Raises:
        SettingError: If there is no such blend.

    Examples:
        >>> black, white = (Picture(pixels=np.full((2, 2, 1), value)) for value in (0.0, 1.0))
        >>> PictureCrossfadeSpace().between(black, white, seed=0)(0.5).pixels[0, 0].round(3).tolist()
        [0.735]
    """

    blend: Blend = "light"

    name = "crossfade"

    def __post_init__(self) -> None:
        if self.blend not in _BLENDS:
            raise SettingError(f"a crossfade blends 'light' or 'encoded' values, got {self.blend!r}")

    def settings(self) -> dict[str, Any]:
        """Every setting that shapes the result, as plain JSON values."""
        return {"blend": self.blend}

    def between(self, a: Picture, b: Picture, *, seed: int) -> "PictureCrossfade":  # noqa: ARG002
        """Return the blends between two pictures of one size, mode and transfer function.

        Args:
            a: The picture at position 0.
            b: The picture at position 1.
            seed: Not used: nothing is drawn.

        Raises:
            SettingError: If the pictures differ in size, mode or transfer function.
        """
        demand_alike(a, b)
        values = (a.light, b.light) if self.blend == "light" else (a.pixels, b.pixels)
        return PictureCrossfade(ends=(a, b), blend=self.blend, values=values)


@dataclass(frozen=True, kw_only=True)
class PictureCrossfade:
    """The blends between two pictures.

    Args:
        ends: The pictures at positions 0 and 1.
        blend: What is mixed.
        values: What is mixed, of a and of b.
    """

    ends: tuple[Picture, Picture]
    blend: Blend
    values: tuple[FloatArray, FloatArray]

    @property
    def facts(self) -> dict[str, Any]:
        """Nothing: a blend finds out nothing about its pictures."""
        return {}

    def __call__(self, position: float) -> PictureRendering:
        """Return the blend at a position; 0 and 1 are the pictures as they went in.

        Raises:
            SettingError: If the position is not finite.
        """
        demand_finite(position)
        if position in (0.0, 1.0):
            return PictureRendering(pixels=self.ends[int(position)].pixels.copy(), end_source="original")
        mixed = (1.0 - position) * self.values[0] + position * self.values[1]
        first = self.ends[0]
        pixels = to_encoded(mixed, first.transfer) if self.blend == "light" else mixed
        return clipped(pixels, bit_depth=first.bit_depth, end_source="original")


def clipped(
    pixels: FloatArray,
    *,
    bit_depth: int,
    end_source: Literal["original", "resynth"],
    n_folds: int | None = None,
) -> PictureRendering:
    """Return a rendering of values within 0 to 1, and count those that were not by more than half a step."""
    half_step = 0.5 / (2**bit_depth - 1)
    n_clipped = int(np.count_nonzero((pixels < -half_step) | (pixels > 1.0 + half_step)))
    return PictureRendering(
        pixels=np.clip(pixels, 0.0, 1.0), end_source=end_source, n_clipped=n_clipped, n_folds=n_folds
    )


def demand_finite(position: float) -> None:
    """Refuse a position that is not a finite number.

    Raises:
        SettingError: If it is not.
    """
    if not np.isfinite(position):
        raise SettingError(f"a position is a finite number, got {position}; 0 is a and 1 is b")


def demand_alike(a: Picture, b: Picture) -> None:
    """Refuse two pictures that differ in size, mode or transfer function.

    Raises:
        SettingError: If they do.
    """
    for what, of_a, of_b, remedy in (
        (
            "size",
            f"{a.width_px} x {a.height_px} px",
            f"{b.width_px} x {b.height_px} px",
            "read both at one size, for example with --size",
        ),
        ("mode", a.mode, b.mode, "turn both into grey or both into colour"),
        ("transfer function", a.transfer, b.transfer, "read both with one, for example --transfer srgb"),
    ):
        if of_a != of_b:
            raise SettingError(
                f"two pictures need one {what}, got {of_a} in {a.name!r} and {of_b} in {b.name!r}; {remedy}"
            )
