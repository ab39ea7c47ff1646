"""One module a format, each with its declaration; a new one is a new file here."""
