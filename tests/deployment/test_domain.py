"""A stage on a domain of its own: said once, kept, changed and taken away; by the real command in an emulated AWS."""

import pytest

from .test_trouble import says
from .world import World

pytestmark = pytest.mark.slow

STAGE = "domain"
DOMAIN = "data.example.com"


@pytest.fixture(scope="module")
def certificate(world: World) -> str:
    asked = {"DomainName": "example.com", "SubjectAlternativeNames": ["*.example.com"]}
    arn: str = world.client("acm").request_certificate(**asked)["CertificateArn"]
    return arn


@pytest.fixture(scope="module")
def deployed(world: World, certificate: str) -> str:
    done = world.deploy(STAGE, None, "--domain", DOMAIN, "--certificate", certificate)
    assert done.returncode == 0, done.stderr
    return done.stdout


def aliases(world: World) -> list[str]:
    """The domains that the distribution answers for."""
    (one,) = world.client("cloudfront").list_distributions()["DistributionList"]["Items"]
    found: list[str] = one["Aliases"].get("Items", [])
    return found


def test_the_record_to_make_is_shown(world: World, deployed: str) -> None:
    target = world.outputs(STAGE)["CdnDomainName"]
    assert f"console    https://{DOMAIN}/console\n" in deployed
    assert f"DNS        {DOMAIN} CNAME {target}   (unless it is there already)\n" in deployed
    assert aliases(world) == [DOMAIN]


def test_it_is_kept_when_it_is_not_mentioned(world: World, deployed: str) -> None:
    done = world.deploy(STAGE)
    assert (done.returncode, "Nothing to change\n" in done.stdout) == (0, True), done.stderr
    assert f"DNS        {DOMAIN} CNAME " in done.stdout


def test_a_domain_that_the_certificate_is_not_for_changes_nothing(world: World, deployed: str) -> None:
    says(world.deploy(STAGE, None, "--domain", "data.example.org"), "and not for data.example.org: `aws acm request")
    assert aliases(world) == [DOMAIN]


def test_another_domain_may_have_the_same_certificate(world: World, deployed: str) -> None:
    done = world.deploy(STAGE, None, "--domain", "events.example.com")
    assert done.returncode == 0, done.stderr
    assert aliases(world) == ["events.example.com"]


def test_it_comes_back_after_the_stage_was_destroyed(world: World, deployed: str) -> None:
    assert world.destroy(STAGE, "--confirm", STAGE).returncode == 0
    done = world.deploy(STAGE)
    assert done.returncode == 0, done.stderr
    assert aliases(world) == ["events.example.com"]


def test_said_and_empty_takes_it_away(world: World, deployed: str) -> None:
    done = world.deploy(STAGE, None, "--domain", "")
    assert done.returncode == 0, done.stderr
    assert aliases(world) == []
    assert world.outputs(STAGE)["PublicUrl"].endswith(".cloudfront.net")


def test_a_certificate_that_is_not_there_is_said(world: World) -> None:
    missing = "arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-0000-0000-000000000000"
    done = world.deploy("certless", None, "--domain", DOMAIN, "--certificate", missing)
    says(done, f"Account 000000000000 has no certificate {missing}; `aws acm list-certificates")
    assert world.stack("certless") is None
