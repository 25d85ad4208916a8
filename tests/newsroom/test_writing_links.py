"""Links from story to story: the newsroom's page inside, an address outside, nothing where readers have nothing."""

import re

import pytest
from desk_kit import jpeg, newspaper, person, picture, publish, text, write
from django.contrib.messages.storage.cookie import CookieStorage
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from newsroom_settings import PASSPHRASE
from wagtail.models import PageLogEntry

import strategies
from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.own_links import LOST, own_links, without_own_links
from tamizdat.newsroom.pressroom.press import Press
from tamizdat.newsroom.pressroom.renewing import stale
from tamizdat.newsroom.pressroom.wagtail_hooks import tell_of_links
from tamizdat.newsroom.stories.mapping import raw_body, story_body
from tamizdat.newsroom.stories.models import StoryLink, StoryPage
from tamizdat.newsroom.stories.richtext import line_html, line_of, text_blocks, text_html
from tamizdat.newsroom.stories.terms import Topic
from tamizdat.story import Paragraph, Run
from tamizdat.trust.keyring import Keyring

pytestmark = pytest.mark.django_db


def to(page, words="there"):
    return f'<a linktype="page" id="{page.pk}">{words}</a>'


def linking(page, headline="Linking", **fields):
    return write(headline, body=text(f"<p>See {to(page)}.</p>"), **fields)


def released(page):
    release = Release.objects.get(
        story_id=page.story_id, language=page.locale.language_code, current=True, story__isnull=False
    )
    return story_from_bytes(bytes(release.story))


def href(page):
    (paragraph,) = released(page).body
    return "".join(run.href for run in paragraph.text)


def path_of(page):
    return f"{page.published:%Y/%m}/{page.story_id}.html"


@pytest.mark.parametrize(
    "html", ['<p>a <a linktype="page" id="7">b</a></p>', '<p><a linktype="page" id="7">b</a> c</p>']
)
def test_a_link_to_a_page_is_read_and_written_as_it_was(html):
    assert text_html(text_blocks(html)) == html
    inner = html.removeprefix("<p>").removesuffix("</p>")
    assert line_html(line_of(inner)) == inner


LINKED = st.lists(
    st.builds(
        lambda words, key: Run(words, href=f"#tz-page-{key}"),
        st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1),
        st.integers(0, 10**18 - 1),
    ),
    min_size=1,
    max_size=3,
).map(lambda runs: Paragraph(tuple(part for run in runs for part in (Run("-"), run))))


@given(st.lists(st.one_of(LINKED, strategies.blocks()), max_size=4).map(tuple))
def test_bodies_with_links_come_back_as_they_were(body):
    body = tuple(block for block in body if isinstance(block, Paragraph) and any(run.href for run in block.text))
    raw = raw_body(body, lambda _picture: 0)
    assert "#tz-page-" not in str(raw)
    assert [item["value"] for item in raw_body(story_body(raw, None), lambda _picture: 0)] == [
        item["value"] for item in raw
    ]


def test_readers_get_a_relative_link_in_their_language(room):
    target = publish(write("Target", language="en"))
    other = newspaper("fa").add_child(
        instance=StoryPage(
            title="مقصد", story_id=target.story_id, translation_key=target.translation_key,
            body=text("<p>x</p>"), live=False,
        )
    )  # fmt: skip
    before = publish(linking(target, "پیش", language="fa"))
    assert href(before) == f"../../../en/{path_of(target)}"
    other = publish(other)
    # The story came out in Persian: who linked to it in Persian leads there now, without a word of an update.
    assert href(before) == f"../../{path_of(other)}"
    assert released(before).updated is None
    same = publish(linking(other, "Same language"))
    assert href(same) == f"../../{path_of(target)}"
    run = Press(room, Keyring.open(room, lambda _file: PASSPHRASE)).run()
    assert not run.failed, run.report
    for page in (before, same):
        file = room / "out" / page.locale.language_code / path_of(page)
        found = re.search(r'<a href="([^"]*)">there</a>', file.read_text("utf-8"))
        assert (file.parent / found[1]).resolve().is_file()


