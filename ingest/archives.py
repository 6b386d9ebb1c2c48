"""Deliveries that come packed: zip archives and gzip files.

Guarantees: nothing is written outside the folder that is named; what unpacks to far more than a
delivery holds is refused before, or as soon as, it does; a cut or damaged archive is refused whole.
"""

from __future__ import annotations

import errno
import gzip
import lzma
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from ingest.errors import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_UNPACKED_BYTES: Final = 64 << 30
MAX_RATIO: Final = 200
SMALL_BYTES: Final = 100_000_000
"""What unpacks to less is no danger, however well it was packed."""
PACKED: Final = frozenset({".zip", ".gz"})

_CHUNK: Final = 1 << 20
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError,
    OSError, lzma.LZMAError,
)  # fmt: skip


def unpack(archive: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """Unpack a .zip or .gz file into a new folder; each file's name inside it, and its path.

    A packed file within an archive is not opened. Raises Unreadable for a broken, encrypted or
    swollen archive and for names that lead outside.
    """
    if archive.suffix.lower() == ".gz":
        folder.mkdir(parents=True)
        yield archive.stem, _unpack_gzip(archive, folder / archive.stem)
        return
    _unpack_zip(archive, folder)
    for inner in sorted(inner for inner in folder.rglob("*") if inner.is_file()):
        yield inner.relative_to(folder).as_posix(), inner


def _unpack_zip(path: Path, folder: Path) -> None:
    name = path.name
    try:
        with zipfile.ZipFile(path) as archive:
            if not all(member.filename for member in archive.infolist()):
                raise Unreadable("holds a file without a name", file=name)
            members = [member for member in archive.infolist() if not member.is_dir()]
            _bounded(sum(member.file_size for member in members), path)
            for member in members:
                _safe(member, name)
            folder.mkdir(parents=True)
            for member in members:
                target = folder / PurePosixPath(member.filename)
                if target.exists():
                    raise Unreadable("holds two files of one name", file=name)
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as packed_file, target.open("wb") as out:
                    while chunk := packed_file.read(_CHUNK):
                        out.write(chunk)
    except _BROKEN as error:
        # Places before the beginning and damaged streams are OSErrors, as is a full disk.
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise
        raise Unreadable(
            "is a broken or encrypted zip archive; send it again, whole and without a password",
            file=name,
        ) from None


def _unpack_gzip(path: Path, target: Path) -> Path:
    size = 0
    try:
        with gzip.open(path) as packed_file, target.open("wb") as out:
            while chunk := packed_file.read(_CHUNK):
                size += len(chunk)
                _bounded(size, path)
                out.write(chunk)
    except (gzip.BadGzipFile, zlib.error, EOFError):
        raise Unreadable(
            "is a broken gzip file or was cut short; send it again, whole", file=path.name
        ) from None
    return target


def _bounded(size_bytes: int, archive: Path) -> None:
    packed_bytes = max(1, archive.stat().st_size)
    if size_bytes > MAX_UNPACKED_BYTES or size_bytes > max(SMALL_BYTES, packed_bytes * MAX_RATIO):
        raise Unreadable("unpacks to far more than deliveries hold", file=archive.name)


def _safe(member: zipfile.ZipInfo, archive: str) -> None:
    path = PurePosixPath(member.filename)
    is_link = (member.external_attr >> 16) & 0o170000 == 0o120000
    if path.is_absolute() or ".." in path.parts or "\\" in member.filename or is_link:
        raise Unreadable("holds a name that leads outside the archive", file=archive)
