"""What headers of tables of people say, in the languages and spellings that occur.

Guarantees: headers are looked at without accents, case and punctuation; the more particular
reading comes first; a header that speaks of somebody else (an employer, a mother) speaks of none
of the fields.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Final

from ingest.proposal.meaning import words_of


class Field(StrEnum):
    """The value is how the field is named on the command line and in the report."""

    GIVEN_NAME = "given_name"
    MIDDLE_NAME = "middle_name"
    SURNAME = "surname"
    SECOND_SURNAME = "second_surname"
    FULL_NAME = "full_name"
    NAME_SUFFIX = "name_suffix"
    ALIAS = "alias"
    BIRTH_DATE = "birth_date"
    OTHER_BIRTH_DATE = "other_birth_date"
    BIRTH_YEAR = "birth_year"
    BIRTH_MONTH = "birth_month"
    BIRTH_DAY = "birth_day"
    AGE = "age"
    OBSERVED_ON = "observed_on"
    SEX = "sex"
    PHONE = "phone"
    EMAIL = "email"
    HANDLE = "handle"
    PLATE = "plate"
    HOUSE_NUMBER = "house_number"
    STREET = "street"
    CITY = "city"
    ZIP = "zip"
    STRONG_ID = "strong_id"


def _any(*words: str) -> str:
    """Any of the words, anywhere in a header; a blank may be missing."""
    return r"\b(" + "|".join(word.replace(" ", " ?") for word in words) + r")\b"


def _only(*words: str) -> str:
    """The whole header."""
    return "^(" + "|".join(word.replace(" ", " ?") for word in words) + ")$"


# A field of None keeps a column from being taken for something else.
SAID: Final[tuple[tuple[Field | None, re.Pattern[str]], ...]] = tuple(
    (field, re.compile("|".join(patterns)))
    for field, patterns in (
        (None, (r"\b(unit|apartment|apt|suite|flat) ?(no|num|number|nbr)?$",)),
        (None, (r"\b(address|addr|line|adresse|direccion) ?[234]$", r"\bip address\b")),
        (
            None,
            (r"\b(cluster|entity|household|group|record|rec|row|unique|source|dataset)\b.*\bid$",),
        ),
        (
            None,
            (_any("maiden", "nick", "mothers?", "fathers?", "spouse", "parent", "guardian",
                  "emergency", "employer", "company"),),
        ),
        (
            Field.EMAIL,
            (_any("e mail", "e mail address", "courriel", "correo", "mail address"),
             _only("mail")),
        ),
        (
            Field.HOUSE_NUMBER,
            (r"\b(street|house|building|st|civic) ?(no|num|number|nbr|nr)\b",
             _only("haus nr", "haus nummer", "hnr", "huisnummer",
                   "numero (de )?(casa|calle|civico)")),
        ),
        (
            Field.BIRTH_MONTH,
            (r"\b(birth ?(month|mo|mm)|month of birth|dob ?(month|mm|m)|dobm|bm)\b",
             _only("mob", "geburtsmonat", "mes (de )?nacimiento", "mois (de )?naissance")),
        ),
        (
            Field.BIRTH_DAY,
            (r"\b(birth ?(day|dd)|day of birth|dob ?(day|dd|d)|dobd|bd)$",
             _only("geburtstag", "dia (de )?nacimiento", "jour (de )?naissance")),
        ),
        (
            Field.BIRTH_YEAR,
            (r"\b(birth ?(year|yr|yyyy)|year ?(of ?)?birth|dob ?(year|yr|yyyy|y)|yob|by)\b",
             _only("geburtsjahr", "jahrgang", "ano (de )?nacimiento", "annee (de )?naissance")),
        ),
        (
            Field.BIRTH_DATE,
            (_any("dob", "birth date", "birth (dt|dat)", "date of birth", "dt of birth",
                  "date birth", "b date", "birthday", "geburts ?(datum|tag)",
                  "geb ?(datum|dat|am)", r"(fecha|fec|f) (de )?nac\w*", "date (de )?naissance",
                  "ddn", "data (di )?nascita", "data (de )?nascimento", "geboorte datum"),
             _only("born", "birth", "geb", "geboren", "nacimiento", "naissance", "nascita")),
        ),
        (
            Field.STRONG_ID,
            (_any("ssn", "social security", "soc sec", "nino", "nhs", "national (id|insurance)",
                  "passport", "driver'?s? licen[cs]e", "medicare", "tax id", "dni", "nif", "curp",
                  "codice fiscale", "nir"),),
        ),
        (
            Field.STREET,
            (_any("street name", "street address", "address 1", "addr 1", "address line 1",
                  "street", r"\w*address", "addr"),),
        ),
        (
            Field.ZIP,
            (_any("zip", "zip code", "zip 5", "postcode", "postal code", "post code", "p code",
                  "plz", "postleitzahl", "code postal", "codigo postal", "cap", "cep"),
             _only("cp", "c p", "postal")),
        ),
        (
            Field.CITY,
            (_any("city", "city name", "town", "suburb", "municipality", "place of birth",
                  "birth place", "village", "parish", "ort", "wohnort", "stadt", "ville",
                  "ciudad", "municipio", "poblacion", "localidad", "commune", "comune", "citta",
                  "cidade", "woonplaats", "geburtsort", "lieu (de )?naissance",
                  "lugar (de )?nacimiento", "luogo (di )?nascita"),),
        ),
        (
            Field.SECOND_SURNAME,
            (_any("segundo apellido", "apellido (materno|2|dos)", "second surname", "apellido2",
                  "surname 2"),),
        ),
        (
            Field.FULL_NAME,
            (_any("nom (et )?prenoms?", "prenoms? (et )?nom", "nombre completo",
                  "nombre (y )?apellidos?", "apellidos? (y )?nombres?", "nom complet",
                  "vor (und )?nachname", "nome completo",
                  "(first|given) (name )?(and )?(last|sur|family) name", "first and surname",
                  "last (name )?first( name)?"),),
        ),
        (
            Field.GIVEN_NAME,
            (_any("first names?", "given names?", "f name", "fst name", "forenames?",
                  "christian names?", "vornamen?", "rufname", "name 1", "nombres?", "prenoms?",
                  "nome", "voornaam", "(nm|name) first", "first nm", "first"),
             _only("given", "fn", "vname")),
        ),
        (
            Field.SURNAME,
            (_any("last name", "surnames?", "l name", "s name", "family name", "fam name",
                  "nachname", "zuname", "familienname", "apellidos?", "primer apellido",
                  "apellido (paterno|1)", "nom( de famille)?", "cognome", "sobrenome",
                  "achternaam", "(nm|name) last", "last nm"),
             r"\blast$", _only("family", "ln")),
        ),
        (
            Field.PHONE,
            (_any("telefono", r"telefon\w*", "telefoon", "telephone", "celular", "movil", "handy",
                  "mobil", "mobile", "phone ?[123]?", "rufnummer", "cell", "tel", "tlf",
                  "contact (no|number)"),
             _only("ph( no)?")),
        ),
        (
            Field.STREET,
            (_any("strasse", "anschrift", "direccion", "domicilio", "adresse", "rue", "calle",
                  "indirizzo", "endereco", "straat", "residence"),),
        ),
        (
            Field.SEX,
            (_any("sex", "gender", "geschlecht", "sexe", "sexo", "genero", "genre", "sesso",
                  "geslacht"),),
        ),
        (
            Field.AGE,
            (_only("age", "alter", "edad", "age (in )?years", "years old", "eta", "leeftijd"),),
        ),
        (
            Field.MIDDLE_NAME,
            (_any("middle ?(name|initial|init|nm)?", "mid ?l?( name)?", "m name", "m init",
                  "second (given )?name", "(nm|name) middle", "mi", "zweit(name|er vorname)",
                  "segundo nombre", "deuxieme prenom"),),
        ),
        (
            Field.FULL_NAME,
            (_any("full name", "whole name", "person name", "names?", "naam"),
             # Another kind of name is no full name.
             r"(?<!middle )(?<!suffix )(?<!place )\bname$"),
        ),
    )
)  # fmt: skip

NO_FULL_NAME: Final = re.compile(
    _any("prefix", "suffix", "title", "street", "city", "county", "state", "place", "file",
         "school", "party", "type", "code", "user name", "screen", "business", "organi[sz]ation",
         "facility", "agency", "product", "country", "region", "district")
)  # fmt: skip

OF_OTHER_THINGS: Final = re.compile(
    _any("occupation", "job", "title", "profession", "trade", "work", "employer", "beruf",
         "industry", "department", "role", "place", "origin", "country", r"nation\w*", "color",
         "colour", "school", "product", "category", "type", "status")
)  # fmt: skip
"""Trades and places are surnames too (mason, cook, york)."""

OF_BIRTH: Final = re.compile(r"birth|geburt|naissance|nacimiento|nascita")


def said_by(header: str) -> str:
    """A header's words without accents: Geb.-Datum, Prénom and birthDate as they are looked for."""
    plain = unicodedata.normalize("NFKD", header.replace("ß", "ss"))
    return words_of("".join(sign for sign in plain if not unicodedata.combining(sign)))
