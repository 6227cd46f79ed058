"""Jobs on SAQ: the outbox is the truth, the queue a way to the workers that may be lost at any time."""
