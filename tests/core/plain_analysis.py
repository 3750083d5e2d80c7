"""The slow twin of `analyze`: the plain engine, without a cache, structural sharing or reuse after an edit."""

from layerledger.core.analysis.analyzer import Analyzer
from layerledger.core.analysis.engine import Engine
from layerledger.core.analysis.evaluation import Evaluator
from layerledger.core.base.dtypes import Dtypes


class PlainAnalyzer(Analyzer):
    """An analyzer that computes everything each time."""

    def engine(self, root, inputs, dtypes, cache, previous):
        return Engine(root, inputs, Evaluator(dtypes))


def analyzers(*, batch=None, dtype=None, weights=None):
    """Return an analyzer and its slow twin under the same settings."""
    settings = Dtypes(weights=weights, compute=dtype)
    return Analyzer(settings, batch=batch), PlainAnalyzer(settings, batch=batch)


def plainly_analyzed(network, **settings):
    return analyzers(**settings)[1].analyze(network)


def seen(result):
    """Return whatever can be seen of a result."""
    rows = [
        (r.path, r.at, r.type, r.inputs, r.outputs, r.cost, r.traffic, r.times, r.passes, r.result.problems)
        for expand in (True, False)
        for r in result.rows(expand=expand)
    ]
    return result.totals, result.problems, rows, result.root.outputs, result.root.missing


def seen_of_passes(result):
    """Return what the passes make of a result: live bytes, the steps' tensors, receptive fields, coverage."""
    steps = [(step.path, step.passes, step.inputs, step.outputs) for step in result.schedule.steps]
    fields = [result.receptive.of(step) for step in result.schedule.steps]
    return result.memory.live_bytes, steps, fields, vars(result.coverage)
