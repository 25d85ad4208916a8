"""Wires: what agencies and other sources send, kept for editors to look at, and one click away from a draft."""
