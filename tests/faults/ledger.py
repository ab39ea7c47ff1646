"""What the fault tests found, fault by fault: tries, acknowledged changes lost, halves seen."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Found:
    tries: int = 0
    lost: int = 0
    half: int = 0


@dataclass
class Ledger:
    """Counts over the whole run; shown at its end."""

    faults: dict[str, Found] = field(default_factory=dict)

    def note(self, fault: str, *, lost: int = 0, half: int = 0) -> None:
        """One try is over; a loss or a half fails the test that saw it, after it was counted."""
        found = self.faults.setdefault(fault, Found())
        found.tries += 1
        found.lost += lost
        found.half += half
        assert not lost, f"{fault}: {lost} acknowledged changes are lost"
        assert not half, f"{fault}: {half} halves are visible"

    def counts(self) -> dict[str, tuple[int, int, int]]:
        return {name: (f.tries, f.lost, f.half) for name, f in self.faults.items()}

    def add(self, counts: dict[str, tuple[int, int, int]]) -> None:
        """What another process found."""
        for name, (tries, lost, half) in counts.items():
            found = self.faults.setdefault(name, Found())
            found.tries, found.lost, found.half = found.tries + tries, found.lost + lost, found.half + half

    def lines(self) -> list[str]:
        width = max(map(len, self.faults), default=0)
        return [f"{'fault':<{width}}  tries  lost  half-written",
                *(f"{name:<{width}}  {f.tries:>5}  {f.lost:>4}  {f.half:>12}" for name, f in self.faults.items())]


LEDGER = Ledger()
