"""Members of tar archives, made one by one, as honest or as hostile as a test wants them."""

import io
import tarfile


def member(name, content=b"", **fields):
    info = tarfile.TarInfo(name)
    info.size = len(content)
    info.mode = 0o644
    for key, value in fields.items():
        setattr(info, key, value)
    return info, content


def link(name, target, kind=tarfile.SYMTYPE):
    return member(name, type=kind, linkname=target)


def directory(name, mode=0o755):
    return member(name, type=tarfile.DIRTYPE, mode=mode)


def tar_bytes(*members, format=tarfile.PAX_FORMAT):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=format) as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return packed.getvalue()
