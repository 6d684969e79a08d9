"""Which change each way of the engine is, from events made by hand as the engine makes them."""

import json
from typing import Any

import pytest

from toolkit.preview.fold import fold_lines
from toolkit.preview.model import Capacity, ChangeKind, StackReport, Verdict
from toolkit.preview.render import as_markdown
from toolkit.preview.verdict import report_of

CLUSTER = "aws:eks/cluster:Cluster"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "[secret]"}
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def state(name: str, kind: str = CLUSTER, **more: Any) -> dict[str, Any]:
    return {"urn": f"urn:pulumi:s::p::{kind}::{name}", "type": kind, "id": "1", "parent": "", "inputs": {}, **more}


def step(op: str, old: dict[str, Any] | None, new: dict[str, Any] | None, *, done: bool = False, **more: Any) -> str:
    known = new or old or {}
    metadata = {"op": op, "urn": known["urn"], "type": known["type"], "old": old, "new": new, **more}
    return json.dumps({"sequence": 1, "resOutputsEvent" if done else "resourcePreEvent": {"metadata": metadata}})


def end(result: str = "succeeded") -> str:
    return json.dumps({"summaryEvent": {"resourceChanges": {"same": 2}, "result": result}})


def folded(*lines: str) -> StackReport:
    return fold_lines("s", [*lines, end(), json.dumps({"cancelEvent": {}})]).report


def test_a_retained_delete_leaves_the_state_alone() -> None:
    (change,) = folded(step("delete", state("c", retainOnDelete=True), None)).changes
    assert (change.kind, change.stake) == (ChangeKind.FORGET, "")


def test_a_protected_delete_blocks() -> None:
    report = report_of([folded(step("delete", state("c", protect=True), None))])
    assert report.changes[0].protected
    assert report.verdict is Verdict.BLOCKED
    assert "would delete what is protected" in [each.text for each in report.reasons]


@pytest.mark.parametrize(
    ("ops", "order"),
    [
        (("create-replacement", "replace", "delete-replaced"), "create before delete"),
        (("delete-replaced", "replace", "create-replacement"), "delete before create"),
    ],
)
def test_three_steps_are_one_replacement_with_its_order(ops: tuple[str, ...], order: str) -> None:
    old, new = state("c", inputs={"name": "a"}), state("c", inputs={"name": "b"})
    detailed = {"name": {"diffKind": "update-replace", "inputDiff": True}}
    steps = [
        step(op, old, None if op == "delete-replaced" else new, keys=["name"], detailedDiff=detailed) for op in ops
    ]
    (change,) = folded(*steps).changes
    assert (change.kind, change.order, change.forced_by) == (ChangeKind.REPLACE, order, ("name",))
    assert "the cluster with everything in it" in change.stake


def test_imports_reads_and_operations_that_are_not_known() -> None:
    report = folded(
        step("import", None, state("i")),
        step("read", None, state("r", external=True)),
        step("teleport", None, state("t")),
    )
    assert [each.kind for each in report.changes] == [ChangeKind.OTHER, ChangeKind.IMPORT, ChangeKind.READ]
    assert report_of([report]).verdict is Verdict.ATTENTION


def test_drift_is_told_before_the_plan() -> None:
    old, new = state("c", outputs={"tags": {"a": "1"}}), state("c", outputs={"tags": {"a": "2"}})
    report = folded(
        step("refresh", old, old),
        step("refresh", state("gone"), state("gone")),
        step("refresh", old, new, done=True, diffs=["tags"], detailedDiff={"tags.a": {"diffKind": "update"}}),
        step("refresh", state("gone"), None, done=True),
        step("create", None, state("gone")),
    )
    told = {each.name: each for each in report.drift}
    assert told["gone"].gone and not told["c"].gone
    assert [(each.path, each.old, each.new) for each in told["c"].edits] == [("tags.a", "1", "2")]
    assert report.refreshed
    assert "is gone" in as_markdown(report_of([report]))


def test_a_refresh_alone_tells_its_findings_by_another_operation() -> None:
    old, new = state("c", outputs={"v": 1}), state("c", outputs={"v": 2})
    report = folded(
        step("refresh", old, old),
        step("refresh", state("d"), state("d")),
        step("refresh", state("e"), state("e")),
        step("update", old, new, done=True, diffs=["v"]),
        step("delete", state("d"), None, done=True),
        step("same", state("e"), state("e"), done=True),
    )
    assert [(each.name, each.gone) for each in report.drift] == [("c", False), ("d", True)]
    assert not report.changes


