"""Errors with one clear sentence each: what was wrong, what was got, what is allowed, and the remedy."""


class StimgenError(Exception):
    """Base of every error that stimgen raises on purpose; the command line prints it and exits with code 1."""


class SettingError(StimgenError, ValueError):
    """A setting is out of its range or does not go with another; the command line exits with code 2."""


class ReadError(StimgenError, OSError):
    """A recording, table or set could not be read."""


class WriteError(StimgenError, OSError):
    """A set or file could not be written; nothing half-written is left behind."""


class SoundError(StimgenError, ValueError):
    """A recording was read but is not usable: silent, too short, too long, not finite, several channels."""


class PictureError(StimgenError, ValueError):
    """A picture was read but is not usable: transparent, of one value, too small, without landmarks that are needed."""


class ShapeError(StimgenError, ValueError):
    """An array has the wrong shape."""


class ManifestError(StimgenError, ValueError):
    """A manifest is missing, broken, or of a version that this stimgen cannot read."""


class TrainingError(StimgenError, RuntimeError):
    """A training went wrong: data that cannot be learned from, or losses that ran away."""


class CheckpointError(StimgenError, ValueError):
    """A checkpoint is missing, broken, changed, or of a version that this stimgen cannot read."""


class WorkerError(StimgenError, RuntimeError):
    """A process that worked on a part of a long run ended by itself."""
