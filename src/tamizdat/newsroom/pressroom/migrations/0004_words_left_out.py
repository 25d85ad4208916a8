
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pressroom', '0003_indexes'),
    ]

    operations = [
        migrations.AddField(
            model_name='release',
            name='left_out',
            field=models.JSONField(null=True),
        ),
    ]
