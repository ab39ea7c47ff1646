"""How one thing is judged: the numbers of the standards as tables, and the form every figure takes."""
