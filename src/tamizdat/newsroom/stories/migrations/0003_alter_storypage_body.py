
import tamizdat.newsroom.stories.blocks
import wagtail.fields
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('stories', '0002_storypage_related'),
    ]

    operations = [
        migrations.AlterField(
            model_name='storypage',
            name='body',
            field=wagtail.fields.StreamField([('text', 0), ('quote', 3), ('picture', 7), ('table', 11), ('embed', 14)], blank=True, block_lookup={0: ('wagtail.blocks.RichTextBlock', (), {'features': ['h2', 'h3', 'h4', 'bold', 'italic', 'link', 'ol', 'ul'], 'icon': 'pilcrow', 'label': 'Text', 'required': False}), 1: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'link'], 'label': 'Quotation'}), 2: ('wagtail.blocks.CharBlock', (), {'label': 'Who said it', 'required': False}), 3: ('wagtail.blocks.StructBlock', [[('text', 1), ('attribution', 2)]], {}), 4: ('wagtail.images.blocks.ImageBlock', [], {'label': 'Picture'}), 5: ('wagtail.blocks.CharBlock', (), {'label': 'Caption', 'max_length': 2000, 'required': False}), 6: ('wagtail.blocks.CharBlock', (), {'help_text': "Leave it empty to show the library's.", 'label': 'Credit', 'max_length': 200, 'required': False}), 7: ('wagtail.blocks.StructBlock', [[('picture', 4), ('caption', 5), ('credit', 6)]], {}), 8: ('wagtail.blocks.CharBlock', (), {'label': 'Caption', 'required': False}), 9: ('wagtail.blocks.BooleanBlock', (), {'default': True, 'label': 'The first row names the columns', 'required': False}), 10: ('tamizdat.newsroom.stories.blocks.RowsBlock', (), {'label': 'Rows'}), 11: ('wagtail.blocks.StructBlock', [[('caption', 8), ('header', 9), ('rows', 10)]], {}), 12: ('wagtail.blocks.CharBlock', (), {'label': 'Address', 'validators': [tamizdat.newsroom.stories.blocks.check_address]}), 13: ('wagtail.blocks.CharBlock', (), {'label': 'What is there'}), 14: ('wagtail.blocks.StructBlock', [[('url', 12), ('title', 13)]], {})}, default=tamizdat.newsroom.stories.blocks.empty_body, verbose_name='body'),
        ),
    ]
