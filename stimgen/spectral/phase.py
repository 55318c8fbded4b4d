"""From magnitudes to a sound: phase-gradient heap integration, then fast Griffin-Lim iterations."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import fft

from stimgen.errors import SettingError, ShapeError
from stimgen.media.sound import FloatArray
from stimgen.seeding import child_rng
from stimgen.spectral.compiled import compiled
from stimgen.spectral.stft import StftSettings, add_frames, check_shape, padded_length, window_power

_TOLERANCE = 1e-6  # magnitudes below this share of the greatest say nothing about phase
_HANN_GAMMA = (
    0.25645  # a Gaussian exp(-pi t^2 / gamma) is most like a Hann window if gamma is this x window^2
)
_LOG_FLOOR = (
    1e-10  # keeps the logarithm finite; far enough below the tolerance to leave slopes above it alone
)
_MOMENTUM = 0.99
_BLOCK_FRAMES = 64  # so that one block of frames and spectra stays in the processor's cache
_LOWEST_DB = -300.0


@dataclass(frozen=True, kw_only=True)
class Inversion:
    """A sound made from magnitudes.

    Args:
        samples: Amplitude, shape (n_samples,).
        spectral_convergence_db: 20 log10(||M' - M|| / ||M||), dB, M the wanted
            magnitudes and M' those of the samples; never below -300, which silence from all-zero magnitudes
            has.
    """

    samples: FloatArray
    spectral_convergence_db: float


def invert(
    magnitude: FloatArray, settings: StftSettings, *, n_samples: int, n_iterations: int = 48, seed: int = 0
) -> Inversion:
    """Find a sound with the given spectrogram.

    The phase gradient follows from the logarithm of the magnitudes and is integrated from strong bins to
    weak ones; fast Griffin-Lim iterations then repair what that leaves. The integration is never used
    alone: on magnitudes that belong to no sound (blends, decoder outputs) it is worse than plain
    Griffin-Lim.

    Args:
        magnitude: Linear magnitudes, shape (n_bins, n_frames), >= 0, laid out as by `stft`.
        settings: Window and hop that the magnitudes belong to.
        n_samples: Length of the sound, samples.
        n_iterations: Fast Griffin-Lim iterations, >= 1.
        seed: Decides the phases of bins more than 120 dB below the greatest.

    Returns:
        The sound, the same bytes for the same arguments, and how well it fits. Its polarity is arbitrary.

    Raises:
        SettingError: If n_iterations is below 1.
        ShapeError: If the shape does not go with the settings and the length, or a magnitude is negative or
            not finite.

    References:
        Prusa, Balazs and Sondergaard 2017, IEEE/ACM TASLP 25(5):1154-1164 (heap integration).
        Perraudin, Balazs and Sondergaard 2013, IEEE WASPAA (fast Griffin-Lim).

    Examples:
        >>> from stimgen.spectral.stft import stft
        >>> settings = StftSettings.for_rate(8000)
        >>> tone = np.sin(2 * np.pi * 440 * np.arange(2000) / 8000)
        >>> wanted = np.abs(stft(tone, settings))
        >>> invert(wanted, settings, n_samples=2000).spectral_convergence_db < -30
        True
    """
    if n_iterations < 1:
        raise SettingError(
            f"n_iterations must be at least 1, got {n_iterations}: the first guess alone is no usable sound"
        )
    check_shape(magnitude.shape, settings, n_samples=n_samples)
    if not (np.all(np.isfinite(magnitude)) and np.all(magnitude >= 0.0)):
        raise ShapeError("magnitudes must be finite and not negative; take np.abs of the spectra")
    greatest = float(magnitude.max())
    if greatest == 0.0:
        return Inversion(samples=np.zeros(n_samples), spectral_convergence_db=_LOWEST_DB)
    wanted = np.ascontiguousarray((magnitude / greatest).T, dtype=np.float32)
    spectra = _integrate_phase(wanted, settings, rng=child_rng(seed, "phase"))
    samples = _fast_griffin_lim(wanted, spectra, settings, n_samples=n_samples, n_iterations=n_iterations)
    return Inversion(
        samples=samples * greatest,
        spectral_convergence_db=_spectral_convergence_db(wanted, samples, settings),
    )


# Inside this file spectra are laid out (n_frames, n_bins), so that a frame lies together in memory, in
# single precision: its rounding is 100 dB below what the iterations leave.
_Single = npt.NDArray[np.float32]
_Complex = npt.NDArray[np.complex64]


def _integrate_phase(wanted: _Single, settings: StftSettings, *, rng: np.random.Generator) -> _Complex:
    """Give magnitudes with a maximum of 1 the phases that their own slopes imply.

    With a window exp(-pi t^2 / gamma) and phases taken at the frame's centre, the logarithm of the transform
    V is analytic: the phase rises by 2 pi f + (1 / gamma) d log|V| / df per unit of time and by -gamma d
    log|V| / dt per unit of frequency (Prusa et al. 2017). Below, per hop of time and per bin of frequency.
    """
    window, hop = settings.window_samples, settings.hop_samples
    gamma = _HANN_GAMMA * window**2
    log_magnitude = np.log(np.maximum(wanted, np.float32(_LOG_FLOOR)))
    settled = wanted <= _TOLERANCE
    phase = np.zeros(wanted.shape)
    phase[settled] = rng.uniform(0.0, 2.0 * math.pi, int(np.count_nonzero(settled)))
    _spread_all(
        log_magnitude,
        settled,
        phase,
        hop * window / gamma,
        gamma / (hop * window),
        2.0 * math.pi * hop / window,
    )
    _make_rims_real(phase)
    spectra = np.empty(wanted.shape, dtype=np.complex64)
    _to_spectra(wanted, phase, spectra)
    return spectra


def _make_rims_real(phase: FloatArray) -> None:
    """Turn the phases at 0 Hz and at half the rate to the nearer of 0 and pi, and their neighbours less.

    A real sound has real spectra there. What was integrated only comes near that, and the iterations seldom
    mend a wrong sign: without this, much of what they leave of white noise lies in these two bins.
    """
    share = np.array([1.0, 0.75, 0.5, 0.25])
    for rim in (phase[:, : share.size], phase[:, : -share.size - 1 : -1]):
        turn = np.round(rim[:, 0] / math.pi) * math.pi - rim[:, 0]
        np.add(rim, np.outer(turn, share), out=rim)


def _fast_griffin_lim(
    wanted: _Single, spectra: _Complex, settings: StftSettings, *, n_samples: int, n_iterations: int
) -> FloatArray:
    """Alternate between the wanted magnitudes and spectra that belong to a sound, with momentum."""
    window, hop, half = settings.window.astype(np.float32), settings.hop_samples, settings.window_samples // 2
    share = (1.0 / window_power(settings, n_samples)).astype(np.float32)
    share[:half] = 0.0  # the sound is silent outside its own samples
    share[half + n_samples :] = 0.0
    padded = np.empty(padded_length(settings, n_samples), dtype=np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(padded, settings.window_samples)[::hop]
    blocks = [slice(k, min(k + _BLOCK_FRAMES, len(wanted))) for k in range(0, len(wanted), _BLOCK_FRAMES)]
    current, previous = spectra, spectra.copy()
    for iteration in range(n_iterations + 1):
        padded[:] = 0.0
        for block in blocks:
            target = np.empty_like(current[block])
            _impose(wanted[block], current[block], previous[block], np.float32(_MOMENTUM), target)
            parts = fft.irfft(target, n=settings.window_samples, axis=1, overwrite_x=True)
            add_frames(parts, window, hop, padded[block.start * hop :])
        padded *= share
        if iteration < n_iterations:
            current, previous = previous, current
            for block in blocks:
                current[block] = fft.rfft(frames[block] * window, axis=1, overwrite_x=True)
    return padded[half : half + n_samples].astype(np.float64)


def _spectral_convergence_db(wanted: _Single, samples: FloatArray, settings: StftSettings) -> float:
    """Return 20 log10(||M' - M|| / ||M||), M the wanted magnitudes and M' those of the samples."""
    padded = np.pad(samples, settings.window_samples // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, settings.window_samples)[
        :: settings.hop_samples
    ]
    missed = total = 0.0
    for start in range(0, len(wanted), _BLOCK_FRAMES):
        block = slice(start, start + _BLOCK_FRAMES)
        aim = wanted[block].astype(np.float64)
        got = np.abs(fft.rfft(frames[block] * settings.window, axis=1, overwrite_x=True))
        missed += float(np.sum((got - aim) ** 2))
        total += float(np.sum(aim**2))
    return max(10.0 * math.log10(missed / total), _LOWEST_DB) if missed > 0.0 else _LOWEST_DB


@compiled
def _spread_all(
    log_magnitude: _Single,
    settled: npt.NDArray[np.bool_],
    phase: FloatArray,
    per_hop: float,
    per_bin: float,
    advance: float,
) -> None:
    """Fill in the phase of every bin that is not settled, region by region, from strong bins to weak ones.

    Regions are parted by settled bins, so their order does not matter; each starts at phase 0 from a local
    maximum. The tree along which the phase spreads hardly depends on which maximum that is.
    """
    n_frames, n_bins = log_magnitude.shape
    keys = np.empty(log_magnitude.size, np.float32)
    items = np.empty(log_magnitude.size, np.int64)
    for first in range(log_magnitude.size):
        if settled[first // n_bins, first % n_bins]:
            continue
        top = _climb(log_magnitude, first)
        settled[top // n_bins, top % n_bins] = True
        size = _push(keys, items, 0, log_magnitude[top // n_bins, top % n_bins], top)
        while size > 0:
            at = items[0]
            size = _pop(keys, items, size)
            frame, row = at // n_bins, at % n_bins
            for frame_step, bin_step in ((-1, 0), (1, 0), (0, -1), (0, 1)):
                f, b = frame + frame_step, row + bin_step
                if f < 0 or f >= n_frames or b < 0 or b >= n_bins or settled[f, b]:
                    continue
                if bin_step == 0:
                    slope = _slope_along_bins(log_magnitude, frame, row) + _slope_along_bins(
                        log_magnitude, f, b
                    )
                    phase[f, b] = phase[frame, row] + frame_step * (0.5 * per_hop * slope + advance * row)
                else:
                    slope = _slope_along_frames(log_magnitude, frame, row) + _slope_along_frames(
                        log_magnitude, f, b
                    )
                    phase[f, b] = phase[frame, row] - bin_step * 0.5 * per_bin * slope
                settled[f, b] = True
                size = _push(keys, items, size, log_magnitude[f, b], f * n_bins + b)


@compiled
def _climb(log_magnitude: _Single, start: int) -> int:
    """Return the local maximum that is reached from a bin by always going to its strongest neighbour."""
    n_frames, n_bins = log_magnitude.shape
    at = start
    while True:
        best = at
        frame, row = at // n_bins, at % n_bins
        for frame_step, bin_step in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            f, b = frame + frame_step, row + bin_step
            if f < 0 or f >= n_frames or b < 0 or b >= n_bins:
                continue
            if log_magnitude[f, b] > log_magnitude[best // n_bins, best % n_bins]:
                best = f * n_bins + b
        if best == at:
            return at
        at = best


@compiled
def _slope_along_bins(log_magnitude: _Single, frame: int, row: int) -> float:
    """Return d log|V| per bin, from the bins on both sides.

    At 0 Hz and at half the rate it is 0, because the magnitudes of a real sound are mirrored there.
    """
    if row == 0 or row == log_magnitude.shape[1] - 1:
        return 0.0
    return 0.5 * float(log_magnitude[frame, row + 1] - log_magnitude[frame, row - 1])


@compiled
def _slope_along_frames(log_magnitude: _Single, frame: int, row: int) -> float:
    """Return d log|V| per frame, from the frames on both sides; 0 if there is one frame only."""
    before, after = max(frame - 1, 0), min(frame + 1, log_magnitude.shape[0] - 1)
    if after == before:
        return 0.0
    return float((log_magnitude[after, row] - log_magnitude[before, row]) / (after - before))


@compiled
def _push(keys: _Single, items: npt.NDArray[np.int64], size: int, key: float, item: int) -> int:
    """Put an item on a binary heap whose greatest key stands first, and return the new size."""
    at = size
    while at > 0:
        parent = (at - 1) >> 1
        if keys[parent] >= key:
            break
        keys[at], items[at] = keys[parent], items[parent]
        at = parent
    keys[at], items[at] = key, item
    return size + 1


@compiled
def _pop(keys: _Single, items: npt.NDArray[np.int64], size: int) -> int:
    """Take the first item off the heap, and return the new size."""
    size -= 1
    key, item = keys[size], items[size]
    at = 0
    while 2 * at + 1 < size:
        child = 2 * at + 1
        if child + 1 < size and keys[child + 1] > keys[child]:
            child += 1
        if keys[child] <= key:
            break
        keys[at], items[at] = keys[child], items[child]
        at = child
    keys[at], items[at] = key, item
    return size


@compiled
def _to_spectra(wanted: _Single, phase: FloatArray, spectra: _Complex) -> None:
    """Write wanted x exp(i phase), moved from phases at the frame's centre to phases at its first sample."""
    for frame in range(wanted.shape[0]):
        for row in range(wanted.shape[1]):
            angle = phase[frame, row] + math.pi * (row & 1)  # half a window is a turn of pi per bin
            spectra[frame, row] = wanted[frame, row] * complex(math.cos(angle), math.sin(angle))


@compiled
def _impose(
    wanted: _Single, current: _Complex, previous: _Complex, momentum: np.float32, target: _Complex
) -> None:
    """Write the wanted magnitudes with the phases of current + momentum x (current - previous)."""
    tiny = np.float32(1e-36)
    for frame in range(wanted.shape[0]):
        for row in range(wanted.shape[1]):
            real, imag = current[frame, row].real, current[frame, row].imag
            real += momentum * (real - previous[frame, row].real)
            imag += momentum * (imag - previous[frame, row].imag)
            power = real * real + imag * imag
            if power > tiny:
                gain = wanted[frame, row] / np.sqrt(power)
                target[frame, row] = complex(gain * real, gain * imag)
            else:  # no phase to keep
                target[frame, row] = wanted[frame, row]
