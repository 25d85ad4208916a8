"""Which items an editor asks to see, in a few queries however many there are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from operator import or_
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from tamizdat.newsroom.folding import spellings
from tamizdat.newsroom.ingest.models import Subscription, Taken, WireItem, WireRead
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.stories.permits import may_know

PAGE_ITEMS: Final = 40
STATES: Final = (
    ("", _("All")),
    ("unread", _("Unread")),
    ("embargo", _("Under embargo")),
    ("taken", _("Became a draft")),
    ("withdrawn", _("Taken back")),
)
_MAX_WORDS: Final = 6
_MAX_WORD_CHARS: Final = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks to see."""

    words: str = ""
    subscription: int = 0
    language: str = ""
    state: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> "Asked":
        """Out of an address. What makes no sense is passed over."""
        number = query.get("from", "")
        states = {name for name, _label in STATES}
        return cls(
            words=query.get("q", "").replace("\0", "").strip()[: _MAX_WORDS * _MAX_WORD_CHARS],
            subscription=int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0,
            language=query.get("in", "")[:35],
            state=query.get("state", "") if query.get("state", "") in states else "",
        )

    @property
    def query(self) -> str:
        """As it stands in an address."""
        named = {"q": self.words, "from": self.subscription or "", "in": self.language, "state": self.state}
        return urlencode({name: value for name, value in named.items() if value})

    def _said(self) -> Q:
        """Of items with all words; nothing if none are asked for."""
        said = Q()
        for word in self.words.split()[:_MAX_WORDS]:
            # SQLite knows case in English alone.
            ways = sorted(spellings(word[:_MAX_WORD_CHARS]))
            said &= reduce(or_, (Q(text__icontains=way) for way in ways))
        return said

    def items(self, user: Any) -> QuerySet[WireItem]:
        """Newest first. Copies stand with the item that said it first, and are found there.

        Each row says whether ``user`` has read it, and whether something was made of it or of a copy.
        """
        rows = WireItem.objects.filter(same_as=None).select_related("subscription")
        if said := self._said():
            rows = rows.filter(said | Exists(WireItem.objects.filter(said, same_as=OuterRef("pk"))))
        if self.subscription:
            rows = rows.filter(Q(subscription=self.subscription) | Q(copies__subscription=self.subscription)).distinct()
        if self.language:
            rows = rows.filter(language=self.language)
        read = WireRead.objects.filter(item=OuterRef("pk"), person=user.pk)
        taken = Taken.objects.filter(item=OuterRef("pk"))
        copies_taken = Taken.objects.filter(item__same_as=OuterRef("pk"))
        news = Exists(taken.exclude(mark=OuterRef("mark"))) | Exists(copies_taken.exclude(mark=F("item__mark")))
        rows = rows.annotate(
            is_read=Exists(read),
            is_taken=ExpressionWrapper(Exists(taken) | Exists(copies_taken), BooleanField()),
            is_news=ExpressionWrapper(news, BooleanField()),
        )
        match self.state:
            case "unread":
                rows = rows.filter(is_read=False)
            case "embargo":
                rows = rows.filter(embargo__gt=datetime.now(UTC))
            case "taken":
                rows = rows.filter(is_taken=True)
            case "withdrawn":
                rows = rows.exclude(withdrawn=None)
        # What came in one round came at one time, and sources that date nothing list the newest first.
        return rows.defer("text", "story", "origins").order_by("-received", "-published", "pk")


def with_copies(items: list[WireItem]) -> list[tuple[WireItem, int]]:
    """Each item, and how many others say the same."""
    counted = WireItem.objects.filter(same_as__in=[item.pk for item in items]).values("same_as")
    counts = {row["same_as"]: row["count"] for row in counted.annotate(count=Count("pk")).order_by()}
    return [(item, counts.get(item.pk, 0)) for item in items]


def choices() -> dict[str, Any]:
    """What there is to choose from."""
    languages = WireItem.objects.order_by("language").values_list("language", flat=True).distinct()
    return {"subscriptions": list(Subscription.objects.all()), "languages": list(languages), "states": STATES}


def alarms(user: Any) -> QuerySet[Taken]:
    """Drafts and stories that ``user`` may know of, whose item was taken back, and nobody has answered for going on."""
    # Fetched one after the other: where few wires come in, SQLite would begin with all pages.
    found = _taken_back().prefetch_related("page", "item")
    known = StoryPage.objects.order_by().filter(may_know(user), pk=OuterRef("page"))
    return found if user.is_superuser else found.filter(Exists(known))


def withdrawn_of(pages: Iterable[StoryPage]) -> set[int]:
    """Which of these were made of an item that was taken back, and nobody has answered for going on."""
    return set(_taken_back().filter(page__in=list(pages)).values_list("page", flat=True))


def _taken_back() -> QuerySet[Taken]:
    """As :attr:`Taken.is_taken_back` says. What was taken back, sent again and taken back anew was not answered for."""
    unanswered = Q(answered=None) | ~Q(answered=F("item__withdrawn"))
    return Taken.objects.filter(unanswered, item__withdrawn__isnull=False)
