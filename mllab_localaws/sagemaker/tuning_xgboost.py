"""What the built-in XGBoost can be tuned by, and what cannot come to anything.

Tunable hyperparameters and metrics: https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost-tuning.html
"""

from __future__ import annotations

from collections.abc import Sequence

from mllab_localaws.sagemaker.tuning_ranges import Numbers, Range
from mllab_localaws.wire.errors import validation_error

TUNABLE = (
    "alpha",
    "colsample_bylevel",
    "colsample_bynode",
    "colsample_bytree",
    "eta",
    "gamma",
    "lambda",
    "max_delta_step",
    "max_depth",
    "min_child_weight",
    "num_round",
    "subsample",
)


def check_objective(metric: str, direction: str) -> None:
    """Refuse a metric that the algorithm does not have, and a direction in which it gets worse.

    Args: direction: Maximize or Minimize.
    Raises: AwsError: `ValidationException` that names those that exist.
    """
    from mllab_localaws.images.xgboost import metrics

    directions = {
        **{f"validation:{name}": "Maximize" for name in metrics.MAXIMIZE},
        **{f"validation:{name}": "Minimize" for name in metrics.MINIMIZE},
    }
    if metric not in directions:
        raise validation_error(
            f'The objective metric "{metric}" does not exist for the built-in XGBoost algorithm. '
            f"Choose one of: {', '.join(sorted(directions))}."
        )
    if directions[metric] != direction:
        raise validation_error(
            f'The objective metric "{metric}" of the built-in XGBoost algorithm has the type '
            f"{directions[metric]}, not {direction}."
        )


def check_ranges(image_uri: str, ranges: Sequence[Range]) -> None:
    """Refuse ranges of hyperparameters that cannot be tuned, and values that every job would fail with.

    Raises: AwsError: `ValidationException`.
    """
    from mllab_localaws.images.toolkit.errors import UserError
    from mllab_localaws.images.xgboost.hyperparameters import TABLE

    unknown = sorted(each.name for each in ranges if each.name not in TUNABLE)
    if unknown:
        raise validation_error(
            "The hyperparameter tuning job you requested has the following untunable hyperparameters: "
            f"[{', '.join(unknown)}]. For the algorithm, {image_uri}, you can tune only "
            f"[{', '.join(TUNABLE)}]. Delete untunable hyperparameters."
        )
    for each in ranges:
        parameter = TABLE[each.name]
        if isinstance(each, Numbers) and not each.is_integer and parameter.parse is int:
            raise validation_error(f'Hyperparameter "{each.name}" is an integer; give it an integer range.')
        for value in each.ends:
            try:
                parameter.check(parameter.parse(value))
            except (UserError, ValueError) as error:
                raise validation_error(
                    f'The range of hyperparameter "{each.name}" has the value {value}, which the algorithm '
                    f"refuses: {error}"
                ) from error
