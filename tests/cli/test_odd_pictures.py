"""Whole commands on pictures with odd names and contents: each works and passes its check, or says why not."""

import json
import shutil
import signal
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image

from stimgen.cli.main import main

FAST = ["--steps", "2", "--space", "crossfade"]


class Result(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Result]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Run a command in this process."""
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}

    def run_here(*words: object) -> Result:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        return Result(int(ended.value.code or 0), *capsys.readouterr())

    yield run_here
    for one, handler in before.items():
        signal.signal(one, handler)


def assert_made(run: Run, result: Result, folder: str = "set") -> dict[str, Any]:
    """Demand a set that passes its check, with names that every system takes; return its manifest."""
    assert result.returncode == 0, result.stderr
    checked = run("check", folder)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert all(path.name.isascii() and " " not in path.name for path in Path(folder).rglob("*"))
    return json.loads((Path(folder) / "manifest.json").read_text(encoding="utf-8"))


def assert_refused(result: Result, words: str) -> None:
    """Demand one sentence with certain words, no set, and nothing else."""
    assert result.returncode in (1, 2), result.stdout
    assert result.stdout == ""
    assert result.stderr.startswith("stimgen: ")
    assert result.stderr.count("\n") == 1
    assert "unexpected" not in result.stderr
    assert "Traceback" not in result.stderr
    assert words in result.stderr
    assert not Path("set").exists()


# names

NAMES = [
    "two words.png", " leading space.png", "Ünïcode ß.png", "e\u0301 apart.png", "日本.png", "\U0001f426.png",
    "-rf.png", "--steps.png", "-.png", "con.png", "NUL.png", "com1.tar.png", "trailing .png", "a..b.png",
    "UPPER.PNG", "Mixed.PnG", "quote'\"`$x.png", "100%.png", "#@!.png", "name\nnewline.png", "tab\there.png",
    "x" * 200 + ".png", "[a]*?.png", ".hidden.png", "a;b&c|d.png", "=1+1.png",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_two_pictures_of_any_name_are_morphed_by_the_landmarks_beside_them(run, picture_files, name):
    Path("b.png").rename(name)
    Path("b.tem").rename(Path(name).with_suffix(".tem"))
    manifest = assert_made(run, run("morph", "a.png", name, "--steps", "2", "-o", "set"))
    assert manifest["space"]["name"] == "points"
    assert manifest["sources"][1]["file"].isprintable()


@pytest.mark.parametrize(
    "name", ["two words.png", "日本.png", "-rf.png", "con.png", "UPPER.PNG", "x" * 200 + ".png"]
)
@pytest.mark.parametrize("how", ["files", "folder", "pairs"])
def test_averages_and_tables_take_pictures_of_any_name(run, picture_files, name, how):
    Path("in").mkdir()
    for path in picture_files:
        target = Path("in") / (name if path.name == "b.png" else path.name)
        path.rename(target)
        path.with_suffix(".tem").rename(target.with_suffix(".tem"))
    if how == "pairs":
        Path("in/table.csv").write_text(f"file_a,file_b\na.png,{name}\n", encoding="utf-8")
        result = run("morph", "--pairs", "in/table.csv", "--steps", "2", "-o", "set")
        assert result.returncode == 0, result.stderr
        assert run("check", "set").returncode == 0
    else:
        files = ["in"] if how == "folder" else ["in/a.png", f"in/{name}"]
        assert_made(run, run("average", *files, "-o", "set"))


@pytest.mark.parametrize(
    "place", ["two words", "日本", "./-rf", "deep/er/set", "set.png", "#1", "ends with dot."]
)
def test_a_set_may_be_written_to_a_place_of_any_name(run, picture_files, place):
    assert run("morph", *picture_files, *FAST, "-o", place).returncode == 0
    assert run("check", place).returncode == 0
    assert run("morph", *picture_files, *FAST, "-o", place).returncode == 1


@pytest.mark.parametrize("suffix", [".JPG", ".JPEG", ".Tif", ".TIFF", ".WebP", ".BMP", ".PNG"])
def test_suffixes_in_capitals_are_suffixes(run, picture_files, suffix):
    for path in picture_files:
        Image.open(path).save(path.with_suffix(suffix))
        if suffix != ".PNG":
            path.unlink()
        path.with_suffix(".tem").rename(path.with_suffix(".TEM"))
    manifest = assert_made(run, run("morph", f"a{suffix}", f"b{suffix}", "--steps", "2", "-o", "set"))
    assert [one["points"]["n_points"] for one in manifest["sources"]] == [9, 9]


def test_two_names_that_differ_in_capitals_alone_are_two_pictures(run, picture_files):
    Path("b.png").rename("A.PNG")
    if Path("a.png").samefile("A.PNG"):
        pytest.skip("this disk does not tell capitals")
    manifest = assert_made(run, run("morph", "a.png", "A.PNG", *FAST, "-o", "set"))
    stored = [one["stored"].lower() for one in manifest["sources"]]
    assert len(set(stored)) == 2


def test_a_suffix_that_lies_about_the_content_does_not_matter(run, picture_files):
    Image.open("b.png").save("b.jpg", quality=95)
    Path("b.jpg").replace("b.png")
    manifest = assert_made(run, run("morph", *picture_files, *FAST, "-o", "set"))
    assert [one["format"] for one in manifest["sources"]] == ["PNG", "JPEG"]


# contents


def waves(height_px: int, width_px: int, *, seed: int) -> np.ndarray:
    """Return smooth values without repetition, 0 to 1, shape (height_px, width_px, 3)."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height_px, :width_px]
    phase = rows * rng.uniform(0.05, 0.4) + columns * rng.uniform(0.05, 0.4)
    return 0.5 + 0.35 * np.sin(phase[..., None] + rng.uniform(0, 6, 3))


