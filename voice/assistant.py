"""The assistant that a shop presents: what assistant-request is answered with.

Only keys that Vapi's current schema knows (OpenAPI description, CreateAssistantDTO, 2026-08): one unknown
key and the caller hears nothing. Vapi speaks English where it is not told otherwise, so every text is given
here, and its own formatter of numbers is off: dates, times, prices and plates are spelled in Italian before
they leave us.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from receptionist.models import AIConfig
from receptionist.recording import is_announced
from shops.models import Shop
from voice.server import server

MAX_NAME = 40
MAX_KEYTERMS = 90
SHORTEST_CALL, LONGEST_CALL = 10, 43_200  # seconds, Vapi's limits
TOOL_TIMEOUT = 10  # seconds
SERVER_MESSAGES = (
    "tool-calls",
    "transfer-destination-request",
    "status-update",
    "end-of-call-report",
    "hang",
)
# The voice models that accept a language; the others refuse the call when they are given one.
VOICES_WITH_LANGUAGE = ("eleven_turbo_v2_5", "eleven_flash_v2_5")
MAKES = (
    "Fiat", "Panda", "Alfa Romeo", "Lancia", "Ypsilon", "Jeep", "Abarth", "Maserati", "Ferrari", "Iveco",
    "Piaggio", "Volkswagen", "Golf", "Audi", "Seat", "Cupra", "Škoda", "BMW", "Mini", "Mercedes", "Smart",
    "Opel", "Ford", "Fiesta", "Renault", "Clio", "Dacia", "Sandero", "Duster", "Peugeot", "Citroën",
    "Toyota", "Yaris", "Nissan", "Qashqai", "Honda", "Mazda", "Suzuki", "Hyundai", "Kia", "Volvo",
    "Land Rover", "Porsche", "Tesla", "MG", "BYD",
)  # fmt: skip
WORDS = ("targa", "libretto", "tagliando", "revisione", "officina", "gommista", "carro attrezzi")


# What is said while a tool runs.
ONE_MOMENT = gettext_noop("Un attimo, controllo.")
STARTS = {
    "check_availability": gettext_noop("Un attimo, guardo l'agenda."),
    "book_appointment": gettext_noop("Un attimo, lo segno."),
    "reschedule_appointment": gettext_noop("Un attimo, lo sposto."),
    "cancel_appointment": gettext_noop("Un attimo."),
    "register_vehicle": gettext_noop("Un attimo, segno la targa."),
    "vehicle_status": gettext_noop("Un attimo, guardo a che punto è."),
    "request_human": gettext_noop("Un attimo, avviso un collega."),
}


def build(
    *,
    shop: Shop,
    config: AIConfig,
    conversation_id: str,
    first_message: str,
    prompt: str,
    tools: Iterable[Mapping[str, Any]],
    service_words: Iterable[str] = (),
) -> dict[str, Any]:
    """The transient assistant for one call. Asks nothing of the database.

    `tools` are function definitions as OpenAI takes them; `service_words` are what the shop's services are
    called, for the transcriber to expect.
    """
    only_italian = list(config.languages) in ([], ["it"])
    return {
        "name": shop.name[:MAX_NAME],
        "firstMessage": first_message,
        "transcriber": _transcriber(config, shop, service_words, only_italian=only_italian),
        "voice": _voice(config, only_italian=only_italian),
        "model": {
            "provider": "openai",
            "model": config.llm_model,
            "temperature": float(config.temperature),
            "messages": [{"role": "system", "content": prompt}],
            "tools": [*(_tool(each) for each in tools), *_call_tools()],
        },
        "serverMessages": list(SERVER_MESSAGES),
        "server": server(timeout_seconds=20, come_again=True),
        "maxDurationSeconds": min(max(config.max_call_seconds, SHORTEST_CALL), LONGEST_CALL),
        # A machine that calls us is no voicemail of ours; should Vapi take it for one, the words are Italian.
        "voicemailDetection": "off",
        "voicemailMessage": _("Buongiorno da %(shop)s. Richiameremo più tardi.") % {"shop": shop.name},
        "artifactPlan": _artifact_plan(recorded=config.recording_enabled and is_announced(first_message)),
        "analysisPlan": _analysis_plan(),
        "metadata": {"shop": str(shop.pk), "conversation": conversation_id},
    }


def _artifact_plan(*, recorded: bool) -> dict[str, Any]:
    """What Vapi keeps. Recording is a matter of the whole call there, so it is on only where the first message says so.

    WAV, because it can be cut where the call was passed on; no capture of the packets, which would hold the voices too.
    """
    return {"recordingEnabled": recorded, "recordingFormat": "wav;l16", "pcapEnabled": False}


def _transcriber(
    config: AIConfig, shop: Shop, service_words: Iterable[str], *, only_italian: bool
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "provider": "deepgram",
        "model": config.transcriber_model,
        "language": "it" if only_italian else "multi",
        "numerals": True,
    }
    if config.transcriber_model.startswith("nova-3"):  # the only family that takes key terms
        terms = dict.fromkeys([shop.name, *WORDS, *service_words, *MAKES])
        found["keyterm"] = [term for term in terms if term][:MAX_KEYTERMS]
    return found


def _voice(config: AIConfig, *, only_italian: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "provider": "11labs",
        "voiceId": config.voice_id,
        "model": config.voice_model,
        "chunkPlan": {"enabled": True, "formatPlan": {"enabled": False}},
    }
    if only_italian and config.voice_model in VOICES_WITH_LANGUAGE:
        found["language"] = "it"
    return found


def _tool(definition: Mapping[str, Any]) -> dict[str, Any]:
    """A tool of ours, with what is said while it runs."""
    function = definition["function"]
    return {
        "type": "function",
        "function": function,
        "server": server(timeout_seconds=TOOL_TIMEOUT),
        "messages": [
            {"type": "request-start", "content": _(STARTS.get(function["name"], ONE_MOMENT))},
            {
                "type": "request-response-delayed",
                "timingMilliseconds": 4000,
                "content": _("Ancora un momento, ci sto mettendo più del solito."),
            },
        ],
    }


def _call_tools() -> list[dict[str, Any]]:
    """Vapi's own tools. Without destinations a transfer asks us where to, so that the shop's hours decide."""
    transfer = _("Le passo subito un collega, resti in linea.")
    return [
        {"type": "transferCall", "messages": [{"type": "request-start", "content": transfer}]},
        {"type": "endCall"},
    ]


def _analysis_plan() -> dict[str, Any]:
    instructions = _(
        "Riassumi in italiano, in due o tre frasi, la telefonata a un'officina: chi ha chiamato, per quale "
        "auto, che cosa voleva, che cosa si è concluso e che cosa resta da fare. Solo il riassunto."
    )
    transcript = _("La trascrizione:\n\n{{transcript}}\n\nPerché è finita: {{endedReason}}")
    return {
        "summaryPlan": {
            "enabled": True,
            "timeoutSeconds": 20,
            "messages": [
                {"role": "system", "content": instructions},
                {"role": "user", "content": transcript},
            ],
        },
        "structuredDataPlan": {"enabled": False},
        "successEvaluationPlan": {"enabled": False},
    }
