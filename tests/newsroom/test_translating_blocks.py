"""Tables, pictures and what lies elsewhere: translations have the source's shape, and say when something is another."""

import re

import exchange_kit as ex
import pytest
from desk_kit import jpeg, picture, publish, write
from exchange_kit import back, taken
from translating_kit import WORDS, sent, translate, typing
from wagtail.models import Locale

from tamizdat.edition.canonical import story_from_bytes
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.translating import views
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.models import Task
from tamizdat.newsroom.translating.parts import parts_of, stored_parts
from tamizdat.newsroom.translating.tying import catch_up, tie

pytestmark = pytest.mark.django_db
TEXT = {"type": "text", "id": "22222222-1111-4111-8111-111111111111", "value": "<p>It is full.</p>"}
OTHER = "33333333-1111-4111-8111-111111111111"
RUSSIAN = {**WORDS, "a": "а", "b": "б", "c": "в", "d": "г", "new": "новая", "row": "строка",
           "A face": "Лицо", "Ivan": "Иван", "A ship": "Корабль"}  # fmt: skip


def table(*rows):
    return {
        "type": "table",
        "id": OTHER,
        "value": {"caption": "", "header": False, "rows": [list(row) for row in rows]},
    }


def shot(of, alt="A face", caption="Ivan", **more):
    image = {"image": of.pk, "decorative": False, "alt_text": alt}
    return {"type": "picture", "id": OTHER, "value": {"picture": image, "caption": caption, "credit": "", **more}}


def video(url="https://a.example/", title="A ship"):
    return {"type": "embed", "id": OTHER, "value": {"url": url, "title": title}}


def draft(task):
    return newest(StoryPage.objects.get(pk=task.target_id))


def body(task):
    return draft(task).body.get_prep_value()


def fresh(task):
    return Task.objects.get(pk=task.pk)


def told(task):
    return fresh(task).todo, fresh(task).changed


def out(language):
    return story_from_bytes(bytes(Release.objects.get(language=language, current=True).story)).body


def begun(*blocks, language="en"):
    return publish(write("Harbour strike ends", language=language, story_id="harbour", body=[TEXT, *blocks]))


def now(source, *blocks):
    page = StoryPage.objects.get(pk=source.pk)
    page.body = list(blocks)
    return publish(page)


def edit(task, *blocks):
    page = draft(task)
    page.body = list(blocks)
    page.save_revision()


@pytest.fixture
def pictures():
    return picture("One"), picture("Two", jpeg(900, 700))


@pytest.mark.parametrize(
    ("rows", "russian"),
    [
        (["ab", "cd", ["new", "row"]], [["а", "б"], ["в", "г"], ["новая", "строка"]]),
        (["ab", ["new", "row"], "cd"], [["а", "б"], ["новая", "строка"], ["в", "г"]]),
        ([["a", "b", "new"], ["c", "d", "row"]], [["а", "б", "новая"], ["в", "г", "строка"]]),
        (["cd"], [["в", "г"]]),
        (["ac", "bd"], [["а", "в"], ["б", "г"]]),
        ([["a"], ["c"]], [["а"], ["в"]]),
        (["ab", "cd", ["", "row"]], [["а", "б"], ["в", "г"], ["", "строка"]]),
    ],
)
def test_a_table_has_the_sources_rows_and_columns(client, desk, rows, russian):
    source = begun(table("ab", "cd"))
    task = translate(client, sent(source, desk, "ru"), RUSSIAN)
    now(source, TEXT, table(*rows))
    translate(client, task, RUSSIAN, confirm=[*RUSSIAN, *RUSSIAN.values()])
    assert body(task)[-1]["value"]["rows"] == russian
    assert told(task) == (0, 0)


def test_what_nobody_translated_of_a_new_row_stands_there_in_the_sources_words(client, desk):
    source = begun(table("ab"))
    task = translate(client, sent(source, desk, "ru"), RUSSIAN)
    now(source, TEXT, table("ab", "cd"))
    translate(client, task, {"c": "в"})
    assert body(task)[-1]["value"]["rows"] == [["а", "б"], ["в", "d"]]
    assert told(task) == (1, 0)


