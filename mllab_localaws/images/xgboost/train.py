"""Algorithm mode: from `/opt/ml/input` to `/opt/ml/model/xgboost-model`.

Order of steps, log lines and texts: `algorithm_mode/train.py` of aws/sagemaker-xgboost-container.
"""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from mllab_localaws.images.toolkit.errors import AlgorithmError, NotInLocalAwsError, UserError
from mllab_localaws.images.toolkit.http import available_cpus
from mllab_localaws.images.toolkit.layout import Layout, decode
from mllab_localaws.images.xgboost import channels, data, hyperparameters, library, metrics, tags

MODEL_NAME = "xgboost-model"
# Below this many cells a second thread costs more in waiting than it saves in work.
CELLS_WORTH_A_THREAD = 500_000
# Hyperparameters of the container, not of XGBoost.
CONTAINER_ONLY = frozenset(
    {
        "num_round", "csv_weights", "early_stopping_rounds", "eval_metric", "save_model_on_termination",
        "use_dask_gpu_training", "_kfold", "_num_cv_round", "_tuning_objective_metric",
    }
)  # fmt: skip

logger = logging.getLogger(__name__)


def train(layout: Layout) -> None:
    """Train on the channels and save the model.

    Raises: UserError, NotInLocalAwsError, AlgorithmError.
    """
    signal.signal(signal.SIGTERM, _leave)
    raw = layout.hyperparameters()
    tag = tags.requested()
    _announce(raw, tag)
    parameters = hyperparameters.validate(raw)
    described = layout.channels()
    channels.validate(described)
    _refuse_what_comes_later(parameters, layout)
    training, validation = _matrices(layout, described, weights=parameters.get("csv_weights") == 1)
    logger.info("Single node training.")
    logger.info("Train matrix has %d rows and %d columns", training.num_row(), training.num_col())
    if validation is not None:
        logger.info("Validation matrix has %d rows", validation.num_row())
    booster = _boost(parameters, training, validation, tag, layout.model)
    save(booster, layout.model)


def save(booster: Any, directory: Path) -> None:
    """Write the model, all of it or nothing: the platform may take the directory at any moment."""
    unfinished = directory / f".{MODEL_NAME}"
    unfinished.write_bytes(booster.save_raw("ubj"))
    unfinished.replace(directory / MODEL_NAME)


def _leave(*_: object) -> NoReturn:
    sys.exit(0)


def _announce(raw: Mapping[str, str], tag: str) -> None:
    version = library.load().__version__
    logger.info("Imported framework sagemaker_xgboost_container.training")
    for name, value in raw.items():
        if isinstance(decode(value), str):
            logger.info(
                "Failed to parse hyperparameter %s value %s to Json.\nReturning the value itself", name, value
            )
    logger.info("No GPUs detected (normal if no gpus installed)")
    logger.info("Running XGBoost Sagemaker in algorithm mode")
    logger.info("The local AWS was asked for image tag %s and runs XGBoost %s", tag, version)
    logger.info("Determined 0 GPU(s) available on the instance.")


def _refuse_what_comes_later(parameters: Mapping[str, Any], layout: Layout) -> None:
    if "_kfold" in parameters:
        raise NotInLocalAwsError("k-fold cross-validation (hyperparameter _kfold)")
    if parameters.get("use_dask_gpu_training") == "true":
        raise NotInLocalAwsError("Training on GPUs (hyperparameter use_dask_gpu_training)")
    hosts = layout.resources()["hosts"]
    if len(hosts) > 1:
        raise NotInLocalAwsError(f"Training on several instances ({len(hosts)} were asked for)")
    if layout.checkpoints():
        logger.warning("The local AWS writes no checkpoints in algorithm mode; see docs/local-aws.md.")


