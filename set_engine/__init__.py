"""Make, train, rewire and record sparse networks.

The names of `__init__.pyi` are imported when they are first used: torch alone takes more than a
second.
"""

import lazy_loader

# First: it must run before torch is imported.
import set_engine.cores  # noqa: F401

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
