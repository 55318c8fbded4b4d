import io

import numpy as np
import pytest
import soundfile

import stimgen as sg
from stimgen.media.segment import read_source

FAST = {"steps": 3, "space": "crossfade", "spacing": "linear"}
RATE_HZ = 16_000


def read_back(stimulus):
    return soundfile.read(io.BytesIO(stimulus.wav))[0]


def between_silences(sound, before_s, after_s):
    silences = [np.zeros(round(seconds * sound.rate_hz)) for seconds in (before_s, after_s)]
    return sg.Sound(
        samples=np.r_[silences[0], sound.samples, silences[1]], rate_hz=sound.rate_hz, name=sound.name
    )


@pytest.fixture(scope="module")
def bare(pair):
    return sg.morph(*pair, **FAST)


@pytest.fixture(scope="module")
def padded(pair):
    return sg.morph(*pair, **FAST, pad_s=(0.25, 0.1))


def test_pads_are_zeros_to_the_sample(padded, bare):
    for stimulus, without in zip(padded.stimuli, bare.stimuli, strict=True):
        samples = read_back(stimulus)
        assert samples.size == without.record.n_samples + 4000 + 1600
        assert not samples[:4000].any()
        assert not samples[-1600:].any()


@pytest.mark.parametrize("bit_depth", ["16", "24", "float32"])
def test_between_the_pads_is_the_stimulus_without_them(pair, bit_depth):
    with_pads = sg.morph(*pair, **FAST, bit_depth=bit_depth, pad_s=(0.0101, 0.0))
    without = sg.morph(*pair, **FAST, bit_depth=bit_depth)
    for stimulus, twin in zip(with_pads.stimuli, without.stimuli, strict=True):
        np.testing.assert_array_equal(read_back(stimulus)[162:], read_back(twin))


def test_pads_shift_onset_and_offset_and_nothing_that_is_heard(padded, bare):
    for stimulus, twin in zip(padded.stimuli, bare.stimuli, strict=True):
        one, other = stimulus.record, twin.record
        assert one.onset_s == pytest.approx(other.onset_s + 0.25, abs=1e-9)
        assert one.offset_s == pytest.approx(other.offset_s + 0.25, abs=1e-9)
        assert one.duration_s == pytest.approx(other.duration_s + 0.35, abs=1e-9)
        assert (one.pad_before_s, one.pad_after_s) == (0.25, 0.1)
        for key in ("level_dbfs", "lufs", "a_weighted_dbfs", "bandwidth_hz", "gain_db"):
            assert getattr(one, key) == pytest.approx(getattr(other, key), abs=1e-3), key


def test_pads_leave_distances_and_steps_as_they_are(padded, bare):
    for key in ("distance_from_previous", "distance_to_a", "distance_to_b", "hnr_drop_db"):
        assert [getattr(s.record, key) for s in padded.stimuli] == [
            getattr(s.record, key) for s in bare.stimuli
        ]
    assert padded.manifest.summary.steps == bare.manifest.summary.steps


def test_a_padded_set_checks_and_a_pad_that_is_not_that_of_the_set_is_found(padded, tmp_path):
    folder = padded.save(tmp_path / "set")
    assert sg.check(folder).problems == ()
    path = folder / "manifest.json"
    path.write_text(path.read_text("utf-8").replace('"pad_before_s": 0.25', '"pad_before_s": 0.2'), "utf-8")
    assert any("that of the set is [0.25, 0.1]" in problem for problem in sg.check(folder).problems)


def test_silent_ends_are_warned_of_and_stay_without_trimming(pair):
    a = between_silences(pair[0], 0.2, 0.0)
    made = sg.morph(a, pair[1], **FAST)
    assert made.stimuli[0].record.n_samples == a.n_samples
    starts = [warning for warning in made.manifest.summary.warnings if warning.startswith("a starts with")]
    assert len(starts) == 1
    assert "ms of silence" in starts[0]
    assert not any(
        "b starts" in warning or "ends with" in warning for warning in made.manifest.summary.warnings
    )


def test_trimming_cuts_silent_ends_off_and_writes_down_what_was_kept(pair, tmp_path):
    a = between_silences(pair[0], 0.2, 0.3)
    made = sg.morph(a, pair[1], **FAST, trim="auto")
    kept = made.manifest.sources[0].kept
    # at most 20 ms beyond what is active, which lies within the recording that was padded
    assert 3200 - 320 <= kept[0] < kept[1] <= 3200 + pair[0].n_samples + 320
    assert made.stimuli[0].record.n_samples == kept[1] - kept[0]
    assert not any("silence" in warning for warning in made.manifest.summary.warnings)
    assert made.manifest.sources[0].n_samples == a.n_samples
    assert sg.check(made.save(tmp_path / "set")).problems == ()


def test_without_trimming_nothing_is_said_to_be_kept(bare):
    assert [source.kept for source in bare.manifest.sources] == [None, None]


def test_a_trimmed_set_at_another_rate_checks(pair, tmp_path):
    a = between_silences(pair[0], 0.2, 0.3)
    made = sg.morph(a, pair[1], **FAST, trim="auto", rate_hz=22_050, pad_s=(0.01, 0.02))
    assert sg.check(made.save(tmp_path / "set")).problems == ()


@pytest.fixture
def song(pair, write_wav):
    a, b = pair
    return write_wav("song.wav", np.r_[a.samples, np.zeros(1600), b.samples])


def test_two_parts_of_one_recording_are_stored_once_and_written_down(song, tmp_path):
    first, second = read_source(f"{song}@0:0.25"), read_source(f"{song}@0.35:0.55")
    made = sg.morph(first, second, **FAST)
    assert [source.segment for source in made.manifest.sources] == [[0.0, 0.25], [0.35, 0.55]]
    assert len({source.stored for source in made.manifest.sources}) == 1
    folder = made.save(tmp_path / "set")
    stored = list((folder / "sources").iterdir())
    assert [path.read_bytes() for path in stored] == [song.read_bytes()]
    assert sg.check(folder).problems == ()


def test_a_segment_that_is_another_one_is_found(song, tmp_path):
    made = sg.morph(read_source(f"{song}@0:0.25"), read_source(f"{song}@0.35:0.55"), **FAST)
    folder = made.save(tmp_path / "set")
    path = folder / "manifest.json"
    path.write_text(path.read_text("utf-8").replace("0.35,\n", "0.36,\n", 1), "utf-8")
    assert any("recording b" in p or "sources/" in p for p in sg.check(folder).problems)


def test_parts_give_the_stimuli_that_files_of_their_own_give(song, pair, write_wav):
    cut = sg.morph(read_source(f"{song}@0:0.25"), read_source(f"{song}@0.35:0.55"), **FAST)
    a, b = (sg.read(write_wav(f"{one.name}.wav", one.samples)) for one in pair)
    whole = sg.morph(a, b, **FAST)
    assert [s.wav for s in cut.stimuli] == [s.wav for s in whole.stimuli]
