"""Sound: any recording becomes the few small files that are published of it, without a word of where it came from."""
