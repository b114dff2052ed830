"""The one error of the package."""


class MelscopeError(Exception):
    """What went wrong with a cache or with the program: names the file, what is wrong and what to do."""
