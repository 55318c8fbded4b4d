"""Pictures come in with all their bits, upright, in a known colour space, or not at all."""

import hashlib
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps, PngImagePlugin

from stimgen.errors import PictureError, ReadError, SettingError, StimgenError
from stimgen.media.picture_background import background_of, over_background
from stimgen.media.picture_decode import upright
from stimgen.media.picture_read import picture_of, read_picture
from stimgen.media.transfer import to_encoded, to_linear
from stimgen.seeding import child_rng

FACES = Path(__file__).parents[3] / "shared" / "data" / "faces_london" / "neutral_front"
LOSSLESS = ["PNG", "TIFF", "BMP", "WEBP"]


def noise(*shape: int, top: int = 256, dtype: str = "uint8") -> np.ndarray:
    return child_rng(1, *map(str, shape)).integers(0, top, shape).astype(dtype)


def saved(image: Image.Image, format_: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    if format_ == "WEBP":
        options = {"lossless": True, "exact": True, **options}
    image.save(buffer, format_, **options)
    return buffer.getvalue()


def smooth(height: int, width: int) -> np.ndarray:
    """A picture with something in every part of it, and no noise."""
    return np.asarray(Image.fromarray(noise(8, 8, 3)).resize((width, height), Image.Resampling.BICUBIC))


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(samples: np.ndarray, *, extra: bytes = b"", filters: bool = False, interlaced: bool = False) -> bytes:
    """A PNG of 8 or 16 bits, written straight from the standard: the other half of what is tested."""
    height, width, n_channels = samples.shape
    depth = 8 * samples.dtype.itemsize
    steps = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    data = b""
    for left, top, across, down in steps if interlaced else [(0, 0, 1, 1)]:
        part = samples[top::down, left::across]
        if part.size:
            data += filtered(part, filters=filters)
    header = struct.pack(
        ">IIBBBBB", width, height, depth, {1: 0, 2: 4, 3: 2, 4: 6}[n_channels], 0, 0, interlaced
    )
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"IDAT", zlib.compress(data))
        + chunk(b"IEND", b"")
    )


