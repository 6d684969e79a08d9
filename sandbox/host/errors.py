"""What can go wrong with the sandbox, as text that stands alone."""


class SandboxError(Exception):
    """The sandbox cannot do what was asked; `str()` says why and what to do."""


class SandboxDown(SandboxError):  # noqa: N818 - reads as what it says at the raise site
    """The sandbox, or the part that is needed, is not running."""


class StartFailed(SandboxError):  # noqa: N818 - as above
    """A process of the sandbox did not come up."""


class PortTaken(StartFailed):
    """A process did not come up because somebody else was faster on its port; another port may do."""
