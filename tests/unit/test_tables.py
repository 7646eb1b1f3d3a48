"""Tables as a learner reads them."""

from __future__ import annotations

import pandas as pd
import pytest

from mllab_helpers import housing, texts
from mllab_helpers.cleanup import resources
from mllab_helpers.tables import for_reading, kind_in_words

LONG = "se repuso el signo menos: todo el condado de King está al oeste de Greenwich"


@pytest.fixture
def spanish(monkeypatch):
    monkeypatch.setitem(texts._current, "language", "es")


def test_a_long_text_is_shown_whole_in_html_and_in_plain_text(spanish):
    shown = for_reading(pd.DataFrame({"why": [LONG]}))
    assert LONG in shown._repr_html_()
    assert LONG in repr(shown)
    assert pd.get_option("display.max_colwidth") == 50


def test_heads_and_kinds_are_in_the_learner_s_language_and_the_table_itself_is_not_changed(spanish):
    table = pd.DataFrame({"kind": ["endpoint-config"], "usd_per_hour": [0.0], "sqft_living": [1180]})
    shown = for_reading(table).frame
    assert list(shown.columns) == ["tipo", "USD por hora", "sqft_living"]
    assert shown["tipo"].tolist() == ["configuración de endpoint"]
    assert list(table.columns) == ["kind", "usd_per_hour", "sqft_living"]


def test_a_price_that_is_not_known_is_a_dash(spanish):
    shown = for_reading(pd.DataFrame({"usd_per_hour": [0.115, None]}))
    assert "NaN" not in shown._repr_html_()
    assert "–" in repr(shown)


def test_a_table_that_already_speaks_the_learner_s_language_keeps_its_heads(spanish):
    defects = housing.defects()
    assert list(for_reading(defects).frame.columns) == list(defects.columns)


@pytest.mark.parametrize("kind", [kind.name for kind in resources.KINDS])
def test_every_kind_of_resource_has_a_name_in_both_languages(kind, monkeypatch):
    for language in texts.LANGUAGES:
        monkeypatch.setitem(texts._current, "language", language)
        assert kind_in_words(kind)
