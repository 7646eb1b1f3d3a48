"""Records by kind, region and name."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from mllab_localaws.store import AlreadyExistsError, Store


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store()
    yield store
    store.close()


def test_a_name_can_be_used_once_per_kind_and_region(store: Store) -> None:
    store.insert("model", "us-east-1", "m", {"a": 1})
    store.insert("model", "eu-west-1", "m", {"a": 2})
    store.insert("endpoint", "us-east-1", "m", {"a": 3})
    with pytest.raises(AlreadyExistsError):
        store.insert("model", "us-east-1", "m", {"a": 4})
    assert store.get("model", "us-east-1", "m") == {"a": 1}


def test_updating_or_deleting_what_is_gone_says_so(store: Store) -> None:
    assert store.update("model", "r", "m", a=1) is None
    assert store.delete("model", "r", "m") is False


def test_modifications_from_many_threads_are_all_kept(store: Store) -> None:
    store.insert("counter", "r", "c", {"n": 0})

    def count() -> None:
        for _ in range(50):
            store.modify("counter", "r", "c", lambda record: {"n": record["n"] + 1})

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.get("counter", "r", "c") == {"n": 400}


def test_every_write_is_announced(store: Store) -> None:
    seen: list[int] = []
    store.on_change(lambda: seen.append(store.version))
    store.insert("k", "r", "n", {})
    store.update("k", "r", "n", a=1)
    store.delete("k", "r", "n")
    assert len(seen) == 3
    assert seen == sorted(set(seen))
