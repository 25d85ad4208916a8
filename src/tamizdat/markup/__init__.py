"""Foreign HTML and Markdown into blocks of a story, and blocks into clean HTML, for sources, editors and comments."""

from tamizdat.markup.markdown import read_markdown
from tamizdat.markup.read import Markup, plain_text, read_html, read_text
from tamizdat.markup.write import to_html

__all__ = ["Markup", "plain_text", "read_html", "read_markdown", "read_text", "to_html"]
