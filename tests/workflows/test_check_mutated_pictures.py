"""Whatever is changed in the manifest of a set of pictures, `check` says so, also where table and package go along."""

import copy
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import stimgen as sg
from stimgen.errors import ManifestError, StimgenError
from stimgen.export.manifest_read import parse_picture_manifest
from stimgen.export.picture_manifest import PictureStimulusRecord
from stimgen.export.tables import datapackage_json, stimuli_csv
from stimgen.media.landmarks import Landmarks
from stimgen.media.landmarks_read import write_landmarks
from stimgen.workflows.picture_collect import picture_table

Place = tuple[str | int, ...]
GONE = object()

# keys of a set that nothing in it can contradict, each with the reason; # stands for any number
FREE = {
    r"created_utc": "any time is a time",
    r"command": "free text",
    r"stimgen\..*": "programs and machine of whoever made the set",
    r"seed": "nothing is drawn in these spaces",
    r"summary\.warnings.*": "free text",
    r"sources\.#\.file": "the name of a file elsewhere",
    r"sources\.#\.points\.file": "the name of a file elsewhere",
    r"calibration\.match\.mask": "the name of a file elsewhere",
    r"space\.name": "a space of one's own may have any name, and is not made again",
    r"calibration\.match\.settings\.strict": "where all fits, strict and not strict give the same",
    r"calibration\.match\.settings\.mean_luminance": "a target that was found and one that was given look alike",
    r"calibration\.(n_trials|jitter_floor)": "found while steps were sought, which is not done again",
    r"control\.jitter_floor": "found while steps were sought, which is not done again",
    r"stimuli\.#\.(clipped_values|clipped_pixels|paled_pixels)": "known only before values were rounded",
}  # fmt: skip
# other values that a key may have; a change within the kind of value is tried of all
OTHERS: dict[Any, Any] = {
    "points": "crossfade", "crossfade": "points", "procrustes": "none", "crop": "edge", "light": "encoded",
    "contrast": "luminance", "luminance": "none", "none": "luminance", "srgb": "linear", "ssim": "pixel",
    "equal": "linear", "linear": "equal", "line": "blend", "blend": "line", "a": "b", "b": "a",
    "item": "a", "endpoint": "morph", "morph": "endpoint", "control": "morph", "average": "exemplar",
    "rgb": "grey", "grey": "rgb", "resynth": "original", "original": "resynth", "rotational": "full",
    "channels": "luma", 8: 16, 16: 8,
}  # fmt: skip


def changes_of(value: Any) -> list[Any]:
    """Return what a value is changed to: gone, null, a bit more, another of its kind."""
    if value is None:
        return [GONE, "rgb", 0.25, True]
    found: list[Any] = [GONE, None]
    if isinstance(value, bool):
        found.append(not value)
    elif isinstance(value, int):
        found += [value + 1]
    elif isinstance(value, float):
        found += [value * 1.05 + 0.01]
    elif isinstance(value, str):
        found += ["0" * 64 if len(value) == 64 else value + "x"]
    elif isinstance(value, list):
        found += [value[:-1] if value else ["x"]]
    if isinstance(value, int | str) and value in OTHERS and not isinstance(value, bool):
        found.append(OTHERS[value])
    return found


