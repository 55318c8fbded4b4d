"""Whether a TIFF holds what is read here, told from its tags before its pixels are touched."""

from collections.abc import Mapping
from typing import Any

from stimgen.errors import ReadError

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_N_SAMPLES, _PLANAR, _PREDICTOR, _COLOUR_MAP, _EXTRA, _FORMAT = 277, 284, 317, 320, 338, 339
_STRIPS, _STRIP_ROWS, _STRIP_BYTES = 273, 278, 279
_TILE_WIDTH, _TILE_HEIGHT, _TILES = 322, 323, 324
_LIGHT_MEANS = {
    0: "white is zero",
    1: "grey",
    2: "rgb",
    3: "palette",
    5: "CMYK",
    6: "YCbCr",
    8: "Lab",
    9: "Lab",
}
# none, LZW, Deflate and its old number, PackBits, LZMA, Zstandard: the ones whose decoders tell when data are missing.
# JPEG and the codes of fax machines fill up in silence
_PACKINGS = (1, 5, 8, 32946, 32773, 34925, 50000)
_REMEDY = "save it as PNG, or as a TIFF of 8 bits"


def demand_plain_tiff(tags: Mapping[int, Any], *, label: str) -> int:
    """Refuse a TIFF of a kind that would come out changed.

    Grey of 1 to 16 bits, rgb of 8 and 16, palettes of up to 8 bits and alpha that was not multiplied in are read, as
    they are or compressed with LZW, Deflate, PackBits, LZMA or Zstandard. Pillow opens more, but gives 12 bits as if
    they were 16, and 16-bit pictures whose zero is white as negatives.

    Args:
        tags: Values by number of the tag.
        label: What to call the file in errors.

    Returns:
        Bits of a channel.

    Raises:
        ReadError: If it is of another kind.

    References:
        Adobe 1992, "TIFF revision 6.0", sections 3 to 8 and 18.
    """
    bits = _numbers(tags.get(_BITS, 1))
    n_samples = int(_numbers(tags.get(_N_SAMPLES, 1))[0])
    kind = _LIGHT_MEANS.get(int(_numbers(tags.get(_PHOTOMETRIC, 1))[0]), "of another kind of colour")
    extra = _numbers(tags.get(_EXTRA, ()))
    if kind not in ("grey", "white is zero", "rgb", "palette"):
        _refuse(label, f"is {kind}", f"convert it to rgb or grey and {_REMEDY}")
    if any(one != 1 for one in _numbers(tags.get(_FORMAT, 1))):
        _refuse(label, "holds signed or floating-point numbers", _REMEDY)
    n_colours = 3 if kind == "rgb" else 1
    if n_samples - n_colours != len(extra) or any(one != 2 for one in extra) or len(extra) > 1:
        _refuse(
            label,
            f"has {n_samples} channels, of which {n_samples - n_colours} are no colour or were multiplied into them",
            "save it flattened, or as PNG with a plain alpha channel",
        )
    depth = int(bits[0])
    allowed = {"grey": (1, 2, 4, 8, 16), "rgb": (8, 16)}.get(kind, (1, 2, 4, 8))
    is_odd = extra and (depth < 8 or kind not in ("grey", "rgb") or (depth == 16 and kind == "grey"))
    if len(set(bits)) != 1 or depth not in allowed or is_odd:
        _refuse(
            label,
            f"has {depth} bits in {n_samples} channels ({kind})",
            "save it as PNG, which keeps 8 and 16 bits",
        )
    if (packing := int(_numbers(tags.get(_COMPRESSION, 1))[0])) not in _PACKINGS:
        _refuse(label, f"is compressed in a way (tag 259: {packing}) that hides damage", "save it as PNG")
    if depth == 16 and n_samples > 1 and tags.get(_PLANAR, 1) != 1:
        _refuse(label, "keeps its 16-bit channels in separate planes", "save it interleaved, or as PNG")
    if depth == 16 and tags.get(_PREDICTOR, 1) not in (1, 2):
        _refuse(label, "was compressed with a predictor for floating point", "save it as PNG")
    _demand_all_parts(tags, bits, label=label)
    if kind == "palette" and not all(
        v in (v // 256 * 256, v // 256 * 257) for v in _numbers(tags.get(_COLOUR_MAP, ()))
    ):
        _refuse(label, "has a palette whose colours have more than 8 bits", "save it as PNG in rgb")
    return depth


def _demand_all_parts(tags: Mapping[int, Any], bits: tuple[int, ...], *, label: str) -> None:
    """Refuse a file with fewer strips or tiles than its size asks for; Pillow leaves black what they do not cover."""
    width, height = int(tags[_WIDTH]), int(tags[_HEIGHT])
    n_planes = len(bits) if tags.get(_PLANAR) == 2 else 1
    if _TILES in tags:
        n_parts = -(-width // max(1, int(tags[_TILE_WIDTH]))) * -(-height // max(1, int(tags[_TILE_HEIGHT])))
        found = _TILES
    else:
        n_parts, found = -(-height // max(1, int(tags.get(_STRIP_ROWS, height)))), _STRIPS
    n_bytes = -(-width * sum(bits) // 8) * height
    is_short = found == _STRIPS and int(tags.get(_COMPRESSION, 1)) == 1 and _STRIP_BYTES in tags
    is_short = is_short and sum(_numbers(tags[_STRIP_BYTES])) < n_bytes
    if len(_numbers(tags.get(found, ()))) != n_parts * n_planes or is_short:
        raise ReadError(
            f"{label} is a damaged TIFF: it holds fewer rows than its header says; copy or export it again"
        )


def _numbers(value: Any) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def _refuse(label: str, what: str, remedy: str) -> None:
    raise ReadError(f"{label} is a TIFF that {what}; {remedy}")
