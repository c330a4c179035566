"""One training in several processes: who this process is, what its share is, and how sums are made.

Data parallelism (DistributedDataParallel, Li et al. 2020): every process holds the whole model and takes its
share of the rows of every batch, so that the global batch is `train.batch_size` however many there are. The
figures of a step are summed over all processes in every step, so that each of them knows the whole state.
torchrun's variables (RANK, WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE, MASTER_ADDR, MASTER_PORT) say who is
who; without them a process is alone, and nothing here costs anything.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from minillm.errors import InputError
from minillm.params import TrainParams, usable_cores
from minillm.training.device import resolve_device

_SILENCE = timedelta(minutes=30)  # a process that waits longer for the others gives up


class LostProcessError(InputError):
    """Another process of the training has ended."""


@dataclass(frozen=True)
class World:
    """The processes of one training: this one's number, how many there are, and those on this computer."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this is the process that reports and writes."""
        return self.rank == 0

    def rows(self, batch_size: int) -> slice:
        """This process's rows of a batch."""
        share = batch_size // self.size
        return slice(self.rank * share, (self.rank + 1) * share)

    def wait(self) -> None:
        """Wait until all processes are here."""
        if self.size > 1:
            dist.barrier()

    def sum(self, value: Tensor) -> Tensor:
        """Add up `value` over all processes, in place; each process gets the sum."""
        if self.size > 1:
            dist.all_reduce(value)
        return value

    def same(self, number: int, device: torch.device) -> bool:
        """Whether `number` is the same in all processes."""
        mine = torch.tensor(float(number), dtype=torch.float64, device=device)
        others = self.sum(torch.stack((mine, mine * mine)))  # equal numbers, and no others, have no variance
        return bool(others[1] * self.size == others[0] * others[0])


ALONE = World()


def process_count(params: TrainParams) -> int:
    """How many processes to start: `auto` is one per visible GPU, or a single one on the CPU.

    Raises InputError for more processes than GPUs, and if they cannot share a batch evenly.
    """
    gpus = torch.cuda.device_count() if resolve_device(params.device).type == "cuda" else 0
    count = max(1, gpus) if params.processes == "auto" else int(params.processes)
    if gpus and count > gpus:
        raise InputError(
            f"train.processes = {count}: only {gpus} GPU(s) visible; use auto, or train.device = 'cpu'"
        )
    check_shares(params, count)
    return count


def check_shares(params: TrainParams, processes: int) -> None:
    """Raise InputError unless every pass of every process gets the same number of rows."""
    passes = processes * params.accumulation
    if params.batch_size % passes:
        raise InputError(
            f"train.batch_size = {params.batch_size}: must be divisible by {processes} process(es) × "
            f"train.accumulation = {params.accumulation}, so that each pass gets as many rows; "
            f"use {-(-params.batch_size // passes) * passes}, or change train.processes or train.accumulation"
        )


def started_by_torchrun() -> bool:
    """Whether this process is one of several that something else started, on this computer or others."""
    return {"RANK", "WORLD_SIZE", "MASTER_ADDR"} <= os.environ.keys()


@contextmanager
def joined(params: TrainParams) -> Iterator[World]:
    """Join the processes that torchrun's variables name, if any; leave them at the end.

    Each gets a GPU of its own, or its share of this computer's cores.
    """
    if not started_by_torchrun():
        yield ALONE
        return
    world = World(*(_number(name) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")))
    check_shares(params, world.size)
    device = resolve_device(params.device)
    if device.type == "cuda":
        torch.cuda.set_device(world.local_rank)
    else:
        torch.set_num_threads(max(1, usable_cores() // world.local_size))
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=_SILENCE)
    yield world
    dist.destroy_process_group()  # not after an error: the others may be gone


def share_gradients(module: nn.Module) -> DistributedDataParallel:
    """`module`, whose gradients are the mean over all processes after each backward pass."""
    return DistributedDataParallel(module, forward_sync_buffers=False)


def _number(name: str) -> int:
    try:
        return int(os.environ[name])
    except (KeyError, ValueError):
        raise InputError(
            f"{name} = {os.environ.get(name)!r}: must be a number; start several processes with torchrun"
        ) from None
