"""Find the pictures in a folder: the sibling of `stimgen.workflows.sound_files`."""

from pathlib import Path

from stimgen.errors import ReadError
from stimgen.export.manifest import MANIFEST_NAME
from stimgen.media.file_bytes import one_line
from stimgen.media.landmarks_read import SUFFIXES as LANDMARK_SUFFIXES
from stimgen.media.medium import PICTURE_SUFFIXES, medium_of


def find_picture_files(folder: Path) -> tuple[list[Path], list[str]]:
    """Return the pictures of a folder in the order of their names, and the names of other files that stay out.

    Folders within it are not looked into: in collections of faces they hold other views of the same people. Hidden
    files are passed over, and files that may be landmarks are not told of.

    Args:
        folder: Where to look.

    Raises:
        ReadError: If it is no folder, is a stimulus set, holds no pictures, or cannot be listed.
    """
    shown = repr(one_line(str(folder)))
    try:
        is_set = (folder / MANIFEST_NAME).is_file() and (folder / "stimuli").is_dir()
        paths = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise ReadError(
            f"the folder {shown} cannot be listed: {one_line(reason)}; check the path and its permissions"
        ) from error
    if is_set:
        raise ReadError(
            f"{shown} is a stimulus set with its sources; give its folder {one_line(str(folder / 'stimuli'))!r}"
        )
    pictures = [path for path in paths if medium_of(path) == "picture"]
    if not pictures:
        raise ReadError(
            f"the folder {shown} holds no pictures; give one with files such as {', '.join(PICTURE_SUFFIXES)}"
        )
    others = {path.name for path in paths} - {path.name for path in pictures}
    return pictures, sorted(name for name in others if not name.lower().endswith(LANDMARK_SUFFIXES))
