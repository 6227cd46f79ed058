"""The gateways of the house: MTN MoMo, Orange Money and Moov Money behind the port `core.payments.gateway`."""