def filtered(samples: np.ndarray, *, filters: bool) -> bytes:
    """Rows with filters 0 to 4 in turn, one byte after the other as the standard words it."""
    wide = samples.shape[2] * samples.dtype.itemsize
    big = samples.astype(samples.dtype.newbyteorder(">"))
    rows = [list(row.tobytes()) for row in big]
    above, out = [0] * len(rows[0]), bytearray()
    for n, row in enumerate(rows):
        kind = n % 5 if filters else 0
        out.append(kind)
        for x, byte in enumerate(row):
            a = row[x - wide] if x >= wide else 0
            b, c = above[x], above[x - wide] if x >= wide else 0
            p = a + b - c
            nearest = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            out.append((byte - [0, a, b, (a + b) // 2, nearest][kind]) % 256)
        above = row
    return bytes(out)


def pixels_of(raw: bytes, **options: object) -> np.ndarray:
    return picture_of(raw, path=Path("a.png"), **options).pixels


@pytest.mark.parametrize("format_", LOSSLESS)
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_every_lossless_format_gives_the_very_values_that_were_written(tmp_path, format_, mode):
    values = noise(11, 13) if mode == "L" else noise(11, 13, 3)
    path = tmp_path / "My picture.dat"
    path.write_bytes(saved(Image.fromarray(values), format_))
    picture = read_picture(path)
    three = format_ == "WEBP" or mode == "RGB"
    expected = np.broadcast_to(values.reshape(11, 13, -1), (11, 13, 3 if three else 1))
    assert np.array_equal(picture.pixels, expected / 255)
    assert picture.pixels.dtype == np.float64
    assert (picture.bit_depth, picture.transfer, picture.name) == (8, "srgb", "My picture")
    facts = picture.facts
    assert facts is not None and facts.raw == path.read_bytes()
    assert facts.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (facts.format, facts.bit_depth, facts.width_px, facts.height_px) == (format_, 8, 13, 11)
    assert (facts.file, facts.mode, facts.icc_profile) == ("My picture.dat", "rgb" if three else "grey", None)


def test_a_jpeg_gives_what_pillow_decodes():
    values = np.asarray(Image.fromarray(noise(6, 6, 3)).resize((48, 40), Image.Resampling.BICUBIC))
    raw = saved(Image.fromarray(values), "JPEG", quality=90)
    assert np.array_equal(pixels_of(raw), np.asarray(Image.open(io.BytesIO(raw))) / 255)
    assert np.abs(pixels_of(raw) - values / 255).mean() < 0.05


@pytest.mark.parametrize("n_channels", [1, 2, 3, 4])
@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("filters", [False, True])
def test_all_sixteen_bits_of_a_png_are_kept(n_channels, interlaced, filters):
    values = noise(19, 17, n_channels, top=65536, dtype="uint16")
    if n_channels in (2, 4):
        values[:, :, -1] = 65535
    picture = picture_of(png(values, filters=filters, interlaced=interlaced), path=Path("a.png"))
    colours = values[:, :, : n_channels - 1] if n_channels in (2, 4) else values
    assert np.array_equal(picture.pixels * 65535, colours)
    assert picture.bit_depth == 16
    # the twin: what is kept is more than 8 bits would hold
    assert np.ptp(np.round(picture.pixels * 65535) % 256) > 200


def test_rows_that_pillow_filters_at_16_bits_come_back():
    # smooth, so that zlib's filters are chosen from row to row; over 512 rows, so that bands meet
    ramp = np.add.outer(np.arange(600) * 91, np.arange(40) * 57) % 65536
    raw = saved(Image.fromarray(ramp.astype(np.uint16)), "PNG")
    assert np.array_equal(pixels_of(raw)[:, :, 0] * 65535, ramp)


@pytest.mark.parametrize("n_channels", [1, 3, 4])
@pytest.mark.parametrize("predictor", [1, 2])
@pytest.mark.parametrize("big", [False, True])
def test_all_sixteen_bits_of_a_tiff_are_kept(n_channels, predictor, big):
    values = noise(9, 10, n_channels, top=65536, dtype="uint16")
    if n_channels == 4:
        values[:, :, -1] = 65535
    extra = {"extra": 2} if n_channels == 4 else {}
    picture = picture_of(tiff(values, predictor=predictor, big=big, **extra), path=Path("a.tif"))
    colours = values[:, :, : n_channels - 1] if n_channels == 4 else values
    assert np.array_equal(picture.pixels * 65535, colours)
    assert (picture.bit_depth, picture.n_channels) == (16, colours.shape[2])
    assert np.ptp(np.round(picture.pixels * 65535) % 256) > 200


@pytest.mark.parametrize("orientation", range(1, 9))
def test_sixteen_bits_in_a_tiff_are_turned_upright_too(orientation):
    values = noise(9, 12, 3, top=65536, dtype="uint16")
    picture = picture_of(tiff(values, orientation=orientation), path=Path("a.tif"))
    eight = picture_of(tiff((values >> 8).astype(np.uint8), orientation=orientation), path=Path("a.tif"))
    assert np.array_equal(np.floor(picture.pixels * 65535 / 256), eight.pixels * 255)
    assert picture.facts is not None and eight.facts is not None
    assert picture.facts.orientation == eight.facts.orientation == orientation
    assert (picture.facts.width_px, picture.facts.height_px) == (12, 9)


def tiff(samples: np.ndarray, *, big: bool = False, **tags: int) -> bytes:
    """A TIFF of one strip, written straight from the standard; packed with Deflate where it has a predictor."""
    order = ">" if big else "<"
    height, width, n = samples.shape
    if tags.get("predictor") == 2:
        samples = np.diff(samples, axis=1, prepend=samples.dtype.type(0))
    data = samples.astype(samples.dtype.newbyteorder(order)).tobytes()
    data = zlib.compress(data) if "predictor" in tags else data
    data += bytes(len(data) % 2)
    bits = 8 * samples.dtype.itemsize
    values = {
        256: (width,),
        257: (height,),
        258: (tags.get("bits", bits),) * n,
        259: (8 if "predictor" in tags else 1,),
        262: (tags.get("photometric", 1 if n < 3 else 2),),
        273: (8,),
        274: (tags.get("orientation", 1),),
        277: (n,),
        278: (height,),
        279: (len(data),),
        284: (tags.get("planar", 1),),
        317: (tags.get("predictor", 1),),
        339: (tags.get("sample_format", 1),) * n,
    }
    if "extra" in tags:
        values[338] = (tags["extra"],)
    entries, after = b"", b""
    start = 8 + len(data)
    start_after = start + 2 + 12 * len(values) + 4
    for tag, value in sorted(values.items()):
        packed = struct.pack(f"{order}{len(value)}I", *value)
        if len(value) > 1:
            entries += struct.pack(order + "HHII", tag, 4, len(value), start_after + len(after))
            after += packed
        else:
            entries += struct.pack(order + "HHI", tag, 4, 1) + packed
    directory = struct.pack(order + "H", len(values)) + entries + struct.pack(order + "I", 0)
    return (b"MM\0*" if big else b"II*\0") + struct.pack(order + "I", start) + data + directory + after


def test_the_tiffs_of_these_tests_are_tiffs():
    values = noise(9, 10, 3)
    assert np.array_equal(pixels_of(tiff(values)) * 255, values)


@pytest.mark.parametrize(
    ("n_channels", "tags", "sentence"),
    [
        (4, {"extra": 1}, "multiplied into them; save it flattened"),
        (4, {"extra": 0}, "1 are no colour"),
        (4, {}, "1 are no colour"),
        (4, {"photometric": 5}, "is CMYK; convert it to rgb or grey"),
        (3, {"photometric": 8}, "is Lab; convert it"),
        (1, {"bits": 12}, "has 12 bits"),
    ],
)
def test_a_tiff_that_would_come_out_changed_is_refused(n_channels, tags, sentence):
    with pytest.raises(ReadError, match=sentence):
        pixels_of(tiff(noise(9, 10, n_channels), **tags))


@pytest.mark.parametrize("packing", ["tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "group4"])
def test_a_tiff_is_read_as_packed_where_its_unpacking_cannot_fail_in_silence(packing):
    values = noise(16, 16, top=2).astype(bool) if packing == "group4" else noise(16, 16, 3)
    raw = saved(Image.fromarray(values), "TIFF", compression=packing)
    if packing in ("jpeg", "group4"):
        with pytest.raises(
            ReadError, match=r"compressed in a way \(tag 259: [47]\) that hides damage; save it as PNG"
        ):
            pixels_of(raw)
    else:
        assert np.array_equal(pixels_of(raw) * 255, values)


def test_floating_point_is_refused():
    floats = Image.fromarray(noise(9, 10).astype(np.float32))
    with pytest.raises(ReadError, match="signed or floating-point numbers"):
        pixels_of(saved(floats, "TIFF"))


def test_plain_alpha_of_a_tiff_is_read():
    values = noise(9, 10, 4)
    values[:, :, 3] = 255
    assert np.array_equal(pixels_of(tiff(values, extra=2)) * 255, values[:, :, :3])


def test_sixteen_bits_where_white_is_zero_are_refused_and_8_are_read():
    values = noise(9, 10, 1)
    assert np.array_equal(pixels_of(tiff(values, photometric=0)) * 255, 255 - values)
    with pytest.raises(ReadError, match="white is zero"):
        pixels_of(tiff(noise(9, 10, 1, top=65536, dtype="uint16"), photometric=0))


def test_a_palette_becomes_rgb_or_grey():
    image = Image.fromarray(noise(9, 10, top=3))
    image.putpalette([10, 20, 30, 200, 100, 50, 7, 7, 7])
    picture = picture_of(saved(image, "PNG"), path=Path("a.png"))
    assert np.array_equal(picture.pixels * 255, np.asarray(image.convert("RGB")))
    assert picture.facts is not None and picture.facts.mode == "palette"
    image.putpalette([10, 10, 10, 200, 200, 200, 7, 7, 7])
    assert np.array_equal(pixels_of(saved(image, "PNG"))[:, :, 0] * 255, np.asarray(image.convert("L")))


def test_one_bit_becomes_grey_of_two_values():
    values = noise(9, 10, top=2).astype(bool)
    for format_ in ("PNG", "TIFF", "BMP"):
        picture = picture_of(saved(Image.fromarray(values), format_), path=Path("a.png"))
        assert np.array_equal(picture.pixels[:, :, 0], values)
        assert picture.mode == "grey"


def test_two_and_four_bits_are_spread_over_the_range():
    for bits in (2, 4):
        levels = noise(8, 8, top=2**bits)
        packed = np.packbits(
            np.unpackbits(levels[:, :, None], axis=2)[:, :, 8 - bits :].reshape(8, -1), axis=1
        )
        data = b"".join(b"\0" + row.tobytes() for row in packed)
        raw = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, bits, 0, 0, 0, 0))
        # a transparent value that is in the picture, written in the bits of the file
        clear = chunk(b"tRNS", struct.pack(">H", levels[0, 0]))
        end = chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
        expected = levels / (2**bits - 1)
        assert np.array_equal(pixels_of(raw + end)[:, :, 0], expected)
        behind = pixels_of(raw + clear + end, background=0.25)[:, :, 0]
        assert np.array_equal(behind, np.where(levels == levels[0, 0], 0.25, expected))


# transparency


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "TIFF"])
def test_an_opaque_alpha_is_dropped_and_noted(format_):
    values = noise(9, 10, 4)
    values[:, :, 3] = 255
    picture = picture_of(saved(Image.fromarray(values), format_), path=Path("a.png"))
    assert np.array_equal(picture.pixels * 255, values[:, :, :3])
    assert picture.facts is not None
    # a lossless WebP leaves out an alpha that says nothing
    assert picture.facts.mode == ("rgb" if format_ == "WEBP" else "rgb+alpha")
    assert picture.facts.background is None


def test_a_transparent_picture_needs_a_background():
    values = noise(10, 10, 4)
    values[:, :, 3] = 255
    values[0, :3, 3] = 0
    raw = saved(Image.fromarray(values), "PNG")
    with pytest.raises(
        PictureError, match=r"a.png is transparent in 3 % of its pixels; say what stands behind them"
    ):
        pixels_of(raw)
    picture = picture_of(raw, path=Path("a.png"), background="white")
    assert (picture.pixels[0, :3] == 1.0).all()
    assert np.array_equal(picture.pixels[1:] * 255, values[1:, :, :3])
    assert picture.facts is not None and picture.facts.background == (1.0,)


def test_half_transparent_black_on_white_is_half_the_light():
    half = over_background(np.zeros((1, 1, 1)), np.full((1, 1), 0.5), (1.0,), transfer="srgb")
    assert to_linear(half, "srgb")[0, 0, 0] == pytest.approx(0.5)
    # the twin: blending codes instead of light would give another value
    assert half[0, 0, 0] == pytest.approx(0.7354, abs=1e-4)


def test_a_coloured_background_makes_a_grey_picture_coloured():
    values = noise(9, 10, 2)
    pixels = pixels_of(png(values), background="#ff0000")
    assert pixels.shape == (9, 10, 3)
    light, there = to_linear(values[:, :, 0] / 255, "srgb"), values[:, :, 1] / 255
    assert np.allclose(pixels[:, :, 0], to_encoded(light * there + 1 - there, "srgb"), atol=1e-12)
    assert np.allclose(pixels[:, :, 2], to_encoded(light * there, "srgb"), atol=1e-12)


def test_a_transparent_entry_of_a_palette_counts():
    image = Image.fromarray(noise(9, 10, top=3))
    image.putpalette([10, 20, 30, 200, 100, 50, 7, 7, 7])
    raw = saved(image, "PNG", transparency=1)
    with pytest.raises(PictureError, match="transparent"):
        pixels_of(raw)
    pixels = pixels_of(raw, background=(0.0, 1.0, 0.0))
    assert (pixels[np.asarray(image) == 1] == [0.0, 1.0, 0.0]).all()
    assert (pixels[np.asarray(image) == 0] * 255 == [10, 20, 30]).all()


@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_a_transparent_colour_counts_at_all_its_bits(n_channels, dtype):
    values = noise(9, 10, n_channels, dtype=dtype, top=2 ** (8 if dtype == "uint8" else 16))
    clear = chunk(b"tRNS", values[2, 3].astype(">u2").tobytes())
    pixels = pixels_of(png(values, extra=clear), background="white")
    assert (pixels[2, 3] == 1.0).all()
    assert np.array_equal(pixels[3:] * np.iinfo(dtype).max, values[3:])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, (0.0,)),
        ("0.5", (0.5,)),
        ("#808080", (128 / 255,)),
        ("Navy", (0.0, 0.0, 128 / 255)),
        ((0.1, 0.2, 0.3), (0.1, 0.2, 0.3)),
        (np.float32(0.5), (0.5,)),
    ],
)
def test_a_background_is_a_grey_or_a_colour(value, expected):
    assert background_of(value) == expected


