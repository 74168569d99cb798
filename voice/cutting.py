"""Cutting a recording short: what was said after the call was passed on belongs to two other people.

Only WAV can be cut without a decoder; it is what we ask Vapi for (artifactPlan.recordingFormat).
"""

import hashlib
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile

from shops.downloads import Download
from shops.http import OutboundError

SERVICE = "recordings"
FRAMES_AT_ONCE = 64 * 1024


class NotCuttable(OutboundError):
    """The recording cannot be cut, so that none of it may be kept."""

    def __init__(self) -> None:
        super().__init__(SERVICE, "goes on after the transfer and cannot be cut", permanent=True)


@contextmanager
def shortened(download: Download, seconds: float) -> Iterator[Download]:
    """The first `seconds` of a WAV as a download of its own; the same one when it is not longer.

    Raises NotCuttable for what is no WAV with samples (PCM). Nothing is kept in memory.
    """
    with TemporaryFile() as file:
        try:
            download.file.seek(0)
            with wave.open(download.file, "rb") as long:
                wanted = max(int(seconds * long.getframerate()), 0)
                # A header that was written before the sound may say less than there is.
                width = long.getsampwidth() * long.getnchannels()
                if max(long.getnframes(), download.size // width) <= wanted:
                    download.file.seek(0)
                    yield download
                    return
                with wave.open(file, "wb") as short:
                    short.setparams(long.getparams())
                    _copy(long, short, wanted)
        except (wave.Error, EOFError, ZeroDivisionError, OverflowError) as error:
            raise NotCuttable from error
        size = file.tell()
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        yield Download(file=file, content_type=download.content_type, size=size, sha256=digest)


def _copy(long: wave.Wave_read, short: wave.Wave_write, frames: int) -> None:
    while frames > 0:
        piece = long.readframes(min(frames, FRAMES_AT_ONCE))
        if not piece:
            return
        short.writeframesraw(piece)
        frames -= FRAMES_AT_ONCE
