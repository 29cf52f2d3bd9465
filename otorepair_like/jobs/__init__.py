"""Jobs that repair tickets without a running program."""
