"""What a shop can set about the messages it begins, and what is refused with what to do."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from receptionist.followups import kinds, when
from receptionist.followups.kinds import Kind, Wanted
from receptionist.models import FollowUpConfig, FollowUpKind, FollowUpSetting
from shops.context import current_shop

MOST_DAYS = 120
CLOCK = forms.TimeInput(attrs={"type": "time", "class": "bo-input"}, format="%H:%M")


class KindForm(forms.Form):
    """One kind: on or off, its words, its hour and days where it has them. Empty words are the standard ones."""

    enabled = forms.BooleanField(required=False, label=gettext_lazy("acceso"))
    text = forms.CharField(
        required=False,
        label=gettext_lazy("testo"),
        widget=forms.Textarea(attrs={"class": "bo-input fu-text", "rows": 7}),
    )
    send_at = forms.TimeField(label=gettext_lazy("alle"), widget=CLOCK)
    days = forms.IntegerField(
        label=gettext_lazy("giorni"),
        min_value=0,
        max_value=MOST_DAYS,
        widget=forms.NumberInput(attrs={"class": "bo-input"}),
    )

    def __init__(self, kind: Kind, wish: Wanted, manner: str, data: Any = None) -> None:
        self.kind, self.wish = kind, wish
        self.standard = kind.standard_text(manner)
        super().__init__(
            data,
            prefix=kind.kind.value,
            initial={
                "enabled": wish.enabled,
                "text": wish.text or self.standard,
                "send_at": wish.send_at,
                "days": wish.days,
            },
        )
        if kind.send_at is None:
            del self.fields["send_at"]
        if kind.days is None:
            del self.fields["days"]

    def clean_text(self) -> str:
        """The shop's own words, or "" for the standard ones."""
        text = plain(self.cleaned_data["text"])
        kinds.check_text(self.kind.kind, text)
        return "" if text == self.standard else text

    @property
    def typed(self) -> str:
        """The words as they stand on the page, whether they can be used or not."""
        return plain(str(self["text"].value() or "")) or self.standard

    def save(self) -> bool:
        """Store what is different from what holds; whether anything was."""
        wanted = {name: self.cleaned_data[name] for name in self.fields}
        holds = {name: getattr(self.wish, name) for name in self.fields}
        if wanted == holds:
            return False
        row = FollowUpSetting.objects.filter(pk=self.kind.kind).first() or FollowUpSetting(
            kind=self.kind.kind, enabled=self.kind.on
        )
        for name, value in wanted.items():
            setattr(row, name, value)
        row.save()
        return True


def plain(text: str) -> str:
    """Text as it is stored: lines end with one character, no surrogates and NULs."""
    clean = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return clean.encode("utf-8", "replace").decode().strip()


class ConfigForm(forms.ModelForm):
    """What holds for all of them."""

    review_link = forms.URLField(
        required=False,
        max_length=300,
        assume_scheme="https",
        label=gettext_lazy("indirizzo delle recensioni"),
        widget=forms.URLInput(attrs={"class": "bo-input", "placeholder": "https://"}),
    )

    class Meta:
        model = FollowUpConfig
        fields = (
            *("quiet_from", "quiet_to", "on_sundays", "review_link"),
            *("most_promotions_a_day", "offer_minutes"),
        )
        widgets = {
            "quiet_from": CLOCK,
            "quiet_to": CLOCK,
            "most_promotions_a_day": forms.NumberInput(attrs={"class": "bo-input"}),
            "offer_minutes": forms.NumberInput(attrs={"class": "bo-input"}),
        }


class Settings:
    """The whole page: what holds for all, and each kind."""

    def __init__(self, manner: str, data: Any = None) -> None:
        self.manner = manner
        self.config = ConfigForm(data, instance=FollowUpConfig.load(), prefix="config")
        self.kinds = [KindForm(wish.kind, wish, manner, data) for wish in kinds.all_wanted().values()]

    def is_valid(self) -> bool:
        """Whether all can be saved; faults stand beside their fields."""
        whole = [self.config.is_valid(), *(form.is_valid() for form in self.kinds)]
        if self.config.is_valid():
            self._check_hours()
            self._check_review()
        return all(whole) and not any(form.errors for form in self.kinds)

    def _check_hours(self) -> None:
        config, tz = self.config.instance, current_shop().tz
        for form in self.kinds:
            send_at = form.cleaned_data.get("send_at")
            if not isinstance(send_at, time):
                continue
            if when.quiet_until(_noonish(send_at), config, tz):
                form.add_error(
                    "send_at",
                    _("Le %(at)s cadono nel silenzio (%(begin)s–%(end)s): scelga un altro orario.")
                    % {
                        "at": f"{send_at:%H:%M}",
                        "begin": f"{config.quiet_from:%H:%M}",
                        "end": f"{config.quiet_to:%H:%M}",
                    },
                )

    def _check_review(self) -> None:
        thanks = next(form for form in self.kinds if form.kind.kind == FollowUpKind.THANKS)
        if thanks.cleaned_data.get("enabled") and not self.config.cleaned_data.get("review_link"):
            self.config.add_error(
                "review_link", _("Per mandare i ringraziamenti serve l'indirizzo delle recensioni.")
            )
            thanks.add_error("enabled", _("Scriva prima l'indirizzo delle recensioni, qui sotto."))

    def save(self) -> bool:
        """Store all of it; whether anything changed. One transaction."""
        with transaction.atomic():
            changed = [form.save() for form in self.kinds]
            if self.config.has_changed():
                self.config.save()
        return any(changed) or self.config.has_changed()


def _noonish(send_at: time) -> datetime:
    """That time on a day like any other: without a change of the clock."""
    return when.at(timezone.localdate().replace(month=6, day=15), send_at, current_shop().tz)
