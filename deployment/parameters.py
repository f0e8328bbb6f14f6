"""The values of the template's parameters: those that are said, those that were said before, and the defaults."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .failure import DeploymentFailed

DOMAIN, CERTIFICATE = "DomainName", "CertificateArn"


@dataclass(frozen=True, slots=True)
class Said:
    """What the command line says; None for what it does not mention, empty for what it takes away."""

    domain: str | None = None
    certificate: str | None = None
    others: Mapping[str, str] | None = None

    def values(self) -> dict[str, str]:
        """The parameters that are mentioned."""
        found = dict(self.others or {})
        if self.domain is not None:
            found[DOMAIN] = self.domain.strip().lower()
        if self.certificate is not None:
            found[CERTIFICATE] = self.certificate.strip()
        # Without a domain its certificate is of no use.
        if found.get(DOMAIN) == "" and self.certificate is None:
            found[CERTIFICATE] = ""
        return found


def other_parameters(text: str) -> dict[str, str]:
    """`"PublicUrl=https://… DeliverToPrivateAddresses=yes"` by name. Raises DeploymentFailed."""
    found = {}
    for piece in shlex.split(text):
        name, equals, value = piece.partition("=")
        if not (name and equals):
            raise DeploymentFailed(f"PARAMETERS has {piece!r}; it must be Name=value, further ones after a blank")
        found[name] = value
    return found


def check(values: Mapping[str, str], declared: Mapping[str, Any]) -> None:
    """Whether the template knows the parameters and takes their values. Raises DeploymentFailed."""
    for name, value in values.items():
        if name not in declared:
            raise DeploymentFailed(f"{name!r} is not a parameter; the template has {', '.join(sorted(declared))}")
        rule = declared[name]
        allowed = rule.get("AllowedValues")
        wrong = allowed is not None and value not in allowed
        wrong = wrong or not re.search(rule.get("AllowedPattern", ""), value)
        wrong = wrong or len(value) < int(rule.get("MinLength", 0))
        wrong = wrong or (rule["Type"] == "Number" and not _within(value, rule))
        if wrong:
            right = rule.get("ConstraintDescription") or f"must be one of {', '.join(allowed or [])}"
            shown = "" if rule.get("NoEcho") else f" {value!r}"
            raise DeploymentFailed(f"{LABELS.get(name, name)}{shown} cannot be used: it {right}")


def _within(value: str, rule: Mapping[str, Any]) -> bool:
    return value.isascii() and value.isdecimal() and rule["MinValue"] <= int(value) <= rule["MaxValue"]


LABELS = {DOMAIN: "DOMAIN", CERTIFICATE: "CERTIFICATE"}


def in_effect(values: Mapping[str, str], previous: Mapping[str, str], declared: Mapping[str, Any]) -> dict[str, str]:
    """Every parameter as it will be. Raises DeploymentFailed for one that nobody has said yet."""
    found = {name: str(rule["Default"]) for name, rule in declared.items() if "Default" in rule}
    found |= {name: value for name, value in previous.items() if name in declared}
    found |= values
    if missing := sorted(set(declared) - set(found)):
        raise DeploymentFailed(f'{missing[0]} has no value yet: say PARAMETERS="{missing[0]}=…"')
    if bool(found.get(DOMAIN)) != bool(found.get(CERTIFICATE)):
        raise DeploymentFailed(_half_a_domain(found))
    return found


def _half_a_domain(found: Mapping[str, str]) -> str:
    if found.get(DOMAIN):
        return (
            f"DOMAIN={found[DOMAIN]} needs its certificate: say CERTIFICATE=arn:aws:acm:us-east-1:… with it; "
            f"`aws acm request-certificate --region us-east-1 --validation-method DNS --domain-name {found[DOMAIN]}` "
            "asks for one"
        )
    return "CERTIFICATE needs its domain: say DOMAIN=data.example.com with it, or neither"


def for_change_set(
    values: Mapping[str, str], previous: Mapping[str, str], declared: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """As CloudFormation wants them: what is not mentioned stays what it is."""
    said = [{"ParameterKey": name, "ParameterValue": value} for name, value in sorted(values.items())]
    stay = sorted(name for name in previous if name in declared and name not in values)
    return [*said, *({"ParameterKey": name, "UsePreviousValue": True} for name in stay)]
