"""Trains a small beta-VAE on a cache: an example of a trainer, in torch alone.

usage: melscope run recordings -- python3 examples/train_vae.py [--epochs N]

`melscope run` makes sure that the cache is valid and names it in the environment variable MELSCOPE_CACHE. The package
is installed with `pip install ./python`. Losses are sums of mean squared errors of both channels, each of which has a
variance of about 1 in a normalised cache, and of KL in nats per value.
"""

import argparse
import os
import time

import torch
from torch import nn
from torch.nn import functional

import melscope

# Instantaneous frequency is mostly noise, which no network can foretell, so the picture of magnitudes leads.
IF_WEIGHT = 0.2
BETA_MAX = 1.0
WARM_UP_EPOCHS = 3
# KL in nats that each latent dimension has for free: without it, many would be given up in the first epochs.
FREE_NATS = 0.25


class Vae(nn.Module):
    """Strided convolutions from [batch, 2, n_mels, frames] to a vector, and the same way back."""

    def __init__(self, shape: tuple[int, int, int], n_latent: int = 64, widths: tuple[int, ...] = (24, 48, 64, 96)):
        super().__init__()
        encoder, decoder, n_in = [], [], 2
        for width in widths:
            encoder += [nn.Conv2d(n_in, width, 4, stride=2, padding=1), nn.GroupNorm(8, width), nn.LeakyReLU(0.1)]
            n_in = width
        for width in reversed(widths[:-1]):
            decoder += [nn.ConvTranspose2d(n_in, width, 4, stride=2, padding=1), nn.GroupNorm(8, width)]
            decoder += [nn.LeakyReLU(0.1)]
            n_in = width
        decoder.append(nn.ConvTranspose2d(n_in, 2, 4, stride=2, padding=1))
        # Each layer halves, so both sides of the picture are filled up to a multiple of 2^layers.
        self.pad = [-size % 2 ** len(widths) for size in shape[1:]]
        inner = [(size + pad) // 2 ** len(widths) for size, pad in zip(shape[1:], self.pad)]
        n_inner = widths[-1] * inner[0] * inner[1]
        self.encoder = nn.Sequential(*encoder, nn.Flatten(), nn.Linear(n_inner, 2 * n_latent))
        self.decoder = nn.Sequential(
            nn.Linear(n_latent, n_inner), nn.Unflatten(1, (widths[-1], *inner)), nn.LeakyReLU(0.1), *decoder
        )

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The reconstruction, and the KL divergence of each latent dimension, [n_latent] in nats."""
        padded = functional.pad(x, (0, self.pad[1], 0, self.pad[0]), mode="replicate")
        mean, log_var = self.encoder(padded).chunk(2, dim=1)
        log_var = log_var.clamp(-8, 8)
        z = mean + torch.randn_like(mean) * (0.5 * log_var).exp() if self.training else mean
        kl = 0.5 * (mean**2 + log_var.exp() - 1 - log_var).mean(dim=0)
        return self.decoder(z)[..., : x.shape[2], : x.shape[3]], kl


def run_epoch(model: Vae, loader: melscope.Loader, beta: float, optimizer: torch.optim.Optimizer | None) -> list[float]:
    """One pass, which trains where there is an optimizer: the means of loss, both channels' errors and KL."""
    model.train(optimizer is not None)
    totals, n_tensors = torch.zeros(4), 0
    for x in loader:
        with torch.set_grad_enabled(optimizer is not None):
            y, kl = model(x)
            errors = ((y - x) ** 2).mean(dim=(0, 2, 3))
            paid = (kl - FREE_NATS).clamp(min=0).sum() / x[0, 0].numel()
            loss = errors[0] + IF_WEIGHT * errors[1] + beta * paid
        if optimizer is not None:
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
        totals += len(x) * torch.stack([loss, errors[0], errors[1], kl.sum()]).detach()
        n_tensors += len(x)
    return (totals / max(n_tensors, 1)).tolist()


def main() -> None:
    """Trains, and prints a line for each epoch and side of the split."""
    parser = argparse.ArgumentParser(description="Trains a small beta-VAE on the cache that MELSCOPE_CACHE names.")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    args = parser.parse_args()
    cache = os.environ.get("MELSCOPE_CACHE")
    if not cache:
        parser.error("MELSCOPE_CACHE is not set: use `melscope run recordings -- python3 examples/train_vae.py`")
    torch.manual_seed(0)
    train, validation = melscope.loaders(cache, batch_size=args.batch_size)
    model = Vae(train.dataset.shape)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.learning_rate)
    print(f"{len(train.dataset)} tensors to train on, {len(validation.dataset)} to validate on")
    # Epoch 0 only looks: what the network does before it has learned anything.
    for epoch in range(args.epochs + 1):
        beta = BETA_MAX * min(1.0, epoch / WARM_UP_EPOCHS)
        for side, loader in (("train", train), ("validation", validation)):
            started_s = time.monotonic()
            means = run_epoch(model, loader, beta, optimizer if loader is train and epoch > 0 else None)
            print(
                f"epoch {epoch:2} {side:>10}: loss {means[0]:.4f}, magnitude {means[1]:.4f}, "
                f"frequency {means[2]:.4f}, KL {means[3]:.1f} nats, {time.monotonic() - started_s:.1f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
