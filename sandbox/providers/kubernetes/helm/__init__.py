"""Helm releases: their inputs, the real `helm` command, and its records in the cluster."""

from sandbox.providers.kubernetes.helm.check import check_release, diff_release
from sandbox.providers.kubernetes.helm.release import Releases

__all__ = ["Releases", "check_release", "diff_release"]
