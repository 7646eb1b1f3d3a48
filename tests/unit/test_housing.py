"""The housing data: the declared defects, what cleaning makes of them, and the rows that the model gets."""

from __future__ import annotations

import hashlib
import math
import re
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mllab_helpers import housing, texts
from mllab_helpers.housing.cleaning import clean_and_count
from mllab_helpers.housing.errors import (
    DataDamaged,
    EmptySplit,
    HouseIncomplete,
    MonthUnknown,
    NotHousing,
    OwnCsvUnusable,
)
from mllab_helpers.housing.features import HOUSE_FIELDS
from mllab_helpers.housing.sales import DEFECTS, DUPLICATED_ROWS, SEED

EXPORT_SHA256 = "2bfa77a327f2348e8d5dba403529fa16c08efe1b96c3f12f5503bdb191058857"


@pytest.fixture(autouse=True)
def _english():
    texts.use("en")
    yield
    texts.use(texts.DEFAULT_LANGUAGE)


@pytest.fixture(scope="module")
def sales():
    return housing.load_sales()


@pytest.fixture(scope="module")
def raw():
    return housing.raw_export()


@pytest.fixture(scope="module")
def cleaned(raw):
    return clean_and_count(raw)


@pytest.fixture(scope="module")
def rows(cleaned):
    return housing.add_features(cleaned[0])


@pytest.fixture(scope="module")
def splits(rows):
    return housing.split_by_month(rows)


def declared(name: str) -> int:
    return sum(defect.rows for defect in DEFECTS if defect.name == name)


# --- the data


def test_a_damaged_data_file_is_refused_by_name(tmp_path):
    damaged = tmp_path / "house_prices.parquet"
    damaged.write_bytes(b"not the data")
    with pytest.raises(DataDamaged, match=re.escape(str(damaged))):
        housing.load_sales(damaged)


def test_a_missing_data_file_is_refused_like_a_damaged_one(tmp_path):
    with pytest.raises(DataDamaged, match="missing or damaged"):
        housing.load_sales(tmp_path / "nothing.parquet")


def test_the_export_is_the_same_bytes_on_every_machine():
    assert hashlib.sha256(housing.raw_csv()).hexdigest() == EXPORT_SHA256


def test_another_seed_spoils_other_rows():
    assert housing.raw_csv(seed=SEED + 1) != housing.raw_csv(seed=SEED)


def test_the_export_ends_before_the_months_that_are_kept_back(raw):
    months = housing.parse_dates(raw["date"]).dropna().dt.strftime("%Y-%m")
    assert (months.min(), months.max()) == ("2014-05", "2015-03")


def test_every_declared_defect_is_in_the_export_with_its_number_of_rows(raw):
    once = raw.drop_duplicates()
    gaps = {column: int(once[column].isna().sum()) for column in raw if once[column].isna().any()}
    spelled = {
        column: defect.rows
        for defect in DEFECTS
        if defect.name == "missing"
        for column in defect.column.split(", ")
    }
    assert gaps == spelled
    assert once["price"].astype("string").str.startswith("$").sum() == declared("money_text")
    assert once["date"].astype("string").str.contains("/", regex=False).sum() == declared("us_date")
    assert once["date"].astype("string").str.contains("T", regex=False).sum() == declared("compact_date")
    assert once["waterfront"].str.startswith(" ").sum() == declared("stray_spaces")
    assert (once["sqft_living"] < 0).sum() == declared("negative_area")
    assert (once["yr_built"] > 2016).sum() == declared("future_year")
    assert (once["bathrooms"] == 99).sum() == declared("bathrooms_99")
    assert (once["long"] > 0).sum() == declared("lost_minus")
    assert len(raw) - len(once) == DUPLICATED_ROWS


def test_the_table_of_defects_lists_all_of_them_in_the_language_of_the_lab():
    table = housing.defects()
    assert list(table.columns) == ["defect", "column", "rows"]
    assert table["rows"].tolist() == [*(defect.rows for defect in DEFECTS), DUPLICATED_ROWS]
    texts.use("es")
    assert list(housing.defects().columns) == ["defecto", "columna", "filas"]


