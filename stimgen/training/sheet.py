"""A picture of what a model of pictures can do so far: items, their reconstructions, and steps between pairs."""

import io

import numpy as np
import torch
from torch import Tensor

from stimgen.models import Model

N_COLUMNS, N_PAIRS, _GAP_PX = 9, 5, 2


def sheet_png(model: Model, items: Tensor) -> bytes | None:
    """Return a PNG file, None where items are no pictures of one or three channels.

    The first row are items, the second their reconstructions, those below steps of equal position between two items.

    Args:
        model: The model, with the weights to be shown.
        items: Validation items, shape (n, *shape).
    """
    if len(model.shape) != 3 or model.shape[0] not in (1, 3):
        return None
    shown = items[:N_COLUMNS]
    with torch.no_grad():
        z = model.encode(shown)
        rows = [shown, model.decode(z)]
        position = torch.linspace(0.0, 1.0, N_COLUMNS, device=z.device, dtype=z.dtype)[:, None]
        for first in range(min(N_PAIRS, len(shown) - 1)):
            rows.append(model.decode((1.0 - position) * z[first] + position * z[first + 1]))
    low, high = float(shown.min()), float(shown.max())
    pictures = [((row - low) / max(high - low, 1e-9)).clamp(0.0, 1.0).cpu().float().numpy() for row in rows]
    return _png(pictures, model.shape)


def _png(rows: list[np.ndarray], shape: tuple[int, ...]) -> bytes:
    from PIL import Image

    n_channels, height, width = shape
    sheet = np.ones((len(rows) * (height + _GAP_PX), N_COLUMNS * (width + _GAP_PX), n_channels))
    for r, row in enumerate(rows):
        for c, picture in enumerate(row):
            top, left = r * (height + _GAP_PX), c * (width + _GAP_PX)
            sheet[top : top + height, left : left + width] = np.moveaxis(picture, 0, 2)
    values = np.rint(255 * sheet).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(values[..., 0] if n_channels == 1 else values).save(file, format="PNG")
    return file.getvalue()
