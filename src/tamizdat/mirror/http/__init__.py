"""Files out over HTTP/1.1 and HTTP/2, to anybody, however slow or hostile; about nobody is anything kept."""
