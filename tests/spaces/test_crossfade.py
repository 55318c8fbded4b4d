import json

import numpy as np
import pytest
from scipy.signal import lfilter

from stimgen.errors import SettingError, SoundError
from stimgen.media.sound import Sound
from stimgen.spaces.base import Between, Space
from stimgen.spaces.crossfade import CrossfadeSpace, Kind
from stimgen.spectral.stft import StftSettings, stft

RATE_HZ = 16000
POSITIONS = (-0.25, 0.0, 0.25, 0.5, 1.0, 1.25)


def vowel(formants_hz: tuple[int, ...], f0_hz: float, duration_s: float, rate_hz: int = RATE_HZ) -> Sound:
    n_samples = round(duration_s * rate_hz)
    samples = np.diff(np.floor(np.arange(1, n_samples + 1) * f0_hz / rate_hz), prepend=0.0)
    samples = samples + 0.01 * np.random.default_rng(0).standard_normal(n_samples)
    for formant_hz in formants_hz:
        radius = np.exp(-np.pi * 90 / rate_hz)
        angle = 2 * np.pi * formant_hz / rate_hz
        samples = lfilter([1 - radius], [1, -2 * radius * np.cos(angle), radius**2], samples)
    return Sound(samples=np.asarray(0.5 * samples / np.abs(samples).max()), rate_hz=rate_hz, name="vowel")


def tone(frequency_hz: float, n_samples: int, rate_hz: int = RATE_HZ, amplitude: float = 0.5) -> Sound:
    samples = amplitude * np.sin(2 * np.pi * frequency_hz * np.arange(n_samples) / rate_hz)
    return Sound(samples=samples, rate_hz=rate_hz, name=f"tone {frequency_hz:g}")


A, B = vowel((700, 1200, 2600), 120.0, 0.30), vowel((300, 2300, 3000), 170.0, 0.42)


def magnitude(samples: np.ndarray) -> np.ndarray:
    return np.abs(stft(samples, StftSettings.for_rate(RATE_HZ)))


def distance_db(samples: np.ndarray, reference: np.ndarray) -> float:
    distance = np.linalg.norm(magnitude(samples) - magnitude(reference))
    return float(20 * np.log10(distance / np.linalg.norm(magnitude(reference))))


@pytest.fixture(scope="module")
def spectrogram() -> Between:
    return CrossfadeSpace().between(A, B, seed=0)


@pytest.fixture(scope="module")
def wave() -> Between:
    return CrossfadeSpace(kind="wave").between(A, B, seed=0)


@pytest.mark.parametrize("kind", ["spectrogram", "wave"])
def test_a_crossfade_is_a_space_without_vectors_and_without_pitch(kind: Kind) -> None:
    space: Space = CrossfadeSpace(kind=kind)
    rendering = space.between(A, B, seed=0)(0.3)
    assert (space.name, space.is_vector, rendering.rate_hz) == ("crossfade", False, RATE_HZ)
    assert rendering.f0_hz is None
    assert rendering.f0_times_s is None


@pytest.mark.parametrize("kind", ["spectrogram", "wave"])
def test_settings_say_the_kind_and_are_plain_json(kind: Kind) -> None:
    settings = CrossfadeSpace(kind=kind).settings()
    assert json.loads(json.dumps(settings)) == settings
    assert settings["kind"] == kind


def test_settings_of_a_spectrogram_crossfade_follow_what_was_chosen() -> None:
    chosen = CrossfadeSpace(floor_db=-60.0, extrapolation_limit_db=6.0, n_iterations=8).settings()
    wanted = {"floor_db": -60.0, "extrapolation_limit_db": 6.0, "n_iterations": 8}
    assert wanted.items() <= chosen.items()