@pytest.mark.parametrize("month", housing.KEPT_BACK_MONTHS)
def test_new_data_hold_one_kept_back_month_as_raw_as_the_export(month, raw):
    new = housing.new_data(month)
    assert list(new.columns) == list(raw.columns)
    assert new.isna().any(axis=None)
    assert set(housing.clean(new)[0]["date"].dt.strftime("%Y-%m")) == {month}


@pytest.mark.parametrize("month", ["2015-03", "2016-01", "April"])
def test_a_month_that_was_not_kept_back_is_refused(month):
    with pytest.raises(MonthUnknown, match=f"{month}.*2015-04 to 2015-05"):
        housing.new_data(month)


# --- cleaning


def test_cleaning_finds_exactly_what_was_declared(cleaned, sales):
    _, counts = cleaned
    exported = sales[sales["date"] < "2015-04-01"]
    true_oddities = int(exported["bedrooms"].isin([0, 33]).sum() + (exported["bathrooms"] == 0).sum())
    assert true_oddities == 20
    assert counts == {
        "duplicates": DUPLICATED_ROWS,
        "price_text": declared("money_text"),
        "dates": declared("us_date") + declared("compact_date"),
        "waterfront": declared("stray_spaces"),
        "numbers": 0,
        "minus": declared("lost_minus"),
        "impossible": declared("negative_area")
        + declared("future_year")
        + declared("bathrooms_99")
        + true_oddities,
        "unusable": 60 + 40,
        "areas": 160 + 40 + 900,
        "place": 180,
        "gaps": 350 + 250 + 220 + 25 + 15 + true_oddities,
    }


def test_cleaned_rows_are_the_original_ones_wherever_a_cell_is_filled(cleaned, sales):
    clean_rows, _ = cleaned
    keys = ["id", "date"]
    both = clean_rows.merge(sales, on=keys, suffixes=("", "_true"), validate="one_to_one")
    assert len(both) == len(clean_rows)
    for column in set(sales.columns) - {*keys, "lat", "long"}:
        known = both[column].notna()
        assert (both.loc[known, column] == both.loc[known, f"{column}_true"].astype("float64")).all(), column
    misplaced = np.hypot(both["lat"] - both["lat_true"], both["long"] - both["long_true"])
    assert (misplaced > 0).sum() <= 180
    assert misplaced.max() < 0.35  # the far end of the largest postal code


def test_cleaning_keeps_rows_that_dropna_would_throw_away(raw, cleaned):
    assert len(raw.dropna().drop_duplicates()) == 16576
    assert len(cleaned[0]) == 18636


def test_the_report_names_each_rule_and_what_was_done(raw):
    _, report = housing.clean(raw)
    assert list(report.columns) == ["rule", "affected", "what was done"]
    assert report.iloc[0].tolist() == ["repeated rows, identical to another", 140, "one of each was kept"]


def test_cleaning_does_not_change_the_table_that_it_is_given(raw):
    before = raw.copy()
    housing.clean(raw)
    pd.testing.assert_frame_equal(raw, before)


def test_cleaning_rows_that_are_clean_only_empties_the_true_oddities(sales):
    rows, counts = clean_and_count(sales)
    assert len(rows) == len(sales)
    assert {rule for rule, count in counts.items() if count} == {"impossible", "gaps"}


def test_text_in_a_numeric_column_becomes_a_gap_and_is_counted(sales):
    odd = sales.head(60).astype({"grade": "object"})
    odd.loc[3, "grade"] = "seven"
    rows, counts = clean_and_count(odd)
    assert counts["numbers"] == 1
    assert math.isnan(rows.loc[3, "grade"])


def test_a_table_with_other_columns_is_refused_naming_what_it_lacks(raw):
    with pytest.raises(NotHousing, match="grade, zipcode"):
        housing.clean(raw.drop(columns=["zipcode", "grade"]))


@pytest.mark.parametrize(
    ("written", "meant"),
    [("221900", 221900), ("$221,900", 221900), (" $1,250,000 ", 1.25e6), (450000.0, 450000), ("n/a", None)],
)
def test_prices_are_read_as_people_write_them(written, meant):
    [read] = housing.parse_prices(pd.Series([written]))
    assert (math.isnan(read) and meant is None) or read == meant


