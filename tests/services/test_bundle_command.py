"""`cartesia-infra release` as people run it: a process, its two outputs and its exit code."""

import hashlib
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.vendor import ARCHIVE, BUCKET, VERSION
from tests.support.gcs_vendor import LATEST, gcs_url, vendor_of

__all__ = ["gcs_url"]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def vendor(gcs_url, tmp_path):
    return vendor_of(gcs_url, tmp_path)


@pytest.fixture
def release(gcs_url, vendor, tmp_path):
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "STORAGE_EMULATOR_HOST": gcs_url, "PYTHONPATH": str(ROOT)}

    def run(*words, key=True, **more):
        places = ["--store", str(vendor.store), "--lock-file", str(vendor.lock_file)]
        if words[0] != "verify":
            places += ["--bucket", vendor.name]
        extra = {"GOOGLE_APPLICATION_CREDENTIALS": str(vendor.key)} if key else {}
        command = [sys.executable, "-m", "toolkit.main", "release", *words, *places]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=env | extra | more)
        assert "Traceback" not in done.stderr
        assert vendor.secret not in done.stdout + done.stderr
        return done

    return run


def test_fetch_verify_and_lock_agree(release, vendor):
    fetched = release("fetch", "--json")
    assert (fetched.returncode, fetched.stderr) == (0, "")
    result = json.loads(fetched.stdout)
    assert (result["version"], result["lockChanged"]) == (VERSION, True)
    assert Path(result["chart"], "Chart.yaml").is_file()

    verified = release("verify", "--json", key=False)
    assert verified.returncode == 0
    assert json.loads(verified.stdout)["whole"] is True

    again = release("fetch", "--json", key=False, STORAGE_EMULATOR_HOST="http://127.0.0.1:1")
    assert json.loads(again.stdout)["lockChanged"] is False
    assert release("lock", "--check").returncode == 0


def test_text_is_for_people(release):
    done = release("fetch")
    assert f"version         {VERSION}\n" in done.stdout
    assert "lock changed    yes\n" in done.stdout
    assert done.stderr == "", "progress is for a terminal"


def test_dry_run_changes_nothing_and_says_what_would_happen(release, vendor):
    first = release("fetch", "--dry-run", "--json")
    digest = hashlib.sha256(vendor.get(LATEST)).hexdigest()
    assert json.loads(first.stdout) == {
        "bucket": vendor.name,
        "version": VERSION,
        "archiveSha256": digest,
        "action": "download",
        "lockChanges": True,
    }
    assert not vendor.store.exists()
    assert not vendor.lock_file.exists()
    release("fetch")
    plan = json.loads(release("fetch", "--dry-run", "--json", key=False).stdout)
    assert (plan["action"], plan["lockChanges"]) == ("nothing", False)


def test_check_finds_a_newer_archive_and_lock_takes_it(release, vendor):
    release("fetch")
    vendor.publish("0.2.0", vendor.get(LATEST) + bytes(512))
    before = vendor.lock_file.read_text()
    check = release("lock", "--check", "--json")
    assert check.returncode == 1
    assert json.loads(check.stdout)["version"] == "0.2.0"
    assert vendor.lock_file.read_text() == before
    locked = json.loads(release("lock", "--json").stdout)
    assert (locked["versionBefore"], locked["version"]) == (VERSION, "0.2.0")


def test_damage_is_a_finding(release, vendor):
    result = json.loads(release("fetch", "--json").stdout)
    values = Path(result["chart"], "values.yaml")
    values.chmod(0o644)
    values.write_text("changed")
    plain, as_json = release("verify"), release("verify", "--json")
    assert (plain.returncode, as_json.returncode) == (1, 1)
    assert f"{values}: was changed; expected file " in plain.stderr
    assert json.loads(as_json.stdout)["damage"]["path"] == str(values)
    assert release("fetch").returncode == 0
    assert release("verify").returncode == 0


def test_wrong_digest_is_a_finding_by_name(release, vendor):
    vendor.put(LATEST, b"something else")
    done = release("fetch")
    assert done.returncode == 1
    assert ARCHIVE in done.stderr
    assert hashlib.sha256(b"something else").hexdigest() in done.stderr


@pytest.mark.parametrize(
    ("words", "prepare", "text"),
    [
        (["fetch"], lambda v: v.key.unlink(), "must be a readable file"),
        (["fetch"], lambda v: v.key.write_text("{}"), "private_key: is missing"),
        (["fetch"], lambda v: v.lock_file.write_text("bucket: 1"), "problems"),
        (["fetch"], lambda v: setattr(v, "name", "gs://x"), "must be a bucket name"),
        (["fetch"], lambda v: setattr(v, "name", "no-such-bucket"), "no such object or bucket"),
        (["fetch"], lambda v: v.store.write_text(""), "File exists|Not a directory"),
        (["fetch", "--wrong"], lambda v: None, "No such option"),
        (["verify"], lambda v: None, "must be a lock file"),
        (["lock", "--check"], lambda v: v.key.unlink(), "must be a readable file"),
    ],
)
def test_wrong_use_ends_with_two(release, vendor, words, prepare, text):
    prepare(vendor)
    done = release(*words)
    assert done.returncode == 2
    assert any(word in done.stderr for word in text.split("|")), done.stderr
    assert done.stdout == ""


def test_missing_key_says_how_to_pass_one(release):
    done = release("fetch", key=False)
    assert done.returncode == 2
    assert "--key-file" in done.stderr


@pytest.mark.parametrize("verb", [[], ["fetch"], ["verify"], ["lock"]])
def test_help_has_an_example(verb):
    done = subprocess.run(
        [sys.executable, "-m", "toolkit.main", "release", *verb, "--help"], capture_output=True, text=True, cwd=ROOT
    )
    assert "cartesia-infra release " in done.stdout.split("Example")[1]
    assert BUCKET in "".join(done.stdout.split()) or verb in ([], ["verify"])


def test_progress_is_shown_on_a_terminal_and_wiped(gcs_url, vendor, tmp_path):
    ours, theirs = pty.openpty()
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "STORAGE_EMULATOR_HOST": gcs_url, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "toolkit.main", "release", "fetch", "--bucket", vendor.name]
    places = ["--key-file", str(vendor.key), "--store", str(vendor.store), "--lock-file", str(vendor.lock_file)]
    done = subprocess.run([*command, *places], stdout=subprocess.PIPE, stderr=theirs, cwd=tmp_path, env=env)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    os.close(theirs)
    assert done.returncode == 0
    assert "downloading gs://" in shown
    assert "the key is checked and not sent" in shown
    assert shown.endswith("\x1b[2K")
    assert vendor.secret not in shown