def test_rows_that_are_gone_stay_until_somebody_takes_them_out(client, desk):
    source = begun(table("ab", "cd"))
    task = translate(client, sent(source, desk, "ru"), RUSSIAN)
    now(source, TEXT, table("ab"))
    translate(client, task, {}, confirm=["в"])
    assert body(task)[-1]["value"]["rows"] == [["а", "б"], ["", "г"]]
    assert told(task) == (0, 1)
    translate(client, task, {}, confirm=["г"])
    assert body(task)[-1]["value"]["rows"] == [["а", "б"]]


def test_rows_that_the_translator_took_away_or_added_stay_so(client, desk):
    source = begun(table("ab", "cd"))
    task = translate(client, sent(source, desk, "ru"), RUSSIAN)
    edit(task, TEXT, table("аб"))
    translate(client, task, {})
    assert body(task)[-1]["value"]["rows"] == [["а", "б"]]
    edit(task, TEXT, table("аб", ["своя", ""], ["", ""]))
    translate(client, task, {})
    assert body(task)[-1]["value"]["rows"][:2] == [["а", "б"], ["своя", ""]]
    assert told(task) == (0, 0)


@pytest.mark.parametrize("rows", [["вг"], ["аб", ["нови", "ред"], "вг"], ["абв", "гдђ"], ["аб", "вг", ["", ""]]])
def test_a_table_in_other_letters_has_the_same_shape_at_once(desk, rows):
    source = begun(table("аб", "вг"), language="sr")
    publish(draft(sent(source, desk, "sr-Latn")))
    now(source, TEXT, table(*rows))
    cells = [[len(row) for row in out(tag)[-1].rows] for tag in ("sr", "sr-Latn")]
    assert cells[0] == cells[1]
    assert out("sr-Latn")[-1].rows[-1][0] == () or out("sr-Latn")[-1].rows != out("sr")[-1].rows


@pytest.mark.parametrize("kind", ["picture", "video", "table", "quotation"])
def test_what_the_source_takes_out_goes_in_other_letters_at_once(desk, kind, pictures):
    block = {
        "picture": shot(pictures[0], "Лице", "Иван"),
        "video": video(title="Брод"),
        "table": table("аб"),
        "quotation": {"type": "quote", "id": OTHER, "value": {"text": "<p>Нећу.</p>", "attribution": "Ана"}},
    }[kind]
    source = begun(block, language="sr")
    publish(draft(sent(source, desk, "sr-Latn")))
    assert len(out("sr-Latn")) == 2
    now(source, TEXT)
    assert len(out("sr-Latn")) == 1
    now(source, TEXT, block)
    assert len(out("sr-Latn")) == 2, "it is back"


def test_what_the_source_exchanges_is_exchanged_in_other_letters_at_once(desk, pictures):
    source = begun(shot(pictures[0], "Лице", "Иван"), language="sr")
    publish(draft(sent(source, desk, "sr-Latn")))
    now(source, TEXT, shot(pictures[1], "Брод", "Брод", credit="Ana"))
    here, there = out("sr-Latn")[-1].picture, out("sr")[-1].picture
    assert (here.caption, here.file, here.credit) == ("Brod", there.file, "Ana")
    now(source, TEXT, shot(pictures[0], "Брод", "Брод"))
    assert out("sr-Latn")[-1].picture.file == out("sr")[-1].picture.file, "also under the same words"


def test_another_video_is_not_told_under_the_old_address(desk):
    source = begun(video(title="Брод"), language="sr")
    publish(draft(sent(source, desk, "sr-Latn")))
    now(source, TEXT, video("https://b.example/", "Други"))
    assert (out("sr-Latn")[-1].url, out("sr-Latn")[-1].title) == ("https://b.example/", "Drugi")


