"""Stories as editors know them, and how they become stories as readers know them."""
