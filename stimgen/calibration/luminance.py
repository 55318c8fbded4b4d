"""The light of a set of pictures: matched, rounded, measured as it will be written, and put on record."""

from collections.abc import Sequence

from stimgen.calibration.luminance_measure import LuminanceFacts, measure_luminance
from stimgen.calibration.mask import Masks, masks_of
from stimgen.calibration.match_histogram import aim_at_histogram, histogram, misplaced
from stimgen.calibration.match_luminance import (
    CONTRAST_TOLERANCE,
    MEAN_TOLERANCE,
    Aim,
    aim_at_contrast,
    aim_at_mean,
    carry_out,
)
from stimgen.calibration.match_settings import MatchedSet, MatchRecord, MatchSettings, PictureMatch
from stimgen.calibration.match_spectrum import aim_at_spectrum, spectrum_residual
from stimgen.calibration.relight import Lit, Relit
from stimgen.errors import PictureError, SettingError
from stimgen.media.picture import Picture
from stimgen.media.sound import FloatArray


def match_pictures(
    pictures: Sequence[Picture], settings: MatchSettings | None = None, *, masks: Masks | None = None
) -> MatchedSet:
    """Make the light of a set of pictures alike and round it to what files hold.

    Everything is reckoned in linear light and relative to white. Where the target would drive more than a few pixels
    out of range, the whole set gets a lower one, as a set of sounds gets a lower level; the few are counted.

    Args:
        pictures: One or more.
        settings: What is matched and how.
        masks: Boolean, true where pixels count: one of shape (height_px, width_px) for all, or one per picture. What is
            outside is neither measured nor changed, but for rounding.

    Raises:
        SettingError: If there is no picture, the pictures do not go with the settings, or `strict` is asked for and not
            to be had.
        PictureError: If a picture is black or flat and cannot be matched.
        ShapeError: If a mask does not fit.

    Examples:
        >>> import numpy as np
        >>> noise = np.random.default_rng(0).random((2, 32, 32, 1))
        >>> dark, bright = Picture(pixels=0.6 * noise[0]), Picture(pixels=0.3 + 0.6 * noise[1])
        >>> matched = match_pictures([dark, bright], MatchSettings(match="contrast"))
        >>> [round(one.after.mean_luminance, 3) for one in matched.record.pictures]
        [0.225, 0.225]
    """
    chosen = settings or MatchSettings()
    if not pictures:
        raise SettingError("matching needs one picture or more, got none")
    lits = [
        Lit.of(picture, inside=inside, transfer=chosen.transfer, bit_depth=chosen.bit_depth)
        for picture, inside in zip(pictures, masks_of(pictures, masks), strict=True)
    ]
    aim = _aim(lits, chosen)
    if chosen.strict:
        _refuse_lower(aim)
    relits = [carry_out(lit, wanted, aim) for lit, wanted in zip(lits, aim.wanted, strict=True)]
    record = MatchRecord(
        settings=chosen,
        asked_mean_luminance=aim.asked_mean,
        asked_rms_contrast=aim.asked_contrast,
        target_mean_luminance=aim.mean,
        target_rms_contrast=aim.contrast,
        pictures=tuple(_entries(lits, relits, aim, chosen)),
    )
    if chosen.strict:
        _refuse_clipped(record)
    return MatchedSet(pictures=tuple(relit.picture for relit in relits), record=record)


def _aim(lits: Sequence[Lit], chosen: MatchSettings) -> Aim:
    if chosen.match == "luminance":
        return aim_at_mean(lits, chosen)
    if chosen.match == "contrast":
        return aim_at_contrast(lits, chosen)
    if chosen.match == "histogram":
        return aim_at_histogram(lits)
    if chosen.match == "spectrum":
        return aim_at_spectrum(lits, chosen)
    kept = [lit.luminance for lit in lits]
    return Aim(wanted=kept, asked_mean=None, asked_contrast=None, mean=None, contrast=None)


def _entries(
    lits: Sequence[Lit], relits: Sequence[Relit], aim: Aim, chosen: MatchSettings
) -> list[PictureMatch]:
    n_tied = aim.n_tied or [0] * len(lits)
    entries = []
    for lit, relit, wanted, tied in zip(lits, relits, aim.wanted, n_tied, strict=True):
        before = measure_luminance(lit.picture, mask=lit.inside, transfer=lit.transfer)
        after = before
        if relit.picture is not lit.picture:
            after = measure_luminance(relit.picture, mask=lit.inside, transfer=lit.transfer)
        entries.append(
            PictureMatch(
                name=lit.picture.name,
                before=before,
                after=after,
                n_clipped=relit.n_clipped,
                n_paled=relit.n_paled,
                n_tied=tied,
                is_dithered=relit.is_dithered,
                residual=_residual(lit, relit, wanted, chosen),
                is_on_target=_is_on_target(after, aim),
            )
        )
    return entries


def _residual(lit: Lit, relit: Relit, wanted: FloatArray, chosen: MatchSettings) -> float | None:
    if chosen.match == "histogram":
        return misplaced(lit, relit.luminance, histogram(lit, wanted))
    if chosen.match == "spectrum":
        return spectrum_residual(lit, relit.luminance, wanted, chosen.spectrum)
    return None


def _is_on_target(after: LuminanceFacts, aim: Aim) -> bool:
    of_mean = aim.mean is None or abs(after.mean_luminance - aim.mean) <= MEAN_TOLERANCE * aim.mean
    if aim.contrast is None or not aim.is_contrast_matched:
        return of_mean
    return of_mean and abs(after.rms_contrast - aim.contrast) <= CONTRAST_TOLERANCE * aim.contrast


def _refuse_lower(aim: Aim) -> None:
    for what, asked, fits in (
        ("mean luminance", aim.asked_mean, aim.mean),
        ("RMS contrast", aim.asked_contrast, aim.contrast),
    ):
        if asked is not None and fits is not None and fits < asked:
            raise SettingError(
                f"the {what} of {asked:.4f} does not fit every picture, {fits:.4f} does; ask for that, allow more "
                f"clipped pixels, or let the whole set be lowered (not strict)"
            )


def _refuse_clipped(record: MatchRecord) -> None:
    for one in record.pictures:
        n_out, n_pixels = one.n_clipped + one.n_paled, one.after.n_pixels
        if n_out > record.settings.most_clipped * n_pixels:
            raise PictureError(
                f"{n_out} of {n_pixels} pixels of {one.name!r} would be clipped or paled, allowed are "
                f"{record.settings.most_clipped:g} of them; ask for less light or contrast, "
                f"allow more, or do not be strict"
            )
