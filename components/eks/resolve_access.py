"""Rules on who may reach the API server of `EksCluster`, and who may enter it.

What only AWS knows is left open: whether a principal exists, and whose credentials Pulumi runs with.
"""

import re
from ipaddress import IPv4Network

from components.eks.args import EksCredentialsArgs
from components.eks.spec import Credentials, NetworkSpec
from components.names import check_entry_name
from core.aws.arns import PRINCIPAL, Arn
from core.aws.ids import SECURITY_GROUP, is_id
from core.input.problems import Problems
from core.input.reader import Reader
from core.net.blocks import SHARED_ADDRESSES, in_private_range, read_block

# EKS refuses addresses nobody can come from over the internet. source: EKS user guide, "Cluster API server endpoint".
_NOT_PUBLIC = (IPv4Network("127.0.0.0/8"), IPv4Network("169.254.0.0/16"), SHARED_ADDRESSES)
_MAX_PUBLIC_CIDRS = 40  # source: EKS service quotas, "Public endpoint access CIDR ranges per cluster", 2026-11-21
_MAX_PRIVATE = 40  # of the 60 rules that a security group holds by default. source: Amazon VPC quotas, 2026-11-25

_SESSION = re.compile(r"arn:(?P<partition>aws[a-z-]*):sts::(?P<account>\d{12}):assumed-role/(?P<role>[^/]+)/.*")
_SSO_ROLE = "AWSReservedSSO_"
_SSO_PATH = "aws-reserved/sso.amazonaws.com/"
"""Path of the roles that IAM Identity Center makes, before their region where that is not us-east-1.

source: IAM Identity Center user guide, "Referencing permission sets in resource policies, Amazon EKS cluster config
maps, and AWS KMS key policies", 2026-11-25. An access entry, unlike the older config map, wants the path.
"""
_SERVICE_PATH = "aws-service-role/"


def resolve_public_access(read: Reader) -> tuple[str, ...]:
    """The blocks that may reach the public endpoint."""
    key, problems = "public_access_cidrs", read.problems
    anywhere = read.flag("allow_public_access_from_anywhere", False)
    cidrs = read.texts(key)
    if len(cidrs) > _MAX_PUBLIC_CIDRS:
        fix = "merge neighbouring blocks"
        problems.add(key, f"must be at most {_MAX_PUBLIC_CIDRS} blocks", got=len(cidrs), fix=fix)
    for index, cidr in enumerate(cidrs):
        where = f"{key}[{index}]"
        block = read_block(problems, where, cidr)
        if block is None:
            continue
        if block.prefixlen == 0:
            if not anywhere:
                rule = "opens the API endpoint to the whole internet"
                fix = "name your own blocks, or set allow_public_access_from_anywhere"
                problems.add(where, rule, got=cidr, fix=fix, needs=("allow_public_access_from_anywhere",))
        elif in_private_range(block) or any(block.subnet_of(outer) for outer in _NOT_PUBLIC):
            fix = "drop it: private callers use the private endpoint, which is always on"
            problems.add(where, "must be public addresses", got=cidr, fix=fix)
    return tuple(cidrs)


def resolve_private_access(read: Reader) -> tuple[str, ...]:
    """The blocks that may reach the private endpoint. Problems with security groups are added too."""
    key, problems = "private_access_cidrs", read.problems
    cidrs = read.texts(key)
    for index, cidr in enumerate(cidrs):
        block = read_block(problems, f"{key}[{index}]", cidr)
        if block is not None and block.prefixlen == 0:
            rule = "must not be every address: the rule would say nothing"
            problems.add(f"{key}[{index}]", rule, got=cidr, fix="name the blocks of your VPN, peering or bastion")
    groups = read.mapping("private_access_security_groups")
    for name, group in groups.items():
        where = f"private_access_security_groups.{name}"
        check_entry_name(name, where, problems, fix="rename the entry")
        if isinstance(group, str) and not is_id(group, SECURITY_GROUP):
            problems.add(where, "must be a security group id", got=group, fix="write it as sg- and 17 hex digits")
    if len(cidrs) + len(groups) > _MAX_PRIVATE:
        rule, fix = f"must be at most {_MAX_PRIVATE} with private_access_security_groups", "merge neighbouring blocks"
        problems.add(key, rule, got=len(cidrs) + len(groups), fix=fix)
    return tuple(cidrs)


def check_reachable(read: Reader, network: NetworkSpec, public: tuple[str, ...], private: tuple[str, ...]) -> None:
    """Somebody must be let in to the endpoint: the cluster would be made, and then nobody could fill it.

    The nodes have their way in. Pulumi and people have none: the security group that EKS makes admits its members only.
    source: EKS user guide, "Accessing a private only API server", 2026-11-25.
    """
    if public or private or read.mapping("private_access_security_groups"):
        return
    where = "nobody can be in a VPC that is yet to be made" if network.made else "a VPC alone opens nothing"
    rule = f"must let somebody in: the private endpoint admits nodes only, and {where}"
    fix = "name the addresses of Pulumi and operators"
    if not network.made:
        fix += ", or private_access_cidrs or private_access_security_groups, from where they reach the VPC"
    needs = ("private_access_cidrs", "private_access_security_groups", "network")
    read.problems.add("public_access_cidrs", rule, fix=fix, needs=needs)


