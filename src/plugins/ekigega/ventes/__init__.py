"""Sales: they take stock when made and give it back when cancelled (contracts/ekigega.txt section 4)."""
