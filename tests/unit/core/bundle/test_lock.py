"""The lock file: one text for one lock, every mistake told at once, and a store checked against it file by file."""

import dataclasses
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.bundle.lock import DamagedBundle, Lock, bundle_dir, parse_lock, render_lock, verified_chart, verify_tree
from core.bundle.tree_digest import manifest_digest, render_manifest, scan_tree, tree_digest
from core.input.problems import InvalidInput

LOCK = Lock(
    bucket="cartesia-onprem",
    version="1.10",
    archive="cartesia-kube-latest.tar.gz",
    archive_sha256="1" * 64,
    archive_bytes=123,
    tree_sha256="2" * 64,
    chart_path="cartesia-kube/cartesia",
    chart_name="cartesia",
    chart_version="0.1.0",
)


def test_text_is_fixed():
    assert render_lock(LOCK).splitlines()[2:] == [
        'bucket: "cartesia-onprem"',
        'version: "1.10"',
        'archive: "cartesia-kube-latest.tar.gz"',
        f'archive_sha256: "{"1" * 64}"',
        "archive_bytes: 123",
        f'tree_sha256: "{"2" * 64}"',
        'chart_path: "cartesia-kube/cartesia"',
        'chart_name: "cartesia"',
        'chart_version: "0.1.0"',
    ]


VERSIONS = st.from_regex(r"[0-9A-Za-z][0-9A-Za-z_+-]{0,20}(\.[0-9A-Za-z]{1,9}){0,3}", fullmatch=True)
DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64)


@settings(derandomize=True, deadline=None)
@given(VERSIONS, VERSIONS, DIGESTS, DIGESTS, st.integers(1, 1 << 40))
def test_what_is_written_is_read_back(version, chart_version, archive_sha256, tree_sha256, archive_bytes):
    lock = dataclasses.replace(
        LOCK,
        version=version,
        chart_version=chart_version,
        archive_sha256=archive_sha256,
        tree_sha256=tree_sha256,
        archive_bytes=archive_bytes,
    )
    assert parse_lock(render_lock(lock)) == lock


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('version: "1.10"', "version: 1.10", r"version: must be the vendor's version, in quotes; got 1\.1"),
        ('version: "1.10"', 'version: "../1"', "version: must be"),
        ('version: "1.10"\n', "", "version: is missing"),
        ('bucket: "cartesia-onprem"', 'bucket: "gs://cartesia-onprem"', "bucket: must be a bucket name"),
        ('"' + "1" * 64 + '"', "1" * 64, "archive_sha256: must be 64"),
        ('"' + "2" * 64 + '"', '"' + "A" * 64 + '"', "tree_sha256: must be 64"),
        ("archive_bytes: 123", "archive_bytes: 0", "archive_bytes: must be"),
        ("archive_bytes: 123", "archive_bytes: true", "archive_bytes: must be"),
        ("archive_bytes: 123", 'archive_bytes: "123"', "archive_bytes: must be"),
        ("cartesia-kube/cartesia", "../cartesia", "chart_path: must be"),
        ("cartesia-kube/cartesia", "/cartesia", "chart_path: must be"),
        ("cartesia-kube/cartesia", "cartesia-kube//cartesia", "chart_path: must be"),
        ('chart_name: "cartesia"', 'chart_name: ""', "chart_name: must be"),
        ('chart_name: "cartesia"', 'chart_nam: "cartesia"', 'chart_nam: unknown key; did you mean "chart_name"'),
        ("bucket:", "<<<<<<< HEAD\nbucket:", "must be YAML; it stops being YAML at line"),
        ("archive: ", "archive: x/", "archive: must be a file name|must be YAML"),
    ],
)
def test_wrong_lock_names_the_field(old, new, words):
    text = render_lock(LOCK)
    assert old in text
    with pytest.raises(InvalidInput, match=words):
        parse_lock(text.replace(old, new))


