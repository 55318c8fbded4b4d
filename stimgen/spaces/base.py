"""What a space is: it goes from media to points and back, and between two media."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from stimgen.media.sound import FloatArray, Sound
from stimgen.spectral.alignment import Alignment


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """One raw stimulus: what a space gives at one position, before ramps, level and rounding.

    Args:
        samples: Amplitude, shape (n_samples,), float64, full scale 1.0, not yet levelled.
        rate_hz: Sampling rate, Hz.
        f0_times_s: Times of the fundamental-frequency track, shape (n_frames,), s; None if the space has no pitch.
        f0_hz: Fundamental frequency, shape (n_frames,), Hz, NaN where unvoiced; None if the space has no pitch.
        spectral_convergence_db: How far the inverted magnitudes are from the wanted ones (20 log10 of the relative
            Frobenius distance), dB; None where no spectrogram was inverted.
        end_source: What positions 0 and 1 are: the recordings themselves ("original"), the recordings analysed and
            synthesised ("resynth"), or that with what it loses added back ("carried").
    """

    samples: FloatArray
    rate_hz: int
    f0_times_s: FloatArray | None = None
    f0_hz: FloatArray | None = None
    spectral_convergence_db: float | None = None
    end_source: Literal["original", "carried", "resynth"] = "resynth"


class Between(Protocol):
    """The way between two sounds: a callable from position (0 is a, 1 is b) to a rendering."""

    @property
    def alignment(self) -> Alignment:
        """Which moment of a meets which moment of b."""

    @property
    def motion(self) -> str:
        """How spectra move between these two sounds, in a word, where a space chooses by the sounds."""

    def duration_s(self, position: float) -> float:
        """Return how long the rendering of a position lasts, s, to be rounded to a whole number of samples."""

    def __call__(self, position: float) -> Rendering:
        """Render one position; beyond 0 and 1 it extrapolates."""


class Space(Protocol):
    """A space of sounds."""

    @property
    def name(self) -> str:
        """What manifests and the command line call it."""

    @property
    def is_vector(self) -> bool:
        """Whether its points are vectors, so that it can also encode and decode."""

    def settings(self) -> Mapping[str, Any]:
        """Every setting that shapes the result, as plain JSON values."""

    def between(self, a: Sound, b: Sound, *, seed: int, duration_s: float | None = None) -> Between:
        """Analyse two sounds of one rate and return the way between them.

        Args:
            a: The sound at position 0.
            b: The sound at position 1, of the same rate.
            seed: Decides whatever the space draws.
            duration_s: How long every position lasts, s, rounded to a whole number of samples: time is stretched
                or shrunk in proportion, pitch and spectra stay. None leaves it to the space; those that move in
                time go from a's duration to b's.

        Raises:
            SettingError: If the sounds or the settings do not go together.
            SoundError: If a sound cannot be analysed in this space.
        """
