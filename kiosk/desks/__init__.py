"""Where effects are performed: one desk a kind of thing in the world. None of them blocks the loop."""