@pytest.mark.parametrize(
    "value", [-0.1, 1.5, "grau", "#12", "nan", (0.1, 0.2), True, None, "", (255, 0, 0), [[1, 2]]]
)
def test_what_is_no_background_is_refused(value):
    with pytest.raises(SettingError, match="is no grey and no colour; give a grey value from 0 to 1"):
        background_of(value)


# turned pictures


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_every_orientation_is_carried_out_as_pillow_does(orientation, format_):
    exif = Image.Exif()
    exif[0x0112] = orientation
    values = np.asarray(Image.fromarray(noise(3, 4, 3)).resize((32, 16), Image.Resampling.NEAREST))
    raw = saved(Image.fromarray(values), format_, exif=exif)
    picture = picture_of(raw, path=Path("a.jpg"))
    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(raw))).convert("RGB"))
    assert np.array_equal(picture.pixels * 255, expected)
    assert picture.facts is not None and picture.facts.orientation == orientation
    assert (picture.facts.width_px, picture.facts.height_px) == (32, 16)
    assert (picture.width_px, picture.height_px) == ((16, 32) if orientation > 4 else (32, 16))


def test_no_two_orientations_are_the_same():
    corner = np.arange(6).reshape(2, 3)
    assert len({upright(corner, n).tobytes() + bytes(upright(corner, n).shape) for n in range(1, 9)}) == 8


