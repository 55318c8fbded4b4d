"""What the first and the last stimulus are: the recordings, or the recordings analysed and synthesised."""

import io
import json
import shutil

import numpy as np
import pytest
import soundfile

import stimgen as sg
from stimgen.errors import SettingError
from stimgen.spaces.stft import StftSpace
from stimgen.workflows.draft import draw
from stimgen.workflows.plan import prepare
from stimgen.workflows.settings import MorphSettings

FAST = {"steps": 3, "spacing": "linear"}
AS_RECORDED = {"level_dbfs": "keep", "ramp_ms": 0.0}
SPACES = ("transport", "stft", "crossfade")
SUBTYPES = {"16": ("PCM_16", "int16"), "24": ("PCM_24", "int32")}


def codes(wav, dtype):
    """The whole numbers of a file as another program reads them."""
    return soundfile.read(io.BytesIO(wav) if isinstance(wav, bytes) else wav, dtype=dtype)[0]


def ends_of(made):
    return [stimulus for stimulus in made.stimuli if stimulus.record.position in (0.0, 1.0)]


def sources_of(made):
    return [stimulus.record.endpoint_source for stimulus in ends_of(made)]


def snr_db(got, wanted):
    return 10 * np.log10(np.sum(wanted**2) / max(np.sum((got - wanted) ** 2), 1e-300))


@pytest.fixture
def recorded(pair, write_wav):
    """Return a maker of a.wav and b.wav in a bit depth, with a small offset, as converters leave it."""

    def write(subtype, *, offset=3e-4, rate_hz=16_000):
        return [
            write_wav(f"{sound.name}.wav", 0.5 * sound.samples + offset, rate_hz, subtype=subtype)
            for sound in pair
        ]

    return write


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("bit_depth", ["16", "24"])
def test_exact_ends_have_the_very_numbers_of_the_recordings_where_no_gain_is_asked(
    recorded, space, bit_depth
):
    subtype, dtype = SUBTYPES[bit_depth]
    files = recorded(subtype)
    made = sg.morph(
        *map(sg.read, files), **FAST, **AS_RECORDED, space=space, bit_depth=bit_depth, endpoints="exact"
    )
    for end, file in zip(ends_of(made), files, strict=True):
        np.testing.assert_array_equal(codes(end.wav, dtype), codes(file, dtype))
        assert (end.record.bit_identical, end.record.gain_db) == (True, 0.0)
    middle = made.stimuli[1]
    assert middle.record.bit_identical is None
    assert len(np.unique(codes(middle.wav, dtype))) > 100
    assert not [note for note in made.manifest.summary.warnings if "endpoint" in note]


def test_exact_ends_of_16_bit_are_kept_in_24_bit_and_within_silence(recorded):
    files = recorded("PCM_16")
    made = sg.morph(
        *map(sg.read, files),
        **FAST,
        **AS_RECORDED,
        space="stft",
        bit_depth="24",
        pad_s=(0.1, 0.2),
        endpoints="exact",
    )
    for end, file in zip(ends_of(made), files, strict=True):
        np.testing.assert_array_equal(codes(end.wav, "int32")[1600:-3200], codes(file, "int32"))


@pytest.mark.parametrize("space", SPACES)
def test_exact_ends_are_the_recordings_to_90_db_before_level_and_ramp(pair, space):
    plan = prepare(*pair, MorphSettings(**FAST, space=space, endpoints="exact", ramp_ms=0.0))
    first, _, last = draw(plan, progress=lambda *_: None).ramped
    for end, sound in zip((first, last), plan.sounds, strict=True):
        assert snr_db(end, sound.samples - sound.samples.mean()) >= 90.0


