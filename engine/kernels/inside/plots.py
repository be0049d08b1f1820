"""Figures of a backend without a screen: shown all the same.

Code from elsewhere often begins with `matplotlib.use("Agg")`; what it draws would be seen nowhere.
"""

import base64
import io
import sys

from IPython.display import display


def show_the_rest() -> None:
    """Show and close what was drawn for a file only, at the end of its cell."""
    plots = sys.modules.get("matplotlib.pyplot")
    if plots is None or plots.get_backend().lower() != "agg":
        return
    try:
        for number in plots.get_fignums():
            drawn = io.BytesIO()
            plots.figure(number).savefig(drawn, format="png", bbox_inches="tight")
            image = base64.b64encode(drawn.getvalue()).decode()
            display({"image/png": image}, raw=True)  # type: ignore[no-untyped-call]
    finally:
        plots.close("all")