def places_in(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Yield every part of a manifest with its place."""
    if place:
        yield place, value
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places_in(part, (*place, key))


def changed(manifest: Any, place: Place, value: Any) -> Any:
    manifest = copy.deepcopy(manifest)
    part = manifest
    for key in place[:-1]:
        part = part[key]
    if value is GONE:
        del part[place[-1]]
    else:
        part[place[-1]] = value
    return manifest


def write_as_one_who_knows(folder: Path, manifest: Any) -> None:
    """Write a manifest, and the table and the data package that go with it."""
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    try:
        parsed = parse_picture_manifest(manifest, folder)
    except ManifestError:
        return
    table = stimuli_csv(parsed).encode("utf-8")
    if table != (folder / "stimuli.csv").read_bytes():
        (folder / "stimuli.csv").write_bytes(table)
        names = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in names}
        listed = [one for one in files.items() if one[0] not in ("manifest.json", "datapackage.json")]
        package = datapackage_json(parsed.id, listed, row=PictureStimulusRecord)
        (folder / "datapackage.json").write_text(package, encoding="utf-8")


def says_nothing(folder: Path) -> bool:
    """Check a set, demand sentences, and return whether there were none."""
    try:
        problems = sg.check(folder).problems
    except StimgenError as error:
        problems = (str(error),)
    assert all(one and one.isprintable() for one in problems)
    return not problems


def name_of(place: Place) -> str:
    return ".".join("#" if isinstance(key, int) else key for key in place)


def is_free(place: Place, free: dict[str, str]) -> bool:
    return any(re.fullmatch(words, name_of(place)) for words in free)


def overlooked_in(folder: Path, write: Any, *, free: dict[str, str], only: str) -> list[str]:
    """Try every change but for those of free keys, and return those that nothing was said of."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    kept = {name: (folder / name).read_bytes() for name in ("stimuli.csv", "datapackage.json")}
    overlooked = []
    for place, value in places_in(manifest):
        if is_free(place, free) or not re.fullmatch(only, ".".join(map(str, place))):
            continue
        for new in changes_of(value):
            if new == value and type(new) is type(value):
                continue
            write(folder, changed(manifest, place, new))
            if says_nothing(folder):
                overlooked.append(f"{'.'.join(map(str, place))}: {value!r:.40} -> {new!r:.40}")
            for name, data in kept.items():
                (folder / name).write_bytes(data)
    return overlooked


@pytest.fixture(scope="module")
def pictures(tmp_path_factory) -> Path:
    """A folder with two small pictures, their landmarks and a mask."""
    folder = tmp_path_factory.mktemp("pictures")
    rows, columns = np.mgrid[:24, :30]
    places = np.array([[6, 5], [23, 5], [23, 18], [6, 18], [15, 12]], dtype=float)
    for n, name in enumerate("ab"):
        xy = places + n * np.array([[1, 0], [-1, 1], [0, -1], [1, 1], [2, -2]])
        light = 0.35 + 0.05 * n + 0.008 * columns[..., None] * np.array([1.0, 0.8, 0.5])
        for k, (x, y) in enumerate(xy):
            blob = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 8)[..., None]
            light = light + blob * (0.3 if k % 2 else -0.25) * np.array([1.0, 0.7 + 0.2 * n, 0.9])
        Image.fromarray(np.rint(255 * np.clip(light, 0, 1)).astype(np.uint8)).save(folder / f"{name}.png")
        (folder / f"{name}.tem").write_bytes(write_landmarks(Landmarks(xy=xy)))
    Image.open(folder / "b.png").convert("L").save(folder / "grey.png")
    Image.fromarray(np.where((rows > 3) & (columns > 4), 255, 0).astype(np.uint8)).save(folder / "oval.png")
    return folder


def made(kind: str, pictures: Path) -> sg.PictureSet:
    a, b = (sg.read_picture(pictures / f"{name}.png") for name in "ab")
    if kind == "plain line":
        return sg.morph_pictures(a, b, steps=3)
    if kind == "matched line with control":
        return sg.morph_pictures(a, b, steps=3, control="crossfade", match="contrast")
    if kind == "masked, cropped and resized":
        given = {"mask": pictures / "oval.png", "crop": "0:0:29:24", "size": (30, 24), "fit": "stretch"}
        return sg.morph_pictures(
            a, b, steps=3, spacing="linear", space="crossfade", match="luminance", luminance=0.2, **given
        )
    if kind == "plain cross-fade":
        return sg.morph_pictures(a, b, steps=3, space="crossfade")
    if kind == "average of light":
        grey = sg.read_picture(pictures / "grey.png")
        return sg.average_pictures([a, grey], space="crossfade")
    return sg.average_pictures([a, b], weights="0.25:0.75")


