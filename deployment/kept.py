"""What keeps data: which resources of a template do, how CloudFormation is told never to take them away, and the
template that has nothing else."""

import json
from typing import Any

KEEPS = ("Retain", "RetainExceptOnCreate")
SERVERLESS = "AWS::Serverless::"


def kept(template: dict[str, Any]) -> dict[str, Any]:
    """The resources of a template that outlive their stack, by logical id."""
    return {
        name: resource
        for name, resource in template.get("Resources", {}).items()
        if resource.get("DeletionPolicy") in KEEPS
    }


def stack_policy(names: list[str]) -> str:
    """The policy under which no update of the stack replaces or deletes the resources of these logical ids.

    Source: AWS CloudFormation, "Prevent updates to stack resources".
    """
    anything = {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}
    statements: list[dict[str, Any]] = [anything]
    if names:
        statements.append(
            {
                "Effect": "Deny",
                "Action": ["Update:Replace", "Update:Delete"],
                "Principal": "*",
                "Resource": [f"LogicalResourceId/{name}" for name in sorted(names)],
            }
        )
    return json.dumps({"Statement": statements}, separators=(",", ":"))


def only_kept(template: dict[str, Any]) -> dict[str, Any]:
    """The template with the resources that keep data, what they refer to, and the outputs that can still be told.

    Parameters stay, so that a later deployment finds what was said before.
    """
    resources = _with_what_they_need(template)
    reduced = template | {"Resources": {name: template["Resources"][name] for name in sorted(resources)}}
    gone = set(template["Resources"]) - resources
    reduced["Outputs"] = {
        name: output for name, output in template.get("Outputs", {}).items() if not references(output) & gone
    }
    if not any(each["Type"].startswith(SERVERLESS) for each in reduced["Resources"].values()):
        reduced.pop("Transform", None)
    return {name: value for name, value in reduced.items() if value}


def _with_what_they_need(template: dict[str, Any]) -> set[str]:
    needed, found = set(kept(template)), set[str]()
    while needed - found:
        name = (needed - found).pop()
        found.add(name)
        needed |= references(template["Resources"][name]) & set(template["Resources"])
    return found


def references(part: Any) -> set[str]:
    """The logical ids and parameters that a part of a template names."""
    if isinstance(part, list):
        return set().union(*map(references, part))
    if not isinstance(part, dict):
        return set()
    found = set().union(*map(references, part.values()))
    if isinstance(ref := part.get("Ref"), str):
        found.add(ref)
    if "Fn::GetAtt" in part:
        attribute = part["Fn::GetAtt"]
        found.add(attribute[0] if isinstance(attribute, list) else attribute.partition(".")[0])
    if "Fn::Sub" in part:
        text = part["Fn::Sub"]
        found |= _substituted(text[0] if isinstance(text, list) else text)
    depends = part.get("DependsOn", [])
    return found | ({depends} if isinstance(depends, str) else {each for each in depends if isinstance(each, str)})


def _substituted(text: str) -> set[str]:
    return {piece.partition("}")[0].partition(".")[0] for piece in text.split("${")[1:]}
