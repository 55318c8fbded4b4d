"""The methods of the quality benchmark: each makes, of one drawn pair, a callable from position to samples."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from quality_families import Family
from quality_world import mfcc_dtw, world_between, world_linear, world_parts, world_samples

from stimgen.media.sound import FloatArray, Sound
from stimgen.spaces.crossfade import CrossfadeSpace
from stimgen.spaces.transport import TransportSettings, TransportSpace
from stimgen.spectral.alignment import Alignment
from stimgen.synth import KnownPair


@dataclass(frozen=True, kw_only=True)
class Case:
    """One drawn pair: its two ends, its true midpoint, and that drawn again."""

    family: Family
    pair: KnownPair[Any]
    a: Sound
    b: Sound
    truth: Sound
    again: Sound


@dataclass(frozen=True, kw_only=True)
class Between:
    """A method at work: what it gives at a position, whether it is a morph, and the alignment that it chose."""

    at: Callable[[float], FloatArray]
    is_morph: bool = True
    alignment: Alignment | None = None


def _crossfade(kind: str) -> Callable[[Case], Between]:
    def make(case: Case) -> Between:
        way = CrossfadeSpace(kind=kind).between(case.a, case.b, seed=0)
        return Between(at=lambda t: way(t).samples)

    return make


def _world(align: Callable[[Sound, Sound], Alignment]) -> Callable[[Case], Between]:
    def make(case: Case) -> Between:
        alignment = align(case.a, case.b)
        a, b = (world_parts(sound, case.family.f0_range_hz) for sound in (case.a, case.b))
        return Between(at=lambda t: world_between(a, b, alignment, t), alignment=alignment)

    return make


def _transport(case: Case) -> Between:
    way = TransportSpace().between(case.a, case.b, seed=0)
    return Between(at=lambda t: way(t).samples, alignment=way.alignment)


def _transport_along_truth(case: Case) -> Between:
    way = TransportSpace(TransportSettings(align=case.pair.alignment)).between(case.a, case.b, seed=0)
    return Between(at=lambda t: way(t).samples)


def _truth_by_transport(case: Case) -> Between:
    way = TransportSpace(TransportSettings(noise="synthetic", align="linear"))
    made = way.between(case.truth, case.again, seed=0)(0.0).samples
    return Between(at=lambda _: made, is_morph=False)


def _truth_by_world(case: Case) -> Between:
    parts = world_parts(case.truth, case.family.f0_range_hz)
    made = world_samples(parts, case.truth.n_samples)
    return Between(at=lambda _: made, is_morph=False)


def _truth_again(case: Case) -> Between:
    return Between(at=lambda _: case.again.samples, is_morph=False)


METHODS: dict[str, Callable[[Case], Between]] = {
    "crossfade, wave": _crossfade("wave"),
    "crossfade, spectrogram": _crossfade("spectrogram"),
    "WORLD": _world(world_linear),
    "WORLD + DTW": _world(mfcc_dtw),
    "transport": _transport,
    "transport + truth": _transport_along_truth,
    "truth by transport": _truth_by_transport,
    "truth by WORLD": _truth_by_world,
    "truth, other noise": _truth_again,
}
