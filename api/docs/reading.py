"""The schema as the page shows it: groups of operations with their parameters, fields, examples and a command."""

import json
import shlex
from dataclasses import dataclass
from typing import Any

from api.models import Scope
from api.problems import CODES, TITLES

METHODS = ("get", "post", "patch")


@dataclass(frozen=True)
class Row:
    """A parameter or a field."""

    name: str
    kind: str
    required: bool
    text: str
    place: str = ""


@dataclass(frozen=True)
class Shown:
    """One operation."""

    anchor: str
    method: str
    path: str
    summary: str
    text: str
    scope: str
    parameters: list[Row]
    fields: list[Row]
    sent: str
    answer: str
    statuses: list[tuple[str, str]]
    command: str


def groups(schema: dict[str, Any], host: str) -> list[tuple[str, list[Shown]]]:
    """Operations by their tag, in the order of the addresses."""
    found: dict[str, list[Shown]] = {}
    for path, methods in schema["paths"].items():
        for method in METHODS:
            if method in methods:
                operation = methods[method]
                found.setdefault(operation["tags"][0], []).append(
                    _shown(schema, host, path, method, operation)
                )
    return list(found.items())


def _shown(schema: dict[str, Any], host: str, path: str, method: str, operation: dict[str, Any]) -> Shown:
    text, _gap, scope = operation["description"].partition("\n\n")
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    sent = _example(body)
    good = next(status for status in operation["responses"] if status.startswith("2"))
    answer = _example(operation["responses"][good]["content"]["application/json"])
    return Shown(
        anchor=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        text=text,
        scope=scope.partition("`")[2].partition("`")[0],
        parameters=[_parameter(each) for each in operation.get("parameters", [])],
        fields=_fields(schema, body.get("schema", {})),
        sent=_pretty(sent),
        answer=_pretty(answer),
        statuses=[(status, each["description"]) for status, each in sorted(operation["responses"].items())],
        command=_command(host, path, method, operation, sent),
    )


def _example(content: dict[str, Any]) -> Any:
    examples = list(content.get("examples", {}).values())
    return examples[0]["value"] if examples else None


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) if value is not None else ""


def _parameter(each: dict[str, Any]) -> Row:
    return Row(
        each["name"],
        _kind(each["schema"]),
        each.get("required", False),
        each.get("description", ""),
        each["in"],
    )


def _fields(schema: dict[str, Any], kind: dict[str, Any]) -> list[Row]:
    named = schema["components"]["schemas"].get(kind.get("$ref", "").rpartition("/")[2], {})
    required = named.get("required", [])
    return [
        Row(name, _kind(each), name in required, each.get("description", ""))
        for name, each in named.get("properties", {}).items()
    ]


def _kind(each: dict[str, Any]) -> str:
    if "$ref" in each:
        return str(each["$ref"]).rpartition("/")[2].removesuffix("In")
    if "oneOf" in each or "allOf" in each or "anyOf" in each:
        inner = each.get("oneOf") or each.get("allOf") or each.get("anyOf") or []
        return " | ".join(_kind(one) for one in inner)
    if "enum" in each:
        return " | ".join(str(value) or '""' for value in each["enum"])
    found = each.get("type", "")
    kinds = " | ".join(found) if isinstance(found, list) else str(found)
    return f"{kinds} ({each['format']})" if "format" in each else kinds


def _command(host: str, path: str, method: str, operation: dict[str, Any], sent: Any) -> str:
    address = host + path.replace("{id}", "$ID")
    needed = [
        f"{each['name']}=$ID"
        for each in operation.get("parameters", [])
        if each["in"] == "query" and each.get("required")
    ]
    lines = [f'curl "{address}{"?" + "&".join(needed) if needed else ""}"']
    lines.append('-H "Authorization: Bearer $AROS_KEY"')
    if method != "get":
        lines.insert(1, f"-X {method.upper()}")
    if method == "post":
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if method == "patch":
        lines.append('-H "If-Match: $ETAG"')
    if sent is not None:
        lines.append('-H "Content-Type: application/json"')
        lines.append(f"-d {shlex.quote(json.dumps(sent, ensure_ascii=False))}")
    return " \\\n  ".join(lines)


def problems_there_are() -> list[tuple[int, str, str]]:
    """Status, code and title of every problem."""
    return [(status, CODES[status], str(title)) for status, title in TITLES.items()]


def scopes_there_are() -> list[tuple[str, str]]:
    """What a key may be allowed."""
    return [(scope.value, str(scope.label)) for scope in Scope]
