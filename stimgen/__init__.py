"""stimgen: calibrated stimulus sets for perception experiments.

>>> import stimgen as sg
>>> stimuli = sg.morph(sg.read("a.wav"), sg.read("b.wav"), steps=9)  # doctest: +SKIP
>>> stimuli.save("set")  # doctest: +SKIP
>>> faces = sg.morph_pictures(sg.read_picture("a.png"), sg.read_picture("b.png"))  # doctest: +SKIP
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stimgen.errors import StimgenError
    from stimgen.export.manifest import Manifest
    from stimgen.export.picture_set import PictureSet
    from stimgen.export.stimulus_set import Stimulus, StimulusSet
    from stimgen.media.picture import Picture
    from stimgen.media.picture_read import read_picture
    from stimgen.media.read import read
    from stimgen.media.sound import Sound
    from stimgen.workflows.average import average_pictures
    from stimgen.workflows.calibrate import calibrate
    from stimgen.workflows.check import CheckReport, check
    from stimgen.workflows.morph import morph
    from stimgen.workflows.pairs import morph_pairs
    from stimgen.workflows.picture_morph import morph_pictures

__all__ = [
    "CheckReport",
    "Manifest",
    "Picture",
    "PictureSet",
    "Sound",
    "Stimulus",
    "StimulusSet",
    "StimgenError",
    "average_pictures",
    "calibrate",
    "check",
    "morph",
    "morph_pairs",
    "morph_pictures",
    "read",
    "read_picture",
]

# a name is imported when it is first used, so that `import stimgen` and `stimgen --help` stay fast
_HOMES = {
    "CheckReport": "stimgen.workflows.check",
    "Manifest": "stimgen.export.manifest",
    "Picture": "stimgen.media.picture",
    "PictureSet": "stimgen.export.picture_set",
    "Sound": "stimgen.media.sound",
    "Stimulus": "stimgen.export.stimulus_set",
    "StimulusSet": "stimgen.export.stimulus_set",
    "StimgenError": "stimgen.errors",
    "average_pictures": "stimgen.workflows.average",
    "calibrate": "stimgen.workflows.calibrate",
    "check": "stimgen.workflows.check",
    "morph": "stimgen.workflows.morph",
    "morph_pairs": "stimgen.workflows.pairs",
    "morph_pictures": "stimgen.workflows.picture_morph",
    "read": "stimgen.media.read",
    "read_picture": "stimgen.media.picture_read",
}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'stimgen' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
