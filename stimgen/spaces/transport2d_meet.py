"""Two pictures of one drawing that nearly meet: where they disagree, the nearer outline decides instead of a grey."""

from dataclasses import dataclass

import numpy as np

from stimgen.media.sound import FloatArray

# disagreement of soft masks from which on outlines decide, and that at which they alone do
_AGREE, _DISAGREE = 0.25, 0.75
_MOST_AWAY_PX = 1e3
_LEAST_TRUST = 0.01


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One of two pictures of a drawing.

    Args:
        soft: Mass relative to full ink, shape (height_px, width_px), 0 to 1.
        trust: How far ink is meant to be there, likewise: less than 1 where it was spread across an opening gap.
    """

    soft: FloatArray
    trust: FloatArray


def meeting_weight(a: Layer, b: Layer, *, share: float) -> FloatArray:
    """Return the weight of b in each pixel of a blend that leaves no ghosts.

    Where both show ink or both show paper the weight is the share itself. Where only one shows ink, the distances to
    the outlines of both are blended, and the pixel takes from the picture that agrees with the sign of that: so
    outlines move and holes open from their edges, sharp all the way. Ink that is not trusted is paper to the outlines.

    Args:
        a: One picture.
        b: The other.
        share: Position between a and b.

    Returns:
        Shape (height_px, width_px), 0 to 1 where `share` is.

    References:
        Raya & Udupa 1990, IEEE Transactions on Medical Imaging 9(1), 32-42 (blended distances to outlines).

    Examples:
        >>> a, b = np.zeros((1, 9)), np.zeros((1, 9))
        >>> a[0, :3], b[0, :7] = 1.0, 1.0
        >>> layers = [Layer(soft=one, trust=np.ones((1, 9))) for one in (a, b)]
        >>> weight = meeting_weight(*layers, share=0.5)
        >>> ((1 - weight) * a + weight * b).round(2).tolist()
        [[1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]]
    """
    from scipy.ndimage import maximum_filter

    weight = np.full(a.soft.shape, share)
    trust = np.maximum(np.minimum(a.trust, b.trust), _LEAST_TRUST)
    disagreement = np.abs(a.soft - b.soft) / trust
    disagreement = np.clip((disagreement - _AGREE) / (_DISAGREE - _AGREE), 0.0, 1.0)
    if not disagreement.any():
        return weight
    # soft pixels at the rim of a disagreement belong to it, or they would stay behind as a thin line
    disagreement = np.maximum(disagreement, maximum_filter(np.floor(disagreement), size=3))
    away = (1.0 - share) * _outside_px(a.soft * a.trust) + share * _outside_px(b.soft * b.trust)
    inked = np.clip(0.5 - away, 0.0, 1.0)
    decided = np.where(a.soft > b.soft, 1.0 - inked, inked)
    return np.asarray(weight + disagreement * (decided - weight))


def _outside_px(mask: FloatArray) -> FloatArray:
    """Return the distance of pixel centres to the outline of what is half inked or more, px, below 0 inside."""
    from scipy.ndimage import distance_transform_edt

    is_ink = mask >= 0.5
    if not is_ink.any():
        return np.full(mask.shape, _MOST_AWAY_PX)
    # the outline runs half a pixel from the centres on either side of it
    inside, outside = distance_transform_edt(is_ink), distance_transform_edt(~is_ink)
    return np.asarray(np.where(is_ink, 0.5 - inside, outside - 0.5))
