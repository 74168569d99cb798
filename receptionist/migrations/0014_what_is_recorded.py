from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('receptionist', '0013_copies_and_erasures'),
    ]

    operations = [
        migrations.AddField(
            model_name='conversation',
            name='recorded_until',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='registrata fino alle'),
        ),
        migrations.AddField(
            model_name='conversation',
            name='recording_refused_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='registrazione rifiutata il'),
        ),
    ]
