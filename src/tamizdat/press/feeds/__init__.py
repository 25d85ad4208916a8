"""What feed readers get: Atom with an archive of everything, RSS 2.0 and JSON Feed, always with the full text.

``Feeds`` presses them. One story becomes one ``Entry``, which each format writes down in its own way.
"""
