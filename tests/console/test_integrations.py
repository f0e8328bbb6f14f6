"""The integrations of an organisation, the library, and installing one."""

import pytest

from ..client import WEBHOOK, path_of_integration

PATH = "/console/integrations"
NEW = f"{PATH}/new"
EVIL = "\"><img src=x onerror=alert(1)><script>alert(1)</script>{{7*7}}'"
GA4 = {"name": "Analytics", "config__measurement_id": "G-1A2BCD345E", "config__api_secret": "s3cret-of-google"}
VENDORS = ["google_analytics_4", "meta_capi", "google_ads", "tiktok", "webhook", "s3", "firehose"]


def install(browser, vendor, **fields):
    return browser.submit(browser.open(f"{NEW}/{vendor}"), f"{NEW}/{vendor}", **fields)


@pytest.fixture
def installed(owner):
    """The only integration, as the API shows it."""

    def installed():
        (one,) = owner.get("/v1/admin/integrations").json["integrations"]
        return owner.get(path_of_integration(one)).json

    return installed


def test_without_integrations_the_page_leads_to_the_library(console):
    page = console.open(PATH)
    assert "No integrations yet" in page.text
    assert f"{PATH}/library" in page.links()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Analytics", "Hook", "Old"]),
        ("?search=hook", ["Hook", "Old"]),
        ("?vendor=google_analytics_4", ["Analytics"]),
        ("?enabled=false", ["Old"]),
        ("?search=&vendor=&enabled=", ["Analytics", "Hook", "Old"]),
        ("?search=nothing", []),
        ("?limit=1&offset=1", ["Hook"]),
    ],
)
def test_my_integrations_are_searched(console, owner, time, query, found):
    config = {"measurement_id": "G-1A2BCD345E", "api_secret": "x"}
    for fields in (
        {"name": "Analytics", "vendor": "google_analytics_4", "config": config},
        {"name": "Hook"},
        {"name": "Old", "enabled": False},
    ):
        owner.an_integration(**fields)
        time.pass_(seconds=1)
    page = console.open(f"{PATH}{query}")
    assert [link.get_text() for link in page.soup.select("td a.name")] == found


def test_of_another_organisations_nothing_is_listed(foreign_console, owner):
    owner.an_integration()
    assert "No integrations yet" in foreign_console.open(PATH).text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", VENDORS),
        ("?category=cloud_storage", ["s3", "firehose"]),
        ("?search=CAMPAIGNS", ["meta_capi", "google_ads", "tiktok"]),
        ("?search=google&category=analytics", ["google_analytics_4"]),
        ("?search=%3Cscript%3E", []),
    ],
)
def test_the_library_is_searched_and_by_category(console, query, found):
    page = console.open(f"{PATH}/library{query}")
    links = [link.removeprefix(f"{NEW}/") for link in page.links() if link.startswith(f"{NEW}/")]
    assert sorted(links) == sorted(found)


def test_a_viewer_sees_the_library_and_installs_nothing(console_as, owner):
    viewer = console_as("viewer")
    page = viewer.open(f"{PATH}/library")
    assert "Google Analytics 4" in page.text
    assert not [link for link in page.links() if link.startswith(NEW)]
    assert viewer.open(f"{NEW}/webhook").status == 403
    csrf = viewer.token
    assert viewer.post(f"{NEW}/webhook", {"csrf": csrf, "name": "x", "config.url": WEBHOOK["url"]}).status == 403
    assert owner.get("/v1/admin/integrations").json["total"] == 0


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_vendors_form_has_a_labelled_field_for_all_it_needs(console, owner, vendor):
    page = console.open(f"{NEW}/{vendor}")
    schema = owner.get(f"/v1/admin/vendors/{vendor}").json["config_schema"]
    labels = {label["for"] for label in page.soup.find_all("label")}
    for key, about in schema["properties"].items():
        field = page.soup.find(attrs={"name": f"config.{key}"}, type=lambda kind: kind != "hidden")
        assert field["id"] in labels
        assert (field.get("type") == "password") == bool(about.get("writeOnly"))
        assert field.has_attr("required") == (key in schema["required"])


