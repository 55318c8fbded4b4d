import json
import os
import stat

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import stimgen as sg
from stimgen.errors import ManifestError
from stimgen.export.manifest_read import read_manifest


@pytest.fixture(scope="module")
def text(pair):
    return sg.morph(*pair, steps=2, space="crossfade").manifest.to_json()


@pytest.fixture
def write(tmp_path, text):
    def write_manifest(content):
        content = content(text) if callable(content) else content
        data = content if isinstance(content, bytes) else content.encode("utf-8")
        (tmp_path / "manifest.json").write_bytes(data)
        return tmp_path

    return write_manifest


def refusal(folder):
    with pytest.raises(ManifestError) as caught:
        read_manifest(folder)
    message = str(caught.value)
    assert message.isprintable()
    assert "sys." not in message and "codec" not in message
    return message


def test_what_is_written_is_read_back_the_same(write, text):
    assert read_manifest(write(text)).to_json() == text


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"schema": 3}',
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b"[" * 500 + b"]" * 500,
        b"9" * 10_000,
        b"-" + b"9" * 20,
        b"1" + b"0" * 400,
        b"{\n\n  oops",
        lambda text: text.replace('"seed": 0', '"seed": ' + "9" * 10_000),
        lambda text: text.replace('"seed": 0', '"seed": 1' + "0" * 400),
        lambda text: text.replace('"seed": 0', '"seed": 9223372036854775809'),
        lambda text: text.replace('"seed": 0', '"seed": true'),
        lambda text: text.replace('"seed": 0', '"seed": 0, "seed": 5'),
        lambda text: text.replace('"seed": 0', '"seed": -1'),
        lambda text: text.replace('"ramp_ms": 5.0', '"ramp_ms": 5.0, "ramp_ms": 5.0'),
        lambda text: text.replace('"seed": 0', '"seed": "0"'),
        lambda text: text.replace('"ramp_ms": 5.0', '"ramp_ms": 1' + "0" * 400),
        lambda text: text.replace('"ramp_ms": 5.0', '"ramp_ms": 1e999'),
        lambda text: text.replace('"ramp_ms": 5.0', '"ramp_ms": NaN'),
        lambda text: text.replace('"n_bands": ', '"n_bands": 1e999, "x": '),
        lambda text: text.replace('"n_bands": ', '"n_bands": Infinity, "x": '),
        lambda text: text.replace('"seed": 0', '"seed": 0, "more": ' + "[" * 900 + "]" * 900),
        lambda text: text.replace('"seed": 0', '"seed": 0, "more": "\\ud800"'),
        lambda text: text.replace('"seed": 0', '"seed": 0, "\\udfff": 1'),
        lambda text: text.replace('"command": null', '"command": "\\ud800"'),
    ],
)
def test_a_manifest_that_stimgen_would_not_write_is_refused_in_one_plain_line(write, text, content):
    assert not callable(content) or content(text) != text
    refusal(write(content))


def test_a_refusal_names_the_place(write, text):
    def lengthen(manifest):
        manifest["stimuli"][1]["rate_hz"] = "fast"
        return json.dumps(manifest)

    assert "stimuli.1.rate_hz" in refusal(write(lengthen(json.loads(text))))
    assert "line 3, column 3" in refusal(write(b"{\n\n  oops"))


KEYS = st.sampled_from(["schema", "id", "seed", "sources", "path", "stimuli", "calibration"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=KEYS, value=VALUES)
def test_no_value_anywhere_is_an_error_of_another_kind(write, text, key, value):
    manifest = json.loads(text) | {key: value}
    folder = write(json.dumps(manifest))
    try:
        assert read_manifest(folder).to_json()
    except ManifestError as error:
        assert str(error).isprintable()


def test_an_unreadable_manifest_asks_for_permission_not_for_a_copy(write, text, monkeypatch):
    folder = write(text)

    def refuse(path, *args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert "change its permissions" in refusal(folder)


def test_a_folder_that_may_not_be_entered_is_said_to_be_one(write, text, monkeypatch):
    folder = write(text)

    def refuse(path, *args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "stat", refuse)
    with pytest.raises(ManifestError, match="may not be entered; change the permissions"):
        read_manifest(folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("kind", ["pipe", "folder", "/dev/zero", "outside", "huge"])
def test_a_manifest_that_is_no_regular_file_of_the_set_is_neither_waited_for_nor_read(tmp_path, text, kind):
    folder, path = tmp_path / "set", tmp_path / "set" / "manifest.json"
    folder.mkdir()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "huge":
        with path.open("wb") as file:
            file.truncate(2**30)  # takes no room on the disk
    else:
        (tmp_path / "outside").write_text(text, encoding="utf-8")
        path.symlink_to(kind if kind.startswith("/") else tmp_path / kind)
    assert "unreadable or not a regular file of the set" in refusal(folder)


def test_a_link_to_a_set_is_that_set(write, text, tmp_path_factory):
    folder = write(text)
    link = tmp_path_factory.mktemp("links") / "link"
    link.symlink_to(folder)
    assert stat.S_ISLNK(os.lstat(link).st_mode)
    assert read_manifest(link).to_json() == text


@pytest.mark.parametrize("name", ["nothing", "a\0b", "a\nb", "\udc80", "x" * 5000])
def test_a_place_that_is_no_folder_is_one_plain_line(tmp_path, name):
    assert "is not a folder" in refusal(tmp_path / name)
