"""The GPU catalogue: one table for both clouds, in which no worker can stand on a GPU that does not carry it."""

import pytest

from catalog.aws import amis
from catalog.aws.instances import INSTANCES
from catalog.gcp.machines import ACCELERATORS, MACHINE_TYPES, REFUSED_TYPES, accelerator_of
from catalog.gpu_nodes import GPU_NODES, gpu_nodes_of, refusal_of_type, unlisted_node
from catalog.gpu_profiles import GPU_PROFILES, profiles_of
from catalog.gpus import (
    ARCHITECTURES,
    GPU_MODELS,
    MIG_SLICES,
    MIN_GPU_MEMORY_GIB,
    OLD_GPUS,
    refusal_of_gpu,
    usable_slices,
)
from catalog.machine import AWS, GCP

CLOUDS = (AWS, GCP)
NAMED_BY_THE_VENDOR = {AWS: {"A10G", "L4", "L40S", "A100", "H100", "H200"}, GCP: {"L4", "A100", "H100", "H200"}}


def test_every_machine_with_a_gpu_is_in_the_table_and_no_other():
    machines = [*INSTANCES.values(), *MACHINE_TYPES.values()]
    assert len(GPU_NODES) > 60
    assert set(GPU_NODES) == {(row.cloud, row.name) for row in machines if row.gpu}


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_gpus_the_vendor_names_are_there_and_newer_ones(cloud):
    models = {row.machine.gpu for row in gpu_nodes_of(cloud)}
    assert models >= NAMED_BY_THE_VENDOR[cloud] | {"B200", "RTX PRO 6000"}


@pytest.mark.parametrize("row", [row for cloud in CLOUDS for row in gpu_nodes_of(cloud)], ids=lambda r: r.machine.name)
def test_a_usable_row_is_whole(row):
    machine = row.machine
    assert row.model is GPU_MODELS[machine.gpu]
    assert row.model.architecture in ARCHITECTURES
    assert machine.gpus >= 1
    assert machine.gpu_memory_gib >= MIN_GPU_MEMORY_GIB
    assert machine.arch == "x86_64"
    assert row.resource == "nvidia.com/gpu"
    assert row.labels["nvidia.com/gpu.present"] == "true"
    assert row.taint[0] == "nvidia.com/gpu"
    assert row.taint[2] == "NoSchedule"
    assert row.listed
    assert all(one.memory_gib >= MIN_GPU_MEMORY_GIB for one in row.slices)
    if machine.cloud == AWS:
        assert amis.AMI_TYPES[row.driver].nvidia
        assert row.device_plugin == "add-on"
    else:
        assert row.accelerator == accelerator_of(machine)
        assert row.device_plugin == "built in"


@pytest.mark.parametrize("gpu", OLD_GPUS)
def test_a_gpu_older_than_ampere_is_refused_whatever_its_memory(gpu):
    assert gpu not in GPU_MODELS
    assert "older than Ampere" in refusal_of_gpu(gpu, 48)


def test_refused_rows_say_why_and_are_not_offered():
    refused = [row for row in GPU_NODES.values() if row.refusal]
    assert {row.machine.family for row in refused} >= {"g4dn", "g5g", "p3", "p3dn", "g6f"}
    assert not {row.machine.name for row in refused} & {row.machine.name for c in CLOUDS for row in gpu_nodes_of(c)}
    assert "12 GB" in refusal_of_type(GCP, "g4-standard-6")
    assert not set(REFUSED_TYPES) & set(MACHINE_TYPES)
    assert refusal_of_type(GCP, "g2-standard-8") is None
    assert "older than Ampere" in refusal_of_type(AWS, "p3.99xlarge")


@pytest.mark.parametrize("memory", [1, 16, 23])
def test_too_little_memory_is_refused(memory):
    assert f"{memory} GB" in refusal_of_gpu("L4", memory)
    assert refusal_of_gpu("L4", 24) is None


# -- profiles


@pytest.mark.parametrize(
    ("profile", "cloud"),
    [(row, cloud) for row in GPU_PROFILES.values() for cloud in CLOUDS if row.types_on(cloud)],
    ids=lambda value: getattr(value, "name", value),
)
def test_a_profile_is_of_one_kind_on_every_cloud(profile, cloud):
    for name in profile.types_on(cloud):
        row = GPU_NODES[cloud, name]
        assert (row.machine.gpu, row.machine.gpus) == (profile.gpu, profile.gpus_per_node)
        assert row.refusal is None
    assert profile.model is GPU_MODELS[profile.gpu]


