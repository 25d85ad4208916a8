"""Source or translation were saved while somebody typed: nothing typed stands at another piece, and nothing is lost."""

import re
from html import unescape

import pytest
from desk_kit import publish, text, write
from translating_kit import sent, shown, translate

from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.newsroom.suggesting.marks import mark, unchecked
from tamizdat.newsroom.translating.beside import newest
from tamizdat.newsroom.translating.models import Task

pytestmark = pytest.mark.django_db
BODY = "<p>One.</p><p>Two.</p><p>Three.</p><p>Four.</p>"
WORDS = {"Harbour": "Гавань", "One.": "Раз.", "Two.": "Два.", "Three.": "Три.", "Four.": "Четыре."}
APART = "What you typed at pieces that are not here any more"


@pytest.fixture
def task(desk):
    return sent(publish(write("Harbour", story_id="harbour", body=text(BODY))), desk, "ru")


class Form:
    """The two columns in a browser without scripts."""

    def __init__(self, client, task):
        self._client, self._address = client, f"/admin/translating/{task.pk}/"
        self.take(client.get(self._address))

    def take(self, answer):
        self.html = answer.content.decode()
        form = self.html.partition('name="seen"')[2].partition("</form>")[0]
        hidden = re.findall(r'<input type="hidden" name="(source|pieces)" value="([^"]*)"', form)
        self.data = {"seen": unescape(re.search(r' value="([^"]*)"', form)[1])} | {k: unescape(v) for k, v in hidden}
        typed = re.findall(r'<textarea name="(t:[^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL)
        self.data |= {unescape(name): unescape(value) for name, value in typed}
        self.data |= dict.fromkeys(re.findall(r'name="(c:[^"]+)" value="1" checked', form), "1")
        self.lost = re.findall(r'name="lost"[^>]*>(.*?)</textarea>', form)
        self.data |= {"lost": self.lost}
        rows = re.findall(r'class="beside-source".*?</textarea>', form, re.DOTALL)
        self.rows = dict(map(self._row, rows))

    def _row(self, row):
        said, _area, typed = row.partition("<textarea")
        words = re.sub(r"<del>.*?</del>|<p class.*?</p>|<[^>]+>", "", said.partition('">')[2] + ">", flags=re.DOTALL)
        return " ".join(unescape(words).split()).strip("> "), (
            re.search('name="([^"]+)"', typed)[1], unescape(typed.partition(">")[2].removesuffix("</textarea>"))
        )  # fmt: skip

    def type(self, words):
        for piece, typed in words.items():
            self.data[self.rows[piece][0]] = typed
        return self

    def tick(self, piece):
        self.data["c" + self.rows[piece][0][1:]] = "1"
        return self

    def send(self, **more):
        answer = self._client.post(self._address, {**self.data, **more})
        if answer.status_code != 302:
            self.take(answer)
        return answer.status_code

    def texts(self):
        return {piece: typed for piece, (_name, typed) in self.rows.items() if typed}


def source_says(task, body):
    source = StoryPage.objects.get(pk=task.source_id)
    (block,) = source.body.get_prep_value()
    source.body = [{**block, "value": body}] if body else text("<p>Another.</p>")
    publish(source)


def saved(task):
    return {row.source.removeprefix("<p>").removesuffix("</p>"): (row.state, row.text) for row in shown(task)[-1].rows}


@pytest.mark.parametrize(
    ("body", "gone"),
    [
        (f"<p>Zero.</p>{BODY}", ""),
        ("<p>Two.</p><p>Three.</p><p>Four.</p>", "One."),
        ("<p>One.</p><p>Another.</p><p>Three.</p><p>Four.</p>", "Two."),
        ("<p>Three.</p>", "One. Two. Four."),
        ("", "One. Two. Three. Four."),
    ],
)
def test_what_was_typed_stays_at_its_piece_or_apart(client, task, body, gone):
    form = Form(client, task).type(WORDS)
    source_says(task, body)
    assert form.send() == 200
    assert "The source changed while you worked" in form.html
    assert form.texts() == {piece: typed for piece, typed in WORDS.items() if piece not in gone.split()}
    assert [unescape(each) for each in form.lost] == [WORDS[piece] for piece in gone.split()]
    assert (APART in form.html) == bool(gone)
    assert form.send() == 302
    for piece, (state, typed) in saved(task).items():
        assert (state, typed) == (("same", f"<p>{WORDS[piece]}</p>") if piece in WORDS else ("new", ""))


def test_what_stands_apart_is_there_still_after_a_suggestion(client, task):
    form = Form(client, task).type(WORDS)
    source_says(task, "<p>Three.</p>")
    form.send()
    form.send(take="t:title:0|none")
    assert form.lost == ["Раз.", "Два.", "Четыре."]


def test_a_headline_stays_where_it_is(client, task):
    form = Form(client, task).type({"Harbour": "Гавань"})
    source = StoryPage.objects.get(pk=task.source_id)
    source.title = "The harbour"
    publish(source)
    form.send()
    assert form.texts() == {"The harbour": "Гавань"}


@pytest.mark.parametrize("text", ["Четыре.", "Другое."])
def test_a_tick_counts_for_what_was_ticked_alone(client, task, text):
    task = translate(client, task, WORDS)
    source_says(task, BODY.replace("One", "1").replace("Four", "4"))
    form = Form(client, task)
    ticked = [name for name, typed in form.rows.values() if typed in {"Раз.", "Четыре."}]
    form.data |= {f"c{name[1:]}": "1" for name in ticked} | {ticked[1]: text}
    source_says(task, BODY.replace("One", "1").replace("Four", "44"))
    assert form.send() == 200
    assert form.send() == 302
    assert {row.text: row.state for row in shown(task)[-1].rows} == {
        "<p>Раз.</p>": "same", "<p>Два.</p>": "same", "<p>Три.</p>": "same", f"<p>{text}</p>": "changed"
    }  # fmt: skip


def test_where_nobody_typed_the_words_of_a_colleague_stay(client, task):
    task = translate(client, task, WORDS)
    form = Form(client, task).type({"Two.": "Моё два."})
    translate(client, task, {"One.": "Чужой раз.", "Two.": "Чужое два."})
    assert form.send() == 200
    assert "Somebody saved this translation" in form.html
    assert form.texts() == {**WORDS, "One.": "Чужой раз.", "Two.": "Моё два."}
    assert form.send() == 302
    assert saved(task)["One."] == ("same", "<p>Чужой раз.</p>")


def test_a_suggestion_does_not_hide_that_somebody_saved(client, desk, task):
    other = publish(write("Another", story_id="another", body=text("<p>One.</p>")))
    translate(client, sent(other, desk, "ru"), {"Another": "Другой", "One.": "Один."})
    form = Form(client, task).type({"Harbour": "Моё"})
    wish = unescape(re.search(r'name="take" value="([^"]+)"', form.html)[1])
    translate(client, task, {"Harbour": "Чужая работа"})
    assert form.send(take=wish) == 200
    assert form.texts() == {"Harbour": "Моё", "One.": "Один."}
    assert form.send() == 200
    assert "Somebody saved this translation" in form.html
    assert newest(StoryPage.objects.get(pk=task.target_id)).title == "Чужая работа"
    assert form.send() == 302
    assert newest(StoryPage.objects.get(pk=task.target_id)).title == "Моё"


@pytest.mark.parametrize("pieces", ["", "{", "[]", "null", '{"title": 1}', '{"title": [["a"]]}'])
def test_a_form_of_before_or_of_nobody_is_read_by_place(client, task, pieces):
    form = Form(client, task).type({"Harbour": "Гавань"})
    source_says(task, BODY.replace("One", "1"))
    assert form.send(pieces=pieces) == 200
    assert form.texts()["Harbour"] == "Гавань"
    assert Task.objects.get(pk=task.pk).todo == 5


@pytest.mark.parametrize("refused", ["too long", "saved", "source"])
def test_what_somebody_emptied_stays_empty_when_it_could_not_be_saved(client, task, refused):
    task = translate(client, task, WORDS)
    form = Form(client, task).type({"Two.": ""})
    if refused == "too long":
        form.type({"Harbour": "Г" * 300})
    elif refused == "saved":
        translate(client, task, {"One.": "Чужой раз."})
    else:
        source_says(task, f"<p>Zero.</p>{BODY}")
    assert form.send() == 200
    assert form.texts().keys() == WORDS.keys() - {"Two."}
    form.type({"Harbour": "Гавань"})
    assert form.send() == 302
    assert saved(task)["Two."] == ("same", "")


def test_a_form_that_does_not_say_what_it_shows_empties_nothing(client, task):
    """Nobody knows which of its empty fields somebody emptied, and which were empty when it was opened."""
    form = Form(client, task).type({"One.": "Моё раз."})
    translate(client, task, {"Two.": "Чужое два."})
    assert form.send(pieces="") == 200
    assert form.texts() == {"One.": "Моё раз.", "Two.": "Чужое два."}
    assert form.send() == 302
    assert saved(task)["Two."] == ("same", "<p>Чужое два.</p>")


def test_what_a_form_does_not_name_stays(client, task):
    task = translate(client, task, WORDS)
    form = Form(client, task).type({"One.": "Ещё раз."})
    del form.data[form.rows["Two."][0]], form.data[form.rows["Harbour"][0]]
    assert form.send() == 302
    assert saved(task)["Two."] == ("same", "<p>Два.</p>")
    assert saved(task)["One."] == ("same", "<p>Ещё раз.</p>")
    assert newest(StoryPage.objects.get(pk=task.target_id)).title == "Гавань"


def ticks(html):
    """The boxes “I checked it”, and whether each is ticked."""
    return [each == " checked" for each in re.findall(r'name="checked" value="\w+"( checked)?>', html)]


@pytest.mark.parametrize("why", ["a colleague saved", "too long"])
def test_what_somebody_ticked_as_checked_is_ticked_still(client, desk, task, why):
    translate(client, task, WORDS)
    mark(task.target_id, [("<p>Раз.</p>", "rich"), ("<p>Два.</p>", "rich")], "test")
    form = Form(client, task)
    assert ticks(form.html) == [False, False]
    form.data["checked"] = re.findall(r'name="checked" value="(\w+)"', form.html)[:1]
    if why == "too long":
        form.type({"Harbour": "Г" * 300})
    else:
        newest(StoryPage.objects.get(pk=task.target_id)).save_revision(user=desk)
    form.take(client.post(f"/admin/translating/{task.pk}/", form.data))
    assert ticks(form.html) == [True, False]
    assert unchecked(task.target_id)


def test_but_not_where_the_source_says_something_else_now(client, desk, task):
    translate(client, task, WORDS)
    mark(task.target_id, [("<p>Раз.</p>", "rich"), ("<p>Два.</p>", "rich")], "test")
    form = Form(client, task)
    form.data["checked"] = re.findall(r'name="checked" value="(\w+)"', form.html)
    page = StoryPage.objects.get(pk=task.source_id)
    (block,) = page.body.get_prep_value()
    page.body = [{**block, "value": BODY.replace("One", "Another")}]
    publish(page)
    form.take(client.post(f"/admin/translating/{task.pk}/", form.data))
    assert ticks(form.html) == [False, True]
