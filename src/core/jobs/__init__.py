"""Jobs: what runs after a commit, how often it is tried, and what is waiting."""
