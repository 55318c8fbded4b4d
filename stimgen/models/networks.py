"""Encoders and decoders by frozen settings: fully connected, convolutional, residual."""

from dataclasses import dataclass
from itertools import pairwise
from math import prod, sqrt
from typing import Literal, get_args

from torch import Tensor, nn
from torch.nn.functional import interpolate

from stimgen.errors import SettingError, ShapeError

Kind = Literal["auto", "mlp", "conv", "residual"]
Output = Literal["linear", "sigmoid"]
_MOST_GROUPS = 8


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """What an encoder and its decoder look like.

    Args:
        kind: "mlp" for vectors; "conv", the network of Berthelot et al. 2018 (arXiv 1807.07543), or "residual" for
            pictures and patches; "auto" takes "mlp" or "conv" by the shape of the items.
        n_latent: Number of coordinates.
        width: Units of a layer, or channels at full size.
        depth: Hidden layers of each half (mlp), or times that sides are halved (conv, residual).
        output: "linear", or "sigmoid" for items that lie within 0 to 1.
        leak: Slope of the activations below 0.

    Raises:
        SettingError: If a value is not allowed.
    """

    kind: Kind = "auto"
    n_latent: int = 16
    width: int = 64
    depth: int = 3
    output: Output = "linear"
    leak: float = 0.2

    def __post_init__(self) -> None:
        for name, value, allowed in (
            ("kind", self.kind, get_args(Kind)),
            ("output", self.output, get_args(Output)),
        ):
            if value not in allowed:
                raise SettingError(f"{name} {value!r} is unknown; allowed are {', '.join(allowed)}")
        for name, number, most in (
            ("n_latent", self.n_latent, 65_536),
            ("width", self.width, 8192),
            ("depth", self.depth, 12),
        ):
            if not isinstance(number, int) or not 1 <= number <= most:
                raise SettingError(f"{name} is a whole number from 1 to {most}, got {number!r}")
        if not 0.0 <= self.leak <= 1.0:
            raise SettingError(f"leak must be from 0 to 1, got {self.leak:g}")

    def chosen_kind(self, shape: tuple[int, ...]) -> Literal["mlp", "conv", "residual"]:
        """Return the kind of network for items of a shape.

        Raises:
            ShapeError: If the kind does not go with the shape.
        """
        if self.kind == "auto":
            return "mlp" if len(shape) == 1 else "conv"
        if self.kind != "mlp" and len(shape) != 3:
            raise ShapeError(
                f"{self.kind} networks take pictures of shape (channels, height, width), got {shape}"
            )
        return self.kind


def make_encoder(shape: tuple[int, ...], settings: NetworkSettings) -> nn.Module:
    """Return a network from items, (n, *shape), to coordinates, (n, n_latent).

    Raises:
        ShapeError: If the items cannot be halved as often as asked for, or the coordinates do not fit the last map.
    """
    kind = settings.chosen_kind(shape)
    if kind == "mlp":
        sizes = [prod(shape), *[settings.width] * settings.depth, settings.n_latent]
        return nn.Sequential(nn.Flatten(), *_dense(sizes, settings.leak))
    bottom = _bottom(shape, settings)
    if kind == "conv":
        return _conv_encoder(shape, settings, _latent_channels(bottom, settings))
    return _residual_encoder(shape, settings, bottom)


def make_decoder(shape: tuple[int, ...], settings: NetworkSettings) -> nn.Module:
    """Return a network from coordinates, (n, n_latent), to items, (n, *shape).

    Raises:
        ShapeError: As `make_encoder`.
    """
    kind = settings.chosen_kind(shape)
    last = [nn.Sigmoid()] if settings.output == "sigmoid" else []
    if kind == "mlp":
        sizes = [settings.n_latent, *[settings.width] * settings.depth, prod(shape)]
        return nn.Sequential(*_dense(sizes, settings.leak), *last, nn.Unflatten(1, shape))
    bottom = _bottom(shape, settings)
    make = _conv_decoder if kind == "conv" else _residual_decoder
    return nn.Sequential(*make(shape, settings, bottom), *last)


def _dense(sizes: list[int], leak: float) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(sizes):
        layers += [_scaled(nn.Linear(n_in, n_out), leak), nn.LeakyReLU(leak)]
    return layers[:-1]


def _scaled(layer: nn.Module, leak: float) -> nn.Module:
    """Draw weights; biases are 0.

    Half the variance that leaky units would keep (He et al. 2015, arXiv 1502.01852), as in the code released with
    Berthelot et al. 2018: with all of it GAIA swings wildly for its first hundreds of steps.
    """
    assert isinstance(layer, nn.Linear | nn.Conv2d)
    fan_in = layer.weight[0].numel()
    nn.init.normal_(layer.weight, std=sqrt(1.0 / ((1.0 + leak**2) * fan_in)))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def _bottom(shape: tuple[int, ...], settings: NetworkSettings) -> tuple[int, int]:
    """Return height and width of the smallest map."""
    step = 2**settings.depth
    if shape[1] % step or shape[2] % step:
        raise ShapeError(
            f"items of {shape[1]} x {shape[2]} cannot be halved {settings.depth} times; pad or resize them to "
            f"multiples of {step}, or take a lower depth"
        )
    return shape[1] // step, shape[2] // step


