"""The real `helm` on one cluster: any command, and a few with typed results."""

from clients.helm.command import Done, Helm, HelmError, HelmMissingError, Revision, Run
from clients.helm.files import Folder, private_folder, sweep
from clients.helm.template import Renderer

__all__ = [
    "Done",
    "Folder",
    "Helm",
    "HelmError",
    "HelmMissingError",
    "Renderer",
    "Revision",
    "Run",
    "private_folder",
    "sweep",
]
