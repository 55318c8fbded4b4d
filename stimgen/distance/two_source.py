"""Two-source index: whether a stimulus looks like one sound in between or like both ends played together."""

from dataclasses import dataclass

import numpy as np
from scipy import fft

from stimgen.errors import ShapeError
from stimgen.media.sound import FloatArray

_WINDOW_S = 0.048
_HOP_S = 0.01
_FEWEST_FRAMES = 8
_MOST_FRAMES = 400
# Two noises of one spectrum have a contrast of 0.14; random pairs of vowels, words, spoken digits and bird
# syllables had 0.30 and more, and there true intermediates and superpositions stayed apart.
_LEAST_CONTRAST = 0.25
_LEAST_NOVELTY = 0.002


@dataclass(frozen=True, kw_only=True)
class SourcePair:
    """Two ends, ready to be looked for in any number of stimuli; made by `source_pair`.

    Args:
        spectra_a: Square root of a's magnitude spectra, shape (n_frames, n_bins); frames at even shares of
            the sound.
        spectra_b: The same of b, frame by frame aligned in linear time.
        contrast: Share of one end's spectra that the other does not explain, the smaller of both ways, 0..1.
        rate_hz: Sampling rate, Hz.
    """

    spectra_a: FloatArray
    spectra_b: FloatArray
    contrast: float
    rate_hz: float

    def index(self, stimulus: FloatArray) -> float | None:
        """Return the two-source index of one stimulus; see `two_source_index`.

        Args:
            stimulus: Amplitude, shape (n_samples,), at the rate of the pair; any length and level.
        """
        if self.contrast < _LEAST_CONTRAST or not np.any(stimulus):
            return None
        spectra = _root_spectra(stimulus, self.rate_hz, self.spectra_a.shape[0])
        fit = _fit(spectra, self.spectra_a, self.spectra_b)
        if fit.left_by_one < _LEAST_NOVELTY * fit.total:
            return None
        return float(np.clip(1.0 - fit.left_by_both / fit.left_by_one, 0.0, 1.0))


def source_pair(a: FloatArray, b: FloatArray, *, rate_hz: float) -> SourcePair:
    """Analyse two ends once, for many stimuli.

    Args:
        a: Amplitude, shape (n_samples_a,).
        b: Amplitude, shape (n_samples_b,); length and level may differ from a's.
        rate_hz: Sampling rate of both, Hz.

    Raises:
        ShapeError: If a sound has no samples or several channels.
    """
    longer_s = max(a.size, b.size) / rate_hz
    n_frames = int(np.clip(round(longer_s / _HOP_S), _FEWEST_FRAMES, _MOST_FRAMES))
    spectra_a, spectra_b = (_root_spectra(samples, rate_hz, n_frames) for samples in (a, b))
    shared = np.einsum("ij,ij->i", spectra_a, spectra_b) ** 2
    power_a, power_b = (np.einsum("ij,ij->i", spectra, spectra) for spectra in (spectra_a, spectra_b))
    explained = max(
        _ratio(_ratio_per_frame(shared, power_b).sum(), power_a.sum()),
        _ratio(_ratio_per_frame(shared, power_a).sum(), power_b.sum()),
    )
    return SourcePair(spectra_a=spectra_a, spectra_b=spectra_b, contrast=1.0 - explained, rate_hz=rate_hz)


