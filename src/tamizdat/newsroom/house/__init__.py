"""How the newsroom looks and what its menu offers: a paper's own rooms, in Wagtail's building."""
