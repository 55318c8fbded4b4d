import io
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stimgen.figures import Evenness, SheetContent, SheetSide, SheetStep, contact_sheet, png_bytes
from stimgen.figures.picture import Box, Cells, Line, Marks, Picture, Words
from stimgen.figures.style import BAR, PAD
from stimgen.spectral.alignment import Alignment, align_linear

RATE_HZ = 8000

Collisions = Callable[[Picture], list[tuple[str, str]]]


def tone(frequency_hz: float, *, duration_s: float = 0.3, rate_hz: int = RATE_HZ) -> np.ndarray:
    times_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    return 0.1 * np.sin(2 * np.pi * frequency_hz * times_s) * np.hanning(times_s.shape[0])


def sheet_step(index: int, n_steps: int, **changes: object) -> SheetStep:
    position = index / max(1, n_steps - 1)
    step = SheetStep(
        index=index,
        position=position,
        samples=tone(500.0 + 1000.0 * position, duration_s=0.3 - 0.1 * position),
        rate_hz=RATE_HZ,
        level_dbfs=-26.0,
        true_peak_dbtp=-18.0,
        distance_from_previous=None if index == 0 else 2.0 + 0.25 * (index % 2),
        f0_times_s=None,
        f0_hz=None,
    )
    return replace(step, **changes)


def sheet_content(n_steps: int = 3, **changes: object) -> SheetContent:
    content = SheetContent(
        title="low-high",
        subtitle=f"crossfade · {n_steps} steps · 8000 Hz · 16 bit",
        steps=tuple(sheet_step(index, n_steps) for index in range(n_steps)),
        side_a=SheetSide(name="low", samples=tone(500.0), rate_hz=RATE_HZ),
        side_b=SheetSide(name="high", samples=tone(1500.0, duration_s=0.2), rate_hz=RATE_HZ),
        alignment=align_linear(0.3, 0.2),
        metric_name="log-mel distance",
        metric_unit="dB",
        target_level_dbfs=-26.0,
    )
    return replace(content, **changes)


def recordings(n_stimuli: int, **changes: object) -> SheetContent:
    steps = tuple(
        sheet_step(
            i,
            n_stimuli,
            position=float("nan"),
            distance_from_previous=None,
            name=f"dog_{i:02d}",
            source_level_dbfs=-35.0 + 0.5 * i,
        )
        for i in range(n_stimuli)
    )
    return sheet_content(steps=steps, side_a=None, side_b=None, alignment=None, metric_name="", **changes)


def with_f0(content: SheetContent, f0_hz: np.ndarray) -> SheetContent:
    times_s = np.linspace(0.0, 0.2, f0_hz.shape[0])
    steps = tuple(replace(step, f0_times_s=times_s, f0_hz=f0_hz) for step in content.steps)
    return replace(content, steps=steps)


def texts(picture: Picture) -> list[str]:
    return [item.text for item in picture.items if isinstance(item, Words)]


def step_labels(picture: Picture) -> list[str]:
    return [text for text in texts(picture) if text.startswith("step ")]


def step_images(picture: Picture, *, n_panels: int) -> list[Cells]:
    return [item for item in picture.items if isinstance(item, Cells)][:n_panels]


def n_images(picture: Picture) -> int:
    return sum(isinstance(item, Cells) for item in picture.items)


def named(picture: Picture, name: str) -> list[Line | Marks]:
    return [item for item in picture.items if isinstance(item, Line | Marks) and item.name == name]


def f0_line(picture: Picture) -> Line:
    (line,) = [item for item in named(picture, "F0") if isinstance(item, Line)]
    return line


def pixels_of(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))


def test_the_same_content_gives_the_same_bytes() -> None:
    content = with_f0(sheet_content(), np.array([100.0, np.nan, 120.0, 130.0]))
    assert png_bytes(contact_sheet(content)) == png_bytes(contact_sheet(content))


def test_another_sound_gives_another_picture() -> None:
    content = sheet_content()
    other = replace(content, steps=(*content.steps[:2], replace(content.steps[2], samples=tone(700.0))))
    assert png_bytes(contact_sheet(content)) != png_bytes(contact_sheet(other))


def test_the_file_is_a_slide_of_1920_by_1080_pixels_without_date_or_program() -> None:
    png = png_bytes(contact_sheet(sheet_content()))
    assert pixels_of(png).shape == (1080, 1920, 3)
    for chunk in (b"tEXt", b"iTXt", b"tIME"):
        assert chunk not in png


