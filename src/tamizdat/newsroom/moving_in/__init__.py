"""Whole sites that move in: every story of a source as a page of the newsroom, once, however often it is tried."""
