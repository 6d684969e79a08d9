"""The vendor's side of the sandbox: its bucket with the packed archive, and a service-account key of our own making."""

from sandbox.vendor.account import write_service_account
from sandbox.vendor.pack import ARCHIVE, BUCKET, VERSION, pack_vendor_bundle

__all__ = ["ARCHIVE", "BUCKET", "VERSION", "pack_vendor_bundle", "write_service_account"]
