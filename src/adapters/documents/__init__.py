"""Documents: PDF by Typst and charts by pygal, in processes of their own."""
