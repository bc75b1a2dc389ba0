"""Measures of wirings: degrees, power laws and distances, each with its null beside it."""

from analysis.curveball import curveball, mixing, rounds_to_forget
from analysis.degree_correlation import DegreeCorrelation, degree_correlations
from analysis.degrees import SIDES, DegreeDistribution, Side, degree_distribution, degrees_of
from analysis.distance_cache import ForeignCacheError
from analysis.distance_matrix import (
    DistanceMatrix,
    PairOptions,
    distances_of_pairs,
    pairwise_nnstd,
)
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
from analysis.modularity import Communities, communities
from analysis.motifs import LayerMotifs, MotifEvidence, layer_motifs, motif_evidence
from analysis.network_evidence import (
    LayerEvidence,
    NetworkEvidence,
    SideEvidence,
    network_evidence,
    side_evidence,
)
from analysis.nnstd import (
    TIES,
    IncomparableError,
    NnstdOptions,
    NnstdResult,
    Ties,
    check_comparable,
    nnstd,
)
from analysis.nnstd_null import NnstdNull, nnstd_null
from analysis.null_comparison import NullComparison, compare_with_null
from analysis.null_ensemble import NULLS, Null, map_null
from analysis.null_models import erdos_renyi, shuffle_sources
from analysis.path_evidence import NetworkPaths, PathEvidence, network_paths, path_evidence
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
from analysis.trajectories import SINCE, Since, Trajectory, nnstd_between, nnstd_since

__all__ = [
    "NULLS",
    "SIDES",
    "SINCE",
    "TIES",
    "Communities",
    "Comparison",
    "ConnectionHistory",
    "DegreeCorrelation",
    "DegreeDistribution",
    "DistanceMatrix",
    "Distances",
    "Emergence",
    "EpochMeasures",
    "Flow",
    "ForeignCacheError",
    "HubStability",
    "IncomparableError",
    "LayerEvidence",
    "LayerMeasures",
    "LayerMotifs",
    "LayerStructure",
    "MotifEvidence",
    "NetworkEvidence",
    "NetworkPaths",
    "NnstdNull",
    "NnstdOptions",
    "NnstdResult",
    "NoTailError",
    "Null",
    "NullComparison",
    "PairOptions",
    "PathEvidence",
    "PowerLawFit",
    "RandomDegrees",
    "ScaleFreeEvidence",
    "Side",
    "SideEvidence",
    "SideMeasures",
    "Since",
    "StructureEvidence",
    "Ties",
    "Trajectory",
    "Turnover",
    "active_neurons",
    "check_comparable",
    "communities",
    "compare_with_null",
    "curveball",
    "degree_correlations",
    "degree_distribution",
    "degrees_of",
    "distances",
    "distances_of_pairs",
    "erdos_renyi",
    "evolution_to_networkx",
    "fit_power_law",
    "flow",
    "hub_stability",
    "layer_motifs",
    "layer_structure",
    "map_null",
    "mixing",
    "motif_evidence",
    "network_evidence",
    "network_paths",
    "neural_persistence",
    "nnstd",
    "nnstd_between",
    "nnstd_null",
    "nnstd_since",
    "pairwise_nnstd",
    "path_evidence",
    "power_law_ccdf",
    "random_degree_distribution",
    "rounds_to_forget",
    "scale_free_evidence",
    "shuffle_sources",
    "side_evidence",
    "structure_evidence",
    "to_networkx",
    "write_edge_list",
    "write_gexf",
    "write_graphml",
]
