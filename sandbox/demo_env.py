"""`demo.env`: the secrets, logins and addresses of a sandbox, as KEY=value lines that a shell can read.

Secrets are made once and kept; addresses are written anew by every run, since ports change. Lines that somebody
adds (OPENAI_API_KEY=…) are kept and reach the programs.
"""

import base64
import os
import secrets
from pathlib import Path

FILE_NAME = "demo.env"
# Easy to read aloud and to type: no 0/o, 1/l.
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
HEADER = """\
# The secrets, logins and addresses of this sandbox. Made once; delete the whole folder to begin anew.
# Lines that you add (such as OPENAI_API_KEY=...) are kept and handed to the programs at the next start.
"""


def path_of(data: Path) -> Path:
    """Where the file of this data folder lies."""
    return data / FILE_NAME


def read(data: Path) -> dict[str, str]:
    """All values of the file; empty when there is none."""
    try:
        lines = path_of(data).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    pairs = (line.strip().removeprefix("export ").partition("=") for line in lines)
    return {
        name.strip(): _unquoted(value) for name, sign, value in pairs if sign and not name.startswith("#")
    }


def ensure(data: Path, addresses: dict[str, str]) -> dict[str, str]:
    """Write the file with secrets that already exist, those that are missing, and these addresses; return it all.

    A secret that is set in the environment when it is first needed is taken from there. Mode 600.
    """
    known = read(data)
    made = {name: os.environ.get(name) or make for name, make in _new_secrets().items()}
    values = made | known | addresses
    text = HEADER + "".join(f"{name}={value}\n" for name, value in values.items())
    if values != known:
        _replace(path_of(data), text)
    return values


def _new_secrets() -> dict[str, str]:
    """Fresh values for everything that the demo needs."""
    return {
        "AROS_ENV": "development",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "VAPI_WEBHOOK_SECRET": secrets.token_urlsafe(32),
        "WHATSAPP_APP_SECRET": secrets.token_hex(16),
        "WHATSAPP_VERIFY_TOKEN": secrets.token_urlsafe(24),
        "WHATSAPP_TOKEN_ROSSI": secrets.token_urlsafe(48),
        "WHATSAPP_TOKEN_BIANCHI": secrets.token_urlsafe(48),
        "OPERATOR_EMAIL": "operatore@aros-voice.example",
        "OPERATOR_PASSWORD": _password(),
        "ROSSI_MANAGER_EMAIL": "anna.rossi@officina-rossi.example",
        "ROSSI_MANAGER_PASSWORD": _password(),
        "BIANCHI_MANAGER_EMAIL": "bruno.bianchi@carrozzeria-bianchi.example",
        "BIANCHI_MANAGER_PASSWORD": _password(),
        "AROS_OWNER_PASSWORD": secrets.token_urlsafe(24),
        "AROS_APP_PASSWORD": secrets.token_urlsafe(24),
        "VALKEY_PASSWORD": secrets.token_urlsafe(24),
    }


def _password() -> str:
    groups = ("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))
    return "-".join(groups)


def _unquoted(value: str) -> str:
    value = value.strip()
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value


def _replace(path: Path, text: str) -> None:
    """Write the file whole or not at all, readable by its owner only."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
