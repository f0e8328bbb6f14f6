"""`python -m deployment.destroy --stage prod`: takes away what serves and costs, and keeps what people have entered and
collected; with `--data delete` that too, for good."""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from chalicelib.infrastructure.resources import template as described_template

from . import changes
from .account import Account, open_account
from .artifacts import Artifacts
from .command import confirm, ended, options
from .deploy import Deployment
from .failure import DeploymentFailed
from .kept import kept, only_kept
from .removal import Named, Removal, named
from .stage import artifacts_bucket, checked_stage
from .terminal import Terminal
from .waiting import Clock

KNOWN_BY_THE_STACK = ("AWS::KMS::Key", "AWS::SecretsManager::Secret")
GOES_ON = "What was begun at AWS goes on there; `make destroy STAGE={}` waits for it and does the rest."


def main(arguments: Sequence[str] | None = None) -> int:
    """Destroy what the command line asks for; the exit status."""
    return ended(_run, arguments, interrupted=GOES_ON.format(_arguments(arguments).stage))


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = options("destroy", __doc__)
    parser.add_argument("--data", default="keep", help="keep, or delete for good")
    parser.add_argument("--confirm", default="", help="the stage again, instead of being asked")
    parser.add_argument("--confirm-data", default="", help="what would be asked second, with --data delete")
    return parser.parse_args(arguments)


def _run(arguments: Sequence[str] | None) -> None:
    asked = _arguments(arguments)
    stage = checked_stage(asked.stage)
    if asked.data not in ("keep", "delete"):
        raise DeploymentFailed(f"DATA {asked.data!r} must be keep or delete")
    account = open_account(asked.region)
    clock = Clock()
    terminal = Terminal(clock)
    terminal.say(f"Stage {stage}, account {account.id}, {account.region}")
    destruction = Destruction(account, stage, terminal, clock)
    if asked.data == "keep":
        confirm(
            terminal, f"To destroy stage {stage} and keep its data, type its name: ", stage, asked.confirm, "CONFIRM"
        )
        destruction.keep_data()
        return
    doomed = destruction.doomed()
    terminal.say(_losses(stage, doomed))
    confirm(terminal, f"To destroy stage {stage}, type its name: ", stage, asked.confirm, "CONFIRM")
    words = f"delete the data of {stage}"
    confirm(terminal, f"To lose all that for good, type `{words}`: ", words, asked.confirm_data, "CONFIRM_DATA")
    destruction.delete_data(doomed)


def _losses(stage: str, doomed: Sequence[Named]) -> str:
    if not doomed:
        return f"Stage {stage} has no data"
    kinds = Counter(changes.KINDS.get(each.type, each.type) for each in doomed)
    counted = ", ".join(f"{count} {kind if count == 1 else changes.plural(kind)}" for kind, count in kinds.items())
    return "\n".join([f"What is lost for good ({counted}):", *(f"  {each.name}" for each in doomed)])


class Destruction:
    """Taking a stage away."""

    def __init__(self, account: Account, stage: str, terminal: Terminal, clock: Clock) -> None:
        self._account = account
        self._stage = stage
        self._terminal = terminal
        self._clock = clock
        self._deployment = Deployment(account, stage, terminal, clock)
        self._stack = self._deployment.stack
        self._removal = Removal(account, clock)

    def keep_data(self) -> None:
        """Leave of the stack what keeps data; a later deployment finds it. Raises DeploymentFailed."""
        found = self._stack.settle()
        if found is None:
            self._terminal.say(f"There is no stack {self._stack.name}: nothing to destroy")
            return
        self._reduce(found)
        self._terminal.say(
            f"Destroyed. The data stays in the stack {self._stack.name}: `make deploy STAGE={self._stage}` finds it, "
            f"`make destroy STAGE={self._stage} DATA=delete` deletes it"
        )

    def _reduce(self, found: dict[str, Any]) -> None:
        template = self._stack.template()
        reduced = only_kept(template)
        artifacts = Artifacts(self._account, self._stage)
        artifacts.ensure()
        stay = sorted(each["ParameterKey"] for each in found.get("Parameters", []))
        change_set = changes.make(
            self._stack,
            self._clock,
            name=f"destroy-{int(time.time() * 1000)}",
            exists=True,
            url=artifacts.upload_template(reduced).url,
            parameters=[{"ParameterKey": name, "UsePreviousValue": True} for name in stay],
        )
        if change_set is None:
            self._terminal.say("Only its data is there")
            return
        changes.refuse_loss(change_set.changes, template, reduced)
        self._terminal.say("\n".join([f"What changes in {self._stack.name}:", *changes.summary(change_set.changes)]))
        self._deployment.execute(change_set, sorted(kept(template)))

    def doomed(self) -> list[Named]:
        """What keeps data, of the stack and of one that was deleted by hand.

        Raises DeploymentFailed when another stack has something of it.
        """
        of_the_stack = self._of_the_stack()
        found = set(self._removal.present(named(kept(described_template(self._stage)), self._account).values()))
        for each in sorted(found - of_the_stack):
            owner = self._removal.owner(each)
            if owner not in (None, self._stack.name):
                raise DeploymentFailed(f"{each.name} belongs to the stack {owner}: nothing was destroyed")
        return sorted(found | of_the_stack)

    def _of_the_stack(self) -> set[Named]:
        found = self._stack.described()
        if found is None or found["StackStatus"] == "REVIEW_IN_PROGRESS":
            return set()
        self._stack.refuse_foreign(found)
        return self._stack.keeping()

    def delete_data(self, doomed: Sequence[Named]) -> None:
        """Delete the stage with all it has. Can be repeated until it is done. Raises DeploymentFailed."""
        half_deleted = self._stack.half_deleted()
        found = half_deleted or self._stack.settle()
        if found is not None:
            if not half_deleted:
                self._reduce(found)
            # What only its stack knows how to find: without one it would stay for ever, and cost.
            self._removal.remove(each for each in doomed if each.type in KNOWN_BY_THE_STACK)
            self._stack.delete(found["StackId"])
        self._removal.remove(each for each in doomed if each.type not in KNOWN_BY_THE_STACK)
        artifacts = Named("AWS::S3::Bucket", artifacts_bucket(self._stage, self._account.id))
        self._removal.remove([artifacts])
        self._terminal.say(f"Destroyed. Nothing of stage {self._stage} is left")


if __name__ == "__main__":
    sys.exit(main())
