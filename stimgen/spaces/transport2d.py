"""Displacement interpolation for pictures without landmarks: what is drawn moves instead of fading."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from stimgen.errors import PictureError, SettingError
from stimgen.media.picture import Picture
from stimgen.media.sound import FloatArray
from stimgen.media.transfer import to_encoded
from stimgen.spaces.picture_base import PictureRendering
from stimgen.spaces.picture_crossfade import clipped, demand_alike, demand_finite
from stimgen.spaces.transport2d_mass import Mass, equal_points, mass_of
from stimgen.spaces.transport2d_match import Match, match, smooth_at
from stimgen.spaces.transport2d_meet import Layer, meeting_weight
from stimgen.spaces.transport2d_mesh import Way, mesh_over
from stimgen.spaces.transport2d_render import Shown, reread, through_mesh

_FARTHEST = 0.5
_COARSE_HALVINGS = 8
_NODE_SPACINGS = 1.5
# pictures smaller than this are drawn finer and averaged, so that thin ink has outlines
_FINE_PX, _MOST_SUB = 96, 4


@dataclass(frozen=True, kw_only=True)
class Transport2dSpace:
    """Moves ink by optimal transport: for line drawings, digits and silhouettes of one or few objects on plain paper.

    Mass is contrast (of light) against the background, which is the median of the border. Both pictures' masses count
    as equal for the transport; the size of what is drawn follows its mass in a straight line. Matching goes from
    coarse to fine: the whole is turned if that saves transport, then neighbourhoods move as rigid pieces, then a
    smooth rest. The result reads both pictures through meshes that move to each other and blends them in linear light;
    where one shows ink and the other paper (a hole opens, limbs join), blended distances to both outlines decide
    instead of a grey. So greys and edges stay as they are and strokes keep their width.

    Plain displacement interpolation moves mass on chords, so that a line turned by 45 degrees has 92 % of its length
    at the midpoint, by 90 degrees 71 %. Here turns are made as turns, and the length stays within 1 %. What remains is
    that the cheapest match knows no names. A line turned by more than 90 degrees goes the shorter way, as an unmarked
    line must. Two limbs of one drawing that turn against each other by more than about 45 degrees each, or parts that
    pass each other, are matched to whatever ink is nearest, and break; then the midpoint is no better than a
    cross-fade (`n_folds` and `torn_share` rise). A corner may slide along a stroke. Photographs need landmarks.

    Args:
        tolerance: Encoded values this close to the background are background, above 0; they are cross-faded.
        largest_border_deviation: Greatest share of the border that may be something else, 0 to below 0.5.
        n_halvings: The masses are 2**n_halvings points of equal weight, 8 to 11; time grows about 6 times per step.
        n_cells: About how many squares of each mesh lie on ink, 100 to 10000.

    Raises:
        SettingError: If a setting is out of its range.

    References:
        McCann 1997, Advances in Mathematics 128(1), 153-179.

    Examples:
        >>> from stimgen.synth.shape_picture import ShapePicture
        >>> from stimgen.synth.shapes import Disc
        >>> a, b = (
        ...     ShapePicture(width_px=48, height_px=32, shapes=(Disc(x_px=x, y_px=15, radius_px=7),)).picture()
        ...     for x in (10, 30)
        ... )
        >>> middle = Transport2dSpace().between(a, b, seed=0)(0.5).pixels
        >>> middle[15, [10, 20, 30], 0].round(2).tolist()
        [1.0, 0.0, 1.0]
    """

    tolerance: float = 0.03
    largest_border_deviation: float = 0.25
    n_halvings: int = 10
    n_cells: int = 700

    name = "transport-2d"

    def __post_init__(self) -> None:
        if not 0.0 < self.tolerance < 0.5:
            raise SettingError(
                f"tolerance lies between 0 and 0.5, got {self.tolerance:g}; 0.03 suits scans and JPEG"
            )
        if not 0.0 <= self.largest_border_deviation < 0.5:
            raise SettingError(
                f"largest_border_deviation is 0 to below 0.5, got {self.largest_border_deviation:g}: the background "
                f"must be most of the border"
            )
        if not _COARSE_HALVINGS <= self.n_halvings <= 11:
            raise SettingError(
                f"n_halvings is {_COARSE_HALVINGS} to 11, got {self.n_halvings}; 10 is the default"
            )
        if not 100 <= self.n_cells <= 10_000:
            raise SettingError(f"n_cells is 100 to 10000, got {self.n_cells}; 700 is the default")

    def settings(self) -> dict[str, Any]:
        """Every setting that shapes the result, as plain JSON values."""
        return {
            **asdict(self),
            "matching": "exact optimal transport between points of equal weight, rigid to fine",
            "blend": "linear light, outlines by blended distance",
        }

    def between(self, a: Picture, b: Picture, *, seed: int) -> "Transport2d":  # noqa: ARG002
        """Return the way between two pictures of one size, mode and transfer function.

        Args:
            a: The picture at position 0.
            b: The picture at position 1.
            seed: Not used: nothing is drawn.

        Raises:
            SettingError: If the pictures differ in size, mode or transfer function.
            PictureError: If one has no plain background or is empty, or only one of them is dark on light.
        """
        demand_alike(a, b)
        mass_a, mass_b = (
            mass_of(one, tolerance=self.tolerance, largest_border_deviation=self.largest_border_deviation)
            for one in (a, b)
        )
        if mass_a.polarity != mass_b.polarity:
            raise PictureError(
                f"{a.name!r} is {mass_a.polarity} and {b.name!r} is {mass_b.polarity}, so nothing can move from one to "
                f"the other; invert one of them"
            )
        fine_a, fine_b = (equal_points(mass.mass, n_halvings=self.n_halvings) for mass in (mass_a, mass_b))
        n_joined = 2 ** (self.n_halvings - _COARSE_HALVINGS)
        coarse_a, coarse_b = (fine.reshape(-1, n_joined, 2).mean(axis=1) for fine in (fine_a, fine_b))
        found = match((coarse_a, coarse_b), (fine_a, fine_b))
        n_sub = min(max(1, -(-_FINE_PX // min(a.height_px, a.width_px))), _MOST_SUB)
        return Transport2d(
            ends=(a, b),
            masses=(mass_a, mass_b),
            drawn=(_sharpened(mass_a, n_sub), _sharpened(mass_b, n_sub)),
            ways=(
                self._way(mass_a, found.in_a, found.goes_to),
                self._way(mass_b, found.in_b, found.comes_from),
            ),
            found=found,
            n_sub=n_sub,
        )

    def _way(self, mass: Mass, start: FloatArray, stop: FloatArray) -> Way:
        mesh = mesh_over(mass.mass, n_cells=self.n_cells)
        return Way(
            mesh=mesh,
            targets=mesh.nodes + smooth_at(mesh.nodes, start, stop - start, spacings=_NODE_SPACINGS),
        )


@dataclass(frozen=True, kw_only=True)
class Transport2d:
    """The way between two pictures.

    Args:
        ends: The pictures at positions 0 and 1.
        masses: What of each is mass.
        drawn: The contrast of each that is drawn through its mesh.
        ways: How the mesh over each goes to the other.
        found: Which place becomes which.
        n_sub: Rows and columns per pixel that are drawn and averaged.
    """

    ends: tuple[Picture, Picture]
    masses: tuple[Mass, Mass]
    drawn: tuple[FloatArray, FloatArray]
    ways: tuple[Way, Way]
    found: Match
    n_sub: int

    @property
    def facts(self) -> dict[str, Any]:
        """What was found out about this pair, as plain JSON values."""
        a, b = self.masses
        return {
            "polarity": a.polarity,
            "background_light": [a.background.tolist(), b.background.tolist()],
            "border_deviation": [a.border_deviation, b.border_deviation],
            "mass_px": [a.total, b.total],
            "mass_ratio": b.total / a.total,
            "n_points": int(self.found.in_a.shape[0]),
            "rms_way_px": self.found.rms_way_px,
            "turn_deg": float(np.degrees(self.found.turn_rad)),
            "torn_share": max(way.torn_share for way in self.ways),
            "n_folds": self.n_folds,
        }

    @property
    def n_folds(self) -> int:
        """Inked triangles of both meshes that the match turns over."""
        return sum(way.n_folds for way in self.ways)

    def __call__(self, position: float) -> PictureRendering:
        """Return the picture at a position; 0 and 1 are the pictures as they went in.

        Beyond them turns and moves go on at the same rate and greys further apart, until half the way again.

        Raises:
            SettingError: If the position is not from -0.5 to 1.5.
        """
        demand_finite(position)
        if not -_FARTHEST <= position <= 1.0 + _FARTHEST:
            raise SettingError(
                f"transport-2d reaches positions from {-_FARTHEST:g} to {1 + _FARTHEST:g}, got {position:g}: beyond, "
                f"shapes fold over themselves"
            )
        if position in (0.0, 1.0):
            return PictureRendering(
                pixels=self.ends[int(position)].pixels.copy(), end_source="original", n_folds=self.n_folds
            )
        a, b = self.masses
        shown_a = self._shown(0, position, growth=b.total / a.total)
        shown_b = self._shown(1, 1.0 - position, growth=a.total / b.total)
        weight = meeting_weight(_layer(shown_a, a), _layer(shown_b, b), share=position)[..., None]
        ink = (1.0 - weight) * shown_a.contrast + weight * shown_b.contrast
        height, width, n_channels = a.contrast.shape
        ink = ink.reshape(height, self.n_sub, width, self.n_sub, n_channels).mean(axis=(1, 3))
        if self.n_sub > 1:
            ink = np.clip(ink, *self._ink_range(position))
        paper = (1.0 - position) * (a.background + a.rest) + position * (b.background + b.rest)
        first = self.ends[0]
        return clipped(
            to_encoded(paper + ink, first.transfer),
            bit_depth=first.bit_depth,
            end_source="original",
            n_folds=self.n_folds,
        )

    def _ink_range(self, position: float) -> tuple[FloatArray, FloatArray]:
        """Return the least and greatest contrast of each channel; sharpening beyond them would make halos."""
        a, b = self.masses
        low, high = (
            (1.0 - position) * pick(a.contrast, axis=(0, 1)) + position * pick(b.contrast, axis=(0, 1))
            for pick in (np.min, np.max)
        )
        return np.minimum(low, 0.0), np.maximum(high, 0.0)

    def _shown(self, which: int, share: float, *, growth: float) -> Shown:
        way = self.ways[which]
        return through_mesh(
            self.drawn[which],
            nodes=way.mesh.nodes,
            moved=way.nodes_at(share),
            triangles=way.mesh.triangles,
            trust=way.trust_at(share, growth=growth),
            n_sub=self.n_sub,
        )


def _layer(shown: Shown, mass: Mass) -> Layer:
    return Layer(soft=np.clip(np.abs(shown.contrast).mean(axis=2) / mass.level, 0.0, 1.0), trust=shown.trust)


def _sharpened(mass: Mass, n_sub: int) -> FloatArray:
    """Return a contrast that makes up for what drawing finer and averaging takes (two steps of van Cittert's method).

    References:
        van Cittert 1931, Zeitschrift fuer Physik 69, 298-308.
    """
    drawn = mass.contrast
    for _ in range(2 if n_sub > 1 else 0):
        drawn = drawn + (mass.contrast - reread(drawn, n_sub=n_sub))
    return drawn
