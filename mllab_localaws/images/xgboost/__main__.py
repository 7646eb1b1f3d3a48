"""`python -m mllab_localaws.images.xgboost train|serve`: runs the script that is named, or the algorithm."""

from __future__ import annotations

import sys

from mllab_localaws.images.toolkit import program, script_mode
from mllab_localaws.images.toolkit.layout import Layout
from mllab_localaws.images.toolkit.supervisor import Address


def _train(layout: Layout) -> None:
    if script_mode.is_wanted(layout):
        return script_mode.train(layout, "sagemaker_xgboost_container.training:main")
    from mllab_localaws.images.xgboost.train import train

    return train(layout)


def _serve(layout: Layout, address: Address) -> int:
    from mllab_localaws.images.toolkit import user_module

    if user_module.is_wanted():
        from mllab_localaws.images.xgboost.handlers import DEFAULTS

        return user_module.serve(layout, address, DEFAULTS)
    from mllab_localaws.images.xgboost.serve import serve

    return serve(layout, address)


if __name__ == "__main__":
    sys.exit(program.run("xgboost", _train, _serve))
