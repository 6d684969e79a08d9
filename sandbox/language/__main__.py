"""Start the host: `python -m sandbox.language [flags] <engine address>`, as the engine does."""

import sys

from sandbox.language.server import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
