"""`python -m registry`: the command line without its script."""

from registry.cli import main

if __name__ == "__main__":
    main()
