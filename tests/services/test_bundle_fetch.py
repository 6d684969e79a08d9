"""Fetching the packed reference bundle with Google's client from a real fake-gcs-server on loopback."""

import hashlib
import shutil
import time
from pathlib import Path

import pytest

from core.bundle.lock import parse_lock, verified_chart, verify_tree
from core.bundle.removal import remove_tree
from core.input.problems import InvalidInput
from sandbox.vendor import ARCHIVE, VERSION
from tests.support.gcs_vendor import LATEST, SUMS, VERSION_FILE, gcs_url, vendor_of
from toolkit.bundle import BundleError
from toolkit.bundle.download import part_file
from toolkit.bundle.fetch import open_remote

__all__ = ["gcs_url"]


@pytest.fixture
def vendor(gcs_url, tmp_path, monkeypatch):
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs_url)
    vendor = vendor_of(gcs_url, tmp_path)
    yield vendor
    assert not any(vendor.secret in repr(step) for step in vendor.steps)


def snapshot(directory):
    return {path: path.lstat().st_mtime_ns for path in sorted(directory.rglob("*"))}


def test_first_fetch_stores_a_verified_read_only_bundle_and_locks_it(vendor):
    lock = vendor.fetch()

    assert (lock.version, lock.bucket, lock.archive) == (VERSION, vendor.name, ARCHIVE)
    assert lock.archive_sha256 == hashlib.sha256(vendor.get(LATEST)).hexdigest()
    assert parse_lock(vendor.lock_file.read_text()) == lock
    assert verified_chart(vendor.store, lock).joinpath("Chart.yaml").is_file()
    tree = vendor.store / lock.archive_sha256
    assert all(path.stat().st_mode & 0o222 == 0 for path in [tree, *tree.rglob("*")])
    assert sorted(path.name for path in (tree / "tree" / "cartesia-kube").iterdir()) == [
        "README.md",
        "aws-terraform.tfvars.example",
        "benchmarking",
        "cartesia",
        "gcp-terraform.tfvars.example",
        "infra",
    ]


def test_second_fetch_changes_nothing_and_needs_neither_key_nor_network(vendor, monkeypatch):
    vendor.fetch()
    before = snapshot(vendor.store), vendor.lock_file.stat().st_mtime_ns, vendor.lock_file.read_text()
    vendor.key.rename(vendor.key.with_suffix(".away"))
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:1")

    vendor.fetch()

    after = snapshot(vendor.store), vendor.lock_file.stat().st_mtime_ns, vendor.lock_file.read_text()
    vendor.key.with_suffix(".away").rename(vendor.key)
    assert after == before


def test_lock_of_two_machines_is_the_same_text(vendor, tmp_path):
    vendor.fetch()
    first = vendor.lock_file.read_text()
    vendor.store, vendor.lock_file = tmp_path / "other", tmp_path / "other.lock"
    vendor.fetch()
    assert vendor.lock_file.read_text() == first


