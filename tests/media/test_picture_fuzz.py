"""Broken pictures are read whole or refused in one sentence, soon and without noise."""

import io
import struct
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from stimgen.errors import StimgenError
from stimgen.media.landmarks_csv import landmarks_of_table
from stimgen.media.landmarks_pts import landmarks_of_pts, pts_of_landmarks
from stimgen.media.landmarks_tem import landmarks_of_tem
from stimgen.media.picture_read import MIN_SIDE_PX, picture_of
from stimgen.media.plain_text import text_of
from stimgen.seeding import child_rng

N_EACH = 200
KINDS = [
    ("PNG", "RGBA", {}),
    ("PNG", "I;16", {}),
    ("PNG", "P", {}),
    ("JPEG", "RGB", {}),
    ("JPEG", "L", {"progressive": True}),
    ("TIFF", "RGB", {"compression": "tiff_lzw"}),
    ("TIFF", "I;16", {}),
    ("WEBP", "RGB", {}),
    ("WEBP", "RGBA", {"lossless": True}),
    ("BMP", "RGB", {}),
    ("BMP", "P", {}),
]


def original(format_: str, mode: str, options: dict) -> bytes:
    rng = child_rng(3, format_, mode)
    if mode == "I;16":
        image = Image.fromarray(rng.integers(0, 65536, (24, 20)).astype(np.uint16))
    else:
        image = Image.fromarray(rng.integers(0, 256, (24, 20, 3)).astype(np.uint8)).convert(mode)
    extra = {}
    if format_ != "BMP" and mode in ("RGB", "RGBA", "P"):
        exif = Image.Exif()
        exif[0x0112] = 6
        srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        extra = {"exif": exif, "icc_profile": srgb}
    buffer = io.BytesIO()
    image.save(buffer, format_, **extra, **options)
    return buffer.getvalue()


def mutated(raw: bytes, rng: np.random.Generator) -> bytes:
    broken = bytearray(raw)
    kind = rng.integers(4)
    reach = len(broken) if kind == 0 else min(80, len(broken))
    start = 0 if rng.integers(3) else len(broken) - reach  # a TIFF has its tags at the end
    for place in start + rng.integers(reach, size=int(rng.integers(1, 12))):
        broken[place] = int(rng.integers(256))
    if kind == 2:
        broken = broken[: int(rng.integers(len(broken)))]
    elif kind == 3:
        at = int(rng.integers(len(broken)))
        broken[at:at] = rng.bytes(int(rng.integers(1, 200)))
    return bytes(broken)


def resealed(raw: bytes, rng: np.random.Generator) -> bytes:
    """A PNG with other bytes in its parts, each with the checksum that fits."""
    out, place = bytearray(raw[:8]), 8
    while place < len(raw):
        (length,) = struct.unpack_from(">I", raw, place)
        part = bytearray(raw[place + 4 : place + 8 + length])
        if rng.integers(3) == 0:
            for at in rng.integers(4, max(5, len(part)), size=int(rng.integers(1, 4))):
                part[at : at + int(rng.integers(2))] = rng.bytes(1)
        out += struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part))
        place += 12 + length
    return bytes(out)


@pytest.mark.parametrize(("format_", "mode", "options"), KINDS)
def test_a_broken_picture_is_read_whole_or_refused_in_one_line_and_in_time(capfd, format_, mode, options):
    raw, refused = original(format_, mode, options), 0
    picture_of(raw, path=Path("a.png"), background=0.5)
    for n in range(N_EACH):
        rng = child_rng(n, format_, mode)
        broken = resealed(raw, rng) if format_ == "PNG" and n % 2 else mutated(raw, rng)
        began = time.perf_counter()
        try:
            picture = picture_of(broken, path=Path("a.png"), background=0.5)
        except StimgenError as error:
            refused += 1
            assert "\n" not in str(error)
            assert 20 < len(str(error)) < 400
            # a mistake of this program's own would look like a broken file
            assert not isinstance(error.__cause__, NameError | AttributeError | AssertionError)
        else:
            assert picture.pixels.dtype == np.float64
            assert picture.pixels.ndim == 3 and picture.n_channels in (1, 3)
            assert min(picture.pixels.shape[:2]) >= MIN_SIDE_PX
            assert 0.0 <= picture.pixels.min() < picture.pixels.max() <= 1.0
        assert time.perf_counter() - began < 2.0
    # some mutations must bite, or nothing was tried
    assert refused > N_EACH // 4
    printed = capfd.readouterr()
    assert printed.out == printed.err == ""


TEM = b"4\n1.0\t2.0\n5.5\t7.0\n9.0\t3.0\n1.0\t2.0\n2\n0\n3\n0 1 2\n1\n2\n2 3\n"
READERS = [
    (TEM, lambda raw: landmarks_of_tem(text_of(raw, label="a"), label="a")),
    (
        pts_of_landmarks(landmarks_of_tem(TEM.decode(), label="a")),
        lambda raw: landmarks_of_pts(text_of(raw, label="a"), label="a"),
    ),
    (b"name,x,y\na,1.0,2.0\nb,5.5,7\nc,9,3\n", lambda raw: landmarks_of_table(raw, label="a")),
]


@pytest.mark.parametrize(("raw", "read"), READERS)
def test_broken_landmarks_are_read_or_refused_in_one_line(raw, read):
    refused = 0
    for n in range(500):
        rng = child_rng(n, "landmarks")
        broken = bytearray(raw)
        for _ in range(int(rng.integers(1, 4))):
            at = int(rng.integers(len(broken)))
            # most of what may stand in such a file, and some of what may not
            broken[at : at + int(rng.integers(2))] = bytes(
                [rng.choice(list(b"0123456789.,-+eE \n\t;{}:\"'\xff\0"))]
            )
        try:
            landmarks = read(bytes(broken))
        except StimgenError as error:
            refused += 1
            assert "\n" not in str(error) and len(str(error)) < 400
        else:
            assert landmarks.n_points >= 3
            assert np.isfinite(landmarks.xy).all()
            assert all(0 <= n < landmarks.n_points for chain in landmarks.lines for n in chain)
    assert 100 < refused < 500
