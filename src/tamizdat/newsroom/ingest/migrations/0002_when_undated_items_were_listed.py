
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ingest', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='wireitem',
            name='listed',
            field=models.DateTimeField(null=True),
        ),
    ]
