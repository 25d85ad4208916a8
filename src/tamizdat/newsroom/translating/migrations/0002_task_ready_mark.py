
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('translating', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='task',
            name='ready_mark',
            field=models.CharField(blank=True, default='', max_length=64),
        ),
    ]