def test_blocks_stand_in_the_same_order_in_other_letters(desk):
    source = begun(video(title="Брод"), language="sr")
    task = sent(source, desk, "sr-Latn")
    page = draft(task)
    page.body = [*page.body.get_prep_value(), {"type": "embed", "value": video(title="Svoj")["value"]}]
    publish(page)
    now(source, video(title="Брод"), TEXT)
    assert [getattr(block, "title", "text") for block in out("sr-Latn")] == ["Brod", "Svoj", "text"]


def test_words_that_somebody_edited_keep_their_picture_until_they_are_looked_at(client, desk, pictures):
    one, two = pictures
    source = begun(shot(one, "Лице", "Иван"), language="sr")
    task = translate(client, sent(source, desk, "sr-Latn"), {"Иван": "Naš Ivan"})
    now(source, TEXT, shot(two, "Лице", "Иван"))
    assert (told(task), parts_of(draft(task))[OTHER]["picture.image"]) == ((0, 2), one.pk)
    translate(client, task, {}, confirm=["Лице", "Иван"])
    assert (told(task), parts_of(draft(task))[OTHER]["picture.image"]) == ((0, 0), two.pk)
    assert body(task)[-1]["value"]["caption"] == "Naš Ivan"


def test_taken_out_here_too_a_picture_goes_with_its_words(client, desk, pictures):
    source = begun(shot(pictures[0]))
    task = translate(client, sent(source, desk, "ru"), RUSSIAN)
    now(source, TEXT)
    translate(client, task, {}, confirm=["Лицо"])
    assert [block["type"] for block in body(task)] == ["text", "picture"]
    translate(client, task, {}, confirm=["Иван"])
    assert [block["type"] for block in body(task)] == ["text"]
    assert told(task) == (0, 0)


def test_copies_that_nobody_translated_go_with_the_source(client, desk, pictures):
    source = begun(shot(pictures[0]))
    task = translate(client, sent(source, desk, "ru"), WORDS)
    now(source, TEXT, shot(pictures[0], caption=""))
    translate(client, task, {})
    assert body(task)[-1]["value"]["caption"] == ""
    now(source, TEXT)
    translate(client, task, {})
    assert [block["type"] for block in body(task)] == ["text"]


def test_another_picture_under_the_same_words_is_told_and_comes_when_they_fit(client, desk, pictures):
    one, two = pictures
    source = begun(shot(one))
    task = translate(client, sent(source, desk, "ru"), RUSSIAN)
    now(source, TEXT, shot(two))
    assert told(task) == (0, 2)
    assert (
        "the picture, recording or address here is another one"
        in client.get(f"/admin/translating/{task.pk}/").content.decode()
    )
    translate(client, task, {}, confirm=["A face"])
    assert (told(task)[1] > 0, parts_of(draft(task))[OTHER]["picture.image"]) == (True, one.pk)
    translate(client, task, {}, confirm=["A face", "Ivan"])
    assert (told(task), parts_of(draft(task))[OTHER]["picture.image"]) == ((0, 0), two.pk)


@pytest.mark.parametrize("seen", [1, 2])
def test_a_picture_that_is_exchanged_while_somebody_saves_is_looked_at(monkeypatch, client, desk, pictures, seen):
    """Whoever saves waits for whoever publishes the source: the ticks were for what stood there before."""
    one, *others = *pictures, picture("Three", jpeg(700, 700))
    source = begun(shot(one))
    task = translate(client, sent(source, desk, "ru"), RUSSIAN)
    if seen == 2:
        now(source, TEXT, shot(others.pop()))
    data = typing(task, {}, confirm=["A face", "Ivan"])
    real = views._typed

    def meanwhile(*arguments):
        monkeypatch.setattr(views, "_typed", real)
        now(source, TEXT, shot(others[0]))
        return real(*arguments)

    monkeypatch.setattr(views, "_typed", meanwhile)
    client.post(f"/admin/translating/{task.pk}/", data)
    assert (told(task), parts_of(draft(task))[OTHER]["picture.image"]) == ((0, 2), one.pk)
    translate(client, task, {}, confirm=["A face", "Ivan"])
    assert (told(task), parts_of(draft(task))[OTHER]["picture.image"]) == ((0, 0), others[0].pk)


