import io
import time

import numpy as np
import pytest
import soundfile

from stimgen.errors import StimgenError
from stimgen.media.read import read
from stimgen.seeding import child_rng

N_EACH = 40
KINDS = [
    ("WAV", "PCM_16"),
    ("WAV", "FLOAT"),
    ("FLAC", "PCM_16"),
    ("OGG", "VORBIS"),
    ("AIFF", "PCM_16"),
    ("MP3", "MPEG_LAYER_III"),
]


def original(container: str, subtype: str) -> bytes:
    buffer = io.BytesIO()
    times_s = np.arange(4800) / 24_000
    wave = 0.4 * np.sin(2 * np.pi * 300 * times_s * (1 + times_s)) + 0.01 * child_rng(0).standard_normal(4800)
    soundfile.write(buffer, wave, 24_000, format=container, subtype=subtype)
    return buffer.getvalue()


def mutated(raw: bytes, rng: np.random.Generator) -> bytes:
    broken = bytearray(raw)
    kind = rng.integers(4)
    reach = len(broken) if kind == 0 else min(64, len(broken))
    for place in rng.integers(reach, size=int(rng.integers(1, 20))):
        broken[place] = int(rng.integers(256))
    if kind == 2:
        broken = broken[: int(rng.integers(len(broken)))]
    elif kind == 3:
        at = int(rng.integers(len(broken)))
        broken[at:at] = rng.bytes(int(rng.integers(1, 400)))
    return bytes(broken)


@pytest.mark.parametrize(("container", "subtype"), KINDS)
def test_a_broken_file_is_read_whole_or_refused_in_one_line_and_in_time(
    tmp_path, capfd, container, subtype
) -> None:
    raw, refused = original(container, subtype), 0
    for n in range(N_EACH):
        path = tmp_path / f"{n}.{container.lower()}"
        path.write_bytes(mutated(raw, child_rng(n, container, subtype)))
        began = time.perf_counter()
        try:
            sound = read(path, channel=1)
        except StimgenError as error:
            refused += 1
            assert "\n" not in str(error)
            assert 20 < len(str(error)) < 400
        else:
            assert sound.samples.dtype == np.float64
            assert sound.samples.ndim == 1
            assert np.isfinite(sound.samples).all()
            assert np.ptp(sound.samples) > 0
            assert 0.010 <= sound.duration_s <= 60.0
            assert 1_000 <= sound.rate_hz <= 1_000_000
            assert sound.facts is not None
            assert sound.facts.n_samples == sound.n_samples
        assert time.perf_counter() - began < 2.0
    # some mutations must bite, or nothing was tried
    assert refused > N_EACH // 4
    printed = capfd.readouterr()
    assert printed.out == printed.err == ""
