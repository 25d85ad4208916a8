import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('stories', '0008_find_anew'),
    ]

    operations = [
        migrations.CreateModel(
            name='ChangedDraft',
            fields=[
                ('page', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='stories.storypage')),
                ('words', models.TextField()),
            ],
        ),
    ]
