"""Wave Checkout as a payment gateway of Socle."""
