"""Every screen of the console: axe-core finds nothing serious on it, light and dark; it fits a phone; it is small."""

from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response

from .console import signed_in
from .screens import SCREENS, furnish

LARGEST_PAGE = 60_000  # bytes of everything that a page loads, as it is without compression
PHONE, DESK = {"width": 375, "height": 800}, {"width": 1280, "height": 800}
TOO_WIDE = """[...document.querySelectorAll('main *')]
    .filter((each) => each.getBoundingClientRect().right > innerWidth + 1 && !each.closest('.wide, pre, .tabs, svg'))
    .map((each) => each.outerHTML.slice(0, 120))"""


@dataclass(frozen=True)
class Looked:
    """What was found on a screen that was opened once."""

    violations: dict[str, list[str]]  # of axe-core's rules, by colour scheme
    width: int  # on a phone
    too_wide: list[str]
    sizes: dict[str, int]  # bytes, by address
    hosts: set[str]


@pytest.fixture(scope="module")
def owner(running):
    """The API as the owner of an organisation that has nothing but what the screens are of."""
    return running.owner_of("screens")


@pytest.fixture(scope="module")
def ids(owner):
    """What the screens are of."""
    return furnish(owner)


@pytest.fixture(scope="module")
def page(browser, running, owner):
    with signed_in(browser, running, "owner@screens.example", viewport=DESK) as opened:
        yield opened


@pytest.fixture(scope="module", params=SCREENS)
def looked(request, page, running, ids):
    """Each screen."""
    loaded: list[Response] = []

    def keep(response):
        loaded.append(response)

    page.on("response", keep)
    page.goto(running.url + SCREENS[request.param].format(**ids))
    page.remove_listener("response", keep)
    kinds = ("document", "stylesheet", "script", "image")
    of_the_page = [each for each in loaded if each.request.resource_type in kinds]
    found = {scheme: violations(page, scheme) for scheme in ("light", "dark")}
    page.set_viewport_size(PHONE)
    width, too_wide = page.evaluate("document.documentElement.scrollWidth"), page.evaluate(TOO_WIDE)
    page.set_viewport_size(DESK)
    sizes = {each.url: len(each.body()) for each in of_the_page if "/dk_" not in each.url}
    return Looked(found, width, too_wide, sizes, {each.url.split("/")[2] for each in of_the_page})


@pytest.fixture(scope="module")
def long_name(owner):
    """The id of a pipeline whose names have no place to break."""
    given = {"name": "W" * 200, "labels": ["long:" + "w" * 90], "parameters": {"k" * 64: "v" * 200}}
    return owner.a_pipeline(**given)["id"]


def violations(page: Page, scheme):
    """What axe-core finds serious."""
    page.emulate_media(color_scheme=scheme)
    return [
        f"{each['id']}: {each['help']}: {[node['html'][:150] for node in each['nodes'][:3]]}"
        for each in Axe().run(page).response["violations"]
        if each["impact"] in ("serious", "critical")
    ]


def test_a_screen_reader_and_weak_eyes_find_their_way(looked):
    assert looked.violations == {"light": [], "dark": []}


def test_a_screen_fits_a_phone(looked):
    assert looked.width <= PHONE["width"], looked.too_wide


@pytest.mark.parametrize(
    "address", ["{}/try", "{}", "{}/settings", "{}/history", "?group=long", "/../audit?resource_id={id}"]
)
def test_a_name_of_one_long_word_fits_a_phone(page, running, long_name, address):
    page.set_viewport_size(PHONE)
    path = address.format(f"/{long_name}", id=long_name)
    page.goto(f"{running.url}/console/pipelines{path}")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], page.evaluate(TOO_WIDE)


def test_a_screen_is_small(looked):
    assert sum(looked.sizes.values()) < LARGEST_PAGE, looked.sizes


def test_a_screen_has_nothing_from_elsewhere(looked, running):
    assert looked.hosts == {running.url.split("/")[2]}


def test_a_refused_form_a_secret_and_the_form_to_sign_in_are_as_good(page, running, ids):
    page.goto(running.url + SCREENS["settings"].format(**ids))
    page.locator("#senders").get_by_label("Domains").fill("*")
    page.locator("#senders").get_by_role("button", name="Save").click()
    assert page.locator("[aria-invalid=true]").count() == 1
    assert violations(page, "light") == []
    page.goto(running.url + SCREENS["rotate"].format(**ids))
    page.get_by_role("button", name="Make a new secret").click()
    assert page.get_by_role("dialog").is_visible()
    assert violations(page, "dark") == []
    stranger = page.context.browser.new_context().new_page()
    stranger.goto(f"{running.url}/console")
    assert violations(stranger, "dark") == []
    stranger.context.close()
