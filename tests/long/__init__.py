"""What takes long: the same claims over many more seeds (`make test-long`)."""
