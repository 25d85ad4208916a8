"""What editors see of a cut picture is what the press cuts."""

import pytest
from desk_kit import jpeg, person, picture
from hypothesis import given
from hypothesis import strategies as st

from tamizdat.newsroom.pictures.cuts import cuts_of, view_box
from tamizdat.pictures.variants import variants
from tamizdat.story import Picture

SIDES = st.integers(1, 1280)
THOUSANDTHS = st.integers(0, 1000)


@given(SIDES, SIDES, st.tuples(THOUSANDTHS, THOUSANDTHS))
def test_the_cuts_are_those_of_the_press(width, height, focus):
    cuts = cuts_of(width, height, focus)
    made = variants(Picture(alt="-", file="0" * 64, width=width, height=height, focus=focus))
    assert {each.part for each in made.lead.avif} in ({cuts.lead}, set())
    assert (made.card.part if made.card else None) == cuts.card
    assert cuts.lead_view == view_box(cuts.lead)
    assert bool(cuts.card_view) == bool(cuts.card)


@pytest.mark.django_db
def test_the_form_shows_the_saved_cut_without_any_script(client):
    client.force_login(person())
    made = picture(data=jpeg(1600, 1200))
    assert (made.width, made.height) == (1280, 960)
    made.focal_point_x, made.focal_point_y, made.focal_point_width, made.focal_point_height = 640, 900, 100, 100
    made.save()
    html = client.get(f"/admin/images/{made.pk}/").content.decode()
    assert 'viewBox="0 240 1280 720"' in html
    assert 'data-cut="card"' in html
    assert "style=" not in html.partition("<tz-focus")[2].partition("</tz-focus>")[0]


@pytest.mark.django_db
def test_a_small_picture_says_that_it_makes_no_card(client):
    client.force_login(person())
    html = client.get(f"/admin/picture-cuts/{picture(data=jpeg(320, 200)).pk}/").content.decode()
    assert 'viewBox="0 10 320 180"' in html
    assert 'data-cut="card"' not in html
    assert "Too small for social cards" in html
    assert client.get("/admin/picture-cuts/999999/").status_code == 404


@pytest.mark.django_db
def test_cuts_are_shown_to_colleagues_alone(client):
    assert client.get(f"/admin/picture-cuts/{picture().pk}/").status_code == 302
