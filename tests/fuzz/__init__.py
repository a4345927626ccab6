"""Every parser of what a device says, driven by atheris: inputs that reach new code are mutated further.

A target is a `Fuzzed` beside the claims of its parser (tests/drivers), and asserts what they assert. Its
corpus (corpus/NAME, files named by the SHA-1 of what is in them) is replayed by `make test`; a million inputs
for each are `make test-long`. `python -m tests.fuzz.keep` fuzzes for a while and keeps what was reached.
"""
