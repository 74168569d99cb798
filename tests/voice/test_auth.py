"""Vapi's three ways to prove itself, on raw bytes."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import pytest
from requests.structures import CaseInsensitiveDict

from voice.auth import Verifier, accepted_ways, webhook_secrets
from voice.checks import vapi_settings

NOW = 1_795_509_667.0
BODY = '{"message": {"type": "hang", "note": "perché"}}'.encode()
OLD, NEW = b"the-secret-before", b"the-secret-after!"


def headers(**values: str) -> Mapping[str, str]:
    return CaseInsensitiveDict({name.replace("_", "-"): value for name, value in values.items()})


def signed(
    body: bytes = BODY,
    *,
    secret: bytes = NEW,
    stamp: str = str(int(NOW)),
    algorithm: str = "sha256",
    encoding: str = "hex",
    prefix: str = "",
) -> Mapping[str, str]:
    digest = hmac.new(secret, stamp.encode() + b"." + body, getattr(hashlib, algorithm)).digest()
    text = {"hex": digest.hex(), "base64": base64.b64encode(digest).decode()}[encoding]
    return headers(x_signature=prefix + text, x_timestamp=stamp)


def verifier(**changes: Any) -> Verifier:
    return Verifier(**{"secrets": (OLD, NEW), **changes})


@pytest.mark.parametrize(
    "given",
    [
        headers(x_vapi_secret=NEW.decode()),
        headers(X_VAPI_SECRET=OLD.decode()),
        headers(authorization=f"Bearer {NEW.decode()}"),
        headers(authorization=f"bearer  {OLD.decode()} "),
        signed(),
        signed(secret=OLD),
        signed(encoding="base64"),
        signed(prefix="sha256="),
        signed(stamp=str(int(NOW * 1000))),
        signed(stamp=str(int(NOW) - 299)),
        signed(stamp=str(int(NOW) + 299)),
        signed(stamp=f"{NOW:.3f}"),
        # Several at once: one that is right is enough, as when a header lags behind a rotation.
        CaseInsensitiveDict({**headers(x_vapi_secret="dropped"), **signed()}),
    ],
    ids=",".join,
)
def test_let_in(given: Mapping[str, str]) -> None:
    assert verifier().problem(BODY, given, now=NOW) is None


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (headers(), "no credential of an accepted kind"),
        (headers(x_vapi_secret=""), "no credential of an accepted kind"),
        (headers(x_vapi_secret="wrong"), "wrong secret"),
        (headers(x_vapi_secret=NEW.decode()[:-1]), "wrong secret"),
        (headers(x_vapi_secret="perché"), "wrong secret"),
        (headers(authorization="Bearer wrong"), "wrong bearer token"),
        (headers(authorization=NEW.decode()), "no credential of an accepted kind"),
        (headers(authorization=f"Basic {NEW.decode()}"), "no credential of an accepted kind"),
        (headers(x_signature="00"), "signature without a timestamp"),
        (headers(x_signature="00", x_timestamp="yesterday"), "signature without a timestamp"),
        (headers(x_signature="00", x_timestamp="nan"), "signature without a timestamp"),
        (headers(x_signature="00", x_timestamp="-1795509667"), "signature without a timestamp"),
        (headers(x_signature="00", x_timestamp=str(int(NOW))), "wrong signature"),
        (headers(x_signature="not hex, not base64!", x_timestamp=str(int(NOW))), "wrong signature"),
        (signed(secret=b"somebody else's"), "wrong signature"),
        (signed(BODY + b" "), "wrong signature"),
        (signed(algorithm="sha1"), "wrong signature"),
        (signed(stamp=str(int(NOW) - 301)), "stale signature"),
        (signed(stamp=str(int(NOW) + 301)), "stale signature"),
        (signed(stamp=str(int((NOW - 301) * 1000))), "stale signature"),
    ],
)
def test_turned_away(given: Mapping[str, str], reason: str) -> None:
    assert verifier().problem(BODY, given, now=NOW) == reason


def test_a_signature_does_not_fit_another_timestamp() -> None:
    moved = CaseInsensitiveDict({**signed(), "x-timestamp": str(int(NOW) + 10)})
    assert verifier().problem(BODY, moved, now=NOW) == "wrong signature"


@pytest.mark.parametrize("algorithm", ["sha256", "sha512", "sha1"])
@pytest.mark.parametrize("encoding", ["hex", "base64"])
def test_algorithms_and_encodings(algorithm: str, encoding: str) -> None:
    given = signed(algorithm=algorithm, encoding=encoding, prefix="v1=")
    assert verifier(algorithm=algorithm, prefix="v1=").problem(BODY, given, now=NOW) is None


def test_headers_can_be_renamed() -> None:
    given = signed()
    renamed = headers(x_hook_sign=given["x-signature"], x_hook_time=given["x-timestamp"])
    ours = verifier(signature_header="X-Hook-Sign", timestamp_header="X-Hook-Time")
    assert ours.problem(BODY, renamed, now=NOW) is None
    assert ours.problem(BODY, given, now=NOW) is not None


@pytest.mark.parametrize(
    ("way", "given"),
    [
        ("secret", headers(x_vapi_secret=NEW.decode())),
        ("bearer", headers(authorization=f"Bearer {NEW.decode()}")),
        ("hmac", signed()),
    ],
)
def test_only_the_chosen_ways(way: str, given: Mapping[str, str]) -> None:
    assert verifier(ways=frozenset({way})).problem(BODY, given, now=NOW) is None
    others = frozenset({"secret", "bearer", "hmac"} - {way})
    assert verifier(ways=others).problem(BODY, given, now=NOW) == "no credential of an accepted kind"


def test_without_a_secret_nobody_gets_in() -> None:
    for given in (headers(x_vapi_secret=""), headers(x_vapi_secret="x"), signed(secret=b"")):
        assert verifier(secrets=()).problem(BODY, given, now=NOW) == "no secret is configured"


def test_an_empty_secret_in_the_environment_is_none(settings: Any) -> None:
    settings.VAPI_WEBHOOK_SECRETS = ["", "  ", "a-real-secret "]
    assert webhook_secrets() == ["a-real-secret"]
    assert Verifier.from_settings().problem(b"", headers(x_vapi_secret=" "), now=NOW) is not None


def test_settings_choose(settings: Any) -> None:
    settings.VAPI_WEBHOOK_SECRETS = [NEW.decode()]
    settings.VAPI_AUTH = [" HMAC "]
    settings.VAPI_HMAC_MAX_AGE = 10
    assert accepted_ways() == ["hmac"]
    assert Verifier.from_settings().problem(BODY, headers(x_vapi_secret=NEW.decode()), now=NOW) is not None
    assert Verifier.from_settings().problem(BODY, signed(stamp=str(int(NOW) - 9)), now=NOW) is None
    assert Verifier.from_settings().problem(BODY, signed(stamp=str(int(NOW) - 11)), now=NOW) is not None


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"VAPI_WEBHOOK_SECRETS": []}, ["voice.W001"]),
        ({"VAPI_WEBHOOK_SECRETS": [""]}, ["voice.W001"]),
        ({"VAPI_WEBHOOK_SECRETS": ["short"]}, ["voice.W003"]),
        ({"VAPI_AUTH": ["password"]}, ["voice.E001"]),
        ({"VAPI_AUTH": []}, ["voice.E002"]),
        ({"VAPI_AUTH": ["hmac"]}, ["voice.W002"]),
        ({"VAPI_AUTH": ["hmac"], "VAPI_CREDENTIAL_ID": "cred"}, []),
        ({"VAPI_HMAC_ALGORITHM": "md5"}, ["voice.E003"]),
        ({"VAPI_HMAC_MAX_AGE": 0}, ["voice.E004"]),
    ],
    ids=str,
)
def test_what_is_missing_is_said_in_words(settings: Any, changes: dict[str, Any], found: list[str]) -> None:
    settings.VAPI_WEBHOOK_SECRETS = ["long-enough-for-a-secret"]
    for name, value in changes.items():
        setattr(settings, name, value)
    messages = vapi_settings()
    assert [message.id for message in messages] == found
    assert all("VAPI_" in message.msg for message in messages)
