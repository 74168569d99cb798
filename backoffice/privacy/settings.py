"""Periods and who is responsible: seen with what the next nights delete, changed with what that would delete."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice import pages
from receptionist import register, retention
from receptionist.models import AIConfig, PrivacyConfig, RemoteCopy
from receptionist.retention import Coming, Periods
from receptionist.retention.periods import next_night
from receptionist.retention.preview import Count
from shops.dates import in_a_sentence

SOON_DAYS = 7
PERIODS = ("transcript_days", "image_days", "visitor_days", "appointment_years")


class PrivacyForm(forms.ModelForm):
    """The shop's periods and who is responsible. The voices' period is another row's and stands here with them."""

    audio_days = forms.IntegerField(
        label=gettext_lazy("Registrazioni e messaggi vocali (giorni)"), min_value=1, max_value=3650
    )

    class Meta:
        model = PrivacyConfig
        fields = (*PERIODS, "controller", "address", "email", "officer", "more")
        widgets = {"more": forms.Textarea(attrs={"rows": 4})}

    field_order = ("audio_days", *PERIODS)

    @property
    def periods(self) -> Periods:
        """The periods as they were typed in; of a valid form."""
        values = self.cleaned_data
        return Periods(audio_days=values["audio_days"], **{name: values[name] for name in PERIODS})

    @transaction.atomic
    def write(self) -> None:
        """Save both rows; their history tells who did."""
        self.save()
        config = AIConfig.load()
        if config.audio_days != self.cleaned_data["audio_days"]:
            config.audio_days = self.cleaned_data["audio_days"]
            config.save()


def privacy_page(request: HttpRequest) -> HttpResponse:
    """Show; save; or, when a shorter period would delete something, ask first."""
    row, config = PrivacyConfig.load(), AIConfig.load()
    form = PrivacyForm(request.POST or None, instance=row, initial={"audio_days": config.audio_days})
    losing: list[dict[str, Any]] = []
    if request.method == "POST" and form.is_valid():
        losing = [told(each) for each in retention.shortened(periods=form.periods)]
        if not losing or request.POST.get("confirmed") == _confirmed(form):
            form.write()
            messages.success(request, _("Salvato: vale dalla prossima notte."))
            return HttpResponseRedirect(reverse("admin:privacy"))
    return pages.page(request, "backoffice/privacy/privacy.html", _context(form, losing), title=_("Privacy"))


def _confirmed(form: PrivacyForm) -> str:
    """What was confirmed: these very periods, not others that were typed afterwards."""
    return "-".join(str(form.cleaned_data[name]) for name in ("audio_days", *PERIODS))


def _context(form: PrivacyForm, losing: list[dict[str, Any]]) -> dict[str, Any]:
    waiting = RemoteCopy.objects.filter(done_at__isnull=True)
    return {
        "form": form,
        "period_fields": [form[name] for name in ("audio_days", *PERIODS)],
        "other_fields": [form[name] for name in ("controller", "address", "email", "officer", "more")],
        "losing": losing,
        "confirmed": _confirmed(form) if losing else "",
        "coming": [told(each) for each in retention.upcoming(days=SOON_DAYS)],
        "night": next_night(),
        "days": SOON_DAYS,
        "facts": register.load(),
        "waiting": waiting.count(),
        "stuck": list(waiting.exclude(error="").order_by("created_at")[:5]),
    }


def told(coming: Coming) -> dict[str, Any]:
    """A line of what goes, in words."""
    return {
        "kind": coming.kind.label,
        "tonight": number(coming.tonight),
        "soon": number(coming.soon),
        "some": bool(coming.soon),
        "oldest": in_a_sentence(date_format(coming.oldest, "j M Y")) if coming.oldest else "",
    }


def number(count: Count) -> str:
    """A count as it is shown: "12", or "oltre 1000"."""
    return _("oltre %(number)d") % {"number": count.number} if count.more else str(count.number)