def test_an_exact_end_of_a_trimmed_recording_is_what_trimming_left(pair, write_wav):
    files = [
        write_wav(f"{one.name}.wav", np.pad(0.5 * one.samples, (800 * n, 1600)), subtype="PCM_16")
        for n, one in enumerate(pair, 1)
    ]
    made = sg.morph(
        *map(sg.read, files), **FAST, **AS_RECORDED, space="crossfade", endpoints="exact", trim="auto"
    )
    for end, file, source in zip(ends_of(made), files, made.manifest.sources, strict=True):
        start, stop = source.kept
        assert 0 < start < stop
        np.testing.assert_array_equal(codes(end.wav, "int16"), codes(file, "int16")[start:stop])


def test_the_shorter_end_of_a_crossfade_of_samples_is_its_recording_and_then_silence(recorded):
    files = recorded("PCM_16")
    made = sg.morph(*map(sg.read, files), **FAST, **AS_RECORDED, space="crossfade", crossfade="wave")
    shorter, wanted = codes(ends_of(made)[1].wav, "int16"), codes(files[1], "int16")
    np.testing.assert_array_equal(shorter[: wanted.size], wanted)
    assert shorter.size > wanted.size
    assert not np.any(shorter[wanted.size :])


@pytest.mark.parametrize("space", SPACES)
def test_resynthesised_ends_are_not_the_recordings(pair, space):
    made = sg.morph(*pair, **FAST, **AS_RECORDED, space=space, endpoints="resynth", bit_depth="float32")
    assert sources_of(made) == ["resynth", "resynth"]
    assert made.manifest.path.endpoints == "resynth"
    for end, sound in zip(ends_of(made), pair, strict=True):
        assert snr_db(codes(end.wav, "float64"), sound.samples) < 60.0
        assert end.record.bit_identical is False


def test_a_space_decides_by_itself_unless_asked(pair):
    found = {space: sources_of(sg.morph(*pair, **FAST, space=space)) for space in SPACES}
    assert found == {"transport": ["carried"] * 2, "stft": ["resynth"] * 2, "crossfade": ["resynth"] * 2}


def test_what_is_exact_is_said_of_every_end(pair):
    found = {space: sources_of(sg.morph(*pair, **FAST, space=space, endpoints="exact")) for space in SPACES}
    assert found == {"transport": ["carried"] * 2, "stft": ["original"] * 2, "crossfade": ["original"] * 2}


def test_the_control_has_exact_ends_too(pair):
    made = sg.morph(*pair, **FAST, control="crossfade", endpoints="exact")
    assert sources_of(made) == ["carried", "carried", "original", "original"]
    assert made.manifest.control.path.endpoints == "exact"


def test_a_space_of_ones_own_gets_exact_ends(pair):
    made = sg.morph(*pair, **FAST, space=StftSpace(align="linear"), endpoints="exact")
    assert sources_of(made) == ["original", "original"]


def test_ends_of_another_duration_are_synthesised_and_that_is_told(pair):
    made = sg.morph(*pair, **FAST, space="stft", endpoints="exact", duration=0.25)
    # a lasts 0.25 s and stays what it is
    assert sources_of(made) == ["original", "resynth"]
    [note] = [note for note in made.manifest.summary.warnings if "endpoint" in note]
    assert note.startswith("endpoint b is resynthesised, since --duration")


@pytest.mark.parametrize(
    ("change", "options", "reason"),
    [
        ({}, {"rate_hz": 22_050}, "it was resampled from 16000 to 22050 Hz"),
        ({"subtype": "PCM_24"}, {}, "--bit-depth 16 does not hold it without rounding"),
        ({"offset": 0.05}, {}, "its offset of -26 dBFS was taken off"),
    ],
)
def test_what_keeps_an_end_from_being_bit_identical_is_told(recorded, change, options, reason):
    files = recorded(**({"subtype": "PCM_16"} | change))
    made = sg.morph(*map(sg.read, files), **FAST, **AS_RECORDED, space="stft", endpoints="exact", **options)
    assert [end.record.bit_identical for end in ends_of(made)] == [False, False]
    notes = [note for note in made.manifest.summary.warnings if "not bit for bit" in note]
    assert [note[:10] for note in notes] == ["endpoint a", "endpoint b"]
    assert all(reason in note for note in notes)


