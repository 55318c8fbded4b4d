"""Where a training runs, and how exact its products are."""

from typing import Literal

import torch
from torch import nn

from stimgen.errors import SettingError
from stimgen.models import Model


def chosen_device(wanted: str) -> torch.device:
    """Return the device that a setting means.

    Raises:
        SettingError: If cuda is asked for and not there.
    """
    has_cuda = torch.cuda.is_available()
    if wanted == "cuda" and not has_cuda:
        raise SettingError("device cuda is not to be had on this machine; leave it out, or say cpu")
    return torch.device("cuda" if has_cuda and wanted != "cpu" else "cpu")


def chosen_precision(
    wanted: str, device: torch.device, *, is_convolutional: bool
) -> Literal["float32", "bfloat16"]:
    """Return the precision of products: bfloat16 pays for convolutions on devices that compute it natively."""
    if wanted == "bfloat16" or (wanted == "auto" and is_convolutional and _is_native(device)):
        return "bfloat16"
    return "float32"


def is_convolutional(model: Model) -> bool:
    """Whether a model has convolutions."""
    return any(isinstance(one, nn.Conv2d) for one in model.modules())


def _is_native(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(bool(getattr(torch.cpu, check, lambda: False)()) for check in checks)
