"""The settings a private cluster runs with, sized to the machine it finds itself on."""

from __future__ import annotations

import os
from pathlib import Path

MEBIBYTE = 1 << 20
INCLUDE = "include_if_exists = 'registry.conf'"

# The allocator of glibc gives memory back after each large answer and asks for it again at the next: a third of the time of a
# page of a thousand features, a fifth of that of a tile. So much a backend may keep.
_KEPT = str(64 * MEBIBYTE)
ENVIRONMENT = {"MALLOC_TRIM_THRESHOLD_": _KEPT, "MALLOC_MMAP_THRESHOLD_": str(32 * MEBIBYTE)}

# trust is safe here and only here: there is no TCP, and the socket lies in a folder of mode 0700
# that nobody but the cluster's own user and root can enter. A password would have to lie in a
# file in the same checkout and would protect nothing more.
HBA = "# Written by the registry.\nlocal all all trust\n"


def memory_bytes() -> int:
    """The memory this machine, or the container we are in, may use."""
    limits = [_physical(), _number(Path("/sys/fs/cgroup/memory.max"))]
    return min([n for n in limits if n], default=4096 * MEBIBYTE)


def configuration(socket_folder: Path, port: int, name: str, durable: bool) -> str:
    """The text of registry.conf, rewritten at each start, since folder and memory may change."""
    memory = memory_bytes() // MEBIBYTE
    cores = os.cpu_count() or 1
    values: dict[str, object] = {
        "listen_addresses": "''",
        "unix_socket_directories": f"'{socket_folder}'",
        "unix_socket_permissions": "0700",
        "port": port,
        "cluster_name": f"'{name}'",
        "shared_buffers": f"{max(32, min(memory // 4, 2048))}MB",
        "effective_cache_size": f"{max(64, memory // 2)}MB",
        "work_mem": "64MB",
        "maintenance_work_mem": "256MB",
        "max_wal_size": "4GB",
        # Nobody replicates it. A table filled in the transaction that made it goes to the disk at the commit, once.
        "wal_level": "minimal",
        "max_wal_senders": 0,
        "wal_compression": "on",
        "random_page_cost": 1.1,
        "jit": "off",  # compiling costs more than it saves on statements of tens of milliseconds
        "enable_partitionwise_aggregate": "on",
        "max_locks_per_transaction": 256,  # one lock per partition and index of every class
        "max_worker_processes": max(8, cores),
        "max_parallel_workers": cores,
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "lc_messages": "'C'",
        "log_line_prefix": "'%m [%p] '",
    }
    if _shared_memory_is_small():
        values["dynamic_shared_memory_type"] = "mmap"
    if not durable:
        values |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    lines = [f"{key} = {value}" for key, value in values.items()]
    return "\n".join(["# Rewritten at each start; put your own below the include in postgresql.conf.",
                      *lines, ""])


def _shared_memory_is_small() -> bool:
    """Docker gives /dev/shm 64 MB, too little for a parallel hash join."""
    try:
        disk = os.statvfs("/dev/shm")
    except OSError:
        return False
    return disk.f_frsize * disk.f_blocks < 512 * MEBIBYTE


def _physical() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        return 0


def _number(file: Path) -> int:
    try:
        text = file.read_text(encoding="ascii").strip()
    except OSError:
        return 0
    return int(text) if text.isdigit() else 0
