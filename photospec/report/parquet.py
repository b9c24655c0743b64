"""The flat table of findings as a Parquet file, for batches that a spreadsheet no longer holds; extra ``remote``."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable

from photospec.errors import PhotospecError
from photospec.report import Report
from photospec.report.table import columns, finding_rows
from photospec.text import Languages, Text

__all__ = ["write_parquet"]

ROWS = 50_000
"""Findings in a row group: about a thousand photos, some fifty MB of memory."""


def write_parquet(
    reports: Iterable[Report], path: str | os.PathLike[str], *, language: Languages = "zh", compact: bool = False
) -> int:
    """Write reports to a Parquet file, one row a finding.

    Parameters
    ----------
    reports : iterable of Report
        May be long: memory holds 50,000 findings at a time.
    path : str or path-like
        A file, or a URL that fsspec understands, such as ``s3://bucket/run.parquet``.
    language : {"zh", "en", "both"}
        Language of the words.
    compact : bool
        Leave out the findings that pass; a photo that passes whole has one row without a rule.

    Returns
    -------
    int
        Number of rows written.

    Notes
    -----
    The columns are those of `photospec.report.table.columns`. A local file appears when it is whole.

    Raises
    ------
    PhotospecError
        pyarrow or fsspec is not installed.
    """
    try:
        import fsspec
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError as error:
        raise PhotospecError(
            Text("写 Parquet 需要：pip install 'photospec[remote]'", "Parquet needs: pip install 'photospec[remote]'")
        ) from error
    types = {str: pa.string(), int: pa.int64(), float: pa.float64()}
    schema = pa.schema([(name, types[kind]) for name, kind in columns(language).items()])
    target = os.fspath(path)
    temporary = target if "://" in target else f"{target}.part"
    count = 0
    found = finding_rows(reports, language=language, compact=compact)
    with fsspec.open(temporary, "wb") as file, pq.ParquetWriter(file, schema, compression="zstd") as writer:
        while rows := list(itertools.islice(found, ROWS)):
            writer.write_table(pa.Table.from_pylist(rows, schema))
            count += len(rows)
    if temporary != target:
        os.replace(temporary, target)  # noqa: PTH105 - the name may be any path-like
    return count
