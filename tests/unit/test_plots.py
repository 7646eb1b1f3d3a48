"""The pictures: right numbers, sentences in both languages, and nothing left behind."""

from __future__ import annotations

import base64
from io import BytesIO

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread

from mllab_helpers import housing, texts
from mllab_helpers.plots import plots
from mllab_helpers.plots.picture import count, money, percent


@pytest.fixture(autouse=True)
def _language():
    texts.use("en")
    yield
    texts.use(texts.DEFAULT_LANGUAGE)


@pytest.fixture(scope="module")
def sales():
    return housing.load_sales().head(3000)


def every_picture(sales: pd.DataFrame) -> dict[str, plots.Picture]:
    paid = sales["price"].to_numpy(dtype="float64")
    said = paid * np.linspace(0.7, 1.3, len(paid))
    return {
        "distribution": plots.price_distribution(paid),
        "map": plots.prices_on_map(sales),
        "missing": plots.missing_cells(sales.mask(sales == 0)),
        "curve": plots.learning_curve([300e3, 200e3, 100e3], [310e3, 190e3, 195e3]),
        "against": plots.predicted_against_true(paid, said),
        "bands": plots.errors_by_band(housing.errors_by_price_band(paid, said)),
        "error_map": plots.errors_on_map(sales, said),
        "latency": plots.latency_histogram(np.linspace(1, 20, 500)),
        "importance": plots.feature_importance({"grade": 30.0, "lat": 60.0, "age": 10.0}),
    }


def words_of(picture: plots.Picture) -> set[str]:
    axes = picture.figure.axes
    found = {text.get_text() for panel in axes for text in panel.texts}
    titles = {panel.get_title(loc="left") for panel in axes}
    labels = {panel.get_xlabel() for panel in axes} | {panel.get_ylabel() for panel in axes}
    return (found | titles | labels) - {""}


def test_every_picture_is_a_png_of_the_same_width(sales):
    for name, picture in every_picture(sales).items():
        image = imread(BytesIO(picture.png()))
        assert image.shape[1] == 900, name
        assert image.std() > 0.05, f"{name} is blank"


def test_every_picture_is_drawn_in_the_language_of_the_moment(sales):
    english = every_picture(sales)
    texts.use("es")
    spanish = every_picture(sales)
    names_of_things = {"RMSE (USD)", *plots.PLACES}
    for name, picture in spanish.items():
        assert picture.caption != english[name].caption
        shared = words_of(picture) & words_of(english[name]) - names_of_things
        assert not any(word.isalpha() and len(word) > 2 for word in shared), (name, shared)


def test_numbers_do_not_depend_on_the_language(sales):
    english = {name: dict(picture.numbers) for name, picture in every_picture(sales).items()}
    texts.use("es")
    assert {name: dict(picture.numbers) for name, picture in every_picture(sales).items()} == english


def test_a_notebook_gets_the_picture_its_sentence_and_an_alternative_text():
    picture = plots.latency_histogram([1.0, 2.0, 3.0])
    bundle, metadata = picture._repr_mimebundle_(include=None, exclude=None)
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert bundle["text/plain"] == str(picture) == repr(picture) == metadata["image/png"]["alt"]
    assert str(picture).startswith("Latency: half of the requests took less than 2 ms")


def test_pictures_leave_no_open_figure_and_no_changed_setting(sales):
    before = dict(plt.rcParams)
    every_picture(sales)
    assert plt.get_fignums() == []
    assert dict(plt.rcParams) == before


def test_a_picture_can_be_saved(tmp_path):
    plots.latency_histogram([1.0, 2.0]).save(tmp_path / "latency.png")
    assert imread(tmp_path / "latency.png").shape[:2] == (440, 900)


def test_price_distribution_tells_median_and_mean_and_ignores_gaps():
    numbers = plots.price_distribution([100.0, 200.0, np.nan, 600.0]).numbers
    assert (numbers["median"], numbers["mean"]) == (200, 300)


def test_the_map_counts_houses_that_it_cannot_show(sales):
    lost = sales.head(100).copy()
    lost.loc[lost.index[:7], "long"] *= -1
    numbers = plots.prices_on_map(lost).numbers
    assert numbers["outside"] >= 7
    assert numbers["shown"] + numbers["outside"] == 100


def test_missing_cells_are_counted_by_cell_and_by_row():
    frame = pd.DataFrame({"a": [1, None, None], "b": [1, None, 2], "c": [1, 2, 3]})
    picture = plots.missing_cells(frame)
    assert picture.numbers == {"cells": 3, "rows": 2}
    assert picture.caption == (
        "Empty cells by column: there are 3, spread over 2 rows (66.7% of all); the column with most gaps "
        "is a, with 2."
    )


def test_a_table_without_gaps_is_drawn_too():
    assert plots.missing_cells(pd.DataFrame({"a": [1]})).numbers == {"cells": 0, "rows": 0}


def test_the_learning_curve_marks_the_best_round_counted_as_the_log_does():
    numbers = plots.learning_curve([9.0, 5.0, 2.0, 1.0], [10.0, 7.0, 6.0, 8.0]).numbers
    assert numbers == {"best_round": 2, "best": 6, "training": 2}


def test_a_learning_curve_of_one_round_is_drawn():
    assert plots.learning_curve([9.0], [10.0]).numbers["best_round"] == 0


def test_predictions_within_ten_and_twenty_per_cent_are_counted():
    numbers = plots.predicted_against_true([100e3] * 4, [100e3, 109e3, 85e3, 150e3]).numbers
    assert numbers == {"within_10": 0.5, "within_20": 0.75}


def test_bands_tell_the_cheapest_and_the_dearest():
    paid = np.repeat([100e3, 200e3, 400e3, 800e3, 1600e3], 20)
    picture = plots.errors_by_band(housing.errors_by_price_band(paid, paid * 1.1))
    assert picture.numbers["cheapest_mae"] < picture.numbers["dearest_mae"]
    assert picture.numbers["dearest_mape"] == pytest.approx(0.1)


def test_the_error_map_tells_the_median_and_the_share_that_is_too_low(sales):
    few = sales.head(4)
    numbers = plots.errors_on_map(few, few["price"] * np.array([0.8, 0.9, 0.9, 1.5])).numbers
    assert numbers["median"] == pytest.approx(-0.1)
    assert numbers["too_low"] == 0.75


def test_latency_percentiles_are_exact_even_when_all_requests_take_the_same():
    assert plots.latency_histogram([5.0] * 10).numbers == {"p50": 5, "p95": 5, "p99": 5}


def test_importance_is_a_share_of_the_whole():
    numbers = plots.feature_importance({"grade": 30.0, "lat": 60.0, "age": 10.0}).numbers
    assert list(numbers.items()) == [("lat", pytest.approx(0.6)), ("grade", pytest.approx(0.3))]


@pytest.mark.parametrize(
    ("amount", "english", "spanish"),
    [
        (0, "$0", "$0"),
        (999, "$999", "$999"),
        (450_400, "$450k", "$450 mil"),
        (1_250_000, "$1.25M", "$1.25 M"),
    ],
)
def test_money_is_written_as_each_language_does(amount, english, spanish):
    assert money(amount) == english
    texts.use("es")
    assert money(amount) == spanish


def test_amounts_just_below_a_million_are_not_a_thousand_thousands():
    assert money(999_700) == "$1M"


def test_counts_and_shares_are_written_as_each_language_does():
    assert (count(18563), percent(0.114, 1)) == ("18,563", "11.4%")
    texts.use("es")
    assert (count(18563), percent(0.114, 1)) == ("18,563", "11.4 %")
