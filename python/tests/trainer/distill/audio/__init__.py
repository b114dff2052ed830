"""Hands on what its module defines, as the trainer does, and under another name too."""

from distill.audio.preprocessing import preprocess_complex_spectrograms
from distill.audio.preprocessing import preprocess_complex_spectrograms as prepare

__all__ = ["prepare", "preprocess_complex_spectrograms"]
