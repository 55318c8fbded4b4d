import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import soundfile

import stimgen as sg
from stimgen.errors import SoundError, WriteError
from stimgen.workflows import pair_job
from stimgen.workflows.pairs import make_pairs
from stimgen.workflows.pairs_plan import prepare_pairs
from stimgen.workflows.settings import MorphSettings
from stimgen.workflows.work_folder import KEPT, MARK_NAME, work_folder

NAMES = "abcd"
TABLE = "file_a,file_b\na.wav,b.wav\na.wav,c.wav\na.wav,d.wav\n"
FAST = {"steps": 2, "space": "crossfade", "crossfade": "wave"}
# what is patched counts its calls and kills its own process like kill -9 does; nothing can tidy up after that
KILLED = """
import os, signal, sys
from stimgen.workflows import pair_job, pairs
from stimgen.workflows.settings import MorphSettings

module, name = {"pair_job": pair_job, "pairs": pairs}[sys.argv[1]], sys.argv[2]
n_calls, jobs = int(sys.argv[3]), int(sys.argv[4])
done, plain = [], getattr(module, name)

def counted(*words, **options):
    result = plain(*words, **options)
    done.append(0)
    if len(done) == n_calls:
        os.kill(os.getpid(), signal.SIGKILL)
    return result

def counted_jobs(*words, **options):
    for result in plain(*words, **options):
        yield result
        done.append(0)
        if len(done) == n_calls:
            os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    setattr(module, name, counted_jobs if name == "run_jobs" else counted)
    plan = pairs.prepare_pairs("in/pairs.csv", MorphSettings(steps=2, space="crossfade", crossfade="wave"))
    pairs.make_pairs(plan, "set", jobs=jobs)
"""


def recording(n):
    """Noise that fades in and out, coloured differently for each recording."""
    rng = np.random.default_rng(n)
    noise = np.convolve(rng.standard_normal(2000), 0.9 ** (np.arange(20) * n), mode="same")
    return 0.1 * noise / np.abs(noise).max() * np.hanning(2000)


