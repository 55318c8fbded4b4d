"""How long and how fast a model is trained, and how often it is looked at."""

from dataclasses import dataclass
from typing import Literal, get_args

from stimgen.errors import SettingError

Device = Literal["auto", "cpu", "cuda"]
Precision = Literal["auto", "float32", "bfloat16"]


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """How a model is trained.

    Args:
        n_steps: Steps at most; with `time_s`, whichever comes first.
        time_s: Seconds at most, of the wall clock, over all parts of a resumed training; None for no bound.
        batch: Items of a step; all of them where there are fewer.
        rate: Learning rate; flat for the first half, then falling in a straight line to `last_rate` of it.
        last_rate: Share of the rate at the end.
        ema: Decay of the running mean of weights that is judged and kept; 0 keeps the weights themselves.
        check_steps: Steps between two looks at the validation items.
        patience: Looks without a better one after which training stops; 0 never stops early.
        keep_steps: Steps between two checkpoints.
        seed: Of the first weights, of the order of items, and of all draws.
        device: "cpu", "cuda", or "auto": cuda where there is one.
        precision: "float32", "bfloat16" (products only; weights stay float32), or "auto": bfloat16 for convolutions
            where the device computes it natively.
        most_error: A training is stopped as diverging where its error of reconstruction is above so many times the
            variance of the items.

    Raises:
        SettingError: If a value is not allowed.
    """

    n_steps: int = 20_000
    time_s: float | None = None
    batch: int = 64
    rate: float = 5e-4
    last_rate: float = 0.02
    ema: float = 0.999
    check_steps: int = 500
    patience: int = 0
    keep_steps: int = 1000
    seed: int = 0
    device: Device = "auto"
    precision: Precision = "auto"
    most_error: float = 10.0

    def __post_init__(self) -> None:
        for name, least in (
            ("n_steps", 1),
            ("batch", 2),
            ("check_steps", 1),
            ("patience", 0),
            ("keep_steps", 1),
            ("seed", 0),
        ):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise SettingError(f"{name} is a whole number of {least} or more, got {value!r}")
        for name, low, high in (
            ("rate", 1e-9, 10.0),
            ("last_rate", 0.0, 1.0),
            ("ema", 0.0, 0.999999),
            ("most_error", 1.0, 1e9),
        ):
            number = getattr(self, name)
            if not low <= number <= high:
                raise SettingError(f"{name} must be from {low:g} to {high:g}, got {number:g}")
        if self.time_s is not None and not self.time_s > 0:
            raise SettingError(f"time_s must be above 0, got {self.time_s:g}; leave it out for no bound")
        for name, allowed in (("device", get_args(Device)), ("precision", get_args(Precision))):
            if getattr(self, name) not in allowed:
                raise SettingError(
                    f"{name} {getattr(self, name)!r} is unknown; allowed are {', '.join(allowed)}"
                )
