"""Bad files: refused or quarantined with file, line and field; never a traceback or a shift."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ingest.check import check
from ingest.errors import IngestError
from tests.ingest.deliveries import (
    CLIENT,
    ENTRY,
    HOTLINE,
    INTAKE,
    SIGNAL,
    clearinghouse,
    every_feed,
    hotline,
    juvenile_justice,
    nibrs_2021,
    social_services,
    write_csv,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.ingest.conftest import Loaded


def checked(path: Path) -> dict[str, dict[str, Any]]:
    report = json.loads(check(path).to_json())
    for file in report["files"]:
        assert file["rows_in"] == file["loaded"] + file["quarantined"] + file["duplicates"]
    return {file["path"]: file for file in report["files"]}


def only(path: Path) -> dict[str, Any]:
    (file,) = checked(path).values()
    return file


def refused(path: Path, *words: str) -> None:
    file = only(path)
    assert file["refused"]
    assert (file["rows_in"], file["loaded"], len(file["reasons"])) == (0, 0, 1)
    (reason,) = file["reasons"]
    assert all(word in reason for word in words), reason


def test_good_files_are_loaded_whole(tmp_path: Path) -> None:
    files = checked(every_feed(tmp_path))
    assert not [f["path"] for f in files.values() if f["refused"] or f["reasons"]]
    assert {file["feed"] for file in files.values()} == {
        *("clearinghouse", "events", "forensic-lab", "hotline", "juvenile-justice", "nibrs"),
        *("local-police", "school-attendance", "social-services", "courts", "hospital"),
        "service-directory",
    }


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), "expected"),
        ((",".join(HOTLINE) + "\n").encode("utf-16"), "UTF-16"),
        ((",".join(HOTLINE) + "\n").encode("utf-16-le"), "NUL"),
        ((",".join(HOTLINE) + "\n").encode("latin-1").replace(b"Plate", b"Pl\xe4te"), "UTF-8"),
        (b'"Signal ID,Received\nS-1,x\n', "CSV form"),
        (b"PK\x03\x04rest", "zip"),
        (b"name,colour\nx,y\n", "no known feed"),
    ],
)
def test_files_that_are_not_what_they_should_be(tmp_path: Path, content: bytes, word: str) -> None:
    path = tmp_path / "hotline" / "signals.csv"
    path.parent.mkdir()
    path.write_bytes(content)
    refused(tmp_path, word)
    refused(path, word)


def test_header_only(tmp_path: Path) -> None:
    refused(write_csv(tmp_path / "s.csv", HOTLINE, []), "0 rows")


def test_truncated(tmp_path: Path) -> None:
    path = hotline(tmp_path, {}, {}, {})
    path.write_bytes(path.read_bytes()[:-4])
    file = only(path)
    assert (file["rows_in"], file["loaded"], file["quarantined"]) == (3, 2, 1)
    assert "cut short" in next(iter(file["reasons"]))


def test_reordered_columns_load_right(tmp_path: Path, loaded_from: Callable[..., Loaded]) -> None:
    path = write_csv(tmp_path / "s.csv", list(reversed(HOTLINE)), [SIGNAL])
    (tip,) = loaded_from(path).rows("incident")
    assert (tip["incident_number"], tip["occurred_hour"]) == ("S-1", 21)
    assert "sex" in tip["summary"]


def test_missing_column(tmp_path: Path) -> None:
    columns = [name for name in HOTLINE if name != "Victim Age"]
    row = {name: value for name, value in SIGNAL.items() if name in columns}
    refused(write_csv(tmp_path / "s.csv", columns, [row]), "lacks victim_age")


def test_extra_column_is_reported(tmp_path: Path) -> None:
    rows = [{**SIGNAL, "Shoe size": "9"}, {**SIGNAL, "Signal ID": "S-2"}]
    file = only(write_csv(tmp_path / "s.csv", [*HOTLINE, "Shoe size"], rows))
    assert file["loaded"] == 2
    assert file["notes"] == {"column Shoe size is not in the contract; values not read": 1}


def test_duplicate_header(tmp_path: Path) -> None:
    path = hotline(tmp_path)
    path.write_text(path.read_text().replace("Handle", "Plate"))
    refused(path, "plate", "more than once")


def test_unclosed_quote_and_ragged_rows(tmp_path: Path) -> None:
    path = hotline(tmp_path, {}, {}, {}, {})
    lines = path.read_text().splitlines()
    lines[1] = lines[1].replace("Seen twice", '"Seen twice')
    lines[2] += ",more"
    lines[3] = lines[3].rsplit(",", 1)[0]
    path.write_text("\n".join(lines) + "\n")
    file = only(path)
    assert (file["rows_in"], file["loaded"], file["quarantined"]) == (4, 1, 3)
    assert set(file["reasons"]) == {
        "a quote is not closed, or a quote is not doubled inside quotes",
        "has 16 values where the header has 15",
        "has 14 values where the header has 15",
    }


BAD_VALUES = (
    ({"DOB": "2009-13-20"}, "dob is not a date"),
    ({"DOB": "31.12.2009"}, "dob is not a date"),
    ({"Entry Date": "02/30/2024"}, "entry_date is not a date"),
    ({"Entry Date": "01/01/0024"}, "entry_date is not a date"),
    ({"Entry Date": " "}, "entry_date is blank"),
    ({"Sex": "Q"}, "sex is not one of the words"),
    ({"Found Place": "99"}, "found_place is not one of the 47 codes of LOCATION"),
    ({"Age": "140"}, "age is above 20"),
    ({"Age": "14.5"}, "age is not a whole number"),
    ({"Reporting ORI": "HENRICO"}, "reporting_ori is not an ORI"),
    ({"Exit Date": "02/01/2024"}, "exit_date is before the last contact"),
)


def test_bad_values_quarantine_their_row(
    tmp_path: Path, loaded_from: Callable[..., Loaded]
) -> None:
    path = clearinghouse(tmp_path, {}, *(change for change, _ in BAD_VALUES), {})
    file = only(path)
    assert (file["loaded"], file["quarantined"]) == (2, len(BAD_VALUES))
    loaded = loaded_from(path)
    rows = loaded.rows("quarantine")
    assert [row["line"] for row in rows] == list(range(3, 3 + len(BAD_VALUES)))
    for row, (change, reason) in zip(rows, BAD_VALUES, strict=True):
        assert f"{row['field']} {row['reason']}".startswith(reason)
        assert row["file"] == "missing.csv"
        # Never the value.
        said = str(row) + json.dumps(file)
        assert not [v for v in change.values() if len(v) > 3 and v in said]
    kept = {row["source_id"] for row in loaded.rows("person_record")}
    assert kept == {"MC-1", f"MC-{len(BAD_VALUES) + 2}"}


def test_localities_that_are_not_taken_are_reported(tmp_path: Path) -> None:
    file = only(clearinghouse(tmp_path, {}, {"Last Seen Locality": "Atlantis"}))
    assert file["loaded"] == 2
    assert file["notes"] == {
        "last_seen_locality fits a county and a city, so no locality is taken": 1,
        "last_seen_locality is not a locality of Virginia, so no locality is taken": 1,
    }


def test_json_lines_that_are_broken(tmp_path: Path) -> None:
    path = juvenile_justice(tmp_path / "i.jsonl", {}, {}, {"intake_date": "yesterday"})
    path.write_text(path.read_text() + json.dumps(INTAKE)[:-3] + "\n" + "not json\n")
    file = only(path)
    assert (file["rows_in"], file["loaded"], file["quarantined"]) == (5, 2, 3)
    assert file["reasons"]["is not a JSON object"] == 2
    path.write_text('{"colour": "red"}\n')
    refused(path, "no known feed")


def test_workbooks_that_are_corrupt(tmp_path: Path) -> None:
    path = social_services(tmp_path / "social-services" / "c.xlsx")
    whole = path.read_bytes()
    for damaged in (
        b"",
        whole[: len(whole) // 2],
        b"x" * 500,
        b"".join(map(_flip, _chunks(whole))),
    ):
        path.write_bytes(damaged)
        refused(path, "")
    # A sheet gone missing, a client without a number, a placement of nobody.
    path = social_services(
        path, [CLIENT, {**CLIENT, "Client ID": None}, {**CLIENT, "Client ID": "C-2", "ZIP": "2322"}]
    )
    files = checked(path)
    assert files["c.xlsx#Clients"]["reasons"] == {
        "client_id is blank, expected a value": 1,
        "zip is not a ZIP code": 1,
    }
    assert files["c.xlsx#Placements"]["loaded"] == 1


def _chunks(data: bytes) -> list[bytes]:
    return [data[at : at + 64] for at in range(0, len(data), 64)]


def _flip(chunk: bytes) -> bytes:
    return chunk[:-1] + bytes([chunk[-1] ^ 0xFF])


def test_zip_archives(tmp_path: Path) -> None:
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\x03\x04 no more")
    refused(broken, "broken")
    outside = tmp_path / "outside.zip"
    with zipfile.ZipFile(outside, "w") as archive:
        archive.writestr("../../escaped.csv", "a,b\n1,2\n")
    refused(outside, "outside")
    assert not list(tmp_path.parent.rglob("escaped.csv"))
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for n in range(8):
            archive.writestr(f"{n}.csv", b"\0" * 30_000_000)
    refused(bomb, "far more")


def test_a_delivery_of_many_files_is_whole_or_refused(tmp_path: Path) -> None:
    folder = nibrs_2021(tmp_path / "VA-2024")
    (folder / "NIBRS_VICTIM.csv").unlink()
    files = checked(folder)
    assert all(file["refused"] for file in files.values())
    assert all("lacks NIBRS_VICTIM.csv" in next(iter(f["reasons"])) for f in files.values())
    (folder / "NIBRS_VICTIM.csv").write_text("victim_id,incident_id\n1,1\n")
    files = checked(folder)
    assert "NIBRS_VICTIM.csv" in files
    assert all(file["refused"] for file in files.values())


def test_references_that_lead_nowhere(tmp_path: Path) -> None:
    folder = nibrs_2021(tmp_path / "VA-2024")
    path = folder / "NIBRS_OFFENSE.csv"
    path.write_text(path.read_text().replace("64A", "64Z"))
    names = folder / "NAME_SUPPLEMENT.csv"
    names.write_text(names.read_text().replace("1,V,1,", "1,O,0,"))
    files = checked(folder)
    assert files["NIBRS_OFFENSE.csv"]["reasons"] == {
        "offense_code names no row of nibrs_offense_type in this delivery": 1
    }
    # What hung on the row falls with it, each with its own reason.
    assert files["NIBRS_VICTIM_OFFENSE.csv"]["reasons"] == {
        "offense_id names no row of nibrs_offense in this delivery": 2
    }
    assert files["NAME_SUPPLEMENT.csv"]["reasons"] == {
        "seq_num names no natural person of the incident": 1
    }


def test_a_refused_delivery_does_not_stop_the_others(
    tmp_path: Path, loaded_from: Callable[..., Loaded]
) -> None:
    feeds = tmp_path / "feeds"
    clearinghouse(feeds / "clearinghouse")
    write_csv(feeds / "hotline" / "none.csv", HOTLINE, [])
    (feeds / "events").mkdir()
    (feeds / "events" / "events.csv").write_text("")
    (feeds / "readme.pdf").write_bytes(b"%PDF")
    (feeds / "notes.txt").write_text("x")
    loaded = loaded_from(feeds)
    refusals = {refusal.path: refusal.feed for refusal in loaded.landing[0].refused}
    assert refusals == {"events/events.csv": "events", "notes.txt": None}
    assert loaded.landing[0].ignored == ("readme.pdf",)
    assert loaded.report.tables["event"] == 0
    assert loaded.report.tables["missing_episode"] == 1
    (empty,) = [file for file in loaded.report.files if file.refused]
    assert (empty.path, empty.feed) == ("none.csv", "hotline")
    assert [delivery.feed for delivery in loaded.report.deliveries()] == ["clearinghouse"]


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="does not exist"):
        check(tmp_path / "nowhere")
    assert checked(tmp_path) == {}


def test_same_key_twice_is_superseded_not_lost(
    tmp_path: Path, loaded_from: Callable[..., Loaded]
) -> None:
    rows = [ENTRY, {**ENTRY, "Last Name": "Roe"}]
    path = clearinghouse(tmp_path, *({**row, "Case Number": "MC-1"} for row in rows))
    assert (only(path)["loaded"], only(path)["duplicates"]) == (1, 1)
    (record,) = loaded_from(path).rows("person_record")
    assert record["surname"] == "Roe"
