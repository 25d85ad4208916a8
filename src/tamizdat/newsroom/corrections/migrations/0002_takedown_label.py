
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('corrections', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='correction',
            name='kind',
            field=models.CharField(choices=[('correction', 'Correction: something was wrong'), ('clarification', 'Clarification: it could be misread'), ('update', 'Update: something was added'), ('retraction', 'Retraction: the story is withdrawn, and says so at its address'), ('takedown', 'Takedown: the story goes; whether its address says so is your choice')], default='correction', max_length=16, verbose_name='kind'),
        ),
    ]