def resolve_admins(read: Reader, partition: str, creator_is_admin: bool) -> dict[str, str]:
    """The admins by name. Problems are added to the reader's."""
    admins = read.text_map("admins")
    problems = read.problems
    if not admins and not creator_is_admin:
        fix = "add the principal that runs Pulumi, or set creator_is_admin"
        rule, needs = "must name an admin, or nobody could enter the cluster", ("admins", "creator_is_admin")
        problems.add("admins", rule, fix=fix, needs=needs)
    parsed: dict[str, Arn] = {}
    seen: dict[str, str] = {}
    for name, arn in admins.items():
        where = f"admins.{name}"
        check_entry_name(name, where, problems, fix="rename the entry")
        found = PRINCIPAL.parse(arn)
        if found is None:
            problems.add(where, f"must be the ARN of {PRINCIPAL.noun}", got=arn, fix=_role_of_session(arn))
        elif found.partition != partition:
            problems.add(where, f"must be in partition {partition}", got=arn, fix="use a principal of this partition")
        else:
            _check_role(problems, where, arn, found)
            parsed[name] = found
        if arn in seen:
            fix = "remove one; EKS has one entry a principal"
            problems.add(where, f"must differ from that of {seen[arn]}", got=arn, fix=fix)
        seen.setdefault(arn, name)
    _check_accounts(read, admins, parsed)
    return admins


def _role_of_session(arn: str) -> str:
    """What to write in place of an ARN that is no principal's: for a session, the role it is one of."""
    found = _SESSION.fullmatch(arn)
    if found is None:
        return "write arn:aws:iam::<12 digits>:role/<name>"
    path = f"{_SSO_PATH}<region>/" if found["role"].startswith(_SSO_ROLE) else "<path, if it has one>/"
    role = f"arn:{found['partition']}:iam::{found['account']}:role/{path}{found['role']}"
    asked = f"`aws iam get-role --role-name {found['role']}` shows it"
    return f"give the role itself, not a session of it: {role}; {asked}"


def _check_role(problems: Problems, where: str, arn: str, found: Arn) -> None:
    """Roles that nobody can be, or whose ARN lacks its path: EKS takes some of them, and admits nobody by them."""
    path = found.resource.partition("/")[2]
    if path.rpartition("/")[2].startswith(_SSO_ROLE) and not path.startswith(_SSO_PATH):
        rule = "must have the whole path of a role of IAM Identity Center"
        fix = f"write role/{_SSO_PATH}<region>/{path}; `aws iam get-role --role-name {path}` shows it"
        problems.add(where, rule, got=arn, fix=fix)
    elif path.startswith(_SERVICE_PATH):
        problems.add(where, "must be a role that people can assume: this is a service's", got=arn, fix="name another")
    elif path.endswith("/"):
        problems.add(where, "must end in the name of the principal", got=arn, fix="write the name behind the path")


def _check_accounts(read: Reader, admins: dict[str, str], parsed: dict[str, Arn]) -> None:
    """A principal of another account is nearly always a slip, and shows as a denied login once the cluster is there.

    EKS itself takes them. source: EKS user guide, "Create access entries" (type STANDARD), 2026-11-25.
    """
    key = "account_id"
    account = read.text(key)
    if account and not re.fullmatch(r"\d{12}", account):
        read.problems.refuse(key, "must be twelve digits", got=account, fix="write the account's id, in quotes")
        return
    first = next(iter(parsed.items()), None)
    if read.flag("admins_of_other_accounts", False) or first is None:
        return
    owner = f"account_id ({account})" if account else f"admins.{first[0]} ({first[1].account})"
    for name, found in parsed.items():
        if found.account != (account or first[1].account):
            fix = "name a principal of the cluster's account, or set admins_of_other_accounts"
            rule = f"must be in the account of {owner}"
            read.problems.add(
                f"admins.{name}", rule, got=admins[name], fix=fix, needs=("admins_of_other_accounts", key)
            )


def resolve_credentials(read: Reader, admins: dict[str, str], creator_is_admin: bool) -> Credentials:
    """Whom the Kubernetes provider is. Problems are added to the reader's."""
    block = read.block("credentials", EksCredentialsArgs)
    role = block.text("role_arn")
    if role and role not in admins.values() and not creator_is_admin:
        rule = "must be in admins, or what is made in the cluster is refused as unauthorized"
        fix = "add the role to admins, or set creator_is_admin"
        needs = ("admins", "creator_is_admin")
        read.problems.add(block.at("role_arn"), rule, got=role, fix=fix, needs=needs)
    return Credentials(profile=block.text("profile"), role_arn=role)
