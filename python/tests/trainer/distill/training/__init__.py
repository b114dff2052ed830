"""The training loop's package."""
