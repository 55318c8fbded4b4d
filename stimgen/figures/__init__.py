"""Pictures of stimulus sets: every function returns a matplotlib figure and shows nothing.

matplotlib is loaded by the first call, not by importing this room.
"""

from stimgen.figures.contact_sheet import SheetContent, SheetSide, SheetStep, contact_sheet, png_bytes

__all__ = ["SheetContent", "SheetSide", "SheetStep", "contact_sheet", "png_bytes"]
