"""``vast feeds new``: what is proposed loads, accepts its sample, and quotes nobody."""

from __future__ import annotations

import csv
import io
import json
import random
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from ingest.check import check
from ingest.contracts.columns import Kind
from ingest.contracts.feeds import Mode
from ingest.errors import ContractRefused, IngestError
from ingest.proposal.columns import ROWS_PER_CODE
from ingest.proposal.decisions import decisions
from ingest.proposal.meaning import Meaning
from ingest.proposal.profile import WHOLE_ROWS
from ingest.proposal.propose import Proposal, propose, write
from tests.ingest.deliveries import every_feed

if TYPE_CHECKING:
    from ingest.proposal.columns import ProposedColumn

NAMES = ("Okafor", "Delacruz", "Whitfield", "Szymanski", "Barrientos", "Nakagawa")
GIVEN = ("Amara", "Joaquin", "Tabitha", "Zbigniew", "Marisol", "Kenji")
STREETS = ("Wisteria Ln", "Tobacco Row Ave", "Quarry Rd")


def contacts(count: int = 90) -> list[dict[str, str]]:
    """A log as a campus police might keep it; the same rows each time."""
    chance = random.Random(4)  # noqa: S311
    return [
        {
            "Contact No": f"FC-24-{at:04}",
            "Contact Date": f"{chance.randint(1, 12):02}/{chance.randint(1, 28):02}/2024",
            "Reason": chance.choice(("loitering", "traffic", "welfare check")),
            "LastName": chance.choice(NAMES),
            "FirstName": chance.choice(GIVEN),
            "DOB": chance.choice(("", "UNK", f"0{chance.randint(1, 9)}/11/1999")),
            "Sex": chance.choice(("M", "F", "U")),
            "Race": chance.choice(("White", "Black", "Unknown")),
            "Cell Phone": f"({chance.choice(('804', '757'))}) 555-{chance.randint(100, 199):04}",
            "Home Address": f"{chance.randint(10, 999)} {chance.choice(STREETS)}",
            "City": chance.choice(("Richmond", "Norfolk")),
            "Zip": chance.choice(("23220", "23510-1234", "")),
            "Veh Plate": chance.choice(("", "VXR 4412", "TKZ-9081")),
            "Officer": chance.choice(("WALKER", "NGUYEN")),
            "Banned": chance.choice(("Y", "N")),
            "Narrative": f"Seen near the {chance.choice(('north', 'south'))} gate by a witness",
        }
        for at in range(count)
    ]


def sample_of(folder: Path, form: str, rows: list[dict[str, str]] | None = None) -> Path:
    rows = rows or contacts()
    path = folder / f"field_contacts_2024.{form}"
    if form == "csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    elif form == "jsonl":
        path.write_text(
            "".join(json.dumps({k: v or None for k, v in r.items()}) + "\n" for r in rows)
        )
    elif form == "parquet":
        pq.write_table(
            pa.Table.from_pylist([{k: v or None for k, v in r.items()} for r in rows]), path
        )
    else:
        book = Workbook()
        sheet = book.create_sheet("Contacts", 0)
        sheet.append(list(rows[0]))
        for row in rows:
            sheet.append(list(row.values()))
        book.save(path)
    return path


def by_header(proposal: Proposal) -> dict[str, ProposedColumn]:
    return {column.header: column for file in proposal.feed.files for column in file.columns}


