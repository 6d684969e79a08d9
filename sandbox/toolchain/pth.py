"""`python -m sandbox.toolchain.pth`: write the path file of the virtual environment in ASCII.

pip names the folder of the checkout there in the encoding of the locale of that moment, and Python reads it in that of
a later one: with a letter beyond ASCII in the folder and `LC_ALL=C`, no program of the environment would start.
"""

import sysconfig
from pathlib import Path

_PATTERN = "__editable__*.pth"


def rewrite(site_packages: Path) -> None:
    """Turn folders beyond ASCII into a line that Python runs; files in ASCII stay as they are."""
    for file in site_packages.glob(_PATTERN):
        text = file.read_text(encoding="utf-8")
        if not text.isascii():
            file.write_text("".join(map(_line, text.splitlines())), encoding="ascii")


def _line(folder: str) -> str:
    return f"import sys; sys.path.append({folder!a})\n" if not folder.isascii() else f"{folder}\n"


if __name__ == "__main__":
    rewrite(Path(sysconfig.get_paths()["purelib"]))
