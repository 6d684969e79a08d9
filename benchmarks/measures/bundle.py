"""What distrust costs: verify and unpack the vendor's archive, held against unpacking it without a look."""

import gzip
import hashlib
import io
import random
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.record import Benchmark, BenchmarkError, Figure, Rounds
from core.bundle.lock import archive_file
from core.bundle.removal import remove_tree
from sandbox.vendor.pack import archive_bytes
from toolkit.bundle import store as stores

_LARGE_FILES = 64
_LARGE_FILE_BYTES = 512 << 10


def _run(rounds: int) -> Rounds:
    chart = archive_bytes()
    archives = {"chart": chart, "large": _large(chart)}
    for work in (_verified, _extracted):
        _seconds(work, chart)  # the first of each loads modules
    for _ in range(rounds):
        found: dict[str, float] = {}
        for name, content in archives.items():
            ours, plain = _seconds(_verified, content) * 1000, _seconds(_extracted, content) * 1000
            found |= {name: ours, f"{name}_plain": plain, f"{name}_ratio": ours / plain}
        yield found


def _seconds(work: Callable[[Path, Path, str], None], content: bytes) -> float:
    """Time of the work on a copy of the archive, in a folder that then goes away."""
    with _folder() as folder:
        digest = hashlib.sha256(content).hexdigest()
        archive = archive_file(folder, digest)
        archive.parent.mkdir(parents=True, exist_ok=True)
        archive.write_bytes(content)
        begin = time.perf_counter()
        work(folder, archive, digest)
        return time.perf_counter() - begin


def _verified(store: Path, archive: Path, digest: str) -> None:
    """As `release fetch` does it: the archive by its digest, every member by the rules, every file by its digest."""
    if not stores.has_archive(store, digest):
        raise BenchmarkError(f"{archive} is not what was written")
    stores.install(store, digest, bucket="benchmark", version="0.0.0", archive=archive.name)


def _extracted(store: Path, archive: Path, digest: str) -> None:
    with tarfile.open(archive) as tar:
        tar.extractall(store / digest, filter="data")


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cartesia-benchmark-") as name:
        try:
            yield Path(name)
        finally:
            for path in Path(name).iterdir():  # what is installed is read-only
                remove_tree(path)


def _large(chart: bytes) -> bytes:
    """The reference archive with 32 MiB of files beside the chart that pack about as well as text does."""
    rng = random.Random(20261121)
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as stream, tarfile.open(fileobj=stream, mode="w") as out:
        with tarfile.open(fileobj=io.BytesIO(chart)) as tar:
            for member in tar:
                out.addfile(member, tar.extractfile(member) if member.isfile() else None)
        for number in range(_LARGE_FILES):
            member = tarfile.TarInfo(f"cartesia-kube/files/{number:03}")
            member.size = _LARGE_FILE_BYTES
            out.addfile(member, io.BytesIO(rng.randbytes(_LARGE_FILE_BYTES // 2).hex().encode()))
    return packed.getvalue()


def _figures(name: str, what: str) -> tuple[Figure, ...]:
    return (
        Figure(key=name, what=f"{what}: verify and unpack", unit="ms"),
        Figure(key=f"{name}_plain", what=f"{what}: baseline `extractall`", unit="ms"),
        Figure(key=f"{name}_ratio", what=f"{what} / baseline", unit="x"),
    )


BENCHMARK = Benchmark(
    name="bundle",
    what="The vendor's archive verified and unpacked into the store; the reference archive as it is, and with 32 MiB "
    "of files more.",
    baseline="`tarfile.extractall` of the same archive",
    figures=(*_figures("chart", "reference archive"), *_figures("large", "with 32 MiB more")),
    rounds=7,
    run=_run,
)
