"""Writing in a real browser: tables, links to own stories, pictures, and what is kept when the browser dies."""

import json
import random

import pytest
from browser_kit import IN_A_BROWSER, browsing_as, refill
from desk_kit import jpeg, person, picture, publish, text, write
from newsroom_settings import PASSPHRASE
from PIL import Image, ImageChops, ImageStat

from tamizdat.limits import LIMITS
from tamizdat.newsroom.pictures.models import LibraryPicture
from tamizdat.newsroom.pressroom.models import Release
from tamizdat.newsroom.pressroom.press import Press
from tamizdat.newsroom.stories.models import StoryPage
from tamizdat.trust.keyring import Keyring

pytestmark = IN_A_BROWSER
PASTE = """(cell, given) => {
  const data = new DataTransfer();
  for (const [kind, words] of Object.entries(given)) data.setData(kind, words);
  cell.focus();
  cell.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def browser(live_server, monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    refill()
    with browsing_as(person(), live_server.url) as (page, complaints):
        yield page
        assert complaints.found == []


def table(rows, *, header=True):
    return [{"type": "table", "value": {"caption": "", "header": header, "rows": rows}}]


def press(room):
    run = Press(room, Keyring.open(room, lambda _file: PASSPHRASE)).run()
    assert not run.failed, run.report


def opened(page, story):
    page.goto(f"/admin/pages/{story.pk}/edit/")


def cell(page, row, column):
    return page.get_by_role("textbox", name=f"row {row}, column {column}", exact=True)


def rows_of(page):
    return json.loads(page.locator("tz-grid textarea").input_value())


def save(page):
    page.get_by_role("button", name="Save draft").click()
    page.get_by_text("has been updated").or_(page.get_by_text("has been saved")).first.wait_for()


def saved_body(story):
    return [
        dict(item) for item in StoryPage.objects.get(pk=story.pk).get_latest_revision_as_object().body.get_prep_value()
    ]


def test_a_table_is_typed_with_the_keyboard_alone(browser):
    page = browser
    rows = [["Route", "Now"], ["Kem <strong>north</strong>", '<a href="https://a.example/">3</a>']]
    story = write("Ferries", body=table(rows))
    opened(page, story)
    cell(page, 2, 2).focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")  # a new row
    page.keyboard.press("ArrowLeft")
    page.keyboard.type("Onega <1>")
    page.keyboard.press("Tab")
    page.keyboard.type("7")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.ariaLabel") == "row 2, column 2"
    page.keyboard.press("Control+Shift+Enter")  # a new column
    page.keyboard.type("late")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.ariaLabel") == "row 2, column 2"
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.textContent") == "Add column"
    # What nobody touched is as it was, to the byte.
    expected = [["Route", "Now", ""], [*rows[1], "late"], ["Onega &lt;1&gt;", "7", ""]]
    assert rows_of(page) == expected
    save(page)
    assert saved_body(story)[0]["value"]["rows"] == expected


def test_rows_and_columns_go_and_come_back(browser):
    page = browser
    rows = [["a", "b"], ["c", "d"]]
    story = write("Ferries", body=table(rows))
    opened(page, story)
    cell(page, 2, 1).click()
    page.get_by_role("button", name="Remove row").click()
    assert rows_of(page) == [["a", "b"]]
    page.get_by_role("button", name="Remove column").click()
    assert rows_of(page) == [["b"]]
    assert page.get_by_role("button", name="Remove row").is_disabled()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").click()
    assert rows_of(page) == rows
    cell(page, 1, 1).focus()
    page.keyboard.press("Control+Shift+Backspace")
    assert rows_of(page) == [["c", "d"]]
    # Whether the first row is a header is seen at once.
    headed = page.locator("tz-grid table.tz-grid__headed")
    assert headed.count() == 1
    page.get_by_label("The first row names the columns").uncheck()
    assert headed.count() == 0


def test_cells_are_marked_and_linked(browser):
    page = browser
    story = write("Ferries", body=table([["one two"]]))
    opened(page, story)
    cell(page, 1, 1).dblclick(position={"x": 14, "y": 14})
    page.keyboard.press("Control+b")
    assert rows_of(page) in ([["<strong>one</strong> two"]], [["<strong>one </strong>two"]])
    cell(page, 1, 1).focus()
    page.keyboard.press("Control+k")
    page.keyboard.type("javascript:alert(1)")
    page.keyboard.press("Enter")
    page.get_by_text("This is not an address we link to").wait_for()
    page.get_by_label("Address of the link").fill("https://b.example/?a=1&b=2")
    page.get_by_role("button", name="Set link").click()
    assert 'href="https://b.example/?a=1&amp;b=2"' in rows_of(page)[0][0]
    save(page)
    page.keyboard.press("Escape")
    cell(page, 1, 1).focus()
    page.get_by_role("button", name="Link", exact=True).last.click()
    page.get_by_label("Address of the link").fill("")
    page.get_by_role("button", name="Set link").click()
    assert "<a" not in rows_of(page)[0][0]


PASTES = [
    ({"text/plain": "a\tb\nc\td\n"}, [["a", "b"], ["c", "d"]]),
    ({"text/plain": 'a\t"two\nlines, ""q"""\r\n5"\td'}, [["a", 'two lines, &quot;q&quot;'], ["5&quot;", "d"]]),
    ({"text/plain": "<b>x</b>\t&amp;\nshort"}, [["&lt;b&gt;x&lt;/b&gt;", "&amp;amp;"], ["short", ""]]),
    ({"text/plain": "one"}, [["one", ""], ["", ""]]),
    (
        {"text/html": "<table><tr><th>H</th><td style='font-weight:bold'>I</td><tr><td colspan=2>w</td></table>"},
        [["H", "<strong>I</strong>"], ["w", ""]],
    ),
    (
        {"text/html": "<table><tr><td rowspan=2>a</td><td>b</td><tr><td><i>c</i></table>", "text/plain": "x"},
        [["a", "b"], ["", "<em>c</em>"]],
    ),
    (
        {
            "text/html": "<table><tr><td><a href='javascript:x()'>n</a><img src='data:,'></td>"
            "<td><script>alert(1)</script><a href='https://a.example/'>y</a></td></tr></table>"
        },
        [["n", '<a href="https://a.example/">y</a>'], ["", ""]],
    ),
    ({"text/html": "<p>see <b>this</b></p>", "text/plain": "see this"}, [["see <strong>this</strong>", ""], ["", ""]]),
]  # fmt: skip


