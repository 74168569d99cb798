import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import receptionist.models.rights


class Migration(migrations.Migration):

    dependencies = [
        ("receptionist", "0012_what_is_deleted_in_time"),
        ("scheduling", "0011_customers_say_they_come"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("erased_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="cancellato il")),
                ("by_name", models.CharField(blank=True, default="", max_length=120, verbose_name="fatto da")),
                ("counts", models.JSONField(blank=True, default=receptionist.models.rights.no_counts, verbose_name="che cosa c'era")),
                ("files_left", models.JSONField(blank=True, default=receptionist.models.rights.no_files, editable=False)),
                ("by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="da")),
            ],
            options={
                "verbose_name": "cancellazione",
                "verbose_name_plural": "cancellazioni",
                "ordering": ["-erased_at"],
                "indexes": [models.Index(condition=models.Q(("files_left", []), _negated=True), fields=["erased_at"], name="erasure_files_left")],
            },
        ),
        migrations.CreateModel(
            name="PersonExport",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("state", models.CharField(choices=[("pending", "In preparazione"), ("ready", "Pronta"), ("failed", "Non riuscita"), ("gone", "Cancellata")], default="pending", max_length=10, verbose_name="stato")),
                ("file", models.FileField(blank=True, default="", max_length=255, upload_to=receptionist.models.rights.export_path, verbose_name="file")),
                ("size", models.PositiveBigIntegerField(default=0, verbose_name="byte")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="chiesta il")),
                ("expires_at", models.DateTimeField(verbose_name="resta fino a")),
                ("taken_at", models.DateTimeField(blank=True, null=True, verbose_name="scaricata il")),
                ("asked_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="chiesta da")),
                ("customer", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="exports", to="scheduling.customer", verbose_name="cliente")),
            ],
            options={
                "verbose_name": "copia dei dati",
                "verbose_name_plural": "copie dei dati",
                "ordering": ["-created_at"],
                "indexes": [models.Index(condition=models.Q(("state", "gone"), _negated=True), fields=["expires_at"], name="person_export_to_delete")],
            },
        ),
    ]