# colour


def profile(name: str) -> bytes:
    """A profile of curves and a matrix, as ICC.1:2022 lays it out, from primaries and an exponent."""
    from_primaries = {
        "Adobe-like": ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)),
        "P3-like": ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06)),
        "plain": ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06)),
    }
    tags = {b"desc": described(name), b"wtpt": xyz(WHITE_D50)}
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(2.2 * 256)) + bytes(2)
    if name in from_primaries:
        matrix = adapted(from_primaries[name])
        for n, letter in enumerate(b"rgb"):
            tags[bytes([letter]) + b"XYZ"] = xyz(matrix[:, n])
            tags[bytes([letter]) + b"TRC"] = curve
        space = b"RGB "
    else:
        tags[b"kTRC"], space = curve, b"GRAY"
    table, body = b"", b""
    for kind, content in tags.items():
        table += kind + struct.pack(">II", 128 + 4 + 12 * len(tags) + len(body), len(content))
        body += content
    head = bytearray(128)
    head[4:8], head[8:12] = b"lcms", struct.pack(">I", 0x02400000)
    head[12:24], head[36:40] = b"mntr" + space + b"XYZ ", b"acsp"
    head[68:80] = xyz(WHITE_D50)[8:]
    whole = bytes(head) + struct.pack(">I", len(tags)) + table + body
    return struct.pack(">I", len(whole)) + whole[4:]


