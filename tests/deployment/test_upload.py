"""Uploading for those who deploy by other means."""

import pytest

from ..infrastructure.deployment_to_emulator import command
from .world import World

pytestmark = pytest.mark.slow


def test_cloudformation_reads_the_template_at_the_address_that_is_printed(world: World) -> None:
    package = world.package("terraformed")
    done = command("upload", world.endpoint, "--stage", "terraformed", "--package", str(package))
    assert done.returncode == 0, done.stderr
    (address,) = done.stdout.splitlines()
    found = world.client("cloudformation").get_template_summary(TemplateURL=address)
    assert {"DomainName", "CertificateArn"} <= {each["ParameterKey"] for each in found["Parameters"]}
    again = command("upload", world.endpoint, "--stage", "terraformed", "--package", str(package))
    assert again.stdout == done.stdout
