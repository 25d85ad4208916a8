"""Rows of a table as the form takes them: early, and at their cell."""

import json

import pytest
from django.core.exceptions import ValidationError

from tamizdat.limits import LIMITS
from tamizdat.newsroom.stories.blocks import RowsBlock
from tamizdat.newsroom.stories.grids import RowsField


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("[", "valid JSON"),
        ('{"a": 1}', "rows of cells"),
        ('[["a"], "b"]', "rows of cells"),
        ('[["a"], ["b", "c"]]', "equally wide"),
        ("[[]]", "equally wide"),
        (json.dumps([["x"] * (LIMITS.max_table_cells + 1)]), "too many"),
        ('[["a", "b"], ["c", "<a href=\\"javascript:x()\\">d</a>"]]', "row 2, column 2: 'javascript:x()'"),
        ('[["a\\u0000b"]]', "row 1, column 1: "),
    ],
)
def test_rows_that_no_story_carries_are_refused_in_words(rows, words):
    with pytest.raises(ValidationError) as refused:
        RowsField().clean(rows)
    assert words in str(refused.value)


def test_rows_are_kept_as_they_were_written():
    rows = [["a <strong>b</strong>", ""], ['<a href="https://a.example/">c</a>', "1 &amp; 2"]]
    assert RowsField().clean(json.dumps(rows)) == rows
    assert RowsField().clean(json.dumps([["x"] * LIMITS.max_table_cells])) == [["x"] * LIMITS.max_table_cells]


def test_the_grid_is_told_its_bound_and_its_words():
    html = RowsBlock().field.widget.render("body-0-rows", '[["a"]]', {"id": "id_rows"})
    assert f'data-most="{LIMITS.max_table_cells}"' in html
    assert "row {row}, column {column}" in html
    assert "<script" not in html
    assert "style=" not in html
    assert any("module" in str(each) for each in RowsBlock().field.widget.media.render_js())
