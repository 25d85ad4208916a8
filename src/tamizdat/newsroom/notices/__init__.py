"""Legal notices as editors and lawyers make them: drafts that nobody is warned by, until somebody signs them off."""
