"""Files: received, checked by content, kept privately, shown by signed URLs that expire."""
