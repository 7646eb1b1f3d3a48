"""The hyperparameters of algorithm mode, as a table, and the rules between them.

Table and texts: `algorithm_mode/hyperparameter_validation.py` of aws/sagemaker-xgboost-container, and the
Developer Guide page "XGBoost hyperparameters".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mllab_localaws.images.toolkit.errors import UserError
from mllab_localaws.images.xgboost import metrics
from mllab_localaws.images.xgboost.parameter_kinds import (
    Interval,
    Parameter,
    choice,
    constraint_tuple,
    integer,
    nested_list,
    number,
    word_list,
)

ALIASES = {"learning_rate": "eta", "min_split_loss": "gamma", "reg_lambda": "lambda", "reg_alpha": "alpha"}

OBJECTIVES = (
    "aft_loss_distribution", "binary:logistic", "binary:logitraw", "binary:hinge", "count:poisson",
    "multi:softmax", "multi:softprob", "rank:pairwise", "rank:ndcg", "rank:map", "reg:linear",
    "reg:squarederror", "reg:logistic", "reg:gamma", "reg:pseudohubererror", "reg:squaredlogerror",
    "reg:absoluteerror", "reg:tweedie", "survival:aft", "survival:cox",
)  # fmt: skip
TREE_UPDATERS = (
    "grow_colmaker", "distcol", "grow_histmaker", "grow_skmaker", "sync", "refresh", "prune",
)  # fmt: skip
LINEAR_UPDATERS = ("shotgun", "coord_descent")
TREE_GROWERS = ("grow_colmaker", "distcol", "grow_histmaker")
THRESHOLD_METRICS = ("error", "ndcg", "map")

NOT_NEGATIVE = Interval(0)
UNIT = Interval(0, 1)
SHARE = Interval(0, 1, low_open=True)


def _metric_allowed(metric: str) -> bool:
    name, at, threshold = metric.partition("@")
    if not at:
        return name in metrics.ALL
    if name.strip() not in THRESHOLD_METRICS:
        raise UserError(
            f"Metric '{metric}' is not supported. Parameter 'eval_metric' with customized threshold should "
            "be one of these options: 'error', 'ndcg', 'map'."
        )
    try:
        float(threshold)
    except ValueError as error:
        raise UserError(f"Threshold value 't' in '{name.strip()}@t' expects float input.") from error
    return True


_PARAMETERS: tuple[Parameter, ...] = (
    integer("num_round", 1),
    integer("csv_weights", 0, 1),
    integer("early_stopping_rounds", 1),
    choice("booster", ["gbtree", "gblinear", "dart"]),
    integer("verbosity", 0, 3),
    integer("nthread", 1),
    number("eta", UNIT),
    number("gamma", NOT_NEGATIVE),
    integer("max_depth", 0),
    number("min_child_weight", NOT_NEGATIVE),
    number("max_delta_step", NOT_NEGATIVE),
    number("subsample", SHARE),
    number("colsample_bytree", SHARE),
    number("colsample_bylevel", SHARE),
    number("colsample_bynode", SHARE),
    number("lambda", NOT_NEGATIVE),
    number("alpha", NOT_NEGATIVE),
    choice("tree_method", ["auto", "exact", "approx", "hist", "gpu_hist"]),
    number("sketch_eps", Interval(0, 1, low_open=True, high_open=True)),
    number("scale_pos_weight", Interval(0, low_open=True)),
    word_list("updater", [*TREE_UPDATERS, *LINEAR_UPDATERS]),
    choice("dsplit", ["row", "col"]),
    integer("refresh_leaf", 0, 1),
    choice("process_type", ["default", "update"]),
    choice("grow_policy", ["depthwise", "lossguide"]),
    integer("max_leaves", 0),
    integer("max_bin", 0),
    choice("predictor", ["auto", "cpu_predictor", "gpu_predictor"]),
    constraint_tuple("monotone_constraints", [-1, 0, 1]),
    nested_list("interaction_constraints", Interval(1)),
    choice("sample_type", ["uniform", "weighted"]),
    choice("normalize_type", ["tree", "forest"]),
    number("rate_drop", UNIT),
    integer("one_drop", 0, 1),
    number("skip_drop", UNIT),
    number("lambda_bias", UNIT),
    number("tweedie_variance_power", Interval(1, 2, low_open=True, high_open=True)),
    choice("objective", OBJECTIVES),
    integer("num_class", 2),
    number("base_score", NOT_NEGATIVE),
    integer("_kfold", 2),
    integer("_num_cv_round", 1),
    choice("_tuning_objective_metric", [f"validation:{name}" for name in metrics.ALL]),
    word_list("eval_metric", metrics.ALL, _metric_allowed),
    integer("seed", -(2**31), 2**31 - 1, open_ends=True),
    integer("num_parallel_tree", 1),
    choice("save_model_on_termination", ["true", "false"]),
    choice("aft_loss_distribution", ["normal", "logistic", "extreme"]),
    number("aft_loss_distribution_scale", NOT_NEGATIVE),
    choice("deterministic_histogram", ["true", "false"]),
    choice("sampling_method", ["uniform", "gradient_based"]),
    number("prob_buffer_row", Interval(1, low_open=True)),
    choice("use_dask_gpu_training", ["true", "false"]),
)
TABLE: dict[str, Parameter] = {parameter.name: parameter for parameter in _PARAMETERS}


def validate(raw: Mapping[str, str]) -> dict[str, Any]:
    """Return the hyperparameters with their types.

    Args: raw: the request's map of strings.
    Raises: UserError: missing, unknown, unreadable or out of range, in the container's words.
    """
    renamed = {ALIASES.get(name, name): value for name, value in raw.items()}
    if "num_round" not in renamed:
        raise UserError("Missing required hyperparameter: num_round")
    parsed = {name: _parse(name, value) for name, value in renamed.items()}
    for name, value in parsed.items():
        TABLE[name].check(value)
    _check_objective(parsed)
    _check_metrics(parsed)
    _check_constraints(parsed)
    _check_updater(parsed)
    return parsed


def _parse(name: str, value: str) -> Any:
    if name not in TABLE:
        raise UserError(f"Extraneous hyperparameter found: {name}")
    try:
        return TABLE[name].parse(value)
    except (ValueError, SyntaxError) as error:
        cause = type(error).__name__
        raise UserError(f"Hyperparameter {name}: could not parse value (caused by {cause})") from error


def _check_objective(parsed: Mapping[str, Any]) -> None:
    if parsed.get("objective") in ("multi:softmax", "multi:softprob") and "num_class" not in parsed:
        raise UserError("Require input for parameter 'num_class' for multi-classification")


def _check_metrics(parsed: Mapping[str, Any]) -> None:
    objective = parsed.get("objective", "reg:squarederror")
    chosen = parsed.get("eval_metric", [])
    if "auc" in chosen and not objective.startswith(("binary:", "rank:")):
        raise UserError("Metric 'auc' can only be applied for classification and ranking problems.")
    if "aft-nloglik" in chosen and objective != "survival:aft":
        raise UserError("Metric 'aft-nloglik' can only be applied for 'survival:aft' objective.")


def _check_constraints(parsed: Mapping[str, Any]) -> None:
    method = parsed.get("tree_method")
    if "monotone_constraints" in parsed and method not in ("exact", "hist"):
        raise UserError(
            "monotone_constraints can be used only when the tree_method parameter is set to "
            "either 'exact' or 'hist'."
        )
    if "interaction_constraints" in parsed and method not in ("exact", "hist", "approx"):
        raise UserError(
            "interaction_constraints can be used only when the tree_method parameter is set to "
            "either 'exact', 'hist' or 'approx'."
        )


def _check_updater(parsed: Mapping[str, Any]) -> None:
    updaters = parsed.get("updater")
    if updaters is None:
        return
    if parsed.get("booster") == "gblinear":
        if len(updaters) != 1 or updaters[0] not in LINEAR_UPDATERS:
            raise UserError("Linear updater should be one of these options: 'shotgun', 'coord_descent'.")
    elif parsed.get("process_type") == "update":
        if not set(updaters) <= {"refresh", "prune"}:
            raise UserError("process_type 'update' can only be used with updater 'refresh' and 'prune'")
    elif not set(updaters) <= set(TREE_UPDATERS):
        raise UserError(f"Tree updater should be selected from these options: {str(TREE_UPDATERS)[1:-1]}.")
    elif sum(updater in TREE_GROWERS for updater in updaters) > 1:
        raise UserError(
            f"Only one tree grow plugin can be selected. Choose one from: {str(TREE_GROWERS)[1:-1]}."
        )
