"""Recordings: originals that newsrooms hand in, and the small files that readers get, made before anybody publishes."""
