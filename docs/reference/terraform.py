"""The table of Terraform's variables and the settings they become, from the converter's own."""

from collections.abc import Iterable, Iterator

from core.secrets.table import SECRETS
from toolkit.terraform.settings import CLOUDS, NODES, SECRET_FILES, SECRET_VARIABLES, SWITCH, VARIABLES, Cloud, Row

__all__ = ["page"]

_HEAD = """# Terraform variables and settings

Made from `toolkit/terraform/settings.py`, the table of `cartesia-infra terraform convert`: what each variable of the
vendor's modules becomes. The steps are in [From the vendor's Terraform](../from-terraform.md). The modules are not
public, so yours may take variables that stand in no table. The converter keeps them and says so.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(line for cloud in CLOUDS.values() for line in _cloud(cloud))]).rstrip() + "\n"


def _cloud(cloud: Cloud) -> Iterator[str]:
    yield f"## {cloud.name.upper()}\n"
    yield "| variable | setting | what differs |\n| --- | --- | --- |"
    yield from _rows((row for row in VARIABLES if row.of(cloud)), "", "cartesia:{path}", cloud)
    yield f"| `{SWITCH}` | `cartesia:release.ingress` | the section is there, or it is not |"
    for variable, key in SECRET_VARIABLES.items():
        yield f"| `{variable}` | secret `cartesia:{key}` | {SECRETS[key].meaning}; encrypted, and shown nowhere |"
    for variable, key in SECRET_FILES.items():
        yield f"| `{variable}` | secret `cartesia:{key}` | the file's content; encrypted, and shown nowhere |"
    base = f"cartesia:{cloud.section}.{cloud.settings}.<name>.{{path}}"
    yield from _rows((row for row in NODES if row.of(cloud)), f"{cloud.groups}.<name>.", base, cloud)
    yield ""


def _rows(rows: Iterable[Row], prefix: str, shape: str, cloud: Cloud) -> Iterator[str]:
    for row in rows:
        path = row.setting.format(section=cloud.section)
        yield f"| `{prefix}{row.variable}` | `{shape.format(path=path)}` | {row.differs} |"
