"""Measure everything that has a bound and print it beside its bound.

    python -m bench            everything
    python -m bench serving    one subject

Times on shared machines move; what counts is the ratio to something plain that was measured in the same run.
The exit code says whether the measuring worked, not whether a bound was kept.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True)
class Bound:
    """One line of the table: which figure of which subject, and what it should not pass."""

    subject: str
    figure: str
    what: str
    unit: str
    limit: float
    at_least: bool = False

    def kept(self, value: float) -> bool:
        """Say whether a measured value is within the bound."""
        return value >= self.limit if self.at_least else value <= self.limit


BOUNDS = (
    Bound("lab", "seconds", "the whole lab, one edition", "s", 200),
    Bound("local_aws", "seconds", "local AWS: start to first S3 answer", "s", 2),
    Bound("local_aws", "megabytes", "local AWS: memory when idle", "MB", 200),
    Bound("training", "added_seconds", "training job over plain xgboost.train", "s", 3),
    Bound("tuning", "tuning_over_plain", "tuning job over the same trainings as processes", "x", 1.5),
    Bound("pipelines", "added_seconds", "pipeline over its jobs one by one", "s", 8),
    Bound("pipelines", "upload_to_running_seconds", "S3 upload to a running pipeline", "s", 2),
    Bound("alarms", "seconds", "breaching datum to the message about it", "s", 2),
    Bound("invoke", "invoke_added_ms", "invoke_endpoint over a bare echo server", "ms", 1),
    Bound("lambda_", "cold_seconds", "function that imports boto3: first call", "s", 0.8),
    Bound("lambda_", "idle_megabytes", "function that imports boto3: memory when idle", "MB", 60),
    Bound("lambda_", "warm_added_ms", "warm invoke over a bare echo server", "ms", 3),
    Bound("api", "api_added_ms", "API to warm function over a bare echo server", "ms", 6),
    Bound("capture", "lost_percent", "requests/s lost to capture and metrics", "%", 15),
    Bound(
        "serving",
        "serving_over_inplace_predict",
        "serving process over an inplace_predict loop",
        "x",
        0.8,
        at_least=True,
    ),
    Bound("imports", "seconds", "import mllab_helpers", "s", 0.5),
    Bound("imports", "heavy", "import mllab_helpers: heavy packages brought along", "", 0),
)


def main(subjects: list[str]) -> int:
    """Measure the named subjects, or all."""
    known = list(dict.fromkeys(bound.subject for bound in BOUNDS))
    unknown = sorted(set(subjects) - set(known))
    if unknown:
        print(f"nothing is called {', '.join(unknown)}; known: {', '.join(known)}", file=sys.stderr)
        return 2
    for subject in subjects or known:
        measure: Callable[[], dict[str, float]] = import_module(f"bench.{subject}").measure
        figures = measure()
        for bound in (bound for bound in BOUNDS if bound.subject == subject):
            value = figures[bound.figure]
            sign, verdict = ("≥", "≤")[not bound.at_least], ("MISSED", "kept")[bound.kept(value)]
            limit = f"{sign} {bound.limit:g} {bound.unit}".rstrip()
            print(f"{bound.what:<52} {value:>8.2f} {bound.unit:<3} {limit:>10}  {verdict}", flush=True)
        others = {name: value for name, value in figures.items() if not _has_bound(subject, name)}
        if others:
            print("    " + ", ".join(f"{name} {value:.3g}" for name, value in others.items()), flush=True)
    return 0


def _has_bound(subject: str, figure: str) -> bool:
    return any((bound.subject, bound.figure) == (subject, figure) for bound in BOUNDS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
