"""`python -m stimgen` is the command `stimgen`."""

from stimgen.cli.main import main

if __name__ == "__main__":
    main()
