"""What is not on a terminal, or builds one: the sandbox city, the demo and its dock."""
