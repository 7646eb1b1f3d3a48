"""An empty /opt/ml, and one with a model that the XGBoost image has trained."""

from __future__ import annotations

from pathlib import Path

import pytest
from image_containers import Container, as_csv, table


@pytest.fixture
def container(tmp_path: Path) -> Container:
    return Container(tmp_path / "ml")


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Container:
    """A regression model, trained once by the image itself."""
    trained = Container(tmp_path_factory.mktemp("trained"))
    trained.describe({"num_round": "10", "objective": "reg:squarederror"})
    trained.put("input/data/train/train.csv", as_csv(table(300)))
    done = trained.train()
    assert done.code == 0, done.log
    return trained