@pytest.mark.parametrize("kind", ["spectrogram", "wave"])
def test_the_same_sounds_and_seed_give_the_same_bytes(kind: Kind) -> None:
    first, again = (CrossfadeSpace(kind=kind).between(A, B, seed=5)(0.4).samples for _ in range(2))
    assert first.tobytes() == again.tobytes()


def test_the_ends_are_very_near_the_sounds(spectrogram: Between) -> None:
    for position, sound in ((0.0, A), (1.0, B)):
        rendering = spectrogram(position)
        assert rendering.spectral_convergence_db is not None
        assert rendering.spectral_convergence_db < -20.0
        assert rendering.samples.size == sound.n_samples
        assert distance_db(rendering.samples, sound.samples) < -20.0


def test_the_ends_are_not_near_each_other() -> None:
    assert distance_db(B.samples[: A.n_samples], A.samples) > -5.0


def test_the_midpoint_differs_from_both_ends(spectrogram: Between) -> None:
    middle = spectrogram(0.5).samples
    for position in (0.0, 1.0):
        end = spectrogram(position).samples
        shared = min(end.size, middle.size)
        assert distance_db(middle[:shared], end[:shared]) > -6.0


def test_durations_are_blended(spectrogram: Between) -> None:
    for position in POSITIONS:
        wanted = (1 - position) * A.n_samples + position * B.n_samples
        assert spectrogram(position).samples.size == round(wanted)
    assert spectrogram.alignment.method == "linear"
    assert spectrogram.alignment.duration_s(0.5) == pytest.approx(0.36)


def test_the_midpoint_of_two_tones_has_both_at_the_mean_of_their_levels() -> None:
    # In dB between 0 and the floor of -40: both tones stand at -20 dB at the midpoint, and no third appears.
    space = CrossfadeSpace(floor_db=-40.0, n_iterations=100)
    low, high = tone(1000.0, 8000), tone(3000.0, 8000)
    middle = magnitude(space.between(low, high, seed=0)(0.5).samples)[:, 60]
    peak = magnitude(low.samples)[:, 60].max()
    levels_db = 20 * np.log10(middle / peak)
    assert levels_db[32] == pytest.approx(-20.0, abs=2.0)
    assert levels_db[96] == pytest.approx(-20.0, abs=2.0)
    assert levels_db[64] < -32.0


def test_a_ramp_in_level_is_linear_in_db() -> None:
    loud, soft = tone(1000.0, 8000, amplitude=0.5), tone(1000.0, 8000, amplitude=0.005)
    between = CrossfadeSpace().between(loud, soft, seed=0)
    for position, level_db in (
        (0.0, 0.0),
        (0.25, -10.0),
        (0.5, -20.0),
        (1.0, -40.0),
        (1.25, -50.0),
        (-0.25, 10.0),
    ):
        rms = np.sqrt(np.mean(between(position).samples[2000:6000] ** 2))
        assert 20 * np.log10(rms / (0.5 / np.sqrt(2))) == pytest.approx(level_db, abs=0.2)


def test_extrapolation_moves_no_bin_beyond_its_limit() -> None:
    loud, soft = tone(1000.0, 8000, amplitude=0.5), tone(1000.0, 8000, amplitude=0.005)
    far = CrossfadeSpace(extrapolation_limit_db=6.0).between(loud, soft, seed=0)(-1e6)
    rms = np.sqrt(np.mean(far.samples[2000:6000] ** 2))
    assert 20 * np.log10(rms / (0.5 / np.sqrt(2))) == pytest.approx(6.0, abs=0.2)


@pytest.mark.parametrize("kind", ["spectrogram", "wave"])
@pytest.mark.parametrize("rate_hz", [4000, 16000, 192000])
def test_sounds_of_10_ms_are_blended_and_extrapolated(kind: Kind, rate_hz: int) -> None:
    n_samples = rate_hz // 100
    a, b = tone(0.05 * rate_hz, n_samples, rate_hz), tone(0.1 * rate_hz, n_samples, rate_hz)
    between = CrossfadeSpace(kind=kind).between(a, b, seed=0)
    for position in POSITIONS:
        samples = between(position).samples
        assert samples.shape == (n_samples,)
        assert np.all(np.isfinite(samples))
        assert np.sqrt(np.mean(samples**2)) > 0.01


