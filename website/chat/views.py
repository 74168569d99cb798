"""The chat's page and its addresses. The page polls; an answer that is being written is a row like everything else."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from receptionist import phoneproof, webchat, welcome
from receptionist.models import AIConfig, Channel, Conversation, ConversationMessage, MessageRole
from receptionist.webchat.writing import options_of
from shops.context import current_shop
from website import frame
from website.chat import limits, tokens, words
from website.chat.answers import body_of, count, endpoint, text_of
from website.frame import public


@require_safe
def _page(request: HttpRequest) -> HttpResponseBase:
    """The chat, in a window of its own or in a frame; without a script it says the telephone number."""
    page = frame.of(request)
    if not page.site.chat_enabled:
        return frame.render(request, "website/chat/off.html", status=404)
    opening = welcome.opening(
        config=AIConfig.load(),
        conversation=Conversation(channel=Channel.WEB, language=page.language),
        now=timezone.now(),
    )
    context = {
        "opening": opening,
        "most": webchat.MOST_TEXT,
        "framed": "widget" in request.GET,
        "words": words.of_page(page.language),
    }
    return frame.render(request, "website/chat/page.html", context)


page = public(_page, framable=True)


@endpoint("POST", visitor=False)
def start(request: HttpRequest) -> HttpResponse:
    """A token for a new visitor. Nothing is stored."""
    count(request, (limits.STARTED, ""))
    return JsonResponse({"token": tokens.make(shop=current_shop())}, status=201)


@endpoint("POST")
def write(request: HttpRequest, visitor: UUID) -> HttpResponse:
    """A message: {"id": the page's own id, "text"}. The same id again is the same message."""
    body = body_of(request)
    _count_message(request, visitor)
    stored = webchat.receive(
        visitor=visitor,
        client_id=text_of(body, "id"),
        text=text_of(body, "text"),
        language=frame.of(request).language,
    )
    return JsonResponse({"id": str(stored.message_id)}, status=201 if stored.created else 200)


@endpoint("POST")
def tap(request: HttpRequest, visitor: UUID) -> HttpResponse:
    """The tap of a button: {"id", "message", "option"}; the option must stand below that message of ours."""
    body = body_of(request)
    option = text_of(body, "option")
    if option == phoneproof.OPTION:
        return _proof(request, visitor)
    _count_message(request, visitor)
    stored = webchat.tap(
        visitor=visitor,
        client_id=text_of(body, "id"),
        message_id=text_of(body, "message")[:64],
        option_id=option,
        language=frame.of(request).language,
    )
    return JsonResponse({"id": str(stored.message_id)}, status=201 if stored.created else 200)


def _count_message(request: HttpRequest, visitor: UUID) -> None:
    count(
        request,
        (limits.WRITTEN_FROM_ADDRESS, ""),
        (limits.WRITTEN_FROM_ADDRESS_TODAY, ""),
        (limits.WRITTEN, str(visitor)),
        (limits.WRITTEN_TODAY, str(visitor)),
    )


@endpoint("POST")
def proof(request: HttpRequest, visitor: UUID) -> HttpResponse:
    """A code for the visitor to send us on WhatsApp, with the link that has it written already."""
    return _proof(request, visitor)


def _proof(request: HttpRequest, visitor: UUID) -> HttpResponse:
    count(request, (limits.PROVED, str(visitor)), (limits.PROVED_FROM_ADDRESS, ""))
    made = phoneproof.make(contact=webchat.contact_of(visitor))
    phone = frame.shown(made.phone)
    return JsonResponse(
        {"code": made.code, "link": made.link, "phone": phone, "until": made.expires_at.isoformat()},
        status=201,
    )


@endpoint("POST")
def forget(request: HttpRequest, visitor: UUID) -> HttpResponse:
    """The visitor leaves for good: the chat is over, and its token opens nothing any more."""
    count(request, (limits.WRITTEN_FROM_ADDRESS, ""))
    webchat.leave(visitor=visitor)
    return JsonResponse({"forgotten": True})


@endpoint("GET")
def messages(request: HttpRequest, visitor: UUID) -> HttpResponse:
    """What is new since the message `after`, and how the chat is now. 304 while nothing has changed."""
    count(request, (limits.POLLED, str(visitor)), (limits.POLLED_FROM_ADDRESS, ""))
    seen = webchat.look(visitor)
    after = request.GET.get("after", "")[:64]
    tag = f'"{seen.tag}"'
    if request.headers.get("If-None-Match", "").removeprefix("W/") == tag:
        return HttpResponseNotModified(headers={"ETag": tag})
    rows = webchat.messages_after(visitor, after) if seen.conversation else []
    state = {
        "messages": [_shown(each) for each in rows],
        "draft": seen.draft,
        "typing": seen.typing,
        "person": seen.person,
        "proved": seen.proved,
        "over": bool(seen.conversation and seen.conversation.ended_at),
    }
    return JsonResponse(state, headers={"ETag": tag})


def _shown(row: ConversationMessage) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "key": (row.wire_id or "").rpartition(":")[2],
        # A note of the house's own stands where it happened, in the page's words.
        "role": "note" if row.role == MessageRole.SYSTEM else row.role,
        "text": words.of_note(row.external_id) if row.role == MessageRole.SYSTEM else row.text,
        "at": row.sent_at.isoformat(),
        "options": options_of(row),
    }
