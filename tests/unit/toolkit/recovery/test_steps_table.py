"""The page about recovery shows what the loop over all steps was last kept with, and all of it ended as wanted."""

import json

from tests.support.every_step import PAGE, RESULTS, WHEN, page_with


def test_the_page_shows_what_is_kept() -> None:
    rows = json.loads(RESULTS.read_text())
    assert PAGE.read_text() == page_with(PAGE.read_text(), rows)
    kept = {row["when"] for row in rows}
    assert {"before", "after"} <= kept <= set(WHEN)
    assert {(row["when"], row["operation"]) for row in rows} == {
        (when, operation) for when in kept for operation in ("create", "update")
    }


def test_every_step_ended_as_wanted_and_every_kind_of_step_was_among_them() -> None:
    rows = json.loads(RESULTS.read_text())
    assert [row for row in rows if row["wrong"]] == []
    creations = [row["steps"] for row in rows if row["operation"] == "create"]
    assert all(sum(steps.values()) > 60 for steps in creations)
    assert all({"aws:eks/cluster:Cluster", "kubernetes:helm.sh/v3:Release"} <= steps.keys() for steps in creations)
