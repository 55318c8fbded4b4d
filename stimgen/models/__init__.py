"""Models that learn a space of items: one file each, made by name."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, is_dataclass, replace
from typing import Any

from stimgen.errors import SettingError
from stimgen.models.acai import Acai, AcaiSettings
from stimgen.models.autoencoder import Autoencoder, AutoencoderSettings
from stimgen.models.base import Model, Player, StepResult
from stimgen.models.gaia import Gaia, GaiaSettings
from stimgen.models.mixing import MixingSettings
from stimgen.models.networks import NetworkSettings
from stimgen.models.pca import Pca, PcaSettings
from stimgen.models.vae import Vae, VaeSettings

# class, settings, and what a name sets of them
_MODELS: dict[str, tuple[Callable[..., Model], Any]] = {
    "pca": (Pca, PcaSettings()),
    "ae": (Autoencoder, AutoencoderSettings()),
    "vae": (Vae, VaeSettings()),
    "acai": (Acai, AcaiSettings()),
    "gaia-paper": (Gaia, GaiaSettings(variant="paper", critic_width=0.5, distance=5e-5)),
    "gaia": (Gaia, GaiaSettings()),
}
MODEL_NAMES = tuple(_MODELS)


def make_model(name: str, shape: tuple[int, ...], **choices: Any) -> Model:
    """Return a model by its name; weights come from torch's own generator, so seed it before.

    Args:
        name: "pca", "ae", "vae", "acai", "gaia-paper" or "gaia".
        shape: Shape of one item.
        choices: Settings that differ from the model's defaults; `network` and `mixing` may be mappings.

    Raises:
        SettingError: If the name or a choice is unknown, or a value not allowed.
        ShapeError: If networks do not go with the shape.

    Examples:
        >>> model = make_model("gaia", (2,), network={"n_latent": 2, "width": 32})
        >>> sorted(model.players())
        ['discriminator', 'generator']
    """
    if name not in _MODELS:
        raise SettingError(f"model {name!r} is unknown; allowed are {', '.join(MODEL_NAMES)}")
    model, defaults = _MODELS[name]
    return model(tuple(shape), settings_from(defaults, choices))


def settings_from(defaults: Any, choices: Mapping[str, Any]) -> Any:
    """Return settings with some choices changed.

    Raises:
        SettingError: If a choice is unknown or a value not allowed.
    """
    known = {one.name for one in fields(defaults)}
    unknown = sorted(set(choices) - known)
    if unknown:
        raise SettingError(f"{unknown[0]!r} is no setting here; allowed are {', '.join(sorted(known))}")
    changed: dict[str, Any] = {}
    for key, value in choices.items():
        here = getattr(defaults, key)
        if is_dataclass(here) and isinstance(value, Mapping):
            changed[key] = settings_from(here, value)
        else:
            changed[key] = tuple(value) if isinstance(here, tuple) and isinstance(value, list) else value
    return replace(defaults, **changed)


def settings_as_json(model: Model) -> dict[str, Any]:
    """Return all settings of a model as plain JSON values."""
    return asdict(model.settings)


__all__ = [
    "MODEL_NAMES",
    "Acai",
    "AcaiSettings",
    "Autoencoder",
    "AutoencoderSettings",
    "Gaia",
    "GaiaSettings",
    "MixingSettings",
    "Model",
    "NetworkSettings",
    "Pca",
    "PcaSettings",
    "Player",
    "StepResult",
    "Vae",
    "VaeSettings",
    "make_model",
    "settings_as_json",
    "settings_from",
]
