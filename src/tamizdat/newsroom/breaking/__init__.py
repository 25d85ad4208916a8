"""Breaking news: one headline and one line in several languages, out in seconds, that grows into the full story."""
