"""Translations taken out as PO or XLIFF, to be worked on elsewhere, and brought back without losing anybody's words."""
