"""Short-time Fourier transform and its least-squares inverse, on frames centred on known samples."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy import fft

from stimgen.errors import SettingError, ShapeError
from stimgen.media.sound import FloatArray
from stimgen.spectral.compiled import compiled

ComplexArray = npt.NDArray[np.complex128]

_SHORTEST_WINDOW_S = 0.023
_LONGEST_WINDOW_S = 0.032
_HOPS_PER_WINDOW = 8
_SMALLEST_LONGEST = 23.0  # samples; 16 or 20 fits between 23/32 of it and it


@dataclass(frozen=True, kw_only=True)
class StftSettings:
    """Window and hop of a short-time Fourier transform with a (periodic) Hann window.

    Args:
        window_samples: Length of the window and of each Fourier transform, samples, even, >= 16.
        hop_samples: Samples between the centres of consecutive frames, from 1 to a quarter of the window.

    Raises:
        SettingError: If either is out of its range.

    Examples:
        >>> StftSettings(window_samples=512, hop_samples=64).n_bins
        257
    """

    window_samples: int
    hop_samples: int

    def __post_init__(self) -> None:
        if self.window_samples < 16 or self.window_samples % 2:
            raise SettingError(
                f"window_samples must be an even number of at least 16, got {self.window_samples}; "
                "use StftSettings.for_rate to have it chosen"
            )
        if not 1 <= self.hop_samples <= self.window_samples // 4:
            raise SettingError(
                f"hop_samples must lie between 1 and a quarter of the window "
                f"({self.window_samples // 4} samples), got {self.hop_samples}"
            )

    @classmethod
    def for_rate(cls, rate_hz: int, *, shortest_s: float | None = None) -> Self:
        """Choose a window of 23 to 32 ms whose Fourier transform is fast, and an eighth of it as the hop.

        The window is the power of two in that range where there is one, else 5 or 3 times a power of two;
        phases are recovered best with frames this close (Marafioti et al. 2021, arXiv:2106.05148). For a
        sound shorter than 64 ms the range shrinks to end at half its duration, else a single window would
        see all of it and its course in time would be lost.

        Args:
            rate_hz: Sampling rate, Hz, at least 1000.
            shortest_s: Duration of the shortest sound to be transformed, s; None if all last at least 64 ms.

        Raises:
            SettingError: If the rate is below 1000 Hz.

        Examples:
            >>> StftSettings.for_rate(16000)
            StftSettings(window_samples=512, hop_samples=64)
            >>> StftSettings.for_rate(48000, shortest_s=0.020)
            StftSettings(window_samples=384, hop_samples=48)
        """
        if not rate_hz >= 1000:
            raise SettingError(f"rate_hz must be at least 1000, got {rate_hz}; resample the sound")
        longest = _LONGEST_WINDOW_S * rate_hz
        if shortest_s is not None:
            longest = min(longest, max(0.5 * shortest_s * rate_hz, _SMALLEST_LONGEST))
        shortest = longest * _SHORTEST_WINDOW_S / _LONGEST_WINDOW_S
        sizes = [factor << power for factor in (1, 5, 3) for power in range(2, 30)]
        window_samples = next(size for size in sizes if shortest <= size <= longest)
        return cls(window_samples=window_samples, hop_samples=window_samples // _HOPS_PER_WINDOW)

    @property
    def n_bins(self) -> int:
        """Number of frequencies, from 0 to half the sampling rate."""
        return self.window_samples // 2 + 1

    @property
    def window(self) -> FloatArray:
        """The window, shape (window_samples,), 1.0 at its middle."""
        angle = 2.0 * np.pi * np.arange(self.window_samples) / self.window_samples
        return np.asarray(0.5 - 0.5 * np.cos(angle), dtype=np.float64)

    def n_frames(self, n_samples: int) -> int:
        """Return how many frames a sound has: one on each sample 0, hop, 2 hop, ... up to its end."""
        return 1 + n_samples // self.hop_samples

    def frame_times_s(self, n_samples: int, rate_hz: int) -> FloatArray:
        """Return the centres of the frames, shape (n_frames,), s: frame k is centred on sample k x hop."""
        return np.arange(self.n_frames(n_samples), dtype=np.float64) * (self.hop_samples / rate_hz)


def stft(samples: FloatArray, settings: StftSettings) -> ComplexArray:
    """Transform a sound into overlapping windowed spectra.

    Frame k is centred on sample k x hop; before its first and after its last sample the sound is taken as
    silent. Phases refer to the first sample of each frame's window. A sound may be shorter than the window.

    Args:
        samples: Amplitude, shape (n_samples,), n_samples >= 1.
        settings: Window and hop.

    Returns:
        Spectra, shape (n_bins, n_frames), complex.

    Raises:
        ShapeError: If the samples are not one channel of at least one sample.

    Examples:
        >>> stft(np.ones(640), StftSettings(window_samples=64, hop_samples=8)).shape
        (33, 81)
    """
    if samples.ndim != 1 or samples.shape[0] == 0:
        raise ShapeError(f"samples must have the shape (n_samples,) with n_samples >= 1, got {samples.shape}")
    half = settings.window_samples // 2
    padded = np.pad(np.asarray(samples, dtype=np.float64), half)
    frames = np.lib.stride_tricks.sliding_window_view(padded, settings.window_samples)[
        :: settings.hop_samples
    ]
    spectra: ComplexArray = fft.rfft(frames * settings.window, axis=1, overwrite_x=True).T
    return spectra


def istft(spectra: ComplexArray, settings: StftSettings, *, n_samples: int) -> FloatArray:
    """Find the sound whose spectra are nearest to the given ones in the least-squares sense.

    Spectra that come from `stft` give their sound back to within rounding.

    Args:
        spectra: Shape (n_bins, n_frames), as from `stft`.
        settings: Window and hop that the spectra were made with.
        n_samples: Length of the sound, samples.

    Returns:
        Amplitude, shape (n_samples,).

    Raises:
        ShapeError: If the shape of the spectra does not go with the settings and the length.

    References:
        Griffin and Lim 1984, IEEE Trans. Acoust. Speech Signal Process. 32(2):236-243.

    Examples:
        >>> settings = StftSettings(window_samples=64, hop_samples=8)
        >>> ramp = np.linspace(-1.0, 1.0, 100)
        >>> bool(np.allclose(istft(stft(ramp, settings), settings, n_samples=100), ramp, atol=1e-12))
        True
    """
    check_shape(spectra.shape, settings, n_samples=n_samples)
    frames = fft.irfft(spectra.T, n=settings.window_samples, axis=1)
    total = np.zeros(padded_length(settings, n_samples))
    add_frames(frames, settings.window, settings.hop_samples, total)
    half = settings.window_samples // 2
    return np.asarray((total / window_power(settings, n_samples))[half : half + n_samples], dtype=np.float64)


def check_shape(shape: tuple[int, ...], settings: StftSettings, *, n_samples: int) -> None:
    """Refuse spectra whose shape does not go with the settings and the length of the sound.

    Raises:
        ShapeError: If it does not, or n_samples is below 1.
    """
    wanted = (settings.n_bins, settings.n_frames(n_samples))
    if n_samples < 1 or shape != wanted:
        raise ShapeError(
            f"spectra of {n_samples} samples with a window of {settings.window_samples} and a hop of "
            f"{settings.hop_samples} have the shape (n_bins, n_frames) = {wanted}, got {shape}"
        )


def padded_length(settings: StftSettings, n_samples: int) -> int:
    """Return the samples from the first window's start to the end of the last one or of the sound."""
    half = settings.window_samples // 2
    last_end = (settings.n_frames(n_samples) - 1) * settings.hop_samples + settings.window_samples
    return max(last_end, half + n_samples)


def window_power(settings: StftSettings, n_samples: int) -> FloatArray:
    """Return the sum of all frames' squared windows, shape (padded_length,), 1.0 outside the sound."""
    total = np.zeros(padded_length(settings, n_samples))
    ones = np.broadcast_to(settings.window, (settings.n_frames(n_samples), settings.window_samples))
    add_frames(np.ascontiguousarray(ones), settings.window, settings.hop_samples, total)
    half = settings.window_samples // 2
    total[:half] = 1.0
    total[half + n_samples :] = 1.0
    return total


@compiled
def add_frames(
    frames: npt.NDArray[np.floating[Any]],
    window: npt.NDArray[np.floating[Any]],
    hop_samples: int,
    total: npt.NDArray[np.floating[Any]],
) -> None:
    """Window frames of shape (n_frames, window_samples) and add frame k to `total` from sample k x hop on."""
    for frame in range(frames.shape[0]):
        start = frame * hop_samples
        for i in range(window.shape[0]):
            total[start + i] += frames[frame, i] * window[i]