def test_tables_are_pasted_from_elsewhere(browser):
    page = browser
    for at, (given, expected) in enumerate(PASTES):
        story = write(f"Ferries {at}", body=table([["", ""], ["", ""]]))
        opened(page, story)
        cell(page, 1, 1).evaluate(PASTE, given)
        assert rows_of(page) == expected, given
    cell(page, 2, 2).evaluate(PASTE, {"text/plain": "1\t2\n3\t4"})  # grows to the right and down
    assert [len(row) for row in rows_of(page)] == [3, 3, 3]
    assert rows_of(page)[1][1:] == ["1", "2"]


def test_more_cells_than_a_table_may_have_are_refused_at_once(browser):
    page = browser
    story = write("Ferries", body=table([["a"] * 64] * (LIMITS.max_table_cells // 64)))
    opened(page, story)
    cell(page, 1, 1).evaluate(PASTE, {"text/plain": "1\n" * (LIMITS.max_table_cells // 64 + 1)})
    page.get_by_text(f"a table holds at most {LIMITS.max_table_cells}").wait_for()
    assert page.get_by_role("button", name="Add row").is_disabled()
    assert len(rows_of(page)) == LIMITS.max_table_cells // 64


def test_a_table_in_persian_runs_from_right_to_left(browser):
    page = browser
    page.set_viewport_size({"width": 390, "height": 800})
    story = write("کشتی", language="fa", body=table([["مسیر", "پیش", "اکنون"]] * 2))
    opened(page, story)
    first, second = cell(page, 1, 1).bounding_box(), cell(page, 1, 2).bounding_box()
    assert first["x"] > second["x"]
    cell(page, 1, 1).focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")  # ahead
    assert page.evaluate("document.activeElement.ariaLabel") == "row 1, column 2"
    for _ in range(4):
        page.keyboard.press("Control+Shift+Enter")
    # It is scrolled inside, and the screen stays as wide as it is.
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("(box => box.scrollWidth > box.clientWidth)(document.querySelector('.tz-grid__scroll'))")


CROPS = """async (asked) => {
  const { leadCut, cardCut, focusOf } = await import("/static/pictures/crop.js");
  return asked.map(([width, height, point]) => {
    const focus = focusOf(width, height, point);
    return [focus, leadCut(width, height, focus), cardCut(width, height, focus)];
  });
}"""


def test_the_scripts_cut_where_the_press_does(browser):
    chance = random.Random(5)
    asked = []
    for _ in range(400):
        width, height = chance.randint(1, 1280), chance.randint(1, 1280)
        point = [chance.randint(0, width), chance.randint(0, height)] if chance.random() < 0.9 else None
        asked.append([width, height, point])
    browser.goto("/admin/")
    for (width, height, point), (focus, lead, card) in zip(asked, browser.evaluate(CROPS, asked), strict=True):
        x, y = point or (None, None)
        image = LibraryPicture(width=width, height=height, focal_point_x=x, focal_point_y=y)
        assert tuple(focus) == image.focus
        assert " ".join(map(str, lead)) == image.cuts.lead_view
        assert (" ".join(map(str, card)) if card else "") == image.cuts.card_view


def test_the_focus_is_set_by_keys_and_readers_get_what_was_shown(browser, room):
    page = browser
    made = picture(data=jpeg(1600, 1200))
    page.goto(f"/admin/images/{made.pk}/")
    handle = page.locator("[data-handle]")
    handle.focus()
    for _ in range(3):
        page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("ArrowUp")
    assert handle.get_attribute("aria-label").startswith("Point that stays in the picture: 50% from the left, 79%")
    shown = page.locator("[data-cut=lead]").get_attribute("viewBox")
    card = page.locator("[data-cut=card]").get_attribute("viewBox")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("updated").first.wait_for()
    made.refresh_from_db()
    assert (made.focus, made.cuts.lead_view, made.cuts.card_view) == ((500, 789), shown, card)
    publish(write("With a picture", picture=made))
    press(room)
    (whole,) = [file for file in (room / "out" / "pictures").iterdir() if "-" not in file.name]
    left, top, width, height = map(int, shown.split())
    with Image.open(whole) as image, Image.open(whole.with_name(f"{whole.stem}-500-789-1280.jpg")) as lead:
        part = image.crop((left, top, left + width, top + height)).resize(lead.size)
        assert max(ImageStat.Stat(ImageChops.difference(part.convert("L"), lead.convert("L"))).extrema[0]) <= 8
    # By pointer, live, and back.
    page.goto(f"/admin/images/{made.pk}/")
    box = page.locator("[data-stage]").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.1)
    assert page.locator("[data-cut=lead]").get_attribute("viewBox") == "0 0 1280 720"
    page.mouse.up()
    page.get_by_role("button", name="Back to the middle").click()
    assert page.locator("[data-cut=lead]").get_attribute("viewBox") == "0 120 1280 720"


def test_another_lead_picture_shows_its_own_cut(browser):
    page = browser
    first = picture(data=jpeg(1600, 1200), focal_point_x=640, focal_point_y=0)
    second = picture("A tower", data=jpeg(700, 1200))
    LibraryPicture.objects.filter(pk=second.pk).update(title="tower.jpg")
    story = write("With a picture", picture=first)
    opened(page, story)
    lead = page.locator("tz-chosen [data-cut=lead]")
    assert lead.get_attribute("viewBox") == "0 0 1280 720"
    page.locator("tz-chosen").get_by_role("button", name="Actions").click()
    page.get_by_role("button", name="Change image").click()
    page.locator(".modal").get_by_text("tower.jpg").click()
    page.locator(
        f"tz-chosen [data-cut=lead][viewBox='{LibraryPicture.objects.get(pk=second.pk).cuts.lead_view}']"
    ).wait_for()
    assert page.locator("input[name=picture]").input_value() == str(second.pk)


def test_a_story_is_linked_to_by_choosing_it(browser):
    page = browser
    target = publish(write("Harbour closed"))
    story = write("Linking", body=text("<p>See there.</p>"))
    opened(page, story)
    editor = page.locator("[data-contentpath=body] .public-DraftEditor-content").first
    editor.click()
    page.keyboard.press("Control+a")
    page.locator("button[name=LINK]").first.click()
    page.locator(".modal").get_by_label("Search").or_(page.locator(".modal [name=q]")).first.fill("Harbour")
    page.locator(".modal").get_by_role("link", name="Harbour closed").click()
    page.locator(".modal").wait_for(state="hidden")
    save(page)
    assert f'<a id="{target.pk}" linktype="page">See there.</a>' in saved_body(story)[0]["value"].replace(
        f'linktype="page" id="{target.pk}"', f'id="{target.pk}" linktype="page"'
    )
    page = StoryPage.objects.get(pk=story.pk)
    publish(page.get_latest_revision_as_object())
    release = Release.objects.get(story_id=StoryPage.objects.get(pk=story.pk).story_id, current=True)
    assert f"{target.story_id}.html".encode() in bytes(release.story)
