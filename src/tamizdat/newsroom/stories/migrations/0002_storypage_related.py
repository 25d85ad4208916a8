
import tamizdat.newsroom.stories.keys
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('stories', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='storypage',
            name='related',
            field=tamizdat.newsroom.stories.keys.KeysField(blank=True, default=list, help_text='Ids of stories that readers see below this one.', term='story', verbose_name='read also'),
        ),
    ]
