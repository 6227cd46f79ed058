"""Values that every area shares: ids, messages, errors, locales, pages, phone numbers, clock, secrets, events."""
