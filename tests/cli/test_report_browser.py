"""The report in a browser: no error, nothing loaded, no sideways scrolling on a phone."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from negotiation.cli.console import run

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: the page is not looked at"),
]

#: Notes what went wrong before any other script runs, and writes what it measured at the end.
WATCH = """<script>window.wrong=[];addEventListener('error',e=>wrong.push(String(e.message)));
addEventListener('securitypolicyviolation',e=>wrong.push(e.violatedDirective+' '+e.blockedURI));
for(const k of ['error','warn'])console[k]=(...a)=>wrong.push(a.join(' '));</script>"""
MEASURE = """<script>addEventListener('load',()=>setTimeout(()=>{const d=document.documentElement,
s=document.createElement('pre');s.id='measured';s.textContent=JSON.stringify({wrong,
wide:Math.max(d.scrollWidth,document.body.scrollWidth),room:innerWidth,
shown:[...document.querySelectorAll('svg')].filter(e=>e.getBoundingClientRect().width>0).length,
asked:performance.getEntriesByType('resource').map(e=>e.name)});document.body.append(s)},300))
</script>"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("report") / "report.html"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEGOTIATION_CACHE", "off")
        assert run(["report", "canada_us", "--draws", "40", "-o", str(place)]) == 0
    return place


def browse(page: Path, where: Path, *flags: str, scripts: bool = True) -> str:
    """Return the page as the browser has it in the end."""
    text = page.read_text(encoding="utf-8")
    if not scripts:
        text = re.sub(r"<script>.*?</script>", "", text, flags=re.S)
    policy = r'<meta http-equiv="Content-Security-Policy"[^>]*>'
    # Only in the copy, whose own two scripts the policy does not know.
    text = re.sub(policy, "", text).replace("<title>", WATCH + "<title>", 1)
    copy = where / "copy.html"
    copy.write_text(text.replace("</body>", MEASURE + "</body>"), encoding="utf-8")
    return dumped(copy, where, *flags)


def dumped(page: Path, where: Path, *flags: str) -> str:
    assert CHROMIUM is not None
    command = [
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        f"--user-data-dir={where / 'profile'}",
        "--virtual-time-budget=8000",
        *flags,
        "--dump-dom",
        page.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


def measured(dom: str) -> dict[str, object]:
    found = re.search(r'<pre id="measured">(.*?)</pre>', dom, re.S)
    assert found is not None
    told: dict[str, object] = json.loads(found[1].replace("&lt;", "<").replace("&amp;", "&"))
    return told


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("dark", [False, True])
def test_no_error_and_nothing_is_loaded(
    page: Path, tmp_path: Path, scripts: bool, dark: bool
) -> None:
    flags = ["--blink-settings=preferredColorScheme=0"] if dark else []
    found = measured(browse(page, tmp_path, *flags, scripts=scripts))
    assert found["wrong"] == []
    assert found["asked"] == []
    assert isinstance(found["shown"], int)
    assert found["shown"] >= 9


def test_the_policy_stops_no_script_and_no_style_of_the_page(page: Path, tmp_path: Path) -> None:
    """With its policy the console is silent: what it blocks it reports there."""
    assert CHROMIUM is not None
    command = [
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--enable-logging=stderr",
        f"--user-data-dir={tmp_path / 'profile'}",
        "--virtual-time-budget=8000",
        "--dump-dom",
        page.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    said = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    assert said == []


def test_a_phone_needs_no_sideways_scrolling(page: Path, tmp_path: Path) -> None:
    """In a frame of 390 pixels: chromium itself has no window narrower than 500."""
    text = page.read_text(encoding="utf-8")
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    inner = MEASURE.replace("document.body.append(s)", "parent.document.body.append(s)")
    (tmp_path / "inner.html").write_text(
        text.replace("<title>", WATCH + "<title>", 1).replace("</body>", inner + "</body>"),
        encoding="utf-8",
    )
    frame = tmp_path / "frame.html"
    frame.write_text(
        '<!doctype html><body style="margin:0"><iframe src="inner.html" '
        'style="width:390px;height:844px;border:0"></iframe></body>',
        encoding="utf-8",
    )
    found = measured(dumped(frame, tmp_path, "--allow-file-access-from-files"))
    assert found["room"] == 390
    assert found["wide"] == 390


def test_the_file_is_small(page: Path) -> None:
    assert page.stat().st_size < 600_000
