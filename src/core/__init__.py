"""The domain kernel: standard library, msgspec and phonenumbers only. It defines ports; adapters stand around it."""