def png_of(values: np.ndarray, *, depth: int, kind: int, extra: bytes = b"") -> bytes:
    """Return a PNG file byte by byte: `values` are rows of bytes, `kind` the colour type of the standard."""
    height_px, n_bytes = values.shape
    width_px = n_bytes * 8 // (depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind])
    rows = b"".join(b"\0" + row.tobytes() for row in values)
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width_px, height_px, depth, kind, 0, 0, 0)),
        *([(b"PLTE", extra)] if extra else []),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )


def write(name: str, kind: str, seed: int, size: tuple[int, int] = (24, 32)) -> None:
    """Write one picture of a kind."""
    values = waves(*size, seed=seed)
    codes = np.rint(255 * values).astype(np.uint8)
    path = Path(name)
    if kind == "palette":
        Image.fromarray(codes).quantize(40).save(path)
    elif kind == "palette of 4 bits":
        Image.fromarray(codes).quantize(16).save(path, bits=4)
    elif kind == "palette of 1 bit":
        bits = np.packbits(values[..., 0] > 0.5, axis=1)
        path.write_bytes(png_of(bits, depth=1, kind=3, extra=bytes([20, 30, 40, 240, 230, 10])))
    elif kind == "grey of 1 bit":
        Image.fromarray(codes[..., 0] > 127).save(path)
    elif kind == "grey":
        Image.fromarray(codes[..., 0]).save(path)
    elif kind == "grey of 16 bits":
        Image.fromarray(np.rint(65_535 * values[..., 0]).astype(np.uint16)).save(path)
    elif kind == "colour of 16 bits":
        rows = np.rint(65_535 * values).astype(">u2").reshape(size[0], -1).view(np.uint8)
        path.write_bytes(png_of(rows, depth=16, kind=2))
    elif kind == "grey with opaque alpha":
        opaque = np.full(size, 255, dtype=np.uint8)
        Image.fromarray(np.dstack([codes[..., 0], opaque]), mode="LA").save(path)
    elif kind == "transparent":
        Image.fromarray(np.dstack([codes, codes[..., 0]])).save(path)
    elif kind == "turned by EXIF":
        exif = Image.Exif()
        exif[0x0112] = 8
        Image.fromarray(np.rot90(codes, -1)).save(path, format="JPEG", quality=95, exif=exif)
    elif kind == "progressive JPEG":
        Image.fromarray(codes).save(path, format="JPEG", progressive=True, quality=90)
    elif kind == "interlaced":
        Image.fromarray(codes).save(path, interlace=1)
    else:
        Image.fromarray(codes).save(path)


