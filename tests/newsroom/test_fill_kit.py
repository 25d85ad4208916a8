"""The kit that fills newsrooms for other tests fills them soundly."""

import pytest
from fill_kit import fill

from tamizdat.newsroom.moving_in.checks import faults_of_pages
from tamizdat.newsroom.pressroom.models import Release

pytestmark = pytest.mark.django_db


def test_a_newsroom_is_filled_once_and_soundly():
    assert fill(60, ("en", "ru", "fa")).new == 60
    assert fill(60, ("en", "ru", "fa")).same == 60
    assert Release.objects.filter(current=True).count() == 60
    assert not faults_of_pages()
