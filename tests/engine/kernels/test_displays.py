"""What cells show besides text."""

import base64
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from engine.ports import (
    Cleared,
    Ended,
    Kernel,
    KernelLimits,
    Printed,
    Raised,
    Returned,
    Shown,
    ShownTable,
)
from protocol.ids import SessionId
from protocol.items import Column
from tests.engine.kernels.talk import LIMITS, a_pool, ended, printed, said

pytestmark = [pytest.mark.kernel, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def kernel(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Kernel]:
    folder = tmp_path_factory.mktemp("displays")
    async with a_pool(folder) as pool:
        yield await pool.get(SessionId("s_displays"), folder / "w")


async def test_a_frame_is_a_table(kernel: Kernel) -> None:
    outputs = await said(kernel, "import pandas as pd\npd.DataFrame({'a': [1], 'b': ['x']})")
    assert outputs == [
        ShownTable(
            columns=(Column(name="a", type="integer"), Column(name="b", type="text")),
            rows=[[1, "x"]],
            row_count=1,
        ),
        Ended(outcome="ok"),
    ]


async def test_a_displayed_frame_is_a_table_too(kernel: Kernel) -> None:
    outputs = await said(kernel, "display(pd.DataFrame({'a': [1]}))\ndisplay(pd.Series([2]))")
    assert [type(o) for o in outputs] == [ShownTable, ShownTable, Ended]


async def test_a_plot_is_an_image(kernel: Kernel) -> None:
    outputs = await said(kernel, "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()")
    shown = [o for o in outputs if isinstance(o, Shown)]
    assert len(shown) == 1
    assert shown[0].displays[0].mime == "image/png"
    assert base64.b64decode(shown[0].displays[0].data).startswith(b"\x89PNG")


async def test_a_plot_left_open_is_shown_at_the_end(kernel: Kernel) -> None:
    outputs = await said(kernel, "_ = plt.figure().gca().bar(['a'], [1])")
    assert [o.displays[0].mime for o in outputs if isinstance(o, Shown)] == ["image/png"]


async def test_a_display_can_be_drawn_anew(kernel: Kernel) -> None:
    code = (
        "from IPython.display import HTML, display, update_display\n"
        "bar = display(HTML('0 %'), display_id='bar')\n"
        "bar.update(HTML('50 %'))\n"
        "update_display(HTML('100 %'), display_id='bar')\n"
        "display(HTML('done'))"
    )
    shown = [o for o in await said(kernel, code) if isinstance(o, Shown)]
    # What nobody has seen yet is replaced at once, so how often the bar is drawn is chance.
    assert [(o.id, o.displays[0].data) for o in shown][-2:] == [("bar", "100 %"), (None, "done")]
    assert {o.id for o in shown[:-1]} == {"bar"}


async def test_a_plot_for_a_file_is_shown_all_the_same(kernel: Kernel) -> None:
    code = (
        "import matplotlib\nmatplotlib.use('Agg')\n"
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    )
    outputs = await said(kernel, code)
    assert [o.displays[0].mime for o in outputs if isinstance(o, Shown)] == ["image/png"]
    outputs = await said(kernel, "%matplotlib inline\nplt.plot([1, 2])\nplt.show()")
    assert [o.displays[0].mime for o in outputs if isinstance(o, Shown)] == ["image/png"]


async def test_output_can_be_taken_back(kernel: Kernel) -> None:
    code = (
        "from IPython.display import clear_output, display\n"
        "print('gone')\ndisplay({'text/html': 'gone'}, raw=True)\n"
        "clear_output()\nprint('kept')\nclear_output(wait=True)"
    )
    outputs = await said(kernel, code)
    last = max(place for place, output in enumerate(outputs) if isinstance(output, Cleared))
    assert outputs[last + 1 :] == [Printed(stream="stdout", text="kept\n"), Ended(outcome="ok")]


async def test_what_a_question_mark_tells_is_shown(kernel: Kernel) -> None:
    (shown,) = [o for o in await said(kernel, "print?") if isinstance(o, Shown)]
    assert "Docstring" in str(shown.displays[0].data)


async def test_a_frame_of_polars_is_a_table_of_its_types(kernel: Kernel) -> None:
    code = (
        "import polars as pl, datetime as d, decimal\n"
        "pl.DataFrame({'n': [1, None], 'big': [2**60, 1], 'day': [d.date(2024, 1, 2), None],\n"
        "              'price': [decimal.Decimal('1.10'), None], 'raw': [b'x', None]})"
    )
    (table, _) = await said(kernel, code)
    assert isinstance(table, ShownTable), table
    assert [column.type for column in table.columns] == [
        *("integer", "int64", "date", "decimal", "bytes"),
    ]
    assert table.rows == [
        [1, str(2**60), "2024-01-02", "1.10", "eA=="],
        [None, "1", None, None, None],
    ]


async def test_a_figure_of_plotly_comes_as_one(kernel: Kernel) -> None:
    outputs = await said(kernel, "import plotly.graph_objects as go\ngo.Figure(go.Bar(y=[1, 2]))")
    (shown,) = [o for o in outputs if isinstance(o, Shown)]
    best = shown.displays[0]
    assert best.mime == "application/vnd.plotly.v1+json"
    assert best.data["data"][0]["type"] == "bar"
    assert "text/html" not in [display.mime for display in shown.displays]


async def test_what_people_look_for_is_there(kernel: Kernel) -> None:
    code = (
        "from importlib.util import find_spec\n"
        "names = 'polars pyarrow duckdb plotly sklearn statsmodels openpyxl'.split()\n"
        "[name for name in names if find_spec(name) is None]"
    )
    assert await said(kernel, code) == [Returned(text="[]"), Ended(outcome="ok")]


async def test_the_best_form_of_a_display_stands_first(kernel: Kernel) -> None:
    code = (
        "from IPython.display import display\n"
        "display({'text/plain': 'p', 'text/html': '<b>h</b>',"
        " 'application/vnd.vegalite.v6+json': {'mark': 'bar'}}, raw=True)"
    )
    (shown,) = [o for o in await said(kernel, code) if isinstance(o, Shown)]
    assert [d.mime for d in shown.displays] == [
        "application/vnd.vegalite.v6+json",
        "text/html",
        "text/plain",
    ]
    assert shown.displays[0].data == {"mark": "bar"}


async def test_markdown_latex_and_svg_pass_through(kernel: Kernel) -> None:
    code = (
        "from IPython.display import Markdown, Latex, SVG, display\n"
        "display(Markdown('**m**'), Latex('$x$'), SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>'))"
    )
    outputs = await said(kernel, code)
    mimes = [o.displays[0].mime for o in outputs if isinstance(o, Shown)]
    assert mimes == ["text/markdown", "text/latex", "image/svg+xml"]


async def test_carriage_returns_and_colours_pass_through(kernel: Kernel) -> None:
    outputs = await said(kernel, r"print('10%\r20%', end='\r'); print('\x1b[31mred\x1b[0m')")
    assert printed(outputs) == "10%\r20%\r\x1b[31mred\x1b[0m\n"


async def test_a_warning_is_readable(kernel: Kernel) -> None:
    outputs = await said(kernel, "import warnings\nwarnings.warn('old ways')")
    assert "UserWarning: old ways" in printed(outputs, "stderr")


async def test_a_shell_line_shows_its_output(kernel: Kernel) -> None:
    outputs = await said(kernel, "!echo from the shell; echo in red >&2; sleep 60 & ")
    assert printed(outputs) == "from the shell\n"
    assert printed(outputs, "stderr") == "in red\n"


async def test_output_of_child_processes_arrives(kernel: Kernel) -> None:
    code = "import multiprocessing as m\nm.get_context('fork').Pool(2).map(print, ['a', 'b'])"
    outputs = await said(kernel, code)
    assert sorted(printed(outputs)) == ["\n", "\n", "a", "b"]  # who is first is chance


async def test_what_a_child_says_last_is_said_in_its_own_cell(kernel: Kernel) -> None:
    # Twice as much as a pipe holds, in letters of three bytes: they may be cut anywhere.
    long = "import os\nos.system('yes \u20ac | head -c 131072')"
    assert printed(await said(kernel, long)) == ("\u20ac\n" * 32768)
    for number in range(20):
        outputs = await said(kernel, f"import os; os.system('echo {number}; echo {number} >&2')")
        assert (printed(outputs), printed(outputs, "stderr")) == (f"{number}\n", f"{number}\n")


async def test_a_forked_copy_ends_with_the_cell(kernel: Kernel) -> None:
    outputs = await said(kernel, "import os\npid = os.fork()\nif pid: os.waitpid(pid, 0)")
    assert ended(outputs) == Ended(outcome="ok")
    assert ended(await said(kernel, "1")).outcome == "ok"


async def test_frames_of_input_itself_are_not_in_a_traceback(kernel: Kernel) -> None:
    outputs = kernel.run("def ask():\n    input()\n    raise KeyboardInterrupt\nask()", LIMITS)
    await anext(outputs)
    await kernel.reply("")
    raised = next(o for o in [o async for o in outputs] if isinstance(o, Raised))
    assert "ask" in raised.traceback
    assert "kernelbase" not in raised.traceback


async def test_a_recursion_without_end_is_told_once(kernel: Kernel) -> None:
    """IPython looks at each of its thousand frames, and takes a minute for that."""
    outputs = await said(kernel, "def f(n):\n    return f(n + 1)\nf(0)", KernelLimits())
    (raised,) = [o for o in outputs if isinstance(o, Raised)]
    assert (raised.name, raised.message) == ("RecursionError", "maximum recursion depth exceeded")
    assert "more times" in raised.traceback
    assert 'File "Cell In[' in raised.traceback


async def test_a_chain_of_a_thousand_exceptions_is_told_in_short(kernel: Kernel) -> None:
    code = (
        "e = None\nfor n in range(1_000):\n"
        "    new = ValueError(n)\n    new.__cause__, e = e, new\nraise e"
    )
    (raised,) = [o for o in await said(kernel, code) if isinstance(o, Raised)]
    assert raised.message == "999"
    assert len(raised.traceback) < 25_000


async def test_code_that_awaits_can_be_interrupted(kernel: Kernel) -> None:
    await said(kernel, "kept = 7")
    code = "import asyncio\nprint('begun', flush=True)\nawait asyncio.sleep(1_000)"
    outputs = kernel.run(code, LIMITS)
    await anext(outputs)
    await kernel.interrupt()
    assert ended([o async for o in outputs]).outcome == "interrupted"
    assert await said(kernel, "kept") == [Returned(text="7"), Ended(outcome="ok")]


async def test_leaving_python_is_told_without_advice_for_terminals(kernel: Kernel) -> None:
    outputs = await said(kernel, "import sys\nsys.exit(3)")
    assert [(o.name, o.message) for o in outputs if isinstance(o, Raised)] == [("SystemExit", "3")]
    assert printed(outputs, "stderr") == ""
