
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('wagtailcore', '0098_apitoken'),
        ('stories', '0005_own_links'),
        ('translating', '0002_task_ready_mark'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # The board begins with what changed last, among as many pages as there are stories and languages.
        migrations.RunSQL(
            "CREATE INDEX translating_newest ON wagtailcore_page (latest_revision_created_at DESC)",
            "DROP INDEX translating_newest",
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(condition=models.Q(('changed__gt', 0)), fields=['source'], name='translating_stale'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(condition=models.Q(('urgent', True)), fields=['source'], name='translating_urgent'),
        ),
    ]