def test_a_position_that_leaves_less_than_10_ms_is_refused_with_the_range_that_works() -> None:
    between = CrossfadeSpace().between(tone(440.0, 1600), tone(440.0, 320), seed=0)
    assert between(1.125).samples.size == 160
    with pytest.raises(
        SettingError, match=r"position 1.2 would give a sound of 4.0 ms.*1.125 and below work"
    ):
        between(1.2)
    backwards = CrossfadeSpace().between(tone(440.0, 320), tone(440.0, 1600), seed=0)
    assert backwards(-0.125).samples.size == 160
    with pytest.raises(SettingError, match="-0.125 and above work"):
        backwards(-0.2)


@pytest.mark.parametrize("kind", ["spectrogram", "wave"])
@pytest.mark.parametrize("position", [np.nan, np.inf, -np.inf])
def test_a_position_that_is_no_number_is_refused(kind: Kind, position: float) -> None:
    between = CrossfadeSpace(kind=kind).between(A, A, seed=0)
    with pytest.raises(SettingError, match="position"):
        between(position)


@pytest.mark.parametrize("kind", ["spectrogram", "wave"])
def test_two_rates_are_refused(kind: Kind) -> None:
    with pytest.raises(SettingError, match=r"one rate, got 16000 Hz \(vowel\) and 8000 Hz"):
        CrossfadeSpace(kind=kind).between(A, tone(440.0, 800, 8000), seed=0)


def test_a_silent_sound_has_no_spectrogram_to_blend() -> None:
    silence = Sound(samples=np.zeros(1600), rate_hz=RATE_HZ, name="nothing")
    with pytest.raises(SoundError, match="nothing is silent"):
        CrossfadeSpace().between(A, silence, seed=0)


@pytest.mark.parametrize("kind", ["spectrogram", "wave"])
def test_a_sound_without_samples_is_refused(kind: Kind) -> None:
    with pytest.raises(SoundError, match="no samples"):
        CrossfadeSpace(kind=kind).between(A, Sound(samples=np.zeros(0), rate_hz=RATE_HZ), seed=0)


def test_a_wave_crossfade_blends_samples_and_pads_the_shorter_sound_with_silence(wave: Between) -> None:
    padded = np.concatenate([A.samples, np.zeros(B.n_samples - A.n_samples)])
    for position in POSITIONS:
        rendering = wave(position)
        np.testing.assert_array_equal(rendering.samples, (1 - position) * padded + position * B.samples)
        assert rendering.spectral_convergence_db is None
    assert wave.alignment.duration_s(0.3) == pytest.approx(B.duration_s)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"kind": "magic"}, "'spectrogram' or 'wave', got 'magic'"),
        ({"floor_db": 0.0}, "floor_db"),
        ({"extrapolation_limit_db": -1.0}, "extrapolation_limit_db"),
        ({"n_iterations": 0}, "n_iterations"),
    ],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        CrossfadeSpace(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("duration_s", [0.05, 0.1])
def test_a_wave_crossfade_refuses_to_change_a_duration(duration_s: float) -> None:
    a, b = tone(440.0, 1600), tone(440.0, 800)
    with pytest.raises(SettingError, match="--duration keep"):
        CrossfadeSpace(kind="wave").between(a, b, seed=0, duration_s=duration_s)


def test_a_wave_crossfade_takes_the_duration_that_both_sounds_have() -> None:
    a = tone(440.0, 1600)
    between = CrossfadeSpace(kind="wave").between(a, a, seed=0, duration_s=a.duration_s)
    assert between(0.5).samples.size == round(between.duration_s(0.5) * RATE_HZ) == 1600
