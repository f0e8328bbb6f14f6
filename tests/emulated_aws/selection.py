"""Which tests run on MiniStack: those that stand on the AWS of tests/conftest.py, but for what only moto can do."""

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what has another AWS or none; skip, and so tell at the end, what is marked `moto`."""
    standing = [item for item in items if "moto_aws" in getattr(item, "fixturenames", ())]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(standing)])
    items[:] = standing
    for item in items:
        for mark in item.iter_markers("moto"):
            item.add_marker(pytest.mark.skip(reason=f"only on moto: {mark.args[0]}"))
