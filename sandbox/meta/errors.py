"""Meta's errors: codes with their titles and HTTP statuses, and the JSON shape of an answer that refuses."""

import secrets
from dataclasses import dataclass
from typing import Any

HREF = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"

# code: (HTTP status, title), as the page above lists them.
CODES: dict[int, tuple[int, str]] = {
    0: (401, "AuthException"),
    1: (500, "API Unknown"),
    2: (503, "API Service"),
    4: (400, "API Too Many Calls"),
    10: (403, "Permission Denied"),
    33: (400, "Parameter value is not valid"),
    100: (400, "Invalid parameter"),
    190: (401, "Access token has expired"),
    200: (403, "API Permission"),
    368: (403, "Temporarily blocked for policies violations"),
    80007: (400, "Rate limit issues"),
    130429: (429, "Rate limit hit"),
    130472: (400, "User's number is part of an experiment"),
    130497: (403, "Business account is restricted from messaging users in this country"),
    131000: (500, "Something went wrong"),
    131005: (403, "Access denied"),
    131008: (400, "Required parameter is missing"),
    131009: (400, "Parameter value is not valid"),
    131016: (500, "Service unavailable"),
    131021: (400, "Recipient cannot be sender"),
    131026: (400, "Message undeliverable"),
    131031: (403, "Account has been locked"),
    131042: (400, "Business eligibility payment issue"),
    131045: (500, "Incorrect certificate"),
    131047: (400, "Re-engagement message"),
    131048: (400, "Spam rate limit hit"),
    131049: (400, "Meta chose not to deliver"),
    131050: (400, "User has stopped marketing messages"),
    131051: (400, "Unsupported message type"),
    131052: (400, "Media download error"),
    131053: (400, "Media upload error"),
    131056: (400, "(Business Account, Consumer Account) pair rate limit hit"),
    131057: (500, "Account in maintenance mode"),
    132000: (400, "Template Param Count Mismatch"),
    132001: (404, "Template does not Exist"),
    132005: (400, "Template Hydrated Text Too Long"),
    132007: (400, "Template Format Character Policy Violated"),
    132012: (400, "Template Parameter Format Mismatch"),
    132015: (400, "Template is Paused"),
    132016: (400, "Template is Disabled"),
    133004: (503, "Server Temporarily Unavailable"),
    133010: (400, "Phone number Not Registered"),
}


@dataclass
class GraphError(Exception):
    """A request that Meta refuses. `details` says what is wrong; `status` overrides the code's own HTTP status."""

    code: int
    details: str
    status: int = 0

    @property
    def http_status(self) -> int:
        """The HTTP status of the answer."""
        return self.status or CODES.get(self.code, (400, ""))[0]

    @property
    def title(self) -> str:
        """The code's own words."""
        return CODES.get(self.code, (400, "Unknown error"))[1]

    def answer(self) -> dict[str, Any]:
        """The JSON of the answer."""
        return {
            "error": {
                "message": f"(#{self.code}) {self.title}",
                "type": "OAuthException",
                "code": self.code,
                "error_data": {"messaging_product": "whatsapp", "details": self.details},
                "fbtrace_id": secrets.token_urlsafe(16),
            }
        }

    def in_webhook(self) -> dict[str, Any]:
        """The same error as a status or a message carries it."""
        return {
            "code": self.code,
            "title": self.title,
            "message": self.title,
            "error_data": {"details": self.details},
            "href": HREF,
        }


def missing(name: str) -> GraphError:
    """131008: a parameter that has to be there."""
    return GraphError(131008, f"The parameter {name} is required.")


def bad_value(details: str) -> GraphError:
    """131009: a value that may not be."""
    return GraphError(131009, details)


def invalid(details: str) -> GraphError:
    """100: a parameter of the wrong kind, or an object that does not exist."""
    return GraphError(100, details)
