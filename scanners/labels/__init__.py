"""Draw the QR code of a lot and the label around it, one module per output format (floor 1)."""
