import numpy as np

from stimgen.figures.style import level_colors, rgb


def test_colors_are_read_as_red_green_and_blue() -> None:
    assert rgb("#0072b2") == (0, 0x72, 0xB2)


def test_louder_levels_are_always_lighter() -> None:
    # Relative luminance: IEC 61966-2-1:1999 (sRGB) and its primaries.
    shares = level_colors() / 255.0
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    luminance = linear @ np.array([0.2126, 0.7152, 0.0722])
    assert np.all(np.diff(luminance) > 0.0)
    assert luminance[0] < 0.01
    assert luminance[-1] > 0.9
