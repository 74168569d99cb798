"""Promemoria e messaggi: the page, and its preview while somebody types."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from backoffice import pages
from backoffice.followups.forms import KindForm, Settings
from receptionist import channels
from receptionist.followups import audience, example, kinds
from receptionist.followups.reasons import state, words
from receptionist.models import AIConfig, FollowUp, FollowUpConfig, FollowUpKind
from shops.context import current_shop
from shops.models import WhatsAppNumber

LATEST = 12
HELP: dict[FollowUpKind, str | Promise] = {
    FollowUpKind.DAY_BEFORE: gettext_lazy(
        "Il giorno prima dell'appuntamento confermato, "
        "con i pulsanti Confermo, Sposta e Annulla. Per il lunedì parte il sabato."
    ),
    FollowUpKind.READY: gettext_lazy("Quando il lavoro diventa «pronto»."),
    FollowUpKind.MISSED_CALL: gettext_lazy(
        "Dopo una chiamata caduta o senza risposta. Di notte: al mattino, finito il silenzio."
    ),
    FollowUpKind.FREED_PLACE: gettext_lazy(
        "A chi è in lista d'attesa, una persona per volta, con il posto tenuto."
    ),
    FollowUpKind.THANKS: gettext_lazy("Dopo il ritiro dell'auto, con l'indirizzo delle recensioni."),
    FollowUpKind.REVISION: gettext_lazy("Prima che scada la revisione: vale fino alla fine del mese."),
    FollowUpKind.SERVICE: gettext_lazy("Prima del tagliando per data, o quando i chilometri sono raggiunti."),
    FollowUpKind.TYRES_WINTER: gettext_lazy(
        "Per il cambio dal 15 ottobre al 15 novembre, a chi l'ha fatto qui negli ultimi 14 mesi."
    ),
    FollowUpKind.TYRES_SUMMER: gettext_lazy(
        "Per il cambio dal 15 aprile al 15 maggio, a chi l'ha fatto qui negli ultimi 14 mesi."
    ),
}


@dataclass(frozen=True)
class Shown:
    """One kind as the page has it."""

    form: KindForm
    title: str
    help: str | Promise
    places: list[str]
    preview: str
    days_are_after: bool
    template_is_missing: bool


def follow_ups(request: HttpRequest) -> HttpResponse:
    """Show the settings, preview what is typed, or save. About ten queries, however much was sent."""
    ai = AIConfig.load()
    typed = request.POST if request.method == "POST" else None
    settings = Settings(ai.formality, typed)
    if typed is not None and "preview" not in typed and settings.is_valid():
        if settings.save():
            messages.success(request, _("Salvato: vale dal prossimo messaggio."))
        else:
            messages.info(request, _("Non c'era niente di nuovo da salvare."))
        return HttpResponseRedirect(reverse("admin:follow_ups"))
    if typed is not None and "preview" in typed:
        settings.is_valid()
    shown = _shown(settings, ai)
    context = {
        "config": settings.config,
        "service": [each for each in shown if not each.form.kind.promotional],
        "promotional": [each for each in shown if each.form.kind.promotional],
        "wrong": typed is not None and "preview" not in typed,
        "agreed": audience.agreed(),
        "latest": _latest(),
        "writes": WhatsAppNumber.objects.filter(shop=current_shop()).exists(),
        "may_see_all": request.user.has_perm("receptionist.view_followup"),
    }
    return pages.page(request, "backoffice/followups/page.html", context, title=_("Promemoria e messaggi"))


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """What is typed, as the example customer would read it; JSON for the page's script. Nothing is stored."""
    ai = AIConfig.load()
    settings = Settings(ai.formality, request.POST)
    config = FollowUpConfig.load()
    said = {}
    for form in settings.kinds:
        problem = kinds.problem_of(form.kind, form.typed)
        said[form.kind.kind.value] = {"text": "" if problem else _said(form, config, ai), "problem": problem}
    return JsonResponse(said)


def _shown(settings: Settings, ai: AIConfig) -> list[Shown]:
    config = FollowUpConfig.load()
    known = {each.name for each in channels.get("whatsapp").templates(line="")}
    return [
        Shown(
            form,
            str(form.kind.kind.label),
            HELP[form.kind.kind],
            [f"{{{name}}}" for name in form.kind.places],
            _said(form, config, ai),
            form.kind.kind == FollowUpKind.THANKS,
            form.kind.template not in known,
        )
        for form in settings.kinds
    ]


def _said(form: KindForm, config: FollowUpConfig, ai: AIConfig) -> str:
    """The words as they are typed; the ones that hold where those cannot be used."""
    kind = form.kind
    text = "" if kinds.problem_of(kind, form.typed) else form.typed
    wish = kinds.Wanted(kind, form.wish.enabled, text or form.wish.text, form.wish.send_at, form.wish.days)
    return kinds.text_for(kind.kind, example.places(kind.kind, config, ai), wish=wish, manner=ai.formality)


def _latest() -> list[dict[str, Any]]:
    rows = FollowUp.objects.select_related("customer", "message").order_by("-created_at", "key")[:LATEST]
    return [
        {
            "row": row,
            "who": str(row.customer) if row.customer else _("una persona non registrata"),
            "why": words(row.reason),
            "state": state(row),
        }
        for row in rows
    ]