def _latent_channels(bottom: tuple[int, int], settings: NetworkSettings) -> int:
    area = bottom[0] * bottom[1]
    if settings.n_latent % area:
        raise ShapeError(
            f"n_latent {settings.n_latent} does not fill maps of {bottom[0]} x {bottom[1]}; take a multiple of {area}, "
            "another depth, or residual networks"
        )
    return settings.n_latent // area


def _convolution(n_in: int, n_out: int, leak: float, *, side: int = 3) -> nn.Module:
    return _scaled(nn.Conv2d(n_in, n_out, side, padding=side // 2), leak)


def _conv_encoder(shape: tuple[int, ...], settings: NetworkSettings, n_channels: int) -> nn.Module:
    width, leak = settings.width, settings.leak
    layers: list[nn.Module] = [_convolution(shape[0], width, leak, side=1)]
    n_in = width
    for scale in range(settings.depth):
        n_out = width << scale
        for n_from in (n_in, n_out):
            layers += [_convolution(n_from, n_out, leak), nn.LeakyReLU(leak)]
        layers.append(nn.AvgPool2d(2))
        n_in = n_out
    n_out = width << settings.depth
    layers += [_convolution(n_in, n_out, leak), nn.LeakyReLU(leak), _convolution(n_out, n_channels, leak)]
    return nn.Sequential(*layers, nn.Flatten())


def _conv_decoder(
    shape: tuple[int, ...], settings: NetworkSettings, bottom: tuple[int, int]
) -> list[nn.Module]:
    width, leak = settings.width, settings.leak
    n_in = _latent_channels(bottom, settings)
    layers: list[nn.Module] = [nn.Unflatten(1, (n_in, *bottom))]
    for scale in reversed(range(settings.depth)):
        n_out = width << scale
        for n_from in (n_in, n_out):
            layers += [_convolution(n_from, n_out, leak), nn.LeakyReLU(leak)]
        layers.append(Doubled())
        n_in = n_out
    layers += [_convolution(n_in, width, leak), nn.LeakyReLU(leak), _convolution(width, shape[0], leak)]
    return layers


def _residual_encoder(
    shape: tuple[int, ...], settings: NetworkSettings, bottom: tuple[int, int]
) -> nn.Module:
    leak, widths = settings.leak, _widths(settings)
    layers: list[nn.Module] = [_convolution(shape[0], widths[0], leak)]
    for n_in, n_out in pairwise(widths):
        layers += [Residual(n_in, leak), nn.AvgPool2d(2), _convolution(n_in, n_out, leak)]
    layers += [Residual(widths[-1], leak), nn.LeakyReLU(leak), nn.Flatten()]
    return nn.Sequential(*layers, _scaled(nn.Linear(widths[-1] * prod(bottom), settings.n_latent), 1.0))


def _residual_decoder(
    shape: tuple[int, ...], settings: NetworkSettings, bottom: tuple[int, int]
) -> list[nn.Module]:
    leak, widths = settings.leak, _widths(settings)[::-1]
    layers: list[nn.Module] = [
        _scaled(nn.Linear(settings.n_latent, widths[0] * prod(bottom)), 1.0),
        nn.Unflatten(1, (widths[0], *bottom)),
    ]
    for n_in, n_out in pairwise(widths):
        layers += [Residual(n_in, leak), _convolution(n_in, n_out, leak), Doubled()]
    return [*layers, Residual(widths[-1], leak), nn.LeakyReLU(leak), _convolution(widths[-1], shape[0], 1.0)]


def _widths(settings: NetworkSettings) -> list[int]:
    return [settings.width * min(1 << scale, 4) for scale in range(settings.depth + 1)]


class Doubled(nn.Module):
    """Every pixel becomes 2 x 2."""

    def forward(self, x: Tensor) -> Tensor:
        """Return maps of twice the height and width."""
        return interpolate(x, scale_factor=2.0, mode="nearest")


class Residual(nn.Module):
    """Two convolutions beside a straight way (He et al. 2016, arXiv 1603.05027); the last begins at 0."""

    def __init__(self, width: int, leak: float) -> None:
        super().__init__()
        n_groups = next(n for n in range(min(_MOST_GROUPS, width), 0, -1) if width % n == 0)
        last = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(last.weight)
        if last.bias is not None:
            nn.init.zeros_(last.bias)
        self.aside = nn.Sequential(
            nn.GroupNorm(n_groups, width),
            nn.LeakyReLU(leak),
            _convolution(width, width, leak),
            nn.LeakyReLU(leak),
            last,
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return maps of the same shape."""
        return x + self.aside(x)  # type: ignore[no-any-return]
