"""A pretend city and the generator that draws it; it enters no other room of the house."""
