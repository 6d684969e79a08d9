"""A checkout in a folder with letters beyond ASCII starts whatever the locale is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.host.layout import CHECKOUT
from sandbox.toolchain.pth import rewrite


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8", ""])
@pytest.mark.parametrize("name", ["plain", "wörk tree ✓", "it's \\ö\""])
def test_the_folder_is_found_in_every_locale(tmp_path: Path, name: str, locale: str) -> None:
    folder, site = tmp_path / name, tmp_path / "site"
    folder.mkdir()
    site.mkdir()
    (folder / "found_by_its_path.py").write_text("")
    (site / "__editable__.x.pth").write_text(f"{folder}\n", encoding="utf-8")
    (site / "__editable__.y.pth").write_text("# nothing\n", encoding="utf-8")
    rewrite(site)
    rewrite(site)
    assert (site / "__editable__.x.pth").read_bytes().isascii()
    code = "import site, sys; site.addsitedir(sys.argv[1]); import found_by_its_path"
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG", "PYTHON"))}
    done = subprocess.run(
        [sys.executable, "-c", code, str(site)], env=environment | {"LC_ALL": locale}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("variables", "exported"),
    [
        ({"LC_ALL": "C"}, True),
        ({"LC_ALL": "POSIX", "LANG": "en_US.UTF-8"}, True),
        ({"LC_ALL": "de_DE.ISO-8859-1"}, True),
        ({}, True),
        ({"LANG": "C.UTF-8"}, False),
        ({"LC_ALL": "xx_XX.utf8"}, True),
    ],
)
def test_make_gives_pip_a_locale_that_has_every_letter(variables: dict[str, str], exported: bool) -> None:
    done = subprocess.run(
        ["make", "--print-data-base", "--dry-run", "help"],
        cwd=CHECKOUT,
        env={"PATH": "/usr/bin:/bin", **variables},
        capture_output=True,
        text=True,
    )
    assert ("LC_ALL := C.UTF-8" in done.stdout) == exported
