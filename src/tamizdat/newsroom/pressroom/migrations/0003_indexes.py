
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pressroom', '0002_gate'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='release',
            index=models.Index(fields=['story_id', 'id'], name='pressroom_r_story_i_624634_idx'),
        ),
    ]
