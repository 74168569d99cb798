"""Who of the shop's people wants to be told of what, and how."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class NoticeKind(models.TextChoices):
    """What people are told of."""

    HANDOVER = "handover", _("Una chat da prendere in mano")
    CALLBACK = "callback", _("Un cliente da richiamare")
    NEW_APPOINTMENT = "new_appointment", _("Un nuovo appuntamento")
    FAILED_SEND = "failed_send", _("Un messaggio non consegnato")


class NoticeSetting(models.Model):
    """How one person is told of one kind of news. Without a row: by e-mail, of hand-overs and call-backs."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("persona"), on_delete=models.CASCADE, related_name="notices"
    )
    kind = models.CharField(_("avviso"), max_length=20, choices=NoticeKind)
    by_email = models.BooleanField(_("per e-mail"), default=True)
    by_whatsapp = models.BooleanField(_("su WhatsApp"), default=False)

    class Meta:
        verbose_name = _("avviso al personale")
        verbose_name_plural = _("avvisi al personale")
        ordering: ClassVar = ["staff", "kind"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["staff", "kind"], name="notice_setting_once")
        ]

    def __str__(self) -> str:
        return f"{self.staff}: {self.get_kind_display()}"
