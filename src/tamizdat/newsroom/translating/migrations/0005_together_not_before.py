"""What goes out together remembers apart from its time until when an embargo puts it off."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("translating", "0004_together_source_mark"),
    ]

    operations = [
        migrations.AddField(
            model_name="together",
            name="not_before",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
