"""PNG files: what is written is what any program reads, and nothing else is in them."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from stimgen.errors import ShapeError
from stimgen.export.png import png_bytes, round_values


def picture(shape: tuple[int, int, int], dtype: type) -> np.ndarray:
    rng = np.random.default_rng(3)
    ramp = np.linspace(0, np.iinfo(dtype).max, shape[1])[None, :, None] * np.ones(shape)
    return (0.7 * ramp + 0.3 * rng.integers(0, np.iinfo(dtype).max, shape)).astype(dtype)


def unfiltered(data: bytes) -> np.ndarray:
    """Decode with nothing but the standard's words, one byte at a time."""
    import zlib

    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    n_back = (1 if kind == 0 else 3) * depth // 8
    n_data = struct.unpack(">I", data[33:37])[0]
    raw = zlib.decompress(data[41 : 41 + n_data])
    line = width * n_back
    out = np.zeros((height, line), dtype=int)
    for y in range(height):
        kind_of_row, *row = raw[y * (line + 1) : (y + 1) * (line + 1)]
        for x in range(line):
            a = out[y, x - n_back] if x >= n_back else 0
            b = out[y - 1, x] if y else 0
            c = out[y - 1, x - n_back] if y and x >= n_back else 0
            p = a + b - c
            paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            out[y, x] = (row[x] + (0, a, b, (a + b) // 2, paeth)[kind_of_row]) % 256
    values = out.reshape(height, width, -1, depth // 8)
    return values[..., 0] if depth == 8 else values[..., 0] * 256 + values[..., 1]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("size", [(1, 1), (5, 9), (17, 4)])
def test_every_kind_of_picture_comes_back_by_the_words_of_the_standard(dtype, n_channels, size):
    values = picture((*size, n_channels), dtype)
    np.testing.assert_array_equal(unfiltered(png_bytes(values)), values)


@pytest.mark.parametrize(("n_channels", "dtype"), [(1, np.uint8), (3, np.uint8), (1, np.uint16)])
def test_pillow_reads_the_same_values(n_channels, dtype):
    values = picture((33, 20, n_channels), dtype)
    got = np.asarray(Image.open(io.BytesIO(png_bytes(values))))
    np.testing.assert_array_equal(got.reshape(values.shape), values)


def test_pillow_accepts_colour_of_sixteen_bits():
    image = Image.open(io.BytesIO(png_bytes(picture((12, 10, 3), np.uint16))))
    image.load()
    assert image.size == (10, 12)


def test_there_is_nothing_but_the_picture_in_the_file():
    image = Image.open(io.BytesIO(png_bytes(picture((12, 10, 3), np.uint8))))
    image.load()
    assert image.info == {}


def test_smooth_pictures_get_small():
    ramp = (np.arange(256)[None, :, None] + np.zeros((256, 1, 1))).astype(np.uint8)
    assert len(png_bytes(ramp)) < ramp.size / 50


def test_values_are_rounded_to_the_nearest_step():
    np.testing.assert_array_equal(round_values(np.array([0.0, 0.4 / 255, 0.6 / 255, 1.0]), 8), [0, 0, 1, 255])
    assert round_values(np.array([1.0]), 16).tolist() == [65535]


@pytest.mark.parametrize("value", [-0.01, 1.01, np.nan])
def test_values_that_do_not_fit_are_not_clipped_in_silence(value):
    with pytest.raises(ShapeError, match="clip and count"):
        round_values(np.array([0.5, value]), 8)


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 2), (0, 4, 1)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ShapeError, match="shape"):
        png_bytes(np.zeros(shape, dtype=np.uint8))