WHITE_D50 = np.array([0.9642, 1.0, 0.8249])
WHITE_D65 = np.array([0.9504, 1.0, 1.0888])
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def xyz(values: np.ndarray) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *np.round(np.asarray(values) * 65536).astype(int))


def described(name: str) -> bytes:
    text = name.encode() + b"\0"
    content = b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78)
    return content + bytes(-len(content) % 4)


def adapted(primaries) -> np.ndarray:
    """From red, green and blue to XYZ relative to D50."""
    corners = np.array([[x / y, 1.0, (1 - x - y) / y] for x, y in primaries]).T
    matrix = corners * np.linalg.solve(corners, WHITE_D65)
    gains = (BRADFORD @ WHITE_D50) / (BRADFORD @ WHITE_D65)
    return np.linalg.inv(BRADFORD) @ np.diag(gains) @ BRADFORD @ matrix


SRGB_PRIMARIES = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_a_profile_that_is_srgb_changes_nothing(format_):
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    values = np.asarray(Image.fromarray(noise(3, 4, 3)).resize((32, 16)))
    with_it = picture_of(saved(Image.fromarray(values), format_, icc_profile=srgb), path=Path("a.png"))
    without = picture_of(saved(Image.fromarray(values), format_), path=Path("a.png"))
    assert np.array_equal(with_it.pixels, without.pixels)
    assert with_it.facts is not None and without.facts is not None
    assert (with_it.facts.icc_converted, without.facts.icc_converted) == (False, False)
    assert with_it.facts.icc_profile is not None and "sRGB" in with_it.facts.icc_profile


def test_another_profile_is_converted_as_its_primaries_and_exponent_say():
    values = noise(40, 50, 3, top=120) + np.uint8(60)
    raw = saved(Image.fromarray(values), "PNG", icc_profile=profile("Adobe-like"))
    picture = picture_of(raw, path=Path("a.png"))
    light = (values / 255) ** 2.19921875
    to_srgb = np.linalg.solve(adapted(SRGB_PRIMARIES), adapted(((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))))
    expected = to_encoded(light @ to_srgb.T, "srgb")
    inside = ((expected > 0) & (expected < 1)).all(axis=2)
    assert inside.mean() > 0.5
    assert np.abs(picture.pixels - expected)[inside].max() < 1.6 / 255
    facts = picture.facts
    assert facts is not None and facts.icc_converted and facts.icc_profile == "Adobe-like"
    # the twin: it did change
    assert np.abs(picture.pixels * 255 - values).max() > 5
    n_far = np.count_nonzero(((expected < -0.05) | (expected > 1.05)).any(axis=2))
    n_off = np.count_nonzero(~inside)
    assert n_far > 0
    assert 0.5 * n_far <= facts.icc_n_clipped <= n_off


