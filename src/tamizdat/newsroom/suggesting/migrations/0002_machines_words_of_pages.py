"""A machine's words, and that it was asked, belong to the page of a translation, which may outlive its source."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def of_pages(apps, schema_editor):
    """What was noted of a translation's task is noted of its page."""
    tasks = apps.get_model("translating", "Task").objects.filter(pk=OuterRef("task_id"))
    for name in ("MachineDraft", "MachinePiece"):
        apps.get_model("suggesting", name).objects.update(page_id=Subquery(tasks.values("target_id")[:1]))


class Migration(migrations.Migration):
    dependencies = [
        ("stories", "0001_initial"),
        ("suggesting", "0001_initial"),
        ("translating", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="machinedraft",
            name="page",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="stories.storypage"
            ),
        ),
        migrations.AddField(
            model_name="machinepiece",
            name="page",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="stories.storypage"
            ),
        ),
        migrations.RunPython(of_pages, migrations.RunPython.noop),
    ]
