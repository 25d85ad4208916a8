"""The newspaper: stories into pages, feeds and maps of the site. Same stories, same settings, same bytes.

``LanguageSite`` presses everything of one language once, and from then on only what a change touches. Nothing here
reads or writes a file: stories come in, pages go out.
"""
