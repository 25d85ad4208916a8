from django.db import migrations


def every_story(apps, schema_editor):
    """Stories that are there already are found by these words, too, once somebody has looked at them."""
    if apps.get_model("stories", "StoryPage").objects.exists():
        apps.get_model("stories", "SearchDue").objects.create(term="*")


class Migration(migrations.Migration):

    dependencies = [
        ('stories', '0007_search_due'),
    ]

    operations = [
        migrations.RunPython(every_story, migrations.RunPython.noop),
    ]
