"""The desk of wires: a list, one item beside it, and the way from there to a draft."""

from datetime import UTC, datetime
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from wagtail.models import Locale

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.errors import TamizdatError
from tamizdat.locales import endonym, is_right_to_left
from tamizdat.newsroom.corrections.differences import compared, words_of
from tamizdat.newsroom.ingest.embargoes import embargoes, is_too_early, take_over
from tamizdat.newsroom.ingest.lists import PAGE_ITEMS, Asked, choices, with_copies
from tamizdat.newsroom.ingest.models import Taken, WireItem, WireRead
from tamizdat.newsroom.ingest.shown import Shown
from tamizdat.newsroom.ingest.taking import TakeAsDraft, know, seen_of
from tamizdat.newsroom.stories.permits import may_write
from tamizdat.story import Embed, Heading, ListBlock, Paragraph, PictureBlock, Quote, Story, plain

_MOST_READ: Final = 5_000


def wires(request: HttpRequest) -> HttpResponse:
    """The list; with ``item`` in the address, that item beside it."""
    _allow(request)
    asked = Asked.of(request.GET)
    shown_now = str(Shown.now())  # before anything is read: what comes meanwhile is unread
    page = Paginator(asked.items(request.user), PAGE_ITEMS).get_page(request.GET.get("page"))
    shown = request.GET.get("item", "")
    item = (
        WireItem.objects.filter(pk=int(shown)).first()
        if shown.isascii() and shown.isdigit() and len(shown) < 18
        else None
    )
    context = {
        "asked": asked,
        "shown": shown_now,
        "page": page,
        "rows": [_row(each, count) for each, count in with_copies(list(page.object_list))],
        "chosen": item.pk if item else 0,
        "now": datetime.now(UTC),
        **choices(),
    }
    if item:
        _note_read(item, request.user)
        context["pane"] = _pane(item)
    return render(request, "ingest/wires.html", context)


def _allow(request: HttpRequest) -> None:
    """Raises PermissionDenied unless the person may write in some language, whose stories wires could become."""
    if not may_write(request.user):
        raise PermissionDenied


def _row(item: WireItem, copies: int) -> dict[str, Any]:
    return {"item": item, "copies": copies, "direction": _direction(item.language)}


def _direction(language: str) -> str:
    return "rtl" if is_right_to_left(language) else "ltr"


def pane(request: HttpRequest, key: int) -> HttpResponse:
    """One item, as it stands beside the list."""
    _allow(request)
    item = get_object_or_404(WireItem.objects.select_related("subscription"), pk=key)
    _note_read(item, request.user)
    return render(request, "ingest/pane.html", {"pane": _pane(item), "now": datetime.now(UTC)})


def _note_read(item: WireItem, user: Any) -> None:
    WireRead.objects.get_or_create(item=item, person=user)


def _pane(item: WireItem) -> dict[str, Any]:
    story = item.as_story()
    languages = list(Locale.objects.values_list("language_code", flat=True).order_by("language_code"))
    return {
        "item": item,
        "story": story,
        "blocks": list(_blocks(story)),
        "pictures": len(story.pictures),
        "direction": _direction(item.language),
        "language": endonym(item.language),
        "foreign": item.language not in languages,
        "languages": [(tag, endonym(tag)) for tag in languages],
        "taken": list(item.taken.select_related("page", "page__locale")),
        "copies": list(_copies(item).select_related("subscription").defer("text", "story")),
    }


def _copies(item: WireItem) -> QuerySet[WireItem]:
    """What other sources say in nearly the same words, whichever of them said it first."""
    first = item.same_as_id or item.pk
    return WireItem.objects.filter(Q(pk=first) | Q(same_as=first)).exclude(pk=item.pk).order_by("received", "pk")


def _blocks(story: Story) -> list[tuple[str, str]]:
    """Kind and words of each block; pictures are not fetched, only named."""
    shown: list[tuple[str, str]] = []
    for block in story.body:
        match block:
            case Paragraph(text):
                shown.append(("p", plain(text)))
            case Heading(text, _level):
                shown.append(("h", plain(text)))
            case ListBlock(texts, _ordered) | Quote(texts, _ordered):
                shown += [("quote" if isinstance(block, Quote) else "li", plain(text)) for text in texts]
            case PictureBlock(picture):
                shown.append(("picture", " · ".join(filter(None, (picture.alt, picture.caption, picture.credit)))))
            case Embed(url, title):
                shown.append(("picture", f"{title} ({url})"))
            case _:
                shown.append(("other", type(block).__name__))
    return shown


@require_POST
def draft(request: HttpRequest, key: int) -> HttpResponse:
    """Make a draft of the item, and open it."""
    item = get_object_or_404(WireItem.objects.select_related("subscription"), pk=key)
    take = TakeAsDraft(item, request.user, request.POST.get("language", ""))
    try:
        page = take.execute()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(f"{reverse('wires')}?item={key}")
    except TamizdatError as error:
        messages.error(request, str(error))
        return redirect(f"{reverse('wires')}?item={key}")
    for loss in take.losses[:10]:
        messages.warning(request, loss)
    return redirect("wagtailadmin_pages:edit", page.pk)


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Note that all that is asked for has been read, as it was when the list was shown."""
    _allow(request)
    asked = Asked.of(request.GET)
    there = Shown.of(request.POST.get("shown", "")).of_these(asked.items(request.user))
    unread = there.exclude(reads__person=request.user.pk)
    rows = [
        WireRead(item_id=key, person_id=request.user.pk or 0)
        for key in unread.values_list("pk", flat=True)[:_MOST_READ]
    ]
    WireRead.objects.bulk_create(rows, ignore_conflicts=True)
    return redirect(f"{reverse('wires')}?{asked.query}")


def changes(request: HttpRequest, key: int) -> HttpResponse:
    """What its source changed in an item since a draft was made of it.

    POST notes that the editors know, or lets the draft wait for the item's embargo.
    """
    taken = get_object_or_404(
        Taken.objects.select_related("page", "page__locale", "item", "item__subscription"), pk=key
    )
    if not taken.page.permissions_for_user(request.user).can_edit():
        raise PermissionDenied
    if request.method == "POST" and "embargo" in request.POST:
        return _take_embargo_over(request, taken)
    if request.method == "POST":
        return _know(request, taken)
    pieces = []
    if taken.item:
        old, new = ("\n".join(words_of(story_from_bytes(bytes(each)))) for each in (taken.story, taken.item.story))
        pieces = list(compared(old, new))
    language = taken.item.language if taken.item else taken.page.locale.language_code
    ours, theirs = embargoes(taken)
    context = {
        "taken": taken,
        "seen": seen_of(taken.item),
        "pieces": pieces,
        "language": language,
        "direction": _direction(language),
        "embargo_here": ours,
        "embargo_there": theirs,
        "too_early": is_too_early(taken),
    }
    return render(request, "ingest/changes.html", context)


def _know(request: HttpRequest, taken: Taken) -> HttpResponse:
    try:
        know(taken, request.POST.get("seen", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("wires_changes", taken.pk)
    messages.success(request, _("Noted."))
    return redirect("wagtailadmin_pages:edit", taken.page_id)


def _take_embargo_over(request: HttpRequest, taken: Taken) -> HttpResponse:
    try:
        take_over(taken, request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Noted."))
    return redirect("wagtailadmin_pages:edit", taken.page_id)
