import os
import subprocess
import sys

from stimgen.media.quiet import quiet_stderr


def test_what_is_written_to_descriptor_2_is_caught_and_can_be_read(capfd) -> None:
    with quiet_stderr() as complaints:
        os.write(2, b"[src/libmpg123/layer3.c:1] error: broken\nNote: nothing\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"
    assert len(complaints.errors()) == 1
    assert "nothing" in complaints.text


def test_an_error_inside_restores_the_descriptor(capfd) -> None:
    try:
        with quiet_stderr():
            raise ValueError("inside")
    except ValueError:
        pass
    os.write(2, b"back\n")
    assert capfd.readouterr().err == "back\n"


def test_no_descriptor_leaks() -> None:
    def lowest_free() -> int:
        descriptor = os.dup(0)
        os.close(descriptor)
        return descriptor

    before = lowest_free()
    for _ in range(50):
        with quiet_stderr():
            pass
    assert lowest_free() == before


def test_it_works_where_there_is_no_descriptor_2() -> None:
    program = (
        "import os\nos.close(2)\nfrom stimgen.media.quiet import quiet_stderr\n"
        "with quiet_stderr() as complaints:\n    pass\nprint('fine', complaints.errors())"
    )
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout == "fine []\n"
