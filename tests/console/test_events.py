"""A pipeline's overview and its live events."""

import pytest

from ..client import path_of


@pytest.fixture
def pipeline(owner):
    return owner.a_pipeline(name="Shop", domain_allowlist=["shop.example"])


@pytest.fixture
def send(owner, pipeline):
    """Send an event from a page of the shop, or from elsewhere."""

    def sent(origin="https://shop.example", **event):
        return owner.post("/v1/t", {"writeKey": pipeline["pipeline_key"]} | event, Origin=origin)

    return sent


def screen(pipeline, rest=""):
    return f"/console/pipelines/{pipeline['id']}{rest}"


def lines(page):
    return [" ".join(line.get_text(" ").split()) for line in page.soup.select("details.event > summary")]


def test_the_overview_waits_for_the_first_event_and_shows_it(console, pipeline, send, work):
    page = console.open(screen(pipeline))
    assert "Waiting for the first event" in page.text
    waiting = page.soup.find(attrs={"data-part": "first-event"})
    assert waiting["data-live"] == screen(pipeline, "/first-event")
    send(event="Signed up", messageId="m1")
    work("process")
    page = console.open(waiting["data-live"])
    assert "It has arrived: Signed up" in page.text
    assert not page.soup.find(attrs={"data-live": True}), "nothing is waited for any longer"
    assert "Waiting for" not in console.open(screen(pipeline)).text


def test_a_first_event_that_was_refused_tells_why(console, pipeline, send):
    console.open(screen(pipeline, "/first-event"))
    send(origin="https://evil.example", event="x")
    assert "It came and was refused" in console.open(screen(pipeline, "/first-event")).text


def test_the_chart_tells_what_came_by_verdict(console, pipeline, send, work, time):
    for number in range(3):
        send(event="x", messageId=f"m{number}")
        time.pass_(minutes=1)
    send(event="x", messageId="m0")
    time.pass_(seconds=2)
    send(origin="https://evil.example", event="x")
    work("process")
    page = console.open(screen(pipeline, "/traffic"))
    assert page.soup.svg["aria-label"] == "4 events accepted, 1 refused"
    titles = [title.get_text() for title in page.soup.find_all("title") if "accepted" in title.get_text()]
    assert titles == [
        *(f"2026-02-25 10:0{minute} UTC: 1 accepted, 0 duplicate, 0 filtered, 0 refused" for minute in range(3)),
        "2026-02-25 10:03 UTC: 0 accepted, 1 duplicate, 0 filtered, 1 refused",
    ]
    assert [sorted(rect["class"][0] for rect in group.find_all("rect")) for group in page.soup.find_all("g")] == [
        *(["bar-accepted"],) * 3,
        ["bar-duplicate", "bar-refused"],
    ]
    assert "Refused: 1 ORIGIN_NOT_ALLOWED" in page.text
    for step in ("hour", "day", "nonsense"):
        assert console.open(screen(pipeline, f"/traffic?step={step}")).status == 200


def test_events_are_listed_filtered_and_told_in_full(console, pipeline, send, work):
    send(event="Signed up", messageId="m/1", userId="ada")
    send(event="Bought", messageId="m2")
    send(origin="https://evil.example", event="Bought")
    work("process")
    assert len(lines(console.open(screen(pipeline, "/events")))) == 3
    (line,) = lines(console.open(screen(pipeline, "/events?event=Signed%20up")))
    assert line.startswith("accepted Signed up track ada")
    page = console.open(screen(pipeline, "/events?verdict=refused&text=&type="))
    assert [line.split()[0] for line in lines(page)] == ["refused"]
    assert "ORIGIN_NOT_ALLOWED" in page.text
    page = console.open(screen(pipeline, "/events/m%2F1"))
    assert [step.get_text(" ", strip=True).split()[0] for step in page.soup.select("ol.list > li")] == [
        "received",
        "accepted",
    ]
    assert '"userId": "ada"' in page.text
    assert console.open(screen(pipeline, "/events/none")).status == 404


