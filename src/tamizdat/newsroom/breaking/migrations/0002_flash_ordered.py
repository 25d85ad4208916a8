"""A flash knows its last order. Of those that are there it is the last one of the seconds in which it was put out."""

from datetime import timedelta

from django.db import migrations, models


def number(apps, schema_editor):
    """Orders are added while a flash is: after it, and in the same transaction."""
    del schema_editor
    flash, order = apps.get_model("breaking", "Flash"), apps.get_model("pressroom", "Order")
    for each in flash.objects.filter(ordered=0):
        last = order.objects.filter(at__lte=each.at + timedelta(seconds=5)).order_by("id").last()
        flash.objects.filter(pk=each.pk).update(ordered=last.pk if last else 0)


class Migration(migrations.Migration):
    dependencies = [
        ("breaking", "0001_initial"),
        ("pressroom", "0001_initial"),
    ]

    operations = [
        migrations.AddField(model_name="flash", name="ordered", field=models.BigIntegerField(default=0)),
        migrations.RunPython(number, migrations.RunPython.noop),
    ]
