"""Somebody answers for going on with what was taken back at one time; what is taken back anew has no answer."""

from django.db import migrations, models


def note_when(apps, schema_editor):
    """What was answered for is what is taken back now."""
    taken = apps.get_model("ingest", "Taken").objects.filter(withdrawal_seen=True, item__withdrawn__isnull=False)
    for row in taken.select_related("item"):
        row.answered = row.item.withdrawn
        row.save(update_fields=["answered"])


class Migration(migrations.Migration):
    dependencies = [
        ("ingest", "0002_when_undated_items_were_listed"),
    ]

    operations = [
        migrations.AddField(
            model_name="taken",
            name="answered",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(note_when, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name="taken",
            name="withdrawal_seen",
        ),
    ]
