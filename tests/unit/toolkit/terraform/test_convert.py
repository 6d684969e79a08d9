"""Variables become settings: each keeps its meaning or has a line that says why not, and no secret is written."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from components.eks.args import EksClusterArgs, EksNodeGroupArgs
from components.gke.args import GkeClusterArgs, GkeNodePoolArgs
from components.release.args import CartesiaReleaseArgs
from core.input.problems import InvalidInput
from core.input.shapes import camel, fields
from core.secrets.table import SECRETS
from stacks.settings import SettingsError, read_settings
from tests.support.settings_cases import sources
from toolkit.terraform.account import as_data, as_text
from toolkit.terraform.conversion import KEPT, Conversion, Fate
from toolkit.terraform.convert import convert
from toolkit.terraform.document import stack_file_text
from toolkit.terraform.settings import CLOUDS, NODES, VARIABLES
from toolkit.terraform.variables import read_variables

EXAMPLES = Path(__file__).resolve().parents[3] / "support" / "terraform"
API_KEY = "sk_car_" + "Canary0123456789abcdef"


def converted(folder: Path, text: str, **options: Any) -> Conversion:
    (folder / "x.tfvars").write_text(text)
    return convert(read_variables([folder / "x.tfvars"]), **options)


def written(done: Conversion) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load(stack_file_text(done, "x.tfvars"))["config"]
    return config


def aws_example() -> Conversion:
    return convert(read_variables([EXAMPLES / "aws.tfvars"]))


def test_the_vendors_aws_example_keeps_its_meaning() -> None:
    config = written(aws_example())
    assert config["cartesia:aws"] == {"accountId": "210987654321"}
    assert config["cartesia:eks"] == {
        "region": "us-west-2",
        "clusterName": "cartesia-production",
        "availabilityZones": ["us-west-2a", "us-west-2b"],
        "admins": {"admin": "arn:aws:iam::210987654321:user/admin"},
        "nodeGroups": {
            "default": {
                "amiType": "AL2023_x86_64_STANDARD",
                "instanceTypes": ["m7a.4xlarge"],
                "minNodes": 1,
                "maxNodes": 3,
                "desiredNodes": 1,
            },
            "gpu": {
                "amiType": "AL2023_x86_64_NVIDIA",
                "instanceTypes": ["g5.2xlarge", "g5.4xlarge"],
                "minNodes": 1,
                "maxNodes": 5,
                "desiredNodes": 2,
                "diskGib": 100,
                "labels": {"team": "voice"},
            },
        },
    }
    assert config["cartesia:release"] == {
        "releaseTag": "sonic-20260503",
        "ingress": {
            "host": "api.cartesia.yourdomain.com",
            "certificateArn": "arn:aws:acm:us-west-2:210987654321:certificate/abc123",
        },
        "features": {"hotReload": True},
        "license": {"persistence": True, "storageClass": "gp3"},
    }
    assert config[KEPT] == {"node_groups": {"gpu": {"spot_price": 1.5}}}


def test_the_vendors_gcp_example_keeps_its_meaning() -> None:
    config = written(convert(read_variables([EXAMPLES / "gcp.tfvars"])))
    assert config["cartesia:gke"] == {
        "project": "your-gcp-project",
        "location": "us-central1",
        "nodeZones": ["us-central1-a"],
        "clusterName": "cartesia-production",
        "admins": {"user": "user:user@yourdomain.com"},
        "nodePools": {
            "default": {"machineType": "e2-standard-8", "minNodes": 1, "maxNodes": 3},
            "gpu": {
                "machineType": "a2-ultragpu-1g",
                "partition": "3g.40gb",
                "minNodes": 1,
                "maxNodes": 4,
                "desiredNodes": 2,
            },
        },
    }
    assert config["cartesia:release"]["ingress"] == {"host": "api.cartesia.yourdomain.com"}
    assert config[KEPT] == {"node_pools": {"gpu": {"accelerator_type": "nvidia-a100-80gb"}}}


def test_variables_of_both_clouds_need_a_word(tmp_path: Path) -> None:
    text = 'project_id = "p"\neks_admin_users = []\n'
    with pytest.raises(InvalidInput, match="must be of one cloud"):
        converted(tmp_path, text)
    done = converted(tmp_path, text, cloud="gcp")
    assert [line.variable for line in done.lines if line.fate is Fate.KEPT] == ["eks_admin_users"]


def test_the_converted_example_is_a_stack_file_but_for_what_the_account_calls_missing(tmp_path: Path) -> None:
    config = written(aws_example())
    with pytest.raises(SettingsError) as refused:
        read_settings(sources(config, tmp_path, secrets={"apiKey": API_KEY}))
    paths = {problem.path for problem in refused.value.problems}
    shapes = [str(problem) for problem in refused.value.problems if "unknown key" in problem.rule]
    assert shapes == []
    assert paths <= {
        "cartesia:bundle.lock",  # no archive was fetched
        "cartesia:eks.publicAccessCidrs",
        "cartesia:eks.network",
        "cartesia:release.ingress",
        "cartesia:release.keyPaths",
        "cartesia:release.ingress.certificateArn",  # the vendor's example is no real one
        "cartesia:release.ingress.host",  # nor is its name
        "cartesia:release.features.hotReload",  # its path in the chart
        "cartesia:release.apiKey",
        "cartesia:serviceAccountJson",
        "cartesia:release.pullSecret",
    } | {path for path in paths if path.startswith("cartesia:release.keyPaths.")}


def test_comments_are_carried_and_say_no_secret(tmp_path: Path) -> None:
    text = stack_file_text(aws_example(), "aws.tfvars")
    for line in ("# where we are", "# who may", "# GPUs", "# room for images"):
        assert line in text
    done = converted(tmp_path, f'# old key: {API_KEY}\n# harmless\nregion = "us-west-2"\neks_admin_users = []\n')
    assert "# harmless" in stack_file_text(done, "x")
    assert API_KEY not in stack_file_text(done, "x")


def test_every_variable_has_a_line_in_the_account() -> None:
    variables = read_variables([EXAMPLES / "aws.tfvars"])
    told = {line.variable.split(".")[0] for line in aws_example().lines}
    assert set(variables) - told == set()
    assert len(as_data(aws_example())) == len(aws_example().lines)
    assert all(row["place"] for row in as_data(aws_example()) if row["variable"])


def test_a_line_of_the_account_names_the_line_of_the_file() -> None:
    places = {line.variable: line.place for line in aws_example().lines}
    text = (EXAMPLES / "aws.tfvars").read_text().splitlines()
    assert "disk_size" in text[int(places["node_groups.gpu.disk_size"].split(":")[1]) - 1]


def test_secrets_are_taken_out_and_shown_nowhere(tmp_path: Path) -> None:
    text = f'eks_admin_users = []\ncartesia_api_key = "{API_KEY}"\nextra = {{ token = "{API_KEY}" }}\n'
    done = converted(tmp_path, text)
    assert done.secrets == {"apiKey": API_KEY}
    shown = stack_file_text(done, "x") + as_text(done) + str(as_data(done)) + repr(done)
    assert API_KEY not in shown
    assert [line.fate for line in done.lines if line.variable == "extra"] == [Fate.LEFT_OUT]


@pytest.mark.parametrize("value", ['""', "null", "7", '"not a key"', "[]"])
def test_a_secret_that_is_none_is_refused_or_left_out_without_its_value(tmp_path: Path, value: str) -> None:
    text = f"eks_admin_users = []\ncartesia_api_key = {value}\n"
    if value == "null":
        assert converted(tmp_path, text).secrets == {}
        return
    with pytest.raises(InvalidInput) as refused:
        converted(tmp_path, text)
    assert "not a key" not in str(refused.value)


def test_a_licence_file_is_read_or_named_as_missing(tmp_path: Path) -> None:
    text = 'eks_admin_users = []\nlicense_proxy_seed_file = "license.json"\n'
    done = converted(tmp_path, text)
    assert [line.fate for line in done.lines if line.variable == "license_proxy_seed_file"] == [Fate.MISSING]
    done = converted(tmp_path, text, read=lambda name: '{"licence": 1}' if name == "license.json" else None)
    assert set(done.secrets) == {SECRETS["license"].key}


def test_without_ingress_its_settings_are_left_out_and_told(tmp_path: Path) -> None:
    text = 'eks_admin_users = []\nenable_ingress = false\ningress_route = "a.example.com"\n'
    text += 'certificate_arn = "x"\n'
    done = converted(tmp_path, text)
    assert "ingress" not in written(done).get("cartesia:release", {})
    left = {line.setting for line in done.lines if line.fate is Fate.LEFT_OUT}
    assert left == {"cartesia:release.ingress.host", "cartesia:release.ingress.certificateArn"}


def test_an_air_gapped_vendor_file_stays_air_gapped(tmp_path: Path) -> None:
    config = written(converted(tmp_path, 'eks_admin_users = []\nauthenticate = "false"\n'))
    assert config["cartesia:release"]["airGapped"] is True


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('region = "x"', "must show which cloud"),
        ("eks_admin_users = 7", "must be a list of strings"),
        ("eks_admin_users = [[]]", "must be a list of strings"),
        ("node_groups = []", "must be a map of objects"),
        ("node_groups = { gpu = 1 }", "must be a map of objects"),
        ('node_groups = { gpu = { min_size = "many" } }', "must be a whole number"),
        ("node_groups = { gpu = { min_size = 1.5 } }", "must be a whole number"),
        ("node_groups = { gpu = { labels = [] } }", "must be a map of strings"),
        ('eks_admin_users = []\nauthenticate = "maybe"', "must be true or false"),
        ("eks_admin_users = []\nregion = {}", "must be a string"),
    ],
)
def test_a_wrong_type_is_refused_by_its_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        converted(tmp_path, text)


def test_admins_that_end_alike_keep_their_own_names(tmp_path: Path) -> None:
    arns = [f"arn:aws:iam::21098765432{digit}:role/ops" for digit in (1, 2, 3)]
    text = "eks_admin_users = [" + ", ".join(f'"{arn}"' for arn in arns) + "]"
    assert written(converted(tmp_path, text))["cartesia:eks"]["admins"] == dict(
        zip(("ops", "ops-2", "ops-3"), arns, strict=True)
    )


def test_each_row_names_a_setting_that_there_is() -> None:
    groups = {"aws": EksNodeGroupArgs, "gcp": GkeNodePoolArgs}
    clusters = {"aws": EksClusterArgs, "gcp": GkeClusterArgs}
    assert set(CLOUDS) == set(groups) == set(clusters)
    unknown = {
        f"{cloud.name}: {row.setting}"
        for cloud in CLOUDS.values()
        for row in NODES
        if row.of(cloud) and row.setting not in named(groups[cloud.name])
    }
    for cloud in CLOUDS.values():
        tops = {cloud.section: named(clusters[cloud.name]), "release": named(CartesiaReleaseArgs)}
        for row in VARIABLES:
            section, key = row.setting.format(section=cloud.section).split(".")[:2]
            if row.of(cloud) and key not in tops[section]:
                unknown.add(f"{cloud.name}: {row.setting}")
    assert unknown == set()


def named(shape: type) -> set[str]:
    return {camel(name) for name in fields(shape)}


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C",)), min_size=1, max_size=12)
GROUPS = st.dictionaries(
    st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True),
    st.fixed_dictionaries(
        {},
        optional={
            "min_size": st.integers(0, 9),
            "max_size": st.integers(1, 9) | st.integers(1, 9).map(str),
            "instance_types": st.lists(WORDS, max_size=2),
            "labels": st.dictionaries(WORDS, WORDS, max_size=2),
            "own": WORDS | st.booleans() | st.none(),
        },
    ),
    max_size=3,
)


@given(
    region=WORDS,
    groups=GROUPS,
    hot=st.booleans(),
    others=st.dictionaries(st.from_regex(r"own_[a-z]{1,4}", fullmatch=True), WORDS),
)
def test_any_variables_keep_their_meaning_through_the_text_of_a_stack_file(
    tmp_path_factory: pytest.TempPathFactory, region: str, groups: dict[str, Any], hot: bool, others: dict[str, str]
) -> None:
    import json

    file = tmp_path_factory.getbasetemp() / "convert.tfvars.json"
    file.write_text(json.dumps({"region": region, "node_groups": groups, "enable_hot_reload": hot} | others))
    done = convert(read_variables([file]))
    config = written(done)
    eks = config["cartesia:eks"]
    assert eks["region"] == region
    assert config["cartesia:release"]["features"] == {"hotReload": hot}
    for name, group in groups.items():
        made = eks["nodeGroups"][name]
        assert made.get("minNodes") == group.get("min_size")
        assert made.get("maxNodes") == (int(group["max_size"]) if "max_size" in group else None)
        assert made.get("instanceTypes") == group.get("instance_types")
        assert config.get(KEPT, {}).get("node_groups", {}).get(name, {}).get("own") == group.get("own")
    for key, value in others.items():
        assert config[KEPT][key] == value
