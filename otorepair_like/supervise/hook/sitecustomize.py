"""Python imports this before the program, since otorepair put its folder first on PYTHONPATH.

It starts the probe, takes the folder off the path and makes room for the program's own ``sitecustomize``: if there is
none, the import below fails as it would have failed without us, which ``site`` expects. Every Python there is may
read this file, so it is written for all of them; the probe itself needs 3.8.
"""

import os
import sys

_folder = os.path.dirname(__file__)
_self = sys.modules.pop("sitecustomize")  # kept, or old Pythons would clear these names
_modules = set(sys.modules)
try:
    if sys.version_info >= (3, 8):  # noqa: UP036 - of the child, not of otorepair
        import otorepair_probe  # type: ignore[import-not-found]

        otorepair_probe.start(_folder)
except Exception:  # noqa: BLE001, S110 - the program must not know that we were here
    pass
for _name in set(sys.modules) - _modules:
    del sys.modules[_name]
sys.path[:] = [entry for entry in sys.path if entry != _folder]
sys.path_importer_cache.pop(_folder, None)

import sitecustomize  # type: ignore[import-not-found] # noqa: E402, F401
