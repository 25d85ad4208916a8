"""Front pages as editors arrange them: of each language, and of each section. Newest first where nobody did."""