# what of each set is changed: what the sets before it have as well is left out
KINDS = {
    "plain line": r"(?!sources\.1|stimuli\.2).*",
    "plain cross-fade": r"(id|space.*|path.*|stimuli\.1\..*)",
    "matched line with control": r"(calibration\.match.*|control.*|summary\.control.*|stimuli\.3\..*)",
    "masked, cropped and resized": r"(sources\.0\.shape.*|calibration\.(match|spac).*|stimuli\.1\..*)",
    "average by landmarks": r"(?!sources\.1|calibration|summary|path).*",
    "average of light": r"(sources\.1.*|space.*|stimuli.*)",
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_change_of_a_manifest_is_told(kind, pictures, tmp_path):
    folder = made(kind, pictures).save(tmp_path / "set")
    assert sg.check(folder).problems == ()
    assert overlooked_in(folder, write_as_one_who_knows, free=FREE, only=KINDS[kind]) == []


def test_every_key_that_is_free_is_one(pictures, tmp_path):
    names = set()
    for kind in KINDS:
        folder = made(kind, pictures).save(tmp_path / kind)
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        names |= {name_of(place) for place, _ in places_in(manifest)}
    assert [words for words in FREE if not any(re.fullmatch(words, name) for name in names)] == []


ODD: list[Any] = [
    "", [], {}, -1, 1e308, -1e308, 10**30, True, [[1]], {"a": [1]}, "nan", [None], "\x00/../x\n", float("nan"),
]  # fmt: skip


@pytest.mark.parametrize("kind", ["plain line", "average by landmarks"])
def test_odd_values_anywhere_never_end_in_anything_but_printable_sentences(kind, pictures, tmp_path):
    folder = made(kind, pictures).save(tmp_path / "set")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    places, rng = [place for place, _ in places_in(manifest)], np.random.default_rng(4)
    chosen = [places[n] for n in rng.choice(len(places), 60, replace=False)]
    always: list[Place] = [
        ("stimuli",),
        ("sources",),
        ("stimuli", 0, "position"),
        ("calibration", "gamma_assumed"),
    ]
    for place in always + chosen:
        for value in ODD if place in always else [ODD[n] for n in rng.choice(len(ODD), 3, replace=False)]:
            write_manifest(folder, changed(manifest, place, value))
            with np.errstate(all="ignore"):
                says_nothing(folder)


# collections

FREE_IN_COLLECTION = {
    r"table\.file": "the name of a file elsewhere",
    r"created_utc": "any time is a time",
    r"command": "free text",
    r"stimgen\..*": "programs and machine of whoever made the set",
}


def write_manifest(folder: Path, manifest: Any) -> None:
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


@pytest.fixture(scope="module")
def collection(pictures, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("collection")
    table = pictures / "pairs.csv"
    table.write_text(
        "file_a,file_b,pair_id,exemplar_id,contrast,note\na.png,b.png,one,x,shape,first\nb.png,a.png,two,,,\n",
        encoding="utf-8",
    )
    sg.morph_pairs(table, folder / "set", steps=2, match="contrast")
    return folder / "set"


def test_every_change_of_a_collection_is_told(collection, tmp_path):
    folder = Path(shutil.copytree(collection, tmp_path / "set"))
    assert sg.check(folder).problems == ()
    assert overlooked_in(folder, write_manifest, free=FREE_IN_COLLECTION, only=".*") == []


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.update(seed=1),
        lambda m: m["calibration"]["match"].update(asked_mean_luminance=0.9),
        lambda m: [one.update(contrast="other") for one in m["stimuli"]],
        lambda m: m["summary"]["warnings"].append("x"),
    ],
)
def test_a_pair_that_says_otherwise_than_its_collection_is_told_with_all_hashes_brought_up_to_date(
    collection, tmp_path, change
):
    folder = Path(shutil.copytree(collection, tmp_path / "set"))
    one = folder / "pairs" / "one"
    manifest = json.loads((one / "manifest.json").read_text(encoding="utf-8"))
    change(manifest)
    write_as_one_who_knows(one, manifest)
    bring_up_to_date(folder)
    assert not says_nothing(folder)


def bring_up_to_date(folder: Path) -> None:
    """Write table, hashes and data package of a collection anew, as they follow from its sets."""
    import hashlib

    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    sets = []
    for pair in manifest["pairs"]:
        data = (folder / pair["folder"] / "manifest.json").read_bytes()
        pair["manifest_sha256"] = hashlib.sha256(data).hexdigest()
        sets.append(parse_picture_manifest(json.loads(data), folder))
    write_manifest(folder, manifest)
    table = picture_table([pair["folder"] for pair in manifest["pairs"]], sets)
    (folder / "stimuli.csv").write_text(table, encoding="utf-8")
    names = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.parent != folder]
    names += [folder / name for name in ("stimuli.csv", "pairs.csv", "overview.png")]
    files = [(path.relative_to(folder).as_posix(), path.read_bytes()) for path in names]
    package = datapackage_json(manifest["id"], files, row=PictureStimulusRecord)
    (folder / "datapackage.json").write_text(package, encoding="utf-8")
