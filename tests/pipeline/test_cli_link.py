"""Any table of people, linked as a user would link it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import duckdb
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from tests.resolution.population import population

if TYPE_CHECKING:
    from pathlib import Path

RUN = CliRunner()


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table with other headers than ours, the truth in a column of its own."""
    rows, truth = population(seed=5, people=120)
    path = tmp_path_factory.mktemp("tables") / "people.csv"
    lines = ["row id,First Name,LAST_NAME,D.O.B.,Phone,who"]
    lines += [
        ",".join(
            str(value or "")
            for value in (
                number,
                row.get("given_name"),
                row.get("surname"),
                row.get("birth_date"),
                (row.get("phones") or [None])[0],
                truth[row["record_key"]],
            )
        )
        for number, row in enumerate(rows)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_labelled_table_is_measured(labelled: Path) -> None:
    done = RUN.invoke(app, ["evaluate", "linkage", str(labelled), "--truth", "who", "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found.keys() == {"pairwise", "bcubed", "records", "seconds", "peak_mb"}
    assert found["pairwise"]["f1"] > 0.9
    assert found["records"] == len(labelled.read_text("utf-8").splitlines()) - 1


def test_the_truth_is_never_an_input(labelled: Path, tmp_path: Path) -> None:
    other = tmp_path / "shuffled.csv"
    lines = labelled.read_text("utf-8").splitlines()
    # The same people, each row said to be somebody of its own.
    other.write_text(
        "\n".join(
            [lines[0], *(line.rsplit(",", 1)[0] + f",{n}" for n, line in enumerate(lines[1:]))]
        )
        + "\n",
        encoding="utf-8",
    )
    done = RUN.invoke(app, ["evaluate", "linkage", str(other), "--truth", "who", "--json"])
    found = json.loads(done.stdout)
    assert found["pairwise"]["precision"] == 0.0
    assert found["pairwise"]["recall"] == 1.0


def test_every_row_is_in_one_cluster_and_the_report_explains(
    labelled: Path, tmp_path: Path
) -> None:
    out, report = tmp_path / "clusters.parquet", tmp_path / "report.html"
    arguments = ["link", str(labelled), str(labelled), "--out", str(out), "--report", str(report)]
    done = RUN.invoke(app, [*arguments, "--json"])
    assert done.exit_code == 0, done.output
    rows = len(labelled.read_text("utf-8").splitlines()) - 1
    with duckdb.connect() as con:
        [(records, sources, numbers)] = con.execute(
            "SELECT count(*), count(DISTINCT source), count(DISTINCT row) FROM read_parquet(?)",
            [str(out)],
        ).fetchall()
    assert (records, numbers) == (2 * rows, rows)
    assert sources == 1
    columns = json.loads(done.stdout)["columns"][str(labelled)]
    assert columns["given_name"] == "First Name"
    assert columns["birth_date"] == "D.O.B."
    page = report.read_text("utf-8")
    assert "Records per person" in page
    assert "Pairs worth a look" in page


def test_what_was_told_in_vain_is_in_the_json_and_the_report(
    labelled: Path, tmp_path: Path
) -> None:
    out, report = tmp_path / "clusters.parquet", tmp_path / "report.html"
    arguments = ["link", str(labelled), "--out", str(out), "--report", str(report), "--json"]
    done = RUN.invoke(app, [*arguments, "--column", "observed_on=First Name"])
    [note] = json.loads(done.stdout)["notes"][str(labelled)][:1]
    assert note.startswith("observed_on is First Name, but none of its")
    assert note in " ".join(done.stderr.split())
    assert "observed_on is First Name" in report.read_text("utf-8")


def test_the_same_files_give_the_same_bytes(labelled: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        RUN.invoke(app, ["link", str(labelled), "--out", str(tmp_path / name)])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("colour,price\nred,1\nblue,2\n", "no column was recognised"),
        ("", "the file is empty"),
        ("name,dob\n,\n,\n", "none of the 2 columns holds a value in any row (name, dob)"),
    ],
    ids=["nothing of a person", "empty file", "nothing in the rows"],
)
def test_a_table_without_people_is_refused_with_what_to_do(
    text: str, says: str, tmp_path: Path
) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    done = RUN.invoke(app, ["link", str(path), "--out", str(tmp_path / "out.parquet")])
    assert done.exit_code == 1
    assert says in str(done.exception)
    assert not (tmp_path / "out.parquet").exists()


@pytest.mark.parametrize(
    ("rows", "clusters"),
    [
        (["John,Doe,1900-01-01"] * 500, 1),
        ([",,"] * 50, 50),
        (["😀,🎉,1990-01-01", "محمد,أحمد,1990-01-02", "123,456,not a date"], 3),
        (["x" * 10_000 + ",Doe,1900-01-01", "Ann,Lee,31/12/1999"], 2),
        (
            [
                f"Ann,{'bdfgk'[n % 5]}a{'lmnrs'[n // 5]}o,19{n + 50}-0{1 + n % 9}-11"
                for n in range(25)
            ],
            25,
        ),
    ],
    ids=[
        "all the same",
        "all empty",
        "signs and scripts",
        "a name of 10,000 letters",
        "one given name",
    ],
)
def test_odd_tables_give_a_sane_result(rows: list[str], clusters: int, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("\n".join(["first_name,surname,dob", *rows]) + "\n", encoding="utf-8")
    arguments = ["link", str(path), "--out", str(tmp_path / "out.parquet"), "--json"]
    for column in ("given_name=first_name", "surname=surname", "birth_date=dob"):
        arguments += ["--column", column]
    done = RUN.invoke(app, arguments)
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert (found["records"], found["clusters"]) == (len(rows), clusters)


def test_families_in_which_nobody_recurs_stay_apart(tmp_path: Path) -> None:
    """Two of one home, with one surname and telephone, are the strongest pairs of such a table."""
    given = ["Ana", "Ben", "Carl", "Dora", "Edith", "Frank", "Gina", "Hugo", "Iris", "Jonas"]
    surnames = ["Abel", "Brandt", "Castro", "Dunn", "Ellis", "Foster", "Gomez", "Hart", "Irwin"]
    lines = ["first_name,middle_name,last_name,dob,address,zip,phone"]
    lines += [
        f"{given[(home + 3 * member) % 10]},{given[(home // 7 + member) % 10]},"
        f"{surnames[home % 9]}{'aeiou'[home // 9 % 5]}{'lnrst'[home // 45 % 5]},"
        f"{1950 + (home * 7 + member * 13) % 60}-{1 + (home + member * 5) % 12:02}-"
        f"{1 + (home * 11 + member * 17) % 28:02},{100 + home} Oak St,{23000 + home % 90},"
        f"804555{home:04}"
        for home in range(220)
        for member in range(3)
    ]
    table = tmp_path / "families.csv"
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = RUN.invoke(app, ["link", str(table), "--out", str(tmp_path / "c.parquet"), "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["clusters"] == found["records"] == 660
    assert found["columns"][str(table)]["middle_name"] == "middle_name"


def test_a_column_that_nobody_knows_tells_namesakes_apart(tmp_path: Path) -> None:
    """An occupation counts where it agrees; what could be the answer, or race, never does."""
    table = tmp_path / "census.csv"
    surnames = ["Abel", "Brandt", "Castro", "Dunn", "Ellis", "Foster", "Gomez", "Hart", "Irwin"]
    trades = ["smith", "farmer", "clerk", "baker", "miner", "weaver"]
    lines = ["first_name,last_name,dob,occupation,race,person_group"]
    lines += [
        f"{['Ana', 'Ben', 'Carl', 'Dora'][person % 4]},{surnames[person % 9]}{'aeiou'[person % 5]},"
        f"{1850 + person % 50}-{1 + person % 12:02}-{1 + person % 28:02},{trades[person // 4 % 6]},"
        f"{'WBA'[person % 3]},{person}"
        for person in range(150)
        for _ in range(4)
    ]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = RUN.invoke(app, ["link", str(table), "--out", str(tmp_path / "c.parquet")])
    assert done.exit_code == 0, done.output
    assert "compared as it is: occupation" in done.stderr
    assert done.stderr.count("compared as it is") == 1


def test_two_tables_name_their_columns_apart(labelled: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    text = labelled.read_text("utf-8").replace("LAST_NAME", "lost", 1)
    other.write_text(text, encoding="utf-8")
    arguments = ["link", str(labelled), str(other), "--out", str(tmp_path / "c"), "--json"]
    done = RUN.invoke(
        app, [*arguments, "--column", "surname=LAST_NAME", "--column", "surname=lost"]
    )
    assert done.exit_code == 0, done.output
    columns = json.loads(done.stdout)["columns"]
    assert [columns[str(path)]["surname"] for path in (labelled, other)] == ["LAST_NAME", "lost"]
    done = RUN.invoke(app, [*arguments, "--column", "surname=nowhere"])
    assert "no table has a column of that name" in str(done.exception)


@pytest.mark.parametrize("target", ["nowhere/out.parquet", "people.csv"])
def test_a_target_that_cannot_be_is_refused_before_the_work(target: str, tmp_path: Path) -> None:
    table = tmp_path / "people.csv"
    table.write_text("name,dob\nAnn Lee,1990-01-02\n", encoding="utf-8")
    done = RUN.invoke(app, ["link", str(table), "--out", str(tmp_path / target)])
    assert done.exit_code == 1
    assert str(tmp_path / target) in str(done.exception)
    assert table.read_text("utf-8").startswith("name,dob")