@pytest.mark.parametrize("hurt", ["change", "remove", "add", "manifest", "all"])
def test_damaged_store_is_repaired_from_the_kept_archive(vendor, hurt, monkeypatch):
    lock = vendor.fetch()
    home = vendor.store / lock.archive_sha256
    chart = home / "tree" / lock.chart_path
    for path in [home, *home.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    {
        "change": lambda: (chart / "values.yaml").write_text("release: {}\n"),
        "remove": (chart / "values.yaml").unlink,
        "add": lambda: (chart / "templates" / "extra.yaml").write_text("kind: Pod\n"),
        "manifest": lambda: (home / "manifest").write_text(""),
        "all": lambda: shutil.rmtree(home),
    }[hurt]()
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:1")

    assert vendor.fetch() == lock
    verify_tree(vendor.store, lock)


def test_damaged_archive_in_the_store_is_fetched_again(vendor):
    lock = vendor.fetch()
    archive = vendor.store / f"{lock.archive_sha256}.tar.gz"
    archive.chmod(0o644)
    archive.write_bytes(b"damaged")
    remove_tree(vendor.store / lock.archive_sha256)
    assert vendor.fetch() == lock
    verify_tree(vendor.store, lock)


def test_archive_with_another_digest_is_refused_by_name_and_both_digests(vendor):
    honest = hashlib.sha256(vendor.get(LATEST)).hexdigest()
    vendor.put(LATEST, b"something else")
    with pytest.raises(BundleError) as refused:
        vendor.fetch()
    assert LATEST in str(refused.value)
    assert honest in str(refused.value)
    assert hashlib.sha256(b"something else").hexdigest() in str(refused.value)
    assert not vendor.lock_file.exists()
    assert not any(path.suffix in (".part", ".gz") for path in vendor.store.rglob("*"))


def test_refused_archive_does_not_spoil_the_next_try(vendor):
    good = vendor.get(LATEST)
    vendor.put(LATEST, b"x" * len(good))
    with pytest.raises(BundleError):
        vendor.fetch()
    vendor.put(LATEST, good)
    assert vendor.fetch().version == VERSION


@pytest.mark.parametrize("sums", ["", "\n\n", "0" * 64 + "  other.tar.gz\n", "not a checksum\n", "0" * 63 + "  x\n"])
def test_checksums_without_a_usable_entry_fail_and_are_never_skipped(vendor, sums):
    vendor.put(SUMS, sums)
    with pytest.raises(BundleError, match="SHA256SUMS"):
        vendor.fetch()
    assert not vendor.lock_file.exists()


@pytest.mark.parametrize("name", [LATEST, VERSION_FILE, SUMS])
def test_missing_object_is_named(vendor, name):
    vendor.bucket.blob(name).delete()
    with pytest.raises(BundleError, match=f"{name}: must exist"):
        vendor.fetch()


def test_missing_bucket_is_named(vendor):
    vendor.name = "no-such-bucket"
    with pytest.raises(BundleError, match="gs://no-such-bucket/"):
        vendor.fetch()


@pytest.mark.parametrize("version", ["", "../1.0", "a b", "1.0/..", "x" * 65])
def test_version_that_is_no_version_is_refused(vendor, version):
    vendor.put(VERSION_FILE, version)
    with pytest.raises(BundleError, match="must hold one version"):
        vendor.fetch()


def test_version_that_moves_once_starts_over_and_takes_the_new_one(vendor, monkeypatch):
    new = vendor.get(LATEST) + bytes(512)  # zeros after a gzip stream are padding: another digest, the same content
    moved = []

    def publish_in_the_middle(remote, obj, directory, progress):
        if not moved:
            moved.append(True)
            vendor.publish("0.2.0", new)
        return original(remote, obj, directory, progress)

    import toolkit.bundle.fetch as fetching

    original = fetching.download
    monkeypatch.setattr(fetching, "download", publish_in_the_middle)
    lock = vendor.fetch()
    assert lock.version == "0.2.0"
    assert lock.archive_sha256 == hashlib.sha256(new).hexdigest()
    assert any("starting over" in step.text for step in vendor.steps)


def test_version_that_never_rests_ends_after_three_tries(vendor, monkeypatch):
    import toolkit.bundle.fetch as fetching

    original = fetching.download
    tries = []

    def publish_each_time(remote, obj, directory, progress):
        done = original(remote, obj, directory, progress)
        tries.append(obj)
        vendor.publish(f"0.{len(tries) + 1}.0", b"%d" % len(tries))
        return done

    monkeypatch.setattr(fetching, "download", publish_each_time)
    with pytest.raises(BundleError, match="must stay the same for one of 3 tries"):
        vendor.fetch()
    assert len(tries) == 3


def test_lock_keeps_its_version_when_the_vendor_moves_on(vendor):
    old = vendor.fetch()
    new = vendor.get(LATEST) + bytes(512)
    vendor.publish("0.2.0", new)

    assert vendor.fetch() == old
    assert vendor.fetch(update=True).version == "0.2.0"
    assert parse_lock(vendor.lock_file.read_text()).version == "0.2.0"


def test_locked_version_that_is_gone_says_what_is_there_and_what_to_do(vendor, tmp_path):
    vendor.fetch()
    vendor.publish("0.2.0", b"anything")
    vendor.store = tmp_path / "empty"
    with pytest.raises(BundleError, match=r"must hold the locked version 0\.1\.0.*newest is 0\.2\.0.*--update"):
        vendor.fetch()


def test_locked_version_is_taken_from_its_release_directory_if_it_is_there(vendor, tmp_path):
    old = vendor.fetch()
    vendor.put(f"cartesia-kube/releases/{VERSION}/cartesia-kube-{VERSION}.tar.gz", vendor.get(LATEST))
    vendor.publish("0.2.0", b"anything")
    vendor.store = tmp_path / "empty"
    assert vendor.fetch() == old


def test_changed_archive_of_the_locked_version_is_refused(vendor, tmp_path):
    old = vendor.fetch()
    text = vendor.lock_file.read_text()
    changed = vendor.get(LATEST) + bytes(512)
    vendor.publish(VERSION, changed)
    vendor.store = tmp_path / "empty"
    with pytest.raises(BundleError) as refused:
        vendor.fetch()
    assert ARCHIVE in str(refused.value)
    assert old.archive_sha256 in str(refused.value)
    assert hashlib.sha256(changed).hexdigest() in str(refused.value)
    assert vendor.lock_file.read_text() == text


def test_edited_lock_is_named_by_field(vendor):
    lock = vendor.fetch()
    vendor.lock_file.write_text(vendor.lock_file.read_text().replace(lock.tree_sha256, "0" * 64))
    with pytest.raises(BundleError, match=r"lock\.tree_sha256"):
        vendor.fetch()


def test_lock_of_another_bucket_is_wrong_input(vendor):
    vendor.fetch()
    vendor.name = "cartesia-other"
    with pytest.raises(InvalidInput, match="must be the lock's"):
        vendor.fetch()


def test_broken_gzip_with_the_right_digest_is_refused(vendor):
    vendor.publish("0.2.0", vendor.get(LATEST)[:3000])
    with pytest.raises(BundleError, match="must be whole gzip; got cut short"):
        vendor.fetch()
    assert not vendor.lock_file.exists()
    assert not list(vendor.store.glob(".new-*"))


def test_download_goes_on_behind_the_last_block(vendor, monkeypatch):
    import toolkit.bundle.download as downloading

    monkeypatch.setattr(downloading, "BLOCK_BYTES", 1000)
    remote = open_remote(vendor.name, vendor.key)
    obj = remote.stat(LATEST)
    part = part_file(vendor.store / ".parts", remote, obj)
    part.parent.mkdir(parents=True)
    part.write_bytes(vendor.get(LATEST)[:2500])

    vendor.fetch()

    started = [step.done_bytes for step in vendor.steps if step.total_bytes]
    assert started[0] == 2500
    assert started == sorted(started)


def test_unreachable_bucket_is_one_sentence(vendor, monkeypatch):
    import toolkit.bundle.fetch as fetching

    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:1")
    remote = fetching.open_remote(vendor.name, vendor.key, retry_seconds=0.1)
    with pytest.raises(BundleError, match="must be reachable"):
        fetching.newest(remote)


def test_leftovers_of_a_killed_fetch_are_cleared(vendor):
    left = vendor.store / ".new-dead" / "tree"
    left.mkdir(parents=True)
    (left / "file").write_text("half")
    left.chmod(0o555)
    vendor.fetch()
    assert not left.parent.exists()


def test_two_fetches_at_once_both_succeed(vendor):
    import threading

    found, threads = [], []
    for _ in range(3):
        threads.append(threading.Thread(target=lambda: found.append(vendor.fetch())))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert len(set(found)) == 1


def test_verifying_the_reference_bundle_is_fast(vendor):
    lock = vendor.fetch()
    took = []
    for _ in range(5):
        start = time.perf_counter()
        verify_tree(vendor.store, lock)
        took.append(time.perf_counter() - start)
    assert min(took) < 0.05


def test_stacks_can_name_the_first_damaged_file(vendor):
    from core.bundle.lock import DamagedBundle

    lock = vendor.fetch()
    file = Path(vendor.store, lock.archive_sha256, "tree", lock.chart_path, "values.yaml")
    honest = hashlib.sha256(file.read_bytes()).hexdigest()
    file.chmod(0o644)
    file.write_text("changed")
    with pytest.raises(DamagedBundle) as damaged:
        verified_chart(vendor.store, lock)
    text = str(damaged.value)
    assert str(file) in text
    assert honest in text
    assert hashlib.sha256(b"changed").hexdigest() in text
