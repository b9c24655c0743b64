"""Load what every worker of a service needs; the fork server imports this once, and its workers share the pages.

A whole check of a drawn portrait, all rules, loads every model and fills every table, so that the first student does
not wait for it, nor the first after a worker was replaced.
"""

import photospec.batch._warm  # noqa: F401 - first: it keeps the libraries to one thread
from photospec.batch import check
from photospec.specs import load_spec
from photospec.testing import encode, portrait

check(encode(portrait(1).pixels), load_spec().select("ALL"))
