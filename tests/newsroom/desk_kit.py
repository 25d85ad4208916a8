"""What editors do, in code: write, publish, take back."""

import io
from typing import Any

from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from PIL import Image

from tamizdat.newsroom.pictures.models import LibraryPicture
from tamizdat.newsroom.stories.models import Newspaper, StoryPage


def newspaper(language: str) -> Newspaper:
    """The newspaper in ``language``."""
    return Newspaper.objects.get(locale__language_code=language)


def text(html: str) -> list[dict[str, str]]:
    """A body of one block of text."""
    return [{"type": "text", "value": html}]


def write(headline: str, *, language: str = "en", body: Any = None, **fields: Any) -> StoryPage:
    """A draft."""
    page = StoryPage(title=headline, body=body or text("<p>What happened.</p>"), live=False, **fields)
    return newspaper(language).add_child(instance=page)


def publish(page: StoryPage, user: Any = None) -> StoryPage:
    """Publish the page as it is in memory."""
    page.save_revision(user=user).publish(user=user)
    return StoryPage.objects.get(pk=page.pk)


def person(name: str = "desk", **fields: Any) -> Any:
    """Somebody who may do everything."""
    return get_user_model().objects.create_superuser(name, "", "desk desk desk desk", **fields)


def jpeg(width: int = 800, height: int = 600, **options: Any) -> bytes:
    """A picture's bytes; ``options`` go to Pillow."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(out, "JPEG", **options)
    return out.getvalue()


def picture(description: str = "A quay", data: bytes | None = None, **fields: Any) -> LibraryPicture:
    """A picture in the library."""
    made = LibraryPicture(title="quay.jpg", description=description, **fields)
    made.file = ContentFile(data or jpeg(), name="quay.jpg")
    made.save()
    return made
