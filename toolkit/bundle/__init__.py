"""The vendor's archive: fetched, verified, unpacked and kept by digest."""

import warnings

from toolkit.bundle.errors import BundleError
from toolkit.bundle.fetch import DEFAULT_BUCKET, fetch_bundle
from toolkit.bundle.progress import Progress, Step

__all__ = ["DEFAULT_BUCKET", "BundleError", "Progress", "Step", "fetch_bundle"]

# google.api_core warns of the end of Python 3.11 a year ahead, whenever it is loaded. A newer one that does not also
# needs a newer protobuf than pulumi-policy takes.
warnings.filterwarnings("ignore", "You are using a Python version", FutureWarning, r"google\.api_core")
