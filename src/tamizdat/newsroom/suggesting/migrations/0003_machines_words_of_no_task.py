"""The other half of the step before: PostgreSQL changes no table in the transaction that changed its rows."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("suggesting", "0002_machines_words_of_pages"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="machinepiece", name="one_machine_piece"),
        migrations.RemoveField(model_name="machinedraft", name="task"),
        migrations.RemoveField(model_name="machinepiece", name="task"),
        migrations.AlterField(
            model_name="machinedraft",
            name="page",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="stories.storypage"
            ),
        ),
        migrations.AlterField(
            model_name="machinepiece",
            name="page",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="stories.storypage"
            ),
        ),
        migrations.AddConstraint(
            model_name="machinepiece",
            constraint=models.UniqueConstraint(fields=("page", "digest"), name="one_machine_piece"),
        ),
    ]
