"""A look at XGBoost's hyperparameters before a job is started with them.

On AWS a wrong one fails the job minutes later, once an instance and an image have been fetched. Only plain
mistakes are caught here: unknown names, missing `num_round`, numbers out of range. The algorithm has the last
word. Names and ranges: https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost_hyperparameters.html, and the
validator of the container (aws/sagemaker-xgboost-container, algorithm_mode/hyperparameter_validation.py).
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from mllab_helpers.errors import BadHyperparameter
from mllab_helpers.texts import say

_INFINITE = float("inf")
# name: smallest, largest, and whether it is a whole number
_NUMBERS: dict[str, tuple[float, float, bool]] = {
    "num_round": (1, _INFINITE, True),
    "early_stopping_rounds": (1, _INFINITE, True),
    "eta": (0, 1, False),
    "gamma": (0, _INFINITE, False),
    "max_depth": (0, _INFINITE, True),
    "min_child_weight": (0, _INFINITE, False),
    "max_delta_step": (0, _INFINITE, False),
    "subsample": (0, 1, False),
    "colsample_bytree": (0, 1, False),
    "colsample_bylevel": (0, 1, False),
    "colsample_bynode": (0, 1, False),
    "lambda": (0, _INFINITE, False),
    "alpha": (0, _INFINITE, False),
    "max_leaves": (0, _INFINITE, True),
    "max_bin": (0, _INFINITE, True),
    "num_class": (2, _INFINITE, True),
    "num_parallel_tree": (1, _INFINITE, True),
    "nthread": (1, _INFINITE, True),
    "verbosity": (0, 3, True),
    "csv_weights": (0, 1, True),
    "rate_drop": (0, 1, False),
    "skip_drop": (0, 1, False),
    "lambda_bias": (0, 1, False),
    "tweedie_variance_power": (1, 2, False),
}
_ALIASES = {"learning_rate": "eta", "min_split_loss": "gamma", "reg_lambda": "lambda", "reg_alpha": "alpha"}
_OTHERS = frozenset(
    {
        "aft_loss_distribution",
        "aft_loss_distribution_scale",
        "base_score",
        "booster",
        "deterministic_histogram",
        "dsplit",
        "eval_metric",
        "grow_policy",
        "interaction_constraints",
        "monotone_constraints",
        "normalize_type",
        "objective",
        "one_drop",
        "predictor",
        "prob_buffer_row",
        "process_type",
        "refresh_leaf",
        "sample_type",
        "sampling_method",
        "save_model_on_termination",
        "scale_pos_weight",
        "seed",
        "sketch_eps",
        "tree_method",
        "updater",
        "use_dask_gpu_training",
        "_kfold",
        "_num_cv_round",
        "_tuning_objective_metric",
    }
)

# What scikit-learn and XGBoost's own Python interface call them.
_ELSEWHERE = {
    "n_estimators": "num_round",
    "num_boost_round": "num_round",
    "random_state": "seed",
    "n_jobs": "nthread",
    "max_leaf_nodes": "max_leaves",
}


def check_hyperparameters(hyperparameters: Mapping[str, object]) -> None:
    """Refuse hyperparameters that the algorithm would certainly refuse.

    Raises: BadHyperparameter: naming the first wrong one.
    """
    known = {*_NUMBERS, *_ALIASES, *_OTHERS}
    for name, value in hyperparameters.items():
        if name not in known:
            near = [_ELSEWHERE[name]] if name in _ELSEWHERE else difflib.get_close_matches(name, known, n=1)
            hint = say("training.did_you_mean", name=near[0]) if near else ""
            raise BadHyperparameter(problem=say("training.unknown_hyperparameter", name=name, hint=hint))
        _check_number(name, value)
    if "num_round" not in hyperparameters:
        raise BadHyperparameter(problem=say("training.no_num_round"))


def _check_number(name: str, value: object) -> None:
    limits = _NUMBERS.get(_ALIASES.get(name, name))
    if limits is None:
        return
    low, high, whole = limits
    try:
        number = int(str(value)) if whole else float(str(value))
    except ValueError:
        number = None
    if number is None or not low <= number <= high:
        kind = say("training.whole_number") if whole else say("training.number")
        between = say("training.at_least", low=low) if high == _INFINITE else f"{low}..{high}"
        raise BadHyperparameter(
            problem=say("training.out_of_range", name=name, value=value, kind=kind, range=between)
        )
