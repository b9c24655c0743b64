@echo off
rem Builds packaging\dist\photospec-VERSION-windows-amd64.zip. Needs Python 3.11 or later from python.org, and this folder.
setlocal
cd /d "%~dp0.."
py -3 -m venv packaging\venv || exit /b 1
packaging\venv\Scripts\python -m pip install -q ".[ui]" "pyinstaller>=6.11" || exit /b 1
packaging\venv\Scripts\python packaging\build.py || exit /b 1
echo Done. Unzip the file in packaging\dist anywhere and double-click photospec.exe.
