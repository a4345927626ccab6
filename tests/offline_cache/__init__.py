"""What survives the night, and the power cuts that show it."""
