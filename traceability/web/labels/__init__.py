"""Labels and delivery notes: what is printed and stuck on metal, or handed to a driver."""
