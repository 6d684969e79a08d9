"""Packs the reference bundle as the vendor packs its own.

Owns the object layout of the bucket and the archive's bytes, which are the same on every run (another zlib may compress
otherwise). Leaves serving to the fake Cloud Storage. Layout: docs.cartesia.ai/self-hosted/provisioned-resources,
2026-08.
"""

import gzip
import hashlib
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

BUCKET: Final = "cartesia-onprem"
VERSION: Final = "0.1.0"
"""Version of the reference bundle; the vendor's own numbering is not public."""
ARCHIVE: Final = "cartesia-kube-latest.tar.gz"

_BUNDLE: Final = Path(__file__).parent / "bundle"
_CHART: Final = Path(__file__).parents[1] / "chart" / "cartesia"
_CHART_IN_BUNDLE: Final = "cartesia-kube/cartesia"


def pack_vendor_bundle(dest: Path) -> None:
    """Write the vendor's bucket below `dest`, one file an object, as `fake-gcs-server -data <dest>` serves it.

    Writes `<dest>/cartesia-onprem/cartesia-kube/latest/{cartesia-kube-latest.tar.gz,VERSION}` and
    `.../releases/<version>/SHA256SUMS`. The checksum file lists the archive by its versioned name, the harder of the
    two readings of the vendor's pages, and a second file that nobody fetches.

    Raises:
        OSError: When `dest` cannot be written.
    """
    archive = archive_bytes()
    root = dest / BUCKET / "cartesia-kube"
    sums = f"{_sha256(archive)}  cartesia-kube-{VERSION}.tar.gz\n{_sha256(VERSION.encode())}  VERSION\n"
    _write(root / "latest" / ARCHIVE, archive)
    _write(root / "latest" / "VERSION", f"{VERSION}\n".encode())
    _write(root / "releases" / VERSION / "SHA256SUMS", sums.encode())


def archive_bytes() -> bytes:
    """The archive: `cartesia-kube/` with the chart, as a gzipped tar without times, owners or machine-made order."""
    packed = io.BytesIO()
    # mtime and file name are in the gzip header; both empty, so that equal content gives an equal digest.
    with (
        gzip.GzipFile(filename="", fileobj=packed, mode="wb", mtime=0) as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        files = dict(_files())
        for directory in sorted({parent for name in files for parent in _parents(name)}):
            tar.addfile(_member(directory, tarfile.DIRTYPE, 0o755))
        for name in sorted(files):
            content = files[name].read_bytes()
            member = _member(name, tarfile.REGTYPE, 0o644)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def _files() -> Iterator[tuple[str, Path]]:
    for path in _BUNDLE.rglob("*"):
        if path.is_file():
            yield path.relative_to(_BUNDLE).as_posix(), path
    for path in _CHART.rglob("*"):
        if path.is_file():
            yield f"{_CHART_IN_BUNDLE}/{path.relative_to(_CHART).as_posix()}", path


def _parents(name: str) -> list[str]:
    parts = name.split("/")[:-1]
    return ["/".join(parts[: depth + 1]) for depth in range(len(parts))]


def _member(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.mode, member.mtime = kind, mode, 0
    return member


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
