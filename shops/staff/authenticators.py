"""The second factor of a person: the app on their phone that shows a code of six digits (TOTP, RFC 6238), and codes on
paper for the day on which the phone is gone."""

import time
from base64 import b32decode, b32encode
from datetime import timedelta
from secrets import token_bytes
from typing import ClassVar
from urllib.parse import quote

from django.db import models
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device, DeviceManager
from django_otp.oath import TOTP

from shops.crypto import EncryptedTextField

STEP, DIGITS, DRIFT = 30, 6, 1  # seconds, digits, and how many steps a phone's clock may be wrong
RECOVERY_CODES = 10
LONGEST_PAUSE = 300  # seconds: who knows a password must not lock its owner out for long


class Authenticator(Device):
    """One person's app. The secret is encrypted at rest, of the codes on paper only a keyed digest is kept.

    Verify it locked (`select_for_update`): a code is good once, and every wrong one doubles the pause.
    """

    secret = EncryptedTextField(editable=False)
    last_step = models.BigIntegerField(default=-1, editable=False)
    recovery = models.JSONField(default=list, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)
    failed_at = models.DateTimeField(null=True, editable=False)

    objects = DeviceManager()

    class Meta:
        verbose_name = _("secondo fattore")
        verbose_name_plural = _("secondi fattori")
        constraints: ClassVar = [models.UniqueConstraint(fields=["user"], name="authenticator_one_a_person")]

    @staticmethod
    def new_secret() -> str:
        """160 random bits, as apps take them (base 32)."""
        return b32encode(token_bytes(20)).decode()

    def address(self, issuer: str) -> str:
        """What the QR code says (otpauth://, Google's key URI format). `issuer` is shown in the app."""
        label = f"{issuer.replace(':', ' ')}:{self.user.get_username()}"
        return f"otpauth://totp/{quote(label)}?secret={self.secret}&issuer={quote(issuer.replace(':', ' '))}"

    @property
    def mark(self) -> str:
        """By which a session knows the secret that it was shown, without keeping it."""
        digest: str = salted_hmac("shops.staff.set_up", self.secret, algorithm="sha256").hexdigest()[:32]
        return digest

    def is_marked(self, mark: str) -> bool:
        """Whether the mark is of the secret that there is."""
        return constant_time_compare(mark, self.mark)

    def pause(self) -> int:
        """Seconds until a code may be tried again; 0 when at once."""
        if not self.failures or self.failed_at is None:
            return 0
        wait = timedelta(seconds=min(2 ** min(self.failures - 1, 20), LONGEST_PAUSE))
        return max(0, round((self.failed_at + wait - timezone.now()).total_seconds() + 0.5))

    def verify_token(self, token: str) -> bool:
        """Whether the code is right, and was not used before. During a pause none is.

        Side effects: the step or the code on paper is used up, or the failure is counted.
        """
        if self.pause():
            return False
        if self._is_shown_now(token) or self._is_on_paper(token):
            self.failures, self.failed_at = 0, None
        else:
            self.failures, self.failed_at = self.failures + 1, timezone.now()
        self.save(update_fields=["last_step", "recovery", "failures", "failed_at"])
        return self.failures == 0

    def _is_shown_now(self, token: str) -> bool:
        if not (token.isascii() and token.isdigit() and len(token) == DIGITS):
            return False
        now = TOTP(self._key, step=STEP, digits=DIGITS)
        now.time = time.time()
        found = bool(now.verify(int(token), tolerance=DRIFT, min_t=self.last_step + 1))
        if found:
            self.last_step = now.t()
        return found

    def _is_on_paper(self, token: str) -> bool:
        digest = self._digest(token)
        if digest not in self.recovery:
            return False
        self.recovery = [each for each in self.recovery if each != digest]
        return True

    @property
    def _key(self) -> bytes:
        return b32decode(self.secret)

    def new_recovery_codes(self) -> list[str]:
        """Ten new codes, in place of the old ones; shown once, and saved as digests."""
        codes = [_readable(token_bytes(7)) for _each in range(RECOVERY_CODES)]
        self.recovery = [self._digest(code) for code in codes]
        self.save(update_fields=["recovery"])
        return codes

    def _digest(self, code: str) -> str:
        plain = "".join(each for each in code.upper() if each.isalnum())
        return salted_hmac(f"shops.staff.recovery{self.user_id}", plain, algorithm="sha256").hexdigest()[:40]


def _readable(raw: bytes) -> str:
    """Ten letters and digits in two groups, without those that are mistaken for others (base 32 has no 0, 1, 8)."""
    text = b32encode(raw).decode()[:10]
    return f"{text[:5]}-{text[5:]}"
