import io
import re

import numpy as np
import pytest
import soundfile
from scipy.signal import resample_poly

import stimgen as sg
from stimgen.calibration.level import active_part, level_dbfs
from stimgen.errors import SoundError

FAST = {"steps": 3, "space": "crossfade", "spacing": "linear"}


def true_peak_by_resampling_dbtp(wav):
    """Highest value between the samples, by another interpolation than stimgen's own."""
    samples, _ = soundfile.read(io.BytesIO(wav))
    return 20 * np.log10(np.abs(resample_poly(samples, 16, 1)).max())


def level_of(samples, rate_hz):
    return level_dbfs(samples, active_part(samples, rate_hz=rate_hz))


def with_a_click(sound, height=0.95):
    samples = sound.samples.copy()
    samples[samples.size // 2] = height
    return sg.Sound(samples=samples, rate_hz=sound.rate_hz, name=sound.name)


@pytest.fixture(scope="module")
def quiet_pair(pair):
    """The pair with b 12 dB below a."""
    a, b = pair
    gain = 10 ** ((level_of(a.samples, 16_000) - 12 - level_of(b.samples, 16_000)) / 20)
    return a, sg.Sound(samples=b.samples * gain, rate_hz=b.rate_hz, name="b")


@pytest.fixture(scope="module")
def kept(quiet_pair):
    return sg.morph(*quiet_pair, **FAST, level_dbfs="keep")


@pytest.mark.parametrize("level_dbfs", [-50.0, -26.0])
@pytest.mark.parametrize("bit_depth", ["16", "float32"])
def test_equal_levels_are_those_asked_for_in_every_file(pair, level_dbfs, bit_depth):
    made = sg.morph(*pair, **FAST, level_dbfs=level_dbfs, bit_depth=bit_depth)
    for stimulus in made.stimuli:
        samples, rate_hz = soundfile.read(io.BytesIO(stimulus.wav))
        assert level_of(samples, rate_hz) == pytest.approx(level_dbfs, abs=0.02)
        assert stimulus.record.target_dbfs == level_dbfs
    assert made.manifest.calibration.lowered_db == 0.0
    assert made.manifest.calibration.level_rule == "equal"


def test_kept_levels_go_in_a_straight_line_from_a_to_b(kept):
    levels = [s.record.level_dbfs for s in kept.stimuli]
    assert levels[0] - levels[2] == pytest.approx(12.0, abs=0.1)
    assert levels[1] == pytest.approx((levels[0] + levels[2]) / 2, abs=0.02)


def test_kept_levels_end_at_those_of_the_recordings(kept, quiet_pair):
    for stimulus, sound in zip((kept.stimuli[0], kept.stimuli[2]), quiet_pair, strict=True):
        # the ramps are short against these sounds and fall on their soft ends
        assert stimulus.record.level_dbfs == pytest.approx(level_of(sound.samples, 16_000), abs=0.05)


def test_a_set_with_kept_levels_has_no_one_level_and_checks(kept, tmp_path):
    calibration = kept.manifest.calibration
    assert calibration.level_rule == "keep"
    assert (calibration.target_level_dbfs, calibration.asked_level_dbfs) == (None, None)
    for stimulus in kept.stimuli:
        assert stimulus.record.level_dbfs == pytest.approx(stimulus.record.target_dbfs, abs=0.02)
    assert sg.check(kept.save(tmp_path / "set")).problems == ()


def test_kept_levels_are_extrapolated_beyond_the_recordings(quiet_pair):
    made = sg.morph(*quiet_pair, **{**FAST, "range": (-0.5, 1.5)}, level_dbfs="keep")
    targets = [s.record.target_dbfs for s in made.stimuli]
    assert np.diff(targets) == pytest.approx([-12.0, -12.0], abs=0.1)


def test_a_true_peak_that_does_not_fit_lowers_all_stimuli_alike(pair):
    made = sg.morph(with_a_click(pair[0]), pair[1], **FAST, level_dbfs=-12.0)
    calibration = made.manifest.calibration
    assert calibration.lowered_db > 0
    assert calibration.target_level_dbfs == pytest.approx(-12.0 - calibration.lowered_db)
    assert calibration.asked_level_dbfs == -12.0
    levels = [s.record.level_dbfs for s in made.stimuli]
    assert levels == pytest.approx([calibration.target_level_dbfs] * 3, abs=0.02)
    assert any("lowered from -12 to" in warning for warning in made.manifest.summary.warnings)


def test_kept_levels_are_lowered_alike_too(pair):
    clicking = with_a_click(pair[0], height=0.999)
    made = sg.morph(clicking, pair[1], **FAST, level_dbfs="keep", crossfade="wave", ramp_ms=0.0)
    lowered_db = made.manifest.calibration.lowered_db
    assert 0 < lowered_db < 3
    natural = level_of(clicking.samples - clicking.samples.mean(), 16_000)
    assert made.stimuli[0].record.level_dbfs == pytest.approx(natural - lowered_db, abs=0.05)
    assert any("was lowered by" in warning for warning in made.manifest.summary.warnings)


@pytest.mark.parametrize("bit_depth", ["16", "24", "float32"])
@pytest.mark.parametrize("level_dbfs", [-9.0, -3.0])
def test_no_file_has_a_true_peak_above_minus_1_dbtp(pair, level_dbfs, bit_depth):
    made = sg.morph(*pair, **FAST, level_dbfs=level_dbfs, bit_depth=bit_depth)
    peaks = [true_peak_by_resampling_dbtp(s.wav) for s in made.stimuli]
    # 4-fold oversampling may miss a little of what 16-fold finds
    assert max(peaks) <= -1.0 + 0.05
    assert max(s.record.true_peak_dbtp for s in made.stimuli) <= -1.0
    # and the set is not lower than it need be
    assert max(peaks) > -1.3


@pytest.mark.parametrize("bit_depth", ["16", "float32"])
@pytest.mark.parametrize("height", [0.3, 0.95])
def test_strict_names_the_highest_level_that_fits_and_that_level_fits(pair, height, bit_depth):
    clicking = with_a_click(pair[0], height), pair[1]
    options = {**FAST, "strict": True, "bit_depth": bit_depth}
    with pytest.raises(SoundError, match="highest level that fits") as caught:
        sg.morph(*clicking, **options, level_dbfs=-5.0)
    highest = float(re.search(r"that fits is (-[0-9.]+) dBFS", str(caught.value))[1])
    made = sg.morph(*clicking, **options, level_dbfs=highest)
    assert made.manifest.calibration.lowered_db == 0.0
    with pytest.raises(SoundError, match="highest level that fits"):
        sg.morph(*clicking, **options, level_dbfs=highest + 0.2)


def test_strict_refuses_kept_levels_that_do_not_fit(pair):
    clicking = with_a_click(pair[0], height=0.999)
    options = {**FAST, "crossfade": "wave", "ramp_ms": 0.0, "level_dbfs": "keep"}
    with pytest.raises(SoundError, match="own levels a true peak would pass -1 dBTP by up to"):
        sg.morph(clicking, pair[1], **options, strict=True)


def test_spl_is_the_level_and_the_constant(pair, tmp_path):
    made = sg.morph(*pair, **FAST, spl_at_full_scale_db=96.5)
    for stimulus in made.stimuli:
        record = stimulus.record
        assert record.level_db_spl == pytest.approx(70.5, abs=0.02)
        assert record.a_weighted_db_spl == pytest.approx(record.a_weighted_dbfs + 96.5, abs=1e-3)
        assert record.max_window_db_spl == pytest.approx(record.max_window_dbfs + 96.5, abs=1e-3)
    assert sg.check(made.save(tmp_path / "set")).problems == ()


def test_without_a_constant_no_spl_is_claimed_and_no_sounds_for_a_meter_are_written(pair, tmp_path):
    made = sg.morph(*pair, **FAST)
    for stimulus in made.stimuli:
        record = stimulus.record
        assert (record.level_db_spl, record.a_weighted_db_spl, record.max_window_db_spl) == (None, None, None)
    assert made.manifest.calibration.reference_sounds == []
    assert not (made.save(tmp_path / "set") / "calibration").exists()


def test_tone_and_noise_have_the_level_of_the_set_where_it_fits_them(pair, tmp_path):
    folder = sg.morph(*pair, **FAST, spl_at_full_scale_db=94.0, rate_hz=22_050).save(tmp_path / "set")
    for name in ("tone", "noise"):
        samples, rate_hz = soundfile.read(folder / "calibration" / f"{name}.wav")
        assert rate_hz == 22_050
        # the steady middle, as a meter shows it
        middle = samples[rate_hz:-rate_hz]
        assert 10 * np.log10(np.mean(middle**2)) == pytest.approx(-26.0, abs=0.1)
    records = sg.Manifest.model_validate_json((folder / "manifest.json").read_text("utf-8"))
    said = records.calibration.reference_sounds
    assert [one.file for one in said] == ["calibration/tone.wav", "calibration/noise.wav"]
    assert [one.level_db_spl for one in said] == pytest.approx([68.0, 68.0], abs=0.02)


def test_tone_and_noise_say_their_own_level_where_that_of_the_set_is_too_high_for_them(pair):
    made = sg.morph(*pair, **FAST, level_dbfs=-8.0, spl_at_full_scale_db=90.0)
    tone, noise = made.manifest.calibration.reference_sounds
    target = made.manifest.calibration.target_level_dbfs
    assert tone.level_dbfs == pytest.approx(target, abs=0.02)
    assert noise.level_dbfs < target
    assert noise.level_db_spl == pytest.approx(noise.level_dbfs + 90.0, abs=1e-3)
    for name in ("tone", "noise"):
        assert true_peak_by_resampling_dbtp(made.extra_files[f"calibration/{name}.wav"]) <= -0.95


def test_a_changed_or_missing_tone_is_found(pair, tmp_path):
    folder = sg.morph(*pair, **FAST, spl_at_full_scale_db=94.0).save(tmp_path / "set")
    path = folder / "calibration" / "tone.wav"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert any("tone.wav: the sha256 differs" in problem for problem in sg.check(folder).problems)
    path.unlink()
    assert any("tone.wav: missing" in problem for problem in sg.check(folder).problems)


def test_other_species_get_no_measures_of_human_hearing(pair, tmp_path):
    made = sg.morph(*pair, **FAST, species="other", spl_at_full_scale_db=94.0)
    for stimulus in made.stimuli:
        record = stimulus.record
        assert (record.a_weighted_dbfs, record.lufs, record.lufs_method) == (None, None, None)
        assert record.a_weighted_db_spl is None
        assert record.level_db_spl == pytest.approx(68.0, abs=0.02)
    assert sg.check(made.save(tmp_path / "set")).problems == ()


def test_human_listeners_get_them(pair):
    for stimulus in sg.morph(*pair, **FAST).stimuli:
        assert -60 < stimulus.record.a_weighted_dbfs < -20
        assert -60 < stimulus.record.lufs < -10
        assert stimulus.record.lufs_method


def test_one_loud_click_is_told_of(pair):
    clicking = with_a_click(sg.Sound(samples=0.02 * pair[0].samples, rate_hz=16_000, name="a"), height=0.5)
    made = sg.morph(clicking, pair[1], **{**FAST, "crossfade": "wave"})
    assert any(warning.startswith("a-b_000:") for warning in made.manifest.summary.warnings)
    assert not any("a-b_000:" in w for w in sg.morph(*pair, **FAST).manifest.summary.warnings)
