"""Whether the compressed pixels of a JPEG reach to its last row.

The decoder fills what is missing with grey and tells nobody. But it takes up whatever stands at the end of a scan if,
and only if, the scan was too short: so a JPEG is whole if bytes added there change no pixel.
"""

import struct

# no 255 in it, which would begin a marker; mixed enough to be no run of empty blocks under any code
_BYTES = bytes((n * n * 31 + n * 7 + 90) % 254 + 1 for n in range(2048))
# and where a scan is cut into intervals the decoder takes up no byte before their marker
_MORE = _BYTES + b"".join(bytes([0xFF, 0xD0 + n]) + _BYTES[:256] for n in range(8))
_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD9)}
_END, _SCAN = 0xD9, 0xDA


def with_longer_scans(raw: bytes) -> bytes:
    """Return a JPEG with bytes added behind each of its scans, all else as it was.

    Args:
        raw: All bytes of a JPEG; what comes behind its end is left out.

    References:
        ITU-T T.81 (1992), annex B.
    """
    parts: list[bytes] = [raw[:2]]
    place = 2
    while (place := raw.find(b"\xff", place)) >= 0 and place + 1 < len(raw):
        marker = raw[place + 1]
        if marker == 0xFF:  # filling
            place += 1
        elif marker in _WITHOUT_LENGTH:
            parts.append(raw[place : place + 2])
            place += 2
        elif marker == _END:
            break
        else:
            length = struct.unpack_from(">H", raw.ljust(place + 4, b"\0"), place + 2)[0]
            stop = place + 2 + length
            parts.append(raw[place:stop])
            if marker == _SCAN:
                place, stop = stop, _end_of_scan(raw, stop)
                parts += [raw[place:stop], _MORE]
            place = stop
    return b"".join([*parts, b"\xff\xd9"])


def _end_of_scan(raw: bytes, place: int) -> int:
    """Return where the next marker is that is neither a zero byte after 255 nor a restart."""
    while (place := raw.find(b"\xff", place)) >= 0 and place + 1 < len(raw):
        if raw[place + 1] != 0 and not 0xD0 <= raw[place + 1] <= 0xD7 and raw[place + 1] != 0xFF:
            return place
        place += 1 if raw[place + 1] == 0xFF else 2
    return len(raw)
