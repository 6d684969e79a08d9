"""The table of tests names every folder."""

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2]


def test_the_table_names_every_folder_and_no_other() -> None:
    named = set(re.findall(r"^\| `(\w+)/`", (TESTS / "README.md").read_text(), re.M))
    assert named == {path.name for path in TESTS.iterdir() if path.is_dir() and path.name != "__pycache__"}
