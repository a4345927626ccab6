"""What the commands of the console script do, apart from saying it."""
