"""Where releases become editions: what editors let go, in the order in which they did, and the press that takes it."""
