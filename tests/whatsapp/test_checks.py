"""What is missing in WhatsApp's settings is told by `manage.py check`."""

from typing import Any

import pytest

from whatsapp.checks import whatsapp_settings, whatsapp_verify_token


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, []),
        ({"WHATSAPP_APP_SECRETS": []}, ["whatsapp.W001"]),
        ({"WHATSAPP_APP_SECRETS": [""]}, ["whatsapp.W001"]),
        ({"WHATSAPP_APP_SECRETS": ["short"]}, ["whatsapp.W002"]),
        ({"WHATSAPP_API_URL": "graph.facebook.com"}, ["whatsapp.E001"]),
        ({"WHATSAPP_API_URL": "http://graph.facebook.com", "PRODUCTION": True}, ["whatsapp.E002"]),
        ({"WHATSAPP_TIMEOUT": 0}, ["whatsapp.E003"]),
        ({"WHATSAPP_MEDIA_MAX_BYTES": -1}, ["whatsapp.E003"]),
    ],
    ids=str,
)
def test_settings(settings: Any, values: dict[str, Any], expected: list[str]) -> None:
    good = {
        "WHATSAPP_APP_SECRETS": ["a secret that is long enough"],
        "WHATSAPP_API_URL": "https://graph.facebook.com",
    }
    for name, value in (good | values).items():
        setattr(settings, name, value)
    found = whatsapp_settings()
    assert [each.id for each in found] == expected
    assert "a secret that is long enough" not in str(found)


def test_the_verify_token(settings: Any) -> None:
    settings.WHATSAPP_VERIFY_TOKEN = "agreed"
    assert whatsapp_verify_token() == []
    settings.WHATSAPP_VERIFY_TOKEN = ""
    assert [each.id for each in whatsapp_verify_token()] == ["whatsapp.W003"]
