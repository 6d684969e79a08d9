"""Setting up the checkout's virtual environment: where packages come from, and what is told meanwhile."""

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.toolchain import venv
from sandbox.toolchain.progress import Progress
from sandbox.toolchain.venv import SetupError, requirement, uv_settings

ROOT = Path(__file__).resolve().parents[3]
INDEX = st.from_regex(r"https://[a-z]{1,8}\.example/[a-z+@:=]{0,8}/simple", fullmatch=True)
FIXED = {"UV_INDEX_STRATEGY", "UV_PYTHON_DOWNLOADS", "UV_NO_CONFIG"}


@given(INDEX, INDEX, INDEX)
def test_uv_takes_packages_from_where_pip_does(everywhere: str, install: str, variable: str) -> None:
    listed = f"install.index-url={install!r}\nglobal.index-url={everywhere!r}\n"
    assert uv_settings(listed, {})["UV_DEFAULT_INDEX"] == install
    assert uv_settings(f":env:.index-url={variable!r}\n{listed}", {})["UV_DEFAULT_INDEX"] == variable


def test_each_setting_of_pip_becomes_uvs() -> None:
    listed = (
        "global.extra-index-url='https://a.example\\nhttps://b.example'\n"
        "global.find-links='/one /two'\nglobal.trusted-host='a.example b.example'\n"
        "global.timeout='60'\nglobal.cert='/ca.pem'\nglobal.color='never'\nglobal.proxy='http://p.example:3128'\n"
    )
    assert {name: value for name, value in uv_settings(listed, {}).items() if name not in FIXED} == {
        "UV_INDEX": "https://a.example https://b.example",
        "UV_FIND_LINKS": "/one,/two",
        "UV_INSECURE_HOST": "a.example b.example",
        "UV_HTTP_TIMEOUT": "60",
        "SSL_CERT_FILE": "/ca.pem",
        "ALL_PROXY": "http://p.example:3128",
    }


def test_what_is_set_for_uv_stays() -> None:
    given_for_uv = {"UV_DEFAULT_INDEX": "https://mine.example", "SSL_CERT_FILE": "/mine.pem"}
    found = uv_settings("global.index-url='https://pip.example'\nglobal.cert='/ca.pem'\n", given_for_uv)
    assert set(found) == FIXED


def test_the_pinned_uv_is_taken_by_its_hashes_alone() -> None:
    lines = requirement((ROOT / "requirements-dev.txt").read_text(), "uv").splitlines()
    assert re.fullmatch(r"uv==\S+ \\", lines[0])
    assert [line for line in lines[1:] if not re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line)] == []
    assert len(lines) > 2
    with pytest.raises(SetupError, match="does not name nothing; write it again with `make lock`"):
        requirement("uv==1 \\\n    --hash=sha256:0\n", "nothing")


def test_no_index_address_is_in_the_requirements() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        assert re.findall(r"https?://|^--?(?!hash)", (ROOT / name).read_text(), re.M) == []


def test_pip_does_it_where_uv_cannot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def run(command, what, out, variables=None) -> None:
        ran.append(what)
        if what == "fetching uv":
            raise SetupError("no such file on the index")

    monkeypatch.setattr(venv, "_run", run)
    told = io.StringIO()
    assert venv.make(tmp_path / "venv", progress=Progress(enabled=True, stream=told)) == "pip"
    assert ran[-2:] == ["installing the packages with pip, about a minute"] * 2
    assert "no such file on the index" in told.getvalue()


def test_another_python_is_refused_before_anything_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(venv, "OLDEST", (3, 99))
    with pytest.raises(SetupError, match=r"does not fit; install Python 3\.99 to"):
        venv.make(tmp_path / "venv")
    assert list(tmp_path.iterdir()) == []


def test_no_wait_is_silent_and_a_failure_shows_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(venv, "_BEAT_SECONDS", 0.1)
    told = io.StringIO()
    script = "import time; print('the reason'); time.sleep(0.5); raise SystemExit(1)"
    with pytest.raises(SetupError, match="trying failed:\nthe reason"):
        venv._run([sys.executable, "-c", script], "trying", Progress(enabled=True, stream=told))
    assert re.findall(r"setup: trying: \d s", told.getvalue())


@pytest.mark.parametrize("found", ["python3.13", "python3.14", "python3"])
def test_make_takes_the_first_python_that_fits(tmp_path: Path, found: str) -> None:
    for name in ("python3.13", "python3.12", "python3.11", "python3.14", "python3"):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\nexit {0 if name == found else 1}\n")
        program.chmod(0o755)
    command = ["make", "--dry-run", "--always-make", "setup"]
    path = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    done = subprocess.run(command, cwd=ROOT, env=path, capture_output=True, text=True, check=True)
    assert f"\n{found} -m sandbox.toolchain.venv .venv\n" in done.stdout