@pytest.mark.parametrize("written", ["2014-10-13", "10/13/2014", "20141013T000000", " 2014-10-13 "])
def test_dates_are_read_in_every_format_of_the_export(written):
    assert housing.parse_dates(pd.Series([written])).tolist() == [pd.Timestamp("2014-10-13")]


def test_what_is_no_date_becomes_a_gap():
    assert housing.parse_dates(pd.Series(["soon", "2014-13-45", None])).isna().all()


# --- features


def house(**changes):
    described = {
        **{"date": "2015-03-14", "bedrooms": 3, "bathrooms": 2.25, "sqft_living": 2000, "sqft_lot": 5000},
        **{"sqft_basement": 0, "floors": 2, "waterfront": 0, "view": 0, "condition": 3, "grade": 8},
        **{"lat": 47.6062, "long": -122.3321, "sqft_living15": 1600, "yr_built": 1955, "yr_renovated": 0},
    }
    return described | changes


def test_every_feature_is_a_numeric_column(rows):
    assert len(housing.FEATURES) == 18
    assert all(pd.api.types.is_float_dtype(rows[feature].astype("float64")) for feature in housing.FEATURES)


def test_derived_features_mean_what_they_say():
    row = dict(zip(housing.FEATURES, housing.model_row(house(yr_renovated=2005)), strict=True))
    assert (row["age"], row["years_since_work"]) == (60, 10)
    assert row["km_to_seattle"] == 0
    assert row["km_to_bellevue"] == pytest.approx(9.8, abs=0.1)
    assert row["size_to_neighbours"] == 1.25


def test_a_house_that_was_never_renovated_counts_from_its_building():
    row = dict(zip(housing.FEATURES, housing.model_row(house()), strict=True))
    assert row["years_since_work"] == row["age"] == 60


def test_serving_computes_the_very_row_that_training_used(rows):
    for position in range(0, len(rows), 500):
        sold = rows.iloc[position]
        described = {field: None if pd.isna(sold[field]) else sold[field] for field in HOUSE_FIELDS}
        served = housing.model_row({**described, "date": sold["date"]})
        np.testing.assert_allclose(served, sold[list(housing.FEATURES)].to_numpy("float64"), rtol=1e-12)


def test_an_unknown_fact_stays_a_gap_in_the_row_and_in_the_csv():
    row = housing.model_row(house(bathrooms=None))
    assert math.isnan(row[housing.FEATURES.index("bathrooms")])
    assert housing.csv_row(row).startswith("3,,2000,5000,")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"grade": "high"}, "grade = 'high'"),
        ({"date": "yesterday"}, "date = 'yesterday'"),
        ({"sqft_living15": 0}, "sqft_living15 = 0"),
        ({"sqft_lot": [1, 2]}, r"sqft_lot = \[1, 2\]"),
    ],
)
def test_a_house_that_cannot_be_priced_is_refused_naming_the_field(changes, named):
    with pytest.raises(HouseIncomplete, match=named):
        housing.model_row(house(**changes))


def test_a_house_without_a_field_is_refused_naming_all_that_are_absent():
    described = house()
    del described["lat"], described["grade"]
    with pytest.raises(HouseIncomplete, match="grade, lat"):
        housing.model_row(described)


# --- splits


def test_the_test_months_come_last_and_no_row_is_in_two_parts(splits, rows):
    assert splits.training["date"].max() < splits.validation["date"].min()
    assert splits.validation["date"].max() < splits.test["date"].min()
    assert len(splits.training) + len(splits.validation) + len(splits.test) == len(rows)


def test_the_table_of_splits_says_rows_and_days(splits):
    assert splits.table().iloc[:, :4].to_numpy().tolist() == [
        ["training", 14556, "2014-05-02", "2014-12-31"],
        ["validation", 975, "2015-01-02", "2015-01-31"],
        ["test", 3105, "2015-02-01", "2015-03-31"],
    ]


def test_a_part_without_rows_is_refused_naming_part_and_months(rows):
    with pytest.raises(EmptySplit, match=r"validation part is left without rows.*2015-01"):
        housing.split_by_month(rows[rows["date"] < "2015-01-01"])


