"""The pages of the inbox: the list, one conversation beside it, and the pieces that the page asks for again."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from backoffice.inbox import chat, side
from backoffice.inbox.actions import act
from backoffice.inbox.listing import PERIODS, STATES, Filters, failed_messages, listing
from backoffice.pages import fragment, page, person
from receptionist import staffreply, stafftemplates
from receptionist.models import Channel, Conversation
from shops.admin_sites import Page, shop_site

TITLE = _("Conversazioni")
VIEW = "receptionist.view_conversation"


def inbox(request: HttpRequest) -> HttpResponse:
    """The list, with nothing open beside it."""
    return page(request, "backoffice/inbox.html", _list_context(request), title=TITLE)


def rows(request: HttpRequest) -> HttpResponse:
    """A page of the list by itself."""
    return fragment(request, "backoffice/inbox_rows.html", _list_context(request))


def conversation(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One conversation, with the list beside it."""
    row = _row(pk)
    context = {
        **_list_context(request),
        **_chat_context(request, row),
        **side.context(row),
        "offers": [],
        "token": uuid.uuid4().hex,
        "most": staffreply.MOST,
        "most_place": stafftemplates.MOST,
    }
    if context["head"].mode == "template":
        context["offers"] = stafftemplates.offers(row)
    return page(request, "backoffice/inbox.html", context, title=str(row))


def lines(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The last words and who has the conversation, or the words before a line."""
    return fragment(request, "backoffice/inbox_chat.html", _chat_context(request, _row(pk)))


def beside(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The customer, and what the assistant did."""
    return fragment(request, "backoffice/inbox_side.html", side.context(_row(pk)))


def _row(pk: uuid.UUID) -> Conversation:
    return get_object_or_404(Conversation.objects.select_related("customer", "held_by"), pk=pk)


def _list_context(request: HttpRequest) -> dict[str, Any]:
    filters = Filters.of(request.GET)
    return {
        "filters": filters,
        "list": listing(filters, person(request), request.GET.get("after", "")),
        "channels": Channel.choices,
        "states": STATES.items(),
        "periods": PERIODS.items(),
        "query": f"?{filters.query}" if filters.query else "",
        "open_pk": request.GET.get("open", ""),
    }


def _chat_context(request: HttpRequest, row: Conversation) -> dict[str, Any]:
    failed = failed_messages().filter(conversation=row).exists()
    return {
        "row": row,
        "head": chat.head(row, person(request), failed=failed),
        "open_pk": str(row.pk),
        **chat.lines(row, request.GET.get("before", ""), request.GET.get("last", "")),
    }


def _add(path: str, name: str, view: Any, permission: str = VIEW, *, in_menu: bool = False) -> None:
    shop_site.add_page(
        Page(
            app_label="backoffice",
            title=TITLE,
            path=path,
            name=name,
            view=view,
            permission=permission,
            in_menu=in_menu,
        )
    )


_add("conversazioni/", "inbox", inbox, in_menu=True)
_add("conversazioni/elenco/", "inbox_rows", rows)
_add("conversazioni/<uuid:pk>/", "inbox_chat", conversation)
_add("conversazioni/<uuid:pk>/messaggi/", "inbox_lines", lines)
_add("conversazioni/<uuid:pk>/scheda/", "inbox_side", beside)
_add("conversazioni/<uuid:pk>/azione/", "inbox_do", act, chat.WORKS)