def test_the_picture_is_not_blank_and_shows_a_tone_where_it_is() -> None:
    content = sheet_content(2)
    same = tuple(replace(step, samples=tone(1000.0)) for step in content.steps)
    picture = contact_sheet(replace(content, steps=same))
    image = step_images(picture, n_panels=1)[0]
    loudest_row = int(np.argmax(image.shades.max(axis=1)))
    at_in = image.top_in + (loudest_row + 0.5) / image.shades.shape[0] * image.height_in
    (label,) = [
        item
        for item in picture.items
        if isinstance(item, Words) and item.text == "1" and item.anchor == "right" and item.at_in < 0.75
    ]
    # Labels stand with their middle at their tick.
    assert label.baseline_in - 0.36 * label.size_pt / 72 == pytest.approx(at_in, abs=0.03)
    pixels = pixels_of(png_bytes(picture))
    assert np.unique(pixels[..., 0]).size > 50
    assert np.mean(pixels.min(axis=2) < 230) > 0.2


@pytest.mark.parametrize(
    ("n_steps", "n_panels"), [(1, 1), (2, 2), (9, 9), (10, 10), (16, 16), (17, 16), (200, 16)]
)
def test_every_step_gets_a_panel_up_to_sixteen(n_steps: int, n_panels: int) -> None:
    picture = contact_sheet(sheet_content(n_steps))
    labels = step_labels(picture)
    # The others are the key of the colours and the recordings a and b.
    assert n_images(picture) - 3 == len(labels) == n_panels
    assert labels[0] == "step 0"
    assert labels[-1] == f"step {n_steps - 1}"


def test_panels_say_position_and_mark_a_and_b() -> None:
    shown = texts(contact_sheet(sheet_content(5)))
    for position in ("0", "0.25", "0.5", "0.75", "1"):
        assert position in shown
    # Once at the step, once at the recording.
    assert shown.count("a") == shown.count("b") == 2


def test_uneven_positions_are_shortened_where_panels_are_narrow() -> None:
    content = sheet_content(9)
    steps = tuple(
        replace(step, position=step.position**1.1, index=step.index + 10_000) for step in content.steps
    )
    shown = texts(contact_sheet(replace(content, steps=steps)))
    assert f"{0.5**1.1:.2f}" in shown
    assert f"{0.5**1.1:.3f}" in texts(contact_sheet(replace(content, steps=steps[:1] + steps[4:5])))


def test_extrapolated_ends_are_not_called_a_and_b() -> None:
    content = sheet_content(2)
    outside = tuple(
        replace(step, position=position) for step, position in zip(content.steps, (-0.2, 1.2), strict=True)
    )
    shown = texts(contact_sheet(replace(content, steps=outside)))
    assert "\N{MINUS SIGN}0.2" in shown
    assert "1.2" in shown
    assert shown.count("a") == shown.count("b") == 1


def test_axes_name_quantity_and_unit() -> None:
    shown = " | ".join(texts(contact_sheet(sheet_content())))
    for label in (
        "time (ms)",
        "frequency (kHz, mel scale)",
        "level (dB re loudest)",
        "log-mel distance (dB)",
        "dBFS, dBTP",
        "\N{MINUS SIGN}1 dBTP",
    ):
        assert label in shown


def test_long_sounds_are_labelled_in_seconds() -> None:
    content = sheet_content(2)
    long = tuple(replace(step, samples=tone(300.0, duration_s=2.5)) for step in content.steps)
    assert "time (s)" in texts(contact_sheet(replace(content, steps=long)))


def test_high_sounds_get_a_linear_frequency_axis() -> None:
    content = sheet_content(2)
    high = tuple(replace(step, samples=tone(3000.0)) for step in content.steps)
    assert "frequency (kHz)" in texts(contact_sheet(replace(content, steps=high)))


def test_the_spread_of_the_distances_is_stated() -> None:
    content = sheet_content(3)
    steps = (
        content.steps[0],
        replace(content.steps[1], distance_from_previous=1.0),
        replace(content.steps[2], distance_from_previous=3.0),
    )
    shown = texts(contact_sheet(replace(content, steps=steps)))
    assert "cv 0.50, longest/shortest 3.00" in shown
    assert "mean 2" in shown


