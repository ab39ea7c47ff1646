"""Reading and writing what the city owns; every function takes a connection first and opens none."""
