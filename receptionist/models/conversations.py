"""Conversations on any channel, what was said in them, and the tools the model called."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shops.phones import PhoneField


class Channel(models.TextChoices):
    """Where people reach the shop."""

    VOICE = "voice", _("Telefono")
    WHATSAPP = "whatsapp", _("WhatsApp")
    WEB = "web", _("Sito")


class ConversationStatus(models.TextChoices):
    """Where a conversation stands. It starts active and never goes back to it."""

    ACTIVE = "active", _("In corso")
    COMPLETED = "completed", _("Conclusa")
    TRANSFERRED = "transferred", _("Passata a una persona")
    FAILED = "failed", _("Non riuscita")


class MessageRole(models.TextChoices):
    """Who said a message."""

    CUSTOMER = "customer", _("Cliente")
    ASSISTANT = "assistant", _("Assistente")
    STAFF = "staff", _("Officina")
    SYSTEM = "system", _("Sistema")


class Conversation(models.Model):
    """One call, or one chat until it ends.

    `external_id` is the channel's own id (for a call, Vapi's `call.id`): it makes every event of the
    conversation idempotent. `phone_number` is what the signed envelope named (E.164), empty when it was
    withheld; `caller_verified` says that the number came that way, never from what was said. `customer` is
    the verified caller, or the new customer this conversation created. `cost` is what the provider charged,
    in US dollars. `disclosure` is the sentence in which the AI said that it is one, at `disclosed_at`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    customer = models.ForeignKey(
        "scheduling.Customer",
        verbose_name=_("cliente"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="conversations",
    )
    channel = models.CharField(_("canale"), max_length=10, choices=Channel)
    external_id = models.CharField(_("identificativo esterno"), max_length=200)
    phone_number = PhoneField(_("numero"), blank=True, default="")
    caller_verified = models.BooleanField(_("numero verificato"), default=False)
    status = models.CharField(
        _("stato"), max_length=12, choices=ConversationStatus, default=ConversationStatus.ACTIVE
    )
    language = models.CharField(_("lingua"), max_length=8, default="it")
    summary = models.TextField(_("riassunto"), blank=True, default="")
    started_at = models.DateTimeField(_("inizio"), default=timezone.now)
    ended_at = models.DateTimeField(_("fine"), null=True, blank=True)
    ended_reason = models.CharField(_("motivo della fine"), max_length=200, blank=True, default="")
    cost = models.DecimalField(_("costo ($)"), max_digits=10, decimal_places=4, null=True, blank=True)
    disclosed_at = models.DateTimeField(_("IA dichiarata il"), null=True, blank=True)
    disclosure = models.TextField(_("frase detta"), blank=True, default="")
    created_at = models.DateTimeField(_("registrata il"), auto_now_add=True)

    class Meta:
        verbose_name = _("conversazione")
        verbose_name_plural = _("conversazioni")
        ordering: ClassVar = ["-started_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["channel", "external_id"], name="conversation_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-started_at"], name="conversation_latest"),
            models.Index(fields=["status", "-started_at"], name="conversation_by_status"),
        ]

    def __str__(self) -> str:
        who = str(self.customer) if self.customer_id and self.customer else self.phone_number
        return who or str(_("Numero nascosto"))

    @property
    def is_over(self) -> bool:
        """Whether the end of the conversation was reported."""
        return self.ended_at is not None


class ConversationMessage(models.Model):
    """One thing that was said or written. `external_id` is empty where the channel names none."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(
        Conversation, verbose_name=_("conversazione"), on_delete=models.CASCADE, related_name="messages"
    )
    role = models.CharField(_("chi"), max_length=10, choices=MessageRole)
    text = models.TextField(_("testo"))
    external_id = models.CharField(_("identificativo esterno"), max_length=200, blank=True, default="")
    sent_at = models.DateTimeField(_("quando"), default=timezone.now)
    position = models.PositiveIntegerField(_("posizione"), default=0)

    class Meta:
        verbose_name = _("messaggio")
        verbose_name_plural = _("messaggi")
        ordering: ClassVar = ["position", "sent_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conversation", "external_id"],
                condition=~models.Q(external_id=""),
                name="message_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["conversation", "position", "sent_at"], name="message_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.text[:60]}"


class ToolCall(models.Model):
    """One call of a tool by the model, with the words it got back.

    `(conversation, call_id)` is unique: the row is claimed before the tool runs and committed together with
    what the tool did, so a repeated id is answered from here. `appointment_id` points at the appointment it
    made or changed (no foreign key: a history outlives what it speaks of).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(
        Conversation, verbose_name=_("conversazione"), on_delete=models.CASCADE, related_name="tool_calls"
    )
    call_id = models.CharField(_("identificativo"), max_length=200)
    name = models.CharField(_("strumento"), max_length=80)
    arguments = models.JSONField(_("richiesta"), default=dict)
    result = models.TextField(_("risposta"), blank=True, default="")
    ok = models.BooleanField(_("riuscito"), null=True)
    duration_ms = models.PositiveIntegerField(_("durata (ms)"), default=0)
    appointment_id = models.UUIDField(_("appuntamento"), null=True, blank=True, db_index=True)
    created_at = models.DateTimeField(_("quando"), default=timezone.now)

    class Meta:
        verbose_name = _("strumento usato")
        verbose_name_plural = _("strumenti usati")
        ordering: ClassVar = ["created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["conversation", "call_id"], name="tool_call_once"),
        ]

    def __str__(self) -> str:
        return self.name
