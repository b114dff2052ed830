"""A stand-in for the trainer `distill`: the names that the adapter touches, and no training."""
