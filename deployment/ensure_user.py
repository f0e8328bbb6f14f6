"""`python -m deployment.ensure_user`: makes sure of an organisation and a user in the stage of the environment.

A process of its own, because the models' tables are named by the stage when they are imported. On its standard input it
gets one JSON object with `org`, `email`, `role` and `password`: a password on the command line could be seen by others.
"""

import json
import sys

from chalicelib.accounts.bootstrap import CannotEnsureUser, ensure_user
from chalicelib.aws import unavailable


def main() -> int:
    """Make sure of the user; 1 with a sentence when it cannot be."""
    try:
        ensure_user(**json.load(sys.stdin))
    except CannotEnsureUser as error:
        print(error, file=sys.stderr)
        return 1
    except Exception as error:
        if not unavailable(error):
            raise
        print(f"DynamoDB did not do it: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
