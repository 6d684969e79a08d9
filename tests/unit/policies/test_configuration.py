"""A policy configuration that the engine would pass over is refused with its line."""

import json

import pytest

from policies.configuration import configuration_problems, main
from policies.table import RULES


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"gpu-budget": "advisory", "all": "mandatory", "unjudged": "mandatory"},
        {"gpu-budget": {"maximumGpus": 64, "enforcementLevel": "disabled"}},
        *({rule.id: {name: row["default"] for name, row in rule.schema.items()}} for rule in RULES.values()),
    ],
)
def test_a_good_one_passes(given: dict[str, object]) -> None:
    assert not list(configuration_problems(json.dumps(given)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"gpu-budget": 1,\n}', "line 2: is not JSON"),
        ("[]", "line 1: must be an object"),
        ('{\n\n"gpu-budgte": "advisory"}', 'line 3: names no rule of the pack: gpu-budgte; did you mean "gpu-budget"'),
        ('{"gpu-budget":\n{"maximumGPU": 1}}', "line 2: is no parameter of gpu-budget: maximumGPU"),
        ('{\n"gpu-budget": "advisroy"}', "line 2: the level of gpu-budget must be known"),
        ('{\n"gpu-budget": {"enforcementLevel": []}}', "line 2: the level of gpu-budget must be known"),
        ('{"unjudged": {"today": "x"}}', "line 1: is no parameter of unjudged: today"),
        ('{"gpu-budget": {\n"maximumGpus": "many"}}', "line 2: maximumGpus of gpu-budget must be a number"),
        ('{"gpu-budget": {"maximumGpus": true}}', "line 1: maximumGpus of gpu-budget must be a number"),
        ('{"tags-required": {"keys": "team"}}', "line 1: keys of tags-required must be a list of texts"),
        ('{"tags-required": {"keys": [1]}}', "line 1: keys of tags-required must be a list of texts"),
        ('{"eks-version-supported": {"today": "2026-02-30"}}', "today of eks-version-supported must be a day"),
        ('{"eks-version-supported": {"today": 3}}', "today of eks-version-supported must be a text"),
        ('{"gpu-budget": "mandatory",\n"gpu-budget": "disabled"}', "`gpu-budget` stands there twice"),
        ('{"gpu-budget": {"maximumGpus": 1, "maximumGpus": 999}}', "`maximumGpus` stands there twice"),
    ],
)
def test_a_bad_one_is_refused_with_its_line(text: str, said: str) -> None:
    (problem,) = configuration_problems(text)
    assert said in str(problem)


def test_every_file_is_checked(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "bad.json").write_text('{"nothing": "advisory"}')
    (tmp_path / "good.json").write_text("{}")
    (said,) = main([str(tmp_path / "bad.json"), str(tmp_path / "good.json")])
    assert said.startswith("bad.json: 1 problem\n  line 1: names no rule")
