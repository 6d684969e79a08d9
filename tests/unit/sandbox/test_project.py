"""The project that the engine sees in the sandbox: copies of stack files, command lines, and nothing of the user's."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from sandbox.host.errors import SandboxError
from sandbox.host.layout import CHECKOUT, Layout
from sandbox.host.records import write_text
from sandbox.launchers import PROGRAMS, write_bin
from sandbox.project import absolute_paths, prepare_project, stack_in

SALT = "encryptionsalt: v1:abc\n"


class Site:
    def __init__(self, root: Path) -> None:
        self.layout = Layout(root / "world")
        self.checkout = root / "a checkout"
        (self.checkout / "stacks").mkdir(parents=True)
        (self.checkout / "components").mkdir()
        runtime = {"name": "python", "options": {"virtualenv": ".venv"}}
        project = {"name": "cartesia", "runtime": runtime, "main": "stacks/"}
        (self.checkout / "Pulumi.yaml").write_text(yaml.safe_dump(project))

    def source(self, stack: str, text: str) -> None:
        (self.checkout / "stacks" / f"Pulumi.{stack}.yaml").write_text(text)

    def copy(self, stack: str) -> Path:
        return self.layout.project / "stacks" / f"Pulumi.{stack}.yaml"

    def prepare(self, stack: str | None = None) -> Path:
        url = f"file://{self.layout.pulumi_state}?metadata=skip"
        return prepare_project(self.layout, self.checkout, stack, {"PULUMI_BACKEND_URL": url, "PATH": ""})


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.mark.parametrize(
    ("words", "stack"),
    [
        ("up --stack dev", "dev"),
        ("up --stack=dev", "dev"),
        ("up -s dev", "dev"),
        ("up -sdev", "dev"),
        ("up -s=dev", "dev"),
        ("up -s my.dev", "my.dev"),
        ("up --show-sames", "env"),
        ("up", "env"),
        ("env run x -- tool -s dev", "env"),
    ],
)
def test_the_stack_of_a_command_line(words: str, stack: str) -> None:
    assert stack_in(words.split(), {"PULUMI_STACK": "env"}) == stack
    assert stack_in(["up"], {}) is None
    assert stack_in(["up", "-s"], {}) is None


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("stack export --file s.json", "stack export --file /here/s.json"),
        ("import -f s.json -o x.py", "import -f /here/s.json -o /here/x.py"),
        ("stack import --file=s.json", "stack import --file=/here/s.json"),
        ("stack import --file /tmp/s.json", "stack import --file /tmp/s.json"),
        ("up -f --stack dev", "up -f --stack dev"),
        ("preview --save-plan p --policy-pack policies", "preview --save-plan /here/p --policy-pack /here/policies"),
        ("stack export --file", "stack export --file"),
        ("config set a -- --file b", "config set a -- --file b"),
        ("up --message file=x", "up --message file=x"),
    ],
)
def test_paths_mean_what_they_mean_where_the_command_was_given(words: str, expected: str) -> None:
    assert absolute_paths(words.split(), Path("/here")) == expected.split()


def test_a_copy_keeps_the_very_text_and_the_engines_salt(site: Site) -> None:
    site.source("dev", "config:\n  a:b: yes # as the engine reads it\n")
    site.prepare()
    assert site.copy("dev").read_text() == "config:\n  a:b: yes # as the engine reads it\n"
    site.copy("dev").write_text(SALT + "config: {}\n")
    site.source("dev", "config:\n  a:b: 1.30")
    site.prepare()
    assert site.copy("dev").read_text() == "config:\n  a:b: 1.30\n" + SALT


def test_nothing_encrypted_is_copied_however_deep_it_lies(site: Site) -> None:
    site.source(
        "dev",
        "secretsprovider: awskms://x\nencryptedkey: k\nconfig:\n  a:x: {secure: v1:s}\n"
        "  a:y: {in: {secure: v1:s}, out: 1, list: [{secure: v1:s}, 2]}\n",
    )
    site.prepare()
    assert yaml.safe_load(site.copy("dev").read_text()) == {"config": {"a:y": {"out": 1, "list": [2]}}}


def test_a_copy_with_own_settings_is_taken_anew_only_with_its_original_and_says_so(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.source("dev", "config:\n  a:b: 1\n")
    site.prepare()
    site.copy("dev").write_text("config:\n  a:b: 2\n" + SALT)
    site.prepare()
    assert "a:b: 2" in site.copy("dev").read_text()
    assert capsys.readouterr().err == ""
    site.source("dev", "config:\n  a:b: 3\n")
    site.prepare()
    assert site.copy("dev").read_text() == "config:\n  a:b: 3\n" + SALT
    assert "`pulumi config set`" in capsys.readouterr().err
    site.source("dev", "config:\n  a:b: 4\n")
    site.prepare()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("text", ["config: [", "- a\n", "config: 3\n", "just words"])
def test_a_broken_stack_file_is_named_for_its_own_stack_and_harmless_for_others(site: Site, text: str) -> None:
    site.source("broken", text)
    site.source("fine", "config: {}\n")
    stacks = site.layout.pulumi_state / ".pulumi" / "stacks" / "cartesia"
    stacks.mkdir(parents=True)
    (stacks / "fine.json").write_text("{}")
    site.prepare("fine")
    with pytest.raises(
        SandboxError, match=r"(?s)^stacks/Pulumi\.broken\.yaml: 1 problem\b.*(must be a mapping|line 1: must be YAML)"
    ):
        site.prepare("broken")


REFUSED = {
    "a number as key": b"config:\n  c:eks:\n    tags: {4711: x, team: y}\n",
    "a key twice": b"config:\n  c:eks: 1\n  c:eks: 2\n",
    "a tab": b"config:\n\tc:eks: 1\n",
    "latin-1": b"config:\n  c:eks: caf\xe9\n",
    "a control character": b'config:\n  c:eks: "a\x00b"\n',
}


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_a_refused_file_leaves_the_copy_as_it_was_and_is_forgotten_once_repaired(site: Site, content: bytes) -> None:
    good, better = "config:\n  c:eks: 1\n", "config:\n  c:eks: 3\n"
    site.source("dev", good)
    site.prepare()
    site.copy("dev").write_text(good + SALT)
    before = {path.name: path.read_bytes() for path in site.copy("dev").parent.iterdir()}
    (site.checkout / "stacks" / "Pulumi.dev.yaml").write_bytes(content)
    for _ in range(2):
        with pytest.raises(SandboxError, match=r"^stacks/Pulumi\.dev\.yaml: 1 problem\n"):
            site.prepare("dev")
    assert {path.name: path.read_bytes() for path in site.copy("dev").parent.iterdir()} == before
    for text in (good, better):
        site.source("dev", text)
        site.prepare()
        assert site.copy("dev").read_text() == text + SALT


@pytest.mark.parametrize("salt", ["", SALT])
def test_no_copy_outlives_its_source_and_the_engines_own_files_stay(site: Site, salt: str) -> None:
    site.source("gone", "config:\n  a:b: 1\n")
    site.prepare()
    site.copy("gone").write_text("config:\n  a:b: 1\n" + salt)
    site.copy("made-inside").write_text(SALT)
    (site.checkout / "stacks" / "Pulumi.gone.yaml").rename(site.checkout / "stacks" / "Pulumi.new.yaml")
    site.prepare()
    assert (site.copy("gone").read_text() if salt else site.copy("gone").exists()) == (SALT if salt else False)
    assert site.copy("new").read_text() == "config:\n  a:b: 1\n"
    assert site.copy("made-inside").read_text() == SALT
    (site.checkout / "stacks" / "Pulumi.new.yaml").rename(site.checkout / "stacks" / "Pulumi.gone.yaml")
    site.prepare()
    assert site.copy("gone").read_text() == "config:\n  a:b: 1\n" + salt


@pytest.mark.parametrize("cut", ["", "config:\n  a:b: [1, "])
def test_a_copy_that_a_killed_engine_cut_is_taken_again(site: Site, cut: str) -> None:
    site.source("dev", "config:\n  a:b: 1\n")
    site.prepare()
    site.copy("dev").write_text(cut)
    stacks = site.layout.pulumi_state / ".pulumi" / "stacks" / "cartesia"
    stacks.mkdir(parents=True)
    (stacks / "dev.json").write_text("{}")
    site.prepare("dev")
    assert site.copy("dev").read_text() == "config:\n  a:b: 1\n"


@pytest.mark.parametrize("step", ["target", "mark"])
def test_a_kill_between_copy_and_mark_leaves_nothing_to_mistake(
    site: Site, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.source("dev", "config:\n  a:b: 1\n")
    site.prepare()
    site.source("dev", "config:\n  a:b: 2\n")

    def cut(path: Path, text: str) -> None:
        if (path.suffix == ".source") == (step == "mark"):
            raise KeyboardInterrupt
        write_text(path, text)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("sandbox.stack_files.write_text", cut)
        site.prepare()
    site.source("dev", "config:\n  a:b: 1\n")
    site.prepare()
    assert site.copy("dev").read_text() == "config:\n  a:b: 1\n"


@pytest.mark.parametrize("text", ["{config: {}}\n", "config: {}\n...\n", "# nothing\n", "config: {}"])
def test_the_salt_goes_below_any_form_of_a_file(site: Site, text: str) -> None:
    site.source("dev", "config:\n  a:b: 1\n")
    site.prepare()
    site.copy("dev").write_text("config:\n  a:b: 1\n" + SALT)
    site.source("dev", text)
    site.prepare()
    copied = yaml.safe_load(site.copy("dev").read_text())
    assert (copied["encryptionsalt"], copied.get("config") or {}) == ("v1:abc", {})


def test_a_missing_stack_file_is_named_with_the_known_stacks(site: Site) -> None:
    site.source("my.dev", "config: {}\n")
    with pytest.raises(SandboxError, match=r"no stack other: .*known stacks: my\.dev$"):
        site.prepare("other")


@pytest.mark.parametrize("stack", ["eks-prd", "eks-pord", "EKS-prod", "eks_prod", "prod"])
def test_a_mistyped_stack_gets_its_nearest(stack: str, site: Site) -> None:
    site.source("eks-prod", "config: {}\n")
    site.source("other", "config: {}\n")
    with pytest.raises(SandboxError, match=rf"no stack {stack}: .*did you mean eks-prod\?$"):
        site.prepare(stack)


def test_two_commands_at_once_prepare_one_project(site: Site) -> None:
    site.source("dev", "config: {}\n")
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: site.prepare(), range(16))) == {site.layout.project}
    assert (site.layout.project / "components").resolve() == site.checkout / "components"


class TestLauncher:
    @pytest.fixture
    def pulumi(self, tmp_path: Path) -> Path:
        """The launcher of a world, before an engine that tells folder and arguments."""
        engine = tmp_path / "tools" / "pulumi"
        write_text(engine, '#!/bin/sh\npwd\nprintf "%s\\n" "$@"\n', mode=0o755)
        layout = Layout(tmp_path / "a 'world'")
        write_bin(layout, dict.fromkeys(PROGRAMS, engine))
        write_text(layout.record, "{}")
        return layout.bin / "pulumi"

    def run(self, pulumi: Path, folder: Path, *words: str) -> list[str]:
        variables = {"CARTESIA_SANDBOX_DIR": str(pulumi.parent.parent), "PATH": "/usr/bin:/bin"}
        variables["PYTHONPATH"] = str(CHECKOUT)
        done = subprocess.run([pulumi, *words], cwd=folder, env=variables, capture_output=True, text=True, check=True)
        return done.stdout.splitlines()

    @pytest.mark.parametrize("folder", [CHECKOUT, CHECKOUT / "stacks"])
    def test_from_the_checkout_the_engine_gets_the_worlds_project(self, pulumi: Path, folder: Path) -> None:
        project = str(pulumi.parent.parent / "project")
        words = ["config", "set", "a b", "$c 'd'", "--file", "x y"]
        wanted = [str(folder), "--cwd", project, *words[:-1], str(folder / "x y")]
        assert self.run(pulumi, folder, *words) == wanted

    def test_a_link_to_the_checkout_is_the_checkout(self, pulumi: Path, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to(CHECKOUT)
        assert "--cwd" in self.run(pulumi, tmp_path / "link" / "stacks", "about")

    def test_what_is_done_in_the_world_is_written_down_without_values(self, pulumi: Path) -> None:
        self.run(pulumi, CHECKOUT, "config", "set", "--secret", "key", "canary")
        said = (pulumi.parent.parent / "in-use").read_text()
        assert said.endswith("), pulumi config")

    @pytest.mark.parametrize("words", [["-C", "x", "up"], ["-Cx", "up"], ["--cwd=x", "up"], ["up", "--cwd", "x"]])
    def test_a_folder_that_is_named_is_left_alone(self, pulumi: Path, words: list[str]) -> None:
        assert self.run(pulumi, CHECKOUT, *words) == [str(CHECKOUT), *words]

    def test_elsewhere_it_is_the_engine(self, pulumi: Path, tmp_path: Path) -> None:
        assert self.run(pulumi, tmp_path, "up") == [str(tmp_path), "up"]
