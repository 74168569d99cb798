"""Where a conversation is looked at, and its files: the inbox of the back office shows the one and plays the other."""

import re
import uuid
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import quote

from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from receptionist import transcript
from receptionist.models import Media, MediaState

PIECE = 64 * 1024
# RFC 9110, 14.1.2: one range of bytes. Several at once are answered with the whole file, as one may.
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})\Z")


class Desk:
    """Mixed into the admin of conversations: a row's own page is the inbox's."""

    def get_urls(self) -> list[URLPattern]:
        """The files' addresses, before the admin's."""
        site = self.admin_site  # type: ignore[attr-defined]  # a mixin: ModelAdmin has it
        own = [
            path("media/<uuid:pk>/", site.admin_view(self.media_view), name="receptionist_conversation_media")
        ]
        return [*own, *super().get_urls()]  # type: ignore[misc]  # the mixin's next class is a ModelAdmin

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One page for a conversation, wherever a link to it stands."""
        row = self.get_object(request, object_id)  # type: ignore[attr-defined]  # a mixin, as above
        may = self.has_view_permission(request, row)  # type: ignore[attr-defined]  # a mixin, as above
        if not may or request.method == "POST":  # what was said is never changed
            raise PermissionDenied
        if row is None:
            raise Http404
        return HttpResponseRedirect(reverse("admin:inbox_chat", args=[row.pk]))

    def media_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
        """One file of a conversation, or the part of it that was asked for, for who may see the shop's files."""
        if not request.user.has_perm("receptionist.view_media"):
            raise PermissionDenied
        media = get_object_or_404(Media, pk=pk, state=MediaState.STORED)
        try:
            file = media.file.open("rb")
            size = media.file.size
        except (OSError, ValueError) as error:
            raise Http404 from error
        response = _part(file, size, request.headers.get("Range", ""))
        shown = transcript.is_shown(media)
        response["Content-Type"] = (
            transcript.plain_type(media.content_type) if shown else "application/octet-stream"
        )
        response["Content-Disposition"] = "inline" if shown else f"attachment; {_file_name(media)}"
        # What a customer sent is never run: not guessed at, not scripted, not kept by proxies.
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
        response["Cache-Control"] = "private, max-age=3600"
        return response


def _part(file: IO[bytes], size: int, asked: str) -> HttpResponseBase:
    """The bytes that were asked for; a player that seeks asks for some in the middle."""
    span = _span(asked, size)
    if span is None:
        whole = StreamingHttpResponse(_pieces(file, 0, size))
        whole["Content-Length"] = str(size)
        whole["Accept-Ranges"] = "bytes"
        return whole
    first, last = span
    if first > last:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    part = StreamingHttpResponse(_pieces(file, first, last + 1 - first), status=206)
    part["Content-Length"] = str(last + 1 - first)
    part["Content-Range"] = f"bytes {first}-{last}/{size}"
    part["Accept-Ranges"] = "bytes"
    return part


def _span(asked: str, size: int) -> tuple[int, int] | None:
    """First and last byte (counted from 0); the first after the last when there are none; None for the whole file."""
    hit = _RANGE.match(asked.strip())
    if hit is None or not (hit[1] or hit[2]):
        return None
    if not hit[1]:  # the last so many
        return (max(0, size - int(hit[2])), size - 1) if int(hit[2]) else (1, 0)
    first = int(hit[1])
    last = min(int(hit[2]), size - 1) if hit[2] else size - 1
    if hit[2] and int(hit[2]) < first:
        return None
    return first, last


def _pieces(file: IO[bytes], first: int, length: int) -> Iterator[bytes]:
    with file:
        file.seek(first)
        while length > 0 and (piece := file.read(min(PIECE, length))):
            length -= len(piece)
            yield piece


def _file_name(media: Media) -> str:
    suffix = str(media.file.name).rpartition("/")[2].partition(".")[2]
    name = media.filename or f"file.{suffix}".rstrip(".")
    return f"filename*=UTF-8''{quote(name, safe='')}"
