"""Voice notes as text, through the OpenAI audio API (or a server that speaks it).

Nothing here fails the caller: what cannot be written down is an empty text, and the customer is asked to write.
"""

import struct
import time
from pathlib import PurePosixPath
from typing import IO, Any

import structlog
from django.conf import settings

from receptionist import storable, usage
from receptionist.inbound import MAX_TEXT
from receptionist.models import Media
from shops.db.current import let_go

log = structlog.get_logger(__name__)
LANGUAGE = "it"
MAX_SECONDS = 30.0
TRIES = 2
PAUSE = 0.5
OPUS_RATE = 48_000
TAIL = 65_536


def transcribe(media: Media) -> str:
    """The words of a stored voice note; empty without a key, when the server fails or nothing was said.

    Side effects: the shop's count of use. No database connection is held while waiting.
    """
    if not settings.OPENAI_API_KEY:
        log.info("voice note not written down: no key")
        return ""
    try:
        with media.file.open("rb") as file:
            return _transcribed(file, PurePosixPath(media.file.name or "").name, media.content_type)
    except OSError as error:
        log.error("voice note cannot be read", error=type(error).__name__)
        return ""


def _transcribed(file: IO[bytes], name: str, content_type: str) -> str:
    seconds = opus_seconds(file)
    for attempt in range(1, TRIES + 1):
        file.seek(0)
        found = _ask(file, name, content_type)
        if found is not None:
            _count(found, seconds)
            return storable.text(str(getattr(found, "text", "") or "").strip(), MAX_TEXT)
        if attempt < TRIES:
            time.sleep(PAUSE)
    return ""


def _ask(file: IO[bytes], name: str, content_type: str) -> Any:
    """The server's answer; None when there is none."""
    from openai import OpenAIError

    from receptionist import llm

    let_go()
    try:
        return llm.client().audio.transcriptions.create(
            model=settings.AI_TRANSCRIPTION_MODEL,
            file=(name, file, content_type),
            language=LANGUAGE,
            timeout=MAX_SECONDS,
        )
    except (OpenAIError, ValueError, TypeError, OSError) as error:
        log.warning(
            "voice note not written down",
            error=type(error).__name__,
            status=getattr(error, "status_code", None),
        )
        return None


def _count(found: Any, seconds: int) -> None:
    """Count what the server says it used; its own seconds where it gives them."""
    used = getattr(found, "usage", None)
    usage.count(
        model=settings.AI_TRANSCRIPTION_MODEL,
        prompt_tokens=_whole(getattr(used, "input_tokens", 0)),
        completion_tokens=_whole(getattr(used, "output_tokens", 0)),
        audio_seconds=_whole(getattr(used, "seconds", 0)) or seconds,
    )


def _whole(value: Any) -> int:
    return round(value) if isinstance(value, int | float) and 0 <= value < 10**9 else 0


def opus_seconds(file: IO[bytes]) -> int:
    """How long an Ogg Opus file is, from the position in its last page; 0 when it is none."""
    end = file.seek(0, 2)
    file.seek(max(0, end - TAIL))
    tail = file.read()
    at = tail.rfind(b"OggS")
    if at < 0 or len(tail) < at + 14:
        return 0
    (samples,) = struct.unpack_from("<q", tail, at + 6)
    return round(samples / OPUS_RATE) if 0 < samples < OPUS_RATE * 86_400 else 0
