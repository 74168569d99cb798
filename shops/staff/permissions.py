"""What each role may do. Written into every shop's schema as groups by shops' migrate command.

admin: everything (no group needed). manager: everything but the staff. receptionist: appointments, customers,
vehicles, conversations; no configuration. mechanic: the board of the day's work and its status.
"""

from django.contrib.auth.models import Group, Permission

ALL = ("view", "add", "change", "delete")
EDIT = ("view", "add", "change")
WORK = ("view", "change")
VIEW = ("view",)

# role → {app label or "app.model": actions}. A model's own line wins over its app's; () means nothing.
ROLES: dict[str, dict[str, tuple[str, ...]]] = {
    "manager": {
        "scheduling": ALL,
        "scheduling.appointment": (*ALL, "work", "export"),
        # The list of all customers leaves the shop, or comes in, only by who answers for it.
        "scheduling.customer": (*ALL, "export", "import"),
        "scheduling.vehicle": (*ALL, "export"),
        "receptionist": ALL,
        "whatsapp": VIEW,
        "website.site": WORK,
        "admin": VIEW,
        "auditlog": VIEW,
    },
    "receptionist": {
        "scheduling.appointment": (*EDIT, "work"),
        "scheduling.customer": EDIT,
        "scheduling.vehicle": EDIT,
        "scheduling.channelidentity": VIEW,
        "scheduling.consent": EDIT,
        "scheduling.waitinglist": ALL,
        "receptionist.conversation": VIEW,
        "receptionist.conversationmessage": VIEW,
        "receptionist.toolcall": VIEW,
        "receptionist.media": VIEW,
        "receptionist.handover": WORK,
        "receptionist.outboundmessage": VIEW,
    },
    "mechanic": {"scheduling.appointment": ("work",)},
}


def actions(rules: dict[str, tuple[str, ...]], app_label: str, model: str) -> tuple[str, ...]:
    """What `rules` allow on a model."""
    return rules.get(f"{app_label}.{model}", rules.get(app_label, ()))


def write_roles() -> None:
    """Make the current schema's groups say what ROLES says. Safe to run twice."""
    permissions = list(Permission.objects.select_related("content_type"))
    for role, rules in ROLES.items():
        group, _created = Group.objects.get_or_create(name=role)
        group.permissions.set(
            permission
            for permission in permissions
            if permission.codename.partition("_")[0]
            in actions(rules, permission.content_type.app_label, permission.content_type.model)
        )


def role_may(role: str, permission: str) -> bool:
    """Whether people of a role may do `app.action_model`, by the rules above; no query. An admin may do everything."""
    app_label, _dot, codename = permission.partition(".")
    action, _line, model = codename.partition("_")
    return role == "admin" or action in actions(ROLES.get(role, {}), app_label, model)
