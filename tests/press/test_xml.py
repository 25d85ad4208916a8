"""XML written as text is what the library would have written."""

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tamizdat.press.xml import add, element

# XML has no control characters but tabs and line ends, and neither have stories.
SIGNS = st.sampled_from("\t\n\r&<>\"'\ufffe\uffff")
# Not st.text(), which would draw from all characters alike.
TEXTS = st.lists(SIGNS | st.characters(blacklist_categories=("Cs", "Cc"))).map("".join)


@given(text=TEXTS, value=TEXTS)
def test_an_element_is_written_as_the_library_writes_it(text, value):
    there = add(etree.Element("r"), "e", text, a=value, b="")
    assert element("e", text, a=value, b="").encode() == etree.tostring(there, encoding="UTF-8", xml_declaration=False)
