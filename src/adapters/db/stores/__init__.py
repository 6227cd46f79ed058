"""The stores of the kernel areas."""
