"""Records become persons: what links, what must not, and why."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import pytest

from resolution.contracts import DECISION
from resolution.errors import BadDecisions, BadLineage
from resolution.waterfall import level_words, retold, told_comparisons
from tests.factories import key, rows_of, write_rows
from tests.resolution.people import ALL_COLUMNS, Row, links, persons, record, resolve, robert, same

if TYPE_CHECKING:
    from pathlib import Path

    from resolution.resolve import ResolutionSummary
    from runs.home import ViewFolder


SCENES: dict[str, Row] = {
    "family": {
        "surname": "Adeyemi",
        "address_line": "4 ELM ST",
        "city": "SALEM",
        "zip": "24153",
        "phones": ["+15405550111"],
    },
    "nameless": {
        "birth_date": date(1990, 1, 1),
        "sex": "F",
        "phones": ["+18045550100"],
        "plates": ["VA:ABC1234"],
        "address_line": "1 MAIN ST",
        "zip": "23220",
    },
    "shelter": {
        "given_name": "Mary",
        "surname": "Smith",
        "address_line": "9 SAFE HARBOR RD",
        "zip": "23223",
    },
}
TWIN = {**SCENES["family"], "birth_date": date(2009, 11, 30), "sex": "F"}
SSN = {"strong_id": "ssn:123456789", "birth_date": date(1991, 6, 5), "sex": "M"}
VICTIM = {
    "given_name": "Ottilie",
    "surname": "Brandt",
    "birth_date": date(1977, 4, 4),
    "incident_key": key("incident", "VA0010000", "24-1"),
    "role": "victim",
}
ROWS = (
    robert("exact", aliases=["Danny Costa"]),
    robert("nickname", given_name="Bob"),
    robert("misspelt", surname="Zelinsky", given_name="ROBRET"),
    robert("swapped names", given_name="Zelinski", surname="Robert"),
    robert("day and month", birth_date=date(1984, 7, 3)),
    robert("year only", birth_date=None, birth_year=1984),
    robert("age only", birth_date=None, age_low_years=40, age_high_years=40),
    robert("alias", given_name="Danny", surname="Costa"),
    record("someone else", given_name="Maria", surname="Okafor", birth_date=date(1999, 1, 2)),
    record("twin", given_name="Kemi", **TWIN),
    record("other twin", given_name="Tunde", **TWIN),
    record(
        "mother", given_name="Folake", sex="F", birth_date=date(1980, 2, 11), **SCENES["family"]
    ),
    *(record(f"name alone {n}", given_name="James", surname="Smith") for n in (1, 2)),
    *(record(f"nameless {n}", **SCENES["nameless"]) for n in range(5)),
    *(record(f"strong {n}", **SSN) for n in (1, 2)),
    *(record(f"shelter {n}", household_protected=True, **SCENES["shelter"]) for n in (1, 2)),
    *(record(f"victim {n}", **VICTIM) for n in (1, 2)),
)


@pytest.fixture(scope="module")
def resolved(tmp_path_factory: pytest.TempPathFactory) -> tuple[ViewFolder, ResolutionSummary]:
    return resolve(tmp_path_factory.mktemp("scenes"), ROWS)


@pytest.mark.parametrize(
    "how",
    [
        "nickname",
        "misspelt",
        "swapped names",
        "day and month",
        "year only",
        "age only",
        "alias",
    ],
)
def test_a_person_is_found_through_the_ways_records_differ(
    resolved: tuple[ViewFolder, ResolutionSummary], how: str
) -> None:
    assert same(resolved[0], "exact", how)


def test_every_record_is_in_exactly_one_person(
    resolved: tuple[ViewFolder, ResolutionSummary],
) -> None:
    view, summary = resolved
    found = persons(view)
    assert found.keys() == {row["record_key"] for row in ROWS}
    counted = {r["person_id"]: r["records"] for r in rows_of(view.persons / "person.parquet")}
    assert counted == Counter(found.values())
    assert (summary.records, summary.persons) == (len(ROWS), len(counted))
    assert not same(view, "exact", "someone else")


def test_twins_and_family_stay_apart(resolved: tuple[ViewFolder, ResolutionSummary]) -> None:
    found = persons(resolved[0])
    assert len({found[key("person", "nibrs", n)] for n in ("twin", "other twin", "mother")}) == 3


def test_jane_doe_is_nobodys_name(tmp_path: Path) -> None:
    """Whoever is not identified, or must not be, is not one person with the next."""
    unnamed = {"given_name": "JANE", "surname": "DOE", "sex": "F", "role": "victim"}
    shared = {"birth_date": date(1990, 1, 1), "phones": ["+18045550199"], "zip": "23220"}
    rows = [record(name, **unnamed, **shared) for name in ("one", "two")] + [
        record(name, **unnamed, strong_id="fbi:123456AB7") for name in ("printed", "again")
    ]
    view, _ = resolve(tmp_path, rows)
    assert not same(view, "one", "two")
    assert same(view, "printed", "again")
    real = [{**row, "surname": "LOWE"} for row in rows]
    view, _ = resolve(tmp_path / "real", real)
    assert same(view, "one", "two")


def test_a_common_name_alone_does_not_link(
    resolved: tuple[ViewFolder, ResolutionSummary],
) -> None:
    assert not same(resolved[0], "name alone 1", "name alone 2")


def test_nameless_records_stay_alone_whatever_else_they_share(
    resolved: tuple[ViewFolder, ResolutionSummary],
) -> None:
    view, summary = resolved
    nameless = [key("person", "nibrs", f"nameless {n}") for n in range(5)]
    assert summary.linkable_records == len(ROWS) - 5
    assert len({persons(view)[record_key] for record_key in nameless}) == 5
    assert not any(record_key in pair for pair in links(view) for record_key in nameless)


def test_a_strong_identifier_links_without_a_name(
    resolved: tuple[ViewFolder, ResolutionSummary],
) -> None:
    assert same(resolved[0], "strong 1", "strong 2")


def test_two_victims_of_one_incident_are_two_people(
    resolved: tuple[ViewFolder, ResolutionSummary],
) -> None:
    view = resolved[0]
    assert not same(view, "victim 1", "victim 2")
    link = links(view)[frozenset(key("person", "nibrs", f"victim {n}") for n in (1, 2))]
    assert link["needs_review"]
    assert not link["same_person"]


def test_the_parties_of_one_order_are_different_people(tmp_path: Path) -> None:
    """A father and a son of one name at one address, whom nothing else tells apart."""
    rows = [robert("father"), robert("son"), robert("another order's father")]
    order = {
        "court_order_key": key("order", "1"),
        "respondent_key": key("person", "nibrs", "father"),
        "child_key": key("person", "nibrs", "son"),
        "kind": "custody",
    }
    before, _ = resolve(tmp_path / "before", rows)
    assert same(before, "father", "son")
    after, _ = resolve(tmp_path / "after", rows, orders=[order])
    assert not same(after, "father", "son")
    assert len(set(persons(after).values())) == 2


def test_a_protected_address_is_not_compared(
    tmp_path: Path, resolved: tuple[ViewFolder, ResolutionSummary]
) -> None:
    assert not same(resolved[0], "shelter 1", "shelter 2")
    view, _ = resolve(tmp_path, [record(n, **SCENES["shelter"]) for n in ("one", "two")])
    assert same(view, "one", "two")


def test_links_are_those_inside_persons_and_those_to_review(
    resolved: tuple[ViewFolder, ResolutionSummary],
) -> None:
    view, summary = resolved
    found = links(view)
    assert summary.needs_review == sum(link["needs_review"] for link in found.values())
    assert all(link["same_person"] or link["needs_review"] for link in found.values())
    members = persons(view)
    for pair, link in found.items():
        assert link["same_person"] == (len({members[record_key] for record_key in pair}) == 1)
        assert link["record_key_l"] < link["record_key_r"]


def test_bars_sum_to_the_weight_and_start_with_the_prior(tmp_path: Path) -> None:
    view, _ = resolve(tmp_path, [robert("one"), robert("two", given_name="Bob", sex="F")])
    [link] = links(view).values()
    bars = link["waterfall"]
    assert bars[0]["comparison"] == "Before comparing"
    assert sum(bar["match_weight"] for bar in bars) == pytest.approx(link["match_weight"])
    words = {bar["comparison"]: bar["level"] for bar in bars}
    assert words["Given name"] == "one is short for the other"
    assert words["Sex"] == "different sex recorded"
    assert "Middle name" not in words
    assert not any(bar["withheld"] for bar in bars)


def test_a_level_that_an_alias_fulfils_says_so_and_is_kept_as_it_was(tmp_path: Path) -> None:
    rows = [
        robert("one", surname="Dawson", aliases=["Robert Krantz"], phones=["+17575550100"]),
        robert("two", surname="Krantz", phones=["+17575550100"]),
    ]
    view, _ = resolve(tmp_path, rows)
    [link] = links(view).values()
    kept = {bar["comparison"]: bar["level"] for bar in link["waterfall"]}
    household = "Surname and address together"
    # A pair that was judged unsure comes back where the kept words change.
    assert kept[household] == "similar surname, same address or phone"
    told = level_words(household, kept[household])
    assert told == "similar surname, part of it or an alias's, same address or phone"
    assert level_words("Before comparing", "of 2 records") == "of 2 records"


def test_what_a_view_does_not_show_is_one_withheld_bar(tmp_path: Path) -> None:
    rows = [robert("one", phones=["+17575550100"]), robert("two", phones=["+17575550100"])]
    open_view, _ = resolve(tmp_path / "open", rows)
    few = frozenset({"person_record.sex", "person_record.birth_date"})
    view, _ = resolve(tmp_path, rows, shown=few)
    [shown], [link] = links(open_view).values(), links(view).values()
    withheld = [bar for bar in link["waterfall"] if bar["withheld"]]
    assert len(withheld) == 1
    assert [bar["comparison"] for bar in link["waterfall"]] == [
        "Before comparing",
        "Sex",
        "Withheld",
    ]
    assert sum(bar["match_weight"] for bar in link["waterfall"]) == pytest.approx(
        link["match_weight"]
    )
    assert link["match_weight"] == pytest.approx(shown["match_weight"])
    # What was kept while all was shown is told as the view tells it now; told twice is told once.
    now = retold(shown["waterfall"], told_comparisons(few))
    assert [(bar["comparison"], bar["level"]) for bar in now] == [
        (bar["comparison"], bar["level"]) for bar in link["waterfall"]
    ]
    assert sum(bar["match_weight"] for bar in now) == pytest.approx(link["match_weight"])
    assert retold(now, told_comparisons(few)) == now
    assert retold(shown["waterfall"], told_comparisons(ALL_COLUMNS)) == shown["waterfall"]


OTHER_NAME = {"given_name": "Darnell", "surname": "Okafor"}
ELSEWHERE = {"address_line": None, "city": None, "zip": None}
SCRAP = {"given_name": "Robert", "surname": None, "birth_date": None, **ELSEWHERE}


def of_two_incidents(one: Row, other: Row) -> tuple[Row, Row]:
    return (
        {**one, "incident_key": key("incident", "i")},
        {**other, "incident_key": key("incident", "j")},
    )


@pytest.mark.parametrize(
    ("hidden", "bar", "one", "other"),
    [
        (
            "person_record.emails",
            "Around the incidents",
            {"emails": ["r.z@example.org"]},
            {"emails": ["r.z@example.org"], **OTHER_NAME, **ELSEWHERE},
        ),
        (
            "person_record.locality_id",
            "Area of residence",
            {"locality_id": "51710", **ELSEWHERE},
            {"locality_id": "51710", **ELSEWHERE},
        ),
        *(
            (hidden, "Around the incidents", *of_two_incidents({}, SCRAP))
            for hidden in (
                "contact_point.value",
                "incident.locality_id",
                "location.address_line",
                "person_record.age_low_years",
            )
        ),
    ],
)
def test_no_bar_tells_a_value_that_only_its_condition_reads(
    tmp_path: Path, hidden: str, bar: str, one: Row, other: Row
) -> None:
    rows = [robert("a", **one), robert("b", **other)]
    a, b = (row["record_key"] for row in rows)
    decided = [{"record_key_l": a, "record_key_r": b, "verdict": "different"}]
    made = write_rows(tmp_path / "decisions", DECISION, decided)
    around = {
        "incident": [
            {"incident_key": key("incident", name), "feed": "nibrs", "locality_id": "51710"}
            for name in "ij"
        ],
        "contact_point": [
            {"contact_mention_key": key("mention", name), "feed": "nibrs", "kind": "phone",
             "contact_point_key": key("contact", "x"), "value": "+17575550100",
             "incident_key": key("incident", name)}
            for name in "ij"
        ],
    }  # fmt: skip
    for shown, told in ((ALL_COLUMNS, True), (ALL_COLUMNS - {hidden}, False)):
        folder = tmp_path / str(told)
        view, _ = resolve(folder, rows, shown=shown, decisions=made, around=around)
        [link] = links(view).values()
        assert (bar in {one["comparison"] for one in link["waterfall"]}) == told
        assert any(one["withheld"] for one in link["waterfall"]) != told
        total = sum(one["match_weight"] for one in link["waterfall"])
        assert total == pytest.approx(link["match_weight"])


def test_membership_and_weakest_link(tmp_path: Path) -> None:
    view, _ = resolve(tmp_path, [robert("a"), robert("b"), robert("c", given_name="Bob")])
    weights = {pair: link["match_weight"] for pair, link in links(view).items()}
    members = rows_of(view.persons / "membership.parquet")
    for row in members:
        best = max(w for pair, w in weights.items() if row["record_key"] in pair)
        assert row["match_weight"] == best
        assert row["match_probability"] == pytest.approx(1 / (1 + 2**-best))
    [person] = rows_of(view.persons / "person.parquet")
    assert person["records"] == 3
    # The strongest tree over three records leaves out the weakest of the three links.
    assert person["weakest_match_weight"] == sorted(weights.values())[1]


def test_decisions_bind(tmp_path: Path) -> None:
    rows = [robert("one"), robert("two"), record("x", given_name="Ida", surname="Moe")]
    one, two, x = (row["record_key"] for row in rows)
    made = write_rows(
        tmp_path / "decisions",
        DECISION,
        [
            {"record_key_l": two, "record_key_r": one, "verdict": "different"},
            {"record_key_l": one, "record_key_r": x, "verdict": "same"},
            {"record_key_l": one, "record_key_r": key("not", "here"), "verdict": "same"},
        ],
    )
    view, summary = resolve(tmp_path, rows, decisions=made)
    assert same(view, "one", "x")
    assert not same(view, "one", "two")
    assert summary.contradicted_decisions == 0


def test_a_decision_joins_whole_persons_over_two_dates_of_birth(tmp_path: Path) -> None:
    """Each date is established; the rule about dates must not tear one record out of its person."""
    other = {"given_name": "Miles", "surname": "Okafor", "birth_date": date(1991, 11, 22)}
    rows = [
        *(robert(name, incident_key=key("incident", name)) for name in ("r1", "r2", "r3")),
        *(robert(name, incident_key=key("incident", name), **other) for name in ("m1", "m2", "m3")),
    ]
    assert not same(resolve(tmp_path / "undecided", rows)[0], "r1", "m1")
    made = write_rows(
        tmp_path / "decisions",
        DECISION,
        [
            {
                "record_key_l": rows[0]["record_key"],
                "record_key_r": rows[3]["record_key"],
                "verdict": "same",
            }
        ],
    )
    view, _ = resolve(tmp_path, rows, decisions=made)
    assert len(set(persons(view).values())) == 1


def test_contradicting_decisions_go_to_review(tmp_path: Path) -> None:
    rows = [robert("a"), robert("b"), robert("c")]
    a, b, c = (row["record_key"] for row in rows)
    made = write_rows(
        tmp_path / "decisions",
        DECISION,
        [
            {"record_key_l": a, "record_key_r": b, "verdict": "same"},
            {"record_key_l": b, "record_key_r": c, "verdict": "same"},
            {"record_key_l": a, "record_key_r": c, "verdict": "different"},
        ],
    )
    view, summary = resolve(tmp_path, rows, decisions=made)
    assert not same(view, "a", "c")
    assert summary.contradicted_decisions == 2
    found = links(view)
    assert found[frozenset((a, b))]["needs_review"]
    assert found[frozenset((b, c))]["needs_review"]


def test_a_difference_undoes_only_the_decisions_that_lead_from_one_to_the_other(
    tmp_path: Path,
) -> None:
    names = {"a": ("Ahmed", "Okonkwo"), "b": ("Li", "Chen"), "c": ("Maria", "Lopez"),
             "d": ("Olaf", "Berg"), "e": ("Tane", "Ngata")}  # fmt: skip
    rows = [
        record(name, given_name=given, surname=surname, birth_date=date(1980 + n, 1 + n, 3 + n))
        for n, (name, (given, surname)) in enumerate(names.items())
    ]
    keys = {name: row["record_key"] for name, row in zip(names, rows, strict=True)}
    said = [("a", "b", "same"), ("b", "c", "same"), ("c", "d", "same"), ("d", "e", "same"),
            ("a", "c", "different")]  # fmt: skip
    made = write_rows(
        tmp_path / "decisions",
        DECISION,
        [
            {"record_key_l": keys[one], "record_key_r": keys[other], "verdict": verdict}
            for one, other, verdict in said
        ],
    )
    view, summary = resolve(tmp_path, rows, decisions=made)
    assert same(view, "c", "d")
    assert same(view, "d", "e")
    assert len(set(persons(view).values())) == 3
    assert summary.contradicted_decisions == 2


def test_a_wrong_snapshot_of_decisions_is_refused(tmp_path: Path) -> None:
    one = robert("one")
    made = write_rows(
        tmp_path / "decisions",
        DECISION,
        [{"record_key_l": one["record_key"], "record_key_r": "x", "verdict": "maybe"}],
    )
    with pytest.raises(BadDecisions, match="no decisions snapshot"):
        resolve(tmp_path, [one], decisions=tmp_path / "absent.parquet")
    view, _ = resolve(tmp_path, [one], decisions=made)  # of no record of this view
    assert len(persons(view)) == 1
    made = write_rows(
        tmp_path / "more",
        DECISION,
        [
            {
                "record_key_l": one["record_key"],
                "record_key_r": robert("two")["record_key"],
                "verdict": "maybe",
            }
        ],
    )
    with pytest.raises(BadDecisions, match="unknown verdicts"):
        resolve(tmp_path, [one, robert("two")], decisions=made)


def test_no_records_at_all(tmp_path: Path) -> None:
    view, summary = resolve(tmp_path, [])
    assert (summary.records, summary.persons, summary.links) == (0, 0, 0)
    assert persons(view) == {}


def test_the_parent_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(BadLineage, match="person ids of run r0"):
        resolve(tmp_path, [robert("one")], parent="r0")