@pytest.mark.parametrize("text", ["", "[]", "null", "1: 2", "- a", '"text"', "{"])
def test_no_lock_at_all_is_said(text):
    with pytest.raises(InvalidInput, match=r"cartesia\.lock: must be"):
        parse_lock(text)


def test_every_problem_is_told_at_once():
    with pytest.raises(InvalidInput) as refused:
        parse_lock("bucket: 1\nextra: 2\n")
    assert len(refused.value.problems) == 10


@pytest.fixture
def stored(tmp_path):
    """A store that holds one small bundle, and its lock."""
    tree = tmp_path / "new" / "tree"
    chart = tree / "cartesia-kube" / "cartesia"
    chart.mkdir(parents=True)
    (chart / "Chart.yaml").write_text("name: cartesia\n")
    (chart / "run.sh").write_text("#!/bin/sh\n")
    (chart / "run.sh").chmod(0o755)
    (chart / "link").symlink_to("Chart.yaml")
    (tree / "cartesia-kube" / "README.md").write_text("read me\n")
    manifest = render_manifest(scan_tree(tree))
    (tmp_path / "new" / "manifest").write_text(manifest)
    lock = dataclasses.replace(LOCK, tree_sha256=manifest_digest(manifest))
    (tmp_path / "new").rename(bundle_dir(tmp_path, lock))
    return tmp_path, lock


def test_whole_bundle_passes(stored):
    store, lock = stored
    assert verify_tree(store, lock) == store / lock.archive_sha256 / "tree"
    assert verified_chart(store, lock) == store / lock.archive_sha256 / "tree" / "cartesia-kube" / "cartesia"
    assert tree_digest(store / lock.archive_sha256 / "tree") == lock.tree_sha256


def relink(chart):
    (chart / "link").unlink()
    (chart / "link").symlink_to("run.sh")


def swap_for_fifo(chart):
    import os

    (chart / "Chart.yaml").unlink()
    os.mkfifo(chart / "Chart.yaml")


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (
            lambda chart: (chart / "Chart.yaml").write_text("x"),
            r"Chart\.yaml: was changed; expected file [0-9a-f]{64}; got",
        ),
        (lambda chart: (chart / "Chart.yaml").unlink(), r"Chart\.yaml: is missing; expected file .*got no such file"),
        (
            lambda chart: (chart / "a").write_text("x"),
            r"/a: is not part of the archive; expected no such file; got file",
        ),
        (lambda chart: (chart / "run.sh").chmod(0o644), r"run\.sh: was changed; expected exec .*got file"),
        (relink, r"link: was changed; expected link"),
        (swap_for_fifo, r"Chart\.yaml: was changed; .*got other"),
        (shutil.rmtree, "must hold the archive|is missing"),
    ],
)
def test_first_difference_is_named_with_both_digests(stored, harm, words):
    store, lock = stored
    harm(store / lock.archive_sha256 / "tree" / lock.chart_path)
    for verify in (verify_tree, verified_chart):
        with pytest.raises(DamagedBundle, match=words):
            verify(store, lock)


def test_check_of_the_chart_does_not_read_the_rest(stored):
    store, lock = stored
    (store / lock.archive_sha256 / "tree" / "cartesia-kube" / "README.md").write_text("changed")
    verified_chart(store, lock)
    with pytest.raises(DamagedBundle, match=r"README\.md: was changed"):
        verify_tree(store, lock)


@pytest.mark.parametrize("content", [None, "", "other text"])
def test_manifest_that_the_lock_does_not_vouch_for_is_refused(stored, content):
    store, lock = stored
    manifest = store / lock.archive_sha256 / "manifest"
    manifest.unlink() if content is None else manifest.write_text(content)
    with pytest.raises(DamagedBundle, match=f"manifest: .*expected {lock.tree_sha256}"):
        verify_tree(store, lock)


def test_empty_store_says_what_to_run(tmp_path):
    with pytest.raises(DamagedBundle, match="run `cartesia-infra release fetch`"):
        verified_chart(tmp_path, LOCK)
