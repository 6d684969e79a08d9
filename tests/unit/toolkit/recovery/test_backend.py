"""Addresses of buckets are read as Pulumi reads them, and the files of a folder are written whole or not at all."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from moto import mock_aws

from toolkit.recovery.backend import READ_SCHEMES, BucketError, Folder, open_bucket
from toolkit.recovery.backend.gcs import Gcs
from toolkit.recovery.backend.s3 import S3, open_s3


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("AWS_", "GOOGLE_", "STORAGE_")):
            monkeypatch.delenv(name)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


def s3(url: str) -> S3:
    return open_s3(urlsplit(url))


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("s3://b", "https://s3.eu-west-1.amazonaws.com"),
        ("s3://b?region=us-west-2", "https://s3.us-west-2.amazonaws.com"),
        ("s3://b?region=us-west-2&region=us-east-2", "https://s3.us-east-2.amazonaws.com"),
        ("s3://b?endpoint=minio:9000", "https://minio:9000"),
        ("s3://b?endpoint=minio:9000&disableSSL=true", "http://minio:9000"),
        ("s3://b?endpoint=minio:9000&disable_https=1&s3ForcePathStyle=true", "http://minio:9000"),
        ("s3://b?endpoint=http://minio:9000&disableSSL=false", "http://minio:9000"),
        ("s3://b?dualstack=true", "https://s3.dualstack.eu-west-1.amazonaws.com"),
        ("s3://b?fips=true&region=us-west-2", "https://s3-fips.us-west-2.amazonaws.com"),
        ("s3://b?awssdk=v2&ssetype=aws:kms&kmskeyid=k", "https://s3.eu-west-1.amazonaws.com"),
    ],
)
def test_the_address_says_where_the_bucket_is(url: str, endpoint: str) -> None:
    assert s3(url).client.meta.endpoint_url == endpoint


@pytest.mark.parametrize(
    ("url", "name", "prefix"),
    [
        ("s3://b", "b", ""),
        ("s3://b/", "b", ""),
        ("s3://b/team", "b", "team/"),
        ("s3://b/team/a/?region=x", "b", "team/a/"),
    ],
)
def test_the_path_of_an_address_begins_every_key(url: str, name: str, prefix: str) -> None:
    assert (s3(url).name, s3(url).prefix) == (name, prefix)


def test_a_role_in_the_address_is_taken_on(monkeypatch: pytest.MonkeyPatch) -> None:
    with mock_aws():
        own = s3("s3://b").client._request_signer._credentials.access_key
        role = "arn:aws:iam::123456789012:role/state"
        assumed = s3(f"s3://b?role={role}").client._request_signer._credentials
    assert assumed.access_key != own
    assert assumed.token


def test_nobody_signs_for_a_bucket_that_is_read_without_a_name() -> None:
    client = s3("s3://b?anonymous=true").client
    assert "Signature" not in client.generate_presigned_url("get_object", {"Bucket": "b", "Key": "k"})


def test_credentials_for_google_are_found_in_pulumis_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "canary-token")
    found = open_bucket("gs://b/team")
    assert isinstance(found, Gcs)
    assert (found.bucket.name, found.prefix) == ("b", "team/")
    assert found.bucket.client._credentials.token == "canary-token"
    monkeypatch.setenv("GOOGLE_CREDENTIALS", '{"canary-key')
    with pytest.raises(BucketError) as refused:
        open_bucket("gs://b")
    assert "canary" not in str(refused.value)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "127.0.0.1:9")
    emulated = open_bucket("gs://b")
    assert isinstance(emulated, Gcs)
    assert emulated.bucket.client._connection.API_BASE_URL == "http://127.0.0.1:9"


def test_backends_that_are_not_read_have_no_files() -> None:
    assert {"file", "s3", "gs"} == READ_SCHEMES
    for url in ("azblob://b", "https://api.pulumi.com", ""):
        assert open_bucket(url) is None


def test_the_files_of_a_folder(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    assert folder.keys(".pulumi/locks/a/") == []
    assert folder.read(".pulumi/locks/a/x.json") is None
    folder.write(".pulumi/locks/a/x.json", b"1")
    folder.write(".pulumi/locks/a/x.json", b"2")
    assert folder.read(".pulumi/locks/a/x.json") == b"2"
    assert folder.keys(".pulumi/locks/a/") == folder.keys(".pulumi/lo") == [".pulumi/locks/a/x.json"]
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["x.json"]
    folder.remove(".pulumi/locks/a/x.json")
    folder.remove(".pulumi/locks/a/x.json")
    assert folder.keys("") == []
    (tmp_path / "file").write_text("")
    with pytest.raises(BucketError, match="file/x"):
        folder.write("file/x", b"")
