"""What a line of stimuli may be, whatever its medium."""

from typing import Literal

SpacingName = Literal["equal", "linear"]

MIN_STEPS, MAX_STEPS = 2, 200
MIN_POSITION, MAX_POSITION = -1.0, 2.0
