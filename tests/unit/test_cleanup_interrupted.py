"""Clean-up that is killed or interrupted, at any step: the next one goes on and ends at nothing."""

from __future__ import annotations

import pytest
from furnished_labs import ROWS, furnish, kinds
from killed_processes import die, was_killed

from mllab_helpers import storage
from mllab_helpers.cleanup import cleanup, resources
from mllab_helpers.identity import roles
from mllab_helpers.lifecycle import lifecycle


def test_a_sweep_that_is_killed_after_each_kind_of_things_ends_at_nothing(make_real_lab):
    lab = make_real_lab()
    furnish(lab)
    remove, kinds_before = resources.remove, kinds(cleanup.inventory(lab))

    def sweep_one_kind():
        removed = set()

        def remove_and_die(each, resource):
            if removed - {resource.kind}:
                die()
            remove(each, resource)
            removed.add(resource.kind)

        resources.remove = remove_and_die
        cleanup.sweep(make_real_lab(lab.student))

    kills = 0
    while was_killed(sweep_one_kind):
        kills += 1
    assert kills >= len(kinds_before) - 1
    assert cleanup.inventory(lab).empty
    built = {item.kind for item in cleanup.receipt(lab).built}
    assert built >= {"endpoint", "function", "pipeline", "alarm", "bucket"}


def test_a_sweep_that_is_killed_after_each_of_its_calls_takes_the_roles_apart_all_the_same(make_real_lab):
    lab = make_real_lab()
    storage.ensure_bucket(lab)
    for actor in ("execution", "learner"):
        roles.ensure_role(lab, roles.role_of(actor))
    learner = roles.in_learners_role(lab)
    storage.upload_bytes(learner, ROWS, "data/train/rows.csv")

    def die_after_a_deletion(event_name, **_):
        if event_name.rpartition(".")[2].startswith("Delete"):
            die()

    def sweep():
        again = make_real_lab(lab.student)
        again.session.events.register("after-call", die_after_a_deletion)
        cleanup.sweep(again)

    kills = 0
    while was_killed(sweep):
        kills += 1
    assert kills == 2 + 2 * 2  # the objects and the bucket; of each role its policy and itself
    assert cleanup.inventory(lab).empty
    assert {item.kind for item in cleanup.receipt(lab).built} == {"bucket", "role"}


def test_an_interrupted_sweep_says_what_is_left_and_that_it_goes_on(real_lab, monkeypatch, capsys):
    names = [lifecycle.ensure_package_group(real_lab, real_lab.name(f"g{number}")) for number in range(7)]
    remove = resources.remove

    def interrupted(lab, resource):
        if resource.name == names[1]:
            raise KeyboardInterrupt
        remove(lab, resource)

    monkeypatch.setattr(resources, "remove", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cleanup.sweep(real_lab)
    said = capsys.readouterr().out
    assert "(6 en total)" in said
    assert [name in said for name in names] == [False, *[True] * 5, False]
    assert "sigue donde se quedó" in said
    monkeypatch.undo()
    assert len(cleanup.sweep(real_lab)) == 6
    cleanup.receipt(real_lab)
