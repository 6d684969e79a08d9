"""Which process of the sandbox talks to which, and which of them are real."""

from docs.pictures.drawing import Drawing

__all__ = ["draw"]


def draw() -> str:
    """The picture."""
    drawing = Drawing(
        900,
        590,
        "Processes of the sandbox",
        "The real engine runs the checkout's program through a stand-in language host and drives two stand-in "
        "providers. They, helm and kubectl talk to a real control plane whose nodes and pods KWOK answers for. The "
        "vendor's archive comes from a fake Cloud Storage, speech from a stand-in SageMaker runtime.",
    )
    _commands(drawing)
    _engine(drawing)
    _plane(drawing)
    drawing.legend(
        24,
        564,
        {"real": "real program", "stand-in": "stand-in", "yours": "this checkout", "plain": "what you type"},
    )
    return drawing.render()


def _commands(drawing: Drawing) -> None:
    drawing.text(24, 34, "sandbox run --", bold=True)
    for y, words in ((50, "pulumi up"), (300, "release fetch"), (390, "kubectl"), (480, "smoke")):
        drawing.box(24, y, 120, 44, words, kind="plain")
    drawing.line((146, 72), (198, 72))
    drawing.line((146, 322), (198, 322))
    drawing.line((146, 412), (610, 412), (610, 300), (648, 300))
    drawing.text(160, 404, "with a token from the stand-in for the aws command", muted=True)
    drawing.line((146, 502), (648, 502))
    drawing.text(160, 494, "InvokeEndpointWithResponseStream, by boto3", muted=True)


def _engine(drawing: Drawing) -> None:
    drawing.box(200, 50, 150, 44, "pulumi", "the engine", kind="real")
    drawing.line((275, 96), (275, 128))
    drawing.box(200, 130, 150, 44, "language host", "runs Python", kind="stand-in")
    drawing.line((275, 176), (275, 198))
    drawing.box(200, 200, 150, 44, "the program", "stacks, components", kind="yours")
    drawing.line((198, 222), (176, 222), (176, 84), (198, 84))
    drawing.text(170, 156, "resources", anchor="end", muted=True)
    drawing.line((352, 64), (428, 64))
    drawing.line((352, 82), (390, 82), (390, 152), (428, 152))
    drawing.box(430, 36, 160, 62, "provider aws", "account in .sandbox/aws,", "nodes, endpoints", kind="stand-in")
    drawing.box(430, 130, 160, 44, "provider kubernetes", kind="stand-in")
    drawing.line((510, 176), (510, 198))
    drawing.box(430, 200, 160, 44, "helm", kind="real")
    for y in (67, 152, 222):
        drawing.line((592, y), (648, y))
    drawing.box(200, 296, 150, 52, "fake-gcs-server", "the vendor's archive", kind="stand-in")
    drawing.line((352, 322), (428, 322))
    drawing.box(430, 296, 160, 52, "bundle store", "verified, by digest", kind="yours")
    drawing.line((510, 294), (510, 270), (275, 270), (275, 246))
    drawing.text(392, 264, "chart", anchor="middle", muted=True)
    drawing.line((510, 34), (510, 16), (886, 16), (886, 502), (872, 502))


def _plane(drawing: Drawing) -> None:
    drawing.frame(630, 30, 240, 410, "control plane, one a cluster")
    drawing.box(650, 60, 200, 280, "kube-apiserver", "and etcd", kind="real")
    drawing.box(650, 360, 96, 66, "scheduler,", "controllers", kind="real")
    drawing.box(754, 360, 96, 66, "KWOK", "nodes, pods", kind="real")
    drawing.line((698, 358), (698, 342))
    drawing.line((802, 358), (802, 342))
    drawing.box(650, 476, 220, 52, "voice server", "speaks for each endpoint", kind="stand-in")
