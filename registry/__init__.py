"""The registry: what a city owns, what state it is in, and how that is proven."""

__version__ = "0.7.2"
