"""What is done to a conversation from its page. Thin: the verbs are the receptionist's."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.pages import person
from receptionist import holding, staffreply
from receptionist.models import Conversation, ConversationStatus
from receptionist.stafftemplates import MOST
from shops.refusals import Refused
from shops.staff.models import StaffUser

# How many places a template can have.
PLACES = 10
Do = Callable[[HttpRequest, Conversation, StaffUser, uuid.UUID | None], tuple[str, uuid.UUID | None]]


def act(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take, give back, settle, end, write. Only by POST; a script gets JSON, a form the page again."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    row = get_object_or_404(Conversation.objects.select_related("customer"), pk=pk)
    # A button says what it does and, where a colleague has the conversation, whom the person has seen there.
    name, _colon, seen = request.POST.get("do", "").partition(":")
    verb = DO.get(name)
    if verb is None:
        raise Http404
    try:
        text, where = verb(request, row, person(request), _uuid(seen or request.POST.get("over", "")))
    except Refused as refusal:
        return _answer(request, pk, str(refusal), ok=False)
    return _answer(request, where or pk, text, ok=True)


def _answer(request: HttpRequest, pk: uuid.UUID, text: str, *, ok: bool) -> HttpResponse:
    address = reverse("admin:inbox_chat", args=[pk])
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"ok": ok, "text": text, "address": address, "token": uuid.uuid4().hex})
    (messages.success if ok else messages.error)(request, text)
    return HttpResponseRedirect(address)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text[:40])
    except ValueError:
        return None


def _take(request: HttpRequest, row: Conversation, staff: StaffUser, over: uuid.UUID | None) -> Any:
    holding.take(conversation=row, staff=staff, over=over)
    row.refresh_from_db(fields=["status"])
    if row.status == ConversationStatus.TRANSFERRED and row.ended_at is None:
        return _("La conversazione è sua: l'assistente tace."), None
    return _("Se ne occupa lei."), None


def _give_back(request: HttpRequest, row: Conversation, staff: StaffUser, over: uuid.UUID | None) -> Any:
    holding.give_back(conversation=row, staff=staff, over=over)
    return _("L'assistente risponde di nuovo."), None


def _settle(request: HttpRequest, row: Conversation, staff: StaffUser, over: uuid.UUID | None) -> Any:
    holding.settle(conversation=row, staff=staff)
    if row.status == ConversationStatus.TRANSFERRED and row.contact and row.ended_at is None:
        return _(
            "Segnato come fatto. L'assistente tace ancora: per farlo rispondere, ridargli la conversazione."
        ), None
    return _("Segnato come fatto."), None


def _end(request: HttpRequest, row: Conversation, staff: StaffUser, over: uuid.UUID | None) -> Any:
    holding.end(conversation=row, staff=staff, over=over)
    return _("Conversazione conclusa. Se il cliente scrive di nuovo, risponde l'assistente."), None


def _write(request: HttpRequest, row: Conversation, staff: StaffUser, over: uuid.UUID | None) -> Any:
    # Browsers send line ends as the network does; a message has plain ones.
    text = request.POST.get("text", "").replace("\r\n", "\n")
    token = request.POST.get("token", "")
    sent = staffreply.send(conversation=row, staff=staff, text=text, token=token, over=over)
    return _("Messaggio in invio. L'assistente tace."), sent.conversation_id


def _template(request: HttpRequest, row: Conversation, staff: StaffUser, over: uuid.UUID | None) -> Any:
    values = {str(n): request.POST.get(f"place-{n}", "")[: 2 * MOST] for n in range(1, PLACES + 1)}
    sent = staffreply.send_template(
        conversation=row,
        staff=staff,
        name=request.POST.get("name", ""),
        values=values,
        token=request.POST.get("token", ""),
        over=over,
    )
    return _("Messaggio in invio."), sent.conversation_id


DO: dict[str, Do] = {
    "take": _take,
    "give_back": _give_back,
    "done": _settle,
    "end": _end,
    "write": _write,
    "template": _template,
}
