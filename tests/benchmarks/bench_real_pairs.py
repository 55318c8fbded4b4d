"""Morphs of real recordings: do the ends join evenly, does the middle stay one voice, does the level hold?

No truth is known here. Each pair gets nine evenly spaced positions from every method. Per method the table gives the
end steps over the median inner step, by how much the middle's harmonics-to-noise ratio falls below that of the
recordings (dB), the two-source index of the middle (1 = both recordings at once), and by how much the level sinks
on the way (dB): mean, 90th percentile and greatest over pairs. Distances are mel distances. A pair beyond a limit has
an end step above 1.5 inner steps, a drop above 3 dB, an index above 0.6 or a level that sinks by above 2 dB.

    python tests/benchmarks/bench_real_pairs.py --pairs 12 --seed 3001 --kinds digits finch --worst 3

Digits of jackson and nicolas, finch songs 0 to 70 and seeds below 1000 were used for tuning; report with others, e.g.
--speakers george yweweler --songs 77 84 91 98 105 112 119 126 133.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from quality_world import world_between, world_linear, world_parts
from real_pairs import DATA, SPEAKERS, SoundPair, Sources, at_rate, draw_pair, kinds_at_hand

from stimgen.calibration.level import active_part, level_dbfs
from stimgen.distance.mel import MelMetric
from stimgen.distance.two_source import source_pair
from stimgen.media.sound import FloatArray, Sound
from stimgen.spaces.base import Space
from stimgen.spaces.crossfade import CrossfadeSpace
from stimgen.spaces.transport import TransportSettings, TransportSpace
from stimgen.spectral.hnr import harmonics_to_noise_ratio, hnr_drop_db, shared_f0_range_hz

POSITIONS = np.linspace(0.0, 1.0, 9)
CARRIED, SYNTHETIC = "transport, carried", "transport, synthetic"
LIMITS = {"end step": 1.5, "HNR drop": 3.0, "two-source": 0.6, "level dip": 2.0}
Steps = Callable[[SoundPair], list[FloatArray]]


@dataclass(frozen=True, kw_only=True)
class PairFigures:
    """What was measured on the nine steps of one pair.

    Args:
        end_steps: First and last distance over the median of the inner ones.
        hnr_drop_db: At the middle; None where recordings or middle have no pitch.
        two_source: Index of the middle; None where the recordings are too much alike.
        level_dip_db: Greatest sinking of the level below the straight line between the ends.
        step_spread: Standard deviation of the steps over their mean.
        cpu_s: What the nine steps cost.
    """

    end_steps: tuple[float, float]
    hnr_drop_db: float | None
    two_source: float | None
    level_dip_db: float
    step_spread: float
    cpu_s: float

    def values(self) -> dict[str, float | None]:
        """Return the figures under their names in the table."""
        return {
            "end step": float(np.mean(self.end_steps)),
            "either end": max(self.end_steps),
            "HNR drop": self.hnr_drop_db,
            "two-source": self.two_source,
            "level dip": self.level_dip_db,
            "step cv": self.step_spread,
            "CPU s": self.cpu_s,
        }


def methods(*, with_others: bool, settings: TransportSettings | None = None) -> dict[str, Steps]:
    """Return what is compared, by name; `with_others` adds cross-fades and WORLD."""
    settings = settings or TransportSettings()
    found: dict[str, Steps] = {
        CARRIED: in_space(TransportSpace(replace(settings, noise="carried"))),
        SYNTHETIC: in_space(TransportSpace(replace(settings, noise="synthetic"))),
    }
    if with_others:
        found["crossfade, wave"] = in_space(CrossfadeSpace(kind="wave"))
        found["crossfade, spectrogram"] = in_space(CrossfadeSpace())
        found["WORLD log"] = world_steps
    return found


def in_space(space: Space) -> Steps:
    def steps(pair: SoundPair) -> list[FloatArray]:
        between = space.between(pair.a, pair.b, seed=0)
        return [between(float(position)).samples for position in POSITIONS]

    return steps


def world_steps(pair: SoundPair) -> list[FloatArray]:
    """Interpolate WORLD's F0 and envelopes on logarithmic, its aperiodicity on linear scales, in linear time."""
    rate_hz = max(pair.a.rate_hz, 16000)
    a, b = (at_rate(sound, rate_hz) for sound in (pair.a, pair.b))
    is_call = shared_f0_range_hz(a.samples, b.samples, rate_hz=rate_hz)[0] > 100.0
    f0_hz = (300.0, min(8000.0, 0.45 * rate_hz)) if is_call else (60.0, 700.0)
    one, other, alignment = world_parts(a, f0_hz), world_parts(b, f0_hz), world_linear(a, b)
    steps = (world_between(one, other, alignment, float(position)) for position in POSITIONS)
    return [at_rate(Sound(samples=step, rate_hz=rate_hz), pair.a.rate_hz).samples for step in steps]