def two_source_index(stimulus: FloatArray, a: FloatArray, b: FloatArray, *, rate_hz: float) -> float | None:
    """Return how much of what one end leaves unexplained in a stimulus the two ends explain together.

    The spectra are square roots of magnitudes over 48 ms Hann windows, so that single harmonics are resolved
    and faint ones count; frames of the three sounds meet at equal shares of their durations. In every frame
    the stimulus is fitted by least squares with c a + d b, c and d >= 0, and with c a or d b alone, whichever
    is nearer. Summed over frames, the index is 1 - (squared error of both) / (squared error of the nearer
    one). The nearer end as the baseline keeps a stimulus from scoring high only because it is close to an
    end; it is chosen per frame, so that a followed by b counts as a mixture only where they meet.

    1 is a pure superposition; 0 says that a mixture is no better than one end, as for a sound whose harmonics
    and formants lie where neither end has any. The index falls towards the ends for any method, so compare
    equal positions. Halfway between synthetic vowels, words and bird syllables of equal durations, true
    intermediates gave 0.18, 0.12 and 0.03 (at most 0.50), cross-fades of dB spectrograms 0.69, 0.66 and 0.63
    (at least 0.52), and cross-fades of waveforms 0.80, 0.66 and 0.91 (at least 0.75 but for the words, 0.30).

    Args:
        stimulus: Amplitude, shape (n_samples,).
        a: One end, shape (n_samples_a,).
        b: The other, shape (n_samples_b,).
        rate_hz: Sampling rate of all three, Hz.

    Returns:
        The index, 0..1. None where it would mean nothing: one of a and b explains more than three quarters of
        the other (voices of one pitch and vowel, noises of one colour), a sound is silent, or the stimulus is
        an end (one end explains 99.8 % of it).

    Raises:
        ShapeError: If a sound has no samples or several channels.

    References:
        Lawson & Hanson 1974, Solving Least Squares Problems, Prentice-Hall, chapter 23 (non-negative least
        squares).

    Examples:
        >>> time_s = np.arange(4000) / 16000
        >>> low, middle, high = (np.sin(2 * np.pi * f * time_s) for f in (500.0, 707.0, 1000.0))
        >>> round(two_source_index(low + high, low, high, rate_hz=16000), 1)
        1.0
        >>> two_source_index(middle, low, high, rate_hz=16000) < 0.2
        True
        >>> two_source_index(low, low, high, rate_hz=16000) is None
        True
    """
    return source_pair(a, b, rate_hz=rate_hz).index(stimulus)


@dataclass(frozen=True, kw_only=True)
class _Fit:
    """Power of the stimulus' spectra, and what the nearer end and both ends leave of it, over all frames."""

    total: float
    left_by_one: float
    left_by_both: float


def _fit(target: FloatArray, a: FloatArray, b: FloatArray) -> _Fit:
    """Fit every frame with non-negative multiples of two regressors, in closed form.

    All spectra are >= 0, so a fit with one regressor never needs its bound; with both, a coefficient that
    comes out negative leaves the other regressor alone.
    """
    aa, bb, ab, ta, tb, tt = (
        np.einsum("ij,ij->i", left, right)
        for left, right in ((a, a), (b, b), (a, b), (target, a), (target, b), (target, target))
    )
    by_one = np.maximum(_ratio_per_frame(ta**2, aa), _ratio_per_frame(tb**2, bb))
    determinant = aa * bb - ab**2
    of_a, of_b = ta * bb - tb * ab, tb * aa - ta * ab
    is_inside = (of_a > 0.0) & (of_b > 0.0) & (determinant > 1e-9 * aa * bb)
    by_both = np.where(is_inside, _ratio_per_frame(of_a * ta + of_b * tb, determinant), by_one)
    total = float(tt.sum())
    return _Fit(
        total=total,
        left_by_one=max(total - float(by_one.sum()), 0.0),
        left_by_both=max(total - float(np.maximum(by_both, by_one).sum()), 0.0),
    )


def _root_spectra(samples: FloatArray, rate_hz: float, n_frames: int) -> FloatArray:
    """Return square roots of magnitude spectra at the middles of `n_frames` even stretches of a sound."""
    if samples.ndim != 1 or samples.size == 0:
        raise ShapeError(f"the two-source index needs sounds of one channel, got shape {samples.shape}")
    n_window = max(8, round(_WINDOW_S * rate_hz))
    n_fft = fft.next_fast_len(n_window, real=True)
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * (np.arange(n_window) + 0.5) / n_window)
    centred = samples - samples.mean()
    # The level does not matter; scaled so that the squares of a faint sound do not vanish.
    centred = centred / max(float(np.abs(centred).max()), 1e-300)
    padded = np.pad(centred, (n_window // 2, n_window - n_window // 2))
    starts = np.floor((np.arange(n_frames) + 0.5) * (samples.size / n_frames)).astype(np.intp)
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_window)[starts]
    spectrum = fft.rfft(frames * window, n_fft)
    return np.asarray(np.sqrt(np.abs(spectrum)))


def _ratio_per_frame(above: FloatArray, below: FloatArray) -> FloatArray:
    """Return above / below, 0 where below is 0."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0.0)


def _ratio(above: float, below: float) -> float:
    return above / below if below > 0.0 else 1.0