@pytest.mark.parametrize("form", ["csv", "xlsx", "jsonl", "parquet"])
def test_a_proposal_tells_what_is_what_and_accepts_its_sample(tmp_path: Path, form: str) -> None:
    sample = sample_of(tmp_path, form)
    proposal = propose(sample, "campus", "Campus police")
    found = by_header(proposal)
    assert {header: column.meaning for header, column in found.items()} == {
        "Contact No": Meaning.CASE_NUMBER,
        "Contact Date": Meaning.OBSERVED_ON,
        "Reason": Meaning.CODE,
        "LastName": Meaning.SURNAME,
        "FirstName": Meaning.GIVEN_NAME,
        "DOB": Meaning.BIRTH_DATE,
        "Sex": Meaning.SEX,
        "Race": Meaning.RACE,
        "Cell Phone": Meaning.PHONE,
        "Home Address": Meaning.ADDRESS,
        "City": Meaning.CITY,
        "Zip": Meaning.ZIP,
        "Veh Plate": Meaning.PLATE,
        "Officer": Meaning.UNKNOWN,
        "Banned": Meaning.UNKNOWN,
        "Narrative": Meaning.FREE_TEXT,
    }
    kinds = {header: found[header].kind for header in ("Contact Date", "DOB", "Zip", "Banned")}
    assert kinds == {
        "Contact Date": Kind.US_DATE,
        "DOB": Kind.US_DATE,
        "Zip": Kind.ZIP,
        "Banned": Kind.FLAG,
    }
    assert found["Narrative"].contract is None
    (file,) = proposal.feed.files
    assert file.key == ("contact_no",)
    assert proposal.feed.mode is Mode.DELTA
    write(proposal, tmp_path / "feeds", force=False)
    report = check(sample, tmp_path / "feeds", tables=True)
    assert report.whole
    assert report.files[0].feed == "campus"
    assert report.files[0].loaded == 90
    assert report.tables["campus"]["person_record"] == 90
    assert report.tables["campus"]["contact_point"] > 180


def test_no_value_of_a_person_is_written(tmp_path: Path) -> None:
    rows = contacts()
    proposal = propose(sample_of(tmp_path, "csv", rows), "campus", None)
    written = "\n".join(proposal.texts.values())
    told = "\n".join(decisions(proposal, tmp_path / "field_contacts_2024.csv", tmp_path))
    personal = ("Contact No", "LastName", "FirstName", "Cell Phone", "Home Address", "Officer")
    for header in (*personal, "City", "Veh Plate", "Narrative"):
        for value in {row[header] for row in rows} - {""}:
            assert value not in written
            assert value not in told
    assert '"loitering" = "loitering"' in written
    assert 'blank = ["UNK"]' in written


def test_a_column_that_says_one_thing_gets_no_code_table(tmp_path: Path) -> None:
    rows = [{**row, "Reason": "traffic", "Age ID": "17"} for row in contacts()]
    found = by_header(propose(sample_of(tmp_path, "csv", rows), "campus", None))
    assert found["Reason"].described() == "text"
    assert found["Age ID"].meaning is Meaning.UNKNOWN


def test_a_rare_value_keeps_a_column_from_a_code_table(tmp_path: Path) -> None:
    rows = contacts()
    for at, row in enumerate(rows):
        row["Reason"] = "loitering" if at < len(rows) - ROWS_PER_CODE + 1 else "stalking by J."
    proposal = propose(sample_of(tmp_path, "csv", rows), "campus", None)
    assert by_header(proposal)["Reason"].described() == "text"
    assert "stalking" not in "\n".join(proposal.texts.values())


def test_a_few_faulty_days_keep_the_column_as_text_and_its_persons(tmp_path: Path) -> None:
    rows = contacts()
    for row in rows:
        row["DOB"] = "11/21/1999"
    rows[7]["DOB"] = "02/30/2001"
    proposal = propose(sample_of(tmp_path, "csv", rows), "campus", None)
    assert by_header(proposal)["DOB"].kind is Kind.TEXT
    assert "as_us_date(dob) AS birth_date" in proposal.texts["person_record.sql"]
    said = decisions(proposal, tmp_path / "field_contacts_2024.csv", tmp_path)
    assert any('dob: 1 rows are no us_date: kind = "us_date" would' in one for one in said)


def test_rows_beyond_the_spread_are_accepted_too(tmp_path: Path) -> None:
    path = tmp_path / "visits.csv"
    count = WHOLE_ROWS + 5_000
    with path.open("w") as file:
        file.write("Visit ID,Visit Date,Beds\n")
        for at in range(count):
            beds = "many" if at in (17, count - 1) else str(at % 40)
            file.write(f"V{at},2024-01-{at % 28 + 1:02},{beds}\n")
    proposal = propose(path, "visits", None)
    (file_,) = proposal.feed.files
    assert file_.profiled < count
    assert file_.key == ("visit_id",)
    (report,) = proposal.files
    assert (report.loaded, report.quarantined) == (count, 0)
    assert by_header(proposal)["Visit Date"].kind is Kind.ISO_DATE


