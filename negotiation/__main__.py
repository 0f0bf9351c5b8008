"""`python -m negotiation` is `negotiation`."""

from negotiation.cli import main

main()
