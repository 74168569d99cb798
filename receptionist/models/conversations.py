"""Conversations on any channel, what was said in them, and the tools the model called."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shops.phones import PhoneField


class Channel(models.TextChoices):
    """Where people reach the shop."""

    VOICE = "voice", _("Telefono")
    WHATSAPP = "whatsapp", _("WhatsApp")
    WEB = "web", _("Sito")


class ConversationStatus(models.TextChoices):
    """Where a conversation stands. A call never goes back to active; a chat does when staff give it back."""

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


class MessageKind(models.TextChoices):
    """What a message is made of."""

    TEXT = "text", _("Testo")
    AUDIO = "audio", _("Messaggio vocale")
    IMAGE = "image", _("Immagine")
    VIDEO = "video", _("Video")
    DOCUMENT = "document", _("Documento")
    STICKER = "sticker", _("Adesivo")
    LOCATION = "location", _("Posizione")
    CONTACTS = "contacts", _("Contatti")
    BUTTON = "button", _("Pulsante")
    INTERACTIVE = "interactive", _("Scelta")
    REACTION = "reaction", _("Reazione")
    ORDER = "order", _("Ordine")
    SYSTEM = "system", _("Avviso")
    UNSUPPORTED = "unsupported", _("Non leggibile")


class Conversation(models.Model):
    """One call, or one chat until it ends.

    `external_id` is the channel's own id (for a call, Vapi's `call.id`; for a chat the id of its first message):
    it makes every event of the conversation idempotent. A chat also knows its `contact`, the person as the channel
    names them (E.164, or WhatsApp's business-scoped id), and its `line`, the shop's number they wrote to; a person
    has one open chat on a channel. `phone_number` is what the signed envelope named (E.164), empty when it was
    withheld; `caller_verified` says that the number came that way, never from what was said. `customer` is
    the verified caller, or the new customer this conversation created. `cost` is what the provider charged,
    in US dollars. `disclosure` is the sentence in which the AI said that it is one, at `disclosed_at`.

    Who answers a chat holds its lease (`lease_holder` until `lease_until`). `turn_id` names the turn that is being
    answered until its answer is stored, so that a turn that is run again goes on where it was. While the status is
    transferred the assistant is silent until `silent_until` (None: until staff give the chat back), and `held_by` is
    who of the shop has it, if that is known. `active_at`: when somebody last called, wrote or answered as a person.
    `settled_at`: when somebody of the shop last said that it is done; what went wrong before needs nobody any more.
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
    contact = models.CharField(_("scrive"), max_length=200, blank=True, default="")
    line = models.CharField(_("linea"), max_length=100, blank=True, default="")
    last_customer_at = models.DateTimeField(_("ultimo messaggio del cliente"), null=True, blank=True)
    handed_over_at = models.DateTimeField(_("passata il"), null=True, blank=True)
    silent_until = models.DateTimeField(_("assistente in silenzio fino a"), null=True, blank=True)
    # Who inserts without the ORM need not name it.
    active_at = models.DateTimeField(_("ultima attività"), default=timezone.now, db_default=Now())
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("la segue"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    settled_at = models.DateTimeField(_("segnata come fatta il"), null=True, blank=True)
    failed_turns = models.PositiveSmallIntegerField(_("risposte non riuscite"), default=0)
    guided = models.JSONField(_("passo della procedura guidata"), default=dict, blank=True)
    turn_id = models.UUIDField(null=True, blank=True, editable=False)
    # What the assistant is writing at this moment, for channels that show it; empty once it is a message.
    draft = models.TextField(blank=True, default="", db_default="", editable=False)
    # The caller does not want to be recorded: nothing that was is kept. And until when was recorded at most (a transfer).
    recording_refused_at = models.DateTimeField(
        _("registrazione rifiutata il"), null=True, blank=True, editable=False
    )
    recorded_until = models.DateTimeField(_("registrata fino alle"), null=True, blank=True, editable=False)
    # Since when the words are gone (receptionist.retention); the row stays as a figure.
    purged_at = models.DateTimeField(_("testo cancellato il"), null=True, blank=True, editable=False)
    lease_holder = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("registrata il"), auto_now_add=True)

    turn_is_new = False
    """In memory alone: the turn was named just now, so nothing can have been done in it."""

    class Meta:
        verbose_name = _("conversazione")
        verbose_name_plural = _("conversazioni")
        ordering: ClassVar = ["-started_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["channel", "external_id"], name="conversation_once"),
            models.UniqueConstraint(
                fields=["contact", "channel"],
                condition=models.Q(ended_at__isnull=True) & ~models.Q(contact=""),
                name="conversation_open_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-started_at"], name="conversation_latest"),
            models.Index(fields=["-active_at", "-id"], name="conversation_by_activity"),
            models.Index(fields=["status", "-started_at"], name="conversation_by_status"),
            # Every night: whose words are still there, the oldest first, without all the years before.
            models.Index(
                fields=["active_at"],
                condition=models.Q(purged_at__isnull=True),
                name="conversation_with_words",
            ),
            # When did this person last write? Asked before every message that goes out.
            models.Index(
                fields=["channel", "contact", "last_customer_at"],
                condition=~models.Q(contact=""),
                name="conversation_of_contact",
            ),
        ]

    def __str__(self) -> str:
        who = str(self.customer) if self.customer_id and self.customer else self.phone_number
        if not who and self.channel == Channel.WEB:
            return str(_("Visitatore del sito"))
        return who or str(_("Numero nascosto"))

    @property
    def is_over(self) -> bool:
        """Whether the end of the conversation was reported."""
        return self.ended_at is not None


