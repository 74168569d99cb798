"""Which files are kept, and whether one is what it says it is: told by how it begins, never by its name.

Source: the Cloud API's table of supported media.
"""

from typing import IO

import filetype

from receptionist.models import MediaKind

# What a file may be announced as → what it may turn out to be, and the suffix it is kept under.
_MP4 = frozenset({"audio/mp4", "video/mp4", "audio/m4a", "video/x-m4v"})
_OLE, _TEXT = "application/x-ole-storage", "text/plain"
_OPENXML = "application/vnd.openxmlformats-officedocument"
_KNOWN: dict[str, tuple[frozenset[str], str]] = {
    "audio/ogg": (frozenset({"audio/ogg", "audio/opus", "video/ogg"}), ".ogg"),
    "audio/opus": (frozenset({"audio/ogg", "audio/opus"}), ".ogg"),
    "audio/mpeg": (frozenset({"audio/mpeg"}), ".mp3"),
    "audio/mp3": (frozenset({"audio/mpeg"}), ".mp3"),
    "audio/aac": (frozenset({"audio/aac", "audio/mpeg"}), ".aac"),
    "audio/mp4": (_MP4, ".m4a"),
    "audio/m4a": (_MP4, ".m4a"),
    "audio/x-m4a": (_MP4, ".m4a"),
    "audio/amr": (frozenset({"audio/amr"}), ".amr"),
    "audio/wav": (frozenset({"audio/x-wav", "audio/wav"}), ".wav"),
    "audio/x-wav": (frozenset({"audio/x-wav", "audio/wav"}), ".wav"),
    "image/jpeg": (frozenset({"image/jpeg"}), ".jpg"),
    "image/png": (frozenset({"image/png"}), ".png"),
    "image/webp": (frozenset({"image/webp"}), ".webp"),
    "image/heic": (frozenset({"image/heic", "image/heif"}), ".heic"),
    "video/mp4": (frozenset({"video/mp4", "video/x-m4v", "video/quicktime"}), ".mp4"),
    "video/3gpp": (frozenset({"video/3gpp", "video/mp4"}), ".3gp"),
    "application/pdf": (frozenset({"application/pdf"}), ".pdf"),
    "application/msword": (frozenset({_OLE, "application/msword"}), ".doc"),
    "application/vnd.ms-excel": (frozenset({_OLE, "application/vnd.ms-excel"}), ".xls"),
    "application/vnd.ms-powerpoint": (frozenset({_OLE, "application/vnd.ms-powerpoint"}), ".ppt"),
    **{
        f"{_OPENXML}.{name}": (frozenset({f"{_OPENXML}.{name}", "application/zip"}), suffix)
        for name, suffix in (
            ("wordprocessingml.document", ".docx"),
            ("spreadsheetml.sheet", ".xlsx"),
            ("presentationml.presentation", ".pptx"),
        )
    },
    "text/plain": (frozenset({_TEXT}), ".txt"),
    "text/csv": (frozenset({_TEXT}), ".csv"),
}
_FAMILIES = {
    MediaKind.AUDIO: ("audio/",),
    MediaKind.IMAGE: ("image/",),
    MediaKind.STICKER: ("image/webp",),
    MediaKind.VIDEO: ("video/",),
    MediaKind.DOCUMENT: ("application/", "text/", "image/", "audio/", "video/"),
}
_OLE_BEGINNING = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HEAD = 8192


def suffix_of(kind: str, announced: str, file: IO[bytes]) -> str | None:
    """The suffix to keep the file under; None when it is of no kind we keep, or is not what it was announced as.

    `announced` without parameters. Reads the beginning of the file and leaves it at its start.
    """
    allowed = _KNOWN.get(announced)
    families = _FAMILIES.get(MediaKind(kind), ()) if kind in MediaKind.values else ()
    if allowed is None or not announced.startswith(families or ("-",)):
        return None
    head = file.read(HEAD)
    file.seek(0)
    return allowed[1] if _found(head) in allowed[0] else None


def _found(head: bytes) -> str:
    """What the file is by its beginning; plain text where nothing else fits, "" where that does not either."""
    if head.startswith(_OLE_BEGINNING):
        return _OLE
    guessed = filetype.guess(head)
    if guessed is not None:
        return str(guessed.mime)
    looks_like_markup = head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    return _TEXT if head and b"\x00" not in head and not looks_like_markup else ""
