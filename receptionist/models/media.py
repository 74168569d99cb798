"""Files that belong to a conversation: recordings, and later voice notes and photographs."""

import uuid
from pathlib import PurePosixPath
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from receptionist.models.conversations import Conversation


class MediaKind(models.TextChoices):
    """What the file is."""

    RECORDING = "recording", _("Registrazione")
    AUDIO = "audio", _("Messaggio vocale")
    IMAGE = "image", _("Immagine")
    VIDEO = "video", _("Video")
    DOCUMENT = "document", _("Documento")
    STICKER = "sticker", _("Adesivo")


class MediaState(models.TextChoices):
    """How far the fetching is."""

    PENDING = "pending", _("Da scaricare")
    STORED = "stored", _("Conservato")
    FAILED = "failed", _("Non scaricato")
    PURGED = "purged", _("Cancellato")


def media_path(media: "Media", filename: str) -> str:
    """Where a file lives in the shop's folder: under its own id, never under what the sender named it."""
    return f"{media.kind}/{media.id}{PurePosixPath(filename).suffix.lower()[:10]}"


class Media(models.Model):
    """A file of a conversation. `source_url` can be fetched until `link_expires_at`, if that is known.

    What came with a message has that `message`, the channel's id of the file in `external_id`, and the caption and
    the name that the sender gave it. `state` purged: its retention period is over and the file is gone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(
        Conversation, verbose_name=_("conversazione"), on_delete=models.CASCADE, related_name="media"
    )
    kind = models.CharField(_("tipo"), max_length=10, choices=MediaKind)
    message = models.ForeignKey(
        "receptionist.ConversationMessage",
        verbose_name=_("messaggio"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="media",
    )
    external_id = models.CharField(_("identificativo esterno"), max_length=200, blank=True, default="")
    caption = models.TextField(_("didascalia"), blank=True, default="")
    filename = models.CharField(_("nome del file"), max_length=255, blank=True, default="")
    source_url = models.TextField(_("indirizzo d'origine"), blank=True, default="")
    file = models.FileField(_("file"), upload_to=media_path, max_length=255, blank=True, default="")
    content_type = models.CharField(_("formato"), max_length=100, blank=True, default="")
    sha256 = models.CharField(_("impronta"), max_length=64, blank=True, default="")
    size = models.PositiveBigIntegerField(_("byte"), default=0)
    state = models.CharField(_("stato"), max_length=10, choices=MediaState, default=MediaState.PENDING)
    attempts = models.PositiveSmallIntegerField(_("tentativi"), default=0)
    error = models.CharField(_("errore"), max_length=300, blank=True, default="")
    link_expires_at = models.DateTimeField(_("link valido fino a"), null=True, blank=True)
    stored_at = models.DateTimeField(_("scaricato il"), null=True, blank=True)
    created_at = models.DateTimeField(_("registrato il"), default=timezone.now)

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("file")
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            # A call has one recording, however often and with whatever link its report comes.
            models.UniqueConstraint(
                fields=["conversation"], condition=models.Q(kind="recording"), name="media_one_recording"
            ),
            # A message has each of its files once, however often it is delivered.
            models.UniqueConstraint(
                fields=["message", "external_id"],
                condition=models.Q(message__isnull=False),
                name="media_once_per_message",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "created_at"], name="media_to_fetch")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.created_at:%d/%m/%Y}"
