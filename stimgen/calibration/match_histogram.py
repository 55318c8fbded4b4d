"""Exact histogram specification: every picture of a set gets the set's average histogram of luminance."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stimgen.calibration.match_luminance import Aim
from stimgen.calibration.relight import Lit
from stimgen.calibration.round_picture import highest_value
from stimgen.calibration.spread_places import spread_places
from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray
from stimgen.media.transfer import to_encoded, to_linear

IntArray = npt.NDArray[np.int64]
# Half-widths of the rows, top to bottom, of the neighbourhoods of 5, 9, 13, 21 and 25 pixels of Coltuc et al.
_NEIGHBOURHOODS = ((0, 1, 0), (1, 1, 1), (0, 1, 2, 1, 0), (1, 2, 2, 2, 1), (2, 2, 2, 2, 2))


def aim_at_histogram(lits: Sequence[Lit]) -> Aim:
    """Give every picture the average histogram of the set, exactly.

    The histogram is of encoded luminance, at the steps of the bit depth: of a grey picture its values, of a colour
    picture the grey that sends as much light. Every picture counts alike in the average, whatever its size. Pixels are
    put in a strict order and filled into the levels from black up.

    Raises:
        SettingError: If the pictures differ in bit depth or transfer function.

    References:
        Coltuc, Bolon & Chassery 2006, IEEE Transactions on Image Processing 15(5), 1143-1152.
        Willenbockel, Sadr, Fiset, Horne, Gosselin & Tanaka 2010, Behavior Research Methods 42(3), 671-684.
    """
    kinds = {(lit.bit_depth, lit.transfer) for lit in lits}
    if len(kinds) > 1:
        named = ", ".join(f"{depth} bit {transfer}" for depth, transfer in sorted(kinds))
        raise SettingError(
            f"a histogram is matched over pictures of one bit depth and transfer function, got {named}; choose them"
        )
    target = np.mean([histogram(lit, lit.luminance) for lit in lits], axis=0)
    highest, transfer = highest_value(lits[0].bit_depth), lits[0].transfer
    light = to_linear(np.arange(highest + 1) / highest, transfer)
    filled = [_filled(lit, target) for lit in lits]
    mean = float(light @ target)
    contrast = float(np.sqrt(((light - mean) ** 2) @ target))
    return Aim(
        wanted=[to_linear(levels / highest, transfer) for levels, _ in filled],
        asked_mean=mean,
        asked_contrast=contrast,
        mean=mean,
        contrast=contrast,
        n_tied=[n_tied for _, n_tied in filled],
    )


def histogram(lit: Lit, luminances: FloatArray) -> FloatArray:
    """Return the share of pixels at each level of encoded luminance, shape (n_levels,)."""
    highest = highest_value(lit.bit_depth)
    levels = np.rint(np.clip(to_encoded(luminances, lit.transfer), 0.0, 1.0) * highest).astype(np.int64)
    return np.bincount(levels, minlength=highest + 1) / levels.size


def misplaced(lit: Lit, luminances: FloatArray, target: FloatArray) -> float:
    """Return the share of pixels that would have to change their level to give the target histogram."""
    return 0.5 * float(np.abs(histogram(lit, luminances) - target).sum())


def _filled(lit: Lit, target: FloatArray) -> tuple[FloatArray, int]:
    """Return the level of every pixel inside the mask, and how many were ordered by their place alone.

    Greys get whole levels. The channels of a colour would all be rounded the same way then, wherever the picture has
    one colour, and shift its mean; so colours are spread evenly over what rounds to their level.
    """
    n_pixels = lit.luminance.size
    ends = np.rint(np.cumsum(target) * n_pixels).astype(np.int64)
    ends[-1] = n_pixels
    order, n_tied = _strict_order(lit)
    n_each = np.diff(ends, prepend=0)
    ranked = np.repeat(np.arange(target.size, dtype=np.float64), n_each)
    if lit.picture.n_channels > 1:
        within = (np.arange(n_pixels) + 0.5 - np.repeat(ends - n_each, n_each)) / np.repeat(n_each, n_each)
        ranked = np.clip(ranked + within - 0.5, 0.0, target.size - 1.0)
    levels = np.empty(n_pixels)
    levels[order] = ranked
    return levels, n_tied


def _strict_order(lit: Lit) -> tuple[IntArray, int]:
    """Return pixels from dark to bright: by luminance, then by means of wider and wider neighbourhoods, then by place.

    Places are ordered so that any run of them is spread over the picture: flat parts are dithered, not shaded.
    """
    plain = np.argsort(lit.luminance, kind="stable")
    ordered = lit.luminance[plain]
    if np.all(ordered[1:] > ordered[:-1]):
        return plain, 0
    keys = [lit.luminance, *_neighbourhood_sums(lit)]
    order = np.lexsort((spread_places(lit.inside), *reversed(keys)))
    tied = np.all([key[order][1:] == key[order][:-1] for key in keys], axis=0)
    is_tied = np.zeros(order.size, dtype=np.bool_)
    is_tied[1:] |= tied
    is_tied[:-1] |= tied
    return order, int(is_tied.sum())


def _neighbourhood_sums(lit: Lit) -> list[IntArray]:
    """Return sums of levels around each pixel inside, each shape (n_inside,); whole numbers, so that ties are ties."""
    from scipy.ndimage import correlate

    encoded = np.rint(lit.picture.pixels * highest_value(16)).astype(np.int64)
    levels = encoded[..., 0] if encoded.shape[2] == 1 else encoded @ np.array([2126, 7152, 722])
    sums = []
    for half_widths in _NEIGHBOURHOODS:
        reach = len(half_widths) // 2
        weights = np.array(
            [np.abs(np.arange(-reach, reach + 1)) <= half for half in half_widths], dtype=np.int64
        )
        sums.append(correlate(levels, weights, mode="reflect")[lit.inside])
    return sums