def test_evenness_is_stated_in_the_metric_used_and_smaller_in_the_others() -> None:
    evenness = (
        Evenness(metric="mfcc", cv=0.081, max_min=1.3),
        Evenness(metric="mel", cv=0.032, max_min=1.08),
        Evenness(metric="erb", cv=0.05, max_min=None),
    )
    picture = contact_sheet(sheet_content(3, metric_name="mel", evenness=evenness))
    words = {item.text: item for item in picture.items if isinstance(item, Words)}
    used = words["mel steps cv 0.03, longest/shortest 1.08"]
    others = words["mfcc cv 0.08, 1.30 · erb cv 0.05"]
    assert others.size_pt < used.size_pt
    assert others.baseline_in > used.baseline_in


@pytest.mark.parametrize(("n_steps", "text"), [(1, "not measured"), (2, "a single distance")])
def test_too_few_steps_for_evenness_are_named(n_steps: int, text: str) -> None:
    evenness = (Evenness(metric="mel", cv=None, max_min=None),)
    shown = texts(contact_sheet(sheet_content(n_steps, metric_name="mel", evenness=evenness)))
    assert text in shown
    assert not any(line.startswith("mel steps") for line in shown)


def test_health_stands_beside_the_name_of_its_recording() -> None:
    content = sheet_content()
    assert content.side_a is not None
    side_a = replace(content.side_a, health="band to 3.9 kHz · noise floor \N{MINUS SIGN}62 dBFS")
    picture = contact_sheet(replace(content, side_a=side_a))
    words = {item.text: item for item in picture.items if isinstance(item, Words)}
    assert words[side_a.health].baseline_in == words["a: low (300 ms)"].baseline_in
    assert words["b: high (200 ms)"].baseline_in > words["a: low (300 ms)"].baseline_in


def test_controls_get_rows_of_their_own_on_the_same_axes() -> None:
    plain, content = contact_sheet(sheet_content(9)), sheet_content(9)
    picture = contact_sheet(replace(content, controls=content.steps))
    assert "Control: cross-fade of the two ends" in texts(picture)
    assert "Control: cross-fade of the two ends" not in texts(plain)
    assert len(step_labels(picture)) == 18
    assert picture.height_in > plain.height_in
    images = step_images(picture, n_panels=19)
    for own, control in zip(images[:9], images[10:], strict=True):
        assert (own.left_in, own.width_in, own.height_in) == (
            control.left_in,
            control.width_in,
            control.height_in,
        )
        np.testing.assert_array_equal(own.shades, control.shades)


def test_controls_stand_hollow_beside_the_steps_in_the_curves() -> None:
    content = sheet_content(5)
    controls = tuple(replace(step, level_dbfs=-25.0) for step in content.steps)
    picture = contact_sheet(replace(content, controls=controls))
    (level,), (control,) = named(picture, "level"), named(picture, "control level")
    assert isinstance(level, Marks)
    assert isinstance(control, Marks)
    assert (level.hollow, control.hollow) == (False, True)
    assert np.all(control.x_in > level.x_in)
    assert np.all(control.y_in < level.y_in)
    (distance,) = named(picture, "control distance")
    assert isinstance(distance, Marks)
    assert distance.hollow
    assert distance.x_in.shape == (4,)


def test_pads_are_marked_and_take_no_room() -> None:
    content = sheet_content(3)
    padded = tuple(
        replace(step, samples=np.pad(step.samples, (4000, 2000)), pad_before_s=0.5, pad_after_s=0.25)
        for step in content.steps
    )
    bare, picture = contact_sheet(content), contact_sheet(replace(content, steps=padded))
    for own, other in zip(step_images(bare, n_panels=3), step_images(picture, n_panels=3), strict=True):
        np.testing.assert_array_equal(own.shades, other.shades)
    assert sum(isinstance(item, Box) and item.color == PAD for item in picture.items) == 6
    assert not any(isinstance(item, Box) and item.color == PAD for item in bare.items)
    assert any("silent pads" in text for text in texts(picture))


def test_a_pad_shifts_f0_with_its_sound() -> None:
    content = with_f0(sheet_content(2), np.full(5, 150.0))
    padded = tuple(
        replace(
            step,
            samples=np.pad(step.samples, (4000, 0)),
            pad_before_s=0.5,
            f0_times_s=np.linspace(0.5, 0.7, 5),
        )
        for step in content.steps
    )
    bare, shifted = f0_line(contact_sheet(content)), f0_line(contact_sheet(replace(content, steps=padded)))
    np.testing.assert_allclose(shifted.x_in, bare.x_in)


