"""What is measured: importing a module here registers its subjects."""
