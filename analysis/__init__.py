"""Measures of wirings: degrees, power laws and distances, each with its null beside it."""

from analysis.curveball import curveball, mixing, rounds_to_forget
from analysis.degrees import SIDES, DegreeDistribution, Side, degree_distribution, degrees_of
from analysis.emergence import Emergence, EpochMeasures, LayerMeasures, SideMeasures
from analysis.evidence import Comparison, ScaleFreeEvidence, scale_free_evidence
from analysis.graph_exchange import (
    evolution_to_networkx,
    to_networkx,
    write_edge_list,
    write_gexf,
    write_graphml,
)
from analysis.history import ConnectionHistory, HubStability, Turnover, hub_stability
from analysis.motifs import LayerMotifs, MotifEvidence, layer_motifs, motif_evidence
from analysis.nnstd import IncomparableError, NnstdResult, check_comparable, nnstd
from analysis.nnstd_null import NnstdNull, nnstd_null
from analysis.null_comparison import NullComparison, compare_with_null
from analysis.null_models import erdos_renyi, shuffle_sources
from analysis.paths import Distances, Flow, active_neurons, distances, flow
from analysis.persistence import neural_persistence
from analysis.power_law import NoTailError, PowerLawFit, fit_power_law, power_law_ccdf
from analysis.random_degrees import RandomDegrees, random_degree_distribution
from analysis.structure import (
    LayerStructure,
    StructureEvidence,
    layer_structure,
    structure_evidence,
)

__all__ = [
    "SIDES",
    "Comparison",
    "ConnectionHistory",
    "DegreeDistribution",
    "Distances",
    "Emergence",
    "EpochMeasures",
    "Flow",
    "HubStability",
    "IncomparableError",
    "LayerMeasures",
    "LayerMotifs",
    "LayerStructure",
    "MotifEvidence",
    "NnstdNull",
    "NnstdResult",
    "NoTailError",
    "NullComparison",
    "PowerLawFit",
    "RandomDegrees",
    "ScaleFreeEvidence",
    "Side",
    "SideMeasures",
    "StructureEvidence",
    "Turnover",
    "active_neurons",
    "check_comparable",
    "compare_with_null",
    "curveball",
    "degree_distribution",
    "degrees_of",
    "distances",
    "erdos_renyi",
    "evolution_to_networkx",
    "fit_power_law",
    "flow",
    "hub_stability",
    "layer_motifs",
    "layer_structure",
    "mixing",
    "motif_evidence",
    "neural_persistence",
    "nnstd",
    "nnstd_null",
    "power_law_ccdf",
    "random_degree_distribution",
    "rounds_to_forget",
    "scale_free_evidence",
    "shuffle_sources",
    "structure_evidence",
    "to_networkx",
    "write_edge_list",
    "write_gexf",
    "write_graphml",
]
