"""How closely our model and NEST agree, measured; writes the tables of docs/fidelity.md.

    python benchmarks/fidelity.py

Ours is the Keras layer `rsnn`, as published and with ``dynamics="nest"``; NEST is given the same
parameters, synapses, LGN spikes and background. About four minutes on two cores.
"""

import re
from pathlib import Path

import common
from fidelity_cells import single_cells, unconnected_rates
from fidelity_network import Connected, connected_rates
from fidelity_same import same_rules

PAGE = Path(__file__).parent.parent / "docs" / "fidelity.md"


def markdown(rows):
    """Rows (dicts with the same keys) as a table."""
    lines = [list(rows[0]), ["---"] * len(rows[0]), *([str(v) for v in r.values()] for r in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write_tables(page, tables):
    """Puts each table between its marks in the page, ``<!-- name -->`` and ``<!-- end -->``."""
    text = page.read_text(encoding="utf-8")
    for name, table in tables.items():
        pattern = rf"(<!-- {name} -->\n).*?(<!-- end -->)"
        text, found = re.subn(pattern, rf"\g<1>{table}\n\g<2>", text, flags=re.S)
        if not found:
            raise ValueError(f"{page} has no place for the table {name}.")
    page.write_text(text, encoding="utf-8")


def main():
    """Runs the benchmark from the command line."""
    parser = common.parser(__doc__)
    parser.add_argument("--neurons", type=int, default=2000, help="of the connected network")
    parser.add_argument("--trials", type=int, default=8, help="of the connected network")
    parser.add_argument(
        "--only_same", action="store_true", help="only the dynamics of NEST, beside NEST"
    )
    parser.add_argument(
        "--out", "--page", dest="page", type=Path, default=PAGE, metavar="FILE",
        help="page whose tables are replaced",
    )  # fmt: skip
    options = parser.parse_args()
    network = common.synthetic_network(options.neurons)
    case = Connected(network, options.trials)
    rows, populations = same_rules(network, case.trials)
    tables = {"same": markdown(rows), "same-populations": markdown(populations)}
    if not options.only_same:
        tables |= {"cells": markdown(single_cells()), "rates": markdown(unconnected_rates(network))}
        rows, populations = connected_rates(case)
        tables |= {"connected": markdown(rows), "populations": markdown(populations)}
        tables["network"] = (
            f"{network.n_neurons:,} neurons, {len(network.recurrent):,} recurrent and "
            f"{len(network.inputs):,} LGN synapses, {options.trials} trials of 1 s."
        )
    print("\n\n".join(tables.values()))
    write_tables(options.page, tables)


if __name__ == "__main__":
    main()
