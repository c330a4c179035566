"""One training in several processes: who this process is, and how what they computed is summed.

Data parallelism: every process holds the whole model and computes its lanes of every batch (lanes.py), so
that the global batch is `train.batch_size` however many there are. The sums go on with the lanes' tree: in
each round a process adds what its partner has, at distance 1, then 2, then 4 (recursive doubling). A sum of
two is the same on both sides, so one, two and four processes give the same bytes. On GPUs NCCL sums in its
own order.

The variables RANK, WORLD_SIZE, LOCAL_RANK and LOCAL_WORLD_SIZE, torchrun's or those of launch.py, say who is
who; without them a process is alone, and nothing here costs anything.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor

from minillm.errors import InputError, reason, shown
from minillm.params import TrainParams
from minillm.training.device import resolve_device
from minillm.training.lanes import deal_lanes

RENDEZVOUS = "MINILLM_RENDEZVOUS"
"""Names the file by which the processes that launch.py started find each other."""

_SILENCE = timedelta(minutes=30)  # a process that waits longer for the others gives up
_HOW_TO_START = "start several processes with torchrun"


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
    def is_main(self) -> bool:
        """Whether this is the process that reports and writes."""
        return self.rank == 0

    def barrier(self) -> None:
        """Wait until all processes are here."""
        if self.size > 1:
            dist.barrier()

    def sum(self, values: Sequence[Tensor]) -> None:
        """Add up tensors of one type over all processes, in place; each process gets the sums."""
        if self.size == 1:
            return
        flat = torch.cat([value.flatten() for value in values])
        if flat.device.type == "cuda":
            dist.all_reduce(flat)
        else:
            for distance in (1 << bit for bit in range((self.size - 1).bit_length())):
                flat += _exchanged(flat, self.rank ^ distance)
        parts = torch.split(flat, [value.numel() for value in values])
        for value, part in zip(values, parts, strict=True):
            value.copy_(part.view_as(value))

    def max(self, number: int | None, device: torch.device) -> int | None:
        """The largest `number` of all processes; None if none has one."""
        found = torch.zeros(self.size, dtype=torch.int64, device=device)
        found[self.rank] = number or 0
        self.sum([found])
        return int(found.max()) or None

    def all_equal(self, number: int, device: torch.device) -> bool:
        """Whether `number` is the same in all processes."""
        found = torch.tensor([number, number**2], dtype=torch.float64, device=device)
        self.sum([found])  # equal numbers, and no others, have no variance
        return bool(found[1] * self.size == found[0] ** 2)


ALONE = World()


def check_processes(params: TrainParams) -> None:
    """Raise InputError for more processes than GPUs, and if they cannot share a batch evenly."""
    device = resolve_device(params.device)
    gpus = torch.cuda.device_count() if device.type == "cuda" else params.processes
    if params.processes > gpus:
        raise InputError(
            f"train.processes = {params.processes}: only {gpus} GPU(s) visible; use at most as many, or "
            f"train.device = 'cpu'"
        )
    deal_lanes(params, device.type, 0, params.processes)


def started_with_others() -> bool:
    """Whether this process is one of several that something else started, on this computer or others."""
    return {"RANK", "WORLD_SIZE"} <= os.environ.keys()


@contextmanager
def joined(params: TrainParams) -> Iterator[World]:
    """Join the processes that the variables name, if any; leave them at the end.

    On a machine with GPUs each process gets one.
    """
    if not started_with_others():
        yield ALONE
        return
    world = World(
        _number("RANK", 0), _number("WORLD_SIZE", 1), _number("LOCAL_RANK", 0), _number("LOCAL_WORLD_SIZE", 1)
    )
    if world.rank >= world.size:
        raise InputError(f"RANK = {world.rank}: must be below WORLD_SIZE = {world.size}; {_HOW_TO_START}")
    device = resolve_device(params.device)
    deal_lanes(params, device.type, world.rank, world.size)
    if device.type == "cuda":
        if world.local_rank >= torch.cuda.device_count():
            raise InputError(
                f"LOCAL_RANK = {world.local_rank}: only {torch.cuda.device_count()} GPU(s) visible; start at "
                f"most as many processes here, or use train.device = 'cpu'"
            )
        torch.cuda.set_device(world.local_rank)
    _meet(world, device)
    yield world
    dist.destroy_process_group()  # not after an error: the others may be gone


def _meet(world: World, device: torch.device) -> None:
    """Connect this process with the others. Raises InputError if variables or the network do not let it."""
    try:
        dist.init_process_group(
            "nccl" if device.type == "cuda" else "gloo",
            init_method=f"file://{os.environ[RENDEZVOUS]}" if RENDEZVOUS in os.environ else "env://",
            rank=world.rank,
            world_size=world.size,
            timeout=_SILENCE,
        )
    except ValueError as error:
        raise InputError(
            f"MASTER_ADDR, MASTER_PORT: no place to meet ({reason(error)}); {_HOW_TO_START}"
        ) from None
    except RuntimeError as error:
        interface = os.environ.get("GLOO_SOCKET_IFNAME") or "a network interface"
        raise InputError(
            f"train.processes: {world.size} processes cannot talk to each other over {interface} "
            f"({reason(error)}); bring it up (`ip link set {interface} up`), or use train.processes = 1"
        ) from None


def _exchanged(mine: Tensor, partner: int) -> Tensor:
    """What the partner has in the place of `mine`, which it gets."""
    theirs = torch.empty_like(mine)
    requests = (dist.isend(mine.clone(), partner), dist.irecv(theirs, partner))
    for request in requests:
        assert request is not None
        request.wait()
    return theirs


def _number(name: str, least: int) -> int:
    value = os.environ.get(name, "")
    if not re.fullmatch("[0-9]{1,9}", value) or int(value) < least:
        raise InputError(f"{name} = {shown(value)}: must be a number, {least} or more; {_HOW_TO_START}")
    return int(value)
