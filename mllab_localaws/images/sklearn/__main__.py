"""`python -m mllab_localaws.images.sklearn train|serve`: both run the learner's script."""

from __future__ import annotations

import logging
import os
import sys

from mllab_localaws.images.toolkit import program, script_mode
from mllab_localaws.images.toolkit.errors import UserError
from mllab_localaws.images.toolkit.layout import Layout
from mllab_localaws.images.toolkit.supervisor import Address


def _train(layout: Layout) -> None:
    _announce()
    if not script_mode.is_wanted(layout):
        raise UserError(
            "The scikit-learn image has no algorithm of its own: give it a script with the hyperparameters "
            "sagemaker_program and sagemaker_submit_directory."
        )
    script_mode.train(layout, "sagemaker_sklearn_container.training:main")


def _serve(layout: Layout, address: Address) -> int:
    from mllab_localaws.images.sklearn.handlers import DEFAULTS
    from mllab_localaws.images.toolkit import user_module

    _announce()
    if not user_module.is_wanted():
        raise ValueError(
            "the scikit-learn image serves with a script: set SAGEMAKER_PROGRAM to its file name "
            "(and SAGEMAKER_SUBMIT_DIRECTORY to where it lies, unless it is in the model's code/ directory)"
        )
    return user_module.serve(layout, address, DEFAULTS)


def _announce() -> None:
    from importlib.metadata import version

    asked = os.environ.get("SAGEMAKER_IMAGE_TAG") or "no tag"
    logging.getLogger(__name__).info(
        "The local AWS was asked for %s and runs scikit-learn %s", asked, version("scikit-learn")
    )


if __name__ == "__main__":
    sys.exit(program.run("sklearn", _train, _serve))