def test_a_secret_that_changes_is_told_by_the_name_of_its_key() -> None:
    old, new = (state("k", "kubernetes:core/v1:Secret", inputs={"stringData": SECRET}) for _ in range(2))
    detailed = {'stringData["api-key"]': {"diffKind": "update", "inputDiff": True}}
    (change,) = folded(step("update", old, new, detailedDiff=detailed, diffs=["stringData"])).changes
    (edit,) = change.edits
    assert (edit.path, str(edit.old), str(edit.new)) == ('stringData["api-key"]', "(secret)", "(secret)")


def test_what_only_the_update_tells_is_said_to_be_so() -> None:
    old, new = state("c", inputs={"arn": "a"}), state("c", inputs={"arn": UNKNOWN})
    text = as_markdown(report_of([folded(step("update", old, new, detailedDiff=None))]))
    assert '! arn: "a" -> (known after the update)' in text
    assert UNKNOWN not in text


def test_exports_that_change_are_told_although_the_step_is_the_same() -> None:
    old, new = (state("p-s", "pulumi:pulumi:Stack", outputs={"slotsMax": slots}) for slots in (8, 16))
    report = folded(step("same", old, new), step("same", old, new, done=True))
    assert [(each.path, each.old, each.new) for each in report.outputs] == [("slotsMax", 8, 16)]
    assert report.slots == (("slotsMax", 8, 16),)


def test_pools_of_every_cloud_are_counted() -> None:
    group = {"instanceTypes": ["g6e.2xlarge"], "scalingConfig": {"desiredSize": 2, "maxSize": 3}}
    node = {"machineType": "g2-standard-8", "guestAccelerators": [{"type": "nvidia-l4", "count": 2}]}
    pool = {"nodeConfig": node, "initialNodeCount": 1, "autoscaling": {"maxNodeCount": 4}}
    variant = {"variantName": "V", "instanceType": "ml.g6e.xlarge", "initialInstanceCount": 2}
    target = {"resourceId": "endpoint/e/variant/V", "maxCapacity": 5}
    report = folded(
        step(
            "update",
            state("g", "aws:eks/nodeGroup:NodeGroup", inputs=group),
            state("g", "aws:eks/nodeGroup:NodeGroup", inputs=group | {"instanceTypes": ["g6e.12xlarge"]}),
        ),
        step("create", None, state("n", "gcp:container/nodePool:NodePool", inputs=pool)),
        step(
            "same",
            *[
                state(
                    "c",
                    "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
                    inputs={"productionVariants": [variant]},
                )
            ]
            * 2,
        ),
        step("same", *[state("t", "aws:appautoscaling/target:Target", inputs=target)] * 2),
    )
    found = {each.name: each for each in report.capacity}
    assert found["g"].gpus == (2, 8) and found["g"].most_gpus == (3, 12)
    assert found["n"].gpus == (0, 2) and found["n"].most_gpus == (0, 8)
    assert found["c variant V"].most == (5, 5) and found["c variant V"].gpus == (2, 2)
    assert "there may be 25 GPUs instead of 8" in [each.text for each in report_of([report]).reasons]


def test_a_removed_pool_has_no_after() -> None:
    group = {"instanceTypes": ["g6e.2xlarge"], "scalingConfig": {"desiredSize": 2, "maxSize": 3}}
    report = folded(step("delete", state("g", "aws:eks/nodeGroup:NodeGroup", inputs=group), None))
    assert report.capacity == (
        Capacity("g", ("g6e.2xlarge", None), ("L40S", None), (2, None), (3, None), (2, 0), (3, 0)),
    )


def test_the_forms_of_secrets_are_struck_out_of_errors() -> None:
    key = "-----BEGIN PRIVATE " + "KEY-----\nAAAA\n-----END PRIVATE " + "KEY-----"
    text = f"cannot read {key} with sk_car_0123456789abcdef"
    report = folded(json.dumps({"diagnosticEvent": {"severity": "error", "message": text}}))
    assert report.errors == ("cannot read (secret) with (secret)",)


def test_the_engines_own_word_on_an_unknown_value_counts_as_not_judged() -> None:
    said = (
        "can't run policy 'gpu' from policy pack 'x@v1' during preview: string value at .nodeRoleArn can't be known"
        " during preview"
    )
    body = {"resourceUrn": "u", "policyName": "gpu", "enforcementLevel": "advisory", "message": said}
    report = folded(json.dumps({"policyEvent": body}))
    assert [(each.rule, each.properties) for each in report.unjudged] == [("gpu", "nodeRoleArn")]
    assert not report.findings
