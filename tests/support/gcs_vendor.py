"""A vendor's bucket on a real fake-gcs-server, for tests of fetching."""

import hashlib
import shutil
import socket
import subprocess
import time

import pytest
import urllib3
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from sandbox.toolchain import ensure
from sandbox.vendor import ARCHIVE, BUCKET, VERSION, pack_vendor_bundle, write_service_account
from toolkit.bundle import fetch_bundle

LATEST = f"cartesia-kube/latest/{ARCHIVE}"
VERSION_FILE = "cartesia-kube/latest/VERSION"
SUMS = f"cartesia-kube/releases/{VERSION}/SHA256SUMS"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def gcs_url():
    """A real server with in-memory storage; tests use a bucket each."""
    program = ensure(["fake-gcs-server"], progress=False)["fake-gcs-server"]
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [program, "-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-backend", "memory"]
    with subprocess.Popen(
        [*command, "-public-host", f"127.0.0.1:{port}", "-log-level", "error"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            for _ in range(200):
                try:
                    if urllib3.request("GET", f"{url}/storage/v1/b", retries=False).status == 200:
                        break
                except urllib3.exceptions.HTTPError:
                    time.sleep(0.02)
            else:
                pytest.fail("fake-gcs-server did not start")
            yield url
        finally:
            server.kill()


class Vendor:
    """One bucket of the vendor's on the server, and a customer's directory."""

    def __init__(self, url, tmp, name):
        self.name = name
        self.client = storage.Client(
            project="vendor", credentials=AnonymousCredentials(), client_options={"api_endpoint": url}
        )
        self.bucket = self.client.create_bucket(name)
        self.key = tmp / "key.json"
        self.store = tmp / "store"
        self.lock_file = tmp / "cartesia.lock"
        self.steps = []
        write_service_account(self.key)
        self.secret = self.key.read_text()[300:340]  # forty characters out of the middle of the private key
        packed = tmp / "packed"
        pack_vendor_bundle(packed)
        for path in (packed / BUCKET).rglob("*"):
            if path.is_file():
                self.put(path.relative_to(packed / BUCKET).as_posix(), path.read_bytes())
        shutil.rmtree(packed)

    def put(self, name, content):
        self.bucket.blob(name).upload_from_string(content)

    def get(self, name):
        return self.bucket.blob(name).download_as_bytes()

    def publish(self, version, archive):
        self.put(LATEST, archive)
        self.put(VERSION_FILE, f"{version}\n")
        digest = hashlib.sha256(archive).hexdigest()
        self.put(f"cartesia-kube/releases/{version}/SHA256SUMS", f"{digest}  cartesia-kube-{version}.tar.gz\n")

    def fetch(self, **more):
        return fetch_bundle(
            bucket=self.name,
            key_file=self.key,
            store=self.store,
            lock_file=self.lock_file,
            progress=self.steps.append,
            **more,
        )


def vendor_of(gcs_url, tmp_path):
    """A bucket of its own for one test, holding the packed reference bundle."""
    return Vendor(gcs_url, tmp_path, f"bucket-{hashlib.sha256(str(tmp_path).encode()).hexdigest()[:16]}")
