"""Turns a month of raw sales into training rows and adds them to the known ones: the pipeline's first step.

A processing job runs it; the lab's own cleaning and features lie beside it, so that training, retraining and
serving share them. Paths are arguments: directories below /opt/ml/processing, and where a failure says why.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))

from mllab_helpers import texts
from mllab_helpers.errors import LabError
from mllab_helpers.housing.algorithm_csv import algorithm_csv
from mllab_helpers.housing.cleaning import add_features, clean
from mllab_helpers.housing.features import FEATURES

# What ends up in the job's ExitMessage (SageMaker API reference, DescribeProcessingJob).
MESSAGE_FILE = "message"


def prepare(new: Path, known: Path) -> bytes:
    """Return the CSV that the algorithm trains on: known rows first, then those of the new export.

    Args: new: holds raw exports; known: holds CSV in the algorithm's shape.
    Raises: LabError: the new export is no housing data.
    """
    raw = pd.concat([pd.read_csv(path) for path in sorted(new.iterdir())])
    rows, _ = clean(raw)
    added = algorithm_csv(add_features(rows), FEATURES)
    before = b"".join(path.read_bytes() for path in sorted(known.iterdir()))
    print(f"{len(before.splitlines())} known rows, {len(rows)} new ones")
    return before + added


def main() -> int:
    """Read the arguments, prepare, and leave the rows where the job collects them."""
    parser = argparse.ArgumentParser()
    for name in ("new", "known", "output"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--message-folder", type=Path, required=True)
    parser.add_argument("--language", default="es")
    chosen = parser.parse_args()
    texts.use(chosen.language)
    try:
        content = prepare(chosen.new, chosen.known)
    except (LabError, ValueError) as error:
        print(error, file=sys.stderr)
        chosen.message_folder.mkdir(parents=True, exist_ok=True)
        (chosen.message_folder / MESSAGE_FILE).write_text(str(error), encoding="utf-8")
        return 1
    (chosen.output / "houses.csv").write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
