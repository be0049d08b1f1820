"""What set-up found out about the fonts here, brought to where matplotlib looks for it.

It looks in a folder that it may write to, which a fresh kernel has empty; looking at all fonts once
more would make the first plot seconds late.
"""

import glob
import os
import shutil
import sys

KEPT = "share/matplotlib"


def bring(temporary: str) -> None:
    """Copy the list of fonts, if set-up has left one beside this Python."""
    place = os.path.join(temporary, ".matplotlib")
    found = glob.glob(os.path.join(sys.prefix, KEPT, "fontlist-*.json"))
    if found:
        os.makedirs(place, exist_ok=True)
        for path in found:
            shutil.copyfile(path, os.path.join(place, os.path.basename(path)))
