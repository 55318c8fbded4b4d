"""What light a picture sends: mean luminance, contrast and range."""

from dataclasses import dataclass

import numpy as np

from stimgen.calibration.mask import BoolArray, masks_of
from stimgen.media.picture import Picture
from stimgen.media.transfer import TransferName, light_of, luminance


@dataclass(frozen=True, kw_only=True)
class LuminanceFacts:
    """The light of one picture, or of the part of it inside a mask.

    All luminances are relative to white: 1 is what the display shows for full red, green and blue. They are true of a
    display that has the transfer function named.

    Args:
        mean_luminance: Mean over pixels, 0 to 1.
        rms_contrast: Standard deviation of luminance over pixels (divisor n), in units of white: the root mean square
            contrast of Peli 1990, who scales luminance to 0..1 and does not divide by its mean.
        relative_contrast: The same divided by the mean, which a change of the display's brightness, or of black-free
            exposure, leaves as it is; None for a black picture.
        darkest: Least luminance.
        brightest: Greatest luminance.
        share_black: Share of encoded values (all channels) that are 0.
        share_white: Share that are 1.
        transfer: The transfer function that was assumed.
        n_pixels: Number of pixels that were measured.
    """

    mean_luminance: float
    rms_contrast: float
    relative_contrast: float | None
    darkest: float
    brightest: float
    share_black: float
    share_white: float
    transfer: TransferName
    n_pixels: int


def measure_luminance(
    picture: Picture, *, mask: BoolArray | None = None, transfer: TransferName | None = None
) -> LuminanceFacts:
    """Measure the light of a picture.

    Args:
        picture: The picture.
        mask: Which pixels count, shape (height_px, width_px); None is all.
        transfer: How encoded values become light; None is the picture's own, "linear" measures the encoded values
            themselves, as programs do that know nothing of light.

    Raises:
        ShapeError: If the mask has not the size of the picture.
        PictureError: If the mask leaves no pixel.

    References:
        Peli 1990, Journal of the Optical Society of America A 7(10), 2032-2040.

    Examples:
        >>> stripes = np.tile([0.0, 1.0], (4, 4))[..., None]
        >>> facts = measure_luminance(Picture(pixels=stripes))
        >>> facts.mean_luminance, facts.rms_contrast, facts.share_black
        (0.5, 0.5, 0.5)
    """
    inside = masks_of([picture], None if mask is None else [mask])[0]
    encoded = picture.pixels[inside]
    chosen = transfer or picture.transfer
    values = luminance(light_of(encoded, picture.bit_depth, chosen))
    mean, deviation = float(values.mean()), float(values.std())
    return LuminanceFacts(
        mean_luminance=mean,
        rms_contrast=deviation,
        relative_contrast=deviation / mean if mean > 0.0 else None,
        darkest=float(values.min()),
        brightest=float(values.max()),
        share_black=float(np.mean(encoded <= 0.0)),
        share_white=float(np.mean(encoded >= 1.0)),
        transfer=chosen,
        n_pixels=int(values.size),
    )