def test_a_grey_profile_is_converted_along_its_curve():
    ramp = np.tile(np.arange(256, dtype=np.uint8), (8, 1))
    picture = picture_of(saved(Image.fromarray(ramp), "PNG", icc_profile=profile("grey")), path=Path("a.png"))
    expected = to_encoded((ramp / 255) ** 2.19921875, "srgb")
    assert np.abs(picture.pixels[:, :, 0] - expected).max() < 1.1 / 255
    assert picture.facts is not None and picture.facts.icc_converted
    assert np.abs(picture.pixels[:, :, 0] * 255 - ramp).max() > 4


def test_a_grey_picture_with_a_colour_profile_stays_grey():
    ramp = np.tile(np.arange(256, dtype=np.uint8), (8, 1))
    picture = picture_of(
        saved(Image.fromarray(ramp), "JPEG", icc_profile=profile("P3-like")), path=Path("a.jpg")
    )
    assert picture.mode == "grey"
    assert picture.facts is not None and picture.facts.icc_n_clipped == 0


def test_sixteen_bits_take_no_profile_but_srgb():
    values = noise(9, 10, 3, top=65536, dtype="uint16")

    def with_profile(icc: bytes) -> bytes:
        return png(values, extra=chunk(b"iCCP", b"icc\0\0" + zlib.compress(icc)))

    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert np.array_equal(pixels_of(with_profile(srgb)) * 65535, values)
    with pytest.raises(
        ReadError, match="16 bits and the colour profile 'P3-like', which is honoured at 8 bits only"
    ):
        pixels_of(with_profile(profile("P3-like")))


def test_broken_profiles_and_profiles_for_other_colours_are_refused():
    image, grey = Image.fromarray(noise(9, 10, 3)), Image.fromarray(noise(9, 10))
    for raw in (
        saved(image, "PNG", icc_profile=b"no profile"),
        saved(image, "JPEG", icc_profile=profile("P3-like")[:200]),
        png(noise(9, 10, 3), extra=chunk(b"iCCP", b"icc\0\0not compressed")),
    ):
        with pytest.raises(ReadError, match="damaged colour profile"):
            pixels_of(raw)
    with pytest.raises(ReadError, match="is rgb and has the colour profile 'grey' for GRAY"):
        pixels_of(saved(image, "PNG", icc_profile=profile("grey")))
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    with pytest.raises(ReadError, match="for Lab; convert it to sRGB"):
        pixels_of(saved(grey, "PNG", icc_profile=lab))


@pytest.mark.parametrize(
    ("kind", "content", "transfer"),
    [
        (b"gAMA", struct.pack(">I", 45455), "srgb"),
        (b"gAMA", struct.pack(">I", 100000), "linear"),
        (b"sRGB", b"\0", "srgb"),
        (b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000), "srgb"),
        (b"cICP", bytes([1, 13, 0, 1]), "srgb"),
        (b"gAMA", struct.pack(">I", 55556), None),
        (b"gAMA", b"", None),
        (b"cHRM", struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000), None),
        (b"cICP", bytes([12, 13, 0, 1]), None),
    ],
)
def test_the_curve_of_a_png_is_honoured_or_refused(kind, content, transfer):
    raw = png(noise(9, 10, 3), extra=chunk(kind, content))
    if transfer is None:
        with pytest.raises(ReadError):
            pixels_of(raw)
    else:
        assert picture_of(raw, path=Path("a.png")).transfer == transfer


def test_the_curve_of_a_known_display_can_be_named():
    raw = png(noise(9, 10, 3))
    assert picture_of(raw, path=Path("a.png"), transfer="gamma-2.2").transfer == "gamma-2.2"
    with pytest.raises(SettingError, match="transfer function 'gamma' is unknown"):
        picture_of(raw, path=Path("a.png"), transfer="gamma")


