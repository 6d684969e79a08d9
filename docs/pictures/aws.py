"""What an EKS stack builds on AWS: network, zones, node groups, identities, and what others build."""

from docs.pictures.drawing import Drawing

__all__ = ["draw"]


def draw() -> str:
    """The picture."""
    drawing = Drawing(
        900,
        560,
        "What an EKS stack builds on AWS",
        "A VPC with a public and a private subnet in each zone, and one NAT gateway for all or one per zone. Nodes are "
        "in the private ones and leave by NAT. The control plane of EKS reads secrets by a KMS key. Roles are for the "
        "cluster, the nodes, two add-ons and the flow logs. Load balancer and DNS record are made by others.",
    )
    _network(drawing)
    _beside(drawing)
    drawing.legend(
        24, 536, {"yours": "made by the stack", "plain": "made by AWS or by you", "stand-in": "identities and keys"}
    )
    return drawing.render()


def _network(drawing: Drawing) -> None:
    drawing.box(24, 24, 130, 44, "callers", "DNS record, TLS")
    drawing.line((156, 46), (238, 46))
    drawing.box(240, 24, 160, 44, "load balancer", "by its controller")
    drawing.box(420, 24, 170, 44, "internet gateway", kind="yours")
    drawing.frame(24, 90, 590, 420, "VPC, flow logs on, default security group empty")
    for x, zone in ((40, "zone a"), (326, "zone b, and more")):
        drawing.frame(x, 120, 272, 376, zone)
        drawing.box(x + 16, 150, 240, 62, "public subnet", "NAT: one for all, or per zone", kind="yours")
        drawing.line((x + 136, 262), (x + 136, 214))
        drawing.text(x + 144, 242, "out by NAT", muted=True)
        drawing.box(x + 16, 264, 240, 44, "private subnet", "routes out by NAT only", kind="yours")
        drawing.box(x + 16, 330, 240, 62, "node group: default", "API, NATS, license proxy", kind="yours")
        drawing.box(x + 16, 412, 240, 62, "node groups: GPU", "workers, one GPU each; tainted", kind="yours")
    drawing.line((560, 148), (560, 70))
    drawing.line((320, 70), (320, 88))


def _beside(drawing: Drawing) -> None:
    rows = (
        (24, 62, "EKS control plane", "private, or named CIDRs only", "yours"),
        (100, 62, "access entries", "admins of the stack file", "stand-in"),
        (176, 62, "KMS key", "Kubernetes secrets", "stand-in"),
        (252, 62, "role: cluster", "AmazonEKSClusterPolicy, the key", "stand-in"),
        (328, 62, "role: nodes", "join, pull images; no more", "stand-in"),
        (404, 62, "roles: VPC CNI, EBS CSI", "one each, by the add-on's identity", "stand-in"),
    )
    for y, height, name, words, kind in rows:
        drawing.box(640, y, 236, height, name, words, kind=kind)
    drawing.box(640, 480, 236, 44, "log groups", "control plane, flow logs", kind="yours")
