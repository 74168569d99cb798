"""The page of a conversation: who has it, what was said, and the box to answer in."""

import uuid
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from receptionist import handover, optout, staffreply, transcript
from receptionist.models import (
    Channel,
    Conversation,
    ConversationStatus,
    Handover,
    HandoverKind,
    HandoverStatus,
    Media,
    MediaState,
)
from shops.refusals import Refused
from shops.staff.models import StaffUser

WORKS = "receptionist.change_handover"
CHATS = (Channel.WHATSAPP, Channel.WEB)


class Desk:
    """Mixed into the admin of conversations. Reading is for who may view them; the rest for who works hand-overs."""

    change_form_outer_before_template = "receptionist/desk.html"

    def get_urls(self) -> list[URLPattern]:
        """The desk's own addresses, before the admin's."""
        site = self.admin_site  # type: ignore[attr-defined]  # a mixin: ModelAdmin has it
        own = [
            path(
                "media/<uuid:pk>/", site.admin_view(self.media_view), name="receptionist_conversation_media"
            ),
            path("<uuid:pk>/desk/", site.admin_view(self.desk_view), name="receptionist_conversation_desk"),
        ]
        return [*own, *super().get_urls()]  # type: ignore[misc]  # the mixin's next class is a ModelAdmin

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """With the transcript and what can be done."""
        row = self.get_object(request, object_id)  # type: ignore[attr-defined]  # a mixin, as above
        extra = desk_context(request, row) if row is not None else {}
        shown: HttpResponse = super().change_view(  # type: ignore[misc]  # a mixin, as above
            request, object_id, form_url, {**(extra_context or {}), **extra}
        )
        return shown

    def desk_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Take the chat, give it back, note that it is done, or write. Only by POST; then the page again."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        staff = request.user
        if not isinstance(staff, StaffUser) or not staff.has_perm(WORKS):
            raise PermissionDenied
        row = get_object_or_404(Conversation.objects.select_related("customer"), pk=pk)
        done = {"take": _take, "give_back": _give_back, "done": _done, "write": _write}.get(
            request.POST.get("do", "")
        )
        if done is None:
            raise Http404
        try:
            messages.success(request, done(request, row, staff))
        except Refused as refusal:
            messages.error(request, str(refusal))
        return HttpResponseRedirect(reverse("admin:receptionist_conversation_change", args=[pk]))

    def media_view(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
        """One file of a conversation, for who may see the shop's files."""
        if not request.user.has_perm("receptionist.view_media"):
            raise PermissionDenied
        media = get_object_or_404(Media, pk=pk, state=MediaState.STORED)
        try:
            file = media.file.open("rb")
        except (OSError, ValueError) as error:
            raise Http404 from error
        shown = transcript.is_shown(media)
        response = FileResponse(
            file,
            content_type=transcript.plain_type(media.content_type) if shown else "application/octet-stream",
        )
        response["Content-Disposition"] = "inline" if shown else f"attachment; {_file_name(media)}"
        # What a customer sent is never run: not guessed at, not scripted, not kept by proxies.
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
        response["Cache-Control"] = "private, max-age=3600"
        return response


def _file_name(media: Media) -> str:
    suffix = str(media.file.name).rpartition("/")[2].partition(".")[2]
    name = media.filename or f"file.{suffix}".rstrip(".")
    return f"filename*=UTF-8''{quote(name, safe='')}"


def desk_context(request: HttpRequest, row: Conversation) -> dict[str, Any]:
    """What the desk shows. Seven queries, however long the conversation."""
    works = request.user.has_perm(WORKS)
    until = staffreply.open_until(row)
    open_rows = [
        each
        for each in row.handovers.select_related("taken_by").order_by("created_at")
        if each.status != HandoverStatus.DONE
    ]
    is_chat = row.channel in CHATS and row.ended_at is None
    has_it = row.status == ConversationStatus.TRANSFERRED
    silent = is_chat and has_it and (row.silent_until is None or row.silent_until > timezone.now())
    return {
        "desk_lines": transcript.of(row),
        "desk_files": transcript.recordings(row),
        "desk_handovers": open_rows,
        "desk_row": row,
        "desk_silent": silent,
        "desk_is_chat": is_chat,
        "desk_may_work": works,
        "desk_can_take": works and ((is_chat and not silent) or any(_is_open(each) for each in open_rows)),
        "desk_can_give_back": works and is_chat and has_it,
        "desk_can_close": works and bool(open_rows),
        "desk_can_write": works and until is not None and until > timezone.now(),
        "desk_until": until,
        "desk_opted_out": row.customer is not None and optout.is_out(row.customer, row.channel),
        "desk_token": uuid.uuid4().hex,
        "desk_most": staffreply.MOST,
    }


def _is_open(row: Handover) -> bool:
    return row.status == HandoverStatus.OPEN


def _take(request: HttpRequest, row: Conversation, staff: StaffUser) -> Any:
    if row.channel in CHATS:
        handover.staff_took_over(conversation=row, staff=staff, wrote=False)
        return _("La conversazione è sua: l'assistente tace.")
    for each in row.handovers.filter(status=HandoverStatus.OPEN):
        handover.take(handover=each, staff=staff)
    return _("Se ne occupa lei.")


def _give_back(request: HttpRequest, row: Conversation, staff: StaffUser) -> Any:
    if not handover.give_back(conversation=row, staff=staff):
        raise Refused(str(_("L'assistente risponde già a questa conversazione, o è conclusa.")))
    return _("L'assistente risponde di nuovo.")


def _done(request: HttpRequest, row: Conversation, staff: StaffUser) -> Any:
    for each in row.handovers.exclude(status=HandoverStatus.DONE):
        handover.close(handover=each, staff=staff)
    if row.status == ConversationStatus.TRANSFERRED and row.handovers.filter(kind=HandoverKind.CHAT).exists():
        return _(
            "Segnato come fatto. L'assistente tace ancora: per farlo rispondere, ridargli la conversazione."
        )
    return _("Segnato come fatto.")


def _write(request: HttpRequest, row: Conversation, staff: StaffUser) -> Any:
    staffreply.send(
        conversation=row, staff=staff, text=request.POST.get("text", ""), token=request.POST.get("token", "")
    )
    return _("Messaggio in invio. L'assistente tace.")
