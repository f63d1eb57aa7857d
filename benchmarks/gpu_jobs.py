"""What `gpu.py` measures, in the order in which it does, and how long each job may take."""

from dataclasses import dataclass, field

# XLA puts programs into command buffers (CUDA graphs) unasked, but neither loops nor decisions.
LOOPS_TOO = "--xla_gpu_enable_command_buffer=+WHILE,+CONDITIONAL --xla_gpu_graph_min_graph_size=2"
NONE_AT_ALL = "--xla_gpu_enable_command_buffer="

USUAL = {}
ALL, COMPACTED, CHUNKS = ({"way": way} for way in ("all", "compacted", "chunks"))
SPIKES = {"whole": "spikes"}
SEGMENTS = {"segment_ms": 60}
HALF = {"sums_dtype": "bfloat16"}


@dataclass(frozen=True)
class Job:
    """Measured in a process of its own.

    Attributes:
        name: what is measured, as `--only` finds it.
        kind: "steps", "compared", "fit" or "demo".
        neurons, batch: size.
        planned_s: seconds that it needs; a job that has less left is left out.
        variants: what differs from what is usual, each a row.
        flags: XLA_FLAGS of the process.
    """

    name: str
    kind: str
    neurons: int
    batch: int
    planned_s: int
    variants: tuple = field(default=(USUAL,))
    flags: str = ""


LARGE, MIDDLE = 51_978, 10_000
REHEARSED = {LARGE: 300, MIDDLE: 200}
"""Neurons in place of those of a job, to rehearse it."""

JOBS = (
    Job("large, one sample", "steps", LARGE, 1, 30),
    Job("large, batch, memory", "steps", LARGE, 32, 55, (USUAL, SEGMENTS)),
    Job("middle, batch", "steps", MIDDLE, 16, 20),
    Job("against the CPU", "compared", MIDDLE, 1, 30),
    Job("fit with the callback", "fit", MIDDLE, 16, 45),
    Job("demo", "demo", 2000, 16, 100),
    # 280 s up to here. What follows, 270 s, compares what can be chosen.
    Job("variants, large, one sample", "steps", LARGE, 1, 55, (ALL, COMPACTED, CHUNKS, SPIKES)),
    Job("variants, large, batch", "steps", LARGE, 32, 75, (CHUNKS | SPIKES, SPIKES, ALL, HALF)),
    Job("variants, middle, batch", "steps", MIDDLE, 16, 35, (CHUNKS | SPIKES, SPIKES, ALL)),
    Job("loops in command buffers", "steps", LARGE, 1, 40, (USUAL, COMPACTED), LOOPS_TOO),
    Job("no command buffers", "steps", LARGE, 1, 25, (USUAL,), NONE_AT_ALL),
    Job("other sizes, large", "steps", LARGE, 4, 25),
    Job("other sizes, middle", "steps", MIDDLE, 1, 15),
)


def as_text(variant):
    """A variant in words, for a row."""
    return ", ".join(f"{name}={value}" for name, value in variant.items()) or "as usual"
