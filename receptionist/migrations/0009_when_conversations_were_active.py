from typing import Any

from django.db import migrations
from django.db.models import Case, F, When
from django.db.models.functions import Coalesce, Greatest


def fill(apps: Any, schema_editor: Any) -> None:
    """What happened before the column was there: the customer's last message, or the call's end."""
    conversations = apps.get_model("receptionist", "Conversation").objects
    end_of_call = Case(When(channel="voice", then=F("ended_at")))
    conversations.update(
        active_at=Greatest(Coalesce("last_customer_at", "started_at"), "started_at", end_of_call)
    )


class Migration(migrations.Migration):
    dependencies = [("receptionist", "0008_day_indexes")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
