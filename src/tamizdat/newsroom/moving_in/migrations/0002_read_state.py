
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('moving_in', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReadState',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=500, unique=True)),
                ('etag', models.CharField(blank=True, max_length=1000)),
                ('last_modified', models.CharField(blank=True, max_length=1000)),
            ],
        ),
    ]
