"""Parts of the manifest of a collection, whatever its medium."""

from typing import Literal

from pydantic import Field

from stimgen.export.manifest import Record

COLLECTION_NAME: Literal["stimgen-collection"] = "stimgen-collection"


class CollectionSchema(Record):
    """Name and version of the format."""

    name: Literal["stimgen-collection"] = COLLECTION_NAME
    version: Literal[1] = 1


class TableRecord(Record):
    """The table of pairs that was given: its name, and the copy of it in the collection."""

    file: str
    stored: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int
