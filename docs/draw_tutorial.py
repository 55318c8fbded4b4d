"""Run all commands of the tutorial with pictures and draw what it shows: `python docs/draw_tutorial.py docs/pictures`.

A test runs this too, so that the tutorial's commands work and its pictures are what they make.
"""

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

DOCS = Path(__file__).resolve().parent
TUTORIAL = DOCS / "tutorial-pictures.md"
# pictures in the docs and the sheets that they are made from
SHEETS = {
    "morph": "one-two/contact-sheet.png",
    "matched": "matched/contact-sheet.png",
    "average": "mean-face/contact-sheet.png",
    "caricature": "caricature/contact-sheet.png",
    "drawings": "turned/contact-sheet.png",
    "pairs": "pairs/overview.png",
}
WIDTH_PX, N_COLOURS = 1100, 160


def run_tutorial(folder: Path) -> list[str]:
    """Write the tutorial's tables and run its commands in a folder; give the commands."""
    text = TUTORIAL.read_text(encoding="utf-8")
    done = []
    for language, block in re.findall(r"^```(\w*)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        if language == "csv":
            (folder / "pairs.csv").write_text(block, encoding="utf-8", newline="\n")
            continue
        for line in block.splitlines():
            done.append(line)
            _run(shlex.split(line), folder)
    return done


def _run(words: list[str], folder: Path) -> None:
    if words[0] == "stimgen":
        command = [sys.executable, "-m", *words]
    elif words[0] == "python":
        command = [sys.executable, str(DOCS.parent / words[1]), *words[2:]]
    else:
        raise SystemExit(f"the tutorial has a command of another program: {words[0]}")
    here = {**os.environ, "PYTHONPATH": str(DOCS.parent)}
    ended = subprocess.run(command, cwd=folder, env=here, capture_output=True, encoding="utf-8", check=False)
    if ended.returncode != 0:
        raise SystemExit(f"{shlex.join(words)}: {ended.stderr}")


def draw(made: Path, target: Path) -> None:
    """Draw the pictures of the tutorial from its sets."""
    target.mkdir(parents=True, exist_ok=True)
    for name, sheet in SHEETS.items():
        _save(Image.open(made / sheet).convert("RGB"), target / f"{name}.png", width_px=WIDTH_PX)
    folder = made / "with-control"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    middle = [one for one in manifest["stimuli"] if one["index"] == manifest["path"]["n_steps"] // 2]
    by_kind = {one["kind"]: Image.open(folder / one["file"]).convert("RGB") for one in middle}
    width_px, height_px = by_kind["morph"].size
    both = Image.new("RGB", (2 * width_px + 20, height_px), "white")
    both.paste(by_kind["control"], (0, 0))
    both.paste(by_kind["morph"], (width_px + 20, 0))
    _save(both, target / "control.png", width_px=both.width)


def _save(picture: Image.Image, path: Path, *, width_px: int) -> None:
    size = (width_px, round(picture.height * width_px / picture.width))
    smaller = picture.resize(size, Image.Resampling.LANCZOS)
    few = smaller.quantize(N_COLOURS, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the pictures go")
    target = parser.parse_args().folder.resolve()
    with tempfile.TemporaryDirectory() as made:
        for command in run_tutorial(Path(made)):
            print(command)
        draw(Path(made), target)


if __name__ == "__main__":
    main()
