"""PostgreSQL: rows, statements, the unit of work, the generic store, and the stores of the kernel's areas."""
