import io
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from stimgen.errors import SettingError
from stimgen.figures import OverviewContent, OverviewRow, SheetStep, overview, png_bytes
from stimgen.figures.overview_content import shown_rows
from stimgen.figures.picture import Box, Cells, Picture, Words
from stimgen.figures.style import BAR, PAD

RATE_HZ = 8000
LONG = "a_very_long_name_" * 12

Collisions = Callable[[Picture], list[tuple[str, str]]]


def step(index: int, **changes: object) -> SheetStep:
    n_samples = 1600 + 400 * index
    sound = 0.1 * np.sin(2 * np.pi * (500.0 + 300.0 * index) * np.arange(n_samples) / RATE_HZ)
    made = SheetStep(
        index=index,
        position=index / 2,
        samples=sound * np.hanning(n_samples),
        rate_hz=RATE_HZ,
        level_dbfs=-26.0,
        true_peak_dbtp=-18.0,
        distance_from_previous=None,
        f0_times_s=None,
        f0_hz=None,
    )
    return replace(made, **changes)


def row(pair_id: str = "pair-1", **changes: object) -> OverviewRow:
    made = OverviewRow(
        pair_id=pair_id,
        steps=(step(0), step(1), step(2)),
        distances=(2.0, 2.1, 1.9, 2.0),
        level_dbfs=-26.0,
        exemplar_id="speaker 3",
        contrast="a-i",
        cv=0.035,
        max_min=1.105,
        level_error_db=0.01,
    )
    return replace(made, **changes)


def content(*rows: OverviewRow, **changes: object) -> OverviewContent:
    made = OverviewContent(
        title="vowels",
        subtitle="transport · 5 steps",
        rows=rows or (row(),),
        metric_name="mel",
        metric_unit="dB",
    )
    return replace(made, **changes)


def texts(picture: Picture) -> list[str]:
    return [item.text for item in picture.items if isinstance(item, Words)]


def cells(picture: Picture) -> list[Cells]:
    return [item for item in picture.items if isinstance(item, Cells)]


def bars(picture: Picture) -> list[Box]:
    return [item for item in picture.items if isinstance(item, Box) and item.color == BAR]


def test_a_row_says_what_the_pair_is_and_how_it_came_out() -> None:
    shown = texts(overview(content()))
    for text in (
        "vowels",
        "transport · 5 steps",
        "pair-1",
        "speaker 3",
        "a-i",
        "cv 0.04",
        "max/min 1.10",
        "\N{MINUS SIGN}26.0",
        "± 0.01 dB",
        "200 ms to",
        "300 ms",
        "1 pair · no warnings",
    ):
        assert text in shown


@pytest.mark.parametrize("n_rows", [1, 3, 40, 41, 200])
def test_there_is_a_row_for_every_pair_up_to_forty(n_rows: int) -> None:
    picture = overview(content(*(row(f"pair-{i}") for i in range(n_rows))))
    n_shown = min(40, n_rows)
    assert len(cells(picture)) == 3 * n_shown
    shown = texts(picture)
    assert "pair-0" in shown
    assert f"pair-{n_rows - 1}" in shown
    assert any(f"{n_shown} of them shown" in text for text in shown) == (n_rows > 40)


def test_pairs_are_chosen_evenly() -> None:
    chosen = [int(r.pair_id) for r in shown_rows(tuple(row(str(i)) for i in range(100)))]
    assert (chosen[0], chosen[-1], len(chosen)) == (0, 99, 40)
    assert np.ptp(np.diff(chosen)) <= 1


def test_the_picture_is_1920_pixels_wide_and_grows_with_the_pairs() -> None:
    one, three = (png_bytes(overview(content(*(row(),) * n))) for n in (1, 3))
    sizes = [Image.open(io.BytesIO(png)).size for png in (one, three)]
    assert sizes[0][0] == sizes[1][0] == 1920
    assert sizes[0][1] < sizes[1][1] < 2 * sizes[0][1]


def test_the_same_content_gives_the_same_bytes_and_another_sound_others() -> None:
    other = row(steps=(step(0), step(1), step(2, samples=np.ones(800))))
    assert png_bytes(overview(content())) == png_bytes(overview(content()))
    assert png_bytes(overview(content())) != png_bytes(overview(content(other)))


