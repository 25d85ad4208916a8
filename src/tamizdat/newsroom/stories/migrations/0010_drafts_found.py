from django.db import migrations


def every_story(apps, schema_editor):
    """Drafts that are there already are found by their words, too, once somebody has looked at them."""
    if apps.get_model("stories", "StoryPage").objects.exists():
        apps.get_model("stories", "SearchDue").objects.get_or_create(term="*")


class Migration(migrations.Migration):

    dependencies = [
        ('stories', '0009_changed_drafts'),
    ]

    operations = [
        migrations.RunPython(every_story, migrations.RunPython.noop),
    ]
