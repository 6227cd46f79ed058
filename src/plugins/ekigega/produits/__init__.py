"""Products: what the tenant sells, with its price and stock (contracts/ekigega.txt section 3)."""
