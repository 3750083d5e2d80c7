"""The engine: evaluate the nodes of a network in order, from the inputs of each to its outputs and its cost.

A block is evaluated pass by pass, and each pass child by child: a scope says which tensors a child takes, the child's
result is added to the scope, and the outputs of the last pass are those of the block. The result of a node depends on
the node, its input tensors, their aliases and the network's inputs alone, which is what `incremental` relies on. There
is no cache here; the cost is proportional to the number of layers, each distinct pass of a repeated block counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from layerledger.core.analysis import checks
from layerledger.core.analysis.aggregation import aggregate_block
from layerledger.core.analysis.aliasing import TensorRefs, after_passes, fresh_ids, referenced_names, to_inner
from layerledger.core.analysis.evaluation import Evaluator, trainable_problems
from layerledger.core.analysis.handed_on import handing_on_problems
from layerledger.core.analysis.node_result import (
    NodeResult,
    Pass,
    Problem,
    TensorIds,
    TensorOrMissing,
    TensorsOrMissing,
    Unresolved,
)
from layerledger.core.analysis.tensor_scope import TensorScope
from layerledger.core.network.nodes import MAX_LAYERS, Block, Node


class Engine:
    """One evaluation of one network.

    Attributes:
        root: the block of everything.
        inputs: the network's inputs by name, with their ids.
        evaluator: evaluates the layers.
    """

    def __init__(self, root: Block, inputs: Mapping[str, TensorOrMissing], evaluator: Evaluator) -> None:
        self.root, self.evaluator = root, evaluator
        self.inputs = {name: TensorRefs((tensor,), (name,)) for name, tensor in inputs.items()}
        self.names_in = referenced_names

    def node(self, node: Node, inputs: TensorsOrMissing, aliases: TensorIds = ()) -> NodeResult:
        """Return the result of a node.

        Args:
            node: a layer or a block.
            inputs: the tensors that it takes.
            aliases: which of them are one and the same; see `NodeResult.aliases`.
        """
        if isinstance(node, Block):
            return self.block(node, inputs, aliases)
        return self.evaluator.result(node, inputs, aliases)

    def block(self, block: Block, inputs: TensorsOrMissing, aliases: TensorIds) -> NodeResult:
        """Return the result of a block."""
        problem = checks.root_problem(block) if block is self.root else checks.block_problem(block)
        if problem:
            return self._refused(block, inputs, aliases, problem)
        entering = TensorRefs(inputs, aliases or tuple(range(len(inputs))))
        if block.repeat == 1:
            children, outputs, wrong = self._once(block, entering)
            passes = [Pass(children, 1)]
        else:
            passes, outputs, wrong = self._repeated(block, entering)
        if block.trainable is not None:
            wrong = [*wrong, *trainable_problems(block.trainable)]
        if block.share_weights and (problem := checks.sharing_problem(passes)):
            wrong = [*wrong, problem]
        return aggregate_block(block, (inputs, aliases), outputs, passes, wrong)

    def _refused(self, block: Block, inputs: TensorsOrMissing, aliases: TensorIds, problem: Problem) -> NodeResult:
        """Return the result of a block that cannot run; the layers in it depend on it."""
        # The layers of a refused block are evaluated once, with unknown inputs, so that each says what it waits for.
        # Not where they are too many to go through.
        lost = TensorRefs((Unresolved(block.name),), fresh_ids(block.name, 1))
        if not block.layers or block.once > MAX_LAYERS or block is self.root:
            layers = block.once if block.layers else 0
            found = aggregate_block(block, (inputs, aliases), lost, (), (problem,))
            return replace(found, layers=layers, uncounted_layers=layers)
        children, _, _ = self._once(block, lost)
        return aggregate_block(block, (inputs, aliases), lost, (Pass(children, 1),), (problem,))

    def _repeated(self, block: Block, entering: TensorRefs) -> tuple[list[Pass], TensorRefs, list[Problem]]:
        """Evaluate a repeated block pass by pass, until one returns what entered it: all later passes equal it."""
        passes: list[Pass] = []
        problems: list[Problem] = []
        current, done = entering, 0
        while done < block.repeat:
            inner = to_inner(current.ids)
            children, outputs, wrong = self._once(block, TensorRefs(current.tensors, inner))
            once = after_passes(outputs.ids, current.ids, range(done, done + 1))
            lost = any(isinstance(tensor, Unresolved) for tensor in outputs.tensors)
            # A pass that returns what entered it, with the same aliases, is followed by equal passes only. So is one
            # whose outputs are unknown: what it waits for stays unknown.
            stays = lost or (outputs.tensors == current.tensors and to_inner(once) == inner)
            passes.append(Pass(children, block.repeat - done if stays else 1))
            # The other passes of the run hand aliases on in the same way.
            run = range(done, done + passes[-1].times)
            ids = once if lost else after_passes(outputs.ids, current.ids, run)
            problems += [problem for problem in wrong if problem not in problems]
            if not done and not lost:
                problems += handing_on_problems(block, len(entering.tensors), len(outputs.tensors))
            done, current = done + passes[-1].times, TensorRefs(outputs.tensors, ids)
        return passes, current, problems

    def _once(self, block: Block, entering: TensorRefs) -> tuple[tuple[NodeResult, ...], TensorRefs, Sequence[Problem]]:
        """Evaluate one pass: return the children's results, the outputs, and the problems of the outputs."""
        scope = TensorScope(block, entering, self.inputs, self.names_in)
        children = self.children(block, scope)
        for i, problem in checks.name_problems(block, self.inputs if block is self.root else ()):
            # A copy gets the problem: the result itself may be in a cache, for the same node under other siblings.
            children[i] = replace(children[i], problems=(*children[i].problems, problem), is_clean=False)
        if not block.outputs:
            return tuple(children), scope.last, ()
        outputs, wrong = scope.resolved(block.outputs)
        return tuple(children), outputs, [replace(problem, param="outputs") for problem in wrong]

    def children(self, block: Block, scope: TensorScope) -> list[NodeResult]:
        """Return the results of a block's children in one pass, and add them to the scope."""
        results: list[NodeResult] = []
        for node in block.layers:
            inputs, aliases, wrong = scope.sources(node)
            result = self.miswired(node, wrong) if wrong else self.node(node, inputs, aliases)
            results.append(result)
            scope.add(result)
        return results

    def miswired(self, node: Node, wrong: Sequence[Problem]) -> NodeResult:
        """Return the result of a node whose references have these problems."""
        result = self.node(node, (Unresolved(node.name),))
        # The node is evaluated with unknown inputs, so that wrong parameters are reported beside wrong references.
        # What it waits for (severity info) is left out: that is what the references say.
        errors = [problem for problem in result.problems if problem.severity == "error"]
        return replace(result, problems=(*wrong, *errors), is_clean=False)
