"""What headers are read as, by language, and whose columns a table has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ingest.functions import connect_ingest
from resolution.tables.columns import recognise
from resolution.tables.errors import BadTable
from resolution.tables.files import read
from resolution.tables.headers import SAID, Field, said_by
from resolution.tables.others import other_columns
from resolution.tables.records import make_records
from resolution.tables.vocabulary import terms

if TYPE_CHECKING:
    from pathlib import Path

# Given name, surname, whole name, birth date, sex, telephone, street, ZIP code, city, identifier.
FIELDS = (
    Field.GIVEN_NAME, Field.SURNAME, Field.FULL_NAME, Field.BIRTH_DATE, Field.SEX, Field.PHONE,
    Field.STREET, Field.ZIP, Field.CITY, Field.STRONG_ID,
)  # fmt: skip
BY_LANGUAGE = {
    "terse English": "patfname patlname cust_nm brthdt gndr homephone resaddr reszip rescity nid",
    "German": "Vorname Nachname Vor-_und_Nachname GebDat Geschlecht Handynummer Straße PLZ Wohnort "
    "Steuer-ID",
    "French": "Prénom(s) Nom_de_naissance NOM_PRENOM Né(e)_le Sexe Portable Adresse CodePostal "
    "Ville num_secu",
    "Spanish": "nombre ap_paterno nombre_completo fecnac sexo celular Dirección cp Ciudad cédula",
    "Italian": "nome cognome nome_completo data_di_nascita sesso cellulare via CAP comune "
    "codice_fiscale",
    "Portuguese": "nome_proprio apelido NM_PACIENTE DT_NASC sexo fone logradouro CEP município CPF",
    "Dutch": "voornaam achternaam naam geboortedatum geslacht telefoonnummer straat postcode "
    "plaats BSN",
    "Swedish": "Förnamn Efternamn namn Födelsedatum Kön mobilnummer Gatuadress Postnr Postort "
    "Personnummer",
    "Norwegian": "fornavn etternavn navn fødselsdato kjønn tlf adresse postnummer poststed "
    "fødselsnummer",
    "Finnish": "etunimi sukunimi nimi syntymäaika sukupuoli puhelin osoite postinumero kaupunki "
    "hetu",
    "Polish": "Imię Nazwisko imię_i_nazwisko Data_urodzenia Płeć telefon Ulica Kod_pocztowy Miasto "
    "PESEL",
    "Czech": "jméno příjmení celé_jméno datum_narození pohlaví mobil ulice PSČ město rodné_číslo",
    "Hungarian": "keresztnév vezetéknév név születési_idő neme telefonszám lakcím irányítószám "
    "város taj_szám",
    "Romanian": "prenume nume nume_si_prenume data_nașterii sexul telefon strada cod_postal oraș "
    "CNP",
    "Russian": "Имя Фамилия ФИО Дата_рождения Пол Телефон Адрес Индекс Город СНИЛС",
    "Turkish": "adı soyadı adı_soyadı doğum_tarihi cinsiyet telefon adres posta_kodu şehir "  # noqa: RUF001
    "TC_Kimlik_No",
    "Greek": "Όνομα Επώνυμο ονοματεπώνυμο ημερομηνία_γέννησης φύλο τηλέφωνο διεύθυνση τ.κ. πόλη "
    "ΑΦΜ",
    "Chinese": "名 姓 患者姓名 出生日期 性别 手机号码 家庭住址 邮编 城市 身份证号",
    "Japanese": "名 姓 氏名 生年月日 性別 電話番号 住所 郵便番号 市区町村 マイナンバー",
    "Arabic": "الاسم_الأول اسم_العائلة الاسم_الكامل تاريخ_الميلاد الجنس رقم_الهاتف العنوان "
    "الرمز_البريدي المدينة رقم_الهوية",
    "Vietnamese": "tên họ họ_và_tên ngày_sinh giới_tính số_điện_thoại địa_chỉ mã_bưu_điện "
    "thành_phố CCCD",
    "Indonesian": "nama_depan nama_belakang nama_lengkap tgl_lahir jenis_kelamin no_hp alamat "
    "kode_pos kota NIK",
}
OF_NO_FIELD = (
    "nome_mae Name_der_Mutter imię_ojca nom_mere mother_first_name next_of_kin nok_name judge "
    "contact_person emergency_contact doctor_name entered_by officer_name läkare 监护人姓名 врач "
    "raca_cor raza etnia Rasse ethnie Religião narodowość nacionalidad Staatsangehörigkeit 民族 "
    "ssn4 last4ssn"
)


def _said(header: str) -> Field | str | None:
    said = said_by(header)
    return next((found for found, pattern in SAID if pattern.search(said)), "nothing")


@pytest.mark.parametrize("language", BY_LANGUAGE)
def test_headers_of_a_language(language: str) -> None:
    headers = BY_LANGUAGE[language].split()
    assert {header: _said(header) for header in headers} == dict(zip(headers, FIELDS, strict=True))


@pytest.mark.parametrize("header", OF_NO_FIELD.split())
def test_somebody_else_and_what_is_not_compared(header: str) -> None:
    assert _said(header) is None


def test_no_term_is_read_as_another_field() -> None:
    fields = {"whole_name": Field.FULL_NAME, "name": Field.FULL_NAME, "birth_name": Field.SURNAME,
              "married_name": Field.SURNAME, "parent": None, "kin": None, "role": None,
              "sensitive": None}  # fmt: skip
    parts = {"subject", "birth", "fused", "never"}
    assert terms().keys() - parts <= set(Field) | fields.keys()
    wrong = {}
    for group, here in terms().items():
        for term in here:
            plain = re.sub(r"(?<=[\w)\]])\?", "", term.removeprefix("="))
            # A birth year where it is a number.
            if group in parts or re.search(r"[\\()\[\]|+*?]", plain) or plain == "by":
                continue
            field = fields[group] if group in fields else Field(group)
            if _said(plain) != field:
                wrong[plain] = _said(plain)
    assert not wrong


def _recognised(
    folder: Path, table: str, named: dict[Field, str] | None = None
) -> tuple[dict[Field, str], tuple[str, ...]]:
    """``table``: a header and rows, each with ``|`` at its end."""
    path = folder / "people.csv"
    path.write_text("\n".join(table.rstrip("|").split("|")) + "\n", encoding="utf-8")
    with connect_ingest(folder / "s") as con:
        rows = read(con, path, 0, folder)
        taken = recognise(con, rows, named=named or {}, left_out=frozenset()).fields
        return taken, other_columns(con, rows, taken, frozenset())


DOB = "1960-01-02"


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        # Whose name: the patient's, though the provider's comes first.
        (f"provider_name,patient_name,dob|Delk D,Six T,{DOB}|", {"full_name": "patient_name"}),
        (f"doctor_name,first_name,last_name|Al Orr,Ann,Lee|{DOB}", {"full_name": None}),
        (f"attending,last_name,dob|Al,Lee,{DOB}|", {"given_name": None, "surname": "last_name"}),
        # Of nobody but officers.
        ("Officer First Name,Officer Last Name,Badge|Ann,Lee,7|",
         {"given_name": "Officer First Name", "surname": "Officer Last Name"}),
        ("provider_name,patient_id,city|Ann Lee,7,Salem|", {"full_name": None}),
        # Nobody says whose date of birth it is: not the judge's.
        (f"judge_name,dob|Al Orr,{DOB}|", {"full_name": None}),
        (f"case name,defendant|State v Lee,Ann Lee|State v Ek,Bo Ek|{DOB}",
         {"full_name": "defendant"}),
        (f"nome,nome_mae,dt_nasc|Ana Luz Gil,Eva Luz Gil,{DOB}|",
         {"full_name": "nome", "given_name": None}),
        # Name is a surname to Vorname, and the whole name without it.
        ("Vorname,Name|Anna,Ott|Udo,Ems|", {"surname": "Name", "given_name": "Vorname"}),
        ("Name,Geschlecht|Anna Ott,w|Udo Ems,m|", {"full_name": "Name"}),
        # A birth name that everybody has; one of those who married.
        ("Prénom,Nom de naissance,Nom d'usage|Ève,Roux,Petit|Luc,Brun,|",
         {"surname": "Nom de naissance", "other_surname": "Nom d'usage"}),
        ("first_name,last_name,maiden_name|Eve,Roux,Petit|Luc,Brun,|",
         {"surname": "last_name", "other_surname": "maiden_name"}),
        ("nombre,ap_paterno,ap_materno|Ana,Gil,Luz|",
         {"surname": "ap_paterno", "second_surname": "ap_materno"}),
        # A city that is called as people are.
        ("Imię,Nazwisko,Miasto|Ann,Lee,Jackson|", {"city": "Miasto", "surname": "Nazwisko"}),
        ("surname,snapshot_dt,age|Lee,2020-01-01,40|", {"observed_on": "snapshot_dt"}),
        ("last_name,street_suffix,name_sufx_cd|Lee,Ave,JR|", {"name_suffix": "name_sufx_cd"}),
    ],
)  # fmt: skip
def test_the_person_is_told_from_others(
    table: str, expected: dict[str, str | None], tmp_path: Path
) -> None:
    taken, _ = _recognised(tmp_path, table)
    assert {field: taken.get(Field(field)) for field in expected} == expected


def test_what_the_user_named_is_not_parted_anew(tmp_path: Path) -> None:
    table = "nombre,primero|Ana Luz Eva,Gil|Eva Luz Ana,Rey|"
    taken, _ = _recognised(tmp_path, table, {Field.SURNAME: "primero"})
    assert taken == {Field.GIVEN_NAME: "nombre", Field.SURNAME: "primero"}
    taken, _ = _recognised(tmp_path, table.replace("primero", "estado"))
    assert taken[Field.FULL_NAME] == "nombre"


def test_a_mothers_name_is_compared_as_it_is_and_race_is_not(tmp_path: Path) -> None:
    mothers = ("Eva Luz", "Ida Rey", "Ana Sol", "Eva Luz", "Ida Rey", "Ana Sol")
    rows = "".join(f"Ana Gil {n},{name},{n % 3}|" for n, name in enumerate(mothers))
    taken, others = _recognised(
        tmp_path, "nome,nome_mae,raca_cor|" + rows, {Field.FULL_NAME: "nome"}
    )
    assert (taken, others) == ({Field.FULL_NAME: "nome"}, ("nome_mae",))


def test_a_column_that_is_to_be_ignored_must_be_there(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("name,city\nAnn Lee,Salem\n", encoding="utf-8")
    with connect_ingest(tmp_path / "s") as con:
        table = read(con, path, 0, tmp_path)
        [source] = make_records(con, [("t", table)], named={}, left_out=frozenset({"city"}))
        assert source.columns == {Field.FULL_NAME: "name"}
        with pytest.raises(BadTable, match="ignore=town"):
            make_records(con, [("t", table)], named={}, left_out=frozenset({"town"}))