def test_a_picture_that_the_translator_exchanged_stays(client, desk, pictures):
    one, two = pictures
    source = begun(shot(one))
    task = translate(client, sent(source, desk, "ru"), RUSSIAN)
    edit(task, TEXT, shot(picture("Three", jpeg(700, 700)), "Лицо", "Иван"))
    own = parts_of(draft(task))
    now(source, TEXT, shot(two))
    assert told(task) == (0, 2)
    translate(client, task, {}, confirm=["A face", "Ivan"])
    assert (told(task), parts_of(draft(task))) == ((0, 0), own)


@pytest.mark.parametrize("words", [("Лицо", "Иван"), ("Рожа", "Ваня")])
def test_a_file_does_not_say_that_words_fit_another_picture(client, desk, pictures, words):
    source = begun(shot(pictures[0]))
    task = translate(client, sent(source, desk, "ru"), RUSSIAN)
    data = ex.translate(taken(client, task, "po"), dict(zip(("A face", "Ivan"), words, strict=True)), "po")
    now(source, TEXT, shot(pictures[1]))
    back(client, data, task)
    assert told(task) == (0, 2)


def test_a_picture_without_words_that_the_translator_took_away_does_not_come_back(client, desk, pictures):
    source = begun()
    task = translate(client, sent(source, desk, "ru"), WORDS)
    now(source, TEXT, shot(pictures[0], "", ""))
    translate(client, task, {})
    assert [block["type"] for block in body(task)] == ["text", "picture"]
    edit(task, body(task)[0])
    translate(client, task, {})
    assert [block["type"] for block in body(task)] == ["text"]


@pytest.mark.parametrize("caption", ["", "Моё"])
def test_what_the_translator_added_stays(client, desk, pictures, caption):
    source = begun()
    task = translate(client, sent(source, desk, "ru"), WORDS)
    edit(task, body(task)[0], shot(pictures[0], "", caption))
    for caption_now in ("Моё", "", ""):
        translate(client, task, {"": caption_now} if caption else {})
        assert [block["type"] for block in body(task)] == ["text", "picture"]


def test_what_was_tied_is_told_of_another_picture_and_what_came_in_anew_is_not(desk, pictures):
    one, two = pictures
    source = begun(shot(one))
    target = source.copy_for_translation(Locale.objects.get(language_code="ru"), copy_parents=True)
    target.save_revision().publish()
    assert tie({source.translation_key}, {target.pk}) == 1
    task = Task.objects.get(target=target)
    now(source, TEXT, shot(two))
    assert told(task) == (0, 2)
    task = Task.objects.select_related("source__locale", "target__locale").get(pk=task.pk)
    catch_up(task, {})
    assert told(task) == (0, 2), "it has the old one still"
    edit(task, TEXT, shot(two))
    task = Task.objects.select_related("source__locale", "target__locale").get(pk=task.pk)
    catch_up(task, {})
    assert told(task) == (0, 0)


def test_tasks_of_before_keep_what_they_have(client, desk, pictures):
    source = begun(shot(pictures[0]))
    task = translate(client, sent(source, desk, "ru"), RUSSIAN)
    task.pairs = {key: stored for key, stored in task.pairs.items() if key not in stored_parts(parts_of(source))}
    Task.objects.filter(pk=task.pk).update(pairs=task.pairs)
    now(source, TEXT, shot(pictures[1]))
    assert told(task) == (0, 0)
    translate(client, task, {})
    assert parts_of(draft(task))[OTHER]["picture.image"] == pictures[0].pk


