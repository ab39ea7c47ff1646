"""The commands of the registry itself, one module per subject; each offers a tuple COMMANDS."""