def measure_steps(pair: SoundPair, steps: Sequence[FloatArray], *, cpu_s: float = 0.0) -> PairFigures:
    """Measure the steps of one pair, the first and last as they are."""
    rate_hz, metric = pair.a.rate_hz, MelMetric()
    features = [metric.features(Sound(samples=one, rate_hz=rate_hz)) for one in steps]
    moved = [metric.distance(one, other) for one, other in zip(features[:-1], features[1:], strict=True)]
    inner = max(float(np.median(moved[1:-1])), 1e-9)
    f0_range_hz = shared_f0_range_hz(pair.a.samples, pair.b.samples, rate_hz=rate_hz)
    middle = steps[len(steps) // 2]
    hnr_db = [
        harmonics_to_noise_ratio(samples, rate_hz=rate_hz, f0_range_hz=f0_range_hz).hnr_db
        for samples in (pair.a.samples, pair.b.samples, middle)
    ]
    return PairFigures(
        end_steps=(moved[0] / inner, moved[-1] / inner),
        hnr_drop_db=hnr_drop_db(0.5, *hnr_db),
        two_source=source_pair(pair.a.samples, pair.b.samples, rate_hz=rate_hz).index(middle),
        level_dip_db=_level_dip_db(steps, rate_hz),
        step_spread=float(np.std(moved) / np.mean(moved)),
        cpu_s=cpu_s,
    )


def _level_dip_db(steps: Sequence[FloatArray], rate_hz: int) -> float:
    levels = [level_dbfs(samples, active_part(samples, rate_hz=rate_hz)) for samples in steps]
    line = np.linspace(levels[0], levels[-1], len(levels))
    return float(np.max(line - np.array(levels)))


def table(rows: dict[str, list[PairFigures]]) -> str:
    """Lay out mean, 90th percentile and greatest of every figure and method."""
    names = list(next(iter(rows.values()))[0].values())
    lines = [f"{'':24}" + "".join(f"{name:>21}" for name in names)]
    for method, figures in rows.items():
        cells = []
        for name in names:
            values = [value for one in figures if (value := one.values()[name]) is not None]
            if not values:
                cells.append(f"{'-':>21}")
                continue
            three = np.mean(values), np.quantile(values, 0.9), np.max(values)
            cells.append(f"{' '.join(f'{value:6.2f}' for value in three):>21}")
        lines.append(f"{method:24}" + "".join(cells))
    return "\n".join(lines)


def failures(rows: Sequence[PairFigures]) -> dict[str, int]:
    """Count the pairs beyond each limit."""
    counts = dict.fromkeys(LIMITS, 0)
    for one in rows:
        values = one.values()
        for name, limit in LIMITS.items():
            counts[name] += values[name] is not None and values[name] > limit
    return counts


def carried_over_synthetic_db(rows: dict[str, list[PairFigures]]) -> float:
    """Return how much more the harmonics-to-noise ratio drops with carried than with synthetic noise, dB."""
    both = zip(rows[CARRIED], rows[SYNTHETIC], strict=True)
    return float(
        np.mean(
            [
                carried.hnr_drop_db - synthetic.hnr_drop_db
                for carried, synthetic in both
                if carried.hnr_drop_db is not None and synthetic.hnr_drop_db is not None
            ]
            or [np.nan]
        )
    )


def measure_kind(
    kind: str, sources: Sources, compared: dict[str, Steps], *, n_pairs: int, seed: int
) -> tuple[list[str], dict[str, list[PairFigures]]]:
    """Return the names of the pairs and their figures by method."""
    names, rows = [], defaultdict(list)
    for number in range(n_pairs):
        pair = draw_pair(kind, sources, seed=seed, number=number)
        names.append(f"{number}: {pair.a.name} - {pair.b.name}")
        for method, steps in compared.items():
            start_s = time.process_time()
            made = steps(pair)
            cpu_s = time.process_time() - start_s
            rows[method].append(measure_steps(pair, made, cpu_s=cpu_s))
    return names, rows


def print_worst(names: Sequence[str], rows: Sequence[PairFigures], n_worst: int) -> None:
    """Name the pairs that are farthest out in each figure that has a limit."""
    for figure in LIMITS:
        values = [one.values()[figure] for one in rows]
        order = sorted((i for i, value in enumerate(values) if value is not None), key=lambda i: -values[i])
        print(f"  most {figure}: " + "; ".join(f"{names[i]} {values[i]:.2f}" for i in order[:n_worst]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pairs", type=int, default=12)
    parser.add_argument("--seed", type=int, default=3001)
    parser.add_argument("--kinds", nargs="*", help="default: all whose data are there")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data sets")
    parser.add_argument("--speakers", nargs="+", choices=SPEAKERS, default=list(SPEAKERS))
    parser.add_argument("--songs", nargs="+", type=int, default=[], help="finch songs; default: all")
    parser.add_argument("--folder", type=Path, help="more recordings, drawn as the kind 'folder'")
    parser.add_argument("--only-transport", action="store_true", help="leave out cross-fades and WORLD")
    parser.add_argument("--f0-min-hz", type=float, default=TransportSettings().f0_min_hz)
    parser.add_argument("--worst", type=int, default=0, help="name so many of the worst pairs")
    chosen = parser.parse_args()
    sources = replace(
        Sources(data=chosen.data, extra=chosen.folder),
        speakers=tuple(chosen.speakers),
        songs=tuple(chosen.songs),
    )
    settings = TransportSettings(f0_min_hz=chosen.f0_min_hz)
    compared = methods(with_others=not chosen.only_transport, settings=settings)
    for kind in chosen.kinds or kinds_at_hand(sources):
        names, rows = measure_kind(kind, sources, compared, n_pairs=chosen.pairs, seed=chosen.seed)
        print(f"\n{kind} ({chosen.pairs} pairs, seed {chosen.seed}): mean, 90th percentile, greatest")
        print(table(rows))
        print(f"carried noise drops HNR {carried_over_synthetic_db(rows):+.2f} dB more than synthetic noise")
        print("beyond limits, carried: " + ", ".join(f"{k} {n}" for k, n in failures(rows[CARRIED]).items()))
        if chosen.worst:
            print_worst(names, rows[CARRIED], chosen.worst)


if __name__ == "__main__":
    main()