# --- normalisation


def test_normalised_training_rows_have_mean_zero_and_deviation_one(splits):
    scaler = housing.fit_scaler(splits.training)
    scaled = housing.apply_scaler(
        scaler, splits.training[splits.training[list(housing.FEATURES)].notna().all(axis=1)]
    )
    assert scaled[list(housing.FEATURES)].mean().abs().max() < 0.02
    assert (scaled[list(housing.FEATURES)].std() - 1).abs().max() < 0.03


def test_the_scaler_learns_from_training_rows_only(splits):
    scaler = housing.fit_scaler(splits.training)
    shifted = splits.test.assign(grade=splits.test["grade"] + 100)
    assert housing.apply_scaler(scaler, shifted)["grade"].min() > 50
    assert housing.apply_scaler(scaler, splits.test)["price"].equals(splits.test["price"])


def test_a_scaler_read_back_from_its_file_scales_a_single_row_like_the_table(splits):
    scaler = housing.fit_scaler(splits.training)
    again = housing.Scaler.from_json(scaler.to_json())
    assert again == scaler
    frame = splits.test.head(50)
    table = housing.apply_scaler(scaler, frame)[list(housing.FEATURES)].to_numpy()
    one_by_one = [again.scale(row) for row in frame[list(housing.FEATURES)].to_numpy("float64").tolist()]
    np.testing.assert_allclose(one_by_one, table, rtol=1e-12)


def test_a_constant_feature_and_a_gap_do_not_break_normalisation():
    scaler = housing.fit_scaler(pd.DataFrame({"a": [2.0, 2.0], "b": [1.0, 3.0]}), ["a", "b"])
    assert scaler.scale([2.0, math.nan]) == [0.0, 0.0]


# --- scores and baselines


def test_metrics_are_those_of_the_textbook():
    scores = housing.metrics([100, 200, 300], [110, 200, 270])
    assert scores["rmse"] == pytest.approx(math.sqrt((100 + 0 + 900) / 3))
    assert scores["mae"] == pytest.approx(40 / 3)
    assert scores["r2"] == pytest.approx(1 - 1000 / 20000)
    assert scores["mape"] == pytest.approx((0.1 + 0 + 0.1) / 3)
    assert scores["bias"] == pytest.approx(0)


def test_price_bands_cover_every_house_once(splits):
    paid = splits.test["price"].to_numpy()
    bands = housing.errors_by_price_band(paid, paid * 1.1)
    assert bands["houses"].sum() == len(paid)
    assert bands["low"].iloc[1:].tolist() == bands["high"].iloc[:-1].tolist()
    assert bands["mape"].to_numpy() == pytest.approx(0.1)


def test_bands_of_prices_that_are_all_equal_are_one_band():
    assert housing.errors_by_price_band([5.0] * 20, [6.0] * 20)["houses"].tolist() == [20]


def test_baselines_learn_from_training_rows_only(splits):
    dearer = splits.test.assign(price=splits.test["price"] * 100)
    scaler = housing.fit_scaler(splits.training)
    for baseline in (housing.median_price_baseline, housing.price_per_sqft_baseline):
        assert np.array_equal(baseline(splits.training, splits.test), baseline(splits.training, dearer))
    head = dearer.head(20)
    assert np.array_equal(
        housing.neighbours_baseline(splits.training, splits.test.head(20), scaler),
        housing.neighbours_baseline(splits.training, head, scaler),
    )


def test_a_postal_code_without_sales_gets_the_countys_rate():
    training = pd.DataFrame({"price": [100.0, 300.0], "sqft_living": [1.0, 1.0], "zipcode": [1, 2]})
    rows = pd.DataFrame({"sqft_living": [10.0, 10.0, np.nan], "zipcode": [2, 3, 1]})
    assert housing.price_per_sqft_baseline(training, rows).tolist() == [3000, 2000, 200]


def test_normalisation_is_what_makes_neighbours_useful(splits):
    scaler = housing.fit_scaler(splits.training)
    sample = splits.test.head(600)
    rmse = {
        normalise: housing.metrics(
            sample["price"],
            housing.neighbours_baseline(splits.training, sample, scaler, normalise=normalise),
        )["rmse"]
        for normalise in (True, False)
    }
    assert rmse[True] < 0.8 * rmse[False]


