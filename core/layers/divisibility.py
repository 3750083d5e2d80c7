"""The check that one number divides another, with a sentence that says which numbers would."""

from __future__ import annotations

from layerledger.core.base.messages import Message
from layerledger.core.base.shapes import ShapeError


def check_divides(number: int, by: int, *, of: str, param: str) -> None:
    """Raise ShapeError where `by`, the value of `param`, does not divide `number`, which `of` names."""
    if number % by:
        what = of.format(number)
        raise ShapeError(
            Message(
                "{what} are not divisible by {param} {by}; {number}",
                what=what,
                param=param,
                by=by,
                number=_divisors_hint(number),
            ),
            param=param,
        )


def _divisors_hint(n: int) -> str:
    # The search below tries every number.
    if n > 1_000_000:
        return Message("it must divide {n}", n=n)
    found = [d for d in range(1, n + 1) if n % d == 0]
    shown = found if len(found) <= 8 else [*found[:5], *found[-2:]]
    return Message("these fit: {values}", values=", ".join(map(str, shown)))