def test_adobe_rgb_that_only_the_camera_names_is_refused():
    # three directories of one entry each: that of the picture, of EXIF, and of interoperability
    entries = [
        (0x8769, 4, 1, struct.pack("<I", 26)),
        (0xA005, 4, 1, struct.pack("<I", 44)),
        (1, 2, 4, b"R03\0"),
    ]
    exif = b"Exif\0\0II*\0" + struct.pack("<I", 8)
    for tag, kind, count, value in entries:
        exif += struct.pack("<HHHI", 1, tag, kind, count) + value + bytes(4)
    raw = saved(Image.fromarray(noise(16, 16, 3)), "JPEG", exif=exif)
    with pytest.raises(ReadError, match="is in Adobe RGB, but has no colour profile"):
        pixels_of(raw)


# what is not read


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"GIF89a" + bytes(20), "is a GIF, and PNG, JPEG"),
        (b"8BPS" + bytes(20), "is a Photoshop file"),
        (b"\0\0\0\x20ftypavif" + bytes(20), "is an AVIF"),
        (b"<?xml?><svg>", "is an SVG drawing"),
        (b"hello, world", "is no picture that is known here"),
        (b"\x89PNG\r\n\x1a\n", "damaged PNG: it ends before its last part"),
        (b"BM", "damaged BMP"),
    ],
)
def test_other_files_are_refused_by_name(raw, sentence):
    with pytest.raises(ReadError, match=sentence):
        pixels_of(raw)


def test_the_bytes_say_what_a_file_is_and_not_its_name(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(png(noise(9, 10, 3)))
    facts = read_picture(str(path)).facts
    assert facts is not None and facts.format == "PNG"


def test_cmyk_is_refused_with_a_remedy():
    with pytest.raises(ReadError, match="is CMYK; convert it to rgb or grey and save it as PNG"):
        pixels_of(saved(Image.fromarray(noise(16, 16, 4), "CMYK"), "JPEG"))


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "TIFF"])
def test_several_frames_are_refused_and_one_is_read(format_):
    one, two = Image.fromarray(noise(16, 16, 3)), Image.fromarray(noise(16, 17, 3)[:, 1:])
    with pytest.raises(ReadError, match="holds 2 frames or pages, and one picture is wanted"):
        pixels_of(saved(one, format_, save_all=True, append_images=[two]))
    assert pixels_of(saved(one, format_, save_all=True)).shape == (16, 16, 3)


def test_a_picture_of_one_colour_or_of_a_few_pixels_is_refused():
    flat = np.full((16, 16, 3), 90, dtype=np.uint8)
    with pytest.raises(PictureError, match="is of one colour all over"):
        pixels_of(png(flat))
    flat[3, 4, 1] = 91
    pixels_of(png(flat))
    with pytest.raises(PictureError, match="has 7 x 30 px; at least 8 a side"):
        pixels_of(png(noise(30, 7, 3)))
    pixels_of(png(noise(30, 8, 3)))


@pytest.mark.parametrize("format_", ["PNG", "BMP", "TIFF", "JPEG", "WEBP"])
@pytest.mark.parametrize("other", [False, True])
def test_a_file_that_ends_early_is_refused(format_, other):
    options = {
        "JPEG": {"progressive": True},
        "WEBP": {"lossless": False},
        "TIFF": {"compression": "tiff_lzw"},
    }
    raw = saved(Image.fromarray(smooth(64, 64)), format_, **(options.get(format_, {}) if other else {}))
    pixels_of(raw)
    for n_lost in [1, 2, 3, 5, 8, 13, 40, len(raw) // 4, len(raw) // 2, len(raw) - 30]:
        with pytest.raises(ReadError):
            pixels_of(raw[:-n_lost])


def test_a_wrong_checksum_or_too_few_pixels_are_refused():
    raw = bytearray(png(noise(9, 10, 3)))
    raw[60] ^= 1
    with pytest.raises(ReadError, match="does not match its checksum"):
        pixels_of(bytes(raw))
    for depth in ("uint8", "uint16"):
        lying = bytearray(png(noise(9, 10, 3, dtype=depth)))
        lying[16:24] = struct.pack(">II", 10, 12)
        lying[29:33] = struct.pack(">I", zlib.crc32(lying[12:29]))
        with pytest.raises(
            ReadError, match="damaged PNG: it holds more or fewer pixels than its header says"
        ):
            pixels_of(bytes(lying))
    lying = tiff(noise(9, 10, 3)).replace(
        struct.pack("<HHII", 257, 4, 1, 9), struct.pack("<HHII", 257, 4, 1, 18)
    )
    with pytest.raises(ReadError):
        pixels_of(lying)


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"restart_marker_blocks": 2}, {"subsampling": 0}]
)
def test_a_jpeg_whose_pixels_end_before_its_last_row_is_refused(options):
    # the decoder fills the rest with grey and is content
    raw = saved(Image.fromarray(smooth(64, 64)), "JPEG", **options)
    for n_lost in (8, 20, 100):
        short = raw[: -2 - n_lost].rstrip(b"\xff") + b"\xff\xd9"
        assert Image.open(io.BytesIO(short)).convert("RGB").size == (64, 64)
        with pytest.raises(ReadError, match="damaged JPEG: it ends before its last rows"):
            pixels_of(short)
    # a header that promises more rows than there are
    at = raw.find(b"\xff\xc2" if "progressive" in options else b"\xff\xc0")
    lying = raw[: at + 5] + struct.pack(">H", 96) + raw[at + 7 :]
    with pytest.raises(ReadError):
        pixels_of(lying)
    # the twin: what stands behind the end of a whole one does no harm
    assert np.array_equal(pixels_of(raw + b"more"), pixels_of(raw))


