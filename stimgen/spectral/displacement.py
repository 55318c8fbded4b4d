"""Displacement of spectral envelopes: which frequency of one sound becomes which of the other, and the way."""

from dataclasses import dataclass

import numpy as np

from stimgen.errors import ShapeError
from stimgen.media.sound import FloatArray
from stimgen.spectral.compiled import compiled
from stimgen.spectral.filterbank import hz_to_mel, mel_to_hz

# Frequencies travel along log(f + 100 Hz): nearly proportional above, nearly linear below the lowest
# formants.
_BEND_HZ = 100.0
_FARTHEST_GAUSS = 4.0
_LEAST_MASS = 1e-4


@dataclass(frozen=True, kw_only=True)
class DisplacementSettings:
    """How envelopes are turned into the masses that are transported.

    The mass at a frequency is exp(peak_power x (log envelope - tilt) + level_power x log envelope). Small
    powers keep a loud first formant from outweighing all others; taking out the tilt keeps a change of voice
    effort from moving formants.

    Args:
        peak_power: Power of the envelope relative to its own tilt.
        level_power: Power of the envelope itself.
        tilt_width_mel: Standard deviation of the Gaussian that separates tilt from peaks, mel.
        smoothing_s: Standard deviation of the Gaussian over time by which the masses are smoothed, s.
    """

    peak_power: float = 0.3
    level_power: float = 0.03
    tilt_width_mel: float = 400.0
    smoothing_s: float = 0.010


@dataclass(frozen=True, kw_only=True)
class SourceFrequencies:
    """Where to read both envelopes.

    Args:
        a_hz: Frequencies in a, shape (n_frames, n_points), Hz, never falling along a frame.
        b_hz: Frequencies in b, likewise.
    """

    a_hz: FloatArray
    b_hz: FloatArray


def mel_grid_hz(rate_hz: float, *, n_points: int = 256) -> FloatArray:
    """Return frequencies from 0 to half the rate that are evenly spaced in mel, shape (n_points,), Hz."""
    grid_hz = mel_to_hz(np.linspace(0.0, float(hz_to_mel(rate_hz / 2.0)), n_points))
    grid_hz[0], grid_hz[-1] = 0.0, rate_hz / 2.0
    return grid_hz


def displacement_maps(
    log_power_a: FloatArray,
    log_power_b: FloatArray,
    *,
    grid_hz: FloatArray,
    frame_step_s: float,
    settings: DisplacementSettings | None = None,
) -> FloatArray:
    """Return, frame by frame, the frequency of b that each frequency of a moves to.

    The map is the monotone one that carries the mass of a's envelope to that of b's with the least effort: in
    one dimension it matches equal shares of the cumulated masses, w = G_b^-1(G_a(f)).

    Args:
        log_power_a: Natural log of a's power envelope, shape (n_frames, n_points), points evenly spaced in
            mel.
        log_power_b: The same of b, for the moments that a's frames meet.
        grid_hz: Frequencies of the points, shape (n_points,), Hz, as from `mel_grid_hz`.
        frame_step_s: Distance of the frames, s.
        settings: How envelopes become masses.

    Returns:
        Frequencies in b, shape (n_frames, n_points), Hz, rising along each frame from 0 to half the rate.

    Raises:
        ShapeError: If the envelopes differ in shape or do not fit the grid.

    References:
        Villani 2003, Topics in Optimal Transportation, section 2.2 (the line); Henderson & Solomon 2019,
        Audio Transport: a generalized portamento via optimal transport, DAFx (spectra moved in this way).
    """
    if log_power_a.shape != log_power_b.shape or log_power_a.shape[1:] != grid_hz.shape:
        raise ShapeError(
            f"envelopes must have one shape (n_frames, {grid_hz.size}), "
            f"got {log_power_a.shape} and {log_power_b.shape}"
        )
    settings = settings or DisplacementSettings()
    mel_step = float(hz_to_mel(grid_hz[-1])) / (grid_hz.size - 1)
    share_a, share_b = (
        _cumulated_mass(log_power, mel_step, frame_step_s, settings)
        for log_power in (log_power_a, log_power_b)
    )
    return _match_shares(share_a, share_b, grid_hz)


