"""Reports as a Parquet table, for batches that a spreadsheet no longer holds; it needs the extra ``remote``."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable
from typing import Any

from photospec.errors import PhotospecError
from photospec.report import Report
from photospec.text import Language, Text

__all__ = ["write_parquet"]

ROWS = 10_000
"""Photos in a row group: some ten MB of memory."""


def write_parquet(reports: Iterable[Report], path: str | os.PathLike[str], *, language: Language = "zh") -> int:
    """Write reports to a Parquet file, a row for each photo.

    Parameters
    ----------
    reports : iterable of Report
        May be long: memory holds 10,000 at a time.
    path : str or path-like
        A file, or a URL that fsspec understands, such as ``s3://bucket/run.parquet``.
    language : {"zh", "en"}
        Language of messages and remedies.

    Returns
    -------
    int
        Number of photos written.

    Notes
    -----
    Columns: ``path``, ``verdict``, ``spec``, ``spec_digest``, ``sha256``, ``width``, ``height``, ``byte_length``,
    ``problem``, and ``findings``, a list with ``code``, ``rule``, ``level``, ``verdict``, ``value`` (numbers),
    ``text`` (values that are words), ``margin``, ``message``, ``remedy``. A local file appears when it is whole.

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
    finding = pa.struct(
        [(n, pa.string()) for n in ("code", "rule", "level", "verdict")]
        + [("value", pa.float64()), ("text", pa.string()), ("margin", pa.float64())]
        + [("message", pa.string()), ("remedy", pa.string())]
    )
    words = ("path", "verdict", "spec", "spec_digest", "sha256")
    columns = [(n, pa.string()) for n in words] + [(n, pa.int64()) for n in ("width", "height", "byte_length")]
    schema = pa.schema([*columns, ("problem", pa.string()), ("findings", pa.list_(finding))])
    target = os.fspath(path)
    temporary = target if "://" in target else f"{target}.part"
    count = 0
    iterator = iter(reports)
    with fsspec.open(temporary, "wb") as file, pq.ParquetWriter(file, schema, compression="zstd") as writer:
        while rows := [_row(report, language) for report in itertools.islice(iterator, ROWS)]:
            writer.write_table(pa.Table.from_pylist(rows, schema))
            count += len(rows)
    if temporary != target:
        os.replace(temporary, target)  # noqa: PTH105 - the name may be any path-like
    return count


def _row(report: Report, language: Language) -> dict[str, Any]:
    values = report.to_json(language)
    findings = [
        {
            **{n: f[n] for n in ("code", "rule", "level", "verdict", "margin", "message", "remedy")},
            "value": f["value"] if isinstance(f["value"], float) else None,
            "text": f["value"] if isinstance(f["value"], str) else None,
        }
        for f in values["findings"]
    ]
    return {
        **{n: values[n] for n in ("path", "verdict", "spec", "spec_digest", "sha256", "problem")},
        **values["photo"],
        "findings": findings,
    }
