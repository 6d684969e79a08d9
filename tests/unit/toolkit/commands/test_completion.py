"""Tab offers verbs, options and stacks; the verb installs it where each shell looks."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from toolkit.main import VERBS, Exit, main

ROOT = Path(__file__).parents[4]
STACKS = {path.name.split(".")[1] for path in (ROOT / "stacks").glob("Pulumi.*.yaml")}


def offered(line: str) -> set[str]:
    """What Tab offers at the end of a line, asked as bash asks."""
    words = line.split(" ")
    environment = os.environ | {
        "_CARTESIA_INFRA_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-m", "toolkit.main"], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return {row.partition(",")[2] for row in done.stdout.splitlines()}


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("cartesia-infra ", set(VERBS)),
        ("cartesia-infra sa", {"sandbox"}),
        ("cartesia-infra recover --stack ", STACKS),
        ("cartesia-infra sandbox status -s eks-", {"eks-dev", "eks-prod"}),
        ("cartesia-infra sandbox down --stack sage", {"sagemaker-dev", "sagemaker-prod"}),
        ("cartesia-infra smoke --stack ", STACKS),
        ("cartesia-infra recover --take", {"--take-lock"}),
        ("cartesia-infra nosuchverb ", set()),
    ],
)
def test_what_tab_offers(line: str, wanted: set[str]) -> None:
    assert wanted <= offered(line)
    assert wanted or not offered(line) - set(VERBS)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "ZDOTDIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("shell", "place"),
    [
        ("bash", ".local/share/bash-completion/completions/cartesia-infra"),
        ("zsh", ".local/share/cartesia-infra/completion.zsh"),
        ("fish", ".config/fish/completions/cartesia-infra.fish"),
    ],
)
def test_it_is_installed_where_the_shell_looks(
    shell: str, place: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / ".zshrc").write_text("alias a=b")
    for _ in range(2):
        assert main(["completion", shell, "--install"]) == Exit.FINE
    assert str(home / place) in capsys.readouterr().out
    assert main(["completion", shell]) == Exit.FINE
    assert capsys.readouterr().out == (home / place).read_text() + "\n"
    line = f'[ -r "{home / place}" ] && . "{home / place}"\n'
    assert (home / ".zshrc").read_text() == ("alias a=b\n" + line if shell == "zsh" else "alias a=b")


def test_a_place_that_cannot_be_written_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / ".config").write_text("a file")
    assert main(["completion", "fish", "--install"]) == Exit.WRONG
    assert "print it without --install instead" in capsys.readouterr().err


def test_bash_takes_it(home: Path) -> None:
    bash = shutil.which("bash")
    if bash is None:
        raise AssertionError("make runs bash scripts of this checkout, so bash is there")
    assert main(["completion", "bash", "--install"]) == Exit.FINE
    file = home / ".local/share/bash-completion/completions/cartesia-infra"
    done = subprocess.run([bash, "-c", f'. "{file}" && complete -p cartesia-infra'], capture_output=True, text=True)
    assert "cartesia_infra_completion" in done.stdout
