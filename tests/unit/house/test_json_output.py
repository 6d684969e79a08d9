"""Every verb spells its keys in one way, and the page names all of them."""

import dataclasses
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.bundle.lock import Lock
from core.capacity.cold_node import Part
from core.diff.edits import Edit
from core.input.plain import plain
from core.input.problems import Problem
from core.input.shapes import camel
from core.secrets.table import SECRETS
from core.voice.audio_checks import Finding
from sandbox.host.layout import CHECKOUT
from sandbox.status import PlaneStatus, ServiceStatus, WorldStatus
from toolkit.bundle.plan import Plan
from toolkit.commands.recover import _as_data
from toolkit.commands.secrets import _row
from toolkit.overview.cluster import GpuCount, PodRow, ReleaseView, overview
from toolkit.overview.complaints import Finding as Complaint
from toolkit.overview.complaints import IngressRow, NodeRow
from toolkit.overview.voice import VariantRow, voice_overview
from toolkit.preview.model import Capacity, Drift, Images, Made, ObjectDiff, ReleaseDiff, StackReport
from toolkit.preview.model import Change as PreviewChange
from toolkit.preview.model import Reason as PreviewReason
from toolkit.preview.model import Report as PreviewReport
from toolkit.recovery.lock import Lock as StackLock
from toolkit.recovery.owner import Life, Owner
from toolkit.recovery.plan import Plan as RecoveryPlan
from toolkit.secrets.made import Change, MadeSecret
from toolkit.secrets.readers import Workload
from toolkit.secrets.rollout import Stage, State
from toolkit.secrets.rotation import Report, Rotation
from toolkit.secrets.source import Value
from toolkit.versions.pins import Pin

PAGE = (CHECKOUT / "docs" / "json-output.md").read_text()
NAMED = set(re.findall(r"[A-Za-z0-9]+", " ".join(re.findall(r"`([^`]+)`", PAGE))))
PRINTED = (
    WorldStatus,
    ServiceStatus,
    PlaneStatus,
    Lock,
    Plan,
    Problem,
    Finding,
    PodRow,
    GpuCount,
    ReleaseView,
    VariantRow,
    Complaint,
    NodeRow,
    IngressRow,
    Part,
    Pin,
    PreviewReport,
    StackReport,
    PreviewChange,
    PreviewReason,
    Made,
    Capacity,
    Drift,
    Images,
    ObjectDiff,
    ReleaseDiff,
    Edit,
)


@pytest.mark.parametrize("shape", PRINTED, ids=lambda shape: shape.__name__)
def test_every_field_that_is_printed_is_on_the_page(shape: type) -> None:
    keys = {camel(field.name) for field in dataclasses.fields(shape)}
    assert keys - NAMED == set()


def test_every_key_that_is_put_together_by_hand_is_on_the_page() -> None:
    owner = Owner(Path("x"), 1, "ada", "host", None, Life.ALIVE)
    cluster = overview("dev", {}, [], [], ReleaseView("a", "b", "deployed"))
    stage = Stage(Workload("Deployment", "n", "d"), State.READS)
    made, change = MadeSecret("u", "s", "n"), Change("update", "u")
    rotation = Rotation("dev", SECRETS["apiKey"], Value("file", "x"), (made,), (change,), (stage,), "")
    rotated = Report(rotation, rotation.readers).as_data(dry_run=True)
    listed = _row(SECRETS["apiKey"], ())
    told = [
        *rotated,
        *(key for part in ("kubernetesSecrets", "otherChanges", "workloads") for key in rotated[part][0]),
        *listed,
        *listed["kubernetesSecrets"][0],
        *cluster.as_data(),
        *voice_overview("dev", {}, None).as_data(),
        *_as_data(RecoveryPlan(()), [], StackLock("file", (owner,)), dry_run=True),
        *StackLock("file", (owner,)).as_data(),
        *owner.as_data(),
    ]
    assert set(told) - NAMED == set()
    assert all(key == camel(key) for key in told)


NAMES = st.from_regex(r"[a-z]{1,5}(_[a-z]{1,5}){0,3}", fullmatch=True)


@given(NAMES, st.dictionaries(NAMES, st.integers()))
def test_fields_are_respelled_and_data_is_not(name: str, data: dict[str, int]) -> None:
    made = dataclasses.make_dataclass("Made", [(f"f_{name}", object)])
    value = plain([made({"a_b": made(data), "path": Path("/x")})])
    (key,) = value[0]
    assert "_" not in key
    assert value[0][key] == {"a_b": {key: data}, "path": "/x"}


def test_the_modules_of_verbs_print_no_key_in_snake_case() -> None:
    # Of the speech API, which has its own spelling, and of click.
    others = {"context_id", "output_format", "sample_rate", "allow_interspersed_args", "ignore_unknown_options"}
    files = [*(CHECKOUT / "toolkit" / "commands").glob("*.py"), CHECKOUT / "toolkit" / "voice" / "smoke.py"]
    assert len(files) > 5
    for file in files:
        assert others >= set(re.findall(r'"([a-z]+_[a-z_]+)":', file.read_text())), file
