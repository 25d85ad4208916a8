"""Out again: what a newsroom posts elsewhere about a story that is out, with the ways in for those who are blocked."""