def test_a_story_that_is_not_out_is_plain_text_until_it_is():
    target = write("Target")
    page = publish(linking(target))
    assert href(page) == ""
    assert "See there." in "".join(run.text for run in released(page).body[0].text)
    target = publish(target)
    assert href(page) == f"../../{path_of(target)}"
    assert StoryLink.objects.get(page=page).found


@pytest.mark.parametrize("act", ["unpublish", "delete"])
def test_a_story_taken_back_takes_its_links_with_it_and_history_says_so(act):
    target = publish(write("Target"))
    page = publish(linking(target))
    assert href(page)
    getattr(target, act)()
    assert href(page) == ""
    assert released(page).updated is None
    (entry,) = PageLogEntry.objects.filter(page=page.pk, action=LOST)
    assert entry.data["headline"] == "Target"


def test_links_stand_in_tables_quotes_lists_and_headings_too():
    target = publish(write("Target"))
    body = [
        {"type": "text", "value": f"<h2>{to(target)}</h2><ul><li>{to(target)}</li></ul>"},
        {"type": "quote", "value": {"text": f"<p>{to(target)}</p>", "attribution": ""}},
        {"type": "table", "value": {"caption": "", "header": False, "rows": [[to(target), ""]]}},
    ]
    page = publish(write("Linking", body=body))
    story = released(page)
    assert str(story).count(f"href='../../{path_of(target)}'") == 4
    assert "href='../" not in str(without_own_links(story))
    target.unpublish()
    assert "href='../" not in str(released(page))


def test_a_changed_word_is_still_an_update_and_a_foreign_link_too():
    target = publish(write("Target"))
    page = publish(linking(target))
    page.body = text(f"<p>See {to(target)}!</p>")
    page = publish(page)
    assert released(page).updated is not None


def test_without_links_nothing_is_asked(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert own_links(text("<p>linktype</p>"), "en").targets == {}
    target = publish(write("Target"))
    with django_assert_num_queries(2):
        own_links(text(f"<p>{to(target)} {to(target)}</p>" * 9), "en")


def test_whoever_publishes_or_takes_back_is_told(client):
    desk = person()
    client.force_login(desk)
    target = write("Target")
    page = linking(target)
    page = publish(page)
    request = RequestFactory().get("/")
    request.user = desk
    request._messages = CookieStorage(request)
    tell_of_links(request, page)
    assert [str(each) for each in request._messages] == [
        "“Target” is not out: where you link to it, readers see plain text until it is."
    ]
    target = publish(target)
    answer = client.post(f"/admin/pages/{target.pk}/unpublish/", follow=True)
    assert "“Linking” linked to this story" in answer.content.decode()


def test_a_link_to_a_newspaper_leads_to_its_front_page():
    body = text(f"<p>{to(newspaper('en'))} {to(newspaper('fa'))}</p>")
    (paragraph,) = released(publish(write("Linking", body=body))).body
    assert [run.href for run in paragraph.text if run.href] == ["../../index.html", "../../../fa/index.html"]


@pytest.mark.parametrize("comes", [False, True])
def test_a_link_that_comes_or_goes_brings_no_picture_and_no_label_that_nobody_let_go(comes):
    other = write("Other")
    if not comes:
        publish(other)
    topic, shown = Topic.objects.create(key="war", label="War"), picture()
    page = publish(linking(other, topics=["war"], picture=shown))
    before = released(page)
    Topic.objects.update(label="Special operation")
    shown.take(jpeg(400, 300))
    shown.save()
    if comes:
        publish(other)
    else:
        StoryPage.objects.get(pk=other.pk).unpublish()
    after = released(page)
    assert bool(href(page)) == comes
    assert (after.topics, after.picture, after.updated) == (("War",), before.picture, before.updated)
    assert [each.pk for each in stale(shown)] == [page.pk]
    topic.refresh_from_db()
    assert [each.pk for each in stale(topic)] == [page.pk]
