"""Gives the pixels of a picture new luminances and keeps their hues."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from stimgen.calibration.mask import BoolArray
from stimgen.calibration.round_picture import highest_value, round_picture
from stimgen.calibration.spread_places import spread_places
from stimgen.media.picture import BitDepth, Picture
from stimgen.media.sound import FloatArray
from stimgen.media.transfer import TransferName, light_of, luminance, to_encoded, to_linear


@dataclass(frozen=True, kw_only=True)
class Relit:
    """A picture with new luminances.

    Args:
        picture: The picture, its values whole steps of the bit depth; outside the mask they are as they were but for
            that rounding.
        luminance: Luminance of what was rounded, inside the mask, shape (n_inside,).
        n_clipped: Pixels whose luminance was to be below black or above white by more than half a step, and is now
            black or white.
        n_paled: Pixels whose luminance fits but whose colour has no such bright version; they were mixed with grey of
            the same luminance until they fit.
        is_dithered: Whether values between two steps went to the lower one in some places and to the upper one in
            others, rather than to the nearer one everywhere.
    """

    picture: Picture
    luminance: FloatArray
    n_clipped: int
    n_paled: int
    is_dithered: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Lit:
    """A picture in light, ready to be given new luminances; made by `Lit.of`.

    Args:
        picture: The picture.
        inside: Which pixels count, shape (height_px, width_px).
        light: Their linear light, shape (n_inside, n_channels).
        luminance: Their luminance, shape (n_inside,).
        transfer: The transfer function assumed.
        bit_depth: What the result is rounded to.
    """

    picture: Picture
    inside: BoolArray
    light: FloatArray
    luminance: FloatArray
    transfer: TransferName
    bit_depth: BitDepth

    @classmethod
    def of(
        cls, picture: Picture, *, inside: BoolArray, transfer: TransferName | None, bit_depth: BitDepth | None
    ) -> Self:
        """Take the light of a picture inside its mask; None is what the picture itself says."""
        chosen = transfer or picture.transfer
        light = to_linear(picture.pixels[inside], chosen)
        return cls(
            picture=picture,
            inside=inside,
            light=light,
            luminance=luminance(light),
            transfer=chosen,
            bit_depth=bit_depth or picture.bit_depth,
        )

    @property
    def brightest_channel(self) -> FloatArray:
        """Light of the brightest channel of each pixel, shape (n_inside,): what reaches full range first."""
        return np.asarray(self.light.max(axis=1))

    @property
    def limits(self) -> tuple[float, float]:
        """The light that still rounds to black, and to white, when its encoded value is rounded."""
        half = 0.5 / highest_value(self.bit_depth)
        low, high = to_linear(np.array([-half, 1.0 + half]), self.transfer)
        return float(low), float(high)

    def relight(self, wanted: FloatArray, *, is_dithered: bool = False, adds_grey: bool = False) -> Relit:
        """Return the picture with new luminances and the hue of every pixel as it was.

        The light of a pixel is multiplied by the ratio of the new luminance to the old, in all channels alike; a black
        pixel becomes grey. Where a channel would go above full range, it is `Relit.n_paled`: the pixel moves towards
        grey of its own new luminance, which therefore stays.

        Args:
            wanted: New luminances inside the mask, shape (n_inside,), relative to white.
            is_dithered: Round by place, alike in all channels, instead of to the nearest step.
            adds_grey: Lighten pixels by grey light instead, as stray light on a screen does: shadows whose colour was
                multiplied would glow, brown hair red.

        Raises:
            PictureError: If values of the picture as it came lie outside 0 to 1.
        """
        low, high = self.limits
        n_clipped = int(np.count_nonzero((wanted < low) | (wanted > high)))
        fits = np.clip(wanted, 0.0, 1.0)
        light, n_paled = (
            (fits[:, None], 0)
            if self.light.shape[1] == 1
            else self._coloured(fits, high, adds_grey=adds_grey)
        )
        highest = highest_value(self.bit_depth)
        steps = np.clip(to_encoded(light, self.transfer), 0.0, 1.0) * highest
        rounded = np.floor(steps + spread_places(self.inside)[:, None]) if is_dithered else np.rint(steps)
        codes = rounded.astype(np.int64)
        pixels = round_picture(self.picture, bit_depth=self.bit_depth).pixels
        pixels[self.inside] = codes / highest
        light_of_code = to_linear(np.arange(highest + 1) / highest, self.transfer)
        return Relit(
            picture=replace(self.picture, pixels=pixels, bit_depth=self.bit_depth),
            luminance=luminance(light_of_code[codes]),
            n_clipped=n_clipped,
            n_paled=n_paled,
            is_dithered=is_dithered,
        )

    def rounded(self) -> Relit:
        """Return the picture as it is, rounded.

        Raises:
            PictureError: If a value lies outside 0 to 1.
        """
        picture = round_picture(self.picture, bit_depth=self.bit_depth)
        light = light_of(picture.pixels[self.inside], self.bit_depth, self.transfer)
        return Relit(picture=picture, luminance=luminance(light), n_clipped=0, n_paled=0)

    def _coloured(self, wanted: FloatArray, high: float, *, adds_grey: bool) -> tuple[FloatArray, int]:
        """Return the light of new luminances of 0 to 1 in colour, and how many pixels were paled."""
        is_lit = self.luminance > 0.0
        gain = np.divide(wanted, self.luminance, out=np.zeros_like(wanted), where=is_lit)
        light = np.where(is_lit[:, None], self.light * gain[:, None], wanted[:, None])
        if adds_grey:
            more = wanted - self.luminance
            light = np.where(more[:, None] > 0.0, self.light + more[:, None], light)
        top = light.max(axis=1)
        over = top > 1.0
        grey = wanted[over, None]
        light[over] = grey + (light[over] - grey) * ((1.0 - grey) / (top[over, None] - grey))
        return light, int(np.count_nonzero(top > high))
