"""The order in which nodes can be read: as the file has them, each once what it takes is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from layerledger.core.formats.onnx.frames import Frame, taken_names
from layerledger.core.formats.onnx.schema import OnnxNode


class _Order:
    """Nodes of one graph, and those that wait for others."""

    def __init__(self, nodes: Sequence[OnnxNode], frame: Frame) -> None:
        self._nodes, self._frame = nodes, frame
        self._made = {name for node in nodes for name in node.outputs if name}
        self._waiting: dict[str, list[int]] = {}
        self._left: dict[int, int] = {}

    def run(self, read: Callable[[OnnxNode, bool], None]) -> None:
        """Read all nodes; those that wait for each other in a circle are read last, with True."""
        for i, node in enumerate(self._nodes):
            missing = {name for name in taken_names(node) if self._frame.find(name) is None and name in self._made}
            if missing:
                self._left[i] = len(missing)
                for name in missing:
                    self._waiting.setdefault(name, []).append(i)
            else:
                self._read(i, read, in_circle=False)
        for i in list(self._left):
            if i in self._left:
                del self._left[i]
                self._read(i, read, in_circle=True)

    def _read(self, first: int, read: Callable[[OnnxNode, bool], None], *, in_circle: bool) -> None:
        """Read a node, and then all that waited for it alone."""
        ready = [first]
        while ready:
            i = ready.pop()
            read(self._nodes[i], in_circle)
            in_circle = False
            freed: list[int] = []
            for name in self._nodes[i].outputs:
                for other in self._waiting.pop(name, ()):
                    if other in self._left:
                        self._left[other] -= 1
                        if not self._left[other]:
                            del self._left[other]
                            freed.append(other)
            ready += reversed(freed)


def in_order(nodes: Sequence[OnnxNode], frame: Frame, read: Callable[[OnnxNode, bool], None]) -> None:
    """Read nodes in an order in which what each takes is known before."""
    _Order(nodes, frame).run(read)