def test_an_unknown_vendor_is_not_found(console):
    assert console.open(f"{NEW}/nobody").status == 404


def test_google_analytics_is_installed(console, installed):
    page = install(console, "google_analytics_4", **GA4, config__region="eu", config__send_ip="", note="First try")
    made = installed()
    assert page.path == f"{PATH}/{made['id']}"
    assert "Created." in page.text
    revision = made["revision"]
    assert revision["config"] == {
        "measurement_id": "G-1A2BCD345E",
        "api_secret": "***",
        "region": "eu",
        "send_ip": False,
        "debug_view": False,
    }
    assert (revision["consent"], revision["requests_per_second"], revision["note"]) == ("analytics", 100, "First try")
    assert revision["mapping"]["events"]["Order Completed"]["vendor_event_name"] == "purchase"


def test_a_webhook_is_installed_with_headers_one_a_line_and_a_template(console, installed):
    install(
        console,
        "webhook",
        name="Hook",
        config__url="https://hooks.example.com/{{pipeline_param.shop}}",
        config__headers="X-Shop: {{pipeline_param.shop}}\r\n\r\nX-Time: 10:30\r\n",
        config__batch_enabled="on",
        config__batch_size="20",
        config__payload_format="custom",
        config__payload_template='{"all": {{events}}}',
        consent="marketing",
        requests_per_second="5",
    )
    revision = installed()["revision"]
    assert revision["config"]["headers"] == {"X-Shop": "{{pipeline_param.shop}}", "X-Time": "10:30"}
    assert (revision["config"]["batch_enabled"], revision["config"]["batch_size"]) == (True, 20)
    assert (revision["consent"], revision["requests_per_second"]) == ("marketing", 5)
    assert revision["parameters"] == ["shop"]


def test_a_form_that_is_sent_twice_installs_once(console, owner):
    page = console.open(f"{NEW}/google_analytics_4")
    first, second = (console.submit(page, f"{NEW}/google_analytics_4", **GA4) for _ in range(2))
    assert first.path == second.path
    assert owner.get("/v1/admin/integrations").json["total"] == 1


def test_everything_that_is_wrong_is_told_at_once_and_nothing_typed_is_lost_but_secrets(console, owner):
    typed = {
        "name": " ",
        "description": "For <b>shops</b>",
        "config__measurement_id": "UA-1",
        "config__api_secret": "s3cret typed",
        "mapping": "json",
        "mapping_json": '{"events": {"a": ',
        "requests_per_second": "many",
        "note": "why",
    }
    page = install(console, "google_analytics_4", **typed)
    assert page.status == 422
    assert "measurement id such as G-1A2BCD345E" in page.soup.find(id="config-measurement_id-error").get_text()
    assert "visible ASCII" in page.soup.find(id="config-api_secret-error").get_text()
    assert "1 to 200" in page.soup.find(id="name-error").get_text()
    assert "1 to 1,000" in page.soup.find(id="requests_per_second-error").get_text()
    assert "must be JSON" in page.soup.find(id="mapping-error").get_text()
    for name in ("description", "config__measurement_id", "requests_per_second", "note"):
        assert page.soup.find(attrs={"name": name.replace("__", ".")})["value"] == typed[name]
    assert page.soup.find(id="mapping_json").get_text().strip() == typed["mapping_json"].strip()
    assert page.soup.find(id="mapping-json").has_attr("checked")
    assert "s3cret" not in page.html
    assert "Type it again" in page.text
    assert owner.get("/v1/admin/integrations").json["total"] == 0


def test_what_is_required_and_left_empty_is_told(console):
    page = install(console, "google_analytics_4", name="x")
    assert page.soup.find(id="config-measurement_id-error").get_text() == "is required"
    assert page.soup.find(id="config-api_secret-error").get_text() == "is required"


