"""What each published task reads (Chen et al. 2022), written down apart from the package."""

# task: groups read, constant score of the first class, outputs of the linear readout
PUBLISHED = {
    "garrett": ([0], 0.01, (0, 2)),
    "vcd_grating": ([1], 0.01, (2, 4)),
    "ori_diff": ([2], 0.01, (4, 6)),
    "evidence": ([3, 4], None, (6, 8)),
    "10class": (list(range(5, 15)), None, (8, 18)),
}
