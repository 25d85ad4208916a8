"""Which HTML elements mean what to us. Elements named nowhere here lose their tags and keep their text."""

from typing import Final

DROPPED: Final = frozenset({"head", "script", "style", "template", "datalist", "noembed", "noframes", "param"})
"""Elements whose content no reader ever sees."""

HEADINGS: Final = {"h1": 2, "h2": 2, "h3": 3, "h4": 4, "h5": 4, "h6": 4}
"""Heading elements to levels of a story, whose headline is level 1."""

EMPHASIS: Final = frozenset({"em", "i", "dfn", "var"})
STRONG: Final = frozenset({"strong", "b"})
STRUCK: Final = frozenset({"del", "s", "strike"})
PLAYERS: Final = frozenset({"iframe", "video", "audio", "embed", "object"})
"""Elements that would load something foreign."""

SILENT_PLAYERS: Final = frozenset({"iframe", "video", "audio"})
"""Players whose content is only for browsers that do not know them."""

POSTS: Final = frozenset({
    "bluesky-embed", "fb-post", "fb-video", "instagram-media", "mastodon-embed", "reddit-embed-bq", "tiktok-embed",
    "twitter-tweet", "twitter-video",
})  # fmt: skip
"""Classes by which networks mark a quotation that their script would turn into a post."""

EMOJI: Final = frozenset({"emoji", "wp-smiley", "emojione", "twemoji"})
"""Classes of pictures that stand for one character."""

BLOCKS: Final = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir", "div",
    "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "hr", "html", "legend", "li",
    "main", "menu", "nav", "ol", "optgroup", "option", "p", "pre", "search", "section", "select", "summary", "table",
    "tbody", "td", "tfoot", "th", "thead", "tr", "ul", *HEADINGS,
})  # fmt: skip
"""Elements that end a paragraph where they begin and where they end."""
