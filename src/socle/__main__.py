"""`python -m socle`."""

from socle.command import main

main()
