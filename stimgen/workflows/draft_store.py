"""Drafts on disk, so that a long run that was stopped goes on where it was."""

import dataclasses
import io
import json
import os
import secrets
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from stimgen.spaces.base import Rendering
from stimgen.spectral.alignment import Alignment
from stimgen.workflows.continuum import Continuum
from stimgen.workflows.draft import Draft
from stimgen.workflows.plan import MorphPlan

_TRACKS = ("f0_times_s", "f0_hz")


def store_draft(draft: Draft, path: Path) -> None:
    """Write the rendered lines of a draft; the file is there whole or not at all.

    Args:
        draft: What was rendered.
        path: A file with the suffix .npz.

    Raises:
        OSError: If it cannot be written.
    """
    arrays: dict[str, Any] = {}
    facts = []
    for n, line in enumerate(draft.continua):
        arrays[f"{n}/times_a_s"], arrays[f"{n}/times_b_s"] = (
            line.alignment.times_a_s,
            line.alignment.times_b_s,
        )
        for i, rendering in enumerate(line.renderings):
            arrays[f"{n}/{i}/samples"] = rendering.samples
            for name in _TRACKS:
                if getattr(rendering, name) is not None:
                    arrays[f"{n}/{i}/{name}"] = getattr(rendering, name)
        facts.append(_line_facts(line))
    buffer = io.BytesIO()
    np.savez(buffer, facts=np.frombuffer(json.dumps(facts).encode("utf-8"), dtype=np.uint8), **arrays)
    write_whole(path, buffer.getvalue())


def load_draft(plan: MorphPlan, path: Path) -> Draft | None:
    """Read a draft back.

    Args:
        plan: What it was made for.
        path: Where it was stored.

    Returns:
        The draft, None if the file is not there or not whole.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            facts = json.loads(arrays["facts"].tobytes().decode("utf-8"))
            lines = tuple(_line(arrays, n, one) for n, one in enumerate(facts))
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None
    return Draft(plan=plan, continua=lines)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file beside its place and move it there, so that no half of it is ever seen."""
    partial = path.with_name(f".{secrets.token_hex(4)}.partial")
    try:
        partial.write_bytes(data)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _line_facts(line: Continuum) -> dict[str, Any]:
    plain = {
        field.name: getattr(line, field.name)
        for field in dataclasses.fields(line)
        if field.name not in ("alignment", "renderings")
    }
    alignment = {
        field.name: getattr(line.alignment, field.name)
        for field in dataclasses.fields(line.alignment)
        if field.name not in ("times_a_s", "times_b_s")
    }
    renderings = [
        {
            "rate_hz": rendering.rate_hz,
            "spectral_convergence_db": rendering.spectral_convergence_db,
            "end_source": rendering.end_source,
        }
        for rendering in line.renderings
    ]
    return plain | {"alignment": alignment, "renderings": renderings}


def _line(arrays: Any, n: int, facts: dict[str, Any]) -> Continuum:
    alignment = Alignment(
        times_a_s=arrays[f"{n}/times_a_s"], times_b_s=arrays[f"{n}/times_b_s"], **facts.pop("alignment")
    )
    renderings = tuple(
        Rendering(
            samples=arrays[f"{n}/{i}/samples"],
            **{name: arrays[key] for name in _TRACKS if (key := f"{n}/{i}/{name}") in arrays},
            **one,
        )
        for i, one in enumerate(facts.pop("renderings"))
    )
    positions = tuple(float(position) for position in facts.pop("positions"))
    return Continuum(alignment=alignment, renderings=renderings, positions=positions, **facts)
