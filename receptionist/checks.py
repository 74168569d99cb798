"""What is missing in the mail settings, in words."""

from typing import Any

from django.conf import settings
from django.core import checks


@checks.register(deploy=True)
def mail_settings(**_kwargs: Any) -> list[checks.CheckMessage]:
    """Whether notices can reach anybody by e-mail."""
    faults: list[checks.CheckMessage] = []
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        faults.append(
            checks.Warning(
                "EMAIL_URL non indica un server di posta: gli avvisi per e-mail non arrivano a nessuno.",
                hint="EMAIL_URL=smtp+tls://utente:password@server:587, poi manage.py mail_check --to …",
                id="receptionist.W001",
            )
        )
    if settings.DEFAULT_FROM_EMAIL.rstrip(">").endswith("@localhost"):
        faults.append(
            checks.Warning(
                "DEFAULT_FROM_EMAIL non è impostato: i server rifiutano un mittente @localhost.",
                hint="Per esempio: AROS-Voice <avvisi@vostro-dominio.it>.",
                id="receptionist.W002",
            )
        )
    return faults