class ConversationMessage(models.Model):
    """One thing that was said or written.

    `external_id` is its id within the conversation, empty where there is none; `wire_id` the channel's own id, which
    no other message of the shop has (WhatsApp's wamid). `payload` is what a message holds besides words: the id of a
    tap, a reaction's emoji and message, a place, contacts. What a customer wrote is still to be answered while
    `answered_at` is empty, and cannot be answered before it `is_ready` (a voice note that is being written down).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(
        Conversation, verbose_name=_("conversazione"), on_delete=models.CASCADE, related_name="messages"
    )
    role = models.CharField(_("chi"), max_length=10, choices=MessageRole)
    kind = models.CharField(_("tipo"), max_length=12, choices=MessageKind, default=MessageKind.TEXT)
    text = models.TextField(_("testo"), blank=True)
    payload = models.JSONField(_("contenuto"), default=dict, blank=True)
    external_id = models.CharField(_("identificativo esterno"), max_length=200, blank=True, default="")
    wire_id = models.CharField(
        _("identificativo del canale"), max_length=200, null=True, blank=True, unique=True
    )
    sent_at = models.DateTimeField(_("quando"), default=timezone.now)
    received_at = models.DateTimeField(_("ricevuto il"), default=timezone.now)
    is_ready = models.BooleanField(default=True, editable=False)
    answered_at = models.DateTimeField(_("risposto il"), null=True, blank=True)
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
            models.Index(
                fields=["received_at"],
                condition=models.Q(role="customer", answered_at__isnull=True, wire_id__isnull=False),
                name="message_to_answer",
            ),
            # Voice notes that nobody has written down yet: asked for by every sweep, and nearly none.
            models.Index(fields=["received_at"], condition=models.Q(is_ready=False), name="message_to_hear"),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.text[:60]}"


class ToolCall(models.Model):
    """One call of a tool by the model, with the words it got back.

    `(conversation, call_id)` is unique: the row is claimed before the tool runs and committed together with
    what the tool did, so a repeated id is answered from here. `turn_id` and `round` are the place of the call in the
    turn of a chat, so that a turn which is run again tells the model what was done. `appointment_id` points at the
    appointment it made or changed (no foreign key: a history outlives what it speaks of).
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
    turn_id = models.UUIDField(null=True, blank=True, editable=False)
    round = models.PositiveSmallIntegerField(default=0, editable=False)
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
