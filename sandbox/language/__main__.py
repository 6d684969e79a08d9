"""Start the host: `python -m sandbox.language [flags] <engine address>`, as the engine does."""

import gc
import sys

# Most of a run is the import of cloud SDKs, tens of thousands of objects that stay: looking through them again and
# again for garbage is a sixth of it. Garbage is still collected, only later.
gc.set_threshold(100_000, 20, 100)

from sandbox.language.server import main  # noqa: E402 - the setting is for this import too

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
