"""Amplitude spectra of a set made equal, phases kept: the same spatial frequencies, other pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stimgen.calibration.match_luminance import Aim, largest_scale
from stimgen.calibration.match_settings import MatchSettings, SpectrumKind
from stimgen.calibration.relight import Lit
from stimgen.errors import SettingError
from stimgen.media.sound import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Rings:
    """Rings of one spatial frequency in the half plane that `rfft2` gives.

    Args:
        number: Of the ring each frequency is in, shape (height_px, width_px // 2 + 1); the mean alone is in ring 0.
        weight: How often each counts, 2 where its mirror image is left out, same shape.
    """

    number: npt.NDArray[np.int64]
    weight: FloatArray

    @classmethod
    def of(cls, height_px: int, width_px: int) -> "Rings":
        """Return the rings of a size: 1 cycle per longer side apart."""
        down, right = np.fft.fftfreq(height_px)[:, None], np.fft.rfftfreq(width_px)[None, :]
        number = np.rint(np.hypot(down, right) * max(height_px, width_px)).astype(np.int64)
        weight = np.full(number.shape, 2.0)
        weight[:, 0] = 1.0
        if width_px % 2 == 0:
            weight[:, -1] = 1.0
        return cls(number=number, weight=weight)

    def mean(self, amplitude: FloatArray) -> FloatArray:
        """Return the mean amplitude in each ring, shape (n_rings,)."""
        number = self.number.ravel()
        total = np.bincount(number, weights=(amplitude * self.weight).ravel())
        return np.asarray(total / np.maximum(np.bincount(number, weights=self.weight.ravel()), 1.0))


def aim_at_spectrum(lits: Sequence[Lit], chosen: MatchSettings) -> Aim:
    """Give every picture the set's average amplitude spectrum of luminance and keep its phases.

    "rotational" multiplies each ring of one spatial frequency by one number, so that its mean amplitude becomes the
    set's; "full" replaces every amplitude. The mean luminance is amplitude 0 and is matched with the rest. What comes
    out seldom fits between black and white: the contrast of the whole set is lowered until it does, by one factor,
    which leaves spectra alike.

    Raises:
        SettingError: If the pictures differ in size, or a mask leaves something out: spectra are of whole pictures.

    References:
        Willenbockel, Sadr, Fiset, Horne, Gosselin & Tanaka 2010, Behavior Research Methods 42(3), 671-684.
    """
    _demand_whole(lits)
    height_px, width_px = lits[0].inside.shape
    spectra = [_spectrum(lit, lit.luminance) for lit in lits]
    rings = Rings.of(height_px, width_px)
    changed = _fully_matched(spectra) if chosen.spectrum == "full" else _matched_by_rings(spectra, rings)
    mean = float(np.mean([lit.luminance.mean() for lit in lits]))
    departures = [np.fft.irfft2(one, s=(height_px, width_px)).ravel() - mean for one in changed]
    asked = float(np.mean([departure.std() for departure in departures]))
    scale = largest_scale(departures, mean, chosen)
    return Aim(
        wanted=[mean + scale * departure for departure in departures],
        asked_mean=mean,
        asked_contrast=asked,
        mean=mean,
        contrast=scale * asked,
        is_contrast_matched=chosen.spectrum == "full",
    )


def spectrum_residual(lit: Lit, achieved: FloatArray, wanted: FloatArray, kind: SpectrumKind) -> float:
    """Return by how much the amplitudes that were achieved differ from those wanted, as a share of the latter.

    Root mean square of the differences over root mean square, without the mean; over rings if they were matched.

    Args:
        lit: The picture.
        achieved: Its luminances after rounding, shape (n_inside,).
        wanted: Those that have the spectrum wanted, same shape.
        kind: What was matched.
    """
    rings = Rings.of(*lit.inside.shape)
    amplitudes = [np.abs(_spectrum(lit, values)) for values in (achieved, wanted)]
    if kind == "rotational":
        first, second = (rings.mean(amplitude)[1:] for amplitude in amplitudes)
    else:
        first, second = (amplitude.ravel()[1:] for amplitude in amplitudes)
    return float(np.linalg.norm(first - second) / max(float(np.linalg.norm(second)), 1e-300))


def _matched_by_rings(
    spectra: Sequence[npt.NDArray[np.complex128]], rings: Rings
) -> list[npt.NDArray[np.complex128]]:
    means = [rings.mean(np.abs(spectrum)) for spectrum in spectra]
    target = np.mean(means, axis=0)
    gains = [np.divide(target, own, out=np.zeros_like(target), where=own > 0.0) for own in means]
    return [spectrum * gain[rings.number] for spectrum, gain in zip(spectra, gains, strict=True)]


def _fully_matched(spectra: Sequence[npt.NDArray[np.complex128]]) -> list[npt.NDArray[np.complex128]]:
    amplitudes = [np.abs(spectrum) for spectrum in spectra]
    target = np.mean(amplitudes, axis=0)
    return [
        # a frequency that a picture lacks has no phase; it gets 0
        np.divide(spectrum, own, out=np.ones_like(spectrum), where=own > 0.0) * target
        for spectrum, own in zip(spectra, amplitudes, strict=True)
    ]


def _spectrum(lit: Lit, values: FloatArray) -> npt.NDArray[np.complex128]:
    return np.fft.rfft2(values.reshape(lit.inside.shape))


def _demand_whole(lits: Sequence[Lit]) -> None:
    sizes = {lit.inside.shape for lit in lits}
    if len(sizes) > 1:
        named = ", ".join(f"{width} x {height}" for height, width in sorted(sizes))
        raise SettingError(
            f"amplitude spectra are matched over pictures of one size, got {named} px; crop or resize them"
        )
    if not all(lit.inside.all() for lit in lits):
        raise SettingError(
            "an amplitude spectrum is of a whole picture, got masks that leave a part out; "
            "match the spectrum without masks, or the histogram with them"
        )