def test_a_jpeg_with_a_second_picture_behind_it_gives_the_first():
    one, two = Image.fromarray(smooth(32, 32)), Image.fromarray(smooth(40, 32)[8:])
    raw = saved(one, "MPO", save_all=True, append_images=[two], quality=90)
    picture = picture_of(raw, path=Path("a.jpg"))
    assert picture.facts is not None and picture.facts.format == "JPEG"
    assert np.array_equal(picture.pixels, pixels_of(saved(one, "JPEG", quality=90)))


@pytest.mark.parametrize("size", [(100_000, 10), (20_000, 20_000), (2**31 - 1, 2**31 - 1), (0, 10), (10, 0)])
def test_a_size_that_is_too_large_is_refused_before_anything_is_unpacked(size):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0))
    bomb = chunk(b"IDAT", zlib.compress(bytes(10_000_000)))
    with pytest.raises(ReadError, match=r"says that it (has|is) \d+ x \d+ px"):
        pixels_of(b"\x89PNG\r\n\x1a\n" + header + bomb + chunk(b"IEND", b""))
    bmp = bytearray(saved(Image.fromarray(noise(9, 10, 3)), "BMP"))
    bmp[18:26] = struct.pack("<ii", *size)
    with pytest.raises(StimgenError):
        pixels_of(bytes(bmp))


def test_sixteen_bits_that_unpack_without_end_are_refused():
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 9, 9, 16, 2, 0, 0, 0))
    bomb = chunk(b"IDAT", zlib.compress(bytes(50_000_000), 9))
    with pytest.raises(ReadError, match="damaged PNG"):
        pixels_of(b"\x89PNG\r\n\x1a\n" + header + bomb + chunk(b"IEND", b""))


def test_a_profile_or_text_that_unpacks_without_end_is_refused():
    bomb = zlib.compress(bytes(50_000_000), 9)
    for extra in (chunk(b"iCCP", b"icc\0\0" + bomb), chunk(b"zTXt", b"a\0\0" + bomb)):
        with pytest.raises(ReadError):
            pixels_of(png(noise(9, 10, 3), extra=extra))


def test_pillow_is_left_as_it_was():
    before = (Image.MAX_IMAGE_PIXELS, PngImagePlugin.MAX_TEXT_CHUNK)
    with pytest.raises(ReadError):
        pixels_of(b"BM" + bytes(60))
    assert before == (Image.MAX_IMAGE_PIXELS, PngImagePlugin.MAX_TEXT_CHUNK)


def test_what_is_no_path_or_no_file_is_refused(tmp_path):
    with pytest.raises(SettingError, match="a picture is read from its path"):
        read_picture(b"\x89PNG")
    with pytest.raises(ReadError, match="is a folder"):
        read_picture(tmp_path)


@pytest.mark.skipif(not FACES.exists(), reason="the London faces are not here")
def test_a_photograph_of_a_face_is_read():
    picture = read_picture(FACES / "001_03.jpg")
    assert picture.pixels.shape == (1350, 1350, 3)
    assert 0.2 < picture.light.mean() < 0.8


def test_a_colour_name_that_pillow_has_looked_up_before_is_still_a_colour():
    Image.new("RGB", (1, 1), "teal")
    assert background_of("teal") == background_of("#008080")
