"""Monitoring without data, baselines of odd columns, and impatience, on a local AWS."""

from __future__ import annotations

import pandas as pd
import pytest

from mllab_helpers import storage
from mllab_helpers.cleanup import cleanup
from mllab_helpers.deployment import deployment, predictions
from mllab_helpers.errors import MonitoringFailed, NothingCaptured, RowNotNumeric
from mllab_helpers.identity import identity
from mllab_helpers.monitoring import drift
from mllab_helpers.monitoring.capture import archive_captured, capture_config, wait_for_capture
from mllab_helpers.names import VARIANT
from mllab_helpers.training import training

ROWS = b"\n".join(b"%d,%d" % (2 * x, x) for x in range(50))


@pytest.fixture
def lab(real_lab):
    storage.ensure_bucket(real_lab)
    identity.ensure_execution_role(real_lab)
    return real_lab


@pytest.fixture
def captured(lab):
    """An endpoint that captures, and has been asked some prices."""
    storage.upload_bytes(lab, ROWS, "data/train/rows.csv")
    job = lab.unique_name("xgb")
    training.start_training(lab, job, {"train": f"s3://{lab.bucket}/data/train/"}, {"num_round": 3})
    artefact = training.wait_for_training(lab, job).artefact
    model = deployment.ensure_model(lab, lab.name("houses"), artefact=artefact)
    config = deployment.ensure_endpoint_config(
        lab, lab.name("houses"), model=model, capture=capture_config(lab)
    )
    endpoint = deployment.ensure_endpoint(lab, lab.name("houses"), config=config).name
    rows = pd.DataFrame({"rooms": [float(x) for x in range(50)]})
    learn(lab, drift.baseline_csv(predictions.predict(lab, endpoint, rows), rows, ["rooms"]))
    for row in rows.values.tolist():
        predictions.predict(lab, endpoint, [row])
    wait_for_capture(lab, endpoint, 50)
    yield endpoint
    deployment.delete_endpoint(lab, endpoint)


def learn(lab, data, thing="baseline"):
    dataset = storage.upload_bytes(lab, data, "monitoring/dataset/baseline.csv")
    return drift.run_processing(lab, drift.baseline_request(lab, lab.unique_name(thing), dataset.uri))


def test_a_baseline_describes_constant_empty_and_text_columns(lab):
    lines = ["price,rooms,view,heating", *(f"{100 + x},3,,{'gas' if x % 2 else 'wood'}" for x in range(40))]
    learn(lab, "\n".join(lines).encode())
    found = drift.suggested_constraints(lab).set_index("feature")
    assert list(found.index) == ["price", "rooms", "view", "heating"]
    assert found.loc["rooms", ["type", "completeness"]].tolist() == ["Integral", 1.0]
    assert found.loc["view", "completeness"] == 0.0
    assert found.loc["heating", "type"] == "String"


def test_a_baseline_of_nothing_ends_with_a_sentence_and_the_next_one_is_learned(lab):
    with pytest.raises(MonitoringFailed, match="terminó sin informe") as failed:
        learn(lab, b"price,rooms\n")
    assert "Traceback" not in str(failed.value)
    learn(lab, b"price,rooms\n1,2\n3,4\n", "again")
    assert len(drift.suggested_constraints(lab)) == 2


def test_a_word_among_the_features_is_refused_with_its_place():
    rows = pd.DataFrame({"rooms": [3, 4], "heating": ["gas", 1.0]})
    with pytest.raises(RowNotNumeric, match=r"fila 1, columna 2.*'gas'"):
        drift.baseline_csv([1.0, 2.0], rows, ["rooms", "heating"])


@pytest.mark.parametrize("door", [drift.MODEL_MONITOR, drift.PROCESSING_JOB])
def test_an_hour_without_data_is_said_and_the_next_run_finds_what_comes(lab, captured, door):
    archive_captured(lab, captured)
    with pytest.raises(NothingCaptured, match="0 peticiones capturadas"):
        drift.monitor(lab, captured, "silent", door=door)
    # Two hours old: below the endpoint's prefix, and yet not of the hour that is looked at.
    old = f"captured/{captured}/{VARIANT}/2020/01/01/00/old.jsonl"
    storage.upload_bytes(lab, b"{}", old)
    if door == drift.MODEL_MONITOR:
        with pytest.raises(MonitoringFailed, match=r"terminó sin informe\. Motivo: .+"):
            drift.monitor(lab, captured, "old", door=door)
    lab.client("s3").delete_object(Bucket=lab.bucket, Key=old)
    for rooms in range(50):
        predictions.predict(lab, captured, [[float(rooms)]])
    wait_for_capture(lab, captured, 50)
    assert drift.monitor(lab, captured, "again", door=door).status == "Completed"
    assert lab.client("sagemaker").list_monitoring_schedules()["MonitoringScheduleSummaries"] == []


def test_who_waits_no_longer_hears_that_the_analysis_goes_on(lab, captured, monkeypatch, capsys):
    def impatient(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(drift, "wait_until", impatient)
    with pytest.raises(KeyboardInterrupt):
        drift.monitor(lab, captured, "left", door=drift.MODEL_MONITOR)
    assert "sigue en marcha" in capsys.readouterr().out
    monkeypatch.undo()
    cleanup.sweep(lab)
    cleanup.receipt(lab)
