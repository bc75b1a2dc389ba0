"""Experiments of one click that teach, each with what to look for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from set_engine import RecordedConfig, RunRecord, TrainingConfig


@dataclass(frozen=True)
class Story:
    """One experiment.

    Attributes:
        title: the question.
        icon: of its card.
        teaser: what happens, in a sentence or two.
        takes: time and whatever else is more than little, in words.
        runs: settings of each run that it begins; the first one is opened.
        section: the part of the page to look at.
        look_for: what to look for while it trains, as Markdown.
    """

    title: str
    icon: str
    teaser: str
    takes: str
    runs: tuple[Mapping[str, Any], ...]
    section: str
    look_for: str

    def configs(self) -> list[TrainingConfig]:
        """The runs as they are trained."""
        return [TrainingConfig(**settings) for settings in self.runs]


STORIES = (
    Story(
        title="Hubs emerge",
        icon=":material/hub:",
        teaser="A random wiring learns digits, and evolves: a few neurons gather the connections.",
        takes="half a minute on two cores",
        runs=({},),
        section="Degrees",
        look_for=(
            "For some five hundred epochs the wiring looks as random as it began: *variance/mean* "
            "stays near 1, the dashed line. Then it climbs, faster and faster. Below, in the heat "
            "map of the **in-degrees**, a few neurons rise out of the band that random wiring "
            "stays in. After the last epoch connections are removed only, and the hubs that are "
            "left stand out at once. Press **Play epochs** to see it again."
        ),
    ),
    Story(
        title="… and when they do not",
        icon=":material/blur_on:",
        teaser="The same network at a tenth of the learning rate learns as well, without hubs.",
        takes="half a minute on two cores",
        runs=({"learning_rate": 0.02},),
        section="Degrees",
        look_for=(
            "It is the learning rate that decides. At 0.02 in the place of 0.2 weights move little "
            "between two evolutions; which of them are smallest is mostly a matter of when they "
            "were drawn, and *variance/mean* hardly leaves 1 in as many epochs. The accuracy is "
            "about as good: hubs are not what a network needs to learn digits. Set it beside the "
            "run of *Hubs emerge*, and do not believe that every network that SET trains is "
            "scale-free."
        ),
    ),
    Story(
        title="Does the power law hold?",
        icon=":material/query_stats:",
        teaser="A straight line on log-log axes proves little. Fit, test, and compare with rivals.",
        takes="half a minute on two cores",
        runs=({"seed": 1},),
        section="Scale-free?",
        look_for=(
            "The verdict is tested anew as the wiring changes. Watch three things. **p**: below "
            "0.1 the power law is ruled out. **The tail**: from x_min on, how many neurons are "
            "left? With fewer than fifty not much can be ruled out. **The bars**: does any rival "
            "law do better? Grey ones cannot be told apart. Even a random wiring can pass as "
            "*weak*; what is certain is the heterogeneity, *variance/mean*."
        ),
    ),
    Story(
        title="Equal starts, different ends",
        icon=":material/call_split:",
        teaser="Two networks with the same first wiring; the learning rate is 0.2 and 0.19.",
        takes="twenty seconds on two cores",
        runs=(
            {"seed": 2, "epochs": 600},
            {"seed": 2, "epochs": 600, "learning_rate": 0.19},
        ),
        section="Distances",
        look_for=(
            "Both begin with the same connections: their distance is 0. Every evolution draws new "
            "ones at random, and which stay is decided by weights that differ a little more each "
            "time: after twenty epochs the two are at some 0.6 of each other. Press **Compare the "
            "two** and move both sliders through the epochs. In the end, when connections that "
            "never mattered are removed, what is left of the two is nearer again than two networks "
            "that began apart: much of the core they kept is what both began with."
        ),
    ),
    Story(
        title="What if the largest weights go?",
        icon=":material/content_cut:",
        teaser="SET removes the smallest weights. This run removes the largest, as a control.",
        takes="ten seconds on two cores",
        runs=({"method": "set-largest-removal", "epochs": 300},),
        section="Renewal",
        look_for=(
            "At every epoch the connections that carry most are cut, and the accuracy with them: "
            "it never comes near that of *Hubs emerge*, jumps up and down, and falls to that of "
            "guessing, 10 %, when the last cut is not followed by training. That small weights are "
            "the ones that can go is what SET rests on (Mocanu et al. 2018). **Age of "
            "connections** says how little lasts here."
        ),
    ),
    Story(
        title="A million neurons",
        icon=":material/scatter_plot:",
        teaser="64-333,334-333,333-333,333-10 on this machine, with five million connections.",
        takes="three minutes on two cores, 1 GiB of memory, and 0.2 GiB of disk",
        runs=(
            {
                "hidden": (333_334, 333_333, 333_333),
                "epsilon": 1.0,
                "batch_size": 48,
                "learning_rate": 0.0001,
                "epochs": 20,
                "record_every": 5,
            },
        ),
        section="Wiring",
        look_for=(
            "Dense, the two inner layers alone would have 222 billion weights, 830 GiB of them. "
            "Here only connections that exist are stored, multiplied and updated, and an epoch "
            "takes some ten seconds on two cores. The learning rate is low, for each of the ten "
            "outputs adds up a third of a million neurons."
        ),
    ),
)
"""In the order in which they are best read."""


def story_of(record: RunRecord) -> Story | None:
    """The story that a run is of; None if its settings are those of none."""
    if isinstance(record.config, RecordedConfig):
        return None
    return next((story for story in STORIES if record.config in story.configs()), None)
