"""How watch and server reach each other."""
