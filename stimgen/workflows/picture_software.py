"""What pictures were made with, and what bytes are called."""

import hashlib
import platform
import sys
from importlib import metadata


def picture_software_versions() -> dict[str, str]:
    """Return the versions of what a set of pictures was made with, and the platform."""
    names = ("numpy", "scipy", "numba", "pillow", "pydantic", "click", "rich")
    versions = {"stimgen": metadata.version("stimgen"), "python": platform.python_version()}
    versions |= {name: metadata.version(name) for name in names}
    return versions | {"platform": f"{sys.platform}-{platform.machine()}"}


def hash_of(data: bytes) -> str:
    """Return the SHA-256 of some bytes, lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()