def test_existing_recordings_are_shown_by_name_with_durations_and_levels_before() -> None:
    picture = contact_sheet(recordings(5))
    shown = texts(picture)
    assert {"dog_00", "dog_04", "Duration", "200 ms to 300 ms"} <= set(shown)
    assert "\N{WHITE CIRCLE} before: \N{MINUS SIGN}35.0 to \N{MINUS SIGN}33.0" in shown
    assert not any("position" in text or "alignment" in text or "Distance" in text for text in shown)
    (before,) = named(picture, "before")
    assert isinstance(before, Marks)
    assert before.hollow


@pytest.mark.parametrize(("n_stimuli", "n_gaps"), [(60, 59), (500, 0)])
def test_bars_of_many_recordings_touch(n_stimuli: int, n_gaps: int) -> None:
    picture = contact_sheet(recordings(n_stimuli))
    bars = [item for item in picture.items if isinstance(item, Box) and item.color == BAR]
    left_in = np.array([bar.left_in for bar in bars])
    right_in = left_in + [bar.width_in for bar in bars]
    assert len(bars) == n_stimuli
    assert np.count_nonzero(left_in[1:] - right_in[:-1] > 1e-9) == n_gaps


def test_numbers_in_sentences_get_real_minus_signs() -> None:
    content = sheet_content(2, subtitle="level -26 dBFS", notes=("offset of -43 dBFS in dog-1.wav",))
    assert content.side_a is not None
    side_a = replace(content.side_a, health="DC -80 dBFS")
    shown = texts(contact_sheet(replace(content, side_a=side_a)))
    assert "level \N{MINUS SIGN}26 dBFS" in shown
    assert "DC \N{MINUS SIGN}80 dBFS" in shown
    assert any(text.endswith("offset of \N{MINUS SIGN}43 dBFS in dog-1.wav") for text in shown)


def test_targets_that_differ_are_joined_by_a_line() -> None:
    content = sheet_content(5, target_level_dbfs=None)
    steps = tuple(
        replace(step, target_dbfs=-30.0 + step.index, level_dbfs=-30.2 + step.index) for step in content.steps
    )
    picture = contact_sheet(replace(content, steps=steps))
    (line,) = named(picture, "target")
    assert isinstance(line, Line)
    np.testing.assert_allclose(np.diff(line.y_in), np.diff(line.y_in)[0])
    assert np.all(np.diff(line.y_in) < 0.0)
    shown = texts(picture)
    assert "\N{BLACK CIRCLE} levels \N{MINUS SIGN}30.2 to \N{MINUS SIGN}26.2 dBFS" in shown
    assert "each within 0.20 dB of its target" in shown
    assert not any("level within" in text for text in shown)


def test_without_a_target_none_is_drawn() -> None:
    shown = texts(contact_sheet(sheet_content(3, target_level_dbfs=None)))
    assert not any(text.startswith(("target", "\N{BLACK CIRCLE}")) for text in shown)


def test_curves_show_all_steps_even_those_without_a_panel() -> None:
    content = sheet_content(40)
    steps = tuple(replace(step, true_peak_dbtp=-0.3) if step.index == 1 else step for step in content.steps)
    picture = contact_sheet(replace(content, steps=steps))
    assert "step 1" not in step_labels(picture)
    assert "\N{BLACK UP-POINTING TRIANGLE} highest true peak \N{MINUS SIGN}0.3 dBTP" in texts(picture)


def test_the_largest_miss_of_the_target_level_is_stated() -> None:
    content = sheet_content(3)
    steps = (*content.steps[:2], replace(content.steps[2], level_dbfs=-26.37))
    shown = texts(contact_sheet(replace(content, steps=steps)))
    assert "\N{BLACK CIRCLE} level within 0.37 dB" in shown
    assert "target \N{MINUS SIGN}26" in shown


def test_f0_is_drawn_where_voiced_and_broken_where_not() -> None:
    f0_hz = np.array([np.nan, 100.0, 110.0, np.nan, np.nan, 120.0, 130.0])
    line = f0_line(contact_sheet(with_f0(sheet_content(2), f0_hz)))
    heights_in = line.y_in[1:8]
    np.testing.assert_array_equal(np.isnan(heights_in), np.isnan(f0_hz))
    assert np.all(np.diff(heights_in[np.isfinite(heights_in)]) < 0)


def test_the_f0_line_lies_on_the_tone_that_it_tracks() -> None:
    content = sheet_content(2)
    same = tuple(replace(step, samples=tone(1000.0)) for step in content.steps)
    picture = contact_sheet(with_f0(replace(content, steps=same), np.full(5, 1000.0)))
    image = step_images(picture, n_panels=1)[0]
    loudest = (np.argmax(image.shades.max(axis=1)) + 0.5) / image.shades.shape[0]
    at_in = float(np.nanmean(f0_line(picture).y_in))
    assert at_in == pytest.approx(image.top_in + loudest * image.height_in, abs=0.04)


