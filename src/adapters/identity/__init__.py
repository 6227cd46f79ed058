"""Identity: passwords, tokens, one-time codes and sealed secrets behind the ports of the accounts area."""
