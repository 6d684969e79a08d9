"""Which stacks a change touches, by its files; and what git says of a real checkout."""

import subprocess
from pathlib import Path

import pytest

from toolkit.preview.run.touched import GitError, changed_files, default_base, merge_base, touched_stacks

STACKS = ["eks-dev", "eks-prod", "eu.west"]


@pytest.mark.parametrize(
    ("files", "stacks"),
    [
        (["stacks/Pulumi.eks-dev.yaml"], ["eks-dev"]),
        (["stacks/Pulumi.eu.west.yaml", "docs/a.md"], ["eu.west"]),
        (["docs/secrets.md", "tests/unit/test_x.py", "README.md", "toolkit/main.py", "sandbox/world.py"], []),
        (["components/eks/cluster.py"], STACKS),
        (["catalog/gpus.py", "stacks/Pulumi.eks-dev.yaml"], STACKS),
        (["policies/waivers.yaml"], STACKS),
        (["stacks/__main__.py"], STACKS),
        (["requirements.txt"], STACKS),
        (["cartesia.lock"], STACKS),
        ([], []),
    ],
)
def test_a_file_touches_its_stack_and_the_program_all(files: list[str], stacks: list[str]) -> None:
    found = touched_stacks(files, STACKS)
    assert list(found.stacks) == stacks
    assert bool(found.reason) == (stacks == STACKS)


def test_a_stack_whose_file_is_gone_is_named() -> None:
    found = touched_stacks(["stacks/Pulumi.old.yaml"], STACKS)
    assert (found.stacks, found.removed) == ((), ("old",))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    def git(*words: str) -> None:
        settings = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"]
        subprocess.run(["git", "-C", str(tmp_path), *settings, *words], check=True, capture_output=True)

    (tmp_path / "stacks").mkdir()
    for name in ("a", "b", "c"):
        (tmp_path / "stacks" / f"Pulumi.{name}.yaml").write_text("config: {}\n")
    git("init")
    git("add", ".")
    git("commit", "-m", "one")
    git("checkout", "-b", "change")
    (tmp_path / "stacks" / "Pulumi.a.yaml").write_text("config: {x: 1}\n")
    git("commit", "-am", "two")
    (tmp_path / "stacks" / "Pulumi.b.yaml").unlink()
    (tmp_path / "stacks" / "Pulumi.new.yaml").write_text("config: {}\n")
    return tmp_path


def test_committed_and_other_changes_count(checkout: Path) -> None:
    assert default_base(checkout) == "main"
    assert changed_files(checkout, "main") == [f"stacks/Pulumi.{name}.yaml" for name in ("a", "b", "new")]
    assert len(merge_base(checkout, "main")) == 40


def test_a_base_that_is_not_there_is_told_with_what_to_do(checkout: Path, tmp_path: Path) -> None:
    with pytest.raises(GitError, match="name another --base, or give --all"):
        changed_files(checkout, "no-such-branch")
    with pytest.raises(GitError):
        default_base(tmp_path / "stacks" / ".." / "..")
