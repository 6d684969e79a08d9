"""What the engine runs: the pack, with the waivers beside it and the archive that the checkout's lock names."""

import os
import sys
from datetime import date
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parent.parent
# The pack runs with the code beside it, also from a program whose environment has another one or none.
sys.path.insert(0, str(_CHECKOUT))

from core.bundle.lock import DEFAULT_LOCK, parse_lock  # noqa: E402
from core.input.problems import InvalidInput  # noqa: E402
from policies.pack import NAME, policies_of  # noqa: E402
from policies.rule import with_default  # noqa: E402
from policies.serving import serve  # noqa: E402
from policies.table import LOCKED, RULES  # noqa: E402
from policies.waivers import read_waivers  # noqa: E402


def main() -> None:
    """Serve the pack until the engine ends it."""
    try:
        waivers = read_waivers(Path(__file__).parent / "waivers.yaml", RULES)
        rules = {**RULES, LOCKED: with_default(RULES[LOCKED], "archives", _archives())}
    except InvalidInput as error:
        sys.exit(str(error))
    serve(NAME, policies_of(rules.values(), waivers, date.today()))


def _archives() -> list[str]:
    """The archive to deploy from; none where nothing was fetched yet."""
    file = Path(os.environ.get("CARTESIA_LOCK_FILE") or _CHECKOUT / DEFAULT_LOCK)
    return [parse_lock(file.read_text(encoding="utf-8"), path=file.name).archive_sha256] if file.is_file() else []


if __name__ == "__main__":
    main()
