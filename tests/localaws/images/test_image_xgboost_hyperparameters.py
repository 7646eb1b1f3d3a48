"""Hyperparameters of the XGBoost image: types, ranges, aliases and the container's own error texts."""

from __future__ import annotations

import pytest

from mllab_localaws.images.toolkit.errors import UserError
from mllab_localaws.images.xgboost import tags
from mllab_localaws.images.xgboost.hyperparameters import OBJECTIVES, TABLE, validate


def test_every_value_gets_its_type() -> None:
    parsed = validate(
        {
            "num_round": "20",
            "eta": "0.1",
            "eval_metric": "rmse,mae",
            "tree_method": "hist",
            "monotone_constraints": "(1,-1)",
            "interaction_constraints": "[[1,2],[3]]",
        }
    )

    assert parsed["num_round"] == 20
    assert parsed["eta"] == 0.1
    assert parsed["eval_metric"] == ["rmse", "mae"]
    assert parsed["monotone_constraints"] == (1, -1)
    assert parsed["interaction_constraints"] == [[1, 2], [3]]


@pytest.mark.parametrize(
    ("alias", "name"),
    [("learning_rate", "eta"), ("min_split_loss", "gamma"), ("reg_lambda", "lambda"), ("reg_alpha", "alpha")],
)
def test_aliases_take_the_short_name(alias: str, name: str) -> None:
    assert validate({"num_round": "1", alias: "0.5"})[name] == 0.5


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"num_round": None}, "Missing required hyperparameter: num_round"),
        ({"silent": "1"}, "Extraneous hyperparameter found: silent"),
        ({"n_estimators": "10"}, "Extraneous hyperparameter found: n_estimators"),
        ({"max_depth": "six"}, "Hyperparameter max_depth: could not parse value (caused by ValueError)"),
        ({"num_round": "1.5"}, "Hyperparameter num_round: could not parse value (caused by ValueError)"),
        ({"eta": "1.5"}, "Hyperparameter eta: 1.5 is not in [0, 1]"),
        ({"eta": "nan"}, "Hyperparameter eta: nan is not in [0, 1]"),
        ({"subsample": "0"}, "Hyperparameter subsample: 0.0 is not in (0, 1]"),
        ({"gamma": "-1"}, "Hyperparameter gamma: -1.0 is not in [0, +inf)"),
        ({"num_round": "0"}, "Hyperparameter num_round: 0 is not in [1, +inf)"),
        ({"tweedie_variance_power": "2"}, "Hyperparameter tweedie_variance_power: 2.0 is not in (1, 2)"),
        ({"booster": "tree"}, "Hyperparameter booster: tree is not in ['gbtree', 'gblinear', 'dart']"),
        ({"eval_metric": "rmse,speed"}, "Hyperparameter eval_metric: value ['rmse', 'speed'] not in range ["),
        ({"eval_metric": "rmse@3"}, "Metric 'rmse@3' is not supported."),
        ({"eval_metric": "error@x"}, "Threshold value 't' in 'error@t' expects float input."),
        (
            {"objective": "multi:softprob"},
            "Require input for parameter 'num_class' for multi-classification",
        ),
        (
            {"eval_metric": "auc", "objective": "reg:squarederror"},
            "Metric 'auc' can only be applied for classification and ranking problems.",
        ),
        ({"eval_metric": "auc"}, "Metric 'auc' can only be applied for classification and ranking problems."),
        ({"monotone_constraints": "(1,0)"}, "monotone_constraints can be used only when the tree_method"),
        (
            {"monotone_constraints": "(2,0)", "tree_method": "hist"},
            "Hyperparameter monotone_constraints: value (2, 0) not in range [-1, 0, 1]",
        ),
        ({"interaction_constraints": "[[1"}, "could not parse value (caused by SyntaxError)"),
        ({"updater": "grow_colmaker,grow_histmaker"}, "Only one tree grow plugin can be selected."),
        (
            {"updater": "prune", "booster": "gblinear"},
            "Linear updater should be one of these options: 'shotgun', 'coord_descent'.",
        ),
        ({"_tuning_objective_metric": "train:rmse"}, "Hyperparameter _tuning_objective_metric: train:rmse"),
    ],
)
def test_a_bad_value_is_refused_in_the_containers_words(given: dict[str, str | None], message: str) -> None:
    request = {name: value for name, value in {"num_round": "5", **given}.items() if value is not None}

    with pytest.raises(UserError) as refused:
        validate(request)

    assert message in str(refused.value)


def test_a_constraint_is_read_as_a_literal_and_never_run() -> None:
    with pytest.raises(UserError, match="could not parse value"):
        validate(
            {"num_round": "1", "tree_method": "hist", "monotone_constraints": "__import__('os').getpid()"}
        )


def test_the_table_is_complete() -> None:
    assert len(TABLE) == 53
    assert len(OBJECTIVES) == 20


@pytest.mark.parametrize("tag", ["0.90-1", "0.90-2", "1.0-1", "1.2-1", "1.2-2", "1.3-1", "1", "latest"])
def test_images_of_before_april_2022_join_records_with_commas(tag: str) -> None:
    assert tags.joins_with_commas(tag)


@pytest.mark.parametrize("tag", ["1.5-1", "1.7-1", "3.0-5", "3.2-0"])
def test_newer_images_write_a_record_per_line(tag: str) -> None:
    assert not tags.joins_with_commas(tag)
