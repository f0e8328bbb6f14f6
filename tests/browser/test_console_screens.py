"""Every screen of the console: axe-core finds nothing serious on it, light and dark; it fits a phone; it is small."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from .console import signed_in
from .screens import SCREENS, furnish

LARGEST_PAGE = 60_000  # bytes of everything that a page loads, as it is without compression
TOO_WIDE = """[...document.querySelectorAll('main *')]
    .filter((each) => each.getBoundingClientRect().right > innerWidth + 1 && !each.closest('.wide, pre, .tabs, svg'))
    .map((each) => each.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def ids(running):
    """What the screens are of."""
    return furnish(running.api)


@pytest.fixture(scope="module", params=["light", "dark"])
def page(request, browser, running):
    with signed_in(browser, running, color_scheme=request.param) as opened:
        yield opened


@pytest.fixture(scope="module")
def phone(browser, running):
    with signed_in(browser, running, viewport={"width": 375, "height": 800}) as opened:
        yield opened


@pytest.fixture(scope="module")
def long_name(running):
    """The id of a pipeline whose names have no place to break."""
    given = {"name": "W" * 200, "labels": ["long:" + "w" * 90], "parameters": {"k" * 64: "v" * 200}}
    return running.api.a_pipeline(**given)["id"]


def go(page, running, ids, screen):
    page.goto(running.url + SCREENS[screen].format(**ids))


def violations(page):
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {each['help']}: {[node['html'][:150] for node in each['nodes'][:3]]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_reader_and_weak_eyes_find_their_way(page, running, ids, screen):
    go(page, running, ids, screen)
    assert violations(page) == []


def test_the_form_to_sign_in_and_a_refused_form_are_as_good(page, running, ids):
    go(page, running, ids, "settings")
    page.locator("#senders").get_by_label("Domains").fill("*")
    page.locator("#senders").get_by_role("button", name="Save").click()
    assert page.locator("[aria-invalid=true]").count() == 1
    assert violations(page) == []
    page.context.new_page().goto(running.url)
    stranger = page.context.browser.new_context().new_page()
    stranger.goto(f"{running.url}/console")
    assert violations(stranger) == []
    stranger.context.close()


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_fits_a_phone(phone, running, ids, screen):
    go(phone, running, ids, screen)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 375, phone.evaluate(TOO_WIDE)


@pytest.mark.parametrize(
    "address", ["{}/try", "{}", "{}/settings", "{}/history", "?group=long", "/../audit?resource_id={id}"]
)
def test_a_name_of_one_long_word_fits_a_phone(phone, running, long_name, address):
    path = address.format(f"/{long_name}", id=long_name)
    phone.goto(f"{running.url}/console/pipelines{path}")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 375, phone.evaluate(TOO_WIDE)


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_is_small_and_has_nothing_from_elsewhere(phone, running, ids, screen):
    loaded = []

    def keep(response):
        loaded.append(response)

    phone.on("response", keep)
    go(phone, running, ids, screen)
    phone.remove_listener("response", keep)
    kinds = ("document", "stylesheet", "script", "image")
    of_the_page = [each for each in loaded if each.request.resource_type in kinds]
    assert {each.url.split("/")[2] for each in of_the_page} == {running.url.split("/")[2]}
    sizes = {each.url: len(each.body()) for each in of_the_page if "/dk_" not in each.url}
    assert sum(sizes.values()) < LARGEST_PAGE, sizes
