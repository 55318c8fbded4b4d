"""What a metric is: features once per sound, then cheap distances between any two."""

from collections.abc import Mapping
from typing import Any, Protocol

from stimgen.media.sound import Sound


class Metric(Protocol):
    """A distance between finished stimuli.

    It is symmetric, 0 between a sound and itself, and never negative. `name` stands in manifests and on
    the command line, `unit` beside every figure that it gives.
    """

    @property
    def name(self) -> str:
        """What the metric is called."""

    @property
    def unit(self) -> str:
        """The unit of its distances, for example "dB"."""

    def settings(self) -> Mapping[str, Any]:
        """Every setting that shapes the result, as plain JSON values."""

    def features(self, sound: Sound) -> Any:
        """Return what the metric keeps of one sound; only the same metric can read it.

        Raises:
            SoundError: If the sound is empty or silent.
        """

    def distance(self, first: Any, second: Any) -> float:
        """Return the distance between two sounds from their features.

        Raises:
            SettingError: If the features do not belong together, for example come from two rates.
        """
