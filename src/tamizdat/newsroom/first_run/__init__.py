"""The first run: from an empty folder to a newsroom that somebody is logged in to, without a second command.

The wizard is a program of its own without Django, which has nothing to work on before there is a publication. It
answers only the browser that came with the link from the terminal.
"""
