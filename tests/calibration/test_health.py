import numpy as np
import pytest

from stimgen.calibration.health import effective_bits, health
from stimgen.calibration.health_notes import health_line, health_notes
from stimgen.calibration.level import active_part, level_dbfs
from stimgen.errors import ShapeError
from stimgen.media.resample import resample
from stimgen.media.sound import Sound

RATE_HZ = 16_000


def noise(level_dbfs: float, seconds: float, *, seed: int = 0, rate_hz: int = RATE_HZ) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 10 ** (level_dbfs / 20), round(seconds * rate_hz))


def recording(*, floor_dbfs: float = -65.0, pause_s: float = 0.04, offset: float = 0.0) -> np.ndarray:
    """Sound at -20 dBFS between two pauses."""
    pause = np.zeros(round(pause_s * RATE_HZ))
    sound = np.r_[pause, noise(-20, 0.5), pause]
    return sound + noise(floor_dbfs, sound.shape[0] / RATE_HZ, seed=1) + offset


def test_the_level_is_that_of_the_active_part():
    samples = recording()
    found = health(samples, rate_hz=RATE_HZ)
    assert found.level_dbfs == level_dbfs(samples, active_part(samples, rate_hz=RATE_HZ))


def test_the_offset_is_found_in_db_re_full_scale():
    tone = 0.1 * np.sin(2 * np.pi * 100 * np.arange(1600) / RATE_HZ)
    assert health(tone + 0.01, rate_hz=RATE_HZ).dc_dbfs == pytest.approx(-40.0, abs=0.01)
    assert health(tone, rate_hz=RATE_HZ).dc_dbfs < -150


def test_silence_before_after_and_inside_is_measured():
    part = noise(-20, 0.2)
    # the mean of the whole sound is taken off: without this it would be left in the gaps, 40 dB down
    part -= part.mean()
    gaps = [np.zeros(round(s * RATE_HZ)) for s in (0.05, 0.03, 0.12, 0.07)]
    found = health(np.r_[gaps[0], part, gaps[1], part, gaps[2], part, gaps[3]], rate_hz=RATE_HZ)
    assert found.silence_before_s == pytest.approx(0.05)
    assert found.silence_after_s == pytest.approx(0.07)
    assert found.longest_silence_inside_s == pytest.approx(0.12)


def test_a_sound_without_gaps_has_no_silence_inside():
    assert health(noise(-20, 0.2), rate_hz=RATE_HZ).longest_silence_inside_s == 0.0


def test_the_signal_to_noise_ratio_is_the_level_above_the_floor():
    found = health(recording(floor_dbfs=-70.0, pause_s=0.2), rate_hz=RATE_HZ)
    assert found.noise_floor_dbfs == pytest.approx(-70, abs=1)
    assert found.snr_db == pytest.approx(50, abs=1)


def test_without_a_pause_there_is_neither_floor_nor_ratio():
    found = health(noise(-20, 0.3), rate_hz=RATE_HZ)
    assert found.noise_floor_dbfs is None
    assert found.snr_db is None


@pytest.mark.parametrize("bits", [8, 12, 16, 24])
def test_the_bits_of_a_rounded_sound_are_counted(bits: int):
    steps = 2 ** (bits - 1)
    assert effective_bits(np.round(noise(-20, 0.1) * steps) / steps) == bits


def test_floats_have_no_count_of_bits():
    assert effective_bits(noise(-20, 0.1)) is None
    assert effective_bits(np.array([2.0, 0.5])) is None


def test_a_clean_recording_gives_no_note():
    assert health_notes(health(recording(), rate_hz=RATE_HZ), label="a.wav") == []


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        (recording(offset=0.02), "constant offset of -34 dBFS"),
        (0.05 * recording(offset=0.05), "constant offset of -52 dBFS"),
        (np.clip(np.convolve(recording(), np.ones(4), "same"), -0.3, 0.3), "is clipped"),
        (np.r_[np.zeros(1600), recording()], "starts with 140 ms of silence"),
        (np.r_[recording(), np.zeros(1600)], "ends with 140 ms of silence"),
        (recording(floor_dbfs=-35.0, pause_s=0.3), "is noisy"),
        (np.round(recording() * 128) / 128, "only 8 bits"),
    ],
)
def test_each_fault_gives_one_sentence_that_names_the_recording(samples: np.ndarray, words: str):
    notes = health_notes(health(samples, rate_hz=RATE_HZ), label="a.wav")
    assert [note for note in notes if words in note and note.startswith("a.wav ")] == notes
    assert len(notes) == 1


def test_an_upsampled_recording_is_named_as_such():
    raised = resample(Sound(samples=recording(), rate_hz=RATE_HZ), 44100)
    notes = health_notes(health(raised.samples, rate_hz=44100), label="a.wav")
    assert len(notes) == 1
    assert "a.wav was upsampled" in notes[0]
    assert "16000 Hz would have held" in notes[0]


def test_the_line_for_a_picture_is_short_and_says_what_was_found():
    raised = resample(Sound(samples=recording(pause_s=0.2, offset=0.01), rate_hz=RATE_HZ), 44100)
    line = health_line(health(np.clip(raised.samples, -0.2, 0.2), rate_hz=44100))
    assert line.startswith("band to ")
    assert "noise floor -6" in line
    assert line.endswith("DC -40 dBFS · clipped")
    assert len(line) <= 70
    assert health_line(health(raised.samples, rate_hz=44100)).startswith("band only to ")


@pytest.mark.parametrize("rate_hz", [3000, 44100, 192000])
def test_ten_ms_at_any_rate_are_measured(rate_hz: int):
    found = health(noise(-20, 0.01, rate_hz=rate_hz), rate_hz=rate_hz)
    assert found.duration_s == pytest.approx(0.01)
    assert found.native_rate_hz is None


def test_a_recording_without_samples_is_refused():
    with pytest.raises(ShapeError, match="without samples"):
        health(np.zeros(0), rate_hz=RATE_HZ)
