"""Pictures of stimulus sets: every function returns a picture and shows nothing.

The library that paints is loaded by the first call, not by importing this room.
"""

from stimgen.figures.contact_sheet import (
    Evenness,
    SheetContent,
    SheetSide,
    SheetStep,
    contact_sheet,
    png_bytes,
)
from stimgen.figures.overview import OverviewContent, OverviewRow, overview

__all__ = [
    "OverviewContent",
    "OverviewRow",
    "overview",
    "Evenness",
    "SheetContent",
    "SheetSide",
    "SheetStep",
    "contact_sheet",
    "png_bytes",
]