def test_what_has_no_words_has_a_line_of_its_own_when_it_is_exchanged(client, desk, pictures):
    one, two = pictures
    source = begun(shot(one, "", ""))
    task = translate(client, sent(source, desk, "ru"), WORDS)
    old, end = parts_of(draft(task))[OTHER], f"c:{OTHER}/=:0"
    now(source, TEXT, shot(two, "", ""))
    assert told(task) == (0, 1)
    html = client.get(f"/admin/translating/{task.pk}/").content.decode()
    assert "the picture, recording or address here is another one" in html
    assert (f'name="{end}"' in html, f'name="t:{OTHER}/=:0"' in html) == (True, False)
    task = translate(client, task, {})
    assert (told(task), parts_of(draft(task))[OTHER]) == ((0, 1), old)
    form = typing(task, {}) | {end: "1"}
    assert client.post(f"/admin/translating/{task.pk}/", form).status_code == 302
    assert (told(task), parts_of(draft(task))[OTHER]) == ((0, 0), parts_of(StoryPage.objects.get(pk=source.pk))[OTHER])


def test_what_has_one_word_is_told_of_once(client, desk, pictures):
    source = begun(shot(pictures[0], caption=""))
    task = translate(client, sent(source, desk, "ru"), RUSSIAN)
    now(source, TEXT, shot(pictures[1], caption=""))
    assert told(task) == (0, 1)
    source = StoryPage.objects.get(pk=source.pk)
    now(source, TEXT, shot(pictures[1], alt="", caption="Ivan"))
    assert told(task) == (1, 1), "of the new caption, and of the description that is gone"


def test_a_file_says_nothing_of_what_has_no_words(client, desk, pictures):
    source = begun(shot(pictures[0], "", ""))
    task = translate(client, sent(source, desk, "ru"), WORDS)
    now(source, TEXT, shot(pictures[1], "", ""))
    data = ex.translate(taken(client, task, "xliff12"), {"It is full.": "Полон."}, "xliff12")
    back(client, data, task)
    assert (told(task), parts_of(draft(task))[OTHER]["picture.image"]) == ((0, 1), pictures[0].pk)
    catch_up(Task.objects.select_related("source__locale", "target__locale").get(pk=task.pk), {})
    assert told(task) == (0, 1)


def test_who_has_not_begun_is_told_of_nothing_without_words(client, desk, pictures):
    source = begun(shot(pictures[0], "", ""))
    task = sent(source, desk, "ru")
    now(source, TEXT, shot(pictures[1], "", ""))
    assert told(task) == (2, 0)
    translate(client, task, WORDS)
    assert (told(task), parts_of(draft(task))[OTHER]["picture.image"]) == ((0, 0), pictures[1].pk)


def test_in_other_letters_what_has_no_words_is_exchanged_at_once(desk, pictures):
    source = begun(shot(pictures[0], "", ""), language="sr")
    publish(draft(sent(source, desk, "sr-Latn")))
    now(source, TEXT, shot(pictures[1], "", ""))
    assert out("sr-Latn")[-1].picture.file == out("sr")[-1].picture.file


@pytest.mark.parametrize("words", ["", "Boats"])
def test_a_tick_of_a_form_that_was_overtaken_confirms_no_picture(client, desk, pictures, words):
    one, two = pictures
    source = begun(shot(one, words, ""))
    task = translate(client, sent(source, desk, "ru"), {**WORDS, words: "Лодки"} if words else WORDS)
    now(source, TEXT, shot(two, words, ""))
    html = client.get(f"/admin/translating/{task.pk}/").content.decode()
    ticks = [name for name in re.findall(r'name="(c:[^"]*)"', html) if OTHER in name]
    assert ticks
    form = typing(task, {}) | dict.fromkeys(ticks, "1")
    for image in (one, two):
        now(source, TEXT, shot(image, words, ""))
    html = client.post(f"/admin/translating/{task.pk}/", form).content.decode()
    found = re.findall(rf'<input[^>]*name="c:{OTHER}[^>]*>', html)
    assert found
    assert "checked" not in "".join(found)
