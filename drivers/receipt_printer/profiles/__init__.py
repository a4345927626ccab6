"""Data: one TOML file a printer model, named as in the configuration."""
