"""The Graph API over HTTP: which address does what, who may ask, and how Meta answers."""

import re
import secrets
import time
from typing import Any
from urllib.parse import urlencode

from sandbox.httpd import HANG_UP, BadRequest, Reply, Request, as_json, multipart
from sandbox.meta import rules, templates
from sandbox.meta.errors import GraphError, invalid, missing
from sandbox.meta.state import File, Line, Sent
from sandbox.meta.world import TICKET_SECONDS, World

VERSION = re.compile(r"/v\d+\.\d+(/.*)")
ATTACHMENTS = "/whatsapp_business/attachments/"
APP_ID = "100000000000001"
# What Meta takes for each kind of media, and the largest size in bytes.
MEDIA_TYPES: dict[str, int] = {
    **dict.fromkeys(("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"), 16 << 20),
    **dict.fromkeys(("image/jpeg", "image/png"), 5 << 20),
    **dict.fromkeys(("video/mp4", "video/3gpp"), 16 << 20),
    "image/webp": 500 << 10,
}
DOCUMENT_BYTES = 100 << 20
Json = dict[str, Any]


class GraphApi:
    """Answers what the Graph API would, over a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.url = ""  # of this server, for the addresses of media

    def answer(self, request: Request) -> Reply | None:
        """The answer, or None when the address is none of the Graph API's. Faults are applied here."""
        if request.path == ATTACHMENTS or request.path == ATTACHMENTS.rstrip("/"):
            return self._download(request)
        if not (versioned := VERSION.fullmatch(request.path)):
            return None
        line, reply = self._line_in(versioned[1]), HANG_UP
        if not self.world.faults.drops(line):
            reply = self._served(request, versioned[1].strip("/").split("/"))
            time.sleep(self.world.faults.seconds())
        return reply

    def _line_in(self, path: str) -> str:
        return path.strip("/").split("/")[0]

    def _served(self, request: Request, path: list[str]) -> Reply:
        try:
            return self._route(request, path)
        except GraphError as error:
            return as_json(error.answer(), error.http_status)
        except BadRequest as error:
            return as_json(invalid(str(error)).answer(), 400)

    def _route(self, request: Request, path: list[str]) -> Reply:
        mine = self._lines_of(request)
        world, first, rest = self.world, path[0], path[1:]
        if first in ("debug_token", "me") and not rest:
            return as_json(
                self._token(request, mine) if first == "debug_token" else {"id": APP_ID, "name": "AROS"}
            )
        if first in {line.phone_number_id for line in mine}:
            return self._line(request, world.lines[first], rest)
        accounts = {line.waba_id for line in mine}
        if first in accounts:
            return self._account(request, first, [line for line in mine if line.waba_id == first], rest)
        file = world.files.get(first)
        if file and not rest and file.line in {line.phone_number_id for line in mine}:
            return self._file(request, file)
        for account in accounts:
            for template in world.templates.get(account, []):
                if template["id"] == first and not rest:
                    return self._template(request, template)
        raise GraphError(
            100,
            f"Unsupported {request.method.lower()} request. Object with ID '{first}' does not exist, cannot be loaded "
            "due to missing permissions, or does not support this operation.",
        )

    def _lines_of(self, request: Request) -> list[Line]:
        token = request.bearer or request.query.get("access_token", "")
        mine = [line for line in self.world.lines.values() if secrets.compare_digest(line.token, token)]
        if not token or not mine:
            raise GraphError(190, "The access token could not be decrypted, or has expired.")
        return mine

    # --- a number -------------------------------------------------------------------------------------------

    def _line(self, request: Request, line: Line, rest: list[str]) -> Reply:
        if rest == ["messages"] and request.method == "POST":
            return self._message(request, line)
        if rest == ["media"] and request.method == "POST":
            return self._upload(request, line)
        if not rest and request.method == "GET":
            return as_json(described_line(line))
        raise invalid(f"Unsupported request: {request.method} {request.path}.")

    def _message(self, request: Request, line: Line) -> Reply:
        sent = self.world.shop_sends(line, request.json())
        if self.world.faults.loses(line.phone_number_id):
            sent.faults.append("lose")
            return HANG_UP
        return as_json({"success": True} if rules.is_read(sent.body) else _accepted(sent))

    def _upload(self, request: Request, line: Line) -> Reply:
        fields = multipart(request)
        if fields.get("messaging_product") is None or fields["messaging_product"].content != b"whatsapp":
            raise invalid("The parameter messaging_product is required.")
        file = fields.get("file")
        if file is None or not file.content:
            raise missing("file")
        mime_type = (
            fields["type"].content.decode("ascii", "replace") if "type" in fields else file.content_type
        )
        largest = MEDIA_TYPES.get(mime_type.partition(";")[0].strip(), 0)
        if not largest and mime_type.partition("/")[0] in ("application", "text"):
            largest = DOCUMENT_BYTES
        if not largest:
            raise invalid(f"Param file must be a file with one of the supported types; received {mime_type}.")
        if len(file.content) > largest:
            raise GraphError(131053, f"The file has {len(file.content)} bytes, more than {largest}.")
        kept = self.world.add_file(line.phone_number_id, file.content, mime_type, filename=file.filename)
        return as_json({"id": kept.id})

    # --- an account -----------------------------------------------------------------------------------------

    def _account(self, request: Request, account: str, lines: list[Line], rest: list[str]) -> Reply:
        method = request.method
        if rest == ["phone_numbers"] and method == "GET":
            return as_json(_page([described_line(line) for line in lines]))
        if rest == ["subscribed_apps"]:
            if method in ("POST", "DELETE"):
                for line in lines:
                    line.subscribed = method == "POST"
                return as_json({"success": True})
            app = {
                "whatsapp_business_api_data": {"id": APP_ID, "name": "AROS", "link": "https://aros.example"}
            }
            return as_json({"data": [app] if all(line.subscribed for line in lines) else []})
        if rest == ["message_templates"]:
            return self._templates(request, account)
        if not rest and method == "GET":
            return as_json(
                {"id": account, "name": lines[0].name, "timezone_id": "Europe/Rome", "currency": "EUR"}
            )
        raise invalid(f"Unsupported request: {method} {request.path}.")

    def _templates(self, request: Request, account: str) -> Reply:
        world, query = self.world, request.query
        with world.changed:
            existing = world.templates.setdefault(account, [])
            if request.method == "POST":
                return as_json(self._new_template(account, existing, request.json()))
            found = [
                each
                for each in existing
                if all(each[key] == query[key] for key in ("name", "language", "status") if key in query)
            ]
            if request.method == "DELETE":
                if not found or "name" not in query:
                    raise invalid("There is no such template.")
                world.templates[account] = [each for each in existing if each not in found]
                return as_json({"success": True})
            return as_json(_page(found, query))

    def _new_template(self, account: str, existing: list[templates.Template], wanted: Any) -> Json:
        if not isinstance(wanted, dict):
            raise invalid("The body has to be a JSON object.")
        status = "PENDING" if self.world.faults.pending else "APPROVED"
        template = templates.new(wanted, existing, status=status)
        existing.append(template)
        if status == "APPROVED":
            self.world.template_status(account, template, status)
        return {"id": template["id"], "status": status, "category": template["category"]}

    def _template(self, request: Request, template: templates.Template) -> Reply:
        if request.method == "GET":
            return as_json(template)
        wanted = request.json()
        components = templates.checked_components(wanted.get("components", template["components"]))
        with self.world.changed:
            template["components"] = components
            template["category"] = wanted.get("category", template["category"])
            template["status"] = "PENDING" if self.world.faults.pending else "APPROVED"
        return as_json(
            {
                "success": True,
                "id": template["id"],
                "name": template["name"],
                "category": template["category"],
            }
        )

    # --- media ----------------------------------------------------------------------------------------------

    def _file(self, request: Request, file: File) -> Reply:
        if request.method == "DELETE":
            with self.world.changed:
                self.world.files.pop(file.id, None)
            return as_json({"success": True})
        ticket = secrets.token_urlsafe(24)
        file.tickets[ticket] = time.time() + TICKET_SECONDS
        query = urlencode({"mid": file.id, "ext": int(file.tickets[ticket]), "hash": ticket})
        described = {
            "messaging_product": "whatsapp",
            "url": f"{self.url}{ATTACHMENTS}?{query}",
            "mime_type": file.mime_type,
            "sha256": file.sha256,
            "file_size": len(file.content),
            "id": file.id,
        }
        return as_json(described)

    def _download(self, request: Request) -> Reply:
        try:
            mine = {line.phone_number_id for line in self._lines_of(request)}
        except GraphError as error:
            return as_json(error.answer(), error.http_status)
        file = self.world.files.get(request.query.get("mid", ""))
        ends = file.tickets.get(request.query.get("hash", ""), 0.0) if file else 0.0
        time.sleep(self.world.faults.seconds())
        if file is None or file.line not in mine or ends < time.time():
            return Reply(404, b"Not Found", "text/plain")
        return Reply(200, file.content, file.mime_type)

    # --- the token ------------------------------------------------------------------------------------------

    def _token(self, request: Request, mine: list[Line]) -> Json:
        asked = request.query.get("input_token", "")
        lines = [line for line in self.world.lines.values() if line.token == asked]
        accounts = sorted({line.waba_id for line in lines})
        scopes = ["whatsapp_business_management", "whatsapp_business_messaging"]
        return {
            "data": {
                "app_id": APP_ID,
                "type": "SYSTEM_USER",
                "application": "AROS",
                "expires_at": 0,
                "is_valid": bool(lines),
                "scopes": scopes if lines else [],
                "granular_scopes": [{"scope": scope, "target_ids": accounts} for scope in scopes]
                if lines
                else [],
            }
        }


