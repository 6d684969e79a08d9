"""What a cluster lacks, told with what to do about it."""

import dataclasses

from components.survey.hook import Requirements
from stacks.targets.survey import missing

NOTHING = Requirements(storage_classes=(), ingress_classes=(), custom_resources=(), gpus=0)


def node(gpus=None):
    return {"status": {"allocatable": {"cpu": "8", **({"nvidia.com/gpu": str(gpus)} if gpus is not None else {})}}}


def needs(**changes):
    return dataclasses.replace(NOTHING, **changes)


def test_nothing_is_missing_where_nothing_is_asked_or_all_is_there():
    assert list(missing(NOTHING, {}, [])) == []
    asked = needs(storage_classes=("gp3",), custom_resources=("scaledobjects.keda.sh",), gpus=3)
    there = {"storage_classes": {"gp3", "gp2"}, "custom_resources": {"scaledobjects.keda.sh"}}
    assert list(missing(asked, there, [node(), node(1), node(2)])) == []


def test_each_thing_that_is_missing_is_told_at_once():
    asked = needs(
        storage_classes=("gp3",), ingress_classes=("alb",), custom_resources=("scaledobjects.keda.sh",), gpus=4
    )
    found = list(missing(asked, {"storage_classes": {"gp2"}}, [node(2)]))
    assert [problem.path for problem in found] == [
        "requires.storage_classes",
        "requires.ingress_classes",
        "requires.custom_resources",
        "gpu_pools",
    ]
    text = "\n".join(map(str, found))
    for words in ("known: gp2", "make the ingress class first", "install KEDA first", "the nodes offer 2"):
        assert words in text
