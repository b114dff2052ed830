"""Tests of the package. They run the program that the environment variable MELSCOPE_PROGRAM names."""
