"""Networks as graphs for other programs: networkx, GraphML, GEXF and lists of edges.

A neuron is called "2:17", the 17th of layer 2; layer 0 is the input. Memory is networkx's: about a
kilobyte a connection.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import networkx as nx
import numpy as np

from topology import LayerTopology, TopologySnapshot, write_atomically


def to_networkx(snapshot: TopologySnapshot) -> nx.DiGraph[str]:
    """The network as a directed graph, from the input on.

    Nodes have `layer`, `index`, `in_degree` and `out_degree`; edges `layer`, that of their target,
    and `weight` where the weights are known; the graph has `epoch`.

    Raises:
        ValueError: if the layers are no chain.

    >>> layer = LayerTopology([0, 1, 2], [0, 0], 1, 2, weights=[0.5, -1.0])
    >>> graph = to_networkx(TopologySnapshot((layer,)))
    >>> graph.nodes["0:0"]["out_degree"], list(graph.edges(data="weight"))
    (2, [('0:0', '1:0', 0.5), ('0:0', '1:1', -1.0)])
    """
    graph = _neurons(snapshot)
    for depth, layer in enumerate(snapshot.layers, 1):
        for place, (source, target) in enumerate(_edges(layer, depth)):
            if layer.weights is None:
                graph.add_edge(source, target, layer=depth)
            else:
                graph.add_edge(source, target, layer=depth, weight=float(layer.weights[place]))
    return graph


def evolution_to_networkx(snapshots: Sequence[TopologySnapshot]) -> nx.DiGraph[str]:
    """All connections that the recorded wirings of a network have, with the epochs they last.

    An edge has `spells`: pairs of the epoch at which it is first seen and the recorded epoch at
    which it is gone, which for those of the last wiring is the epoch after it. Degrees of the nodes
    are those of the last wiring.

    Args:
        snapshots: of one network, at ascending epochs.

    Raises:
        ValueError: if there are none, if their epochs do not ascend, or if they are no chains of
            the same widths.

    >>> wirings = [[0], [1], [0]]
    >>> graph = evolution_to_networkx([
    ...     TopologySnapshot((LayerTopology([0, 1], inputs, 2, 1),), epoch=epoch)
    ...     for epoch, inputs in enumerate(wirings)
    ... ])
    >>> graph.edges["0:0", "1:0"]["spells"], graph.edges["0:1", "1:0"]["spells"]
    ([(0, 1), (2, 3)], [(1, 2)])
    """
    _check_course(snapshots)
    graph = _neurons(snapshots[-1])
    for depth in range(1, len(snapshots[0].layers) + 1):
        spells: dict[tuple[str, str], list[tuple[int, int]]] = {}
        open_since: dict[tuple[str, str], int] = {}
        for snapshot in snapshots:
            present = dict.fromkeys(_edges(snapshot.layers[depth - 1], depth))
            for edge in [edge for edge in open_since if edge not in present]:
                spells.setdefault(edge, []).append((open_since.pop(edge), snapshot.epoch))
            for edge in present:
                open_since.setdefault(edge, snapshot.epoch)
        for edge, since in open_since.items():
            spells.setdefault(edge, []).append((since, snapshots[-1].epoch + 1))
        for (source, target), lasted in spells.items():
            graph.add_edge(source, target, layer=depth, spells=lasted)
    return graph


def write_graphml(snapshot: TopologySnapshot, path: Path) -> None:
    """Write the graph of `to_networkx` as GraphML.

    Raises:
        ValueError: if the layers are no chain.
        OSError: if the file cannot be written; what stood there is kept.
    """
    graph = to_networkx(snapshot)
    write_atomically(path, lambda file: nx.write_graphml(graph, file))


def write_gexf(snapshots: Sequence[TopologySnapshot], path: Path) -> None:
    """Write a network as GEXF: one wiring with its weights, or several as a course.

    Of several, edges have the lifetimes of `evolution_to_networkx`, which Gephi plays.

    Raises:
        ValueError: as `evolution_to_networkx`.
        OSError: if the file cannot be written; what stood there is kept.
    """
    _check_course(snapshots)
    is_course = len(snapshots) > 1
    graph = evolution_to_networkx(snapshots) if is_course else to_networkx(snapshots[0])
    write_atomically(path, lambda file: nx.write_gexf(graph, file))


def write_edge_list(snapshot: TopologySnapshot, path: Path) -> None:
    """Write all connections as CSV: layer, from 1 on, input, output, and weight if it is known.

    The layers need be no chain.

    Raises:
        OSError: if the file cannot be written; what stood there is kept.
    """
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    weighted = all(layer.weights is not None for layer in snapshot.layers)
    rows.writerow(["layer", "input", "output", *(["weight"] if weighted else [])])
    for depth, layer in enumerate(snapshot.layers, 1):
        outputs = layer.targets
        weights = [] if layer.weights is None or not weighted else [layer.weights.tolist()]
        depths = [depth] * layer.n_connections
        rows.writerows(zip(depths, layer.indices.tolist(), outputs.tolist(), *weights, strict=True))
    write_atomically(path, lambda file: file.write(text.getvalue().encode()))


def _neurons(snapshot: TopologySnapshot) -> nx.DiGraph[str]:
    graph: nx.DiGraph[str] = nx.DiGraph(epoch=snapshot.epoch)
    none_in = np.zeros(snapshot.widths[0], np.int64)
    none_out = np.zeros(snapshot.widths[-1], np.int64)
    incoming = [none_in, *(layer.in_degrees for layer in snapshot.layers)]
    outgoing = [*(layer.out_degrees for layer in snapshot.layers), none_out]
    for depth, degrees in enumerate(zip(incoming, outgoing, strict=True)):
        for index, (n_in, n_out) in enumerate(np.stack(degrees, axis=1).tolist()):
            graph.add_node(
                f"{depth}:{index}", layer=depth, index=index, in_degree=n_in, out_degree=n_out
            )
    return graph


def _edges(layer: LayerTopology, depth: int) -> list[tuple[str, str]]:
    outputs = layer.targets.tolist()
    return [
        (f"{depth - 1}:{source}", f"{depth}:{target}")
        for source, target in zip(layer.indices.tolist(), outputs, strict=True)
    ]


def _check_course(snapshots: Sequence[TopologySnapshot]) -> None:
    if not snapshots:
        raise ValueError("there are no snapshots; at least one is needed")
    for before, after in pairwise(snapshots):
        if after.epoch <= before.epoch:
            raise ValueError(f"epoch {after.epoch} follows epoch {before.epoch}; they must ascend")
        if after.widths != before.widths:
            raise ValueError(
                f"the widths are {before.widths} at epoch {before.epoch} and {after.widths} at "
                f"epoch {after.epoch}; they must be of one network"
            )