def source_frequencies(maps_hz: FloatArray, *, grid_hz: FloatArray, position: float) -> SourceFrequencies:
    """Return which frequencies of a and b to read for the envelope at a position.

    Every frequency of a travels to its partner in b at constant speed on the axis log(f + 100 Hz). Beyond 0
    and 1 it goes on, but never overtakes its neighbour and never leaves 0..half the rate.

    Args:
        maps_hz: What `displacement_maps` returned, shape (n_frames, n_points), Hz.
        grid_hz: Frequencies of the points, shape (n_points,), Hz.
        position: 0 is a, 1 is b.

    Returns:
        The frequencies to read for every point of the grid; at position 0 those of a are the grid itself, at
        1 those of b.

    References:
        McCann 1997, A convexity principle for interacting gases, Advances in Mathematics 128 (displacement
        interpolation).
    """
    nyquist_hz = float(grid_hz[-1])
    top = np.log1p(nyquist_hz / _BEND_HZ)
    start = np.log1p(grid_hz / _BEND_HZ)
    travelled = np.clip(start + position * (np.log1p(maps_hz / _BEND_HZ) - start), 0.0, top)
    travelled = np.maximum.accumulate(travelled, axis=1)
    on_way_hz = _BEND_HZ * np.expm1(travelled)
    on_way_hz[:, 0], on_way_hz[:, -1] = 0.0, nyquist_hz
    a_hz = np.empty_like(on_way_hz)
    b_hz = np.empty_like(on_way_hz)
    _invert_rows(on_way_hz, grid_hz, maps_hz, a_hz, b_hz)
    if position == 0.0:
        a_hz[:] = grid_hz
    elif position == 1.0:
        b_hz[:] = grid_hz
    return SourceFrequencies(a_hz=a_hz, b_hz=b_hz)


def read_at(values: FloatArray, *, grid_hz: FloatArray, at_hz: FloatArray) -> FloatArray:
    """Read rows of values at frequencies between the points of the grid, on straight lines.

    Args:
        values: Shape (n_frames, n_points), or several such, shape (n_kinds, n_frames, n_points).
        grid_hz: Frequencies of the points, shape (n_points,), Hz, rising.
        at_hz: Frequencies to read, shape (n_frames, n_read), or (1, n_read) for all frames, Hz, never falling
            along a frame.

    Returns:
        Values, shape (n_frames, n_read), or several such.
    """
    stacked = np.ascontiguousarray(values if values.ndim == 3 else values[None])
    out = np.empty((*stacked.shape[:2], at_hz.shape[1]))
    _interpolate_rows(stacked, grid_hz, np.ascontiguousarray(at_hz), out)
    return out if values.ndim == 3 else out[0]


def gaussian_smooth(values: FloatArray, *, width: float, axis: int) -> FloatArray:
    """Smooth along one axis with a Gaussian, the edges held.

    Args:
        values: Any array.
        width: Standard deviation, in steps of the axis; below a tenth nothing is done.
        axis: Which axis.

    Returns:
        The smoothed array, the same shape.
    """
    reach = int(np.ceil(_FARTHEST_GAUSS * width))
    if width < 0.1 or values.shape[axis] < 2:
        return values
    rows = np.moveaxis(values, axis, -1)
    reach = min(reach, 4 * rows.shape[-1])
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    padded = np.pad(rows, [(0, 0)] * (rows.ndim - 1) + [(reach, reach)], mode="edge")
    flat = padded.reshape(-1, padded.shape[-1])
    out = np.empty((flat.shape[0], rows.shape[-1]))
    _convolve_rows(np.ascontiguousarray(flat), kernel / kernel.sum(), out)
    return np.ascontiguousarray(np.moveaxis(out.reshape(rows.shape), -1, axis))


