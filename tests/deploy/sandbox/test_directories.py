"""Lists that departments publish: the contract's, marked as samples, for anybody, and to be kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.sandbox.gateway import directories
from flows.loader import load_names
from tests.deploy.sandbox import contract
from tests.deploy.sandbox.world import World

PUBLISHED = directories.published()
HOMES = "civil.nursing-home-query"
HOMES_LIST = {"item": HOMES, "field": directories.FIELD}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One city for all: these questions change nothing."""
    world = World(tmp_path_factory.mktemp("directories"))
    yield world
    world.close()


def test_every_item_of_the_catalogue_that_shows_such_a_list_has_one() -> None:
    assert set(PUBLISHED) == {
        "employment.job-vacancy-query",
        "medical-insurance.remote-hospital-query",
        "housing-fund.loan-calculator",
        "household.police-station-locate",
        "housing.presale-permit-query",
        "tax.preference-query",
        HOMES,
        "education.school-district-query",
        "justice.lawyer-query",
        "veterans.job-fair-query",
        "service.hall-locate",
        "service.policy-interpretation",
        "service.commitment-list-query",
        "service.enterprise-licence-separation-query",
    }
    assert set(PUBLISHED) <= set(load_names())


@pytest.mark.parametrize("item", PUBLISHED)
def test_it_is_the_contracts_and_says_of_each_entry_that_it_is_a_sample(item: str) -> None:
    listed = PUBLISHED[item]
    assert contract.violations("getOptions", 200, "application/json", listed) == []
    assert len(listed) >= 4
    assert len({entry["id"] for entry in listed}) == len(listed)
    assert all("演示" in entry["label"] for entry in listed)


def test_a_terminal_with_nobody_at_it_gets_it_with_ages_and_a_version(world: World) -> None:
    first = world.call("getOptions", world.terminal_token, params=HOMES_LIST)
    assert first.json() == PUBLISHED[HOMES]
    assert first.headers["Cache-Control"] == "max-age=300, stale-if-error=2419200"
    again = world.call(
        "getOptions",
        world.terminal_token,
        headers={"If-None-Match": first.headers["ETag"]},
        params=HOMES_LIST,
    )
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"]


def test_words_narrow_it_and_have_a_version_of_their_own(world: World) -> None:
    whole = world.call("getOptions", world.terminal_token, params=HOMES_LIST)
    some = world.call("getOptions", world.terminal_token, query={"q": "和平 护理院"}, params=HOMES_LIST)
    assert [entry["label"] for entry in some.json()] == ["演示和平护理院"]
    assert some.headers["ETag"] != whole.headers["ETag"]


def test_what_is_not_published_is_kept_by_nobody(world: World) -> None:
    none = world.call("getOptions", world.terminal_token, item="service.item-guide", field=directories.FIELD)
    assert (none.status_code, none.headers["Cache-Control"]) == (404, "no-store")
    own = world.call("getOptions", world.terminal_token, item="housing.rental-filing", field="region_mode")
    assert own.headers["Cache-Control"] == "no-store"
