"""Runs a training program and reports its end as AWS's toolkit does: exit code and `/opt/ml/output/failure`.

Form of the failure text: `sagemaker_containers/_trainer.py` of aws/sagemaker-containers. The platform
puts the first 1,024 characters into FailureReason.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable

from mllab_localaws.images.toolkit.errors import ScriptError
from mllab_localaws.images.toolkit.layout import Layout

FAILURE_LIMIT = 1024

logger = logging.getLogger(__name__)


def run(train: Callable[[Layout], None], layout: Layout) -> int:
    """Train and return the process's exit code."""
    layout.model.mkdir(parents=True, exist_ok=True)
    (layout.output / "data").mkdir(parents=True, exist_ok=True)
    try:
        train(layout)
    except ScriptError as error:
        # Where our own code called the script says nothing about why the script failed.
        logger.error("Reporting training FAILURE\n%s", error)  # noqa: TRY400
        _fail(layout, str(error))
        return error.exit_code
    except Exception as error:
        logger.exception("Reporting training FAILURE\nframework error: ")
        # Its last frame alone: a whole traceback would push the message out of the first 1,024 characters.
        _fail(layout, f"framework error: \n{traceback.format_exc(limit=-1, chain=False)}\n{error}")
        return 1
    return 0


def _fail(layout: Layout, message: str) -> None:
    (layout.output / "failure").write_text(message[:FAILURE_LIMIT])
