"""The picture library: originals without their metadata, with the words that readers need."""
