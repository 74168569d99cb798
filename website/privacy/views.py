"""The notice to the public (GDPR, artt. 13–14), in the visitor's language, from what is switched on."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from receptionist import register
from website import frame


@require_safe
def notice(request: HttpRequest) -> HttpResponse:
    """The notice. A dozen queries, no form and no script."""
    return frame.render(request, "website/privacy/notice.html", register.as_context(register.load()))
