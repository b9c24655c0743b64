"""Build a folder that starts by a double click, try it, and pack it as a zip.

python packaging/build.py [OUTPUT]

It builds for the system that it runs on; on Windows, build-windows.cmd first makes what it needs.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

from photospec import __version__

HERE = Path(__file__).resolve().parent
READ_ME = """photospec {version}

双击 photospec{ending} 即可使用；浏览器会打开网页工作台。照片只在本机处理，不会上传到任何地方。
关闭黑色窗口即结束程序。结果和决定保存在您的用户文件夹下的 photospec 文件夹，下次打开会接着上次继续。

Double-click photospec{ending}; the browser opens the page to work in. Photos stay on this machine.
Closing the black window ends the program. Results and decisions are kept in the folder photospec of your home.
"""


def build(output: Path) -> Path:
    """Gather the program and return its folder."""
    words = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    words += ["--distpath", str(output), "--workpath", str(output / "work"), str(HERE / "photospec.spec")]
    subprocess.run(words, check=True, cwd=HERE)
    folder = output / "photospec"
    ending = ".exe" if os.name == "nt" else ""
    (folder / "先看我 READ ME.txt").write_text(
        READ_ME.format(version=__version__, ending=ending), encoding="utf-8-sig", newline="\r\n"
    )
    return folder


def attempt(folder: Path) -> None:
    """Run what was built: the demo, whose photos are checked, and the page, which must answer."""
    program = folder / ("photospec.exe" if os.name == "nt" else "photospec")
    demo = subprocess.run([program, "demo", "--lang", "en"], capture_output=True, text=True, check=False)
    assert demo.returncode == 1, demo.stdout + demo.stderr  # some of its photos are bad on purpose
    assert "16 photos" in demo.stdout, demo.stdout + demo.stderr
    session = folder.parent / "session"
    words = [program, "ui", "--no-browser", "--session", session, "--config", "none", "--lang", "en"]
    page = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        assert page.stdout is not None
        page.stdout.readline()
        address = page.stdout.readline().strip().partition("#")[0]
        with urllib.request.urlopen(address, timeout=60) as answer:
            assert b"desk.js" in answer.read()
    finally:
        page.terminate()
        page.wait(timeout=60)
        shutil.rmtree(session, ignore_errors=True)


def main() -> None:
    """Build, try, pack."""
    output = Path(sys.argv[1] if len(sys.argv) > 1 else HERE / "dist").resolve()
    folder = build(output)
    attempt(folder)
    name = f"photospec-{__version__}-{platform.system().lower()}-{platform.machine().lower()}"
    packed = shutil.make_archive(str(output / name), "zip", output, "photospec")
    print(f"{packed}  {Path(packed).stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
