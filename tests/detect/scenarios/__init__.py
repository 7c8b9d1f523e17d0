"""The corpus, a file a kind of program."""
