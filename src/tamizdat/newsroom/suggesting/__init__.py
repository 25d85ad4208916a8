"""Suggestions for translators: drafts by a machine, what was translated before, agreed words, sister languages."""
