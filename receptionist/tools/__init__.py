"""The tools that the model may call, each defined once for every provider and channel."""

from typing import Any

from receptionist.tools import appointments, availability, booking, customers, info, people, status
from receptionist.tools.base import Reply, Tool, ToolArguments, ToolContext

REGISTRY: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        availability.TOOL,
        booking.TOOL,
        customers.LOOKUP,
        appointments.LIST,
        appointments.RESCHEDULE,
        appointments.CANCEL,
        customers.REGISTER,
        status.TOOL,
        info.TOOL,
        people.TOOL,
    )
}


def openai_schema() -> list[dict[str, Any]]:
    """All tools in OpenAI's function-calling form, which Vapi takes as well."""
    return [tool.schema for tool in REGISTRY.values()]


__all__ = ["REGISTRY", "Reply", "Tool", "ToolArguments", "ToolContext", "openai_schema"]
