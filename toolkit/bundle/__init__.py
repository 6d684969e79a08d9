"""The vendor's archive: fetched, verified, unpacked and kept by digest."""

from toolkit.bundle.errors import BundleError
from toolkit.bundle.fetch import DEFAULT_BUCKET, fetch_bundle
from toolkit.bundle.progress import Progress, Step

__all__ = ["DEFAULT_BUCKET", "BundleError", "Progress", "Step", "fetch_bundle"]
