"""Loads tensors as the trainer does and writes each one's values beside it, for the test to compare.

usage: cache_torch.py FILE.pt..., writes FILE.pt.values (float32, little-endian, row-major)
"""

import sys

import torch

for path in sys.argv[1:]:
    tensor = torch.load(path, map_location="cpu", weights_only=True)
    assert tensor.dtype == torch.float32, tensor.dtype
    assert tensor.is_contiguous(), tensor.stride()
    print(path, list(tensor.shape))
    with open(path + ".values", "wb") as out:
        # Without NumPy, which torch does not need to be installed with.
        out.write(bytes(tensor.flatten().view(torch.uint8).tolist()))