def test_every_profile_has_a_cloud():
    assert {*profiles_of(AWS), *profiles_of(GCP)} == set(GPU_PROFILES)
    assert "l40s" not in profiles_of(GCP)
    assert "a100-1gpu" not in profiles_of(AWS)


def test_streams_are_the_vendors_figures():
    figures = {m.name: (m.sonic_streams, m.sonic_streams_older, m.ink_streams) for m in GPU_MODELS.values()}
    assert figures["A10G"] == (4, 4, None)
    assert figures["L40S"] == (8, 4, 128)
    assert figures["A100"] == (8, 4, None)
    assert figures["H100"] == (16, 8, 256)
    assert (GPU_MODELS["H100"].sonic_streams_slice, GPU_MODELS["H100"].ink_streams_slice) == (8, 128)
    others = set(figures) - {"A10G", "L40S", "A100", "H100"}
    assert {figures[name] for name in others} == {(None, None, None)}, "no figure is published: none is made up"


# -- slices


@pytest.mark.parametrize(("gpu", "memory"), MIG_SLICES)
def test_slices_fit_the_gpu_they_are_cut_from(gpu, memory):
    assert gpu in GPU_MODELS
    for one in MIG_SLICES[gpu, memory]:
        # NVIDIA rounds the names up: four slices of 45 GB are cut from 180.
        assert one.count * one.memory_gib <= memory * 1.02
        assert one.count <= 7


def test_small_slices_carry_no_worker():
    assert [one.size for one in usable_slices("H100", 80)] == ["3g.40gb", "4g.40gb", "7g.80gb"]
    assert [one.size for one in usable_slices("A100", 40)] == ["7g.40gb"]
    assert usable_slices("L4", 24) == ()


# -- types that are newer than the catalogue


def test_an_unlisted_type_is_marked_and_has_the_marks_of_a_gpu_node():
    row = unlisted_node(GCP, "g5-standard-48", gpu="H200", gpus=2, gpu_memory_gib=141)
    assert not row.listed
    assert row.refusal is None
    assert (row.machine.gpus, row.accelerator, row.driver) == (2, "nvidia-h200-141gb", "DEFAULT")
    assert row.model is GPU_MODELS["H200"]
    unknown = unlisted_node(AWS, "p9.48xlarge", gpu="R100", gpus=8, gpu_memory_gib=288)
    assert unknown.refusal is None
    assert unknown.model is unknown.sonic_streams is unknown.ink_streams is None
    assert unlisted_node(GCP, "x", gpu="R100", gpus=1, gpu_memory_gib=288, accelerator="nvidia-r100").accelerator == (
        "nvidia-r100"
    )


def test_an_unlisted_type_with_an_old_or_small_gpu_is_refused():
    assert unlisted_node(AWS, "x.large", gpu="V100", gpus=1, gpu_memory_gib=32).refusal
    assert unlisted_node(AWS, "x.large", gpu="R10", gpus=1, gpu_memory_gib=16).refusal


# -- Google Cloud's own facts


def test_every_gpu_machine_of_google_cloud_has_an_accelerator_type():
    rows = [row for row in MACHINE_TYPES.values() if row.gpu]
    assert len(rows) >= 24
    for row in rows:
        assert accelerator_of(row).startswith("nvidia-")
    assert accelerator_of(MACHINE_TYPES["a3-megagpu-8g"]) == "nvidia-h100-mega-80gb"
    assert accelerator_of(MACHINE_TYPES["a3-highgpu-8g"]) == "nvidia-h100-80gb"
    assert accelerator_of(MACHINE_TYPES["n2-standard-8"]) is None
    assert {gpu for gpu, _ in ACCELERATORS} <= set(GPU_MODELS)


@pytest.mark.parametrize(
    ("name", "vcpus", "memory", "gpus"),
    [
        ("g2-standard-24", 24, 96, 2),
        ("g2-standard-96", 96, 384, 8),
        ("a2-highgpu-1g", 12, 85, 1),
        ("a2-megagpu-16g", 96, 1360, 16),
        ("a2-ultragpu-4g", 48, 680, 4),
        ("a3-highgpu-8g", 208, 1872, 8),
        ("a3-ultragpu-8g", 224, 2952, 8),
        ("g4-standard-12", 12, 45, 1),
        ("c4-standard-2", 2, 7, 0),
        ("n2-standard-8", 8, 32, 0),
    ],
)
def test_sizes_are_those_the_compute_api_lists(name, vcpus, memory, gpus):
    row = MACHINE_TYPES[name]
    assert (row.vcpus, row.memory_gib, row.gpus) == (vcpus, memory, gpus)
