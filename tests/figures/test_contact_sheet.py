import io
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import AxesImage, imread
from matplotlib.lines import Line2D
from matplotlib.text import Text

from stimgen.figures import SheetContent, SheetSide, SheetStep, contact_sheet, png_bytes
from stimgen.spectral.align import Alignment, align_linear

RATE_HZ = 8000


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
        peak_dbfs=-18.0,
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


def with_f0(content: SheetContent, f0_hz: np.ndarray) -> SheetContent:
    times_s = np.linspace(0.0, 0.2, f0_hz.shape[0])
    steps = tuple(replace(step, f0_times_s=times_s, f0_hz=f0_hz) for step in content.steps)
    return replace(content, steps=steps)


def texts(figure: Figure) -> list[str]:
    return [
        text.get_text() for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()
    ]


def step_labels(figure: Figure) -> list[str]:
    return [text for text in texts(figure) if text.startswith("step ")]


def step_images(figure: Figure) -> list[AxesImage]:
    return figure.axes[0].get_images() + (figure.axes[1].get_images() if len(figure.axes) == 6 else [])


def f0_lines(figure: Figure) -> list[Line2D]:
    return [line for line in figure.findobj(Line2D) if line.get_label() == "F0"]


def overlapping_texts(figure: Figure) -> list[tuple[str, str]]:
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    boxes = [
        (text.get_text(), text.get_window_extent(renderer))
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip()
    ]
    figure_box = figure.bbox
    outside = [
        (name, "outside")
        for name, box in boxes
        if box.x0 < figure_box.x0
        or box.x1 > figure_box.x1
        or box.y0 < figure_box.y0
        or box.y1 > figure_box.y1
    ]
    touching = [
        (name, other)
        for i, (name, box) in enumerate(boxes)
        for other, other_box in boxes[i + 1 :]
        if min(box.x1, other_box.x1) - max(box.x0, other_box.x0) > 0.5
        and min(box.y1, other_box.y1) - max(box.y0, other_box.y0) > 2.0
    ]
    return outside + touching


def test_the_same_content_gives_the_same_bytes() -> None:
    content = with_f0(sheet_content(), np.array([100.0, np.nan, 120.0, 130.0]))
    assert png_bytes(contact_sheet(content)) == png_bytes(contact_sheet(content))


def test_another_sound_gives_another_picture() -> None:
    content = sheet_content()
    other = replace(content, steps=(*content.steps[:2], replace(content.steps[2], samples=tone(700.0))))
    assert png_bytes(contact_sheet(content)) != png_bytes(contact_sheet(other))


def test_the_users_matplotlib_settings_neither_change_the_picture_nor_are_changed() -> None:
    plain = png_bytes(contact_sheet(sheet_content()))
    changed = {
        "font.size": 23.0,
        "font.family": ["serif"],
        "axes.facecolor": "green",
        "savefig.dpi": 50,
        "image.cmap": "jet",
        "lines.linewidth": 9.0,
        "text.antialiased": False,
        "xtick.direction": "in",
    }
    with matplotlib.rc_context(changed):
        assert png_bytes(contact_sheet(sheet_content())) == plain
        assert {key: matplotlib.rcParams[key] for key in changed} == changed


def test_the_file_is_a_slide_of_1920_by_1080_pixels_without_date_or_program() -> None:
    png = png_bytes(contact_sheet(sheet_content()))
    assert imread(io.BytesIO(png)).shape[:2] == (1080, 1920)
    for chunk in (b"tEXt", b"iTXt", b"tIME"):
        assert chunk not in png


def test_the_picture_is_not_blank_and_shows_a_tone_where_it_is() -> None:
    content = sheet_content(2)
    same = tuple(replace(step, samples=tone(1000.0)) for step in content.steps)
    figure = contact_sheet(replace(content, steps=same))
    image = step_images(figure)[0]
    loudest_row = int(np.argmax(np.asarray(image.get_array()).max(axis=1)))
    n_rows = image.get_array().shape[0]
    ticks = {
        label.get_text(): height
        for label, height in zip(figure.axes[0].get_yticklabels(), figure.axes[0].get_yticks(), strict=True)
    }
    assert (loudest_row + 0.5) / n_rows == pytest.approx(ticks["1"], abs=0.02)
    pixels = imread(io.BytesIO(png_bytes(figure)))
    assert np.unique(pixels[..., 0]).size > 50
    assert np.mean(pixels[..., :3].min(axis=2) < 0.9) > 0.2


@pytest.mark.parametrize(
    ("n_steps", "n_panels"), [(1, 1), (2, 2), (9, 9), (10, 10), (16, 16), (17, 16), (200, 16)]
)
def test_every_step_gets_a_panel_up_to_sixteen(n_steps: int, n_panels: int) -> None:
    figure = contact_sheet(sheet_content(n_steps))
    labels = step_labels(figure)
    assert len(step_images(figure)) == len(labels) == n_panels
    assert labels[0] == "step 0"
    assert labels[-1] == f"step {n_steps - 1}"


def test_panels_say_position_and_mark_a_and_b() -> None:
    shown = texts(contact_sheet(sheet_content(5)))
    for position in ("0", "0.25", "0.5", "0.75", "1"):
        assert position in shown
    # Once at the step, once at the recording.
    assert shown.count("a") == shown.count("b") == 2


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
        "dBFS",
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
    assert "mean 2 dB, cv 50.0 %, max/min 3.00" in texts(contact_sheet(replace(content, steps=steps)))


