"""The tables of the quality benchmark: medians, 90th percentiles, failures and bootstrap bounds."""

from collections.abc import Callable, Iterable

import numpy as np
from quality_families import FAMILIES

COLUMNS = {
    "mid": "mid_db",
    "least": "least_db",
    "F0": "f0_cents",
    "in50": "f0_within",
    "F1": "f1_percent",
    "F2": "f2_percent",
    "HNR": "hnr_drop_db",
    "two": "two_source",
    "ends": "ends_db",
    "end/in": "end_step",
    "mid/md": "mid_step",
    "dip": "dip_db",
    "ev ms": "event_mean_s",
    "worst": "event_worst_s",
    "CPU": "cpu_s",
}
_SCALE = {"event_mean_s": 1e3, "event_worst_s": 1e3}
_DRAWS, _SEED = 2000, 8
_LEAST_EXCESS_DB = 0.5


def tables(results: list[dict]) -> str:
    """Write the tables of all families in `results` (lines as the benchmark stores them)."""
    return "\n\n".join(_table(name, ours) for name, ours in _by_family(results))


def _by_family(results: list[dict]) -> Iterable[tuple[str, list[dict]]]:
    for name in FAMILIES:
        ours = [one["rows"] for one in results if one["family"] == name]
        if ours:
            yield name, ours


def _table(name: str, pairs: list[dict]) -> str:
    family = FAMILIES[name]
    methods = list(dict.fromkeys(method for pair in pairs for method in pair))
    head = f"{'':24}" + "".join(
        f"{label:>7}" + f"{'90%':>7}" * (label in ("mid", "least")) for label in COLUMNS
    )
    lines = [f"{name} ({family.truth} truth, {len(pairs)} pairs): medians", head + f"{'fail':>6}"]
    lines += [_row(method, [pair[method] for pair in pairs if method in pair]) for method in methods]
    main = "mid_db" if family.truth == "source-filter" else "least_db"
    return "\n".join([*lines, *_comparisons(pairs, main)])


def _row(method: str, found: list[dict]) -> str:
    cells = []
    for label, key in COLUMNS.items():
        values = _values(found, key) * _SCALE.get(key, 1.0)
        if label == "worst":
            cells.append(f"{values.max():7.1f}" if values.size else f"{'':7}")
            continue
        cells.append(f"{np.median(values):7.2f}" if values.size else f"{'':7}")
        if label in ("mid", "least"):
            cells.append(f"{np.quantile(values, 0.9):7.2f}" if values.size else f"{'':7}")
    n_failed = sum("error" in one for one in found)
    return f"{method:24}" + "".join(cells) + f"{n_failed:6d}"


def _comparisons(pairs: list[dict], main: str) -> list[str]:
    """Say what stands behind the issue of who is better, with upper 95 % bounds from resampled pairs."""
    lines = []
    for ours in ("transport", "transport + truth"):
        for theirs in ("WORLD", "WORLD + DTW"):
            kept = [
                (pair[ours][main], pair[theirs][main], pair["truth by WORLD"]["mid_db"])
                for pair in pairs
                if all(main in pair.get(name, {}) for name in (ours, theirs))
                and "mid_db" in pair["truth by WORLD"]
            ]
            if kept:
                lines.append(f"  {ours} against {theirs}: " + _against(np.array(kept)))
    same = [
        (pair["transport"]["mid_db"], pair["transport + truth"]["mid_db"])
        for pair in pairs
        if "mid_db" in pair.get("transport + truth", {}) and "mid_db" in pair["transport"]
    ]
    if same:
        ratio = _bounded(np.array(same), lambda rows: np.median(rows[:, 0]) / np.median(rows[:, 1]))
        lines.append(f"  distance over that along the true alignment: {ratio}")
    return lines


def _against(rows: np.ndarray) -> str:
    def excess(values: np.ndarray) -> float:
        ours, theirs, floor = np.median(values, axis=0)
        return float((ours - floor) / (theirs - floor))

    ours_db, theirs_db, floor_db = np.median(rows, axis=0)
    worse = 100.0 * float(np.mean(rows[:, 0] > rows[:, 1] + 1.0))
    told = (
        f"{ours_db:.2f} against {theirs_db:.2f} dB, floor {floor_db:.2f} dB; worse by 1 dB on {worse:.1f} %"
    )
    # where the floor is as high as the methods, a share of what lies above it says nothing
    return told if theirs_db < floor_db + _LEAST_EXCESS_DB else f"{told}; excess x {_bounded(rows, excess)}"


def _bounded(rows: np.ndarray, statistic: Callable[[np.ndarray], float]) -> str:
    rng = np.random.default_rng(_SEED)
    drawn = [statistic(rows[rng.integers(0, len(rows), len(rows))]) for _ in range(_DRAWS)]
    return f"{statistic(rows):.3f} (95 % bound {np.quantile(drawn, 0.95):.3f})"


def _values(found: list[dict], key: str) -> np.ndarray:
    return np.array([one[key] for one in found if one.get(key) is not None and "error" not in one])
