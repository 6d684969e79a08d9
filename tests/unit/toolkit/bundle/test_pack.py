"""The packed reference bundle: the vendor's layout, the same bytes each time, fast."""

import hashlib
import tarfile
import time

from core.bundle.checksums import choose_entry, parse_checksums
from sandbox.vendor import ARCHIVE, BUCKET, VERSION, pack_vendor_bundle
from toolkit.bundle import DEFAULT_BUCKET
from toolkit.bundle import fetch as fetching


def test_sandbox_and_fetch_agree_on_names():
    assert (BUCKET, ARCHIVE) == (DEFAULT_BUCKET, fetching.ARCHIVE)


def test_bucket_has_the_vendors_objects_and_equal_bytes_each_time(tmp_path):
    start = time.perf_counter()
    pack_vendor_bundle(tmp_path / "one")
    assert time.perf_counter() - start < 0.3
    pack_vendor_bundle(tmp_path / "two")
    files = {
        str(path.relative_to(tmp_path / "one")): path.read_bytes()
        for path in (tmp_path / "one").rglob("*")
        if path.is_file()
    }
    assert sorted(files) == [
        f"{BUCKET}/cartesia-kube/latest/VERSION",
        f"{BUCKET}/cartesia-kube/latest/{ARCHIVE}",
        f"{BUCKET}/cartesia-kube/releases/{VERSION}/SHA256SUMS",
    ]
    assert all((tmp_path / "two" / name).read_bytes() == content for name, content in files.items())


def test_checksum_is_listed_by_the_versioned_name_and_fits(tmp_path):
    pack_vendor_bundle(tmp_path)
    root = tmp_path / BUCKET / "cartesia-kube"
    entries = parse_checksums((root / "releases" / VERSION / "SHA256SUMS").read_text())
    entry = choose_entry(entries, file_name=ARCHIVE, version=VERSION)
    assert entry.name == f"cartesia-kube-{VERSION}.tar.gz"
    assert entry.sha256 == hashlib.sha256((root / "latest" / ARCHIVE).read_bytes()).hexdigest()


def test_archive_is_laid_out_as_documented(tmp_path):
    pack_vendor_bundle(tmp_path)
    with tarfile.open(tmp_path / BUCKET / "cartesia-kube" / "latest" / ARCHIVE) as tar:
        members = tar.getmembers()
    names = {member.name for member in members}
    below = "cartesia-kube/"
    assert {f"{below}cartesia/Chart.yaml", f"{below}cartesia/values.yaml", f"{below}benchmarking"} <= names
    assert {
        f"{below}infra/aws/cartesia-eks",
        f"{below}infra/gcp/cartesia-gke",
        f"{below}cartesia/scripts/swarm",
    } <= names
    assert {f"{below}aws-terraform.tfvars.example", f"{below}gcp-terraform.tfvars.example"} <= names
    assert {f"{below}cartesia/templates/{part}" for part in ("autoscaler", "resources", "services")} <= names
    assert {(member.mtime, member.uid, member.gid, member.uname) for member in members} == {(0, 0, 0, "")}
    assert not any("__pycache__" in name for name in names)