def test_what_comes_later_is_asked_for_once(console, pipeline, send, work, time):
    page = console.open(screen(pipeline, "/events"))
    assert "Nothing yet" in page.text
    for name in ("one", "two"):
        send(event=name)
        work("process")
        time.pass_(seconds=2)
        page = console.open(page.soup.find(attrs={"data-grows": True})["data-live"])
        assert [line.split()[1] for line in lines(page)] == [name]
    assert lines(console.open(page.soup.find(attrs={"data-grows": True})["data-live"])) == []


def test_older_events_are_on_further_pages(console, pipeline, send, work, time):
    for number in range(60):
        send(event=f"e{number}")
        work("process")
        time.pass_(milliseconds=10)
    page = console.open(screen(pipeline, "/events"))
    older = page.soup.find("a", rel="next")["href"]
    names = [line.split()[1] for line in lines(page) + lines(console.open(older))]
    assert names == [f"e{number}" for number in reversed(range(60))]
    assert not console.open(older).soup.find(attrs={"data-live": True}), "old pages stay as they are"


def test_what_became_of_an_event_at_an_integration_has_its_name(console, owner, pipeline, send, work):
    integration = owner.an_integration(name="Warehouse")
    owner.attach(integration, pipeline)
    send(event="x", messageId="m1")
    work("process")
    page = console.open(screen(pipeline, "/events/m1"))
    assert "at Warehouse" in page.text


def test_the_page_to_try_a_pipeline_has_its_script_and_may_load_it(console, owner, pipeline, work):
    assert "The script is not built yet" in console.open(screen(pipeline, "/try")).text
    owner.post(path_of(pipeline, "/collector/build"))
    work("build")
    page = console.open(screen(pipeline, "/try"))
    url = owner.get(path_of(pipeline, "/collector/status")).json["url"]
    assert page.soup.select_one("script[async]")["src"] == url
    assert "script-src 'self' https://data.example.com;" in page.headers["Content-Security-Policy"]
    assert "Only shop.example may send" in page.text


EVIL = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    "'\";--></style>",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("text", EVIL)
def test_whatever_an_event_says_stays_text(console, pipeline, send, work, text):
    send(event=text, messageId=text, userId=text, properties={text: text})
    send(origin="https://evil.example", event=text, anonymousId=text)
    work("process")
    for rest in ("", "/first-event", "/events", f"/events?text={text}&event={text}"):
        page = console.open(screen(pipeline, rest))
        assert page.status == 200
        assert no_markup_of(page, text)
    links = [link for link in console.open(screen(pipeline, "/events")).links() if "/events/" in link]
    assert console.open(links[0]).status == 200


def no_markup_of(page, text):
    """Whether the text made nothing but text."""
    scripts = [script for script in page.soup.find_all("script") if not script.has_attr("src")]
    handlers = [tag for tag in page.soup.find_all(True) if any(name.startswith("on") for name in tag.attrs)]
    addresses = [link for link in page.links() if link.startswith("javascript:")]
    return not scripts and not handlers and not addresses and ">49<" not in page.html


@pytest.mark.parametrize("text", EVIL)
def test_whatever_a_pipeline_says_stays_text(console, owner, text):
    pipeline = owner.a_pipeline(name=text, labels=[text, f"p:{text}"], parameters={"k": text}, config={text: text})
    for path in (
        "/console/pipelines",
        "/console/pipelines?group=p",
        f"/console/pipelines?search={text}",
        *(screen(pipeline, rest) for rest in ("", "/settings", "/settings?origin=" + text, "/collector", "/rotate")),
    ):
        page = console.open(path)
        assert page.status in (200, 422), path
        assert no_markup_of(page, text)
    page = console.open(screen(pipeline, "/settings"))
    page = console.submit(page, screen(pipeline, "/settings"), "general", name=text * 60, slug=text, labels=text)
    assert page.status == 422
    assert no_markup_of(page, text)