def _cumulated_mass(
    log_power: FloatArray, mel_step: float, frame_step_s: float, settings: DisplacementSettings
) -> FloatArray:
    """Return the cumulated share of mass at every point, from 0 to 1, strictly rising."""
    smooth = gaussian_smooth(log_power, width=settings.smoothing_s / frame_step_s, axis=0)
    tilt = gaussian_smooth(smooth, width=settings.tilt_width_mel / mel_step, axis=1)
    height = settings.peak_power * (smooth - tilt) + settings.level_power * smooth
    mass = np.exp(height - height.max(axis=1, keepdims=True)) + _LEAST_MASS
    share = np.zeros_like(mass)
    np.cumsum(0.5 * (mass[:, 1:] + mass[:, :-1]), axis=1, out=share[:, 1:])
    return np.asarray(share / share[:, -1:])


@compiled
def _convolve_rows(padded: FloatArray, kernel: FloatArray, out: FloatArray) -> None:
    n_rows, n_out = out.shape
    for row in range(n_rows):
        for column in range(n_out):
            out[row, column] = 0.0
        for tap in range(kernel.size):
            weight = kernel[tap]
            for column in range(n_out):
                out[row, column] += weight * padded[row, column + tap]


@compiled
def _match_shares(share_a: FloatArray, share_b: FloatArray, grid_hz: FloatArray) -> FloatArray:
    n_frames, n_points = share_a.shape
    maps_hz = np.empty((n_frames, n_points))
    for frame in range(n_frames):
        j = 0
        for i in range(n_points):
            while j < n_points - 2 and share_b[frame, j + 1] < share_a[frame, i]:
                j += 1
            low, high = share_b[frame, j], share_b[frame, j + 1]
            part = min(max((share_a[frame, i] - low) / (high - low), 0.0), 1.0)
            maps_hz[frame, i] = grid_hz[j] + part * (grid_hz[j + 1] - grid_hz[j])
        maps_hz[frame, 0] = grid_hz[0]
        maps_hz[frame, n_points - 1] = grid_hz[n_points - 1]
    return maps_hz


@compiled
def _invert_rows(
    on_way_hz: FloatArray, grid_hz: FloatArray, maps_hz: FloatArray, a_hz: FloatArray, b_hz: FloatArray
) -> None:
    n_frames, n_points = on_way_hz.shape
    for frame in range(n_frames):
        j = 0
        for i in range(n_points):
            while j < n_points - 2 and on_way_hz[frame, j + 1] < grid_hz[i]:
                j += 1
            step = on_way_hz[frame, j + 1] - on_way_hz[frame, j]
            part = 0.0
            if step > 0.0:
                part = min(max((grid_hz[i] - on_way_hz[frame, j]) / step, 0.0), 1.0)
            a_hz[frame, i] = grid_hz[j] + part * (grid_hz[j + 1] - grid_hz[j])
            b_hz[frame, i] = maps_hz[frame, j] + part * (maps_hz[frame, j + 1] - maps_hz[frame, j])


@compiled
def _interpolate_rows(values: FloatArray, grid: FloatArray, at: FloatArray, out: FloatArray) -> None:
    n_kinds, n_frames, n_read = out.shape
    n_points = grid.size
    below = np.empty(n_read, dtype=np.int64)
    part = np.empty(n_read)
    for frame in range(n_frames):
        if frame < at.shape[0]:
            j = 0
            for i in range(n_read):
                while j < n_points - 2 and grid[j + 1] < at[frame, i]:
                    j += 1
                below[i] = j
                part[i] = min(max((at[frame, i] - grid[j]) / (grid[j + 1] - grid[j]), 0.0), 1.0)
        for kind in range(n_kinds):
            row = values[kind, frame]
            for i in range(n_read):
                low = row[below[i]]
                out[kind, frame, i] = low + part[i] * (row[below[i] + 1] - low)