KINDS = {
    "palette": ("rgb", 8), "palette of 4 bits": ("rgb", 8), "palette of 1 bit": ("rgb", 8),
    "grey of 1 bit": ("grey", 8), "grey": ("grey", 8), "grey of 16 bits": ("grey", 16),
    "colour of 16 bits": ("rgb", 16), "grey with opaque alpha": ("grey", 8), "turned by EXIF": ("rgb", 8),
    "progressive JPEG": ("rgb", 8), "interlaced": ("rgb", 8),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("command", ["morph", "average"])
def test_pictures_of_every_kind_go_through_whole_commands(run, tmp_path, monkeypatch, kind, command):
    monkeypatch.chdir(tmp_path)
    for seed, name in enumerate("ab"):
        write(f"{name}.png", kind, seed)
    more = ["--steps", "3", "--match", "luminance"] if command == "morph" else []
    manifest = assert_made(run, run(command, "a.png", "b.png", "--space", "crossfade", *more, "-o", "set"))
    first = manifest["stimuli"][0]
    assert (first["mode"], first["bit_depth"]) == KINDS[kind]
    assert (first["width_px"], first["height_px"]) == (32, 24)


@pytest.mark.parametrize(
    "kind", ["grey", "palette", "grey of 16 bits", "colour of 16 bits", "turned by EXIF"]
)
@pytest.mark.parametrize("paper", [[], ["--size", "40x24", "--fit", "contain", "--background", "#c02010"]])
def test_pictures_of_two_kinds_become_one(run, tmp_path, monkeypatch, kind, paper):
    monkeypatch.chdir(tmp_path)
    write("a.png", kind, 0)
    write("b.png", "colour", 1)
    for command, more in (("morph", ["--steps", "2"]), ("average", [])):
        words = [command, "a.png", "b.png", "--space", "crossfade", *more, *paper]
        manifest = assert_made(run, run(*words, "-o", command), command)
        assert manifest["stimuli"][0]["mode"] == "rgb"
        assert manifest["stimuli"][0]["bit_depth"] == (16 if "16" in kind else 8)


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (24, 1), (1, 32), (7, 8), (8, 7)])
@pytest.mark.parametrize("command", ["morph", "average"])
@pytest.mark.parametrize("more", [[], ["--size", "32"]])
def test_pictures_that_are_too_small_are_refused_with_their_size(
    run, tmp_path, monkeypatch, size, command, more
):
    monkeypatch.chdir(tmp_path)
    for seed, name in enumerate("ab"):
        write(f"{name}.png", "colour", seed, size)
    assert_refused(
        run(command, "a.png", "b.png", "--space", "crossfade", *more, "-o", "set"),
        f"{size[1]} x {size[0]} px",
    )


@pytest.mark.parametrize("size", [(8, 8), (8, 300), (300, 10)])
@pytest.mark.parametrize("metric", ["ssim", "pixel", "gradient"])
def test_pictures_too_small_for_a_distance_are_told_what_helps(run, tmp_path, monkeypatch, size, metric):
    monkeypatch.chdir(tmp_path)
    for seed, name in enumerate("ab"):
        write(f"{name}.png", "colour", seed, size)
    words = ["morph", "a.png", "b.png", *FAST, "--metric", metric, "-o", "set"]
    # all distances are measured, whichever is made equal
    result = run(*words)
    assert_refused(result, "11 x 11 px or more")
    assert "--size" in result.stderr
    larger = ["--size", "64x64", "--fit", "stretch"]
    assert_made(run, run(*words, *larger))
    # an average has no steps to measure
    assert_made(run, run("average", "a.png", "b.png", "--space", "crossfade", "-o", "mean"), "mean")


