"""A stage on a domain of its own: said once, kept, changed and taken away; by the real command in an emulated AWS."""

import boto3
import pytest
from botocore.config import Config

from .test_trouble import says
from .world import World

pytestmark = pytest.mark.slow

STAGE = "domain"
DOMAIN = "data.example.com"
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}


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


@pytest.fixture
def failed_over(world: World, certificate: str) -> tuple[str, str]:
    """The stage that had the domain, from whose distribution it was taken by hand because its region failed, and the
    stage that has it now."""
    first, second = "first", "second"
    for stage, domain in ((first, DOMAIN), (second, "")):
        done = world.deploy(stage, None, "--domain", domain, *(("--certificate", certificate) if domain else ()))
        assert done.returncode == 0, done.stderr
    take_away_by_hand(world, first)
    done = world.deploy(second, None, "--domain", DOMAIN, "--certificate", certificate)
    assert done.returncode == 0, done.stderr
    assert f"DNS        {DOMAIN} CNAME {world.outputs(second)['CdnDomainName']}" in done.stdout
    return first, second


def take_away_by_hand(world: World, stage: str) -> None:
    """Do in CloudFront's console what CloudFormation cannot be asked for while its region fails."""
    # The emulator tells no defaults, which AWS does, and which the client would miss.
    cdn = boto3.client("cloudfront", endpoint_url=world.endpoint, config=Config(parameter_validation=False), **KEYS)
    distribution = world.outputs(stage)["CdnDistributionId"]
    found = cdn.get_distribution_config(Id=distribution)
    config = found["DistributionConfig"] | {"Aliases": {"Quantity": 0, "Items": []}}
    cdn.update_distribution(Id=distribution, DistributionConfig=config, IfMatch=found["ETag"])


def answered_by(world: World, stage: str) -> list[str]:
    """The domains that a stage's distribution answers for."""
    cdn = world.client("cloudfront")
    config = cdn.get_distribution_config(Id=world.outputs(stage)["CdnDistributionId"])["DistributionConfig"]
    found: list[str] = config.get("Aliases", {}).get("Items", [])
    return found


def test_it_moves_to_another_stage_when_a_region_fails_and_back(
    world: World, certificate: str, failed_over: tuple[str, str]
) -> None:
    first, second = failed_over
    assert (answered_by(world, first), answered_by(world, second)) == ([], [DOMAIN])
    for stage, domain in ((first, ""), (second, ""), (first, DOMAIN)):
        done = world.deploy(stage, None, "--domain", domain, *(("--certificate", certificate) if domain else ()))
        assert done.returncode == 0, done.stderr
    assert (answered_by(world, first), answered_by(world, second)) == ([DOMAIN], [])


def test_a_stage_that_lost_it_by_hand_does_not_know(
    world: World, certificate: str, failed_over: tuple[str, str]
) -> None:
    """Why it has to be taken away from the stage, too, before it can go back."""
    first, _ = failed_over
    done = world.deploy(first, None, "--domain", DOMAIN, "--certificate", certificate)
    assert (done.returncode, "Nothing to change" in done.stdout, answered_by(world, first)) == (0, True, [])


def test_a_certificate_that_is_not_there_is_said(world: World) -> None:
    missing = "arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-0000-0000-000000000000"
    done = world.deploy("certless", None, "--domain", DOMAIN, "--certificate", missing)
    says(done, f"Account 000000000000 has no certificate {missing}; `aws acm list-certificates")
    assert world.stack("certless") is None
