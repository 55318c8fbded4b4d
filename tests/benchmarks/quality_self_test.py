"""The measures of quality, measured: truths and real recordings must score low, planted defects high."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from quality_defects import buzz_index, click_index, pre_echo_db
from quality_families import FAMILIES, Family
from quality_measures import bootstrap_upper, event_error_s, f0_error, formant_errors, level_dip_db
from real_pairs import Sources, draw_pair, kinds_at_hand
from scipy import signal

from stimgen.media.sound import FloatArray
from stimgen.spectral.alignment import Alignment

RATE_HZ = 16000
# A frequency that is this much too high must be found to be so.
_SHIFT = 1.1


def self_test(*, n_pairs: int, seed: int) -> None:
    """Print what every measure says of sounds with a known answer."""
    _test_frequencies(n_pairs, seed)
    _test_clicks(n_pairs, seed)
    _test_buzz(n_pairs, seed)
    _test_pre_echo(n_pairs, seed)
    _test_levels_and_events()
    _test_bootstrap(seed)


def _row(label: str, values: Sequence[float | None], *, digits: int = 2) -> str:
    kept = np.array([value for value in values if value is not None], dtype=np.float64)
    if not kept.size:
        return f"  {label:34s} means nothing here"
    figures = np.quantile(kept, [0.1, 0.5, 0.9, 1.0], method="higher")
    return f"  {label:34s}" + "".join(f"{figure:9.{digits}f}" for figure in figures) + f"{kept.size:6d}"


def _heading(title: str) -> None:
    print(f"\n{title}\n  {'':34s}{'10 %':>9}{'median':>9}{'90 %':>9}{'worst':>9}{'n':>6}")


def _truths(family: Family, n_pairs: int, seed: int) -> Iterator[tuple[object, FloatArray]]:
    """Parameters and samples of true midpoints."""
    for number in range(n_pairs):
        rng = np.random.default_rng([seed, number])
        pair = family.draw(rng, number)
        middle = pair.a.toward(pair.b, 0.5)
        yield middle, middle.samples(rate_hz=family.rate_hz, rng=rng)


def _test_frequencies(n_pairs: int, seed: int) -> None:
    _heading("error of F0 (cents, share within 50 cents) and of F1 and F2 (percent) on the truth itself")
    for name, family in FAMILIES.items():
        pitch, moved, formants, moved_formants = [], [], [], []
        for made, samples in _truths(family, n_pairs, seed):
            pitch.append(f0_error(samples, family.rate_hz, made.f0_hz_at, family.f0_range_hz))
            moved.append(f0_error(samples, family.rate_hz, _shifted(made.f0_hz_at), family.f0_range_hz))
            if family.is_voice:
                formants.append(formant_errors(samples, family.rate_hz, made.formants_hz_at, made.f0_hz_at))
                moved_formants.append(
                    formant_errors(samples, family.rate_hz, _shifted(made.formants_hz_at), made.f0_hz_at)
                )
        print(_row(f"{name}: F0, cents", [one and one.median_cents for one in pitch]))
        print(_row("  outside 50 cents", [one and 1.0 - one.share_within_50_cents for one in pitch]))
        print(
            _row("  all of them, truth 10 % off", [one and 1.0 - one.share_within_50_cents for one in moved])
        )
        for label, which in (("F1", 0), ("F2", 1), ("gross share of F2", 2)):
            if any(formants):
                print(_row(f"  {label}", [one and one[which] for one in formants]))
        if any(moved_formants):
            print(_row("  F2, truth 10 % off", [one and one.f2_percent for one in moved_formants]))


def _shifted(truth: Callable[[FloatArray], FloatArray | None]) -> Callable[[FloatArray], FloatArray | None]:
    def at(times_s: FloatArray) -> FloatArray | None:
        values = truth(times_s)
        return None if values is None else values * _SHIFT

    return at


def _clean_sounds(n_pairs: int, seed: int) -> dict[str, list[tuple[FloatArray, int]]]:
    sounds = {
        name: [(samples, family.rate_hz) for _, samples in _truths(family, n_pairs, seed)]
        for name, family in FAMILIES.items()
    }
    sources = Sources()
    for kind in kinds_at_hand(sources):
        pairs = [draw_pair(kind, sources, seed=seed, number=number) for number in range(n_pairs)]
        sounds[f"recorded {kind}"] = [(pair.a.samples, pair.a.rate_hz) for pair in pairs]
    return sounds


def _test_clicks(n_pairs: int, seed: int) -> None:
    _heading(
        "click index (dB): as made or recorded, and gained by taking 1.5 ms out and by an impulse of -20 dB"
    )
    rng = np.random.default_rng(seed)
    for name, sounds in _clean_sounds(n_pairs, seed).items():
        clean = [click_index(samples, rate_hz) for samples, rate_hz in sounds]
        print(_row(name, clean))
        for label, plant in (("  1.5 ms out", _with_cut), ("  impulse", _with_impulse)):
            planted = [click_index(plant(samples, rate_hz, rng), rate_hz) for samples, rate_hz in sounds]
            gained = [
                after - before
                for after, before in zip(planted, clean, strict=True)
                if after is not None and before is not None
            ]
            print(_row(label, gained))


def _loud_place(samples: FloatArray, rate_hz: int, rng: np.random.Generator) -> int:
    margin = min(round(0.010 * rate_hz), samples.size // 3)
    power = np.convolve(samples**2, np.ones(round(0.010 * rate_hz)), "same")[margin:-margin]
    return margin + int(rng.choice(np.flatnonzero(power > 0.1 * power.max())))


def _with_cut(samples: FloatArray, rate_hz: int, rng: np.random.Generator) -> FloatArray:
    at = _loud_place(samples, rate_hz, rng)
    return np.delete(samples, slice(at, at + round(0.0015 * rate_hz)))


def _with_impulse(samples: FloatArray, rate_hz: int, rng: np.random.Generator) -> FloatArray:
    planted = samples.copy()
    planted[_loud_place(samples, rate_hz, rng)] += 0.1 * np.abs(samples).max()
    return planted


def _noise(rng: np.random.Generator, duration_s: float) -> FloatArray:
    """Noise in a random band that rises and falls."""
    centre, width = rng.uniform(0.2, 0.8), rng.uniform(0.1, 0.3)
    band = signal.butter(2, [centre - 0.5 * width, centre + 0.5 * width], "bandpass", output="sos")
    white = rng.standard_normal(round(duration_s * RATE_HZ))
    course = np.interp(np.linspace(0.0, 1.0, white.size), [0.0, 0.2, 0.8, 1.0], [0.0, 1.0, 0.7, 0.0])
    return 0.1 * signal.sosfilt(band, white) * course


def _test_buzz(n_pairs: int, seed: int) -> None:
    _heading("buzz index: noise of 0.15 to 0.6 s, and with defects")
    clean, repeated, throbbing, pulsed = [], [], [], []
    for number in range(2 * n_pairs):
        rng = np.random.default_rng([seed, number])
        noise = _noise(rng, float(rng.uniform(0.15, 0.6)))
        times_s = np.arange(noise.size) / RATE_HZ
        n_grain, rate_hz = round(rng.uniform(0.003, 0.012) * RATE_HZ), rng.uniform(80.0, 400.0)
        grains = np.resize(noise[noise.size // 3 :][:n_grain], noise.size)
        clean.append(buzz_index(noise, RATE_HZ))
        repeated.append(buzz_index(noise + 0.5 * grains, RATE_HZ))
        throb = 1.0 + 0.4 * np.cos(2.0 * np.pi * rate_hz * times_s)
        throbbing.append(buzz_index(noise * throb, RATE_HZ))
        pulses = (np.arange(noise.size) % round(RATE_HZ / rate_hz) == 0).astype(np.float64)
        pulsed.append(buzz_index(noise + pulses * noise.std() * np.sqrt(RATE_HZ / rate_hz), RATE_HZ))
    print(_row("noise", clean))
    print(_row("with a grain repeated, -6 dB", repeated))
    print(_row("throbbing by 40 %", throbbing))
    print(_row("with pulses as loud", pulsed))


def _test_pre_echo(n_pairs: int, seed: int) -> None:
    _heading(
        "pre-echo (dB): bursts in faint noise, quieter and with other noise, and smeared over 6 ms before"
    )
    same, smeared = {-30.0: [], -20.0: [], -10.0: []}, []
    smeared = {level_db: [] for level_db in same}
    plain = []
    for number in range(2 * n_pairs):
        rng = np.random.default_rng([seed, number])
        times_s = np.arange(round(0.3 * RATE_HZ)) / RATE_HZ
        since_s = times_s - rng.uniform(0.05, 0.15)
        course = np.clip(since_s / 0.001, 0.0, 1.0) * np.exp(
            -np.clip(since_s, 0.0, None) / rng.uniform(0.02, 0.1)
        )
        burst = 0.05 * rng.standard_normal(times_s.size) * course
        original = burst + 1e-4 * rng.standard_normal(times_s.size)
        plain.append(pre_echo_db(0.5 * burst + 5e-5 * rng.standard_normal(times_s.size), original, RATE_HZ))
        for level_db, values in smeared.items():
            smear = rng.standard_normal(round(0.006 * RATE_HZ))
            smear *= 10.0 ** (level_db / 20.0) / np.sqrt(np.sum(smear**2))
            echo = np.convolve(original, smear)[smear.size :][: original.size]
            values.append(
                pre_echo_db(original + np.pad(echo, (0, original.size - echo.size)), original, RATE_HZ)
            )
    print(_row("none", plain))
    for level_db, values in smeared.items():
        print(_row(f"{level_db:.0f} dB", values))


def _test_levels_and_events() -> None:
    _heading("level dip (dB) and event error (ms)")
    positions, rng = np.linspace(0.0, 1.0, 9), np.random.default_rng(0)
    noise = rng.standard_normal(RATE_HZ)
    straight = [noise * 10.0 ** (-12.0 * position / 20.0) for position in positions]
    sunk = [
        step * (0.5 if position == 0.5 else 1.0) for step, position in zip(straight, positions, strict=True)
    ]
    print(_row("levels on a straight line: 0", [level_dip_db(straight, positions, RATE_HZ)]))
    print(_row("the middle halved: 6.02", [level_dip_db(sunk, positions, RATE_HZ)]))
    true = Alignment(
        times_a_s=np.array([0.0, 0.3, 1.0]), times_b_s=np.array([0.0, 0.5, 1.0]), method="events"
    )
    late = Alignment(
        times_a_s=np.array([0.0, 0.31, 1.0]), times_b_s=np.array([0.0, 0.51, 1.0]), method="events"
    )
    linear = Alignment(times_a_s=np.array([0.0, 1.0]), times_b_s=np.array([0.0, 1.0]), method="linear")
    for label, found in (
        ("the truth: 0", true),
        ("linear time: 200", linear),
        ("10 ms late on both sides: 5.19", late),
    ):
        error = event_error_s(found, true)
        print(_row(label, [error and 1000.0 * error.mean_s]))


def _test_bootstrap(seed: int) -> None:
    rng = np.random.default_rng(seed)
    bounds = [bootstrap_upper(rng.normal(size=50), np.median, n=300, seed=draw) for draw in range(300)]
    covered = np.mean([bound is not None and bound >= 0.0 for bound in bounds])
    print(f"\nthe upper 95 % bound of a median of 50 lies above the true median in {100.0 * covered:.0f} %")