def test_a_sound_without_any_voiced_frame_gets_no_f0_key() -> None:
    content = sheet_content(2)
    assert "F0" in texts(contact_sheet(with_f0(content, np.array([100.0, 110.0]))))
    assert "F0" not in texts(contact_sheet(with_f0(content, np.full(4, np.nan))))
    assert "F0" not in texts(contact_sheet(content))


def test_lines_join_the_moments_that_meet() -> None:
    bent = Alignment(
        times_a_s=np.array([0.0, 0.2, 0.3]),
        times_b_s=np.array([0.0, 0.05, 0.2]),
        method="events",
        steepest_slope=2.7,
    )
    picture = contact_sheet(sheet_content(2, alignment=bent))
    (line,) = named(picture, "moments that meet")
    recording_a = [item for item in picture.items if isinstance(item, Cells)][-2]
    # Three points a line: on a, on b, and a break.
    ends_s = (line.x_in.reshape(-1, 3)[:, :2] - recording_a.left_in) / recording_a.width_in * 0.3
    np.testing.assert_allclose(
        np.interp(ends_s[:, 0], bent.times_a_s, bent.times_b_s), ends_s[:, 1], atol=1e-12
    )
    np.testing.assert_allclose(ends_s[[0, -1]], [[0.0, 0.0], [0.3, 0.2]], atol=1e-12)
    assert "events, steepest 2.7 to 1" in texts(picture)


def test_dollar_signs_underscores_and_umlauts_are_printed_as_they_are() -> None:
    name = "Vögel_$x_1$ \\a^2"
    content = sheet_content(
        2,
        title=name,
        subtitle=name,
        metric_name=name,
        notes=(name,),
        side_a=SheetSide(name=name, samples=tone(500.0), rate_hz=RATE_HZ),
    )
    picture = contact_sheet(content)
    assert sum(name in text for text in texts(picture)) == 5
    png_bytes(picture)


def test_letters_that_the_font_lacks_become_boxes() -> None:
    picture = contact_sheet(sheet_content(2, title="鳥の歌\nbird 🐦\x00", metric_name="距離", notes=("鳥",)))
    png_bytes(picture)
    box = "\N{WHITE SQUARE}"
    assert f"{3 * box} bird {2 * box}" in texts(picture)


def test_notes_stand_at_the_foot_and_left_out_ones_are_mentioned() -> None:
    few = texts(contact_sheet(sheet_content(2, notes=("one is odd", "two is odd"))))
    assert "\N{WARNING SIGN} one is odd" in few
    assert "\N{WARNING SIGN} two is odd" in few
    many = texts(contact_sheet(sheet_content(2, notes=tuple(f"note {i}" for i in range(9)))))
    assert "\N{WARNING SIGN} note 2 … (more in manifest.json)" in many