def _matrices(layout: Layout, described: Mapping[str, Any], *, weights: bool) -> tuple[Any, Any]:
    content_type = channels.content_type(described["train"])
    paths = {name: data.files(layout.channel(name)) for name in ("train", "validation") if name in described}
    data.warn_of_identical([path for found in paths.values() for path in found])
    for found in paths.values():
        if data.size(found):
            data.check_format(found, content_type)
    for name, word in (("train", "training"), ("validation", "validation")):
        if name in paths and not data.size(paths[name]):
            raise UserError(f"No data in {word} channel path {layout.channel(name)}")
    for name in paths:
        logger.info("File path %s of input files", layout.channel(name))
    training = data.read(paths["train"], weights=weights)
    return training, data.read(paths["validation"], weights=False) if "validation" in paths else None


def _boost(parameters: Mapping[str, Any], training: Any, validation: Any, tag: str, model_dir: Path) -> Any:
    xgboost = library.load()
    wanted = _wanted_metrics(parameters)
    native, computed = metrics.split(wanted)
    options = {name: value for name, value in parameters.items() if name not in CONTAINER_ONLY}
    options.setdefault("nthread", _threads(training))
    if "updater" in options:
        options["updater"] = ",".join(options["updater"])
    if native:
        options["eval_metric"] = native
    watched = [(training, "train")] + ([(validation, "validation")] if validation is not None else [])
    try:
        return xgboost.train(
            options,
            training,
            num_boost_round=parameters["num_round"],
            evals=watched,
            custom_metric=metrics.evaluation(computed, parameters.get("objective", ""), tag),
            callbacks=_callbacks(parameters, validation is not None, model_dir),
            verbose_eval=False,
        )
    except (xgboost.core.XGBoostError, ValueError, TypeError) as error:
        raise AlgorithmError(f"XGB train call failed with exception:\n{error}") from error


def _wanted_metrics(parameters: Mapping[str, Any]) -> list[str]:
    chosen: list[str] = parameters.get("eval_metric", [])
    objective = _tuning_metric(parameters)
    if objective is None:
        return chosen
    logger.info("Setting up HPO optimized metric to be : %s", objective)
    return sorted({*chosen, objective})


def _tuning_metric(parameters: Mapping[str, Any]) -> str | None:
    name: str | None = parameters.get("_tuning_objective_metric")
    return name.split(":", 1)[1] if name else None


def _callbacks(parameters: Mapping[str, Any], validated: bool, model_dir: Path) -> list[Any]:
    from xgboost import callback

    callbacks = [_keeper(model_dir)] if parameters.get("save_model_on_termination") == "true" else []
    # Each line is written at once: the job's metrics are read from them while it runs.
    callbacks.append(callback.EvaluationMonitor(logger=lambda line: print(line, end="", flush=True)))
    stopping_metric = _tuning_metric(parameters) or next(reversed(parameters.get("eval_metric", [])), None)
    if validated and stopping_metric and "early_stopping_rounds" in parameters:
        callbacks.append(
            callback.EarlyStopping(
                rounds=parameters["early_stopping_rounds"],
                data_name="validation",
                metric_name=stopping_metric,
                maximize=stopping_metric.partition("@")[0] in metrics.MAXIMIZE,
                save_best=True,
            )
        )
    elif "early_stopping_rounds" in parameters:
        logger.info(
            "early_stopping_rounds has no effect without a validation channel and an eval_metric, as on AWS."
        )
    return callbacks


def _keeper(model_dir: Path) -> Any:
    """Return a callback that saves the model after every round, so that SIGTERM finds one."""
    from xgboost.callback import TrainingCallback

    class Keep(TrainingCallback):  # type: ignore[misc]  # xgboost is untyped here
        def after_iteration(self, model: Any, _epoch: int, _evals_log: object) -> bool:
            save(model, model_dir)
            return False

    return Keep()


def _threads(training: Any) -> int:
    cells = training.num_row() * training.num_col()
    return available_cpus() if cells >= CELLS_WORTH_A_THREAD else 1
