"""Which modules pytest can collect: some need the extra ``train``."""

import importlib.util

LEARNING = ["nets.py", "recipes.py", "export.py", "judge.py", "cards.py", "__main__.py"]

collect_ignore = ["__main__.py"] if importlib.util.find_spec("torch") else LEARNING