def test_curves_show_all_steps_even_those_without_a_panel() -> None:
    content = sheet_content(40)
    steps = tuple(replace(step, peak_dbfs=-0.3) if step.index == 1 else step for step in content.steps)
    figure = contact_sheet(replace(content, steps=steps))
    assert "step 1" not in step_labels(figure)
    assert "\N{BLACK UP-POINTING TRIANGLE} highest peak \N{MINUS SIGN}0.3" in texts(figure)


def test_the_largest_miss_of_the_target_level_is_stated() -> None:
    content = sheet_content(3)
    steps = (*content.steps[:2], replace(content.steps[2], level_dbfs=-26.37))
    shown = texts(contact_sheet(replace(content, steps=steps)))
    assert "\N{BLACK CIRCLE} level within 0.37 dB" in shown
    assert "target \N{MINUS SIGN}26" in shown


def test_f0_is_drawn_where_voiced_and_broken_where_not() -> None:
    f0_hz = np.array([np.nan, 100.0, 110.0, np.nan, np.nan, 120.0, 130.0])
    (line,) = f0_lines(contact_sheet(with_f0(sheet_content(2), f0_hz)))
    heights = np.asarray(line.get_ydata(), dtype=np.float64)[:7]
    np.testing.assert_array_equal(np.isnan(heights), np.isnan(f0_hz))
    voiced = heights[np.isfinite(heights)]
    assert np.all(np.diff(voiced) > 0)
    assert np.all((voiced > 0) & (voiced < 1))


def test_the_f0_line_lies_on_the_tone_that_it_tracks() -> None:
    content = sheet_content(2)
    same = tuple(replace(step, samples=tone(1000.0)) for step in content.steps)
    figure = contact_sheet(with_f0(replace(content, steps=same), np.full(5, 1000.0)))
    (line,) = f0_lines(figure)
    levels_db = np.asarray(step_images(figure)[0].get_array())
    loudest = (np.argmax(levels_db.max(axis=1)) + 0.5) / levels_db.shape[0]
    assert line.get_ydata()[0] == pytest.approx(loudest, abs=0.02)


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
    figure = contact_sheet(sheet_content(2, alignment=bent))
    (lines,) = [c for axes in figure.axes for c in axes.collections]
    ends_s = np.array([segment[:, 0] for segment in lines.get_segments()])
    np.testing.assert_allclose(
        np.interp(ends_s[:, 0], bent.times_a_s, bent.times_b_s), ends_s[:, 1], atol=1e-12
    )
    np.testing.assert_allclose(ends_s[[0, -1]], [[0.0, 0.0], [0.3, 0.2]])
    assert "events, steepest 2.7 to 1" in texts(figure)


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
    figure = contact_sheet(content)
    assert sum(name in text for text in texts(figure)) == 5
    assert not any(text.get_parse_math() for text in figure.findobj(Text) if name in text.get_text())
    png_bytes(figure)


def test_letters_that_the_font_lacks_raise_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = contact_sheet(sheet_content(2, title="鳥の歌\nbird 🐦", metric_name="距離", notes=("鳥",)))
        png_bytes(figure)
    assert any(
        text.startswith("\N{WHITE SQUARE}") and text.endswith("bird \N{WHITE SQUARE}")
        for text in texts(figure)
    )


def test_notes_stand_at_the_foot_and_left_out_ones_are_mentioned() -> None:
    few = texts(contact_sheet(sheet_content(2, notes=("one is odd", "two is odd"))))
    assert "\N{WARNING SIGN} one is odd" in few
    assert "\N{WARNING SIGN} two is odd" in few
    many = texts(contact_sheet(sheet_content(2, notes=tuple(f"note {i}" for i in range(9)))))
    assert "\N{WARNING SIGN} note 2 … (more in manifest.json)" in many


LONG = "a_very_long_name_" * 12
NUMBERS = {"level_dbfs": -26.123, "peak_dbfs": -100.0}
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
            side_a=SheetSide(name=LONG, samples=tone(500.0), rate_hz=RATE_HZ),
            side_b=SheetSide(name=LONG, samples=tone(1500.0), rate_hz=RATE_HZ),
            alignment=replace(
                align_linear(0.3, 0.2), method="linear (events gain nothing)", steepest_slope=1.0
            ),
        ),
        np.full(9, 150.0),
    ),
    "sixteen steps": sheet_content(16),
    "two thousand steps": sheet_content(2000, target_level_dbfs=-1.5),
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
            sheet_step(i, 3, samples=np.zeros(800), level_dbfs=-np.inf, peak_dbfs=-np.inf) for i in range(3)
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
}


@pytest.mark.parametrize("name", SHEETS)
def test_no_text_touches_another_or_leaves_the_picture(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = contact_sheet(SHEETS[name])
        png_bytes(figure)
    assert overlapping_texts(figure) == []


def test_texts_that_touch_would_be_found() -> None:
    figure = contact_sheet(sheet_content(2))
    figure.text(0.06, 0.94, "in the way")
    assert overlapping_texts(figure)


def test_silence_is_dark() -> None:
    image = step_images(contact_sheet(SHEETS["silence"]))[0]
    assert float(np.max(image.get_array())) < image.get_clim()[0]


def test_importing_the_room_does_not_load_matplotlib() -> None:
    program = "import sys, stimgen.figures; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_drawing_never_loads_pyplot() -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r});"
        "from test_contact_sheet import sheet_content;"
        "from stimgen.figures import contact_sheet, png_bytes;"
        "png_bytes(contact_sheet(sheet_content()));"
        "sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
