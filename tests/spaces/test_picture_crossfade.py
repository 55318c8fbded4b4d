import numpy as np
import pytest

from stimgen.errors import SettingError
from stimgen.media.picture import Picture
from stimgen.spaces.picture_crossfade import PictureCrossfadeSpace


def plain(value: float) -> Picture:
    return Picture(pixels=np.full((3, 4, 1), value))


def test_light_is_mixed_as_light_and_encoded_values_as_values():
    # half the light of white is encoded as 0.7354 (IEC 61966-2-1)
    ends = plain(0.0), plain(1.0)
    for blend, expected in (("light", 0.735357), ("encoded", 0.5)):
        middle = PictureCrossfadeSpace(blend=blend).between(*ends, seed=0)(0.5)
        np.testing.assert_allclose(middle.pixels, expected, atol=1e-5)
        assert middle.end_source == "original"


def test_light_goes_in_a_straight_line():
    a, b = (Picture(pixels=np.random.default_rng(seed).random((5, 6, 3))) for seed in range(2))
    between = PictureCrossfadeSpace().between(a, b, seed=0)
    quarter = Picture(pixels=between(0.25).pixels)
    np.testing.assert_allclose(quarter.light, 0.75 * a.light + 0.25 * b.light, atol=1e-12)


@pytest.mark.parametrize("blend", ["light", "encoded"])
def test_beyond_the_ends_values_are_clipped_and_counted(blend):
    pixels = np.full((3, 4, 1), 0.5)
    pixels[0, :2] = 0.0
    between = PictureCrossfadeSpace(blend=blend).between(plain(0.5), Picture(pixels=pixels), seed=0)
    inside, beyond = between(0.9), between(1.2)
    assert inside.n_clipped == 0
    assert beyond.n_clipped == 2
    assert beyond.pixels.min() == 0.0


def test_rounding_errors_at_black_and_white_are_no_clipping():
    between = PictureCrossfadeSpace().between(plain(1.0), plain(1.0), seed=0)
    assert between(0.3).n_clipped == 0


def test_an_unknown_blend_is_refused():
    with pytest.raises(SettingError, match="'light' or 'encoded'"):
        PictureCrossfadeSpace(blend="gamma")
