"""``python -m photospec`` is ``photospec``."""

from photospec.cli import main

main()
