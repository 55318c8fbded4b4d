"""What recordings are and how they come in: read from files, at any rate, under safe names.

The functions stand in files of their names (`stimgen.media.read.read`), so that importing `Sound` loads no
decoder.
"""

from stimgen.media.sound import Sound, SourceFacts

__all__ = ["Sound", "SourceFacts"]
