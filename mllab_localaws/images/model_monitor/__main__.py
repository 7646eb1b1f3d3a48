"""`python -m mllab_localaws.images.model_monitor`: one analysis, told what to do by its environment.

It knows `/opt/ml` and its environment alone, as AWS's `sagemaker-model-monitor-analyzer`.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from mllab_localaws.images.model_monitor import settings
from mllab_localaws.images.toolkit import logs
from mllab_localaws.images.toolkit.errors import UserError
from mllab_localaws.images.toolkit.layout import ML_ROOT, Layout

_FAILED = 255
_LONGEST_MESSAGE = 1024
_logger = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Analyse and return the exit code; `/opt/ml/output/message` says how it went."""
    parser = argparse.ArgumentParser(
        prog="model_monitor", description="The local AWS's Model Monitor analyzer."
    )
    parser.add_argument("--root", type=Path, default=Path(ML_ROOT), help="directory that is /opt/ml")
    layout = Layout(parser.parse_args(arguments).root.resolve())
    logs.configure()
    try:
        from mllab_localaws.images.model_monitor.analysis import analyze

        message, code = analyze(settings.read(os.environ, layout), layout), 0
    except UserError as error:
        message, code = f"Error: {error}", _FAILED
        _logger.error(message)  # noqa: TRY400  # where our own code found it says nothing to the learner
    except Exception as error:
        message, code = f"Error: {type(error).__name__}: {error}", _FAILED
        _logger.exception("The analysis failed")
    layout.output.mkdir(parents=True, exist_ok=True)
    (layout.output / "message").write_text(message[:_LONGEST_MESSAGE])
    return code


if __name__ == "__main__":
    sys.exit(main())
