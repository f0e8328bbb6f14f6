"""Challenge tokens: fetched, sent along and renewed without the page's doing."""

from .world import eventually


def test_a_token_is_fetched_first_and_sent_with_every_batch(engine, world):
    engine.open(world.page(world.script(challenge_token_required=True)))
    world.wait_for("page")
    engine.evaluate("_df.track('Bought')")
    world.wait_for("page", "Bought")
    assert [each.path for each in world.received] == ["/v1/challenge", "/v1/batch", "/v1/batch"]
    assert {each.body["challengeToken"] for each in world.batches} == {"ct_1"}


def test_what_waits_for_the_token_goes_when_it_is_there(engine, world):
    engine.open(world.page(world.script(challenge_token_required=True, batch_size=1, flush_interval_ms=60_000)))
    world.wait_for("page")


def test_a_token_that_is_no_longer_good_is_renewed_and_nothing_is_lost(engine, world):
    engine.open(world.page(world.script(challenge_token_required=True)))
    world.wait_for("page")
    world.answer(403)
    engine.evaluate("_df.track('Bought')")
    world.wait_for("page", "Bought")
    assert [each.body["challengeToken"] for each in world.batches] == ["ct_1", "ct_1", "ct_2"]


def test_a_page_that_may_not_have_a_token_gives_up(engine, world):
    world.answer(403)
    engine.open(world.page(world.script(challenge_token_required=True)))
    eventually(lambda: len(world.batches) == 1)
    engine.evaluate("_df.track('Later')")
    world.wait_for("Later")
    assert [each.path for each in world.received].count("/v1/challenge") == 1


def test_an_expired_token_is_renewed_before_the_next_event(engine, world):
    engine.open(world.page(world.script(challenge_token_required=True)))
    world.wait_for("page")
    engine.evaluate("(() => { const now = Date.now; Date.now = () => now() + 3601e3; _df.track('Late'); })()")
    world.wait_for("page", "Late")
    assert [each.body["challengeToken"] for each in world.batches] == ["ct_1", "ct_2"]
