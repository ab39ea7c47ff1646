"""Claims, what becomes of the asset, and the list of what nobody owns."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from registry import audit
from registry.catalogue import load
from registry.errors import Invalid, NotFound, WriteRefused
from registry.scope import ROLES, Mask, Principal, Right, Scope, Sight
from registry.store import organisations, ownership
from registry.store.records import Writer

WHO = Writer("tester", "test")
ROAD = load().kind("road")
CODE = "91350100M000100Y43"


@pytest.fixture
def claim(conn, city):
    def write(id_, claimant="甲", role="owner", **said):
        return ownership.claim(conn, "demo", ROAD, id_, {"kind": "unclear", "claimant": claimant, "role": role, **said}, WHO)

    return write


@pytest.fixture
def resolve(conn, city):
    def write(made, status):
        return ownership.resolve(conn, "demo", made["id"], None, {"status": status, "resolution": "会议纪要"}, WHO)

    return write


def test_a_claim_makes_the_asset_disputed_and_accepted_it_has_the_owner(conn, put, asset, claim, resolve):
    road = put(owner="旧", owner_code="OLD", ownership_status="confirmed")
    made = claim(road, claimant_code=CODE)
    assert asset(road).ownership_status == "disputed" and asset(road).owner == "旧"
    resolve(made, "accepted")
    row = asset(road)
    assert (row.owner, row.ownership_status, row.attrs["owner_code"], row.version) == ("甲", "confirmed", CODE, 3)
    assert audit.tampered(conn, "demo") == []
    assert conn.execute(text("SELECT batch FROM claim")).scalar_one() == row.batch


@pytest.mark.parametrize("before", [None, "pending", "confirmed"])
@pytest.mark.parametrize("outcome", ["rejected", "withdrawn"])
def test_the_last_claim_that_fails_leaves_what_was(put, asset, claim, resolve, before, outcome):
    road = put(owner="旧", ownership_status=before)
    first, second = claim(road), claim(road, "乙", "keeper")
    resolve(first, outcome)
    assert asset(road).ownership_status == "disputed"
    resolve(second, outcome)
    assert (asset(road).ownership_status, asset(road).owner, asset(road).keeper) == (before, "旧", None)


def test_while_another_claim_is_open_it_stays_disputed_then_it_is_confirmed(put, asset, claim, resolve):
    road = put()
    first, second = claim(road), claim(road, "乙")
    resolve(first, "accepted")
    assert (asset(road).owner, asset(road).ownership_status) == ("甲", "disputed")
    resolve(second, "rejected")
    assert (asset(road).owner, asset(road).ownership_status) == ("甲", "confirmed")


def test_what_was_resolved_is_not_resolved_again(put, claim, resolve):
    made = claim(put())
    resolve(made, "withdrawn")
    with pytest.raises(Invalid):
        resolve(made, "accepted")


def test_the_claimants_code_is_checked(put, claim):
    with pytest.raises(Invalid) as error:
        claim(put(), claimant_code=CODE[:-1] + "4")
    assert error.value.more["errors"][0]["code"] == "check_digit"


def test_the_timeline_says_who_owned_since_when_and_why(conn, city, put, claim, resolve):
    road = put(owner="旧", ownership_status="confirmed")
    put(owner="旧", ownership_status="confirmed", name="改名")  # not a change of ownership
    resolve(claim(road), "accepted")
    told = ownership.timeline(conn, Sight(), "demo", ROAD, road)
    assert [(t["owner"], t["ownership_status"]) for t in told["timeline"]] == \
        [("旧", "confirmed"), ("旧", "disputed"), ("甲", "confirmed")]
    assert all(t["actor"] == "tester" and t["reason"] == "test" and t["since"] for t in told["timeline"])
    assert told["claims"][0]["status"] == "accepted"


def test_without_owner_or_not_confirmed_is_listed_and_counted(conn, city, put):
    for code, said in (("A", {}), ("B", {"owner": "甲", "ownership_status": "unconfirmed"}),
                       ("C", {"owner": "甲", "ownership_status": "confirmed"}), ("D", {"state": "removed"}),
                       ("E", {"owner": "甲", "ownership_status": "pending"}), ("F", {"owner": "甲", "ownership_status": "disputed"}),
                       ("G", {"owner": "甲"}), ("H", {"owner": "甲", "state": "removed"})):
        put(code=code, **said)
    assert [r["code"] for r in ownership.ownerless(conn, Sight(), "demo")] == ["A", "B"]
    assert ownership.count_ownerless(conn, Sight(), "demo", kind="road") == \
        {"ownerless": 2, "pending": 1, "disputed": 1, "unsaid": 1}
    assert not any(ownership.count_ownerless(conn, Sight(), "demo", kind="bridge").values())


def test_claims_are_seen_with_their_asset_and_its_owner_only(conn, city, put, claim):
    made = claim(put())
    lost = Sight(Principal("x", "inspector", ROLES["inspector"], Scope(city="demo", districts=("000000",))))
    masked = Sight(Principal("public", "public", frozenset({Right.READ}), masks={"road": Mask(fields=frozenset({"owner"}))}))
    for sight, n in ((Sight(), 1), (lost, 0), (masked, 0)):
        assert len(ownership.queue(conn, sight, "demo")) == n
        assert ownership.count_ownerless(conn, sight, "demo")["ownerless"] == n
    for sight in (lost, masked):
        with pytest.raises(NotFound):
            ownership.get(conn, sight, "demo", made["id"])


def test_the_record_of_a_deleted_asset_is_for_who_may_see_history(conn, city, put, claim):
    from registry import history

    made = claim(put())
    batch = history.open_batch(conn, city="demo", kind="edit", actor="x", reason="y")
    conn.exec_driver_sql("DELETE FROM asset WHERE code = 'R1'")
    history.seal(conn, batch)
    assert ownership.get(conn, Sight(), "demo", made["id"])["status"] == "open"
    with pytest.raises(NotFound):
        ownership.get(conn, Sight(Principal("x", "reader", ROLES["reader"])), "demo", made["id"])


def test_an_organisation_has_its_code_once(conn, city):
    organisations.add(conn, "demo", {"name": "市政处", "code": CODE.lower()}, WHO)
    assert [(o["name"], o["code"]) for o in organisations.every(conn, "demo", "市政")] == [("市政处", CODE)]
    with pytest.raises(WriteRefused):
        organisations.add(conn, "demo", {"name": "另一家", "code": CODE}, WHO)
    with pytest.raises(Invalid):
        organisations.add(conn, "demo", {"name": "错的", "code": CODE[:-1] + "4"}, WHO)