def test_sheets_refer_to_one_another(tmp_path: Path) -> None:
    every_feed(tmp_path)
    sample = next(tmp_path.rglob("*.xlsx"))
    proposal = propose(sample, "houses", None)
    clients, placements = proposal.feed.files
    assert placements.references[0].file == clients.kind
    assert placements.starter is None
    assert proposal.feed.mode is Mode.FULL


@pytest.mark.slow
def test_every_shipped_feed_is_proposed_again_without_losing_a_row(tmp_path: Path) -> None:
    folder = every_feed(tmp_path)
    samples = sorted(path for path in folder.glob("[!n]*/*") if path.suffix in (".csv", ".jsonl"))
    samples += [next(folder.rglob(f"NIBRS_{name}.csv")) for name in ("OFFENDER", "incident")]
    assert len(samples) >= 7
    for number, sample in enumerate(samples):
        proposal = propose(sample, f"again-{number}", None)
        assert sum(report.quarantined for report in proposal.files) == 0


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"a,b\n", "holds no row"),
        ("a.csv", bytes(range(256)) * 9, "UTF-8|control|NUL"),
        ("a.csv", "a,b\n1,2\n".encode("utf-16"), "UTF-16"),
        ("a.csv", b"a;b\n1;2\n", "comma"),
        ("a.xlsx", b"PK\x03\x04junk", "corrupt"),
        ("a.parquet", b"PAR1junkPAR1", "cut short"),
        ("a.jsonl", b"1\n2\n", "JSON"),
        ("a.pdf", b"%PDF", "is none of"),
    ],
)
def test_what_no_feed_could_send_is_refused(
    tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(IngestError, match=said):
        propose(path, "campus", None)


def test_headers_that_nothing_can_bind_are_read_over_and_told(tmp_path: Path) -> None:
    path = tmp_path / "dup.csv"
    path.write_text("ID,Phone,Phone,,select,Case,file\n" + "1,2,3,4,5,6,7\n2,2,3,4,5,6,7\n")
    proposal = propose(path, "campus", None)
    (file,) = proposal.feed.files
    assert file.spoiled == ("", "phone")
    assert {column.name for column in file.columns} == {
        "id", "select_written", "case_written", "file_written",
    }  # fmt: skip
    assert proposal.files[0].loaded == 2
    assert any("headers that come twice" in one for one in decisions(proposal, path, tmp_path))


def test_a_sample_with_many_broken_lines_is_proposed_for_and_told(tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    rows = [f"{at},Okafor" if at % 3 else f"{at},Okafor, Amara" for at in range(150)]
    path.write_text("\n".join(["Case No,Last Name", *rows]) + "\n")
    proposal = propose(path, "broken", None)
    (report,) = proposal.files
    assert (report.loaded, report.quarantined) == (100, 50)
    assert any("33% of the lines" in one for one in decisions(proposal, path, tmp_path))


def test_a_folder_is_replaced_only_when_asked(tmp_path: Path) -> None:
    proposal = propose(sample_of(tmp_path, "csv"), "campus", None)
    write(proposal, tmp_path, force=False)
    own = tmp_path / "campus" / "incident.sql"
    own.write_text("-- mine")
    with pytest.raises(ContractRefused, match="--force"):
        write(proposal, tmp_path, force=False)
    write(proposal, tmp_path, force=True)
    assert own.exists()


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=6) | (
    st.sampled_from(
        ["2024-01-02", "1/2/2024", "7", "0.5", "Y", "N", "F", "unk", "Smith", "[1]", "VA"]
    )
)


@settings(deadline=None, max_examples=15)
@given(
    st.lists(st.sampled_from(["ID", "DOB", "Sex", "Age", "Name", "a b", "A.b", "É", "1", ""]),
             min_size=2, max_size=5, unique=True),
    st.lists(st.lists(cells, min_size=5, max_size=5), min_size=1, max_size=8),
)  # fmt: skip
def test_any_table_is_proposed_for_and_accepted(header: list[str], rows: list[list[str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    writer.writerows(row[: len(header)] for row in rows)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "any.csv"
        path.write_text(text.getvalue(), encoding="utf-8")
        proposal = propose(path, "any", None)
    (report,) = proposal.files
    assert report.rows_in == len(rows)
    assert report.quarantined == 0