def test_bars_of_all_pairs_have_one_scale() -> None:
    far = row("far", distances=(4.0, 4.0))
    near_and_far = [bar.height_in for bar in bars(overview(content(row(distances=(2.0, 1.0)), far)))]
    np.testing.assert_allclose(np.array(near_and_far) / near_and_far[2], [0.5, 0.25, 1.0, 1.0])


def test_levels_that_differ_on_purpose_are_given_as_a_range() -> None:
    shown = texts(overview(content(row(level_dbfs=-27.3, level_range_dbfs=(-28.7, -26.0)))))
    assert {"\N{MINUS SIGN}28.7 to", "\N{MINUS SIGN}26.0", "± 0.01 dB"} <= set(shown)
    assert "\N{MINUS SIGN}27.3" not in shown


def test_durations_stand_under_a_heading_of_their_own() -> None:
    picture = overview(content(row(steps=(step(0), step(0)))))
    words = {item.text: item for item in picture.items if isinstance(item, Words)}
    assert words["duration"].at_in == words["200 ms"].at_in > words["dBFS"].at_in
    assert "200 ms to" not in words


def test_a_warning_is_marked_printed_and_counted() -> None:
    noted = row("noted", notes=("step 4 is noisy", "b was upsampled"))
    shown = texts(overview(content(row(), noted)))
    assert "2 pairs · \N{WARNING SIGN} 1 with warnings" in shown
    assert shown.count("\N{WARNING SIGN}") == 1
    assert any(text.startswith("step 4 is noisy") for text in shown)
    assert any(text.endswith("(+1 more)") for text in shown)


def test_pads_are_marked_in_an_overview_too() -> None:
    padded = step(0, samples=np.pad(step(0).samples, 4000), pad_before_s=0.5, pad_after_s=0.5)
    picture = overview(content(row(steps=(padded,))))
    assert sum(isinstance(item, Box) and item.color == PAD for item in picture.items) == 2
    np.testing.assert_array_equal(
        cells(picture)[0].shades, cells(overview(content(row(steps=(step(0),)))))[0].shades
    )


OVERVIEWS = {
    "one pair": content(),
    "long names": content(
        row(LONG, exemplar_id=LONG, contrast=LONG, notes=(LONG, LONG)),
        row("b", notes=("word " * 60,)),
        row("c", notes=("word " * 60, "x")),
        title=LONG,
        subtitle=LONG,
        metric_name=LONG,
        notes=(LONG, "word " * 200, "x", "y"),
    ),
    "nothing measured": content(
        row(
            distances=(),
            cv=None,
            max_min=None,
            level_dbfs=float("nan"),
            level_error_db=None,
            steps=(step(0),),
        )
    ),
    "large numbers": content(
        row(
            cv=12.345,
            max_min=123456.7,
            level_dbfs=-126.0,
            level_error_db=100.0,
            level_range_dbfs=(-126.0, -100.0),
            distances=(1234.5, np.nan, 0.0),
        )
    ),
    "many steps": content(row(distances=tuple(np.ones(500)))),
    "silence": content(row(steps=(step(0, samples=np.zeros(100)),))),
    "forty pairs": content(*(row(f"pair-{i}", notes=("odd",)) for i in range(40))),
}


@pytest.mark.parametrize("name", OVERVIEWS)
def test_no_text_touches_another_or_a_spectrogram_or_leaves_the_overview(
    name: str, collisions: Collisions
) -> None:
    picture = overview(OVERVIEWS[name])
    png_bytes(picture)
    assert collisions(picture) == []


def test_an_overview_without_pairs_is_refused() -> None:
    with pytest.raises(SettingError, match="at least 1 pair"):
        content(rows=())


@pytest.mark.parametrize("n_steps", [0, 4])
def test_a_row_shows_one_to_three_steps(n_steps: int) -> None:
    with pytest.raises(SettingError, match="1 to 3"):
        row(steps=tuple(step(i) for i in range(n_steps)))
