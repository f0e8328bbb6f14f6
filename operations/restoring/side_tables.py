"""Tables as they were at a moment, beside those that are in use: point-in-time recovery restores only into new ones."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from deployment.removal import Named, Removal
from deployment.terminal import Terminal
from deployment.waiting import Clock, minutes

from ..failure import OperationFailed
from ..place import Place

LONGEST_SECONDS = 24 * 3600.0
PAUSE_SECONDS = 5.0
# "Restoring a DynamoDB table to a point in time" (API reference, RestoreTableToPointInTime): what it refuses.
REFUSED = {
    "PointInTimeRecoveryUnavailableException": "its point-in-time recovery is switched off",
    "ContinuousBackupsUnavailableException": "it has no backups",
    "TableNotFoundException": "there is no such table",
}


class SideTables:
    """The tables of a stage as they were at one moment."""

    def __init__(self, place: Place, moment: datetime, terminal: Terminal, clock: Clock) -> None:
        self._place = place
        self._dynamodb = place.client("dynamodb")
        self._moment = moment
        self._terminal = terminal
        self._clock = clock

    def name_of(self, table: str) -> str:
        """What the table is called as it was then: the same for the same moment, so that it is found again."""
        return f"{table}-at-{self._moment:%Y%m%dT%H%M%SZ}"

    def make(self, tables: Sequence[str]) -> None:
        """Make those that are not there yet, all at once, and wait until they are. Raises OperationFailed."""
        for table in tables:
            if self._status(self.name_of(table)) is None:
                self._restore(table)
        began = self._clock.now()

        def ready() -> bool:
            waiting = sum(self._status(self.name_of(table)) != "ACTIVE" for table in tables)
            passed = minutes(self._clock.now() - began)
            self._terminal.progress(f"Restoring: {len(tables) - waiting} of {len(tables)} tables, for {passed}")
            return not waiting

        if not self._clock.until(ready, LONGEST_SECONDS, PAUSE_SECONDS):
            raise OperationFailed("AWS is still restoring; run the same command again later, which goes on from here")
        self._terminal.done()

    def remove(self, tables: Sequence[str]) -> None:
        """Delete them."""
        removal = Removal(self._place.account, self._clock)
        removal.remove(Named("AWS::DynamoDB::Table", self.name_of(table)) for table in tables)

    def _status(self, name: str) -> str | None:
        try:
            return str(self._dynamodb.describe_table(TableName=name)["Table"]["TableStatus"])
        except self._dynamodb.exceptions.ResourceNotFoundException:
            return None

    def _restore(self, table: str) -> None:
        try:
            self._dynamodb.restore_table_to_point_in_time(
                SourceTableName=table, TargetTableName=self.name_of(table), RestoreDateTime=self._moment
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "InvalidRestoreTimeException":
                raise OperationFailed(f"{table} cannot be restored to that moment: {self._window(table)}") from None
            if code in REFUSED:
                raise OperationFailed(f"{table} cannot be restored: {REFUSED[code]}") from None
            raise

    def _window(self, table: str) -> str:
        described: dict[str, Any] = self._dynamodb.describe_continuous_backups(TableName=table)
        recovery = described["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        first, last = recovery["EarliestRestorableDateTime"], recovery["LatestRestorableDateTime"]
        return f"AT must be from {first:%Y-%m-%dT%H:%M:%SZ} to {last:%Y-%m-%dT%H:%M:%SZ}"
