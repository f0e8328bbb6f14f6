"""The CloudFormation stack of a stage: how it stands, and waiting until it stands otherwise."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from .account import Account
from .failure import DeploymentFailed
from .kept import kept
from .reasons import Fault, first_fault
from .removal import Named, Removal, named
from .stage import description, stack_name
from .terminal import Terminal
from .waiting import Clock, minutes

PAUSE_SECONDS = 3.0  # between two looks
BEGINNINGS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")
# Its creation failed. It holds nothing: what was created with it went with it (RetainExceptOnCreate).
NEVER_WAS = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "REVIEW_IN_PROGRESS")
SETTLED = (
    *("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"),
    *("IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"),
)


class Stack:
    """The stack, and those who wait for it."""

    def __init__(self, account: Account, stage: str, terminal: Terminal, clock: Clock) -> None:
        self.name = stack_name(stage)
        self.cloudformation = account.client("cloudformation")
        self._account = account
        self._stage = stage
        self._terminal = terminal
        self._clock = clock

    def described(self, stack_id: str | None = None) -> dict[str, Any] | None:
        """What CloudFormation says of it; None when there is none. One that was deleted is found by its id alone."""
        try:
            found: dict[str, Any] = self.cloudformation.describe_stacks(StackName=stack_id or self.name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return found

    def settle(self) -> dict[str, Any] | None:
        """The stack once it can be updated; None when it has to be created.

        Waits for whoever is changing it, finishes what was left half done, and removes what never came to be. Raises
        DeploymentFailed for a stack that is not ours or that only people can mend.
        """
        found = self.described()
        if found and found["StackStatus"].endswith("_IN_PROGRESS") and found["StackStatus"] != "REVIEW_IN_PROGRESS":
            self.refuse_foreign(found)
            self._terminal.say(f"The stack {self.name} is being changed ({found['StackStatus']}); waiting for that")
            self.wait(found["StackId"])
            found = self.described()
        if found is None:
            return None
        status = found["StackStatus"]
        if status != "REVIEW_IN_PROGRESS":  # it has no description yet
            self.refuse_foreign(found)
        if status in NEVER_WAS:
            self._terminal.say(f"The stack {self.name} never came to be ({status}); it is removed")
            # What could not be taken back, such as tables that are protected: nobody has ever used it.
            left = set() if status == "REVIEW_IN_PROGRESS" else self.keeping()
            self.delete(found["StackId"])
            Removal(self._account, self._clock).remove(left)
            return None
        return self._mended(found)

    def _mended(self, found: dict[str, Any]) -> dict[str, Any]:
        status, stack_id = found["StackStatus"], found["StackId"]
        if status == "UPDATE_ROLLBACK_FAILED":
            self._terminal.say(f"An update of {self.name} was not undone to the end; that is continued")
            self.cloudformation.continue_update_rollback(StackName=stack_id)
            found = self.wait(stack_id)
        elif status == "UPDATE_FAILED":
            self._terminal.say(f"An update of {self.name} failed and was left so; it is undone")
            self.cloudformation.rollback_stack(StackName=stack_id)
            found = self.wait(stack_id)
        if found["StackStatus"] not in SETTLED:
            raise DeploymentFailed(self._beyond_us(found))
        return found

    def _beyond_us(self, found: dict[str, Any]) -> str:
        status = found["StackStatus"]
        fault = self.fault(found["StackId"])
        because = f" because of {fault}" if fault else ""
        if status == "UPDATE_ROLLBACK_FAILED":
            skipped = fault.name if fault else "…"
            return (
                f"The stack {self.name} cannot go back to what it was{because}\nMend that and deploy again, or leave "
                f"the resource as it is: `aws cloudformation continue-update-rollback --stack-name {self.name} "
                f"--resources-to-skip {skipped}`"
            )
        if status == "DELETE_FAILED":
            return (
                f"The stack {self.name} was to be deleted, which failed{because}\nTo finish that, run "
                f"`make destroy STAGE={self._stage} DATA=delete`"
            )
        return f"The stack {self.name} is {status}, which is not known here{because}"

    def half_deleted(self) -> dict[str, Any] | None:
        """The stack, when somebody began to delete it and that failed. Raises DeploymentFailed when it is not ours."""
        found = self.described()
        if found is None or found["StackStatus"] != "DELETE_FAILED":
            return None
        self.refuse_foreign(found)
        return found

    def refuse_foreign(self, found: dict[str, Any]) -> None:
        """Raises DeploymentFailed unless the stack is the stage's."""
        template = self.template(found["StackId"])
        what = template.get("Description") if isinstance(template, dict) else None  # YAML is a text, and not ours
        if what != description(self._stage):
            raise DeploymentFailed(
                f"There is a stack {self.name} that is not of Datafly Signal ({what or 'it does not say what it is'}): "
                "take another STAGE, or remove that stack"
            )

    def template(self, stack_id: str | None = None) -> Any:
        """The template that is deployed, as it was uploaded."""
        found = self.cloudformation.get_template(StackName=stack_id or self.name, TemplateStage="Original")
        return found["TemplateBody"]

    def physical_ids(self) -> dict[str, str]:
        """The names at AWS of the resources that it has, by logical id."""
        pages = self.cloudformation.get_paginator("list_stack_resources").paginate(StackName=self.name)
        return {
            each["LogicalResourceId"]: each["PhysicalResourceId"]
            for page in pages
            for each in page["StackResourceSummaries"]
            if each.get("PhysicalResourceId") and each["ResourceStatus"] != "DELETE_COMPLETE"
        }

    def keeping(self) -> set[Named]:
        """The resources that it has and that outlive it."""
        resources = kept(self.template())
        by_name = named(resources, self._account)
        return {
            by_name.get(name) or Named(resources[name]["Type"], physical_id)
            for name, physical_id in self.physical_ids().items()
            if name in resources
        }

    def delete(self, stack_id: str) -> None:
        """Delete it, and wait. Raises DeploymentFailed."""
        self.cloudformation.delete_stack(StackName=stack_id)
        found = self.wait(stack_id)
        if found["StackStatus"] != "DELETE_COMPLETE":
            raise DeploymentFailed(f"The stack {self.name} cannot be deleted: {self.fault(stack_id)}")

    def wait(self, stack_id: str, total: int | None = None) -> dict[str, Any]:
        """Wait until nothing happens to it any more, and say how far it is; how it is then.

        `total` is the number of resources that change, where that is known.
        """
        began = self._clock.now()
        while True:
            found = self.described(stack_id)
            if found is None or not found["StackStatus"].endswith("_IN_PROGRESS"):
                self._terminal.done()
                return found or {"StackId": stack_id, "StackStatus": "DELETE_COMPLETE"}
            self._terminal.progress(_progress(self.events(stack_id), total, self._clock.now() - began))
            self._clock.sleep(PAUSE_SECONDS)

    def fault(self, stack_id: str) -> Fault | None:
        """What failed first in what was last done to it."""
        return first_fault(self.events(stack_id))

    def events(self, stack_id: str) -> list[dict[str, Any]]:
        """What happened since somebody last began to create, change or delete it, the oldest first."""
        found: list[dict[str, Any]] = []
        for page in self.cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack_id):
            for event in page["StackEvents"]:
                found.insert(0, event)
                if event.get("PhysicalResourceId") == stack_id and event["ResourceStatus"] in BEGINNINGS:
                    return found
        return found


def _progress(events: list[dict[str, Any]], total: int | None, seconds: float) -> str:
    """`12 of 68, 1m15s: CollectorDistribution (CREATE_IN_PROGRESS)`."""
    of_resources = [event for event in events if event.get("PhysicalResourceId") != event["StackId"]]
    status: Mapping[str, str] = {event["LogicalResourceId"]: event["ResourceStatus"] for event in of_resources}
    done = sum(1 for each in status.values() if each.endswith("_COMPLETE"))
    counted = f"{done} of {max(total, len(status))}" if total else f"{done} done"
    busy = [f"{name} ({each})" for name, each in status.items() if each.endswith("_IN_PROGRESS")]
    return f"{counted}, {minutes(seconds)}" + (f": {busy[-1]}" if busy else "")
