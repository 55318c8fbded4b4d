"""What a metric is: features once per stimulus, then cheap distances between any two."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias, TypeVar

from stimgen.media.picture import Picture
from stimgen.media.sound import Sound

Medium_contra = TypeVar("Medium_contra", contravariant=True)


class MetricOf(Protocol[Medium_contra]):
    """A distance between finished stimuli of one medium.

    It is symmetric, 0 between a stimulus and itself, and never negative. `name` stands in manifests and on
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

    def features(self, stimulus: Medium_contra, /) -> Any:
        """Return what the metric keeps of one stimulus; only the same metric can read it.

        Raises:
            SoundError: If a sound is empty or silent.
            PictureError: If a picture is too small.
        """

    def distance(self, first: Any, second: Any) -> float:
        """Return the distance between two stimuli from their features.

        Raises:
            SettingError: If the features do not belong together, for example come from two rates or sizes.
        """


Metric: TypeAlias = MetricOf[Sound]
PictureMetric: TypeAlias = MetricOf[Picture]