def write_input(place):
    (place / "in").mkdir()
    for n, name in enumerate(NAMES):
        soundfile.write(place / "in" / f"{name}.wav", recording(n), 16_000)
    (place / "in" / "pairs.csv").write_text(TABLE, encoding="utf-8")
    return place


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with recordings and a table, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return write_input(tmp_path)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """What a run gives that nothing stops."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(write_input(tmp_path_factory.mktemp("undisturbed")))
        return undated(make())


@pytest.fixture
def without_pictures(monkeypatch):
    """Sets whose pictures are no pictures, since drawing takes longest."""
    monkeypatch.setattr("stimgen.export.stimulus_set.StimulusSet.contact_sheet", lambda self: None)
    monkeypatch.setattr("stimgen.export.stimulus_set.png_bytes", lambda picture: b"picture")
    monkeypatch.setattr("stimgen.workflows.collect._overview_png", lambda *words: b"picture")


def make(target="set", **options):
    jobs, overwrite = options.pop("jobs", 1), options.pop("overwrite", False)
    return make_pairs(
        prepare_pairs("in/pairs.csv", MorphSettings(**{**FAST, **options})),
        target,
        jobs=jobs,
        overwrite=overwrite,
    )


@pytest.fixture
def renders(monkeypatch):
    """Names of the pairs that are rendered."""
    seen, plain = [], pair_job.draw

    def counted(plan, **options):
        seen.append(plan.id)
        return plain(plan, **options)

    monkeypatch.setattr(pair_job, "draw", counted)
    return seen


def kill(place, module, name, n_calls, jobs=1):
    script = place / "killed.py"
    script.write_text(KILLED, encoding="utf-8")
    words = [sys.executable, str(script), module, name, str(n_calls), str(jobs)]
    result = subprocess.run(words, cwd=place, capture_output=True, text=True, timeout=120, check=False)
    script.unlink()
    assert result.returncode == -signal.SIGKILL, result.stderr


def undated(folder):
    """All files of a collection; without dates, and hashes of what holds dates."""
    found = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder).as_posix()
        data = path.read_bytes()
        if path.name == "manifest.json":
            manifest = json.loads(data)
            del manifest["created_utc"], manifest["command"]
            for pair in manifest.get("pairs", []):
                del pair["manifest_sha256"]
            data = json.dumps(manifest)
        elif path.name == "datapackage.json":
            resources = json.loads(data)["resources"]
            data = [(one["path"], one["hash"]) for one in resources if "manifest.json" not in one["path"]]
            data = [(one, digest) for one, digest in data if not one.endswith("datapackage.json")]
        found[name] = data
    return found


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL on Windows")
@pytest.mark.parametrize(
    ("module", "name", "n_calls", "jobs", "n_rendered_again"),
    [
        ("pair_job", "store_draft", 1, 1, 2),
        ("pair_job", "save_files", 2, 1, 0),
        ("pairs", "collection_files", 1, 1, 0),
        ("pairs", "move_into_place", 1, 1, None),
        ("pairs", "run_jobs", 3, 2, 0),
    ],
)
def test_a_killed_run_goes_on_where_it_was_and_ends_as_if_nothing_had_been(
    place, renders, undisturbed, module, name, n_calls, jobs, n_rendered_again
):
    kill(place, module, name, n_calls, jobs)
    if n_rendered_again is None:  # it was killed when all was in place
        assert sg.check(place / "set").ok
        return
    assert not (place / "set").exists()
    resumed = make("set")
    assert len(renders) == n_rendered_again
    assert sg.check(resumed).problems == ()
    assert undated(resumed) == undisturbed
    assert sorted(path.name for path in place.iterdir()) == ["in", "set"]


def interrupt(*words, **options):
    raise KeyboardInterrupt


def interrupted_after_rendering(monkeypatch):
    """Render everything and stop before levels."""
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("stimgen.workflows.pairs._finish_all", interrupt)
        make()


def test_other_levels_pads_and_bit_depths_need_no_rendering_again(
    place, without_pictures, renders, monkeypatch
):
    interrupted_after_rendering(monkeypatch)
    assert len(renders) == 3
    folder = make(
        level_dbfs=-40.0, pad_s=(0.1, 0.0), bit_depth="24", species="other", spl_at_full_scale_db=80.0
    )
    assert len(renders) == 3
    assert sg.check(folder).problems == ()


@pytest.mark.parametrize("options", [{"seed": 1}, {"steps": 3}, {"ramp_ms": 6.0}, {"rate_hz": 22_050}])
def test_other_choices_about_rendering_render_again(place, without_pictures, renders, monkeypatch, options):
    interrupted_after_rendering(monkeypatch)
    folder = make(**options)
    assert len(renders) == 6
    assert sg.check(folder).problems == ()


def test_a_recording_that_changed_meanwhile_is_rendered_again(place, without_pictures, renders, monkeypatch):
    interrupted_after_rendering(monkeypatch)
    soundfile.write("in/d.wav", recording(9), 16_000)
    make()
    assert renders[3:] == ["a-d"]


def test_a_recording_of_the_same_samples_in_other_bytes_is_stored_as_it_is_now(
    place, without_pictures, monkeypatch
):
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("stimgen.workflows.pairs._assemble", interrupt)
        make()
    data = (place / "in" / "d.wav").read_bytes()
    # a chunk that no program must know, after the samples
    longer = data + b"note" + (4).to_bytes(4, "little") + b"text"
    (place / "in" / "d.wav").write_bytes(longer[:4] + (len(longer) - 8).to_bytes(4, "little") + longer[8:])
    folder = make()
    assert (folder / "pairs/a-d/sources/d.wav").read_bytes() == (place / "in" / "d.wav").read_bytes()
    assert sg.check(folder).problems == ()


@pytest.mark.parametrize("spoil", [lambda data: b"", lambda data: data[: len(data) // 2]])
def test_a_draft_that_is_not_whole_is_rendered_again(place, without_pictures, renders, monkeypatch, spoil):
    interrupted_after_rendering(monkeypatch)
    draft = sorted((place / ".set.work" / "drafts").iterdir())[0]
    draft.write_bytes(spoil(draft.read_bytes()))
    folder = make()
    assert len(renders) == 4
    assert sg.check(folder).ok


def test_a_pair_that_cannot_be_made_is_named_and_the_others_are_kept(
    place, without_pictures, renders, monkeypatch
):
    plain = pair_job.draw

    def refusing(plan, **options):
        if plan.id == "a-c":
            raise SoundError("it came out broken")
        return plain(plan, **options)

    with monkeypatch.context() as patch:
        patch.setattr(pair_job, "draw", refusing)
        with pytest.raises(SoundError, match="pair a-c: it came out broken") as caught:
            make()
    assert str(caught.value) == "pair a-c: it came out broken"
    assert caught.value.__notes__ == [KEPT]
    assert not (place / "set").exists()
    assert renders == ["a-b", "a-d"]
    assert sg.check(make()).ok
    assert renders == ["a-b", "a-d", "a-c"]


def test_a_second_run_in_the_same_place_meanwhile_is_refused(place, without_pictures):
    with work_folder(place / "set"), pytest.raises(WriteError, match="another stimgen is making 'set'"):
        make()
    assert sg.check(make()).ok


def test_the_work_folder_is_beside_the_set_while_it_is_needed_and_gone_after(
    place, without_pictures, monkeypatch
):
    interrupted_after_rendering(monkeypatch)
    assert (place / ".set.work" / MARK_NAME).is_file()
    make()
    assert sorted(path.name for path in place.iterdir()) == ["in", "set"]


def test_a_folder_that_only_has_the_name_of_a_work_folder_is_left_alone(place, without_pictures):
    (place / ".set.work").mkdir()
    (place / ".set.work" / "diary.txt").write_text("dear diary", encoding="utf-8")
    with pytest.raises(WriteError, match="holds other things"):
        make()
    assert (place / ".set.work" / "diary.txt").read_text(encoding="utf-8") == "dear diary"


def test_what_came_to_stand_in_the_place_meanwhile_is_not_replaced(place, without_pictures, monkeypatch):
    plain = pair_job.finish

    def finish(draft, **options):
        (place / "set").mkdir(exist_ok=True)
        (place / "set" / "thesis.txt").write_text("years of work", encoding="utf-8")
        return plain(draft, **options)

    monkeypatch.setattr(pair_job, "finish", finish)
    with pytest.raises(WriteError, match="holds other things"):
        make()
    assert (place / "set" / "thesis.txt").read_text(encoding="utf-8") == "years of work"