def test_a_set_that_comes_down_for_its_peaks_has_no_bit_identical_ends(pair, write_wav):
    files = [
        write_wav(f"{one.name}.wav", 0.98 * one.samples / np.abs(one.samples).max(), subtype="PCM_16")
        for one in pair
    ]
    made = sg.morph(*map(sg.read, files), **FAST, **AS_RECORDED, space="stft", endpoints="exact")
    lowered_db = made.manifest.calibration.lowered_db
    assert lowered_db > 0.0
    for end in ends_of(made):
        assert end.record.bit_identical is False
        assert end.record.gain_db == pytest.approx(-lowered_db, abs=0.02)
    assert any(
        "the level of the whole set was lowered" in note and "bit" in note
        for note in made.manifest.summary.warnings
    )


def test_exact_ends_that_are_not_among_the_steps_are_told_of(pair):
    made = sg.morph(*pair, **FAST, space="crossfade", range=(0.2, 0.8), endpoints="exact")
    assert any("neither is among the steps" in note for note in made.manifest.summary.warnings)


def test_what_is_asked_of_ends_is_one_of_two_words():
    with pytest.raises(SettingError, match="--endpoints 'same' is unknown; allowed are exact, resynth"):
        MorphSettings(endpoints="same")
    with pytest.raises(SettingError, match="needs a space by its name"):
        MorphSettings(endpoints="resynth", space=StftSpace())


@pytest.fixture(scope="module")
def saved(pair, tmp_path_factory):
    made = [
        sg.Sound(samples=np.round(one.samples * 2**14) / 2**15, rate_hz=16_000, name=one.name) for one in pair
    ]
    folder = tmp_path_factory.mktemp("ends") / "set"
    return sg.morph(*made, **FAST, **AS_RECORDED, space="crossfade", endpoints="exact").save(folder)


def edited(saved, tmp_path, change):
    folder = shutil.copytree(saved, tmp_path / "set")
    place = folder / "manifest.json"
    manifest = json.loads(place.read_text(encoding="utf-8"))
    change(manifest)
    place.write_text(json.dumps(manifest), encoding="utf-8")
    return "\n".join(sg.check(folder).problems)


def test_a_set_with_exact_ends_is_as_its_manifest_says(saved):
    assert sg.check(saved).ok
    assert (
        json.loads((saved / "manifest.json").read_text(encoding="utf-8"))["stimuli"][0]["bit_identical"]
        is True
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda m: m["stimuli"][0].update(endpoint_source="resynth"), "but the ends are to be exact"),
        (lambda m: m["stimuli"][0].update(gain_db=0.5), "bit_identical is true, but it has a gain of 0.5 dB"),
        (lambda m: m["stimuli"][1].update(bit_identical=True), "of what is not the recording"),
        (
            lambda m: (
                m["path"].update(endpoints="resynth"),
                m["stimuli"][0].update(endpoint_source="carried"),
            ),
            "but the ends are to be resynthesised",
        ),
    ],
)
def test_what_a_manifest_says_of_ends_goes_together(saved, tmp_path, change, sentence):
    assert sentence in edited(saved, tmp_path, change)


def test_an_end_that_is_not_the_recording_is_found(saved, tmp_path):
    def swap(manifest):
        place = tmp_path / "set" / manifest["stimuli"][0]["file"]
        samples, rate_hz = soundfile.read(place, dtype="int16")
        samples[1000] += 1
        soundfile.write(place, samples, rate_hz, subtype="PCM_16")

    assert "its samples are not those of the recording" in edited(saved, tmp_path, swap)


def test_a_manifest_without_the_keys_of_ends_is_read(saved, tmp_path):
    def forget(manifest):
        manifest["path"].pop("endpoints")
        manifest["path"]["alignment"].pop("files")
        for stimulus in manifest["stimuli"]:
            stimulus.pop("bit_identical")

    found = edited(saved, tmp_path, forget)
    # only the table beside it has a column more now
    assert found == "stimuli.csv: does not say what the manifest says"