@pytest.mark.parametrize("size", [(11, 11), (11, 400), (400, 11)])
def test_the_smallest_and_the_thinnest_pictures_work(run, tmp_path, monkeypatch, size):
    monkeypatch.chdir(tmp_path)
    for seed, name in enumerate("ab"):
        write(f"{name}.png", "colour", seed, size)
    first = assert_made(run, run("morph", "a.png", "b.png", *FAST, "-o", "set"))["stimuli"][0]
    assert (first["height_px"], first["width_px"]) == size


@pytest.mark.parametrize("words", [[], ["--background", "white"]])
def test_transparent_pictures_need_something_behind_them(run, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    for seed, name in enumerate("ab"):
        write(f"{name}.png", "transparent", seed)
    result = run("morph", "a.png", "b.png", *FAST, *words, "-o", "set")
    if not words:
        assert_refused(result, "--background")
    else:
        assert assert_made(run, result)["sources"][0]["background"] == [1.0]


def test_a_masked_match_takes_a_mask_of_any_name_and_kind(run, picture_files):
    inside = np.zeros((60, 72), dtype=np.uint8)
    inside[10:50, 12:60] = 255
    Path("in").mkdir()
    for name in ("Maske ü.png", "-m.PNG", "con.bmp"):
        Image.fromarray(inside).save(Path("in") / name)
        words = ["--match", "luminance", "--mask", Path("in") / name, "--overwrite"]
        assert_made(run, run("morph", *picture_files, *FAST, *words, "-o", "set"))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"GIF89a" + bytes(40), "GIF"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\0" * 4000, "no picture that is known"),
    ],
)
@pytest.mark.parametrize("command", ["morph", "average"])
def test_what_is_no_picture_is_one_sentence(run, picture_files, data, words, command):
    Path("b.png").write_bytes(data)
    result = run(command, *picture_files, "--space", "crossfade", "-o", "set")
    assert_refused(result, words)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("b\u200b.png", "does not print"),
        ("../outside.png", "not there: ../outside.png (line 2)"),
        ("c.png", "not there: c.png (line 2)"),
        ("b.tem", "b.tem is no picture"),
        ("", "file_b is empty"),
        ("a.png", "paired with itself"),
        ("b.png@1:2", "names a part"),
    ],
)
def test_a_table_that_names_a_picture_almost_rightly_is_told_where(run, picture_files, cell, words):
    Path("table.csv").write_text(f"file_a,file_b\na.png,{cell}\n", encoding="utf-8")
    assert_refused(run("morph", "--pairs", "table.csv", "--steps", "2", "-o", "set"), words)


def test_spaces_around_a_name_in_a_table_are_not_part_of_it(run, picture_files):
    Path("table.csv").write_text("file_a , file_b\n a.png, b.png \n", encoding="utf-8")
    assert run("morph", "--pairs", "table.csv", "--steps", "2", "-o", "set").returncode == 0
    assert run("check", "set").returncode == 0


def test_check_tells_of_a_set_with_an_odd_name_in_one_line_each(run, picture_files):
    assert run("morph", *picture_files, *FAST, "-o", "my set ü").returncode == 0
    path = Path("my set ü/stimuli/a-b_000.png")
    path.write_bytes(path.read_bytes()[:-12])
    shutil.copy("a.png", "my set ü/stimuli/neu dazu.png")
    result = run("check", "my set ü")
    assert result.returncode == 1
    told = result.stdout + result.stderr
    assert "stimuli/a-b_000.png" in told
    assert "neu dazu.png" in told
    assert "Traceback" not in told