def described_line(line: Line) -> Json:
    """A number as GET /{phone_number_id} tells it."""
    digits = line.display
    return {
        "id": line.phone_number_id,
        "verified_name": line.name,
        "display_phone_number": f"+{digits[:2]} {digits[2:]}",
        "quality_rating": line.quality_rating,
        "code_verification_status": "VERIFIED",
        "name_status": "APPROVED",
        "status": "CONNECTED",
        "platform_type": "CLOUD_API",
        "throughput": {"level": "STANDARD"},
        "messaging_limit_tier": "TIER_1K",
    }


def _accepted(sent: Sent) -> Json:
    who = rules.person_of(sent.body)
    contact = {"input": sent.to, "wa_id": who} if sent.to else {"input": sent.recipient, "user_id": who}
    return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": sent.wamid}]}


def _page(items: list[Json], query: dict[str, str] | None = None) -> Json:
    """A page of a list, with cursors: `limit` and `after` as Meta takes them."""
    query = query or {}
    begin = int(query["after"]) if query.get("after", "").isdecimal() else 0
    limit = int(query["limit"]) if query.get("limit", "").isdecimal() else 25
    end = begin + max(1, limit)
    page: Json = {"data": items[begin:end]}
    if items:
        page["paging"] = {"cursors": {"before": str(begin), "after": str(min(end, len(items)))}}
        if end < len(items):
            page["paging"]["next"] = f"?after={end}&limit={limit}"
    return page