def test_problems_between_fields_and_in_headers_are_told(console):
    page = install(
        console, "webhook", name="x", config__url="http://", config__headers="no header", config__batch_size="x"
    )
    assert page.soup.find(id="config-url-error")
    assert page.soup.find(id="config-headers-error")
    assert "1 to 500" in page.soup.find(id="config-batch_size-error").get_text()


def test_a_name_that_is_taken_is_told_beside_it(console, owner):
    owner.an_integration(name="Analytics")
    page = install(console, "google_analytics_4", **GA4)
    assert (page.status, page.soup.find(id="name-error").get_text()) == (
        409,
        "Another integration of your organisation has this name.",
    )


def test_events_are_chosen_in_a_table(console, installed):
    install(
        console,
        "google_analytics_4",
        **GA4,
        mapping="table",
        row_event=["Order Completed", "page", "", "Secret Page", ""],
        row_renamed=["purchase", "", "left over", "", ""],
        row_sent=["sent", "sent", "sent", "not_sent", "sent"],
        others="drop",
    )
    assert installed()["revision"]["mapping"] == {
        "global": {},
        "defaults": {"action": "drop"},
        "events": {
            "Order Completed": {"vendor_event_name": "purchase"},
            "page": {},
            "Secret Page": {"enabled": False},
        },
    }


def test_an_event_that_is_listed_twice_is_told_and_the_table_stays(console):
    events = {"row_event": ["a", "a"], "row_renamed": ["b", "c"], "row_sent": ["sent", "not_sent"]}
    page = install(console, "google_analytics_4", **GA4, mapping="table", **events)
    assert page.soup.find(id="mapping-error").get_text() == "lists a twice, the second time in row 2"
    values = [[each["value"] for each in page.soup.find_all(attrs={"name": name})][:2] for name in list(events)[:2]]
    assert values == [["a", "a"], ["b", "c"]]


def test_a_mapping_is_given_as_json_and_its_wrong_fields_are_named(console, installed):
    wrong = '{"events": {"a": {"mappings": [{"target": "x"}]}}, "more": 1}'
    page = install(console, "google_analytics_4", **GA4, mapping="json", mapping_json=wrong)
    said = page.soup.find(id="mapping-error").get_text()
    assert "must have either source or value" in said
    assert "more" in said
    right = '{"defaults": {"action": "drop"}, "events": {"a": {"vendor_event_name": "b"}}}'
    page = console.submit(page, f"{NEW}/google_analytics_4", **GA4, mapping_json=right)
    assert page.status == 200
    assert installed()["revision"]["mapping"]["events"] == {"a": {"vendor_event_name": "b"}}


def test_texts_stay_texts(console, owner):
    config = {"url": "https://hooks.example.com/", "headers": {"X-Evil": EVIL}, "payload_template": EVIL}
    page = install(
        console,
        "webhook",
        name=EVIL,
        description=EVIL,
        note=EVIL,
        config__url=EVIL,
        config__headers=f"X-Evil: {EVIL}",
        config__payload_template=EVIL,
        mapping="table",
        row_event=[EVIL],
        row_renamed=[EVIL],
        row_sent=["sent"],
    )
    assert page.status == 422
    assert not page.soup.select("main img, main script")
    assert page.soup.find(id="config-payload_template").get_text().strip() == EVIL
    owner.an_integration(name=EVIL, description=EVIL, note=EVIL, config=config, mapping={"events": {EVIL: {}}})
    page = console.open(PATH)
    assert page.soup.select("td a.name")[0].get_text() == EVIL
    assert not page.soup.select("main img, main script")
    page = console.open(f"{PATH}?search={EVIL.replace('&', '%26')}&vendor=%22%3E%3Cimg%3E")
    assert not page.soup.select("main img, main script")


@pytest.mark.parametrize("deleted", ["x", "../pipelines/x/history/1", "pip_0"])
def test_restoring_is_offered_of_integrations_alone(console, deleted):
    page = console.open(f"/console/integrations?deleted={deleted}")
    assert not page.soup.find_all("form", method="post")
