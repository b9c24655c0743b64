"""Check a batch on a Dask cluster; it needs the extra ``dask``."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from concurrent.futures import Executor

from photospec.batch import usable_cores
from photospec.errors import PhotospecError
from photospec.text import Text

__all__ = ["dask_executor"]

LOSSES = 3
"""Workers that may die over one chunk before its photos are sent one by one."""


@contextlib.contextmanager
def dask_executor(address: str, *, workers: int | None = None) -> Iterator[tuple[Executor, int]]:
    """Connect to a Dask scheduler, or start a cluster of processes on this machine.

    Parameters
    ----------
    address : str
        ``local``, or the address of a scheduler such as ``tcp://10.0.0.5:8786``. Its workers need photospec, of the
        same version, and must see the photos under the same paths.
    workers : int, optional
        Processes of a local cluster; by default one for each usable core.

    Yields
    ------
    executor : concurrent.futures.Executor
        For `photospec.check_many`. A chunk whose worker dies is run again on another.
    int
        How many tasks the cluster runs at once.

    Raises
    ------
    PhotospecError
        distributed is not installed, or the scheduler does not answer.
    """
    try:
        import dask
        from distributed import Client, LocalCluster
    except ModuleNotFoundError as error:
        raise PhotospecError(
            Text(
                "在 Dask 上检查需要附加组件：pip install 'photospec[dask]'",
                "working on Dask needs: pip install 'photospec[dask]'",
            )
        ) from error
    with contextlib.ExitStack() as stack:
        # a photo is milliseconds of work: workers take as many as come
        stack.enter_context(dask.config.set({"distributed.scheduler.allowed-failures": LOSSES}))
        try:
            if address == "local":
                count = workers or usable_cores()
                cluster = LocalCluster(  # type: ignore[no-untyped-call]
                    n_workers=count, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
                )
                stack.enter_context(cluster)
                client = stack.enter_context(Client(cluster))  # type: ignore[no-untyped-call]
            else:
                client = stack.enter_context(Client(address, timeout=10))  # type: ignore[no-untyped-call]
        except (OSError, ValueError, TimeoutError) as error:
            what = f"{type(error).__name__}: {error}"
            raise PhotospecError(
                Text(f"无法连接 Dask 调度器 {address}：{what}", f"no Dask scheduler at {address}: {what}")
            ) from error
        tasks = sum(client.nthreads().values())
        with warnings.catch_warnings():
            # every chunk carries the packed spec, some ten KB: distributed finds that large, we do not
            warnings.filterwarnings("ignore", message="Sending large graph")
            yield client.get_executor(pure=False), max(1, tasks)
