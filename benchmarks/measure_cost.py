"""CPU time of the measures of one look.

    python benchmarks/measure_cost.py --neurons 2000 10000 51978 --rate 7

Every measure that can be computed of one `Activity`, one after the other, as the drawing process
would compute them: correlations in bins of 2, 10 and 100 ms, spectrum and bands of the whole
network, the rest once. The last row, `look_statistics`, is the one function that a run calls for
each look, with the rates of a first look; it is no part of the sum "all". The activity is in
memory; positions of its neurons are unknown, so that the draws of `population_fano` are from all
excitatory neurons, the longest list there can be. `OPENBLAS_NUM_THREADS=1`, as the drawing process
has it, leaves out the waiting of numpy's threads for one another.
Medians of the rounds, the first one left out.
"""

import statistics
import time

import common
import looks

from keras_v1_activity import measures

MEASURES = {
    "summarise": measures.summarise,
    "rates": lambda a: (measures.evoked_rates(a), measures.spontaneous_rates(a)),
    "similarity_to_recordings": measures.similarity_to_recordings,
    "cv": measures.cv,
    "cv2": measures.cv2,
    "lv": measures.lv,
    "lvr": measures.lvr,
    "population_fano": measures.population_fano,
    "pairwise_correlation": lambda a: [measures.pairwise_correlation(a, b) for b in (2, 10, 100)],
    "power_spectrum": measures.power_spectrum,
    "band_powers": measures.band_powers,
    "population_sparseness": lambda a: measures.population_sparseness([a.rates]),
    "latency": measures.latency,
    "population_latency": measures.population_latency,
    "branching_ratio": measures.branching_ratio,
}


def measure(n_neurons, rate_hz, rounds):
    """One row a measure, and one for all."""
    activity = looks.Look(n_neurons, rate_hz).activity()
    candidates = {name: lambda run=run: run(activity) for name, run in MEASURES.items()}
    seconds = common.paired(candidates, rounds, time.process_time)
    seconds["all"] = [sum(each) for each in zip(*seconds.values(), strict=True)]
    one = {"look_statistics": lambda: measures.look_statistics(activity, activity.rates)}
    seconds |= common.paired(one, rounds, time.process_time)
    return [
        {
            "neurons": n_neurons,
            "rate_hz": rate_hz,
            "measure": name,
            "cpu_ms": round(1000 * statistics.median(values), 1),
            "spread": common.spread([1000 * s for s in values], 1),
        }
        for name, values in seconds.items()
    ]


def main():
    """Runs the benchmark from the command line."""
    parser = common.parser(__doc__)
    add = parser.add_argument
    add("--neurons", type=int, nargs="+", default=[2000, 10_000, 51_978])
    add("--rate", type=float, default=7.0, help="Hz")
    add("--rounds", type=int, default=5)
    add("--out", "--json", metavar="FILE", help="JSON file for the numbers")
    options = parser.parse_args()
    rows = [row for n in options.neurons for row in measure(n, options.rate, options.rounds)]
    common.report("the measures of one look", rows, options.out)


if __name__ == "__main__":
    main()
