
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ingest', '0003_answered_withdrawals'),
    ]

    operations = [
        migrations.CreateModel(
            name='WirePart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('story_id', models.CharField(db_index=True, max_length=200)),
                ('withdrawn', models.BooleanField(default=False)),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='ingest.wireitem')),
            ],
        ),
    ]
