"""What the engine runs: the pack, with the waivers beside it."""

import sys
from datetime import date
from pathlib import Path

from core.input.problems import InvalidInput
from policies.pack import NAME, policies_of
from policies.serving import serve
from policies.table import RULES
from policies.waivers import read_waivers


def main() -> None:
    """Serve the pack until the engine ends it."""
    try:
        waivers = read_waivers(Path(__file__).parent / "waivers.yaml", RULES)
    except InvalidInput as error:
        sys.exit(str(error))
    serve(NAME, policies_of(RULES.values(), waivers, date.today()))


if __name__ == "__main__":
    main()
