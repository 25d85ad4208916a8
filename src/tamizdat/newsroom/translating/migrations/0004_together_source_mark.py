"""What goes out together remembers which draft of its source was to go with it."""

from django.db import migrations, models


def mark_what_is_held(apps, schema_editor):
    """What is held already goes with its source as that stands, as it would have gone."""
    for held in apps.get_model("translating", "Together").objects.filter(source__live=False).select_related("source"):
        at = held.source.latest_revision_created_at
        held.source_mark = f"{held.source.latest_revision_id or 0}." + (f"{at.timestamp():.6f}" if at else "")
        held.save(update_fields=["source_mark"])


class Migration(migrations.Migration):
    dependencies = [
        ("translating", "0003_board"),
    ]

    operations = [
        migrations.AddField(
            model_name="together",
            name="source_mark",
            field=models.CharField(blank=True, default="", max_length=64),
        ),
        migrations.RunPython(mark_what_is_held, migrations.RunPython.noop),
    ]
