import numpy as np
import pytest

from stimgen.errors import ShapeError, SoundError
from stimgen.media.sound import Sound
from stimgen.media.usable import as_float64, check_usable

WAVE = 0.1 * np.sin(np.arange(1600) / 5)


def test_a_plain_sound_is_usable() -> None:
    check_usable(Sound(samples=WAVE, rate_hz=16_000))


@pytest.mark.parametrize(
    ("samples", "rate_hz", "message"),
    [
        (0 * WAVE, 16_000, "is silent"),
        (0 * WAVE - 0.5, 16_000, "does not vary: every sample is -0.5"),
        (1e-6 * WAVE, 16_000, "its peak is -140"),
        (np.append(WAVE, np.nan), 16_000, "not numbers"),
        (WAVE[:100], 16_000, "lasts 6.25 ms"),
        (WAVE[:0], 16_000, "lasts 0 ms"),
        (np.tile(WAVE, 700), 16_000, "lasts 70 s"),
        (WAVE, 0, "sampling rate is 0 Hz; allowed are 1000 to 1000000 Hz"),
        (WAVE, 2_000_000, "sampling rate is 2000000 Hz"),
        (1e12 * WAVE, 16_000, "samples are broken"),
    ],
)
def test_what_is_not_usable_is_told_apart(samples, rate_hz, message) -> None:
    with pytest.raises(SoundError, match=message):
        check_usable(Sound(samples=samples, rate_hz=rate_hz))


@pytest.mark.parametrize("samples", [WAVE[:, None], WAVE.astype(np.float32), [0.1] * 1600])
def test_what_is_no_row_of_float64_is_refused(samples) -> None:
    with pytest.raises(ShapeError, match="must be a float64 array of shape"):
        check_usable(Sound(samples=samples, rate_hz=16_000))


@pytest.mark.parametrize(
    ("samples", "remedy"),
    [
        ([0.1] * 1600, r"np\.asarray\(samples, dtype=np\.float64\)"),
        (None, r"got None; convert it"),
        (WAVE.astype(np.complex128), r"np\.asarray\(samples, dtype=np\.float64\)"),
        ((WAVE * 32767).astype(np.int16), r"got int16 .*samples / 32768"),
        ((WAVE * 2**31).astype(np.int32), r"samples / 2147483648"),
        ((WAVE * 127 + 128).astype(np.uint8), r"\(samples - 128\.0\) / 128"),
        (WAVE[:, None], r"samples\[:, 0\]"),
    ],
)
def test_samples_of_the_wrong_kind_are_told_the_call_that_converts_them(samples, remedy) -> None:
    with pytest.raises(ShapeError, match=remedy):
        check_usable(Sound(samples=samples, rate_hz=16_000))


@pytest.mark.parametrize("given", ["a.wav", None, WAVE, 5])
def test_what_is_no_sound_is_refused_with_the_ways_to_one(given) -> None:
    with pytest.raises(
        SoundError, match=r"is no sound; read a file with stimgen\.read\(path\), or make"
    ) as caught:
        check_usable(given)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("rate_hz", [16_000.0, "16000", None, True, WAVE])
def test_a_rate_that_is_no_whole_number_is_refused(rate_hz) -> None:
    with pytest.raises(
        SoundError, match=r"rate_hz must be a whole number of Hz; got .*; give an int"
    ) as caught:
        check_usable(Sound(samples=WAVE, rate_hz=rate_hz))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", [None, 5, b"a"])
def test_a_name_that_is_no_text_is_refused(name) -> None:
    with pytest.raises(SoundError, match="the name of a sound must be a str; got"):
        check_usable(Sound(samples=WAVE, rate_hz=16_000, name=name))


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f2", ">f8"])
def test_floats_of_other_sizes_and_orders_become_float64_exactly(dtype) -> None:
    samples = WAVE.astype(dtype)
    made = as_float64(Sound(samples=samples, rate_hz=16_000, name="x"))
    assert made.samples.dtype == np.float64
    assert made.samples.dtype.isnative
    assert (made.samples == samples).all()
    assert made.name == "x"
    check_usable(made)


def test_a_whole_number_of_numpy_becomes_the_rate() -> None:
    made = as_float64(Sound(samples=WAVE, rate_hz=np.int64(16_000)))
    assert type(made.rate_hz) is int
    check_usable(made)


@pytest.mark.parametrize("samples", [WAVE, WAVE[::2], (WAVE * 32767).astype(np.int16), [0.1], None])
def test_what_needs_or_knows_no_exact_conversion_is_the_very_same_sound(samples) -> None:
    sound = Sound(samples=samples, rate_hz=16_000)
    assert as_float64(sound) is sound


@pytest.mark.parametrize("given", ["a.wav", None, WAVE])
def test_what_is_no_sound_is_left_for_the_check(given) -> None:
    assert as_float64(given) is given