def test_the_table_of_scores_puts_the_best_first():
    table = housing.score_table({"far": [1, 2], "near": [10, 21]}, [10, 20])
    assert table.index.tolist() == ["near", "far"]
    assert list(table.columns) == ["RMSE", "MAE", "R2", "mean error %"]


def test_trees_beat_every_baseline_on_months_they_have_not_seen(splits):
    import xgboost

    def matrix(part):
        content = housing.algorithm_csv(part, housing.FEATURES)
        numbers = pd.read_csv(BytesIO(content), header=None).to_numpy()
        return xgboost.DMatrix(numbers[:, 1:], numbers[:, 0])

    settings = {"eta": 0.1, "max_depth": 6, "subsample": 0.8, "nthread": 1, "seed": 0}
    model = xgboost.train(settings, matrix(splits.training), 200)
    scores = housing.metrics(splits.test["price"], model.predict(matrix(splits.test)))
    assert scores["rmse"] < 125_000
    assert scores["r2"] > 0.87
    agent = housing.price_per_sqft_baseline(splits.training, splits.test)
    assert scores["rmse"] < 0.75 * housing.metrics(splits.test["price"], agent)["rmse"]


# --- a learner's own data


def write(folder: Path, frame: pd.DataFrame) -> Path:
    path = folder / "own.csv"
    frame.to_csv(path, index=False)
    return path


def own_table(rows: int = 80) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "rent": [f"${1000 + number:,}" for number in range(rows)],
            "rooms": [number % 5 for number in range(rows)],
            "garden": [number % 2 == 0 for number in range(rows)],
            "street": [f"street {number}" for number in range(rows)],
            "country": 1,
        }
    )


def test_without_a_path_the_export_is_the_courses_own():
    assert housing.export_bytes() == housing.raw_csv()


def test_an_own_export_with_the_same_columns_is_taken_as_it_is(tmp_path, raw):
    path = write(tmp_path, raw.head(100))
    assert housing.export_bytes(path) == path.read_bytes()


def test_an_own_export_with_other_columns_is_refused_naming_them(tmp_path, raw):
    with pytest.raises(NotHousing, match="grade"):
        housing.export_bytes(write(tmp_path, raw.head(100).drop(columns="grade")))


def test_an_own_file_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(OwnCsvUnusable, match=r"nowhere.csv cannot be used: the file does not exist"):
        housing.export_bytes(tmp_path / "nowhere.csv")


def test_an_own_file_is_named_with_its_whole_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OwnCsvUnusable, match=str(tmp_path.resolve() / "nowhere.csv")):
        housing.export_bytes("nowhere.csv")


@pytest.mark.parametrize("unreadable", ["price", "date"])
def test_rows_of_an_own_file_whose_price_or_date_is_no_such_thing_do_not_count(tmp_path, raw, unreadable):
    with pytest.raises(OwnCsvUnusable, match="0 rows are left to learn from"):
        housing.export_bytes(write(tmp_path, raw.head(99).assign(**{unreadable: "hello"})))


def test_an_own_file_with_semicolons_is_told_that_commas_are_needed(tmp_path, raw):
    path = tmp_path / "own.csv"
    raw.head(100).to_csv(path, index=False, sep=";")
    with pytest.raises(OwnCsvUnusable, match=r"single column.*with commas"):
        housing.export_bytes(path)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00\x01" * 50, b'a,b\n"1,2\n3,4\n'])
def test_an_own_file_that_is_no_csv_is_refused(tmp_path, content):
    path = tmp_path / "own.csv"
    path.write_bytes(content)
    with pytest.raises(OwnCsvUnusable, match="cannot be read as CSV"):
        housing.export_bytes(path)


def test_an_own_file_with_too_few_rows_is_refused(tmp_path, raw):
    with pytest.raises(OwnCsvUnusable, match=r"5 rows are left to learn from.* at least 50"):
        housing.export_bytes(write(tmp_path, raw.head(5)))