LONG = "a_very_long_name_" * 12
NUMBERS = {"level_dbfs": -26.123, "true_peak_dbtp": -100.0}
HEALTH = "band to 3.9 kHz · noise floor -62 dBFS · clipped 12 samples · DC -40 dBFS"
SHEETS = {
    "one step": sheet_content(1),
    "nine steps with long names": with_f0(
        sheet_content(
            9,
            title=LONG,
            subtitle=LONG,
            metric_name=LONG,
            metric_unit=LONG,
            notes=(LONG, "word " * 200, "three", "four", "five"),
            side_a=SheetSide(name=LONG, samples=tone(500.0), rate_hz=RATE_HZ, health=HEALTH),
            side_b=SheetSide(name=LONG, samples=tone(1500.0), rate_hz=RATE_HZ, health=LONG),
            alignment=replace(
                align_linear(0.3, 0.2), method="linear (events gain nothing)", steepest_slope=1.0
            ),
            evenness=(Evenness(metric=LONG, cv=0.1, max_min=1.0),) * 4,
            controls=tuple(sheet_step(i, 9) for i in range(9)),
            controls_name=LONG,
        ),
        np.full(9, 150.0),
    ),
    "long names without health": sheet_content(
        9,
        side_a=SheetSide(name=LONG, samples=tone(500.0), rate_hz=RATE_HZ),
        side_b=SheetSide(name=LONG, samples=tone(1500.0), rate_hz=RATE_HZ),
    ),
    "sixteen steps": sheet_content(16),
    "two thousand steps": sheet_content(2000, target_level_dbfs=-1.5),
    "levels that differ, with a control": sheet_content(
        41,
        steps=tuple(
            sheet_step(
                i, 41, target_dbfs=-30.0 + 0.1 * i, level_dbfs=-30.0 + 0.1 * i, distance_from_previous=1.24
            )
            for i in range(41)
        ),
        controls=tuple(sheet_step(i, 41) for i in range(41)),
        evenness=(Evenness(metric="mel", cv=0.1, max_min=1.5), Evenness(metric="erb", cv=0.1, max_min=1.5)),
        metric_name="mel",
    ),
    "five hundred recordings": recordings(500),
    "target at the peak limit": sheet_content(9, target_level_dbfs=-1.0),
    "extrapolated": sheet_content(
        9, steps=tuple(sheet_step(i, 9, position=-0.3333 + i * 0.2083, **NUMBERS) for i in range(9))
    ),
    "ten milliseconds": sheet_content(
        9, steps=tuple(sheet_step(i, 9, samples=tone(800.0, duration_s=0.01)) for i in range(9))
    ),
    "a minute of ultrasound": sheet_content(
        9,
        steps=tuple(
            sheet_step(i, 9, samples=tone(30000.0, duration_s=60.0, rate_hz=96000), rate_hz=96000)
            for i in (0, 8)
        ),
    ),
    "silence": sheet_content(
        3,
        steps=tuple(
            sheet_step(i, 3, samples=np.zeros(800), level_dbfs=-np.inf, true_peak_dbtp=-np.inf)
            for i in range(3)
        ),
    ),
    "one sample": sheet_content(
        2,
        steps=tuple(sheet_step(i, 2, samples=np.ones(1)) for i in range(2)),
        side_a=SheetSide(name="a", samples=np.ones(1), rate_hz=RATE_HZ),
        alignment=align_linear(1 / RATE_HZ, 0.2),
    ),
    "no positions or distances": sheet_content(
        4,
        steps=tuple(
            sheet_step(i, 4, position=np.nan, distance_from_previous=None, level_dbfs=np.nan)
            for i in range(4)
        ),
    ),
    "equal steps that do not differ": sheet_content(
        4, steps=tuple(sheet_step(i, 4, distance_from_previous=0.0) for i in range(4)), metric_unit=""
    ),
    "large and small distances": sheet_content(
        4, steps=tuple(sheet_step(i, 4, distance_from_previous=0.01234 * 9.0**i) for i in range(4))
    ),
    "more controls than steps": sheet_content(3, controls=tuple(sheet_step(i, 12) for i in range(12))),
    "one recording": recordings(1),
    "thirty recordings with long names": replace(
        recordings(30), steps=tuple(replace(step, name=LONG) for step in recordings(30).steps)
    ),
    "padded": sheet_content(
        9,
        steps=tuple(
            sheet_step(i, 9, samples=np.pad(tone(500.0), 4000), pad_before_s=0.5, pad_after_s=0.5)
            for i in range(9)
        ),
    ),
}


@pytest.mark.parametrize("name", SHEETS)
def test_no_text_touches_another_or_a_spectrogram_or_leaves_the_picture(
    name: str, collisions: Collisions
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture = contact_sheet(SHEETS[name])
        png_bytes(picture)
    assert collisions(picture) == []


def test_texts_that_touch_would_be_found(collisions: Collisions) -> None:
    picture = contact_sheet(sheet_content(2))
    picture.write(0.8, 0.44, "in the way")
    picture.write(2.0, 2.0, "on a spectrogram")
    picture.write(13.2, 0.2, "outside")
    found = collisions(picture)
    assert {"image", "outside", "in the way"} <= {name for pair in found for name in pair}


def test_silence_is_dark() -> None:
    image = step_images(contact_sheet(SHEETS["silence"]), n_panels=1)[0]
    assert int(image.shades.max()) == 0


def test_importing_the_room_loads_neither_matplotlib_nor_pillow() -> None:
    program = "import sys, stimgen.figures; sys.exit(any(m in sys.modules for m in ('matplotlib', 'PIL')))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_drawing_never_loads_matplotlib() -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r});"
        "from test_contact_sheet import sheet_content;"
        "from stimgen.figures import contact_sheet, png_bytes;"
        "png_bytes(contact_sheet(sheet_content()));"
        "sys.exit('matplotlib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
