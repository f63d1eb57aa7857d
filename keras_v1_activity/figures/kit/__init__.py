"""What all figures share: style, parts, scales, fast rendering, saving."""
